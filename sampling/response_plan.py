"""How many to ask so that enough answer (发放数量与备用样本数量), before anybody is asked.

The expected rates are a supervisor's. Later, how many reserves are released follows from what
became of those asked, never from answers and never from these expectations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from scipy.special import bdtrc

from sampling.forecast import CategoryIssue, ResponsePlan, StratumIssue
from sampling.problems import N_, Problem
from sampling.record import Plan
from sampling.sample_size import format_rate
from sampling.toml_table import read_fraction

CONFIDENCE = Fraction("0.95")
ASSUMPTIONS = (
    "people answer independently of each other, each with the expected rate of their category: "
    "the number asked is the least m with P(Binomial(m, rate) >= n) >= confidence",
    "the confidence holds for each category and each stratum by itself, not for all at once",
)


def read_response_rates(texts: Iterable[str]) -> dict[str, Fraction]:
    """Return rates typed as ``parent=0.8,teacher=0.95``, in one text or several.

    >>> read_response_rates(["parent=0.8,teacher=19/20"])
    {'parent': Fraction(4, 5), 'teacher': Fraction(19, 20)}
    """
    rates: dict[str, Fraction] = {}
    for part in ",".join(texts).split(","):
        name, _, number = (piece.strip() for piece in part.partition("="))
        rate = read_fraction(number)
        if rate is None or not 0 < rate <= 1:
            raise Problem(
                N_("response: expected CATEGORY=RATE, the rate above 0 and at most 1, got {got!r}"),
                got=part[:80],
            )
        if name in rates:
            raise Problem(N_("response: {category} stands twice"), category=name)
        rates[name] = rate
    return rates


def read_confidence(text: str) -> Fraction:
    """Return a confidence typed as ``0.95``; raise `Problem` unless it is between 0 and 1."""
    confidence = read_fraction(text.strip())
    if confidence is None or not 0 < confidence < 1:
        raise Problem(
            N_("confidence: expected a number between 0 and 1, got {got!r}"), got=text[:40]
        )
    return confidence


def count_issued(n: int, rate: Fraction, confidence: Fraction) -> int:
    """Return the fewest people to ask so that `n` of them answer with the stated confidence.

    `rate` is above 0 and at most 1, `confidence` between 0 and 1. Exact binomial tail: with one
    fewer the chance would be below the confidence.

    >>> count_issued(38, Fraction("0.8"), Fraction("0.95"))
    54
    """
    if rate == 1 or not n:
        return n
    low, high = n - 1, 2 * n
    while _chance(n, high, rate) < confidence:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _chance(n, middle, rate) >= confidence else (middle, high)
    return high


def plan_response(
    plan: Plan, rates: Mapping[str, Fraction], confidence: Fraction = CONFIDENCE
) -> ResponsePlan:
    """Return how many to ask, by category and by stratum, and how deep the reserve must be.

    Parameters
    ----------
    plan
        A plan with its strata.
    rates
        Expected response rate of each category that people are drawn from.

    Where the frame holds too few people, all of them are asked and `chance` says what that gives.
    `reserve_depth` is the deepest reserve that any stratum needs. Raises `Problem` for a category
    that is unknown or has no rate.
    """
    _check_rates(plan, rates)
    sizes = {name: people["eligible"] for name, people in plan["frame"].items()}
    categories = [
        _plan_category(name, sizes[name], n, rates[name], confidence)
        for name, n in plan["categories"].items()
        if n
    ]
    strata = []
    for record in plan["strata"]:
        rate = rates[record["cell"]["category"][0]]
        issue = min(count_issued(record["n"], rate, confidence), record["N"])
        strata.append(
            StratumIssue(
                stratum=record["stratum"],
                N=record["N"],
                n=record["n"],
                issue=issue,
                reserve=issue - record["n"],
            )
        )
    return ResponsePlan(
        confidence=format_rate(confidence),
        categories=categories,
        strata=strata,
        reserve_depth=max(stratum["reserve"] for stratum in strata),
        assumptions=list(ASSUMPTIONS),
    )


def _plan_category(
    name: str, size: int, n: int, rate: Fraction, confidence: Fraction
) -> CategoryIssue:
    issue = min(count_issued(n, rate, confidence), size)
    return CategoryIssue(
        category=name,
        rate=format_rate(rate),
        N=size,
        n=n,
        issue=issue,
        reserve=issue - n,
        chance=f"{_chance(n, issue, rate):.4f}",
    )


def _check_rates(plan: Plan, rates: Mapping[str, Fraction]) -> None:
    unknown = [name for name in rates if name not in plan["categories"]]
    missing = [name for name, n in plan["categories"].items() if n and name not in rates]
    if unknown or missing:
        raise Problem(
            N_("response: each category needs a rate; missing: {missing}; unknown: {unknown}"),
            missing=" ".join(missing) or "-",
            unknown=" ".join(unknown) or "-",
        )


def _chance(n: int, asked: int, rate: Fraction) -> float:
    return float(bdtrc(n - 1, asked, float(rate)))
