"""Papers that go between the levels (佐证材料): kept with their digest, handed out unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from sampling.problems import N_, Problem
from survey.assessments.models import VERDICT, Round
from survey.assessments.operations import find_record
from survey.event_logs import EventLog
from survey.procedures.models import Entrant, Paper
from survey.tables import clean

MOST_BYTES = 20 * 1024 * 1024
KINDS = (
    ".pdf", ".docx", ".doc", ".xlsx", ".xls", ".wps", ".et", ".ofd", ".jpg", ".jpeg", ".png",
    ".txt", ".csv", ".json", ".zip",
)  # fmt: skip
CERTIFICATE = "结论证书"
"""What a county's verdict certificate is called among the evidence of its own decision."""


def keep_papers(
    session: Session,
    log: EventLog,
    entrant: Entrant,
    files: Sequence[tuple[str, FileStorage]],
    actor: str,
) -> dict[str, str]:
    """Keep uploaded files and return the SHA-256 of each by its name in the log.

    A name is the one given (a paper that the rule set names), else the file's own. Raises
    `Problem` for an empty file, one that is too large, and a kind that is no paper.
    """
    evidence: dict[str, str] = {}
    for given, file in files:
        filename = clean(PurePath(file.filename or "").name)[:200]
        content = file.read(MOST_BYTES + 1)
        check_paper(filename, content)
        found = hashlib.sha256(content).hexdigest()
        evidence[free_name(given or filename, found, evidence)] = found
        if session.get(Paper, (log.id, entrant.region, found)) is None:
            session.add(
                Paper(
                    log_id=log.id,
                    region=entrant.region,
                    digest=found,
                    filename=filename,
                    size=len(content),
                    actor=actor,
                    content=content,
                )
            )
            session.flush()
    return evidence


def check_paper(filename: str, content: bytes) -> None:
    """Raise `Problem` for a file that is no paper to be kept."""
    if not content:
        raise Problem(N_("the file is empty"), where=filename)
    if len(content) > MOST_BYTES:
        raise Problem(
            N_("the file is larger than {most} MB"), where=filename, most=MOST_BYTES // 2**20
        )
    if PurePath(filename).suffix.lower() not in KINDS:
        raise Problem(
            N_("expected a paper of one of these kinds: {kinds}"),
            where=filename,
            kinds=" ".join(KINDS),
        )


def free_name(name: str, found: str, evidence: Mapping[str, str]) -> str:
    """Return a name under which no other file stands among the evidence."""
    number, free = 1, name
    while evidence.get(free, found) != found:
        number += 1
        free = f"{name} ({number})"
    return free


def certificate_evidence(session: Session, entrant: Entrant) -> dict[str, str]:
    """Return the digest of the county's verdict certificate, where there is one."""
    round_ = session.get_one(Round, entrant.round_id)
    record = find_record(session, round_, VERDICT)
    return {CERTIFICATE: record.digest} if record else {}


def find_papers(session: Session, log: EventLog, entrant: Entrant) -> dict[str, Paper]:
    """Return the papers of a county in a year by digest, without their content."""
    query = select(Paper).where(Paper.log_id == log.id, Paper.region == entrant.region)
    return {paper.digest: paper for paper in session.scalars(query)}
