"""Drafts (草稿): what has been filled in so far, locked with a key that only one device keeps.

The key lies in that device's cookie and nowhere else; the server keeps the ciphertext. Whoever has
the card alone reads nothing. Every save holds the whole paper, so one that comes twice or late does
no harm, and the first save from another device writes over what nobody there could read. A draft
dies when the link is answered with, refused or voided, and when the round closes.

When it is answered with, the receipt takes the draft's place until the close, under the same key:
a phone that never saw the response can ask for it again, and nobody else can.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, ForeignKey, LargeBinary, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from survey.database import Base
from survey.samples.models import LINK_OPEN, Link

KEY_SIZE = 32
NONCE_SIZE = 12
# Plaintexts are padded to a multiple of this many bytes, for a length tells which answers were
# chosen. A paper and 500 Chinese characters fit in one step, and one step in a page of SQLite.
STEP = 2048
RECEIPT = b"receipt"  # what is sealed in a draft's place
PADDING = b" "  # blanks after the closing brace mean nothing to JSON


class Draft(Base):
    """The sealed draft of one link. It carries no time: a time would tell when somebody answers."""

    __tablename__ = "draft"

    link_id: Mapped[int] = mapped_column(
        ForeignKey("link.id"), primary_key=True, autoincrement=False
    )
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


READ = select(Draft.ciphertext).where(Draft.link_id == bindparam("link"))
WRITE_OVER = (
    update(Draft).where(Draft.link_id == bindparam("link")).values(ciphertext=bindparam("sealed"))
)
DISCARD = delete(Draft).where(Draft.link_id == bindparam("link"))


def _store(dialect: Any) -> Any:
    """Return the statement that keeps a draft of an open link, in a database's own words.

    The link is locked (PostgreSQL) while it is looked at: what is saved at the very moment of the
    submission is either discarded by it or not stored at all.
    """
    columns = select(Link.id, bindparam("sealed", type_=LargeBinary))
    rows = columns.where(Link.id == bindparam("link"), Link.state == LINK_OPEN)
    statement = dialect.insert(Draft).from_select(
        ["link_id", "ciphertext"], rows.with_for_update(read=True)
    )
    statement = statement.on_conflict_do_update(
        index_elements=["link_id"], set_={"ciphertext": statement.excluded.ciphertext}
    )
    return statement.execution_options(preserve_rowcount=True)


STORE = {"sqlite": _store(sqlite), "postgresql": _store(postgresql)}


def new_key() -> str:
    """Return a fresh key as a cookie holds it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_SIZE)).decode("ascii")


def save_draft(connection: Connection, link_id: int, key: str, answers: Mapping[str, Any]) -> bool:
    """Keep `answers` as the draft of a link that is open; False if it is open no more."""
    values = {"link": link_id, "sealed": lock_answers(link_id, key, answers)}
    return connection.execute(STORE[connection.dialect.name], values).rowcount == 1


def read_draft(connection: Connection, link_id: int, key: str) -> dict[str, Any]:
    """Return the answers of a link's draft; none where `key` does not open it."""
    ciphertext = connection.scalar(READ, {"link": link_id})
    return unlock_answers(link_id, key, ciphertext) if ciphertext else {}


def leave_receipt(connection: Connection, link_id: int, key: str, leaf: str) -> None:
    """Put a receipt in the place of the draft of a link, if it has one; no answer remains."""
    nonce = secrets.token_bytes(NONCE_SIZE)
    sealed = nonce + AESGCM(_raw(key)).encrypt(nonce, bytes.fromhex(leaf), _label(link_id, RECEIPT))
    connection.execute(WRITE_OVER, {"link": link_id, "sealed": sealed})


def read_receipt(connection: Connection, link_id: int, key: str) -> str:
    """Return the receipt that was left for the device with this key, or nothing."""
    ciphertext: bytes = connection.scalar(READ, {"link": link_id}) or b""
    nonce, sealed = ciphertext[:NONCE_SIZE], ciphertext[NONCE_SIZE:]
    try:
        return AESGCM(_raw(key)).decrypt(nonce, sealed, _label(link_id, RECEIPT)).hex()
    except (InvalidTag, ValueError):
        return ""


def discard_draft(connection: Connection, link_id: int) -> None:
    """Remove the draft of a link, whichever device it is of."""
    connection.execute(DISCARD, {"link": link_id})


def discard_drafts(session: Session, round_id: str) -> None:
    """Remove every draft of a round."""
    links = select(Link.id).where(Link.round_id == round_id)
    session.execute(delete(Draft).where(Draft.link_id.in_(links)))


def lock_answers(link_id: int, key: str, answers: Mapping[str, Any]) -> bytes:
    """Return answers encrypted for one link (AES-256-GCM), all of about one length."""
    plain = json.dumps(dict(answers), ensure_ascii=False).encode("utf-8", "replace")
    padded = plain.ljust(-(-len(plain) // STEP) * STEP, PADDING)
    nonce = secrets.token_bytes(NONCE_SIZE)
    return nonce + AESGCM(_raw(key)).encrypt(nonce, padded, _label(link_id))


def unlock_answers(link_id: int, key: str, ciphertext: bytes) -> dict[str, Any]:
    """Return what was locked; nothing where key or link are others."""
    try:
        nonce, sealed = ciphertext[:NONCE_SIZE], ciphertext[NONCE_SIZE:]
        plain = AESGCM(_raw(key)).decrypt(nonce, sealed, _label(link_id))
    except (InvalidTag, ValueError):
        return {}
    answers: dict[str, Any] = json.loads(plain)
    return answers


def is_key(text: str) -> bool:
    """Say whether a cookie holds what `new_key` makes.

    >>> is_key(new_key()), is_key("short")
    (True, False)
    """
    try:
        return len(_raw(text)) == KEY_SIZE
    except ValueError:
        return False


def _raw(key: str) -> bytes:
    try:
        return base64.b64decode(key, altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _label(link_id: int, content: bytes = b"draft") -> bytes:
    return b"renkedu %s 1\n%d" % (content, link_id)
