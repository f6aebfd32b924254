"""Does the interval hold the truth as often as it says? A seeded simulation.

    python benchmarks/coverage.py [--rounds 4000] [--seed 20170419]

Made counties are drawn from by stratified simple random sampling without replacement, as a round
is. First the judging interval of one category in three strata; then the official rate of seven
categories, estimated from the rows that may be published and, beside it, from the answer strata
as they are. "Uneven response" lets strata answer at rates between 60 and 90 %, the less
satisfied ones less often; what is estimated then holds the categories' shares of the papers fixed.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

from scoring.answers import AnswerStratum
from scoring.counting_rule import Tally
from scoring.estimation import Estimate, StratumCount, estimate_share
from scoring.intervals import korn_graubard
from scoring.official_estimate import official_estimate
from scoring.publication import unite_strata

LEVEL = Fraction(19, 20)
SEED = 20170419
SHARES = (0.8, 0.85, 0.9, 0.95, 0.99)
CATEGORY_SIZES = (37, 75, 225)
ROUND_SIZES = (325, 825)
PEOPLE = {
    "parent": 40_000,
    "teacher": 3_000,
    "principal": 136,
    "deputy": 220,
    "cppcc": 200,
    "student": 30_000,
    "resident": 300_000,
}
SPREAD = {"parent": 0.0, "teacher": 0.5, "principal": 1.0, "deputy": 0.5, "cppcc": 0.5,
          "student": 0.0, "resident": -1.0}  # fmt: skip
RESPONSE = (0.6, 0.9)


@dataclass(frozen=True, slots=True)
class Stratum:
    """A stratum of a made county: `n` of `N` people are drawn, `response` of these answer."""

    name: str
    category: str
    N: int
    n: int
    satisfied: int
    response: float


def make_strata(
    category: str, people: int, n: int, parts: int, share: float, *, is_uneven: bool
) -> list[Stratum]:
    """Return a category in `parts` strata, the share falling from the first to the last."""
    slope = min(0.06, 0.8 * (1 - share))
    tilts = np.linspace(1, -1, parts) if parts > 1 else np.zeros(1)
    low, high = RESPONSE
    return [
        Stratum(
            f"{category}/{number}",
            category,
            size,
            drawn,
            round(size * (share + slope * tilt)),
            low + (high - low) * (1 + tilt) / 2 if is_uneven else 1.0,
        )
        for number, (size, drawn, tilt) in enumerate(
            zip(_divide(people, parts), _divide(n, parts), tilts, strict=True)
        )
    ]


def make_round(n: int, share: float, *, is_uneven: bool = False) -> list[Stratum]:
    """Return a county of seven categories with parents as half of the sample."""
    others = n // 12
    parts = {325: (12, 2), 825: (12, 3)}[n]
    return [
        stratum
        for category, people in PEOPLE.items()
        for stratum in make_strata(
            category,
            people,
            n - 6 * others if category == "parent" else others,
            parts[category != "parent"],
            share + 0.3 * (1 - share) * SPREAD[category],
            is_uneven=is_uneven,
        )
    ]


def _divide(total: int, parts: int) -> list[int]:
    return [total // parts + (number < total % parts) for number in range(parts)]


def draw(strata: Sequence[Stratum], rng: np.random.Generator) -> dict[str, Tally]:
    """Return a round's tallies: who answers is chosen at random in each stratum, then counted."""
    found = {}
    for s in strata:
        n = s.n if s.response == 1 else int(rng.binomial(s.n, s.response))
        satisfied = int(rng.hypergeometric(s.satisfied, s.N - s.satisfied, n)) if n else 0
        found[s.name] = Tally(satisfied, n - satisfied)
    return found


def truth(strata: Sequence[Stratum], tallies: Mapping[str, Tally]) -> float:
    """Return the categories' true shares, weighted by their shares of the valid papers."""
    papers = sum(tally.valid for tally in tallies.values())
    total = 0.0
    for category in {s.category for s in strata}:
        own = [s for s in strata if s.category == category]
        weight = sum(tallies[s.name].valid for s in own) / papers
        total += weight * sum(s.satisfied for s in own) / sum(s.N for s in own)
    return total


def from_strata(strata: Sequence[Stratum], tallies: Mapping[str, Tally]) -> Estimate | None:
    """Return the estimate from the answer strata as they are."""
    counts = [
        StratumCount(s.category, s.N, tallies[s.name].valid, tallies[s.name].satisfied)
        for s in strata
    ]
    papers = sum(count.n for count in counts)
    categories = {count.category for count in counts}
    shares = {
        c: Fraction(sum(count.n for count in counts if count.category == c), papers)
        for c in categories
    }
    return estimate_share(counts, shares)


def from_rows(strata: Sequence[Stratum], tallies: Mapping[str, Tally]) -> Estimate | None:
    """Return the estimate from the rows that may be published."""
    return official_estimate(
        unite_strata(tallies, [AnswerStratum(s.name, s.category, s.N) for s in strata])
    )


@cache
def interval(estimate: Estimate) -> tuple[float, float]:
    """Return the ends of the judging interval."""
    found = korn_graubard(estimate, LEVEL)
    return found.low, found.high


@dataclass(slots=True)
class Score:
    """How often an interval held the truth, lay above or below it, and how wide it was."""

    rounds: int = 0
    above: int = 0
    below: int = 0
    width: float = 0.0

    def add(self, estimate: Estimate | None, true: float) -> None:
        """Count one round."""
        low, high = interval(estimate) if estimate else (0.0, 1.0)
        self.rounds += 1
        self.above += low > true + 1e-12
        self.below += high < true - 1e-12
        self.width += high - low

    def cells(self) -> str:
        """Return coverage, misses on either side and mean width, in percent."""
        shares = (self.rounds - self.above - self.below, self.above, self.below)
        told = [f"{100 * share / self.rounds:.1f}" for share in shares]
        return " | ".join([*told, f"{100 * self.width / self.rounds:.1f}"])


def category_lines(rounds: int, rng: np.random.Generator) -> Iterator[str]:
    """Yield a line for each size and share of one category."""
    yield "| n | share | covered % | too high % | too low % | width, points |"
    yield "|---|---|---|---|---|---|"
    for n in CATEGORY_SIZES:
        for share in SHARES:
            strata = make_strata("teacher", 10 * n, n, 3, share, is_uneven=False)
            score = Score()
            for _ in range(rounds):
                tallies = draw(strata, rng)
                score.add(from_strata(strata, tallies), truth(strata, tallies))
            yield f"| {n} | {share} | {score.cells()} |"


def round_lines(rounds: int, rng: np.random.Generator, *, is_uneven: bool) -> Iterator[str]:
    """Yield a line for each size and share of a whole round."""
    heads = "covered % | too high % | too low % | width"
    yield f"| n | share | from published rows: {heads} | from answer strata: {heads} |"
    yield "|---" * 10 + "|"
    for n in ROUND_SIZES:
        for share in SHARES:
            strata = make_round(n, share, is_uneven=is_uneven)
            rows, apart = Score(), Score()
            for _ in range(rounds):
                tallies = draw(strata, rng)
                true = truth(strata, tallies)
                rows.add(from_rows(strata, tallies), true)
                apart.add(from_strata(strata, tallies), true)
            yield f"| {n} | {share} | {rows.cells()} | {apart.cells()} |"


def main() -> None:
    """Print the tables."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    started = time.perf_counter()
    rng = np.random.default_rng(options.seed)
    tables = (
        ("One category, three strata", category_lines(options.rounds, rng)),
        (
            "Official rate, everybody answers",
            round_lines(options.rounds // 2, rng, is_uneven=False),
        ),
        ("Official rate, uneven response", round_lines(options.rounds // 2, rng, is_uneven=True)),
    )
    for title, lines in tables:
        sys.stdout.write(f"\n{title}\n\n")
        for line in lines:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    sys.stdout.write(f"\n{time.perf_counter() - started:.0f} s, seed {options.seed}\n")


if __name__ == "__main__":
    main()
