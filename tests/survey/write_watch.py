"""In every test: whatever a request writes, it writes an entry of the audit log as well.

A respondent's submission is the one that must write none: a timed entry would tie a person to an
answer. The tables below are those whose changes are no acts of weight.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import event

from survey.access import RESPONDENTS, read_mark

WRITE = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)
LOG = "audit_event"
QUIET = {
    "user_session": "the hour of a visit; what begins and ends a session has its event",
    "job": "how far a job is; what it does leaves entries of its own",
    "tries": "how often an address tried a password or a code; it is forgotten by the hour",
}
QUIET_PAGES = {
    "paper_entry.store_sheet": "an answer: counted by clerk and hour, for a timed entry would tie "
    "a person to it",
}


def watch_writes(site: Flask) -> None:
    """Fail a request that changed something and left no entry, or answered and left one."""

    @event.listens_for(site.extensions["renkedu_database"].engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found = WRITE.match(statement)
        if found and has_request_context():
            g.setdefault("written", set()).add(found[1].lower())

    @site.after_request
    def demand(response: Response) -> Response:
        written: set[str] = g.pop("written", set())
        if request.endpoint and response.status_code < 400:
            if read_mark(site, request.endpoint) == RESPONDENTS:
                assert LOG not in written, f"{request.endpoint} wrote a timed entry"
            elif request.endpoint not in QUIET_PAGES and written - {LOG} - QUIET.keys():
                assert LOG in written, f"{request.endpoint} changed {written} without an event"
        return response
