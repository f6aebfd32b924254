"""What a verdict puts into a ledger (台账): every gap of every school, rule by rule, in units.

Two kinds: an indicator of a section below its limit (scoring.gaps), and rows of a school that
a rule about every row does not let pass, such as its oversize classes or the rooms it lacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scoring.findings import Finding
from scoring.gaps import Gap, school_gaps
from scoring.measured_county import MeasuredCounty
from scoring.outcomes import MET, NOT_MEASURED
from scoring.record_file import mapping, tables
from scoring.rows import make_rows
from scoring.sections import is_in_scope

OPEN, CLOSED, UNKNOWN, GONE = "open", "closed", "not_measured", "gone"
"""What data say of a gap: there, closed, not measured, or its school or section no longer is."""

Key = tuple[str, str, str, str]
"""What a line of a ledger is about: school, stage, rule, part ("" where the rule has none)."""

ROW_UNIT, ROOM_UNIT = "项", "间"


@dataclass(frozen=True, slots=True)
class LedgerGap:
    """What one verdict says of one gap.

    `to_limit` and `to_floor` are whole units of `unit` that are lacking; None where that was not
    measured, or is not a matter of adding. `rows` names the rows that fail.
    """

    key: Key
    state: str
    name: str
    unit: str
    to_limit: int | None = None
    to_floor: int | None = None
    rows: tuple[str, ...] = ()


def find_ledger_gaps(measured: MeasuredCounty) -> dict[Key, LedgerGap]:
    """Return what a verdict says of every gap it could have, closed ones too, by key.

    Whether a gap is there is the verdict's finding, reliefs and outside results included, and so
    is how much is lacking. What another system measured has no units here.
    """
    found = {gap.key: gap for gap in _indicator_gaps(measured)}
    return found | {gap.key: gap for gap in _row_gaps(measured)}


def gap_record(gap: LedgerGap) -> dict[str, object]:
    """Return a gap as it stands in a ledger; units that are not known are left out."""
    school, stage, rule, part = gap.key
    units = {"to_limit": gap.to_limit, "to_floor": gap.to_floor}
    return {
        "school": school,
        "stage": stage,
        "rule": rule,
        "part": part,
        "state": gap.state,
        "name": gap.name,
        "unit": gap.unit,
        "rows": list(gap.rows),
        **{name: number for name, number in units.items() if number is not None},
    }


def _indicator_gaps(measured: MeasuredCounty) -> Iterator[LedgerGap]:
    found = {
        (finding.subject.id, finding.subject.stage, finding.rule.id): finding
        for finding in measured.findings
        if finding.rule.kind == "indicator"
    }
    rows = make_rows(measured.schools, measured.data, measured.rule_set).by_school
    reliefs = frozenset(measured.reliefs)
    for school in measured.schools:
        if not is_in_scope(school, measured.rule_set):
            continue
        row = rows.get(school.school_id)
        for gap in school_gaps(school, measured.rule_set, reliefs, row):
            key = (gap.section.school_id, gap.section.stage, gap.rule.id)
            yield _indicator_gap(gap, found.get(key))


def _indicator_gap(gap: Gap, finding: Finding | None) -> LedgerGap:
    outcome = NOT_MEASURED if finding is None else finding.outcome
    state = {MET: CLOSED, NOT_MEASURED: UNKNOWN}.get(outcome, OPEN)
    is_own = finding is not None and not finding.engine
    is_added = state == OPEN and gap.rule.comparison == ">=" and is_own
    return LedgerGap(
        key=(gap.section.school_id, gap.section.stage, gap.rule.id, ""),
        state=state,
        name=gap.section.name,
        unit=gap.indicator.unit,
        to_limit=gap.to_limit if is_added else None,
        to_floor=gap.to_floor if is_added else None,
    )


def _row_gaps(measured: MeasuredCounty) -> Iterator[LedgerGap]:
    for finding in measured.findings:
        if finding.subject.kind != "county" or "parts" not in finding.parts:
            continue
        for part in tables(finding.parts, "parts"):
            if "failing" in part:
                yield from _part_gaps(finding, part, measured)


def _part_gaps(
    finding: Finding, part: Mapping[str, object], measured: MeasuredCounty
) -> Iterator[LedgerGap]:
    """Yield a gap for each school: what fails of it, or that nothing does."""
    failing: dict[str, list[Mapping[str, object]]] = {}
    for row in tables(part, "failing"):
        failing.setdefault(str(row.get("school") or ""), []).append(row)
    outcomes = mapping(part, "schools") if "schools" in part else {}
    for school in measured.schools:
        rows = failing.get(school.school_id, [])
        is_open = not rows and outcomes.get(school.school_id) == NOT_MEASURED
        yield LedgerGap(
            key=(school.school_id, "", finding.rule.id, str(part.get("id"))),
            state=OPEN if rows else UNKNOWN if is_open else CLOSED,
            name=school.name,
            unit=ROOM_UNIT if part.get("measure") == "rooms_per_classes" else ROW_UNIT,
            to_limit=sum(map(_lacking, rows)) if rows else None,
            rows=tuple(str(row.get("row")) for row in rows),
        )


def _lacking(row: Mapping[str, object]) -> int:
    """Return how many special rooms a school lacks, or else 1 for a row that fails."""
    values = row.get("values")
    if isinstance(values, dict) and {"needed", "rooms"} <= set(values):
        return int(values["needed"]) - int(values["rooms"])
    return 1
