"""A county without schools of a stage is not left undecided for ever, and only on its own word."""

from __future__ import annotations

import pytest

from scoring.findings import Finding
from scoring.record import make_verdict, verify_verdict
from scoring.rule_set import load_rule_set
from tests.scoring.county_makers import (
    FIGURES,
    Rows,
    answer,
    assess,
    make_classes,
    make_rooms,
    make_schools,
    make_sheets,
    read_sheets,
    set_figures,
)
from tests.scoring.makers import NATIONAL

JUNIOR = {name: "0" for name in FIGURES if "junior" in name}
COEFFICIENT = "difference.rooms_m2.junior"


def make_primary_county(declared: str) -> dict[str, Rows]:
    """Return a county whose school table has no junior section; `declared` is what it says."""
    schools = [row for row in make_schools() if row["junior_pupils"] in ("", "0")]
    sheets = make_sheets() | {
        "schools": schools,
        "classes": make_classes(schools),
        "special_rooms": make_rooms(schools),
    }
    set_figures(sheets, **JUNIOR)
    sheets["figures"].append(
        {"figure": "schools_with_junior", "value": declared, "source": "教育局"}
    )
    return sheets


def judge(declared: str) -> dict[str, Finding]:
    return assess(make_primary_county(declared))


def test_a_declared_absence_is_shown_and_decides_nothing() -> None:
    found = judge("0")
    coefficient = found[COEFFICIENT]
    assert (coefficient.outcome, coefficient.measured) == ("shown", None)
    assert coefficient.why is not None
    assert "不影响结论" in coefficient.why.zh
    assert found["composite.junior"].outcome == "shown"
    assert found["condition.4"].outcome == "met"
    assert found["guarantee.13"].outcome == "met"
    assert found["quality.01"].outcome == "shown"
    decisive = [f.rule.id for f in found.values() if f.rule.decisive and f.outcome != "met"]
    assert [rule for rule in decisive if found[rule].outcome != "shown"] == []


@pytest.mark.parametrize(("declared", "word"), [("", "请在县级数据"), ("2", "为2")])
def test_without_the_countys_word_it_is_not_measured(declared: str, word: str) -> None:
    """A table from which the junior schools were left out must not pass for a county without."""
    coefficient = judge(declared)[COEFFICIENT]
    assert coefficient.outcome == "not_measured"
    assert coefficient.why is not None
    assert word in coefficient.why.zh


def test_a_zero_does_not_hide_schools_that_are_in_the_table() -> None:
    sheets = make_sheets()
    sheets["figures"].append({"figure": "schools_with_junior", "value": "0", "source": "教育局"})
    assert assess(sheets)[COEFFICIENT].outcome == "met"


def test_the_verdict_can_be_reached_and_redone() -> None:
    schools, data = read_sheets(make_primary_county("0"))
    record = make_verdict("宜州区", None, schools, NATIONAL, data=data)
    assert record["missing"] == ["survey.rate"]
    verify_verdict(record)


@pytest.mark.parametrize(
    ("figures", "outcome"),
    [
        ({"migrant_children": "0", "migrant_children_public": "0",
          "migrant_children_purchased": "0"}, "met"),
        ({"migrant_children": "0"}, "not_measured"),
        ({"migrant_children": "", "migrant_children_public": "",
          "migrant_children_purchased": ""}, "not_measured"),
    ],
)  # fmt: skip
def test_nobody_of_whom_a_share_would_be(figures: dict[str, str], outcome: str) -> None:
    """0 of 0 concerns nobody; 80 of 0 is a slip, and a blank was not given."""
    sheets = make_sheets()
    set_figures(sheets, **figures)
    assert assess(sheets)["guarantee.15"].outcome == outcome
    answer(sheets, "guarantee.15", "care", "no")
    assert assess(sheets)["guarantee.15"].outcome == "not_met"


def test_the_older_scheme_asks_as_well() -> None:
    scheme = load_rule_set("inner-mongolia-basic-2012")
    assert scheme.scope.schools_of == NATIONAL.scope.schools_of
