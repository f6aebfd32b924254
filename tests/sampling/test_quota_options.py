"""A plan with numbers set by hand, residents by area, a floor and a cap; and from counts alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from sampling.canonical import canonical_json
from sampling.frame import Frame
from sampling.problems import Problem
from sampling.quota import plan_counts, plan_quota
from sampling.record import Plan
from sampling.survey_rules import SizeFloor, SurveyRules


def list_bends(plan: Plan) -> list[tuple[str, int, int]]:
    return [
        (item["subject"], item["target"], item["reached"])
        for item in plan["compromises"]
        if item["rule"] != "min_answer_stratum"
    ]


@pytest.mark.parametrize(
    ("pins", "bends"),
    [
        ({"principal": 10}, []),
        ({"parent": 70}, []),
        ({"principal": 8}, [("principal", 10, 8)]),
        # What is set too low goes to the parents: the others keep their share.
        ({"principal": 2}, [("principal", 10, 2)]),
        ({"principal": 2, "parent/urban/1-2": 8}, [("principal", 10, 2)]),
        ({"parent": 90, "teacher": 2}, [("teacher", 5, 2)]),
        (
            {"teacher": 15},
            [
                ("teacher", 10, 15),
                *(
                    (name, 10, 9)
                    for name in ("principal", "deputy", "cppcc", "student", "resident")
                ),
            ],
        ),
        (
            {"parent/town": 30},
            [("parent/urban", 30, 21), ("parent/town", 10, 30), ("parent/rural", 20, 9)],
        ),
        ({"parent/urban/1-2": 12}, [("parent/urban/1-2", 8, 12)]),
        ({"student/3-4": 8}, [("student/3-4", 3, 8), ("student/5-6", 3, 1), ("student/7-9", 3, 1)]),
    ],
)
def test_numbers_set_by_hand_are_kept_and_what_they_break_is_said(
    frame: Frame, rules: SurveyRules, pins: dict[str, int], bends: list[tuple[str, int, int]]
) -> None:
    plan = plan_quota(frame, 80_000, rules, pins=pins)
    assert plan["set"] == pins
    assert list_bends(plan) == bends
    judged = [item for item in plan["compromises"] if item["rule"] != "min_answer_stratum"]
    assert all("by hand" in item["why"] for item in judged)
    for name, number in pins.items():
        parts = name.split("/")
        cells = [
            cell["n"]
            for cell in plan["cells"]
            if set(parts) <= {value for values in cell["cell"].values() for value in values}
        ]
        assert sum(cells) == number


@pytest.mark.parametrize(
    ("pins", "part"),
    [
        ({"parent": 59}, "parent: at least 60 of 120 must be drawn, got 59"),
        ({"principal": 0}, "principal: nobody would be drawn"),
        ({"parent": 120}, "teacher: nobody would be drawn"),
        ({"parent": 121}, "cannot be drawn: the rules and the numbers set allow 121 to"),
        ({"teacher": 60, "resident": 5}, "principal: nobody would be drawn"),
        ({"student/1-2": 1}, "student/1-2: 1 are to be drawn, but only 0 are eligible"),
        ({"student": 10, "student/urban": 11}, "student: the numbers set by hand cannot all hold"),
    ],
)
def test_numbers_set_by_hand_that_break_a_hard_rule_are_refused(
    frame: Frame, rules: SurveyRules, pins: dict[str, int], part: str
) -> None:
    with pytest.raises(Problem, match=part):
        plan_quota(frame, 80_000, rules, pins=pins)


def test_areas_are_in_proportion_to_residents(frame: Frame, rules: SurveyRules) -> None:
    areas = {"urban": 20_000, "town": 20_000, "rural": 40_000}
    plan = plan_quota(frame, 80_000, rules, areas=areas)
    assert plan["areas"] == areas
    drawn = dict.fromkeys(areas, 0)
    for cell in plan["cells"]:
        drawn[cell["cell"]["area"][0]] += cell["n"]
    # A quarter of ten people is 2 or 3, and over the categories the roundings cancel. But of 12
    # principals only 4 are rural and 2 in town, so that two more than 2 have to be urban.
    assert drawn == {"urban": 30, "town": 31, "rural": 59}
    assert list_bends(plan) == [
        ("principal/urban", 2, 4),
        ("principal/rural", 5, 4),
        ("town", 30, 31),
        ("rural", 60, 59),
    ]


def test_an_area_with_too_few_people_is_reported(frame: Frame, rules: SurveyRules) -> None:
    areas = {"urban": 0, "town": 80_000, "rural": 0}
    plan = plan_quota(frame, 80_000, rules, areas=areas)
    bends = {item["subject"]: item for item in plan["compromises"]}
    assert bends["principal/town"]["reached"] == 2
    assert "only 2 are eligible in the frame" in bends["principal/town"]["why"]
    assert bends["town"]["target"] == 120
    with pytest.raises(Problem, match="add up to 80001 residents"):
        plan_quota(frame, 80_000, rules, areas={**areas, "rural": 1})


def test_a_plan_needs_the_counts_of_a_frame_only(
    frame: Frame, rules: SurveyRules, plan: Plan
) -> None:
    counts = Counter[tuple[str, ...]]((unit[1], unit[3], unit[4]) for unit in frame.units)
    again = plan_counts(dict(sorted(counts.items(), reverse=True)), frame.digest, 80_000, rules)
    assert canonical_json(again) == canonical_json(plan)


def test_a_floor_and_a_cap_stand_in_the_plan(frame: Frame, rules: SurveyRules) -> None:
    floor = replace(rules, size_floors=(SizeFloor(400_000, 200),))
    plan = plan_quota(frame, 80_000, floor)
    assert (plan["n"], plan["sample_size"]) == (200, {"asked": 120, "floor": 200, "cap": None})
    plan = plan_quota(frame, 80_000, replace(floor, frame_cap=Fraction(1, 10)))
    assert (plan["n"], plan["sample_size"]["cap"]) == (82, 82)
    assert ("n", 200, 82) in list_bends(plan)
