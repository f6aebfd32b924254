"""The schema put into an empty database at once, as the migrations would make it step by step.

The migrations run once per engine and session; hundreds of tests start from what they left.
"""

from __future__ import annotations

import shutil
import subprocess
from functools import cached_property
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from survey.migrate import upgrade
from tests.postgresql_server import find_binaries, fresh_database


class Schema:
    """The newest schema, ready for either engine; `folder` holds what is kept of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put_into(self, database_url: str) -> None:
        """Bring an empty database to the newest revision."""
        url = make_url(database_url)
        if url.get_backend_name() == "sqlite":
            assert url.database
            shutil.copyfile(self.sqlite_file, url.database)
            Path(url.database).chmod(0o600)
            return
        with psycopg.connect(plain(database_url), autocommit=True) as connection:
            connection.execute(self.statements(database_url).encode())

    @cached_property
    def sqlite_file(self) -> Path:
        """A database file that the migrations made."""
        path = self.folder / "migrated.sqlite"
        upgrade(f"sqlite:///{path}")
        return path

    def statements(self, database_url: str) -> str:
        """Return the SQL that makes on PostgreSQL what the migrations make there."""
        kept = self.folder / "migrated.sql"
        if not kept.exists():
            server = make_url(database_url).set(database="postgres")
            with fresh_database(server.render_as_string(hide_password=False)) as url:
                upgrade(url)
                kept.write_text(dump(url), encoding="utf-8")
        return kept.read_text(encoding="utf-8")


def dump(database_url: str) -> str:
    """Return a database as SQL that its driver takes; lines for the command-line client go."""
    program = find_binaries() / "pg_dump"
    dumped = subprocess.run(
        [program, "--inserts", "--no-owner", "--dbname", plain(database_url)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = (line for line in dumped.splitlines() if not line.startswith(("\\", "--")))
    return "\n".join(lines)


def plain(database_url: str) -> str:
    """Return the URL as PostgreSQL's own programs take it."""
    return database_url.replace("postgresql+psycopg", "postgresql")
