"""A whole county that passes everything, as rows of text: tests change one thing at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scoring.builtin_engine import BuiltinEngine
from scoring.county_checks import check_county
from scoring.county_data import CountyData, parse_county
from scoring.county_sheets import questions_of
from scoring.findings import Finding
from scoring.rule_set import RuleSet
from scoring.school_layout import layout_of
from scoring.schools import School, parse_schools
from tests.scoring.makers import NATIONAL, make_row, number_rows

Rows = list[dict[str, str]]

MORE = {
    "area": "town",
    "built": "2019-09",
    "migrant_pupils": "20",
    "funded_pupils": "",
    "operating_yuan": "200000",
    "training_yuan": "10000",
}

FIGURES = {
    "applied_on": "2026-04-30",
    "basic_recognised_on": "2016-05-01",
    "interviewed": "50",
    "interviewed_satisfied": "45",
    "teachers_pay_yuan": "98000",
    "civil_servants_pay_yuan": "98000",
    "teachers_due_360_hours": "400",
    "teachers_with_360_hours": "400",
    "teachers_eligible_for_exchange": "100",
    "teachers_exchanged": "10",
    "backbone_teachers_exchanged": "2",
    "full_time_teachers": "420",
    "certified_teachers": "420",
    "admitted_primary_urban": "300",
    "zoned_primary_urban": "300",
    "admitted_primary_town": "200",
    "zoned_primary_town": "200",
    "admitted_junior_urban": "200",
    "zoned_junior_urban": "190",
    "admitted_junior_town": "100",
    "zoned_junior_town": "95",
    "senior_places": "200",
    "senior_places_by_quota": "100",
    "migrant_children": "100",
    "migrant_children_public": "80",
    "migrant_children_purchased": "5",
    "junior_entrants": "101",
    "junior_deaths": "1",
    "junior_graduates": "95",
    "junior_transfers_in": "3",
    "junior_transfers_out": "3",
    "disabled_children": "20",
    "disabled_children_enrolled": "19",
}


def make_schools() -> Rows:
    """Return rows of two primary schools, one nine-year school, a junior school and a point."""
    village = {"area": "rural", "funded_pupils": "100"}
    point = {"funded_pupils": "100", "migrant_pupils": "0"}
    return [
        make_row("1001", primary=360) | MORE,
        make_row("1002", primary=90) | MORE | village,
        make_row("1003", "nine_year", primary=360, junior=300, shares=("1.3",) * 7) | MORE,
        make_row("1004", "junior", junior=400) | MORE,
        make_row("1005", "point", primary=20) | MORE | point,
    ]


def make_classes(schools: Iterable[Mapping[str, str]], largest: int = 45) -> Rows:
    """Return classes of 45 at most that add up to the sections' pupils."""
    return [
        {
            "school_id": school["school_id"],
            "class_name": f"{stage}{number}班",
            "stage": stage,
            "grade": "1" if stage == "primary" else "7",
            "pupils": str(pupils),
        }
        for school in schools
        for stage in ("primary", "junior")
        for number, pupils in enumerate(split(int(school[f"{stage}_pupils"] or 0), largest), 1)
    ]


def split(pupils: int, largest: int) -> list[int]:
    """Return classes of nearly one size, none above `largest`."""
    classes = -(-pupils // largest)
    return [pupils // classes + (number < pupils % classes) for number in range(classes)]


def make_rooms(schools: Iterable[Mapping[str, str]]) -> Rows:
    """Return two music and two art rooms for each school, just large enough."""
    return [
        {
            "school_id": school["school_id"],
            "room_name": f"{use}{number}",
            "use": use,
            "area_m2": area,
            "built": "2019-09",
        }
        for school in schools
        for use, area in (("music", "96"), ("art", "90"))
        for number in (1, 2)
    ]


def make_sheets(rule_set: RuleSet = NATIONAL) -> dict[str, Rows]:
    """Return every sheet of a county that passes: change what a test is about."""
    schools = make_schools()
    return {
        "schools": schools,
        "figures": [
            {"figure": name, "value": value, "source": "教育局"} for name, value in FIGURES.items()
        ],
        "years": [
            {"year": str(year), "basic_indicators_missed": "0",
             "basic_coefficient_primary": "0.60", "basic_coefficient_junior": "0.50"}
            for year in (2023, 2024, 2025)
        ],
        "classes": make_classes(schools),
        "special_rooms": make_rooms(schools),
        "subjects": [
            {"monitoring": "national", "year": "2024", "subject": subject, "level": "3",
             "difference": "0.14"}
            for subject in ("四年级数学", "八年级科学")
        ],
        "judgements": [
            {"rule": question.owner, "part": question.part.id,
             "answer": question.part.accepted[0], "evidence": "佐证.pdf"}
            for question in questions_of(rule_set)
        ],
    }  # fmt: skip


def change(rows: Rows, key: Mapping[str, str], **cells: str) -> None:
    """Change cells of the only row that has the values of `key`."""
    (row,) = [row for row in rows if key.items() <= row.items()]
    row.update(cells)


def set_figures(sheets: dict[str, Rows], **values: str) -> None:
    """Change figures of a county; an empty one was not given."""
    for name, value in values.items():
        change(sheets["figures"], {"figure": name}, value=value)


def answer(sheets: dict[str, Rows], rule: str, part: str, word: str) -> None:
    """Change one judgement."""
    change(sheets["judgements"], {"rule": rule, "part": part}, answer=word)


def read_sheets(
    sheets: Mapping[str, Rows], rule_set: RuleSet = NATIONAL
) -> tuple[list[School], CountyData]:
    """Return schools and data of sheets, checked against each other."""
    schools = parse_schools(number_rows(sheets["schools"]), "county.xlsx", layout_of(rule_set))
    others = {name: number_rows(rows) for name, rows in sheets.items() if name != "schools"}
    county = parse_county(others, rule_set, "county.xlsx")
    check_county(county, schools, "county.xlsx")
    return schools, county.data


def assess(
    sheets: Mapping[str, Rows], reliefs: Sequence[str] = (), rule_set: RuleSet = NATIONAL
) -> dict[str, Finding]:
    """Return what the built-in engine finds about the county as a whole, by rule."""
    schools, data = read_sheets(sheets, rule_set)
    findings = BuiltinEngine().assess(schools, rule_set, data, reliefs)
    return {f.rule.id: f for f in findings if f.subject.kind == "county"}
