"""The plan: categories, bands, areas, strata, and what it says about rules it could not keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.canonical import canonical_json
from sampling.categories import share_categories
from sampling.coverage import sort_by_stratum
from sampling.frame import Frame, Unit, make_frame
from sampling.problems import Problem
from sampling.quota import plan_quota
from sampling.record import Plan
from sampling.survey_rules import SurveyRules, load_survey_rules
from tests.sampling.rosters import SMALL_COUNTY, make_units

PLENTY = {
    "parent": 60_000,
    "teacher": 4_500,
    "principal": 120,
    "deputy": 250,
    "cppcc": 240,
    "student": 45_000,
    "resident": 30_000,
}


def draw_from(counts: Mapping[str, int], n: int, rules: SurveyRules) -> Plan:
    """Plan n people (rate 1) out of a roster of `counts`."""
    return plan_quota(make_frame(make_units(counts), rules), n, rules, Fraction(1))


# In the order parent teacher principal deputy cppcc student resident.
@pytest.mark.parametrize(
    ("n", "changes", "expected"),
    [
        (825, {}, [413, 68, 68, 69, 69, 69, 69]),
        (325, {}, [163, 27, 27, 27, 27, 27, 27]),
        (501, {}, [251, 41, 41, 42, 42, 42, 42]),
        # 38 principals: the lower seat goes to them, the 30 they cannot give to the parents.
        (825, {"principal": 38}, [443, 68, 38, 69, 69, 69, 69]),
        (825, {"resident": 38}, [443, 68, 69, 69, 69, 69, 38]),
        (825, {"deputy": 68, "cppcc": 10}, [471, 69, 69, 68, 10, 69, 69]),
        (825, {"student": 0}, [481, 68, 69, 69, 69, 0, 69]),
        # Not even the parents have room: then the other five take more, equally.
        (825, {"principal": 38, "parent": 430}, [430, 71, 38, 71, 71, 72, 72]),
    ],
)
def test_categories(
    rules: SurveyRules, n: int, changes: dict[str, int], expected: list[int]
) -> None:
    counts = share_categories(n, {**PLENTY, **changes}, rules)
    assert list(counts.values()) == expected
    assert sum(counts.values()) == n


@pytest.mark.parametrize(
    ("changes", "share", "expected"),
    [
        # What principals cannot give goes to the other five equally.
        ({"principal": 38}, "1", [413, 74, 38, 75, 75, 75, 75]),
        ({}, "1", [413, 68, 68, 69, 69, 69, 69]),
        # Of 120 principals at most a half.
        ({}, "1/2", [413, 70, 60, 70, 70, 71, 71]),
        (
            dict.fromkeys(("teacher", "student", "resident"), 10),
            "1",
            [413, 10, 120, 131, 131, 10, 10],
        ),
        # All others are exhausted, and the parents take what is left.
        (
            {name: 10 for name in PLENTY if name not in ("parent", "principal")},
            "1",
            [655, 10, 120, 10, 10, 10, 10],
        ),
    ],
)
def test_a_deficit_that_goes_to_the_others(
    rules: SurveyRules, changes: dict[str, int], share: str, expected: list[int]
) -> None:
    local = replace(rules, deficit="others", max_share=Fraction(share))
    counts = share_categories(825, {**PLENTY, **changes}, local)
    assert list(counts.values()) == expected


def test_a_greatest_share_of_a_category_is_kept(rules: SurveyRules) -> None:
    local = replace(rules, max_share=Fraction(1, 2))
    plan = plan_quota(make_frame(make_units(), rules), 80_000, local)
    assert plan["categories"]["principal"] == 6
    assert plan["categories"]["parent"] == 64
    bend, small = plan["compromises"]
    assert (bend["subject"], bend["target"], bend["reached"]) == ("principal", 10, 6)
    assert (small["rule"], small["target"], small["reached"]) == ("min_answer_stratum", 10, 6)
    assert bend["why"] == "only 12 are eligible in the frame, and of these the rules allow 6"
    with pytest.raises(Problem, match="principal: 7 were set, but the rules allow at most 6 of 12"):
        plan_quota(make_frame(make_units(), rules), 80_000, local, pins={"principal": 7})


@given(st.lists(st.integers(0, 300), min_size=7, max_size=7), st.data())
def test_categories_keep_every_hard_rule(sizes: list[int], data: st.DataObject) -> None:
    rules = load_survey_rules()
    by_name = dict(zip(rules.categories, sizes, strict=True))
    n = data.draw(st.integers(0, sum(sizes)))
    counts = share_categories(n, by_name, rules)
    assert sum(counts.values()) == n
    assert all(0 <= counts[name] <= by_name[name] for name in counts)
    floor = rules.compute_majority_floor(n)
    assert counts["parent"] >= min(floor, by_name["parent"])
    free = [counts[name] for name in rules.other_categories if counts[name] < by_name[name]]
    assert not free or max(free) - min(free) <= 1


def test_plan_of_the_small_county(plan: Plan, frame: Frame) -> None:
    assert plan["n"] == 120
    assert plan["categories"] == {
        "parent": 60,
        "teacher": 10,
        "principal": 10,
        "deputy": 10,
        "cppcc": 10,
        "student": 10,
        "resident": 10,
    }
    assert plan["frame_digest"] == frame.digest
    assert plan["rate"] == "0.0015"
    assert plan["frame"]["student"] == {"eligible": 146, "ineligible": 54}
    assert plan["ineligible"] == [{"category": "student", "grade_band": "1-2", "N": 54}]
    assert plan["compromises"] == []


def test_parents_are_equal_by_band_and_in_proportion_by_area(plan: Plan) -> None:
    parents = [cell for cell in plan["cells"] if cell["cell"]["category"] == ["parent"]]
    bands = dict.fromkeys(("1-2", "3-4", "5-6", "7-9"), 0)
    areas = dict.fromkeys(("urban", "town", "rural"), 0)
    for cell in parents:
        bands[cell["cell"]["grade_band"][0]] += cell["n"]
        areas[cell["cell"]["area"][0]] += cell["n"]
    assert bands == {"1-2": 15, "3-4": 15, "5-6": 15, "7-9": 15}
    assert areas == {"urban": 30, "town": 10, "rural": 20}


def test_same_input_same_bytes(frame: Frame, rules: SurveyRules, plan: Plan) -> None:
    reversed_frame = make_frame(list(frame.units)[::-1], rules)
    again = plan_quota(reversed_frame, 80_000, rules)
    assert canonical_json(again) == canonical_json(plan)


def test_a_small_category_is_taken_whole_and_reported(rules: SurveyRules) -> None:
    plan = draw_from({**SMALL_COUNTY, "principal": 7}, 120, rules)
    assert plan["categories"]["principal"] == 7
    assert plan["categories"]["parent"] == 63
    assert [
        (item["rule"], item["subject"], item["target"], item["reached"])
        for item in plan["compromises"]
    ] == [("categories_equal", "principal", 10, 7), ("min_answer_stratum", "principal", 10, 7)]
    item = plan["compromises"][0]
    assert "only 7 are eligible" in item["why"]
    assert item["why"] == item["message"].format(**item["values"])


def test_a_small_band_is_reported(rules: SurveyRules) -> None:
    units = [
        unit
        for unit in make_units()
        if unit.category != "parent" or unit.grade_band != "1-2" or unit.id <= "parent-00005"
    ]
    plan = plan_quota(make_frame(units, rules), 80_000, rules)
    bands = [item for item in plan["compromises"] if item["rule"] == "grade_bands_equal"]
    assert [(item["subject"], item["target"], item["reached"]) for item in bands] == [
        ("parent/1-2", 15, 6)
    ]


def test_a_band_without_anybody_is_reported(rules: SurveyRules) -> None:
    units = [unit for unit in make_units() if unit.grade_band != "7-9"]
    plan = plan_quota(make_frame(units, rules), 80_000, rules)
    assert {item["subject"] for item in plan["compromises"]} == {"parent/7-9", "student/7-9"}


def test_an_area_that_bands_push_aside_is_reported(rules: SurveyRules) -> None:
    rest = {name: count for name, count in SMALL_COUNTY.items() if name != "student"}
    bands = {"urban": "3-4", "town": "5-6", "rural": "7-9"}
    areas = ["urban"] * 160 + ["town"] * 20 + ["rural"] * 20
    pupils = [
        Unit(f"s{number}", "student", "", area, bands[area], "")
        for number, area in enumerate(areas)
    ]
    plan = plan_quota(make_frame([*make_units(rest), *pupils], rules), 80_000, rules)
    assert [
        (item["rule"], item["subject"], item["target"], item["reached"])
        for item in plan["compromises"]
    ] == [
        # The fourth pupil of a band goes where it helps the areas most.
        ("areas_in_proportion", "student/urban", 8, 4),
        ("areas_in_proportion", "student/town", 1, 3),
        ("areas_in_proportion", "student/rural", 1, 3),
    ]


def test_a_supervisors_numbers_are_kept_and_judged(frame: Frame, rules: SurveyRules) -> None:
    targets = {"parent": 60, "teacher": 16, "principal": 4, "deputy": 10}
    targets |= {"cppcc": 10, "student": 10, "resident": 10}
    plan = plan_quota(frame, 80_000, rules, targets=targets)
    assert plan["categories"] == targets
    assert {item["subject"] for item in plan["compromises"]} == {"teacher", "principal"}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"parent": 59, "teacher": 11}, "at least 60 of 120"),
        ({"parent": 61}, "add up to 121"),
        ({"principal": 13, "teacher": 7}, "only 12 are eligible"),
        ({"principal": 0, "teacher": 20}, "principal: nobody would be drawn, though 12"),
        ({"teacher": -1}, "teacher: nobody would be drawn"),
        ({"mayor": 1}, "unknown: mayor"),
    ],
)
def test_numbers_that_break_a_hard_rule_are_refused(
    frame: Frame, rules: SurveyRules, changes: dict[str, int], part: str
) -> None:
    targets = {name: 60 if name == "parent" else 10 for name in rules.categories} | changes
    with pytest.raises(Problem, match=part):
        plan_quota(frame, 80_000, rules, targets=targets)


@pytest.mark.parametrize(("n", "is_enough"), [(1, False), (11, False), (12, True)])
def test_a_sample_too_small_for_the_categories_says_so(
    rules: SurveyRules, n: int, is_enough: bool
) -> None:
    if is_enough:
        assert min(draw_from(SMALL_COUNTY, n, rules)["categories"].values()) == 1
        return
    part = f"a sample of {n} is too small for the 7 categories"
    with pytest.raises(Problem, match=f"nobody would be drawn.*{part}"):
        draw_from(SMALL_COUNTY, n, rules)


def test_a_category_left_out_by_choice_is_not_a_matter_of_size(
    frame: Frame, rules: SurveyRules
) -> None:
    targets = {name: 60 if name == "parent" else 10 for name in rules.categories}
    with pytest.raises(Problem, match="nobody would be drawn") as caught:
        plan_quota(frame, 80_000, rules, targets=targets | {"principal": 0, "teacher": 20})
    assert "too small" not in str(caught.value)


def test_a_category_of_one_is_drawn_and_reported(rules: SurveyRules) -> None:
    plan = draw_from(SMALL_COUNTY, 20, rules)
    ones = [name for name, count in plan["categories"].items() if count == 1]
    assert ones
    reported = {
        item["subject"]: (item["target"], item["reached"])
        for item in plan["compromises"]
        if item["rule"] == "min_drawn"
    }
    assert reported == dict.fromkeys(ones, (2, 1))


def test_a_number_for_every_category_is_needed(frame: Frame, rules: SurveyRules) -> None:
    with pytest.raises(Problem, match="missing: teacher principal"):
        plan_quota(frame, 80_000, rules, targets={"parent": 120})


@pytest.mark.parametrize(
    ("counts", "n", "part"),
    [
        (SMALL_COUNTY, 2_000, "2000 people are to be drawn, but only 828"),
        ({**SMALL_COUNTY, "parent": 59}, 120, "parent: at least 60 of 120 must be drawn, got 59"),
        (SMALL_COUNTY, 11, "teacher: nobody would be drawn, though 60 people are eligible"),
        ({"parent": 50}, 51, "51 people are to be drawn, but only 50"),
    ],
)
def test_frames_that_are_too_small_are_refused(
    rules: SurveyRules, counts: dict[str, int], n: int, part: str
) -> None:
    with pytest.raises(Problem, match=part):
        draw_from(counts, n, rules)


counties = st.fixed_dictionaries(
    {
        "parent": st.integers(0, 120),
        **dict.fromkeys(
            ("teacher", "principal", "deputy", "cppcc", "student", "resident"),
            st.integers(0, 40),
        ),
    }
)


@settings(max_examples=60, deadline=None)
@given(counties, st.integers(1, 150))
def test_every_plan_keeps_the_hard_rules(counts: dict[str, int], n: int) -> None:
    rules = load_survey_rules()
    if not sum(counts.values()):
        return
    frame = make_frame(make_units(counts), rules)
    try:
        plan = plan_quota(frame, n, rules, Fraction(1))
    except Problem:
        return
    assert sum(plan["categories"].values()) == n
    assert plan["categories"]["parent"] * 2 >= n
    for part in ("cells", "strata", "answer_strata"):
        records = plan[part]
        assert sum(record["n"] for record in records) == n
        assert sum(record["N"] for record in records) == len(frame.eligible)
    for stratum, units in zip(
        plan["strata"], sort_by_stratum(frame.eligible, plan["strata"]), strict=True
    ):
        assert stratum["N"] == len(units)
        (category,) = stratum["cell"]["category"]
        is_alone = stratum["n"] == plan["categories"][category] == 1
        assert stratum["n"] >= 2 or stratum["n"] == stratum["N"] or is_alone
    assert len({stratum["stratum"] for stratum in plan["strata"]}) == len(plan["strata"])
    check_answer_strata(plan)


def check_answer_strata(plan: Plan) -> None:
    named = [name for union in plan["answer_strata"] for name in union["strata"]]
    assert sorted(named) == sorted(stratum["stratum"] for stratum in plan["strata"])
    for union in plan["answer_strata"]:
        whole = union["n"] == plan["categories"][union["category"]]
        assert union["n"] >= 10 or whole
        assert all(name.split("/")[0] == union["category"] for name in union["strata"])
