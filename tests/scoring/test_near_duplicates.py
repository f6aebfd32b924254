from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.stats import poisson

from scoring.answers import CATEGORIES, Paper
from scoring.items import Item
from scoring.near_duplicates import (
    Likeness,
    best_matches,
    find_near_duplicates,
    measure_likeness,
)
from scoring.quality_flags import load_quality_flags

LIMITS = load_quality_flags()["near_duplicate"].limits
NAMES = tuple(f"q{i}" for i in range(11))
ITEMS = [Item(name, name, CATEGORIES) for name in NAMES]
SCALE = ("satisfied", "mostly", "basically", "dissatisfied")
FORM = ("satisfied", "mostly", "satisfied", "basically") * 3


def make_paper(choices: tuple[str, ...], stratum: str = "town") -> Paper:
    return Paper(stratum, "parent", dict(zip(NAMES, choices, strict=False)))


def make_people(number: int, seed: int, hard: int = 1) -> list[Paper]:
    """People with a mood of their own; the first `hard` items please them less."""
    rng = np.random.default_rng(seed)
    moods = rng.normal(0.8, 1.2, number)
    likes = moods[:, None] + rng.normal(0, 1, (number, len(NAMES)))
    likes[:, :hard] -= 1
    places = np.digitize(-likes, [0.0, 0.8, 1.6])
    return [make_paper(tuple(SCALE[p] for p in row)) for row in places]


@pytest.mark.parametrize("seed", range(3))
def test_people_of_one_mind_are_not_accused(seed: int) -> None:
    """The critique of Simmons et al.: a limit of 85 % accuses many of these, and nobody copied."""
    papers = make_people(300, seed)
    assert find_near_duplicates(papers, ITEMS, LIMITS) == frozenset()
    matches = best_matches(papers, ITEMS)
    assert sum(match >= Fraction(85, 100) for match in matches) > 60


def test_copies_of_one_form_are_found_and_nobody_else() -> None:
    honest = make_people(300, 7)
    copies = [make_paper(FORM)] * 7
    nearly = make_paper((*FORM[:10], "dissatisfied"))
    found = find_near_duplicates([*honest, *copies, nearly], ITEMS, LIMITS)
    assert found == set(range(300, 308))


def test_copies_count_within_an_answer_stratum_only() -> None:
    honest = make_people(300, 7)
    spread = [make_paper(FORM, f"stratum {i}") for i in range(7)]
    assert find_near_duplicates([*honest, *spread], ITEMS, LIMITS) == frozenset()


def test_everybody_satisfied_with_everything_is_no_copy() -> None:
    assert (
        find_near_duplicates([make_paper(("satisfied",) * 11)] * 80, ITEMS, LIMITS) == frozenset()
    )


@pytest.mark.parametrize(("copies", "found"), [(4, 0), (5, 5)])
def test_fewer_than_the_least_number_alike_are_left_alone(copies: int, found: int) -> None:
    papers = [*make_people(200, 3), *[make_paper(FORM)] * copies]
    assert len(find_near_duplicates(papers, ITEMS, LIMITS)) == found


def test_short_papers_are_left_alone() -> None:
    papers = [*make_people(200, 3), *[make_paper(FORM)] * 20]
    assert find_near_duplicates(papers, ITEMS[:7], LIMITS) == frozenset()


def test_the_expectation_is_right_where_it_can_be_simulated() -> None:
    """Choices put in random order on equal items: as many are alike as the model expects."""
    rng = np.random.default_rng(11)
    tone = ("satisfied",) * 3 + ("mostly",) * 2 + ("basically",)
    items = ITEMS[:6]
    papers = [make_paper(tuple(rng.permutation(tone))) for _ in range(4000)]
    likeness = measure_likeness(papers, items, "parent")
    counts = Counter(tuple(paper.answers.values()) for paper in papers)
    exact = 3999 / 60  # 6! / (3! 2! 1!) orders
    expected = [each.expected for each in likeness.values()]
    assert len(counts) == len(likeness) == 60
    assert np.average(expected) == pytest.approx(exact, rel=0.03)


def test_a_paper_is_not_expected_to_be_like_itself() -> None:
    """Five who are satisfied with everything: each has four others, and four are expected."""
    papers = [make_paper(("satisfied",) * 11)] * 5
    (likeness,) = measure_likeness(papers, ITEMS, "parent").values()
    assert likeness.alike == 4
    assert likeness.expected == pytest.approx(4)


@pytest.mark.parametrize("hard", [0, 4])
def test_people_with_moods_are_as_much_alike_as_expected(hard: int) -> None:
    """Items that please less, and moods that differ: both are in the expectation."""
    papers = make_people(2000, 5, hard)
    likeness = measure_likeness(papers, ITEMS, "parent").values()
    alike = sum(each.alike for each in likeness)
    expected = sum(each.expected for each in likeness)
    assert alike == pytest.approx(expected, rel=0.1)


def test_best_matches_by_hand() -> None:
    choices = list(product(("satisfied", "mostly"), repeat=2))[:3]  # ss, sm, ms
    papers = [make_paper(c) for c in choices] + [make_paper(("mostly", "mostly"), "rural")]
    assert best_matches(papers, ITEMS[:2]) == [Fraction(1, 2), Fraction(1, 2), Fraction(1, 2), 0]
    assert best_matches([papers[0], papers[0]], ITEMS[:2]) == [1, 1]


def test_the_chance_is_that_of_so_many_or_more() -> None:
    assert Likeness(0, 2.0).chance == 1
    assert Likeness(3, 2.0).chance == pytest.approx(1 - poisson.cdf(2, 2.0))
