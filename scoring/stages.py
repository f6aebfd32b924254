"""The procedure of a scheme as data: stages, steps, dates, targets by year, loss of the title."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sampling.toml_table import Table
from scoring.catalogue import Catalogue
from scoring.citations import (
    Citation,
    Sources,
    Title,
    read_citation,
    read_entries,
    read_title,
)
from scoring.part_reader import read_parts
from scoring.rule_parts import Part

DUE = re.compile(r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
                 r"|02-(0[1-9]|[12][0-9])")  # fmt: skip
"""A day of the year; 29 February is 1 March in a year without one."""
LEVELS = ("county", "city", "province", "nation")


@dataclass(frozen=True, slots=True)
class Step:
    """A step inside a stage; steps are taken strictly in order.

    `failure_ends` lists levels for which a first failure in this step ends the year.
    """

    id: str
    title: Title
    failure_ends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One level of the procedure, in the order of the rule set.

    `due` is the last day of the year for handing on, ``MM-DD``, empty where the scheme names
    none. `submits` says what is handed in with it, `publishes` what is made public (公告, 公示,
    公布), `publication_days` for how long, 0 where no text says. `failure_ends` lists levels for
    which the first failure ends the year's procedure: at any step, or at those steps alone that
    name them, where some do.
    """

    id: str
    level: str
    title: Title
    due: str
    submits: tuple[str, ...]
    publishes: tuple[str, ...]
    publication_days: int
    steps: tuple[Step, ...]
    failure_ends: tuple[str, ...]
    citation: Citation

    def ends_for(self, step_id: str) -> tuple[str, ...]:
        """Return the levels whose year a failure in that step (or in a stage without) ends."""
        if not any(step.failure_ends for step in self.steps):
            return self.failure_ends
        return next((step.failure_ends for step in self.steps if step.id == step_id), ())


@dataclass(frozen=True, slots=True)
class Monitoring:
    """When a recognised county loses the title: so many years falling, or below the standard.

    `measure` is ``"falling"`` or ``"below"``; `years` is how many in a row.
    """

    measure: str
    years: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class Target:
    """What a plan wants by a year (`year`), or in each year from `from_year` on.

    `counties` names those it is for; empty means the county itself. `parts` must all hold; they
    are the same as a rule's. `open` says why the text leaves a target unmeasurable (no parts).
    """

    id: str
    title: Title
    year: int | None
    from_year: int | None
    counties: tuple[str, ...]
    parts: tuple[Part, ...]
    open: Title | None
    citation: Citation


def read_stage(table: Table, sources: Sources) -> Stage:
    """Return a stage from its table; what a failure ends stands at the stage or at its steps."""
    steps = tuple(_step(entry) for entry in read_entries(table, "steps"))
    by_step = {level for step in steps for level in step.failure_ends}
    if by_step and "failure_ends" in table.keys:
        raise table.problem("failure_ends", "the key at the stage or at its steps", "both")
    stage = Stage(
        id=table.text("id"),
        level=table.choice("level", LEVELS),
        title=read_title(table),
        due=_due(table),
        submits=_texts(table, "submits"),
        publishes=_texts(table, "publishes"),
        publication_days=_days(table),
        steps=steps,
        failure_ends=tuple(level for level in LEVELS if level in by_step) or _failure_ends(table),
        citation=read_citation(table, sources),
    )
    table.finish()
    return stage


def read_monitoring(table: Table, sources: Sources) -> Monitoring:
    """Return a condition for the loss of the title from its table."""
    monitoring = Monitoring(
        measure=table.choice("measure", ("falling", "below")),
        years=table.whole("years", least=1),
        citation=read_citation(table, sources),
    )
    table.finish()
    return monitoring


def read_target(table: Table, sources: Sources, data: Catalogue) -> Target:
    """Return a target from its table; it has parts, or a word why it has none."""
    parts = read_parts(table, data)
    target = Target(
        id=table.text("id"),
        title=read_title(table),
        year=_year(table, "year"),
        from_year=_year(table, "from_year"),
        counties=_texts(table, "counties"),
        parts=parts,
        open=read_title(table, "open") if "open" in table.keys else None,
        citation=read_citation(table, sources),
    )
    table.finish()
    if bool(parts) == (target.open is not None):
        raise table.problem("parts", "either parts or open, a word why there are none", target.id)
    if target.year is None and target.from_year is None:
        raise table.problem("year", "a year, or from_year", "none")
    return target


def _step(table: Table) -> Step:
    step = Step(table.text("id"), read_title(table), _failure_ends(table))
    table.finish()
    return step


def _failure_ends(table: Table) -> tuple[str, ...]:
    return table.choices("failure_ends", LEVELS) if "failure_ends" in table.keys else ()


def _due(table: Table) -> str:
    if "due" not in table.keys:
        return ""
    text = table.text("due")
    if not DUE.fullmatch(text):
        raise table.problem("due", 'a day of the year, such as "04-30"', text)
    return text


def _days(table: Table) -> int:
    has_days = "publication_days" in table.keys
    return table.whole("publication_days", least=1) if has_days else 0


def _year(table: Table, key: str) -> int | None:
    return table.whole(key, least=1986, most=2100) if key in table.keys else None


def _texts(table: Table, key: str) -> tuple[str, ...]:
    return table.names(key) if key in table.keys else ()
