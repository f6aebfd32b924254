"""A county's ledger on the site (台账): gaps of a verdict, measures, what is struck off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from sampling.canonical import sha256_text
from sampling.problems import N_, Problem
from scoring.ledger import Ledger, LedgerLine, follow_ledger
from scoring.ledger_gaps import OPEN, LedgerGap, find_ledger_gaps
from scoring.ledger_log import Undertaking, open_ledger, undertake, update_ledger
from scoring.ledger_plan import plan_measures
from scoring.measured_county import MeasuredCounty, read_measured
from scoring.rule_set import load_rule_set
from survey.assessments.models import VERDICT, Round
from survey.assessments.operations import find_record, read_body
from survey.audit_log import record_event
from survey.event_logs import LEDGER, EventLog, LogLine, append_line, find_log, read_lines
from survey.procedures.operations import now_in_china


def find_county_ledger(session: Session, round_: Round) -> EventLog | None:
    """Return the ledger of a round's county under its rule set, or None; a rehearsal has none."""
    if round_.is_rehearsal:
        return None
    return find_log(session, LEDGER, round_.region, 0, round_.rule_set, is_rehearsal=False)


def read_county(session: Session, round_: Round) -> MeasuredCounty | None:
    """Return the county as the round's verdict measured it, or None before there is one."""
    record = find_record(session, round_, VERDICT)
    return read_measured(read_body(record)) if record else None


def open_gaps(measured: MeasuredCounty) -> list[LedgerGap]:
    """Return the gaps that a verdict shows open, by school, stage and rule."""
    found = find_ledger_gaps(measured)
    return [found[key] for key in sorted(found) if found[key].state == OPEN]


def follow(session: Session, log: EventLog) -> Ledger:
    """Return where every line of a ledger stands, the log checked anew."""
    return follow_ledger(read_lines(session, log))


def ordered_lines(ledger: Ledger, on: str) -> list[LedgerLine]:
    """Return the lines of a ledger: still to be closed first, overdue ones on top."""
    return sorted(
        ledger.lines.values(),
        key=lambda line: (line.is_closed, not line.is_overdue(on), line.gap.key),
    )


def bring_up_to_date(session: Session, round_: Round, as_of: str, actor: str) -> EventLog:
    """Hold the county's ledger against the round's verdict, beginning it where there is none.

    Raises `Problem` before there is a verdict, for a rehearsal, and for data that are older than
    those the ledger holds.
    """
    measured = read_county(session, round_)
    if measured is None:
        raise Problem(N_("the ledger is held against a verdict, and there is none yet"))
    if round_.is_rehearsal:
        raise Problem(N_("a rehearsal has no ledger"))
    session.refresh(round_, with_for_update=True)
    log = find_county_ledger(session, round_)
    write = update_ledger if log else open_ledger
    if log is None:
        log = EventLog(
            kind=LEDGER,
            region=round_.region,
            title=round_.county,
            year=0,
            rule_set=round_.rule_set,
            is_rehearsal=False,
        )
        session.add(log)
        session.flush()
    line = append_line(
        session, log, lambda path: write(path, measured, as_of, actor, now_in_china())
    )
    record_line(session, round_, line, actor, "ledger.measure")
    return log


def undertake_measure(
    session: Session, round_: Round, undertaking: Undertaking, actor: str
) -> None:
    """Say what is done about a line, who answers for it and by when.

    Raises `Problem` for a line that the ledger does not have or that has nothing left to close.
    """
    log = require_ledger(session, round_)
    line = append_line(
        session, log, lambda path: undertake(path, [undertaking], actor, now_in_china())
    )
    record_line(session, round_, line, actor, "ledger.undertake")


def carry_plan(
    session: Session,
    round_: Round,
    plan: Mapping[str, Any],
    *,
    answers: str,
    deadline: str,
    actor: str,
) -> tuple[int, Sequence[str]]:
    """Carry the additions of a way out into the ledger as measures of the lines they close.

    Returns how many lines got a measure, and the additions that no open line asks for.
    """
    log = require_ledger(session, round_)
    ledger, rule_set = follow(session, log), load_rule_set(round_.rule_set)
    planned = plan_measures(plan, ledger, rule_set, answers, deadline)
    if not planned.undertakings:
        raise Problem(N_("no open line of the ledger asks for what the plan adds"))
    digest = str(find_plan_digest(session, round_))
    line = append_line(
        session,
        log,
        lambda path: undertake(path, planned.undertakings, actor, now_in_china(), plan=digest),
    )
    record_line(session, round_, line, actor, "ledger.plan")
    return len(planned.undertakings), planned.idle


def find_plan_digest(session: Session, round_: Round) -> str:
    """Return the digest of the round's way out; "" where there is none."""
    record = find_record(session, round_, "way_out")
    return record.digest if record else ""


def require_ledger(session: Session, round_: Round) -> EventLog:
    """Return the county's ledger; raise `Problem` where there is none yet."""
    log = find_county_ledger(session, round_)
    if log is None:
        raise Problem(N_("the county has no ledger yet; hold it against the verdict first"))
    return log


def record_line(session: Session, round_: Round, line: LogLine, actor: str, action: str) -> None:
    """Write the audit event of a new line of the ledger."""
    record_event(session, actor, action, round_.id, line=line.number, digest=sha256_text(line.body))
