"""Every model, so that the metadata is whole wherever this module is imported."""

from survey.accounts.models import Invitation, Role, User, UserSession
from survey.assessments.models import Record, Round
from survey.audit_log import AuditEvent
from survey.database import Base
from survey.event_logs import EventLog, LogLine
from survey.frames.models import FaultyRow, Person, RosterFile, RosterTrace, StagedRows
from survey.jobs import Job
from survey.open_answers.models import OpenEnvelope, OpenPaper, OpenPlace
from survey.paper_entry.models import TypedSheets
from survey.procedures.models import Entrant, Paper
from survey.reaching.models import Message, OptOut
from survey.responses.drafts import Draft
from survey.responses.models import AnswerPaper, Envelope
from survey.results.models import ReliefSwitch
from survey.samples.models import Link, Release, Selection
from survey.schools.models import HeldUpload, SchoolVersion
from survey.tries import Tries

__all__ = [
    "AnswerPaper",
    "AuditEvent",
    "Base",
    "Draft",
    "Entrant",
    "Envelope",
    "EventLog",
    "FaultyRow",
    "HeldUpload",
    "Invitation",
    "Job",
    "Link",
    "LogLine",
    "Message",
    "OpenEnvelope",
    "OpenPaper",
    "OpenPlace",
    "OptOut",
    "Paper",
    "Person",
    "Record",
    "Release",
    "ReliefSwitch",
    "Role",
    "RosterFile",
    "RosterTrace",
    "Round",
    "SchoolVersion",
    "Selection",
    "StagedRows",
    "Tries",
    "TypedSheets",
    "User",
    "UserSession",
]
