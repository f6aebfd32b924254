"""The draw: the engine against plain Python, what must not matter, what is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.canonical import canonical_json, digest
from sampling.coverage import sort_by_stratum
from sampling.draw import draw_sample
from sampling.frame import Frame, make_frame
from sampling.problems import Problem
from sampling.quota import plan_quota
from sampling.record import Draw, Plan
from sampling.survey_rules import SurveyRules, load_survey_rules
from sampling.verification import redraw, verify_draw
from tests.sampling.conftest import SEED
from tests.sampling.rosters import SMALL_COUNTY, make_units

GOLDEN = Path(__file__).parent / "golden_draw.json"


def test_the_draw_of_the_small_county_never_changes(draw: Draw) -> None:
    """Golden draw: made once with this code and checked with docs/verify_draw.py and sha256sum."""
    assert canonical_json(draw) == GOLDEN.read_text(encoding="utf-8")


def test_the_certificate_names_what_it_was_made_from(draw: Draw, plan: Plan, frame: Frame) -> None:
    assert (draw["format"], draw["seed"], draw["n"]) == (1, SEED, 120)
    assert draw["frame_digest"] == frame.digest
    assert draw["plan_digest"] == digest(plan)
    assert [stratum["cell"] for stratum in draw["strata"]] == [
        stratum["cell"] for stratum in plan["strata"]
    ]


def test_everybody_is_drawn_at_most_once_and_from_the_eligible(draw: Draw, frame: Frame) -> None:
    drawn = [unit_id for stratum in draw["strata"] for unit_id in stratum["sample"]]
    reserve = [unit_id for stratum in draw["strata"] for unit_id in stratum["reserve"]]
    assert len(drawn) == 120
    assert len(set(drawn + reserve)) == len(drawn + reserve)
    assert set(drawn + reserve) <= {unit.id for unit in frame.eligible}


def test_the_reserve_is_as_deep_as_the_sample_or_all_there_are(draw: Draw) -> None:
    depths = [(len(s["reserve"]), min(s["n"], s["N"] - s["n"])) for s in draw["strata"]]
    assert all(got == expected for got, expected in depths)
    assert any(len(s["reserve"]) < s["n"] for s in draw["strata"])


seeds = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)
ids = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)


@settings(max_examples=25)
@given(st.lists(ids, min_size=24, max_size=60, unique=True), seeds, st.integers(24, 60))
def test_the_engine_and_plain_python_agree(names: list[str], seed: str, n: int) -> None:
    rules = load_survey_rules()
    units = make_units({"parent": 60, **dict.fromkeys(rules.other_categories, 8)})
    renamed = [
        unit._replace(id=f"{names[index % len(names)]}-{index}") for index, unit in enumerate(units)
    ]
    frame = make_frame(renamed, rules)
    plan = plan_quota(frame, n, rules, Fraction(1))
    draw = draw_sample(frame, plan, seed)
    for stratum, members in zip(
        draw["strata"], sort_by_stratum(frame.eligible, plan["strata"]), strict=True
    ):
        assert stratum["sample"] + stratum["reserve"] == redraw(members, 2 * stratum["n"], seed)
    verify_draw(draw, frame, plan)


def test_the_order_of_the_frame_does_not_matter(
    frame: Frame, plan: Plan, draw: Draw, rules: SurveyRules
) -> None:
    turned = make_frame(sorted(frame.units, key=lambda unit: unit[0][::-1]), rules)
    assert draw_sample(turned, plan, SEED) == draw


@settings(max_examples=20)
@given(seeds, st.integers(1, 39))
def test_a_bigger_sample_of_a_stratum_contains_the_smaller(seed: str, n: int) -> None:
    units = make_units({"resident": 40})
    assert redraw(units, n, seed) == redraw(units, n + 1, seed)[:n]


def test_another_seed_gives_another_sample(frame: Frame, plan: Plan, draw: Draw) -> None:
    other = draw_sample(frame, plan, SEED + ".")
    assert [s["sample"] for s in other["strata"]] != [s["sample"] for s in draw["strata"]]


def test_another_frame_is_refused_with_the_first_stratum(plan: Plan, rules: SurveyRules) -> None:
    more = make_frame(make_units({**SMALL_COUNTY, "teacher": 61}), rules)
    with pytest.raises(Problem, match="teacher/urban has 30 people in the plan and 31"):
        draw_sample(more, plan, SEED)


def test_another_frame_of_the_same_size_is_refused(plan: Plan, rules: SurveyRules) -> None:
    units = make_units()
    renamed = make_frame([units[0]._replace(id="somebody-else"), *units[1:]], rules)
    with pytest.raises(Problem, match="another frame: every stratum has as many people"):
        draw_sample(renamed, plan, SEED)


def test_a_bad_seed_is_refused(frame: Frame, plan: Plan) -> None:
    with pytest.raises(Problem, match="line break"):
        draw_sample(frame, plan, "2026\n")


def change_stratum(plan: Plan) -> None:
    plan["strata"][0]["n"] += 1


def change_total(plan: Plan) -> None:
    plan["n"] -= 1


def empty_stratum(plan: Plan) -> None:
    plan["strata"][0]["n"] = 0


def drop_stratum(plan: Plan) -> None:
    del plan["strata"][0]


def double_stratum(plan: Plan) -> None:
    plan["strata"].append(copy.deepcopy(plan["strata"][0]))


def overlap(plan: Plan) -> None:
    plan["strata"][0]["cell"] = {"category": ["parent"]}


def misname_column(plan: Plan) -> None:
    plan["strata"][0]["cell"] = {"colour": ["red"]}


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (change_stratum, "add up to 121"),
        (change_total, "add up to 120, but its sample is 119"),
        (empty_stratum, "0 of the 51 people in parent/urban/1-2"),
        (drop_stratum, "is eligible but in no stratum"),
        (double_stratum, "parent/urban/1-2 stands twice"),
        (overlap, "is in two strata"),
        (misname_column, "'colour', which no frame has"),
    ],
)
def test_a_spoilt_plan_is_refused(
    frame: Frame, plan: Plan, spoil: Callable[[Plan], None], part: str
) -> None:
    spoilt = copy.deepcopy(plan)
    spoil(spoilt)
    with pytest.raises(Problem, match=part):
        draw_sample(frame, spoilt, SEED)


def test_records_are_plain_json(plan: Plan, draw: Draw) -> None:
    assert json.loads(canonical_json(plan)) == plan
    assert json.loads(canonical_json(draw)) == draw
