"""Parts measured row by row: every class, school, room, subject and year, never an average."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil

from scoring.conditions import are_passed, condition_value, is_passed
from scoring.county_sheets import TITLES
from scoring.figures import exact_text
from scoring.ground import Ground
from scoring.limits import compare
from scoring.outcomes import MET, NOT_MEASURED, NOT_MET, combine
from scoring.part_findings import PartFinding, round_off, unmeasured
from scoring.reasons import NO_ROWS, no_table, no_years, not_given, open_rows
from scoring.rows import Row
from scoring.rule_parts import Condition, EveryPart, Relief, RoomsPart
from scoring.school_columns import COMPULSORY, SECTION_TITLES


@dataclass(slots=True)
class _Tally:
    """Rows under a part, those that fail, those that lack what is needed, and those eased.

    `schools` are the outcomes of the schools that rows belong to, by id.
    """

    of: int = 0
    failing: list[dict[str, object]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    eased: list[dict[str, str]] = field(default_factory=list)
    flipped: list[str] = field(default_factory=list)
    schools: dict[str, str] = field(default_factory=dict)

    def note(self, school_id: str, outcome: str) -> None:
        """Take in what one row says of its school."""
        if school_id:
            known = self.schools.get(school_id)
            self.schools[school_id] = combine([outcome, known] if known else [outcome])

    def detail(self) -> dict[str, object]:
        """Return the tally as it stands in a verdict."""
        return {
            "of": self.of,
            "failing": self.failing,
            "open": self.open,
            "eased": self.eased,
            "flipped": self.flipped,
            **({"schools": dict(sorted(self.schools.items()))} if self.schools else {}),
        }

    def finding(self, part: EveryPart | RoomsPart, may_be_empty: bool) -> PartFinding:
        """Return what the rows make: one that fails decides, else one that is open."""
        count = len(self.failing)
        measured = {"exact": str(count), "display": f"{count} / {self.of}"}
        reliefs = tuple(dict.fromkeys(entry["relief"] for entry in self.eased))
        if not self.failing and self.open:
            return unmeasured(part, open_rows(len(self.open)), self.detail())
        if not self.of and not may_be_empty:
            return unmeasured(part, NO_ROWS, self.detail())
        return PartFinding(
            part,
            NOT_MET if self.failing else MET,
            measured,
            "0",
            "<=",
            detail=self.detail(),
            reliefs=reliefs,
            is_flipped=bool(self.flipped),
        )


def measure_every(part: EveryPart, owner: str, ground: Ground) -> PartFinding:
    """Return how many rows of a table fail, and which: there must be none.

    A row whose cells are blank fails if another of its checks does; else it leaves the part open.
    A relief is used only for rows that would not pass without it.
    """
    rows = ground.rows.of(part.table)
    if rows is None:
        return unmeasured(part, no_table(TITLES[part.table]))
    if part.years_before:
        return _measure_years(part, rows, ground)
    tally = _tally(part, rows, ground.reliefs_of(owner, part.id))
    if part.table == "classes":
        for row in _sections_without_classes(part.where, rows, ground):
            tally.open.append(row.name)
            tally.note(row.school_id, NOT_MEASURED)
    return tally.finding(part, part.may_be_empty)


def _tally(part: EveryPart, rows: Iterable[Row], reliefs: Sequence[Relief]) -> _Tally:
    tally = _Tally()
    for row in rows:
        is_under = are_passed(part.where, row)
        if is_under is False:
            continue
        tally.of += 1
        if _is_flipped(part.checks, row):
            tally.flipped.append(row.name)
        passed = are_passed(part.checks, row)
        relief = None if passed else _relief_that_helps(part.checks, row, reliefs)
        outcome = MET
        if relief is not None:
            tally.eased.append({"row": row.name, "school": row.school_id, "relief": relief.id})
        elif not passed and (passed is None or is_under is None):
            outcome = NOT_MEASURED
            tally.open.append(row.name)
        elif not passed:
            outcome = NOT_MET
            tally.failing.append(_failing(row, part.checks))
        tally.note(row.school_id, outcome)
    return tally


def _failing(row: Row, checks: Sequence[Condition]) -> dict[str, object]:
    return {"row": row.name, "school": row.school_id, "values": dict(_values(row, checks))}


def _values(row: Row, checks: Sequence[Condition]) -> Iterator[tuple[str, str]]:
    """Yield what a row has in the columns that are checked, a ratio as its quotient."""
    for check in checks:
        value = condition_value(check, row)
        cell = row.cell(check.column)
        name = f"{check.column} / {check.per}" if check.per else check.column
        if isinstance(cell, str):
            yield name, cell
        else:
            yield name, "" if value is None else exact_text(value)


def _relief_that_helps(
    checks: Sequence[Condition], row: Row, reliefs: Sequence[Relief]
) -> Relief | None:
    """Return the first relief that the row may use and passes under; None where there is none."""
    for relief in reliefs:
        if are_passed(relief.when, row) and are_passed(_eased(checks, relief), row):
            return relief
    return None


def _eased(checks: Sequence[Condition], relief: Relief) -> list[Condition]:
    """Return the checks with the limit of the relief in place of their one numeric limit."""
    return [
        check
        if check.limit is None
        else replace(check, limit=relief.limit, limit_text=relief.limit_text)
        for check in checks
    ]


def _is_flipped(checks: Sequence[Condition], row: Row) -> bool:
    """Return whether rounding to two decimals would change what a check says of the row."""
    for check in checks:
        value, limit = condition_value(check, row), check.limit
        if value is None or limit is None or value.denominator == 1:
            continue
        rounded = compare(round_off(value), check.comparison, limit)
        if rounded != is_passed(check, row):
            return True
    return False


def _sections_without_classes(
    where: Sequence[Condition], rows: Sequence[Row], ground: Ground
) -> list[Row]:
    """Return the sections of which no class is listed, where the part might be about them.

    Kinds of school that the scheme leaves out need not list their classes.
    """
    listed = {(row.cell("school_id"), row.cell("stage")) for row in rows}
    found = []
    for school in ground.rows.by_school.values():
        if school.cell("kind") in ground.rule_set.scope.kinds_out:
            continue
        for stage in COMPULSORY:
            key = (school.school_id, stage)
            if not school.cell(f"{stage}_pupils") or key in listed:
                continue
            cells = {"school_id": school.school_id, "stage": stage}
            row = Row(f"{school.name} {SECTION_TITLES[stage][0]}", cells, *key[:1], school.cells)
            if are_passed(where, row) is not False:
                found.append(row)
    return found


def _measure_years(part: EveryPart, rows: Sequence[Row], ground: Ground) -> PartFinding:
    """Return the finding about the years before a day, each of which must be there."""
    day = ground.data.figures.get(part.before)
    if not isinstance(day, str):
        titles = [f.title for f in ground.rule_set.figures if f.id == part.before]
        return unmeasured(part, not_given(titles))
    last = int(day[:4])
    wanted = [Fraction(year) for year in range(last - part.years_before, last)]
    under = [row for row in rows if row.cell("year") in wanted]
    tally = _tally(part, under, ())
    missing = [int(year) for year in wanted if year not in {row.cell("year") for row in under}]
    if missing and not tally.failing:
        return unmeasured(part, no_years(missing), tally.detail())
    return tally.finding(part, may_be_empty=False)


def measure_rooms(part: RoomsPart, owner: str, ground: Ground) -> PartFinding:
    """Return how many schools lack a special room for every so many classes begun.

    A school without listed classes is open, for nobody knows how many rooms it needs; a room
    without its area is open only where it would make the difference.
    """
    rooms = ground.rows.of("special_rooms")
    if rooms is None:
        return unmeasured(part, no_table(TITLES["special_rooms"]))
    if ground.rows.of("classes") is None:
        return unmeasured(part, no_table(TITLES["classes"]))
    by_school: dict[str, list[Row]] = {}
    for room in rooms:
        if room.cell("use") in part.uses:
            by_school.setdefault(room.school_id, []).append(room)
    tally, reliefs = _Tally(), ground.reliefs_of(owner, part.id)
    for school in ground.rows.by_school.values():
        is_under = are_passed(part.where, school)
        if is_under is not False:
            outcome = _add_school(
                tally, part, school, by_school.get(school.school_id, []), reliefs,
                is_certain=is_under is True,
            )  # fmt: skip
            tally.note(school.school_id, outcome)
    return tally.finding(part, may_be_empty=False)


def _add_school(
    tally: _Tally,
    part: RoomsPart,
    school: Row,
    rooms: Sequence[Row],
    reliefs: Sequence[Relief],
    *,
    is_certain: bool,
) -> str:
    """Add a school to the tally and return its outcome."""
    tally.of += 1
    classes = school.cell("classes")
    if not isinstance(classes, Fraction):
        tally.open.append(school.name)
        return NOT_MEASURED
    needed = ceil(classes / part.per_classes)
    results = [are_passed(part.checks, room) for room in rooms]
    have, possible = results.count(True), results.count(None)
    eased: list[dict[str, str]] = []
    for room, passed in zip(rooms, results, strict=True):
        relief = None if passed else _relief_that_helps(part.checks, room, reliefs)
        if relief is not None and have < needed:
            have += 1
            possible -= passed is None
            eased.append({"row": room.name, "school": school.school_id, "relief": relief.id})
    if have >= needed:
        tally.eased += eased
        return MET
    if have + possible >= needed or not is_certain:
        tally.open.append(school.name)
        return NOT_MEASURED
    values = {"classes": exact_text(classes), "needed": str(needed), "rooms": str(have)}
    tally.failing.append({"row": school.name, "school": school.school_id, "values": values})
    return NOT_MET
