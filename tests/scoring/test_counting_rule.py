from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.answers import Paper
from scoring.counting_rule import OPTIONS, Tally, readings, tally
from tests.scoring.makers import NATIONAL

RULE = NATIONAL.counting_rule
answers = st.lists(st.sampled_from([*OPTIONS, ""]), max_size=40)


def paper(option: str) -> Paper:
    return Paper("parent", "parent", {"overall": option})


@pytest.mark.parametrize(
    ("option", "outcome"),
    [
        ("satisfied", "satisfied"),
        ("mostly", "satisfied"),
        ("basically", "satisfied"),
        ("dissatisfied", "not_satisfied"),
        ("unknown", "excluded"),
        ("", "blank"),
    ],
)
def test_what_each_answer_counts_as(option: str, outcome: str) -> None:
    assert RULE.outcome(paper(option)) == outcome


def test_a_paper_without_the_item_is_blank() -> None:
    assert RULE.outcome(Paper("parent", "parent", {"fairness": "satisfied"})) == "blank"


def test_a_code_that_no_option_has_is_refused() -> None:
    with pytest.raises(Problem, match=r"item overall: expected one of satisfied.*got '5'"):
        tally([paper("5")], RULE)


def test_the_readings_are_the_four_that_the_texts_leave_open() -> None:
    assert [(r.satisfied, r.excluded) for r in readings(RULE)] == [
        (("satisfied", "mostly", "basically"), ("unknown",)),
        (("satisfied", "mostly", "basically"), ()),
        (("satisfied", "mostly"), ("unknown",)),
        (("satisfied", "mostly"), ()),
    ]
    assert readings(RULE)[0] == RULE


@given(answers)
def test_every_paper_is_counted_once(options: list[str]) -> None:
    counts = tally(map(paper, options), RULE)
    assert counts.papers == len(options) == sum(counts.cells)
    assert counts.valid <= counts.papers


@given(answers, answers)
def test_tallies_add_up(first: list[str], second: list[str]) -> None:
    together = tally(map(paper, first + second), RULE)
    assert tally(map(paper, first), RULE) + tally(map(paper, second), RULE) == together


@given(answers)
def test_the_stricter_reading_is_never_higher(options: list[str]) -> None:
    mild, against, without, strict = (tally(map(paper, options), r) for r in readings(RULE))
    for low, high in ((against, mild), (without, mild), (strict, without), (strict, against)):
        assert low.satisfied * (high.valid or 1) <= high.satisfied * (low.valid or 1)


def test_no_valid_paper_has_no_share() -> None:
    assert Tally(excluded=3, blank=2).share is None
    assert Tally(17, 3).share == Fraction(17, 20)
