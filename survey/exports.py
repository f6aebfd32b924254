"""Files that leave the desk: each with its number of rows and its SHA-256 in headers and log.

Whoever got a file can so tell whether it is whole and unchanged. A survey tool once stopped at
26,000 rows of an export and said nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

from flask import Response, send_file
from sqlalchemy.orm import Session

from survey.audit_log import record_event
from survey.context import current_database, signed_in_user

ROWS, DIGEST = "X-Row-Count", "X-Content-SHA256"
CSV_TYPE, JSON_TYPE, PDF_TYPE = "text/csv", "application/json", "application/pdf"
JSON_LINES_TYPE = "application/jsonl"


@dataclass(frozen=True)
class Export:
    """A file as it goes to the browser; `rows`: its records, 1 for one document, 0 for a blank."""

    content: bytes
    media_type: str
    name: str
    rows: int = 1

    @cached_property
    def sha256(self) -> str:
        """The digest of the file."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def told(self) -> dict[str, object]:
        """What the audit log keeps of it."""
        return {"file": self.name, "rows": self.rows, "sha256": self.sha256}


def attach(export: Export) -> Response:
    """Return the answer that hands a file over; that it left is noted elsewhere."""
    answer = send_file(
        BytesIO(export.content), export.media_type, as_attachment=True, download_name=export.name
    )
    answer.headers[ROWS] = str(export.rows)
    answer.headers[DIGEST] = export.sha256
    return answer


def note_export(session: Session, subject: str, told: dict[str, object]) -> None:
    """Write into the audit log that a file about a round or a year left the desk."""
    record_event(session, signed_in_user().username, "file.export", subject, **told)


def hand_out(subject: str, export: Export) -> Response:
    """Note in the audit log that a file leaves the desk, and return it."""
    with current_database().transaction() as session:
        note_export(session, subject, export.told)
    return attach(export)
