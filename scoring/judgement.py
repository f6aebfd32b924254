"""What a share is worth at the limit: the point rule, three words, and what would settle it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, floor

from scoring.counting_rule import Tally
from scoring.figures import whole_or_float
from scoring.intervals import Interval, clopper_pearson, korn_graubard
from scoring.official_estimate import category_estimate
from scoring.publication import Row, open_categories
from scoring.rule_set import Rule, RuleSet

SHOWN_MET = "shown to be met"
NOT_SHOWN = "not shown either way"
SHOWN_MISSED = "shown to be missed"
TOO_FEW = "too few papers: whatever they say, it could not be shown to be met"
HELD_BACK = "held back: a cell has too few papers"
MOST_PAPERS = 10**9
"""A number of papers above every survey; what needs more is not settled by asking more."""
PUBLISHED_DIGITS = 4
"""Decimals of published estimates."""

Record = dict[str, object]


def is_met(numerator: int, denominator: int, rule: Rule) -> bool | None:
    """Return whether the pooled count keeps the rule, exactly; None where nothing was counted.

    >>> from scoring.rule_set import load_rule_set
    >>> rule = load_rule_set("national-2017").survey_rule
    >>> is_met(17, 20, rule), is_met(96, 113, rule), is_met(0, 0, rule)
    (True, False, None)
    """
    return rule.holds(Fraction(numerator, denominator)) if denominator else None


def words(interval: Interval | None, rule: Rule) -> str:
    """Return what the interval shows about the limit, in one of three phrases.

    It speaks of sampling error only: non-response and pressure are not in the interval.
    """
    if interval is None or rule.limit is None:
        return NOT_SHOWN
    limit = float(rule.limit)
    if interval.low >= limit:
        return SHOWN_MET
    return SHOWN_MISSED if interval.high < limit else NOT_SHOWN


def margin(numerator: int, denominator: int, limit: Fraction) -> int:
    """Return how many of the units counted would have to be otherwise to turn the outcome.

    >>> margin(87, 100, Fraction(17, 20)), margin(84, 100, Fraction(17, 20))
    (3, 1)
    """
    if numerator >= limit * denominator:
        return floor(numerator - limit * denominator) + 1
    return ceil(limit * denominator - numerator)


def settling_papers(
    share: Fraction, effective: float, limit: Fraction, level: Fraction
) -> int | None:
    """Return how many valid papers would settle on which side of `limit` the share lies.

    The smallest n at which the interval of n times `effective` papers, with the same share,
    reaches `limit` with its low end or stays below it with its high end. `effective` is the
    worth of a paper, n_eff / n, in (0, 1]. None where the share is the limit itself, or where
    not even 10^9 papers would do. What a small population gains is not counted.

    >>> settling_papers(Fraction(9, 10), 1.0, Fraction(17, 20), Fraction(19, 20))
    202
    """
    if share == limit:
        return None

    def settles(papers: int) -> bool:
        low, high = clopper_pearson(float(share), papers * effective, float(level))
        return low >= float(limit) if share > limit else high < float(limit)

    least, most = 0, 1
    while not settles(most):
        least, most = most, 2 * most
        if most > MOST_PAPERS:
            return None
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if settles(middle) else (middle, most)
    return most


def fewest_papers(limit: Fraction, level: Fraction) -> int:
    """Return from how many papers on anything can be shown to be met: all of them satisfied.

    >>> fewest_papers(Fraction(17, 20), Fraction(19, 20))
    23
    """
    return settling_papers(Fraction(1), 1.0, limit, level) or 0


def judgement_record(
    total: Tally, interval: Interval | None, share: Fraction | None, rule_set: RuleSet
) -> Record:
    """Return the judgement of the pooled rate.

    `share` and `interval` are the design estimate's. `margin` units of those counted would turn
    the outcome; `settled_by` valid papers of the same share and design effect would show it.
    """
    rule = rule_set.survey_rule
    limit = rule.limit or Fraction()
    is_counted = bool(total.denominator)
    return {
        "limit": rule.limit_text,
        "comparison": rule.comparison,
        "met": is_met(total.numerator, total.denominator, rule),
        "margin": margin(total.numerator, total.denominator, limit) if is_counted else None,
        "level": whole_or_float(float(rule_set.level)),
        "words": words(interval, rule),
        "valid_papers": total.valid,
        "settled_by": _settled_by(total, interval, share, rule_set),
    }


def judge_categories(
    rows: Sequence[Row], papers: Mapping[str, int], rule_set: RuleSet
) -> list[Record]:
    """Return a row per category with papers: its interval, words, and a warning or None.

    No limit applies to a category. The warning says where nothing could be shown of it, or
    where its counts are held back.
    """
    shown = open_categories(rows)
    return [
        {
            "category": category,
            **_judge_category(rows, category, shown.get(category), rule_set),
        }
        for category, number in papers.items()
        if number
    ]


def ci_record(interval: Interval | None) -> Record | None:
    """Return an interval as a record writes it."""
    if interval is None:
        return None
    return {
        "method": interval.method,
        "level": whole_or_float(float(interval.level)),
        "low": rounded(interval.low),
        "high": rounded(interval.high),
    }


def rounded(value: float, digits: int = PUBLISHED_DIGITS) -> int | float:
    """Return a figure as a record writes it."""
    return whole_or_float(round(value, digits))


def _settled_by(
    total: Tally, interval: Interval | None, share: Fraction | None, rule_set: RuleSet
) -> int | None:
    limit = rule_set.survey_rule.limit
    if interval is None or interval.n_eff is None or share is None or limit is None:
        return None
    return settling_papers(share, interval.n_eff / total.valid, limit, rule_set.level)


def _judge_category(
    rows: Sequence[Row], category: str, counts: Tally | None, rule_set: RuleSet
) -> Record:
    if counts is None:
        return {"ci": None, "words": None, "warning": HELD_BACK}
    estimate = category_estimate(rows, category)
    interval = korn_graubard(estimate, rule_set.level) if estimate else None
    fewest = fewest_papers(rule_set.survey_rule.limit or Fraction(), rule_set.level)
    is_asked = estimate is not None and estimate.is_census
    return {
        "ci": ci_record(interval),
        "words": words(interval, rule_set.survey_rule),
        "warning": TOO_FEW if counts.valid < fewest and not is_asked else None,
    }
