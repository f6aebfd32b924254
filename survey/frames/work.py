"""The job of a roster (名册任务): read, check, take in; each as far as it was asked for."""

from __future__ import annotations

from sqlalchemy.orm import Session

from sampling.problems import N_
from survey.assessments.models import Round
from survey.database import Database
from survey.frames.checking import check_files
from survey.frames.intake import prepare_roster
from survey.frames.operations import RosterReport, store_prepared
from survey.frames.roster import Roster
from survey.frames.staging import discard_files, stage_files
from survey.jobs import Progress
from survey.settings import Settings

READ, CHECK, IMPORT = "read", "check", "import"
ACTS = (READ, CHECK, IMPORT)

SEALING = N_("encrypting names and numbers")
STORING = N_("taking the roster in")


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
    round change in one transaction at the end.
    """
    stage_files(database, settings, round_id, progress)
    if act == READ:
        return None
    roster = check_files(database, settings, round_id, progress)
    if roster is None or act == CHECK:
        return None
    return take_in(database, settings, round_id, roster, progress, actor=actor)


def take_in(
    database: Database,
    settings: Settings,
    round_id: str,
    roster: Roster,
    progress: Progress,
    *,
    actor: str,
) -> RosterReport:
    """Take the people in, in place of earlier ones, and forget the uploaded files."""
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
                discard_files(session, round_id)
        finally:
            connection.invalidate()  # the temporary table goes with it
    return report
