"""How often somebody may try, counted in the database: all processes of a site share one budget.

What is counted (a network address, a name) is kept as a keyed digest, and for as long as it counts.
"""

from __future__ import annotations

import hmac
import time
from typing import Any

from limits.storage import Storage
from sqlalchemy import Connection, Double, String, bindparam, case, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from survey.database import Base, Database

SCHEME = "renkedu"


class Tries(Base):
    """The tries of one somebody in the time that runs until `ends` (seconds of the epoch)."""

    __tablename__ = "tries"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    ends: Mapped[float] = mapped_column(Double, index=True)


READ = select(Tries.count, Tries.ends).where(
    Tries.name == bindparam("name"), Tries.ends > bindparam("now")
)
FORGET = delete(Tries).where(Tries.ends <= bindparam("now"))


def _add(dialect: Any) -> Any:
    """Return the statement that counts, in a database's own words; it begins afresh in time.

    So it does when the end is further away than it can be: the clock was set back.
    """
    new = dialect.insert(Tries)
    is_over = or_(Tries.ends <= bindparam("now"), Tries.ends > new.excluded.ends)
    return new.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "count": case((is_over, new.excluded.count), else_=Tries.count + new.excluded.count),
            "ends": case((is_over, new.excluded.ends), else_=Tries.ends),
        },
    ).returning(Tries.count)


ADD = {"sqlite": _add(sqlite), "postgresql": _add(postgresql)}


class DatabaseStorage(Storage):
    """A storage for the `limits` library behind Flask-Limiter."""

    STORAGE_SCHEME: list[str] | None = [SCHEME]  # noqa: RUF012 - so the library declares it

    def __init__(self, _uri: str, *, database: Database, key: str, **_options: Any) -> None:
        super().__init__()
        self.database = database
        self.key = bytes.fromhex(key)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the library takes for a failure of the storage."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return how many there are in the time that runs."""
        now = time.time()
        values = {"name": self.name(key), "count": amount, "ends": now + expiry, "now": now}

        def count(connection: Connection) -> int:
            connection.execute(FORGET, {"now": now})
            return int(connection.execute(ADD[connection.dialect.name], values).scalar_one())

        return self.database.write(count)

    def get(self, key: str) -> int:
        """Return how many were counted in the time that runs."""
        return self._read(key)[0]

    def get_expiry(self, key: str) -> float:
        """Return when the time that runs is over."""
        return self._read(key)[1]

    def check(self) -> bool:
        """Say whether the storage can be used."""
        self.get("")
        return True

    def reset(self) -> int | None:
        """Forget everybody."""
        self.database.write(lambda connection: connection.execute(delete(Tries)).rowcount)
        return None

    def clear(self, key: str) -> None:
        """Forget one."""
        gone = delete(Tries).where(Tries.name == self.name(key))
        self.database.write(lambda connection: connection.execute(gone).rowcount)

    def name(self, key: str) -> str:
        """Return the digest that stands for somebody."""
        return hmac.digest(self.key, b"tries\n" + key.encode(), "sha256").hex()

    def _read(self, key: str) -> tuple[int, float]:
        now = time.time()
        named = {"name": self.name(key), "now": now}
        row = self.database.read(lambda connection: connection.execute(READ, named).first())
        return (row[0], row[1]) if row else (0, now)
