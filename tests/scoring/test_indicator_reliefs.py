from __future__ import annotations

from collections.abc import Sequence

import pytest

from scoring.builtin_engine import BuiltinEngine
from scoring.county_data import NOTHING
from scoring.findings import Finding
from tests.scoring.county_makers import MORE, make_sheets, read_sheets
from tests.scoring.makers import NATIONAL, make_row

VISITING, GROUNDS = "visiting-teachers", "extra-grounds"


def school(pupils: int = 90, **cells: str) -> dict[str, str]:
    """Return a primary school without any PE and art teacher and with grounds at 90 %."""
    shares = ("1", "1", "0.85", "1", "1", "1", "1")
    more = {"primary_visiting_pe_art_teachers": "", "junior_visiting_pe_art_teachers": "",
            "dense_centre": "", "extra_grounds_m2": ""}  # fmt: skip
    return make_row("1", primary=pupils, shares=shares) | MORE | more | cells


def judge(row: dict[str, str], reliefs: Sequence[str]) -> dict[str, Finding]:
    schools, _ = read_sheets({"schools": [row]})
    findings = BuiltinEngine().assess(schools, NATIONAL, NOTHING, reliefs)
    return {f.rule.id: f for f in findings if f.subject.kind == "school"}


PE_ART = "resources.pe_art_teachers.primary"


@pytest.mark.parametrize(
    ("pupils", "visiting", "reliefs", "outcome", "used"),
    [
        (90, "1", [], "not_met", ()),
        (90, "1", [VISITING], "met", (VISITING,)),
        (90, "0.1215", [VISITING], "met", (VISITING,)),
        (90, "0.1214", [VISITING], "not_met", (VISITING,)),
        (90, "", [VISITING], "not_met", ()),
        (100, "1", [VISITING], "not_met", ()),
        (49, "1", [VISITING], "not_met", ()),
        (50, "1", [VISITING], "met", (VISITING,)),
        (90, "1", [GROUNDS], "not_met", ()),
    ],
)
def test_small_schools_may_count_visiting_teachers(
    pupils: int, visiting: str, reliefs: list[str], outcome: str, used: tuple[str, ...]
) -> None:
    row = school(pupils, primary_visiting_pe_art_teachers=visiting)
    finding = judge(row, reliefs)[PE_ART]
    assert (finding.outcome, tuple(finding.reliefs)) == (outcome, used)


def test_what_was_counted_in_is_printed_and_helps_the_school() -> None:
    row = school(
        primary_visiting_pe_art_teachers="1", grounds_m2="600", dense_centre="是",
        extra_grounds_m2="75",
    )  # fmt: skip
    assert judge(row, [])["resources.school"].outcome == "not_met"
    eased = judge(row, [VISITING, GROUNDS])
    assert eased["resources.school"].outcome == "met"
    assert set(eased["resources.school"].reliefs) == {VISITING, GROUNDS}
    assert eased[PE_ART].parts["added"] == "1"
    assert eased[PE_ART].parts["amount"] == "0.6885"
    assert (eased["resources.grounds_m2.primary"].measured or {})["exact"] == "7.5"


def test_a_shared_addition_is_divided_like_the_amount() -> None:
    """93 m2 on the roof of a school of 600 + 300 pupils: 93 x 600 / 930 = 60 for the primary."""
    row = make_row("1", "nine_year", primary=600, junior=300, grounds_m2="6882") | MORE
    row |= {"dense_centre": "yes", "extra_grounds_m2": "93"}
    finding = judge(row, [GROUNDS])["resources.grounds_m2.primary"]
    assert finding.parts["added"] == "60"
    assert (finding.measured or {})["exact"] == "7.5"
    assert finding.outcome == "met"


def test_coefficients_stay_on_the_plain_amounts() -> None:
    sheets = make_sheets()
    for row in sheets["schools"]:
        row |= {"dense_centre": "yes", "extra_grounds_m2": "5000"}
    schools, data = read_sheets(sheets)
    plain, eased = (
        [f for f in BuiltinEngine().assess(schools, NATIONAL, data, reliefs)
         if f.rule.kind == "difference"]
        for reliefs in ((), (GROUNDS,))
    )  # fmt: skip
    assert plain == eased
