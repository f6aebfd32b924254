"""The way out on the site (出路): unit costs typed, the cheapest additions, kept with the round.

The search is done in a process of its own, for so long and no longer: a solver cannot be stopped
from within, and the site goes on answering meanwhile. One is under way at a time.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any

from sqlalchemy.orm import Session

from sampling.problems import N_, Problem, Problems
from scoring.county_data import CountyData
from scoring.rule_set import load_rule_set
from scoring.schools import School
from scoring.unit_costs import make_unit_costs
from scoring.way_out_record import make_way_out
from survey.assessments.models import Round
from survey.assessments.operations import find_record, read_body, save_record
from survey.audit_log import record_event
from survey.results.figures import Figures

WAY_OUT, UNIT_COSTS = "way_out", "unit_costs"
"""Kinds of records of a round: the plan, and the costs it was made with."""

SECONDS = 120
"""The longest that a search may take."""

BUSY = Lock()

Costs = Mapping[str, object]
Plan = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """What the other process is given: values alone, and the rule set by its id."""

    schools: list[School]
    data: CountyData
    rule_set_id: str
    costs: dict[str, object]
    reliefs: tuple[str, ...]


def find_plan(session: Session, round_: Round) -> tuple[Costs | None, Plan | None]:
    """Return the costs and the plan of a round, None before there are any."""
    costs, plan = (find_record(session, round_, kind) for kind in (UNIT_COSTS, WAY_OUT))
    return (read_body(costs) if costs else None, read_body(plan) if plan else None)


def keep_plan(session: Session, round_: Round, costs: Costs, plan: Plan, actor: str) -> None:
    """Keep a plan with its costs, in place of an earlier one."""
    save_record(session, round_, UNIT_COSTS, dict(costs))
    record = save_record(session, round_, WAY_OUT, plan)
    record_event(
        session, actor, "way_out.find", round_.id, status=plan["status"], digest=record.digest
    )


def search_way_out(
    figures: Figures, costs: Costs, reliefs: Sequence[str] = (), seconds: float = SECONDS
) -> Plan:
    """Return the plan for a county, with the reliefs that are on.

    Raises `Problem` where another search is under way, and where the time is over; `Problems` for
    figures that nobody measured.
    """
    if not BUSY.acquire(blocking=False):
        raise Problem(N_("another search is under way; try again in a minute"))
    task = Task(
        list(figures.schools), figures.data, figures.rule_set.id, dict(costs), tuple(reliefs)
    )
    try:
        return _run_apart(task, seconds)
    finally:
        BUSY.release()


def _run_apart(task: Task, seconds: float) -> Plan:
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_search, args=(theirs, task), daemon=True)
    worker.start()
    theirs.close()
    try:
        if not mine.poll(seconds):
            raise Problem(
                N_("no plan was found within {seconds} seconds; the command line searches longer"),
                seconds=round(seconds),
            )
        found = mine.recv()
    except EOFError as error:
        raise Problem(N_("the search ended without an answer")) from error
    finally:
        worker.kill()
        worker.join()
        mine.close()
    if isinstance(found, list):
        raise Problems(
            [Problem(message, where=where, **values) for message, where, values in found]
        )
    plan: Plan = found
    return plan


def _search(answer: Connection, task: Task) -> None:
    """Send the plan, or what is wrong with the figures; the solver's own remarks go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        rule_set = load_rule_set(task.rule_set_id)
        costs = make_unit_costs(task.costs, rule_set)
        found: Any = make_way_out(
            task.schools, rule_set, costs, reliefs=task.reliefs, data=task.data
        )
    except Problems as error:
        found = [_plain(problem) for problem in error.problems]
    except Problem as problem:
        found = [_plain(problem)]
    answer.send(found)
    answer.close()


def _plain(problem: Problem) -> tuple[str, str, dict[str, object]]:
    """Return a problem as values that can be sent."""
    values: dict[str, object] = {
        key: value if isinstance(value, int | str) else str(value)
        for key, value in problem.values.items()
    }
    return problem.message, problem.where, values
