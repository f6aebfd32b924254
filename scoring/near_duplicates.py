"""Near-duplicate papers: alike beyond what their own answers let expect.

Kuriakose and Robbins, Statistical Journal of the IAOS 32 (2016), 283-291, call a paper suspicious
whose answers agree with those of some other paper in 85 % of the items (`best_matches`). Simmons,
Mercer, Schwarzer and Kennedy, ibid. 327-338, show that this accuses genuine papers wherever
items are few or people agree, as they do here. So likeness is held against an expectation
that keeps what makes people agree: given how often a paper chose each option (its tone), the
order in which the choices fall on the items is random, with weights for each item and option.
Two papers that are satisfied with everything are then expected to be the same, and are not
flagged; 30 papers with the same four dissatisfied items of eleven are.

The weights are those of a Rasch model for nominal answers, estimated from pairs of items
(Zwinderman, Applied Psychological Measurement 19 (1995), 369-375), the probability of a paper
given its tone from the model's symmetric functions. The number of papers alike is compared with
the Poisson distribution, whose upper tail is no smaller than that of the true sum of unequal
chances (Hoeffding, Annals of Mathematical Statistics 27 (1956), 713-721; Anderson and Samuels,
Proceedings of the Fifth Berkeley Symposium 1 (1967), 1-12).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtrc

from scoring.answers import Paper
from scoring.counting_rule import OPTIONS
from scoring.items import BLANK, Item, choice, items_of

Vector = tuple[int, ...]
"""A paper's choices, item by item, as places in `CODES`."""
Tone = tuple[int, ...]
"""How often a paper chose each of `CODES`."""
Weights = NDArray[np.float64]
CODES = (*OPTIONS, BLANK)
HALF = 0.5
"""Added to the counts of pairs, so that a pair nobody chose has a finite weight."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How many other papers of the stratum are like a paper, and how many were expected."""

    alike: int
    expected: float

    @property
    def chance(self) -> float:
        """The probability of so many or more, at most."""
        return float(pdtrc(self.alike - 1, self.expected)) if self.alike else 1.0


def find_near_duplicates(
    papers: Sequence[Paper], items: Sequence[Item], limits: Mapping[str, Fraction]
) -> frozenset[int]:
    """Return the places of papers that are like too many others of their answer stratum.

    Alike are papers with the same choices in all items or all but one. `limits` has
    ``least_items`` (papers with fewer choice items are left alone), ``least_alike`` (papers alike,
    the paper itself among them) and ``chance`` (over all papers of the round, Bonferroni).
    """
    likeness = {
        key: likeness
        for category in dict.fromkeys(paper.category for paper in papers)
        if len(items_of(items, category)) >= limits["least_items"]
        for key, likeness in measure_likeness(papers, items_of(items, category), category).items()
    }
    too_many = {
        key
        for key, each in likeness.items()
        if each.alike + 1 >= limits["least_alike"]
        and each.chance * len(likeness) < limits["chance"]
    }
    return frozenset(
        place
        for place, paper in enumerate(papers)
        if (paper.answer_stratum, _vector(paper, items_of(items, paper.category))) in too_many
    )


def best_matches(papers: Sequence[Paper], items: Sequence[Item]) -> list[Fraction]:
    """Return each paper's largest share of equal choices with another of its answer stratum.

    The measure of Kuriakose and Robbins; 0 for the only paper of a stratum. Blanks agree with
    blanks. Time grows with the square of a stratum's different papers.
    """
    vectors = [_vector(paper, items_of(items, paper.category)) for paper in papers]
    strata: dict[str, Counter[Vector]] = defaultdict(Counter)
    for paper, vector in zip(papers, vectors, strict=True):
        strata[paper.answer_stratum][vector] += 1
    best = {
        (stratum, vector): match
        for stratum, counts in strata.items()
        for vector, match in _best_in(counts).items()
    }
    return [best[p.answer_stratum, v] for p, v in zip(papers, vectors, strict=True)]


def _best_in(counts: Counter[Vector]) -> dict[Vector, Fraction]:
    different = list(counts)
    codes = np.array(different)
    found: dict[Vector, Fraction] = {}
    for place, vector in enumerate(different):
        equal = (codes == codes[place]).sum(axis=1)
        if counts[vector] == 1:
            equal[place] = 0
        found[vector] = Fraction(int(equal.max()), max(len(vector), 1))
    return found


def measure_likeness(
    papers: Sequence[Paper], items: Sequence[Item], category: str
) -> dict[tuple[str, Vector], Likeness]:
    """Return the likeness of each different paper of a category, by answer stratum and choices.

    The weights of items and options are estimated from the whole category, copies among them,
    which errs towards expecting them.
    """
    strata: dict[str, Counter[Vector]] = defaultdict(Counter)
    for paper in papers:
        if paper.category == category:
            strata[paper.answer_stratum][_vector(paper, items)] += 1
    everything: Counter[Vector] = sum(strata.values(), Counter())
    weights = _estimate_weights(everything)
    functions = _symmetric_functions(weights)
    return {
        (name, vector): _likeness(vector, counts, tones, weights, functions)
        for name, counts in strata.items()
        for tones in [_count_tones(counts)]
        for vector in counts
    }


def _likeness(
    vector: Vector,
    counts: Counter[Vector],
    tones: Counter[Tone],
    weights: Weights,
    functions: Mapping[Tone, float],
) -> Likeness:
    own = _tone(vector)
    alike, expected = -1, 0.0
    for like in _at_most_one_apart(vector):
        tone = _tone(like)
        others = tones[tone] - (tone == own)
        alike += counts[like]
        if others:
            expected += others * _weight(like, weights) / functions[tone]
    return Likeness(alike, expected)


def _vector(paper: Paper, items: Sequence[Item]) -> Vector:
    return tuple(CODES.index(choice(paper, item)) for item in items)


def _tone(vector: Vector) -> Tone:
    return tuple(vector.count(code) for code in range(len(CODES)))


def _count_tones(counts: Counter[Vector]) -> Counter[Tone]:
    tones: Counter[Tone] = Counter()
    for vector, number in counts.items():
        tones[_tone(vector)] += number
    return tones


def _at_most_one_apart(vector: Vector) -> Iterator[Vector]:
    yield vector
    for place, code in enumerate(vector):
        for other in range(len(CODES)):
            if other != code:
                yield (*vector[:place], other, *vector[place + 1 :])


def _weight(vector: Vector, weights: Weights) -> float:
    return float(np.prod([weights[item, code] for item, code in enumerate(vector)]))


def _estimate_weights(counts: Counter[Vector]) -> Weights:
    """Return the weight of each item (row) and code (column).

    For items i, j and codes o, p the papers with (o, p) stand to those with (p, o) as
    w_io w_jp to w_ip w_jo, whatever the papers' tones; logarithms by weighted least squares.
    """
    vectors = np.array(list(counts))
    times = np.array(list(counts.values()), dtype=np.float64)
    items, codes = vectors.shape[1], len(CODES)
    chosen = (vectors[:, :, None] == np.arange(codes)).reshape(len(vectors), -1).astype(np.float64)
    together = (chosen.T @ (times[:, None] * chosen)).reshape(items, codes, items, codes)
    rows, targets = [], []
    for i, j in combinations(range(items), 2):
        for o, p in combinations(range(codes), 2):
            one, other = together[i, o, j, p] + HALF, together[i, p, j, o] + HALF
            precision = float(np.sqrt(1 / (1 / one + 1 / other)))
            row = np.zeros((items, codes))
            row[i, o], row[i, p], row[j, o], row[j, p] = 1, -1, -1, 1
            rows.append(precision * row.ravel())
            targets.append(precision * float(np.log(one / other)))
    if not rows:
        return np.ones((items, codes))
    logarithms = np.linalg.lstsq(np.array(rows), np.array(targets), rcond=None)[0]
    return np.asarray(np.exp(logarithms.reshape(items, codes)), dtype=np.float64)


def _symmetric_functions(weights: Weights) -> dict[Tone, float]:
    """Return for each tone the sum of the weights of all papers that have it."""
    functions: dict[Tone, float] = {(0,) * len(CODES): 1.0}
    for item in range(len(weights)):
        longer: dict[Tone, float] = defaultdict(float)
        for tone, value in functions.items():
            for code in range(len(CODES)):
                more = (*tone[:code], tone[code] + 1, *tone[code + 1 :])
                longer[more] += value * float(weights[item, code])
        functions = dict(longer)
    return functions
