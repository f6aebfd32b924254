from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.auxiliaries import read_covariates, read_margins
from scoring.calibration import Distance, calibrate
from scoring.raking import Raking, rake


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_every_margin_holds_and_weights_are_those_of_calibration(seed: int) -> None:
    generator = np.random.default_rng(seed)
    columns = {name: [f"{name}{k}" for k in generator.integers(0, size, 200)]
               for name, size in (("area", 3), ("band", 4), ("sex", 2))}  # fmt: skip
    weights = generator.uniform(1, 9, 200)
    targets = {}
    for name, column in columns.items():
        shares = {label: generator.uniform(0.8, 1.2) * column.count(label) for label in set(column)}
        total = sum(shares.values())
        targets[name] = {label: 5000 * share / total for label, share in shares.items()}
    found = rake(weights, columns, targets)
    for name, target in targets.items():
        for label, total in target.items():
            reached = found.weights[[x == label for x in columns[name]]].sum()
            assert reached == pytest.approx(total, rel=1e-10)
    same = calibrate(weights, found.auxiliaries, Distance("raking"))
    np.testing.assert_allclose(found.weights, same.weights, rtol=1e-9)


def test_margins_that_contradict_each_other_are_named() -> None:
    """All women are urban and all men rural, but the margins say otherwise."""
    columns = {"sex": ["F", "F", "M"], "area": ["urban", "urban", "rural"]}
    targets = {"sex": {"F": 60.0, "M": 40.0}, "area": {"urban": 50.0, "rural": 50.0}}
    with pytest.raises(Problem, match="raking does not settle: sex = M comes to"):
        rake(np.ones(3), columns, targets, Raking(sweeps=50))
    known = read_margins(columns, targets)
    with pytest.raises(Problem, match=r"no factors from 0\.0 to inf can meet"):
        calibrate(np.ones(3), known, Distance("raking"))


def test_raking_needs_margins() -> None:
    known = read_covariates({"one": np.ones(2)}, {"one": 4})
    with pytest.raises(Problem, match="raking needs margins"):
        calibrate(np.ones(2), known, Raking())


def test_a_category_without_rows_is_named() -> None:
    with pytest.raises(Problem, match="no row has sex = M"):
        rake(np.ones(2), {"sex": ["F", "F"]}, {"sex": {"F": 5, "M": 5}})
