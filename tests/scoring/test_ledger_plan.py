"""A way out carried into a ledger: its additions are measures of lines, and open none."""

from __future__ import annotations

from pathlib import Path

import pytest

from sampling.problems import Problem
from scoring.ledger import Ledger, follow_ledger
from scoring.ledger_log import open_ledger, read_ledger, undertake
from scoring.ledger_plan import plan_measures
from scoring.rule_set import load_rule_set
from scoring.schools import parse_schools
from scoring.way_out_record import make_way_out
from tests.scoring.counties import measure
from tests.scoring.makers import NATIONAL, make_row, number_rows
from tests.scoring.unit_costs import unit_costs

# School 1 lacks rooms and grounds and may leave one of them at its floor; school 2 is so rich in
# backbone teachers that the first one has to grow for the coefficient alone. School 3 shares
# its rooms between two sections.
ROWS = [
    make_row("1", primary=360, shares=("1", "1", "1", "0.9", "0.9", "1", "1")),
    make_row("2", primary=100, primary_backbone_teachers="20"),
    make_row(
        "3", "nine_year", primary=300, junior=300,
        shares=("1", "1", "1", "0.5", "1.4", "1.4", "1.4"),
    ),
]  # fmt: skip
TIME = "2026-09-10T09:00:00+08:00"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    open_ledger(tmp_path / "ledger.jsonl", measure(ROWS), "2026-09-01", "教育局", TIME)
    return follow_ledger(read_ledger(tmp_path / "ledger.jsonl"))


def make_plan(**most: int) -> dict[str, object]:
    schools = parse_schools(number_rows(ROWS), "schools.xlsx")
    return make_way_out(schools, NATIONAL, unit_costs(most or None))


def test_an_addition_is_the_measure_of_the_lines_it_closes(ledger: Ledger) -> None:
    found = plan_measures(make_plan(), ledger, NATIONAL, "张三", "2027-08-31")
    by_key = {one.key[:3]: one for one in found.undertakings}
    grounds = by_key["1", "primary", "resources.grounds_m2.primary"]
    assert grounds.measure.startswith("增加体育运动场馆面积270平方米，费用108000元")
    assert (grounds.answers, grounds.deadline) == ("张三", "2027-08-31")
    # Built once, and a measure of both sections that share it.
    shared = [by_key["3", s, f"resources.rooms_m2.{s}"] for s in ("primary", "junior")]
    assert shared[0].measure == shared[1].measure


def test_what_the_plan_leaves_and_what_no_line_asks_for_is_told(ledger: Ledger) -> None:
    found = plan_measures(make_plan(), ledger, NATIONAL, "张三", "2027-08-31")
    assert ("1", "primary", "resources.rooms_m2.primary", "") in found.left
    assert "1/primary/backbone_teachers" in found.idle


def test_the_measures_stand_in_the_log_with_the_digest_of_the_plan(
    ledger: Ledger, tmp_path: Path
) -> None:
    found = plan_measures(make_plan(), ledger, NATIONAL, "张三", "2027-08-31")
    path = tmp_path / "ledger.jsonl"
    undertake(path, found.undertakings, "教育局", TIME, plan="a" * 64)
    lines = follow_ledger(read_ledger(path)).lines
    assert all(lines[one.key].measure == one.measure for one in found.undertakings)
    assert all(not lines[key].measure for key in found.left)
    with pytest.raises(Problem, match="SHA-256"):
        undertake(path, found.undertakings, "教育局", TIME, plan="none")


def test_a_plan_that_does_not_fit_is_refused(ledger: Ledger) -> None:
    with pytest.raises(Problem, match="nothing to carry out"):
        plan_measures(make_plan(rooms_m2=1, grounds_m2=1), ledger, NATIONAL, "张三", "2027-08-31")
    other = {"id": "wenshan-2024", "digest": load_rule_set("wenshan-2024").digest}
    with pytest.raises(Problem, match="under rule set national-2017"):
        plan_measures({**make_plan(), "rules": other}, ledger, NATIONAL, "张三", "2027-08-31")
    with pytest.raises(Problem, match="kind 'way_out'"):
        plan_measures({"kind": "plan"}, ledger, NATIONAL, "张三", "2027-08-31")
