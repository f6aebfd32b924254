from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.answers import Paper
from scoring.counting_rule import OPTIONS, Count, CountingRule, Tally, readings, tally
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


def several(*options: str) -> Paper:
    return Paper("parent", "parent", {f"q{i}": option for i, option in enumerate(options)})


def by_items(mode: str, *, against: bool = False) -> CountingRule:
    items = tuple(f"q{i}" for i in range(4))
    return replace(RULE, mode=mode, items=items, excluded=() if against else RULE.excluded)


@pytest.mark.parametrize(
    ("options", "every", "mean", "score"),
    [
        (("satisfied", "mostly", "basically"), ("satisfied", 1, 1), (3, 3), (6, 9)),
        (("satisfied", "dissatisfied", ""), ("not_satisfied", 0, 1), (1, 2), (3, 6)),
        (("satisfied", "unknown"), ("satisfied", 1, 1), (1, 1), (3, 3)),
        (("unknown", "unknown", ""), ("excluded", 0, 0), (0, 0), (0, 0)),
        (("", ""), ("blank", 0, 0), (0, 0), (0, 0)),
    ],
)
def test_what_a_paper_adds_in_each_mode(
    options: tuple[str, ...],
    every: tuple[str, int, int],
    mean: tuple[int, int],
    score: tuple[int, int],
) -> None:
    paper = several(*options)

    def counted(rule: CountingRule) -> Count:
        return rule.count(rule.profile(paper))

    assert counted(by_items("every item")) == Count(*every)
    for mode, expected in (("mean of items", mean), ("mean score", score)):
        found = counted(by_items(mode))
        assert (found.numerator, found.denominator) == expected
        assert (found.outcome in ("excluded", "blank")) is (every[0] in ("excluded", "blank"))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("every item", (0, 1)), ("mean of items", (1, 2)), ("mean score", (3, 6))],
)
def test_not_knowing_counts_against_in_every_mode(mode: str, expected: tuple[int, int]) -> None:
    rule = by_items(mode, against=True)
    found = rule.count(rule.profile(several("satisfied", "unknown")))
    assert (found.numerator, found.denominator) == expected


def test_points_are_data() -> None:
    """A scheme of hundred, eighty and sixty: two answers could have two hundred."""
    rule = replace(by_items("mean score"), points={"satisfied": 100, "mostly": 80, "basically": 60})
    total = tally([several("satisfied", "basically"), several("dissatisfied")], rule)
    assert (total.numerator, total.denominator, total.valid) == (160, 300, 2)


def test_where_answers_are_counted_a_satisfied_paper_has_all_it_could_have() -> None:
    total = tally(
        [several("satisfied", "mostly"), several("satisfied", "dissatisfied"), several("")],
        by_items("mean of items"),
    )
    assert (total.satisfied, total.not_satisfied, total.blank) == (1, 1, 1)
    assert (total.numerator, total.denominator, total.share) == (3, 4, Fraction(3, 4))
    assert (total + total).numerator == 6


def test_with_items_there_are_readings_of_every_mode() -> None:
    found = readings(by_items("every item"))
    modes = ["every item", "overall item", "mean of items", "mean score"]
    assert [rule.mode for rule in found] == [m for m in modes[:3] for _ in range(4)] + modes[3:] * 2
    assert found[0] == by_items("every item")
    assert len({(r.mode, r.satisfied, r.excluded) for r in found}) == 14


@given(st.lists(st.lists(st.sampled_from([*OPTIONS, ""]), min_size=4, max_size=4), max_size=20))
def test_every_item_is_never_above_the_mean_of_items_where_all_answer_as_many(
    rows: list[list[str]],
) -> None:
    papers = [several(*(option or "satisfied" for option in row)) for row in rows]
    every, mean = (
        tally(papers, by_items(m, against=True)) for m in ("every item", "mean of items")
    )
    assert every.numerator * (mean.denominator or 1) <= mean.numerator * (every.denominator or 1)


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
