"""A design from the columns of a data file, and what is told when they do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sampling.problems import Problem, Problems
from scoring.sample_design import make_design, row_fractions, stage_factors

BASE: dict[str, Any] = {
    "weights": [1.5, 2, 3, 4],
    "strata": ["a", "a", "b", "b"],
    "clusters": [["x", "y", "x", "y"]],
    "populations": [[10, 10, 4, 4]],
}


def test_the_same_label_in_two_strata_is_two_clusters() -> None:
    design = make_design(**BASE)
    assert (design.n_psus, design.n_strata, design.df) == (4, 2, 2)
    assert design.stratum_names == ("a", "b")


def test_clusters_are_numbered_stratum_after_stratum() -> None:
    design = make_design(strata=["b", "a", "b", "a"], clusters=[[1, 9, 2, 8]])
    assert design.psus.tolist() == [2, 1, 3, 0]
    assert design.psu_strata.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("populations", "weights"),
    [
        ([], [1, 1, 1, 1]),
        ([[10, 10, 4, 4]], [5, 5, 2, 2]),
        ([[0.2, 0.2, 0.5, 0.5]], [5, 5, 2, 2]),
        ([[10, 10, 4, 4], [3, 3, 1, 1]], [15, 15, 2, 2]),
    ],
    ids=["none", "counts", "fractions", "two stages"],
)
def test_weights_are_the_inverse_of_known_fractions(
    populations: list[list[float]], weights: list[float]
) -> None:
    columns = {**BASE, "weights": None, "populations": populations, "lonely": "certainty"}
    assert make_design(**columns).weights.tolist() == pytest.approx(weights)


def test_a_later_stage_counts_by_the_fractions_above_it() -> None:
    columns = {**BASE, "clusters": [["x", "y", "x", "y"], [1, 2, 3, 4]]}
    design = make_design(**columns | {"populations": [[10, 10, 4, 4], [1, 1, 1, 1]]})
    assert [factor.tolist() for factor in stage_factors(design)] == [[1, 1], [0.2, 0.2, 0.5, 0.5]]
    assert row_fractions(design).tolist() == [0.2, 0.2, 0.5, 0.5]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"weights": [1, 0, 3, 4]}, "row 2: expected a weight above 0, got 0"),
        ({"weights": [1, -2, 3, 4]}, "row 2: expected a weight above 0, got -2"),
        ({"weights": [1, 2, None, 4]}, "row 3: expected a weight above 0, got ''"),
        ({"weights": [1, 2, 3, "many"]}, "row 4: expected a weight above 0, got many"),
        ({"weights": [1, 2, 3, float("inf")]}, "row 4: expected a weight above 0, got inf"),
        ({"strata": ["a", "", "b", "b"]}, "row 2: the stratum is missing"),
        ({"clusters": [["x", "y", None, "y"]]}, "row 3: the cluster is missing"),
        ({"populations": [[10, 9, 4, 4]]}, "row 1: the population varies within its stratum: 10"),
        (
            {"populations": [[1, 1, 4, 4]]},
            "row 1: a population of 1 is below the clusters drawn from it",
        ),
        ({"populations": [[0, 0, 4, 4]]}, "row 1: expected a population above 0, got 0"),
        ({"clusters": [["x", "x", "x", "y"]]}, "stratum a has a single cluster at stage 1"),
    ],
)
def test_faulty_columns_are_told_by_row(change: dict[str, Any], told: str) -> None:
    with pytest.raises(Problems) as caught:
        make_design(**BASE | change)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"weights": [1, 2, 3]}, "the columns have 3 / 4 rows"),
        ({"n": 5}, "the columns have 4 / 5 rows"),
        ({"lonely": "remove"}, "expected one of fail, certainty, adjust, average, got remove"),
        ({"populations": [[10, 10, 4, 4]] * 3}, "3 populations: expected at most 2"),
    ],
)
def test_columns_that_do_not_go_together_are_told(change: dict[str, Any], told: str) -> None:
    with pytest.raises(Problem) as caught:
        make_design(**BASE | change)
    assert told in str(caught.value)


def test_no_rows_are_told() -> None:
    with pytest.raises(Problem):
        make_design()
    with pytest.raises(Problem):
        make_design(weights=[])


def test_many_faulty_rows_are_counted() -> None:
    with pytest.raises(Problems) as caught:
        make_design(weights=np.zeros(100), where=lambda row: f"line {row + 2}")
    told = str(caught.value).splitlines()
    assert (told[0], told[-1]) == ("line 2: expected a weight above 0, got 0.0", "and 80 rows more")


@pytest.mark.parametrize("populations", [[[2, 2, 1, 1]], [[2, 2, 1, 1], [1, 1, 5, 5]]])
def test_a_lone_cluster_that_is_the_whole_stratum_is_no_problem(populations: list[Any]) -> None:
    make_design(strata=["a", "a", "b", "b"], clusters=[[1, 2, 3, 3]], populations=populations)


def test_a_lone_cluster_below_a_stage_of_unknown_population_is_no_problem() -> None:
    make_design(strata=[1, 1], clusters=[[1, 2], [1, 1]])


def test_a_lone_cluster_of_the_second_stage_is_told() -> None:
    with pytest.raises(Problems, match="stratum north has a single cluster at stage 2"):
        make_design(
            strata=["north"] * 3,
            clusters=[["p", "q", "q"], [1, 1, 2]],
            populations=[[9, 9, 9], [7, 7, 7]],
        )
