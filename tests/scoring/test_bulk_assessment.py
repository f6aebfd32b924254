"""A nation at once gives what the engine gives for each county, ties included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.builtin_engine import BuiltinEngine
from scoring.bulk_assessment import OUTCOMES, BulkFindings, assess_in_bulk, exact_value
from scoring.bulk_table import amount_columns, read_amount, read_columns, read_schools
from scoring.figures import read_cell
from scoring.schools import KINDS, School
from tests.scoring.makers import INDICATORS, NATIONAL, make_row
from tests.scoring.unit_costs import county

Outcomes = dict[tuple[str, str], str]
shares = st.sampled_from(["1", "0.85", "0.8499999", "0.9999999", "1.2", "0", "3", "0.5", "0.4"])


@st.composite
def rows(draw: st.DrawFn, school_id: str) -> dict[str, str]:
    """A school of any kind; those that may leave an amount blank sometimes do."""
    kind = draw(st.sampled_from(list(KINDS)))
    has_primary = kind in ("primary", "nine_year", "twelve_year", "point", "special")
    has_junior = kind not in ("primary", "point")
    has_senior = kind in ("complete_secondary", "twelve_year")
    may_be_blank = kind in ("point", "special", "vocational")
    share = st.one_of(shares, st.just("")) if may_be_blank else shares
    return make_row(
        school_id,
        kind,
        primary=draw(st.sampled_from([0, 20, 49, 50, 300, 1237])) if has_primary else 0,
        junior=draw(st.sampled_from([100, 600, 999])) if has_junior else 0,
        senior=draw(st.sampled_from([0, 400])) if has_senior else 0,
        shares=draw(st.lists(share, min_size=7, max_size=7)),
    )


@st.composite
def nations(draw: st.DrawFn) -> list[list[School]]:
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    made = [[draw(rows(f"s{number}")) for number in range(size)] for size in sizes]
    with_pupils = [
        [row for row in one if any(row[f"{s}_pupils"] != "0" for s in ("primary", "junior"))]
        for one in made
    ]
    return [county(*one) if one else [] for one in with_pupils]


def expected_outcomes(schools: Sequence[School]) -> Outcomes:
    kinds = ("indicator", "school", "difference")
    found = BuiltinEngine().assess(schools, NATIONAL)
    return {
        (f.rule.id, f"{f.subject.id}/{f.subject.stage}"): f.outcome
        for f in found
        if f.rule.kind in kinds and f.subject.stage
    }


def bulk_outcomes(findings: BulkFindings, counties: Sequence[Sequence[School]]) -> list[Outcomes]:
    places = [(number, s.school_id) for number, one in enumerate(counties) for s in one]
    outcomes: list[Outcomes] = [{} for _ in counties]
    (school_rule,) = NATIONAL.of_kind("school")
    for name, stage in findings.stages.items():
        assert stage.passes is not None
        for at, row in enumerate(stage.school):
            number, school_id = places[row]
            subject = f"{school_id}/{name}"
            outcomes[number][school_rule.id, subject] = OUTCOMES[stage.passes[at]]
            for rule, code in zip(stage.rules, stage.outcomes[at], strict=True):
                outcomes[number][rule.id, subject] = OUTCOMES[code]
    for one in findings.coefficients:
        for number, code in enumerate(one.outcomes):
            outcomes[number][one.rule.id, f"/{one.rule.stage}"] = OUTCOMES[code]
    return outcomes


@settings(max_examples=60, deadline=None)
@given(nations())
def test_the_outcomes_are_the_engines(counties: list[list[School]]) -> None:
    findings = assess_in_bulk(read_schools(counties, NATIONAL), NATIONAL)
    assert bulk_outcomes(findings, counties) == [expected_outcomes(one) for one in counties]


@pytest.mark.parametrize(
    ("amounts", "outcome", "n_exact"),
    [
        (("1000", "3000"), "met", 1),  # exactly 0.50
        (("1000", "3000.000001"), "not_met", 0),
        (("1000", "3000.0000000001"), "not_met", 1),
        (("1000", "3000.0000000000001"), "not_met", 1),
        (("1000", "2999.9999999999999"), "met", 1),
        (("0", "0"), "not_met", 0),
        (("10000000000000000001", "30000000000000000003"), "met", 1),
        (("10000000000000000001", "30000000000000000004"), "not_met", 1),
    ],
)
def test_coefficients_at_the_limit(amounts: Sequence[str], outcome: str, n_exact: int) -> None:
    """The figures here have more digits than a cell keeps, so that they come as fractions."""
    base = county(make_row("1", primary=100), make_row("2", primary=100))
    schools = [
        replace(school, shared={**school.shared, "rooms_m2": Fraction(amount)})
        for school, amount in zip(base, amounts, strict=True)
    ]
    findings = assess_in_bulk(read_schools([schools], NATIONAL), NATIONAL)
    rooms = next(c for c in findings.coefficients if c.rule.id == "difference.rooms_m2.primary")
    assert (OUTCOMES[rooms.outcomes[0]], rooms.n_exact) == (outcome, n_exact)
    assert expected_outcomes(schools)[rooms.rule.id, "/primary"] == outcome


@pytest.mark.parametrize("digits", [0, 8, 16, 24])
def test_indicators_at_the_limit_whatever_their_magnitude(digits: int) -> None:
    """360 pupils need 1620 m2; a hair less fails, with figures beyond 64 bits too."""
    hair = Fraction(1, 10**digits)
    base = county(make_row("1", primary=360), make_row("2", primary=360))
    schools = [
        replace(school, shared={**school.shared, "rooms_m2": amount})
        for school, amount in zip(base, (Fraction(1620), Fraction(1620) - hair), strict=True)
    ]
    table = read_schools([schools], NATIONAL)
    found = bulk_outcomes(assess_in_bulk(table, NATIONAL), [schools])[0]
    rule = NATIONAL.rule("resources.rooms_m2.primary")
    assert [found[rule.id, f"{school}/primary"] for school in "12"] == ["met", "not_met"]
    assert exact_value(table, NATIONAL, rule, 1) == (1620 - hair) / 360


def test_values_are_for_display() -> None:
    schools = county(make_row("1", "nine_year", primary=600, junior=300, rooms_m2="5000"))
    findings = assess_in_bulk(read_schools([schools], NATIONAL), NATIONAL)
    shown = {
        name: stage.values[0, INDICATORS.index("rooms_m2")]
        for name, stage in findings.stages.items()
    }
    assert shown == pytest.approx({"primary": 5.376344, "junior": 5.913978}, abs=1e-6)
    assert all(one.values[0] == pytest.approx(0, abs=1e-7) for one in findings.coefficients)


@given(st.lists(st.decimals(0, 10**9, places=3) | st.decimals(0, 1, places=15), min_size=1))
def test_doubles_are_the_decimals_they_stand_for(decimals: list[object]) -> None:
    doubles = [float(str(decimal)) for decimal in decimals]
    amount = read_amount(np.array(doubles))
    found = [Fraction(int(whole), amount.scale) for whole in amount.whole]
    assert found == [read_cell(repr(double)) for double in doubles]


def test_columns_of_a_table() -> None:
    columns = {name: np.array([1620.0, np.nan]) for name in amount_columns(NATIONAL)}
    head = {
        "county": np.array([0, 0]),
        "kind": np.array(["primary", "point"]),
        "primary_pupils": np.array([360.0, 60.0]),
        "junior_pupils": np.array([0, 0]),
        "senior_pupils": np.array([0, 0]),
    }
    findings = assess_in_bulk(read_columns(head | columns, NATIONAL), NATIONAL)
    primary = findings.stages["primary"]
    rooms = INDICATORS.index("rooms_m2")
    assert [OUTCOMES[code] for code in primary.outcomes[:, rooms]] == ["met", "not_measured"]
    for name, wrong in (
        ("kind", np.array(["primary", "college"])),
        ("primary_pupils", np.array([360.5, 60])),
        ("rooms_m2", np.array([-1.0, 2.0])),
        ("rooms_m2", np.array([np.inf, 2.0])),
    ):
        with pytest.raises(Problem, match=f"column '{name}'"):
            read_columns(head | columns | {name: wrong}, NATIONAL)
    with pytest.raises(Problem, match="column 'county' is missing"):
        read_columns(columns, NATIONAL)
