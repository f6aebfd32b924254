from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sampling.problems import Problem
from scoring.jackknife import jackknife
from scoring.replicate_estimates import replicate_means
from scoring.replicate_files import given_replicates, read_replicates, write_replicates
from scoring.replication import replicate
from scoring.sample_design import make_design

DESIGN = make_design(weights=[3.0, 3.1, 1 / 3, 7, 2, 2, 9, 1], strata=["a"] * 3 + ["b"] * 5, n=8)
ITEM = np.array([[1.0, 0, 1, 1, 0, 1, 1, 0]]).T


def test_replicates_read_back_the_same_and_say_the_same(tmp_path: Path) -> None:
    made = replicate(DESIGN, jackknife(DESIGN))
    write_replicates(tmp_path / "r.csv", made)
    read = read_replicates(tmp_path / "r.csv", 8)
    assert (read == made.replicate_weights()).all()
    given = given_replicates(DESIGN.weights, read, "JKn")
    np.testing.assert_allclose(given.replication.rscales, [2 / 3] * 3 + [4 / 5] * 5)
    one, other = replicate_means(made, ITEM).estimates, replicate_means(given, ITEM).estimates
    np.testing.assert_allclose(one.variance, other.variance, rtol=1e-12)
    # 8 clusters less 2 strata; the file tells it by its rank.
    assert one.df.tolist() == other.df.tolist() == [6]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("r1,r2\n1,2\n", "expected 2 rows of replicate weights, got 1"),
        ("r1,r2\n1,2\n3,x\n", "line 3 column r2: expected a number from 0 up, got 'x'"),
        ("r1,r2\n1,2\n3,\n", "line 3 column r2: expected a number from 0 up, got ''"),
        ("r1,r2\n1,-2\n3,4\n", "line 2 column r2: expected a number from 0 up, got '-2'"),
        ("r1,r2\n1,inf\n3,4\n", "line 2 column r2"),
        ("", "not a table of replicate weights"),
        ("r1,r2\n1,2\n3,4,5\n", "not a table of replicate weights"),
    ],
)
def test_files_that_are_none(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        read_replicates(path, 2)
    assert told in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "rho", "scale"),
    [
        ("JK1", 0.0, 3 / 4),
        ("JKn", 0.0, 1.0),
        ("BRR", 0.0, 1 / 4),
        ("Fay", 0.5, 1.0),
        ("bootstrap", 0.0, 1 / 3),
    ],
)
def test_kinds_have_their_scales(kind: str, rho: float, scale: float) -> None:
    weights, replicates = np.ones(2), np.array([[1.0, 2, 0, 1], [1, 0, 2, 1]])
    found = given_replicates(weights, replicates, kind, rho=rho).replication
    assert found.scale == pytest.approx(scale)


def test_centre_and_scales_that_are_given() -> None:
    weights, replicates = np.ones(2), np.array([[1.0, 2, 0, 2], [1, 0, 2, 1]])
    item = np.array([[1.0], [0.0]])
    found = []
    for mse in (False, True):
        sample = given_replicates(
            weights, replicates, "JKn", scale=0.5, rscales=np.ones(4), mse=mse
        )
        found.append(replicate_means(sample, item).estimates.variance[0, 0])
    thetas = np.array([1 / 2, 1, 0, 2 / 3])
    around = [0.5 * ((thetas - centre) ** 2).sum() for centre in (thetas.mean(), 0.5)]
    np.testing.assert_allclose(found, around)


@pytest.mark.parametrize(
    ("shape", "kind", "told"),
    [
        ((2, 4), "JK2", "expected one of JK1, JKn, BRR, Fay, bootstrap"),
        ((3, 4), "JK1", "expected 2 rows of at least 2 replicate weights, got 3 of 4"),
        ((2, 1), "JK1", "got 2 of 1"),
    ],
)
def test_replicates_that_do_not_fit(shape: tuple[int, int], kind: str, told: str) -> None:
    with pytest.raises(Problem, match=told):
        given_replicates(np.ones(2), np.ones(shape), kind)
