"""Checks on the links' side: who answered how often in which school, and when. No answer is seen.

The numbers come from dispositions and from the submissions counted per hour; nothing here can be
joined to a paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sampling.problems import N_, Problem
from scoring.quality_flags import load_quality_flags


@dataclass(frozen=True, slots=True)
class SchoolLinks:
    """People of one category issued in one school, and how many of them answered."""

    school: str
    category: str
    issued: int
    answered: int


@dataclass(frozen=True, slots=True)
class SchoolResponse:
    """A school's response beside its category's: `value` is usual, high or low."""

    links: SchoolLinks
    value: str
    chance: float


@dataclass(frozen=True, slots=True)
class BusyHour:
    """The hour with the most submissions; `value` is usual or busy."""

    submissions: int
    share: Fraction
    value: str


def compare_schools(rows: Sequence[SchoolLinks]) -> list[SchoolResponse]:
    """Return each school's response with the chance of one so far from its category's.

    Fisher's exact test, two-sided (twice the smaller tail), of the school against the category's
    other schools; a school stands out where the chance times the number of rows is below the
    flag's limit (Bonferroni). Raises `Problem` for impossible numbers and a row that stands twice.
    """
    _check(rows)
    flag = load_quality_flags()["school_response"]
    totals = {
        category: (
            sum(row.issued for row in rows if row.category == category),
            sum(row.answered for row in rows if row.category == category),
        )
        for category in dict.fromkeys(row.category for row in rows)
    }
    return [_compare(row, *totals[row.category], len(rows), flag.limits["chance"]) for row in rows]


def find_busy_hour(submissions: Sequence[int]) -> BusyHour:
    """Return the busiest of the round's hours, given the submissions of each.

    >>> find_busy_hour([10, 80, 20]).value, find_busy_hour([]).value
    ('busy', 'usual')
    """
    limits = load_quality_flags()["busy_hour"].limits
    if any(number < 0 for number in submissions):
        raise Problem(N_("an hour has fewer than 0 submissions"))
    most, total = max(submissions, default=0), sum(submissions)
    share = Fraction(most, total) if total else Fraction()
    is_busy = most >= limits["least"] and share >= limits["share"]
    return BusyHour(most, share, "busy" if is_busy else "usual")


def _compare(
    row: SchoolLinks, issued: int, answered: int, comparisons: int, limit: Fraction
) -> SchoolResponse:
    from scipy.stats import hypergeom  # here, for it takes as long to load as all the rest

    chances = hypergeom(issued, answered, row.issued)
    low, high = float(chances.cdf(row.answered)), float(chances.sf(row.answered - 1))
    chance = min(1.0, 2 * min(low, high))
    if chance * comparisons >= limit:
        return SchoolResponse(row, "usual", chance)
    return SchoolResponse(row, "high" if high < low else "low", chance)


def _check(rows: Sequence[SchoolLinks]) -> None:
    if len({(row.school, row.category) for row in rows}) < len(rows):
        raise Problem(N_("a school stands twice in the same category"))
    for row in rows:
        if not 0 <= row.answered <= row.issued:
            raise Problem(
                N_("school {school}: {answered} answered of {issued} issued"),
                school=row.school,
                answered=row.answered,
                issued=row.issued,
            )
