from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest

from sampling.problems import Problem
from scoring.response_classes import (
    AdjustedWeights,
    ClassLimits,
    adjust_for_nonresponse,
    issued_weights,
)


def adjust(
    counts: Mapping[tuple[str, ...], tuple[int, int]], limits: ClassLimits
) -> AdjustedWeights:
    """Adjust weights of 10: for each class so many issued, so many respondents."""
    rows = [labels for labels, (issued, _) in counts.items() for _ in range(issued)]
    answered = [k < r for issued, r in counts.values() for k in range(issued)]
    axes = [list(axis) for axis in zip(*rows, strict=True)]
    return adjust_for_nonresponse(np.full(len(rows), 10.0), np.array(answered), axes, limits)


def united(found: AdjustedWeights) -> list[tuple[str, ...]]:
    return [tuple("/".join(cell) for cell in c.cells) for c in found.classes]


LIMITS = ClassLimits(minimum_respondents=5, maximum_factor=Fraction(3))


def test_respondents_stand_for_their_class() -> None:
    found = adjust({("parent", "urban"): (20, 10), ("parent", "rural"): (30, 10)}, LIMITS)
    assert sorted(set(found.weights)) == [0.0, 20.0, 30.0]
    assert found.weights.sum() == 500
    assert [c.factor for c in found.classes] == [3.0, 2.0]
    assert [c.why for c in found.classes] == ["", ""]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # Too few respondents: united with the class most like it in response, not the next one.
        (
            {("p", "a"): (10, 4), ("p", "b"): (10, 9), ("p", "c"): (20, 9)},
            [("p/a", "p/c"), ("p/b",)],
        ),
        # Too large a factor.
        ({("p", "a"): (40, 10), ("p", "b"): (10, 9)}, [("p/a", "p/b")]),
        # As large as allowed: left alone.
        ({("p", "a"): (30, 10), ("p", "b"): (10, 9)}, [("p/a",), ("p/b",)]),
        # Nobody answered.
        ({("p", "a"): (3, 0), ("p", "b"): (10, 9)}, [("p/a", "p/b")]),
        # Equally near: the first.
        (
            {("p", "a"): (10, 5), ("p", "b"): (4, 2), ("p", "c"): (10, 5)},
            [("p/a", "p/b"), ("p/c",)],
        ),
        # Never across categories.
        ({("p", "a"): (10, 5), ("t", "a"): (4, 3)}, [("p/a",), ("t/a",)]),
    ],
)
def test_short_classes_are_united(
    counts: dict[tuple[str, ...], tuple[int, int]], expected: list[tuple[str, ...]]
) -> None:
    found = adjust(counts, LIMITS)
    assert united(found) == expected
    assert found.weights.sum() == pytest.approx(10 * sum(issued for issued, _ in counts.values()))


def test_the_last_axis_goes_first() -> None:
    """Bands of an area are united before areas are."""
    counts: dict[tuple[str, ...], tuple[int, int]] = {
        ("p", "a", "1"): (6, 3),
        ("p", "a", "2"): (6, 3),
        ("p", "b", "1"): (10, 5),
        ("p", "b", "2"): (2, 1),
    }
    assert united(adjust(counts, LIMITS)) == [("p/a/1", "p/a/2"), ("p/b/1", "p/b/2")]
    few = {**counts, ("p", "a", "2"): (2, 1)}
    assert united(adjust(few, LIMITS)) == [("p/a/1", "p/a/2", "p/b/1", "p/b/2")]


def test_words_say_what_was_united_and_what_stands_short() -> None:
    found = adjust({("p", "a"): (6, 3), ("p", "b"): (6, 4), ("t", "a"): (4, 3)}, LIMITS)
    assert found.classes[0].why == (
        "p · a + p · b are one class: one of them alone had fewer than 5 respondents or a factor "
        "above 3"
    )
    assert found.classes[1].why.startswith("t · a: 3 respondents and nothing left to unite it")


def test_a_category_that_did_not_answer_has_no_weight_to_carry() -> None:
    with pytest.raises(Problem, match="nobody of t · a answered: no weight can stand for the 4"):
        adjust({("p", "a"): (6, 6), ("t", "a"): (4, 0)}, LIMITS)
    across = ClassLimits(5, Fraction(3), kept=0)
    assert united(adjust({("p", "a"): (6, 6), ("t", "a"): (4, 0)}, across)) == [("p/a", "t/a")]


def test_a_released_reserve_is_a_new_case() -> None:
    """10 drawn of 120, 4 silent, 2 reserves released of whom 1 answers: 12 issued, 7 answers.

    Whoever the reserves stand in for is still a non-respondent.
    """
    weights = issued_weights(["p"] * 12, {"p": 120})
    assert weights.tolist() == [10.0] * 12
    answered = np.array([True] * 6 + [False] * 4 + [True, False])
    found = adjust_for_nonresponse(weights, answered, [["p"] * 12], LIMITS)
    assert found.classes[0].factor == pytest.approx(12 / 7)
    assert found.weights.sum() == pytest.approx(120)


@pytest.mark.parametrize("people", [{"p": 2}, {}, {"t": 9}])
def test_more_cases_than_people(people: dict[str, int]) -> None:
    with pytest.raises(Problem, match="stratum p: 3 cases issued"):
        issued_weights(["p", "p", "p"], people)


@pytest.mark.parametrize("limits", [(0, Fraction(2)), (5, Fraction(1, 2))])
def test_limits_that_cannot_be(limits: tuple[int, Fraction]) -> None:
    with pytest.raises(Problem, match="at least 1 respondent"):
        ClassLimits(*limits)
