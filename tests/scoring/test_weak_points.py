from __future__ import annotations

from fractions import Fraction

from scoring.answers import CATEGORIES, AnswerStratum, Paper
from scoring.estimation import StratumCount, estimate_share
from scoring.intervals import korn_graubard
from scoring.item_tables import find_domains, item_tables
from scoring.items import Item
from scoring.weak_points import published_estimate, rank_items, weak_point_record
from tests.scoring.makers import NATIONAL

NAMES = ("workload", "quality", "moral")
ITEMS = [Item(name, name, CATEGORIES) for name in NAMES]
TOWN, RURAL = STRATA = [
    AnswerStratum("town", "parent", 5000),
    AnswerStratum("rural", "parent", 1000),
]


def make_papers(satisfied: dict[str, tuple[int, ...]], size: int = 100) -> list[Paper]:
    """Papers of both strata; `satisfied` gives how many are, per stratum and item."""
    return [
        Paper(
            stratum.name,
            "parent",
            {
                name: "satisfied" if i < number else "dissatisfied"
                for name, number in zip(NAMES, satisfied[stratum.name], strict=True)
            },
        )
        for stratum in STRATA
        for i in range(size)
    ]


def test_the_weakest_stands_first_and_equals_are_not_told_apart() -> None:
    papers = make_papers({"town": (40, 90, 91), "rural": (40, 90, 90)})
    tables = item_tables(papers, STRATA, ITEMS, NATIONAL)
    points = rank_items(tables, find_domains(STRATA)[0], NATIONAL)
    assert [(p.line.subject, p.rank, p.first, p.last) for p in points] == [
        ("workload", 1, 1, 1),
        ("quality", 2, 2, 3),
        ("moral", 3, 2, 3),
    ]
    assert points[0].apart_from == ("quality", "moral")
    assert points[1].apart_from == ("workload",)


def test_the_interval_is_that_of_the_design() -> None:
    papers = make_papers({"town": (40, 90, 91), "rural": (80, 90, 90)})
    tables = item_tables(papers, STRATA, ITEMS, NATIONAL)
    point = rank_items(tables, find_domains(STRATA)[0], NATIONAL)[0]
    expected = estimate_share(
        [StratumCount("parent", 5000, 100, 40), StratumCount("parent", 1000, 100, 80)],
        {"parent": Fraction(1)},
    )
    assert expected is not None
    assert point.estimate == expected.share == Fraction(5 * 40 + 80, 600)
    assert point.interval == korn_graubard(expected, NATIONAL.level)
    assert (point.line.satisfied, point.line.valid) == (120, 200)


def test_a_hidden_stratum_is_not_in_the_estimate() -> None:
    """98 of 100 in the town: its 2 are hidden, so the estimate is made of the total alone."""
    papers = make_papers({"town": (98, 90, 91), "rural": (80, 90, 90)})
    tables = item_tables(papers, STRATA, ITEMS, NATIONAL)
    (everybody, *_) = find_domains(STRATA)
    (line,) = [each for each in tables.of_domain(everybody) if each.subject == "workload"]
    assert line.share == Fraction(178, 200)
    assert published_estimate(tables, line).share == Fraction(178, 200)
    assert published_estimate(tables, line).strata == 1


def test_intervals_for_ranking_share_the_error_among_all_items() -> None:
    """At the plain level these two are apart; among three items at once they are not."""
    papers = make_papers({"town": (70, 80, 75), "rural": (70, 80, 75)})
    tables = item_tables(papers, STRATA, ITEMS, NATIONAL)
    low, _, high = rank_items(tables, find_domains(STRATA)[0], NATIONAL)
    plain = high.interval.low - low.interval.high
    papers = make_papers({"town": (69, 84, 75), "rural": (69, 84, 75)})
    tables = item_tables(papers, STRATA, ITEMS, NATIONAL)
    low, _, high = rank_items(tables, find_domains(STRATA)[0], NATIONAL)
    assert plain < 0 < high.interval.low - low.interval.high
    assert (low.last, high.first) == (3, 1)


def test_a_round_without_papers_has_no_weak_points() -> None:
    tables = item_tables([], STRATA, ITEMS, NATIONAL)
    assert rank_items(tables, find_domains(STRATA)[0], NATIONAL) == []
    assert weak_point_record([]) == []
