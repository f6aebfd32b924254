"""Variances of totals against the formula written out cluster by cluster."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.problems import Problem, Problems
from scoring.cell_totals import find_cells, sum_rows
from scoring.domains import Domains
from scoring.linearisation import covariance, variances
from scoring.sample_design import Lonely, SampleDesign, make_design

Rows = list[tuple[int, int, int, float, int]]
"""Stratum, first-stage cluster, second-stage cluster, value, domain."""


def by_hand(rows: Rows, sizes: dict[int, float], inner: float, lonely: Lonely) -> float:
    """Return the variance of the total of the values, by the definition.

    `sizes` is the population of each stratum (infinite: not known), `inner` that of each cluster.
    """
    strata: dict[int, dict[int, dict[int, float]]] = {}
    for h, i, j, value, _ in rows:
        ssus = strata.setdefault(h, {}).setdefault(i, {})
        ssus[j] = ssus.get(j, 0.0) + value
    psu_totals = {h: [sum(s.values()) for s in psus.values()] for h, psus in strata.items()}
    first = one_stage(psu_totals, sizes, dict.fromkeys(strata, 1.0), lonely)
    inside = {(h, i): list(s.values()) for h, psus in strata.items() for i, s in psus.items()}
    factors = {(h, i): len(strata[h]) / sizes[h] for h, i in inside}
    return first + one_stage(inside, dict.fromkeys(inside, inner), factors, lonely)


def one_stage(
    totals: dict[Any, list[float]],
    sizes: dict[Any, float],
    factors: dict[Any, float],
    lonely: Lonely,
) -> float:
    parts, alone = [], 0
    everything = [z for values in totals.values() for z in values]
    for h, values in totals.items():
        n, unseen = len(values), factors[h] * (1 - len(values) / sizes[h])
        if n > 1:
            parts.append(unseen * n / (n - 1) * sum((z - np.mean(values)) ** 2 for z in values))
        elif len(values) < sizes[h] and factors[h] > 0:
            alone += 1
            if lonely == "adjust":
                parts.append(unseen * (values[0] - np.mean(everything)) ** 2)
        elif factors[h] > 0:
            parts.append(0.0)
    if lonely == "average" and alone:
        counted = [h for h in totals if factors[h] > 0]
        return float(sum(parts) * len(counted) / (len(counted) - alone))
    return float(sum(parts))


@st.composite
def samples(draw: st.DrawFn) -> Rows:
    rows: Rows = []
    for h in range(draw(st.integers(1, 3))):
        for i in range(draw(st.integers(1, 3))):
            for j in range(draw(st.integers(1, 3))):
                for _ in range(draw(st.integers(1, 2))):
                    value, domain = draw(st.integers(-9, 9)), draw(st.integers(0, 2))
                    rows.append((h, i, j, float(value), domain))
    return draw(st.permutations(rows))


def design_of(rows: Rows, sizes: dict[int, float], inner: float, lonely: Lonely) -> SampleDesign:
    h, i, j, _, _ = zip(*rows, strict=True)
    populations = [[sizes[s] for s in h], [inner] * len(rows)] if sizes[0] < np.inf else []
    return make_design(
        weights=[1] * len(rows), strata=h, clusters=[i, j], populations=populations, lonely=lonely
    )


def found(design: SampleDesign, rows: Rows) -> npt.NDArray[np.float64]:
    values = np.array([row[3] for row in rows])
    domains = Domains(np.array([row[4] for row in rows]), ({}, {}, {}))
    cells = find_cells(design, domains)
    totals = sum_rows(cells.of_rows, len(cells), design.weights, values[:, None])
    return variances(design, cells, totals)[:, 0]


@pytest.mark.parametrize("lonely", ["certainty", "adjust", "average"])
@pytest.mark.parametrize("size", [3.0, 5.0, np.inf])
@pytest.mark.parametrize("inner", [3.0, 8.0])
@settings(max_examples=60, deadline=None)
@given(rows=samples())
def test_variances_follow_the_definition(
    lonely: Lonely, size: float, inner: float, rows: Rows
) -> None:
    """Rows outside a domain count 0; clusters without rows in it stay."""
    sizes = {h: size + h for h in range(3)}
    design = design_of(rows, sizes, inner, lonely)
    try:
        expected = [
            by_hand([(h, i, j, v * (d == k), d) for h, i, j, v, d in rows], sizes, inner, lonely)
            for k in range(3)
        ]
    except ZeroDivisionError:
        with pytest.raises(Problem, match="none to take the average of"):
            found(design, rows)
        return
    np.testing.assert_allclose(found(design, rows), expected, rtol=1e-10, atol=1e-10)


def test_the_design_says_fail() -> None:
    rows: Rows = [(0, 0, 0, 1.0, 0), (0, 1, 0, 2.0, 0), (1, 0, 0, 3.0, 0)]
    sizes = {0: np.inf, 1: np.inf}
    certain = design_of(rows, sizes, 1, "certainty")
    strict = SampleDesign(certain.weights, certain.stages, certain.stratum_names)
    with pytest.raises(Problems, match="stratum 1 has a single cluster"):
        found(strict, rows)


@settings(max_examples=30, deadline=None)
@given(rows=samples())
def test_covariances_are_those_of_sums(rows: Rows) -> None:
    design = design_of(rows, dict.fromkeys(range(3), np.inf), 1, "certainty")
    C = design.stages[-1].n_clusters
    influence = np.random.default_rng(C).normal(size=(C, 3))
    V = covariance(design, influence)
    c = np.array([1.0, -2.0, 0.5])
    assert c @ V @ c == pytest.approx(covariance(design, (influence @ c)[:, None])[0, 0], abs=1e-9)
    np.testing.assert_array_equal(V, V.T)
