"""Thousands of draws of small frames: people are drawn as often as the design states.

The seeds are a list, so the same draws are made on every run. The statistic is a chi-square with
the covariance of the draws themselves, since people of one sample are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import chi2

from sampling import rotation, systematic, two_stage
from sampling.designs import make_design
from sampling.frame import Unit
from sampling.inclusion import state_inclusion, state_turn_inclusion
from sampling.order_sampling import rank_clusters, target_probabilities, uniform
from sampling.record import DrawnStratum
from sampling.verification import redraw_simple
from tests.sampling.drawn_strata import make_stratum

Ids = Sequence[str]
Draws = Sequence[set[str]]
Floats = npt.NDArray[np.float64]
SEEDS = [f"宜州区 2026 {number}" for number in range(3000)]
LEVEL = 0.001

UNITS = [
    Unit(f"p-{number:02d}", "parent", f"镇{number % 3}", "", "", f"学校{number % 5}")
    for number in range(14)
]


def measure(ids: Ids, draws: Draws, stated: Mapping[str, Fraction]) -> tuple[float, float]:
    """Return the chi-square of the draws against `stated` and the value it may reach.

    Raises AssertionError where somebody is drawn always or never and that was not stated, or
    where a sum that all draws share is not the one stated.
    """
    hits = np.array([[unit_id in drawn for unit_id in ids] for drawn in draws], dtype=np.float64)
    gap: Floats = hits.mean(axis=0) - np.array([float(stated[unit_id]) for unit_id in ids])
    values, vectors = np.linalg.eigh(np.cov(hits.T))
    parts: Floats = vectors.T @ gap
    moves = values > 1e-9
    assert np.allclose(parts[~moves], 0, atol=1e-9)
    statistic = len(draws) * float(np.sum(parts[moves] ** 2 / values[moves]))
    return statistic, float(chi2.isf(LEVEL, int(moves.sum())))


def assert_agrees(ids: Ids, draws: Draws, stated: Mapping[str, Fraction]) -> None:
    statistic, limit = measure(ids, draws, stated)
    assert statistic < limit


def repeat(
    draw: Callable[[DrawnStratum, str], tuple[list[str], list[str]]], n: int, released: int
) -> list[set[str]]:
    drawn = [draw(make_stratum(n, len(UNITS)), seed) for seed in SEEDS]
    return [set(sample + reserve[:released]) for sample, reserve in drawn]


def with_reserve(n: int) -> DrawnStratum:
    stratum = make_stratum(n, len(UNITS))
    stratum["reserve"] = ["somebody"] * n
    return stratum


IDS = [unit.id for unit in UNITS]
ROTATION: dict[str, object] = {"groups": 3, "turn": 4, "stay": 2, "earlier_seeds": ["2025"]}


@pytest.mark.parametrize("released", [0, 2])
def test_the_plain_draw(released: int) -> None:
    draws = repeat(lambda stratum, seed: redraw_simple(UNITS, stratum, seed, {}), 5, released)
    stated = state_inclusion(UNITS, with_reserve(5), None, released)
    assert stated.is_exact
    assert set(stated.probabilities.values()) == {Fraction(5 + released, 14)}
    assert_agrees(IDS, draws, stated.probabilities)


@pytest.mark.parametrize("released", [0, 3])
def test_the_systematic_draw(released: int) -> None:
    design = make_design("systematic", {})
    draws = repeat(
        lambda stratum, seed: systematic.redraw(UNITS, stratum, seed, design["options"]),
        4,
        released,
    )
    stated = state_inclusion(UNITS, with_reserve(4), design, released)
    assert stated.is_exact
    assert_agrees(IDS, draws, stated.probabilities)


def test_rotation_once_the_groups_are_known() -> None:
    options = {**ROTATION, "stay": 1, "earlier_seeds": []}
    draws = repeat(lambda stratum, seed: rotation.redraw(UNITS, stratum, seed, options), 3, 0)
    stated = state_turn_inclusion(UNITS, make_stratum(3, 14), options)
    assert set(stated.probabilities.values()) > {Fraction(0)}
    assert sum(stated.probabilities.values()) == 3
    assert_agrees(IDS, draws, stated.probabilities)


@pytest.mark.parametrize(("n", "released"), [(3, 0), (3, 2), (12, 0)])
def test_rotation_over_all_groups(n: int, released: int) -> None:
    """Ids are as random as the pseudonyms of a frame are: other ones in every draw."""
    draws = []
    for seed in SEEDS:
        units = [unit._replace(id=f"{seed}/{unit.id}") for unit in UNITS]
        sample, reserve = rotation.redraw(units, make_stratum(n, 14), seed, ROTATION)
        draws.append({i.rpartition("/")[2] for i in sample + reserve[:released]})
    design = make_design("rotation", ROTATION)
    assert_agrees(
        IDS, draws, state_inclusion(UNITS, with_reserve(n), design, released).probabilities
    )


def order_probabilities(targets: Sequence[Fraction], n: int, method: str) -> Floats:
    """Return the true inclusion probabilities of order sampling, by integrating over one uniform.

    Somebody with u is drawn when fewer than n of the others have a smaller ranking number; how
    many have is a sum of independent events (Aires, Methodology and Computing in Applied
    Probability 1, 1999, 457-469).
    """
    p = np.array([float(target) for target in targets])
    u = (np.arange(20_000) + 0.5) / 20_000
    result = np.empty(len(p))
    for i in range(len(p)):
        odds = u / (1 - u) * (1 - p[i]) / p[i]
        others = np.delete(p, i)[:, None]
        pareto = odds * others / (1 - others + odds * others)
        smaller = pareto if method == "pareto" else np.minimum(1, u / p[i] * others)
        counts = np.zeros((n, len(u)))
        counts[0] = 1
        for chance in smaller:
            counts[1:] = counts[1:] * (1 - chance) + counts[:-1] * chance
            counts[0] *= 1 - chance
        result[i] = counts.sum(axis=0).mean()
    return result


SIZES = [4, 6, 9, 12, 15, 20, 24]
METHODS = ["pareto", "sequential-poisson"]


# Schools of 30 to 310 people, twice and four times over: as in a county with 24 or 48 schools.
COUNTY = [30, 45, 60, 80, 100, 120, 150, 180, 210, 260, 300, 310]


@pytest.mark.parametrize(
    ("sizes", "n", "method", "furthest"),
    [
        (SIZES, 3, "pareto", "2.4"),
        (SIZES, 3, "sequential-poisson", "11.5"),
        (COUNTY * 2, 6, "pareto", "0.2"),
        (COUNTY * 2, 6, "sequential-poisson", "4.8"),
        (COUNTY * 4, 12, "pareto", "0.0"),
        (COUNTY * 4, 12, "sequential-poisson", "2.4"),
    ],
)
def test_how_far_from_the_targets(sizes: list[int], n: int, method: str, furthest: str) -> None:
    """The table of docs/designs.md: the largest relative distance in per cent."""
    targets = target_probabilities(sizes, n)
    true = order_probabilities(targets, n, method)
    distances = np.abs(true / np.array([float(target) for target in targets]) - 1)
    assert f"{100 * distances.max():.1f}" == furthest
    page = (Path(__file__).resolve().parents[2] / "docs" / "designs.md").read_text("utf-8")
    row = f"| {n} of {len(sizes)} |"
    assert any(line.startswith(row) and f" {furthest} %" in line for line in page.splitlines())


@pytest.mark.parametrize("method", METHODS)
def test_order_sampling_of_schools(method: str) -> None:
    """Draws agree with the true probabilities, and would not with equal ones."""
    targets = target_probabilities(SIZES, 3)
    names = [f"学校{size}" for size in SIZES]
    draws = []
    for seed in SEEDS:
        uniforms = [uniform(f"{seed}\nschool\n{name}") for name in names]
        draws.append({names[i] for i in rank_clusters(uniforms, targets, method)[:3]})
    true = order_probabilities(targets, 3, method)
    assert true.sum() == pytest.approx(3, abs=1e-6)
    assert_agrees(names, draws, dict(zip(names, map(Fraction, true.tolist()), strict=True)))
    equal = dict.fromkeys(names, Fraction(3, 7))
    statistic, limit = measure(names, draws, equal)
    assert statistic > limit, "a simulation that would also believe equal probabilities"


@pytest.mark.parametrize("method", METHODS)
def test_two_stages(method: str) -> None:
    """People of big schools and of small ones have the same probability, nearly."""
    sizes = {f"学校{size:02d}": size for size in [2, 3, 4, 5, 6, 8]}
    units = [
        Unit(f"{name}-{number}", "student", "", "", "", name)
        for name, size in sizes.items()
        for number in range(size)
    ]
    design = make_design("two-stage", {"take": 2, "order": method})
    stratum = make_stratum(5, len(units), "student")
    samples = [set(two_stage.redraw(units, stratum, seed, design["options"])[0]) for seed in SEEDS]
    stated = state_inclusion(units, stratum, design)
    assert not stated.is_exact
    assert set(stated.probabilities.values()) == {Fraction(5, 28)}
    targets = target_probabilities(list(sizes.values()), 3)
    true = dict(zip(sizes, order_probabilities(targets, 3, method).tolist(), strict=True))
    exact = {u.id: Fraction(true[u.school]) * 5 / 3 / sizes[u.school] for u in units}
    assert_agrees(list(exact), samples, exact)


def test_two_stages_with_certain_schools_only_are_exact() -> None:
    design = make_design("two-stage", {"take": 1})
    draws = repeat(
        lambda stratum, seed: two_stage.redraw(UNITS, stratum, seed, design["options"]), 7, 3
    )
    stratum = make_stratum(7, 14)
    stratum["reserve"] = two_stage.redraw(UNITS, stratum, SEEDS[0], design["options"])[1]
    stated = state_inclusion(UNITS, stratum, design, 3)
    assert stated.is_exact
    assert sum(stated.probabilities.values()) == 10
    assert_agrees(IDS, draws, stated.probabilities)
