"""Verdict certificates of small counties for tests of plans, ledgers and forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from scoring.cells import Cell
from scoring.county_data import NOTHING, CountyData
from scoring.measured_county import MeasuredCounty, read_measured
from scoring.record import make_verdict
from scoring.record_file import Record
from scoring.rule_set import RuleSet, load_rule_set
from scoring.schools import parse_schools
from tests.scoring.makers import NATIONAL, number_rows

COUNTY = "宜州区"


def make_record(
    rows: Sequence[Mapping[str, str]],
    *,
    rule_set: RuleSet = NATIONAL,
    county: str = COUNTY,
    rate: Mapping[str, object] | None = None,
    rehearsal: bool = False,
    data: CountyData = NOTHING,
) -> Record:
    """Return the verdict certificate of a county's school rows."""
    schools = parse_schools(number_rows([dict(row) for row in rows]), "schools.xlsx")
    return make_verdict(
        county, rate, schools, rule_set, round_name="2026", rehearsal=rehearsal, data=data
    )


def measure(rows: Sequence[Mapping[str, str]], rules: str = "", **more: object) -> MeasuredCounty:
    """Return a county as its verdict has it, under a rule set by id."""
    rule_set = load_rule_set(rules) if rules else NATIONAL
    county = str(more.get("county", COUNTY))
    data = more.get("data", NOTHING)
    assert isinstance(data, CountyData)
    is_rehearsal = more.get("rehearsal") is True
    return read_measured(
        make_record(rows, rule_set=rule_set, county=county, rehearsal=is_rehearsal, data=data)
    )


def make_classes(school_id: str, *pupils: int) -> CountyData:
    """Return the classes of a primary school's first grade; they have to add up to its pupils."""
    cells: list[dict[str, Cell]] = [
        {
            "school_id": school_id,
            "class_name": f"一年级{number}班",
            "stage": "primary",
            "grade": Fraction(1),
            "pupils": Fraction(count),
        }
        for number, count in enumerate(pupils, start=1)
    ]
    return CountyData(tables={"classes": tuple(cells)})
