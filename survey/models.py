"""Every model, so that the metadata is whole wherever this module is imported."""

from survey.accounts.models import Role, User
from survey.assessments.models import Record, Round
from survey.audit_log import AuditEvent
from survey.database import Base
from survey.frames.models import Person
from survey.responses.models import AnswerPaper, Envelope
from survey.samples.models import Link, Release, Selection

__all__ = [
    "AnswerPaper",
    "AuditEvent",
    "Base",
    "Envelope",
    "Link",
    "Person",
    "Record",
    "Release",
    "Role",
    "Round",
    "Selection",
    "User",
]
