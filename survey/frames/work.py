"""The job of a roster (名册任务): read, check, take in; each as far as it was asked for."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.assessments.models import Round
from survey.database import Database
from survey.frames.checking import check_files
from survey.frames.intake import prepare_roster
from survey.frames.models import RosterFile
from survey.frames.operations import RosterReport, store_prepared
from survey.frames.roster import Roster
from survey.frames.staging import discard_files, stage_files
from survey.jobs import Progress
from survey.settings import Settings

READ, CHECK, IMPORT = "read", "check", "import"
ACTS = (READ, CHECK, IMPORT)

SEALING = N_("encrypting names and numbers")
STORING = N_("taking the roster in")
CHANGED = N_(
    "an uploaded file was thrown away or its columns were changed meanwhile, so nothing was taken "
    "in; begin again"
)


def work_on_roster(
    database: Database,
    settings: Settings,
    round_id: str,
    act: str,
    progress: Progress,
    *,
    actor: str,
) -> RosterReport | None:
    """Do what is asked for; take nothing in while a row is faulty.

    Stopped at any point it can be begun again: rows that are staged stay so, and the people of the
    round change in one transaction at the end. Raises `Problem` where somebody throws a file away
    or assigns its columns anew meanwhile: nothing is taken in that was not checked as it stands.
    """
    try:
        stage_files(database, settings, round_id, progress)
        if act == READ:
            return None
        with database.sessions() as session:
            files = name_files(session, round_id)
        roster = check_files(database, settings, round_id, progress)
        if roster is None or act == CHECK:
            return None
        return take_in(database, settings, round_id, roster, progress, files=files, actor=actor)
    except IntegrityError as error:  # rows of a file that is no longer there
        raise Problem(CHANGED) from error


def name_files(session: Session, round_id: str) -> list[str]:
    """Return what was uploaded for a round and how its columns are read, to tell a change."""
    query = select(RosterFile.id, RosterFile.category, RosterFile.columns)
    found = session.execute(query.where(RosterFile.round_id == round_id))
    return sorted(f"{id_} {category} {sorted(columns.items())}" for id_, category, columns in found)


def take_in(
    database: Database,
    settings: Settings,
    round_id: str,
    roster: Roster,
    progress: Progress,
    *,
    files: list[str],
    actor: str,
) -> RosterReport:
    """Take the people in, in place of earlier ones, and forget the uploaded files.

    `files` are those that were checked.
    """
    progress.step(SEALING)
    with database.engine.connect() as connection:
        session = Session(connection, expire_on_commit=False)
        try:
            round_ = session.get_one(Round, round_id)
            prepared = prepare_roster(session, settings, round_, roster)
            session.commit()  # on SQLite nothing but the temporary table was locked till here
            progress.step(STORING)
            with database.transaction(session):
                round_ = session.get_one(Round, round_id)
                report = store_prepared(session, settings, round_, roster, prepared, actor=actor)
                if name_files(session, round_id) != files:
                    raise Problem(CHANGED)
                discard_files(session, round_id)
        finally:
            connection.invalidate()  # the temporary table goes with it
    return report
