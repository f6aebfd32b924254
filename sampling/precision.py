"""What a planned sample can tell (精度): before anybody is drawn, and if everybody answers.

Two questions. How far from the truth may the share of satisfied people lie? And how likely does a
county whose people are satisfied to 83, 85, 87 or 90 % pass a count of 85 %?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import accumulate
from math import sqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sampling.forecast import Outlook, Precision, Worth
from sampling.problems import N_
from sampling.record import AnswerStratum, CellRecord, Plan

Record = TypeVar("Record")

LEVEL = Fraction("0.95")
LIMIT = Fraction("0.85")
SHARES = (Fraction("0.85"), Fraction("0.95"))
TRUTHS = (Fraction("0.83"), Fraction("0.85"), Fraction("0.87"), Fraction("0.90"))
ROUGH = Fraction("0.05")
WORTHLESS = Fraction("0.10")
LONGEST_FACTOR = 1000

ASSUMPTIONS = (
    "half width = z sqrt(sum w_c^2 v_c): w_c = n_c / n, the categories' shares, held fixed; "
    "v_c = sum (N_a / N_c)^2 (1 - n_a / N_a) p (1 - p) N_a / (N_a - 1) / n_a over the answer "
    "strata a of category c; z the normal quantile of the level",
    "chance = exact distribution of the count: a hypergeometric number per stratum, with as many "
    "satisfied people in it as the true share gives, rounded so that they add up in each category",
    "everybody who is drawn answers, and the share is the same in each category and stratum",
)

NO_ERROR = N_("all {size} are asked: the share has no sampling error")
ALMOST_NOTHING = N_(
    "{n} of {size} people: within {half} points at best; a true 83 % would pass {pass_83} times "
    "in 100 and a true 87 % would fail {fail_87} times, so a judgement is worth almost nothing"
)
A_HINT = N_(
    "{n} of {size} people: within {half} points; a true 83 % would pass {pass_83} times in 100 "
    "and a true 87 % would fail {fail_87} times, so it is a hint and no judgement"
)
A_JUDGEMENT = N_(
    "{n} of {size} people: within {half} points; a true 83 % would pass {pass_83} times in 100 "
    "and a true 87 % would fail {fail_87} times"
)


def foresee_precision(plan: Plan, limit: Fraction = LIMIT, level: Fraction = LEVEL) -> Precision:
    """Return what the sample of `plan` can tell of the share of satisfied people.

    Parameters
    ----------
    plan
        A plan with its strata and answer strata.
    limit
        The share that the count of satisfied papers must reach (not below), 0-1.
    level
        Of the two-sided interval, 0-1.

    Source: Cochran, *Sampling Techniques* (1977), sections 3.2 and 5.3. The interval that judges
    later (Korn-Graubard) is a little wider, for it makes nothing of a small population.
    """
    strata = _group(plan["strata"], [record["cell"]["category"][0] for record in plan["strata"]])
    unions = _group(plan["answer_strata"], [record["category"] for record in plan["answer_strata"]])
    return Precision(
        level=_write(float(level), 2),
        limit=_write(float(limit), 2),
        overall=_foresee(unions, strata, limit, level),
        categories=[
            _judge_category(name, _foresee({name: unions[name]}, {name: own}, limit, level))
            for name, own in strata.items()
        ],
        assumptions=list(ASSUMPTIONS),
    )


def compute_half_width(
    unions: Mapping[str, Sequence[CellRecord | AnswerStratum]], p: Fraction, level: Fraction
) -> float:
    """Return half the width (0-1) of the interval of the pooled share when it is truly `p`.

    `unions` are the answer strata of each category; the formula is the first of `ASSUMPTIONS`.
    """
    n = sum(record["n"] for records in unions.values() for record in records)
    variance = 0.0
    for records in unions.values():
        share = sum(record["n"] for record in records) / n
        variance += share**2 * _compute_variance(records, p)
    return float(ndtri((1 + float(level)) / 2)) * sqrt(variance)


def compute_pass_chance(
    strata: Mapping[str, Sequence[CellRecord]], p: Fraction, limit: Fraction
) -> float:
    """Return the chance (0-1) that the count of satisfied people reaches `limit` of those drawn.

    `strata` are the strata of each category, of whose people a share `p` is satisfied. Exact but
    for the rounding of satisfied people to whole ones and of sums to about 1e-12.
    """
    drawn = [record["n"] for records in strata.values() for record in records]
    people = [record["N"] for records in strata.values() for record in records]
    satisfied = [number for records in strata.values() for number in _spread(records, p)]
    n = sum(drawn)
    needed = -(-n * limit.numerator // limit.denominator)
    distribution = _convolve(_distribute(people, satisfied, drawn))
    return float(min(1.0, max(0.0, distribution[needed:].sum())))


def _foresee(
    unions: Mapping[str, Sequence[AnswerStratum]],
    strata: Mapping[str, Sequence[CellRecord]],
    limit: Fraction,
    level: Fraction,
) -> Outlook:
    records = [record for own in strata.values() for record in own]
    return Outlook(
        N=sum(record["N"] for record in records),
        n=sum(record["n"] for record in records),
        half_widths={
            _write(float(p), 2): _write(compute_half_width(unions, p, level), 4) for p in SHARES
        },
        chances={
            _write(float(p), 2): _write(compute_pass_chance(strata, p, limit), 4) for p in TRUTHS
        },
    )


def _judge_category(category: str, outlook: Outlook) -> Worth:
    half = Fraction(outlook["half_widths"]["0.85"])
    values: dict[str, str | int] = {
        "n": outlook["n"],
        "size": outlook["N"],
        "half": _write(float(100 * half), 1),
        "pass_83": round(100 * Fraction(outlook["chances"]["0.83"])),
        "fail_87": round(100 - 100 * Fraction(outlook["chances"]["0.87"])),
    }
    message = _choose_word(half, outlook["n"] == outlook["N"])
    return Worth(
        category=category,
        **outlook,
        why=message.format(**values),
        message=message,
        values=values,
    )


def _choose_word(half: Fraction, is_whole: bool) -> str:
    if is_whole:
        return NO_ERROR
    if half >= WORTHLESS:
        return ALMOST_NOTHING
    return A_HINT if half >= ROUGH else A_JUDGEMENT


def _group(records: Sequence[Record], categories: Sequence[str]) -> dict[str, list[Record]]:
    grouped: dict[str, list[Record]] = {}
    for category, record in zip(categories, records, strict=True):
        grouped.setdefault(category, []).append(record)
    return grouped


def _compute_variance(records: Sequence[CellRecord | AnswerStratum], p: Fraction) -> float:
    size = sum(record["N"] for record in records)
    spread = float(p * (1 - p))
    variance = 0.0
    for record in records:
        people, drawn = record["N"], record["n"]
        if drawn < people:
            within = (1 - drawn / people) * spread * people / (people - 1) / drawn
            variance += (people / size) ** 2 * within
    return variance


def _spread(records: Sequence[CellRecord], p: Fraction) -> list[int]:
    """Return the satisfied people of each stratum: whole numbers, in proportion, that add up."""
    ends = [round(p * end) for end in accumulate(record["N"] for record in records)]
    return [end - start for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _distribute(
    people: Sequence[int], satisfied: Sequence[int], drawn: Sequence[int]
) -> list[NDArray[np.float64]]:
    """Return the distribution of the satisfied people drawn in each stratum, 0 to all of them."""
    from scipy.stats import hypergeom  # here, for it takes as long to load as all the rest

    lengths = np.array(drawn) + 1
    counts = np.concatenate([np.arange(length) for length in lengths])
    chances = hypergeom.pmf(
        counts, *(np.repeat(numbers, lengths) for numbers in (people, satisfied, drawn))
    )
    return np.split(chances, np.cumsum(lengths)[:-1])


def _convolve(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the distribution of a sum of independent counts, halves first."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    first, second = _convolve(parts[:middle]), _convolve(parts[middle:])
    if min(len(first), len(second)) <= LONGEST_FACTOR:
        return np.convolve(first, second)
    length = len(first) + len(second) - 1
    return np.fft.irfft(np.fft.rfft(first, length) * np.fft.rfft(second, length), length)


def _write(value: float, places: int) -> str:
    return f"{value:.{places}f}"
