"""Verdicts on a whole county: what they carry, and that they can be redone from it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from sampling.canonical import canonical_json, digest
from sampling.problems import Problem, Problems
from sampling.verification import Difference
from scoring.rate import recognition_rate
from scoring.record import make_verdict, verify_verdict
from scoring.rule_set import load_rule_set, rule_set_from
from tests.scoring.county_makers import answer, make_sheets, read_sheets, set_figures
from tests.scoring.makers import NATIONAL, make_county

RELIEF = "rooms-built-by-2016"


def verdict(sheets: Any, *, reliefs: tuple[str, ...] = (), satisfied: int = 54) -> Any:
    rate = recognition_rate(
        *make_county(satisfied, 6), NATIONAL, county="宜州区", round_name="2026"
    )
    schools, data = read_sheets(sheets)
    return make_verdict(
        "宜州区", rate, schools, NATIONAL, round_name="2026", data=data, reliefs=reliefs
    )


def test_a_county_that_passes_everything_is_met() -> None:
    record = verdict(make_sheets())
    assert (record["verdict"], record["missing"]) == ("met", [])
    assert record["difference_coefficients"][0]["rule"] == "difference.degree_teachers.primary"
    verify_verdict(json.loads(canonical_json(record)))


def test_a_single_veto_decides() -> None:
    sheets = make_sheets()
    answer(sheets, "veto.6", "found", "yes")
    assert verdict(sheets)["verdict"] == "not_met"


def test_a_single_gap_leaves_it_open_and_is_listed() -> None:
    sheets = make_sheets()
    set_figures(sheets, junior_deaths="")
    record = verdict(sheets)
    assert (record["verdict"], record["missing"]) == ("undecided", ["quality.01"])
    (finding,) = [f for f in record["findings"] if f["rule"] == "quality.01"]
    assert finding["why"] == {
        "zh": "没有填报：三年内死亡学生数", "en": "not given: Deaths among them"}  # fmt: skip


def test_every_finding_leads_to_its_article() -> None:
    for finding in verdict(make_sheets())["findings"]:
        assert finding["source"], finding
        assert finding["article"], finding
        assert finding["quote"], finding
        assert finding["aspect"] in {a.id for a in NATIONAL.aspects}


def test_a_relief_is_printed_with_its_source_and_where_it_was_used() -> None:
    sheets = make_sheets()
    for row in sheets["special_rooms"]:
        row |= {"area_m2": "73", "built": "2010-05"}
    assert verdict(sheets)["verdict"] == "not_met"
    record = verdict(sheets, reliefs=(RELIEF,))
    assert record["verdict"] == "met"
    (relief,) = record["reliefs"]
    assert (relief["id"], relief["used"], len(relief["eases"])) == (RELIEF, 1, 2)
    assert {eased["mark"] for eased in relief["eases"]} == {"P"}
    (rooms,) = [f for f in record["findings"] if f["rule"] == "guarantee.03"]
    assert rooms["reliefs"] == [RELIEF]
    assert {entry["relief"] for part in rooms["parts"]["parts"] for entry in part["eased"]} == {
        RELIEF}  # fmt: skip
    verify_verdict(json.loads(canonical_json(record)))


def test_a_relief_that_the_scheme_does_not_have_is_refused() -> None:
    with pytest.raises(Problem, match="no relief 'mercy'; known are: visiting-teachers"):
        verdict(make_sheets(), reliefs=("mercy",))


def put(path: list[Any], value: object) -> Callable[[Any], None]:
    def change(record: Any) -> None:
        *outer, key = path
        for step in outer:
            record = record[step]
        record[key] = value

    return change


CLASS = ["inputs", "county", "classes", 0]
TAMPERINGS: list[tuple[Callable[[Any], None], str]] = [
    (put([*CLASS, "pupils"], "30"), "^digests, county"),
    (put(["inputs", "county"], None), "^digests, county"),
    (put(["digests", "county"], None), "^digests, county"),
    (put(["reliefs"], [{"id": RELIEF}]), "reliefs .*eases"),
    (put(["aspects"], []), "^aspects 1"),
]


@pytest.mark.parametrize(("change", "message"), TAMPERINGS)
def test_each_tampering_is_named(change: Callable[[Any], None], message: str) -> None:
    record = json.loads(canonical_json(verdict(make_sheets())))
    change(record)
    with pytest.raises(Difference, match=message):
        verify_verdict(record)


def test_data_that_contradict_the_schools_are_no_inputs() -> None:
    """A class left out, with every digest brought up to date."""
    record = json.loads(canonical_json(verdict(make_sheets())))
    del record["inputs"]["county"]["classes"][0]
    record["digests"]["county"] = digest(record["inputs"]["county"])
    with pytest.raises(Problems, match="the classes have"):
        verify_verdict(record)


def test_a_rule_set_of_a_file_travels_with_the_verdict() -> None:
    content = copy.deepcopy(dict(NATIONAL.content))
    own = rule_set_from(content | {"id": "county-2030"}, "county-2030.toml")
    schools, data = read_sheets(make_sheets())
    record = json.loads(canonical_json(make_verdict("宜州区", None, schools, own, data=data)))
    assert record["rules"]["content"]["id"] == "county-2030"
    verify_verdict(record)
    record["rules"]["content"]["title"]["zh"] = "别的"
    with pytest.raises(Difference, match="digest of rule set county-2030"):
        verify_verdict(record)


def test_a_scheme_without_a_survey_and_a_school_rule_is_judged_too() -> None:
    basic = load_rule_set("inner-mongolia-basic-2012")
    record = make_verdict("旗", None, [], basic)
    assert record["verdict"] == "undecided"
    verify_verdict(json.loads(canonical_json(record)))
