from __future__ import annotations

import numpy as np
import pytest

from sampling.problems import Problem
from scoring.auxiliaries import read_margins
from scoring.calibration import Distance, calibrate, calibrated_design
from scoring.domain_estimates import estimate_means
from scoring.post_stratification import PostStratification, post_stratify
from scoring.sample_design import make_design

CLASSES = ["a", "a", "b", "b", "b"]
PEOPLE = {"a": 30.0, "b": 70.0}


def test_any_distance_gives_the_same_weights() -> None:
    weights = np.array([1.0, 3.0, 5.0, 7.0, 2.0])
    found = post_stratify(weights, CLASSES, PEOPLE)
    np.testing.assert_allclose(found.weights, [7.5, 22.5, 25, 35, 10])
    known = found.auxiliaries
    for distance in (Distance("linear"), Distance("raking"), Distance("logit", 0.1, 50.0)):
        np.testing.assert_allclose(calibrate(weights, known, distance).weights, found.weights)


def test_variance_is_that_within_classes() -> None:
    """With simple random sampling: n / (n - 1) times the squared residuals from class means."""
    item = np.array([1.0, 0.0, 1.0, 1.0, 0.0])
    design = make_design(weights=np.full(5, 10.0))
    after = calibrated_design(design, post_stratify(design.weights, CLASSES, PEOPLE))
    found = estimate_means(after, item[:, None])
    residuals = item - np.array([0.5, 0.5, 2 / 3, 2 / 3, 2 / 3])
    scaled = after.weights / 100 * residuals
    assert found.value[0, 0] == pytest.approx(0.3 * 0.5 + 0.7 * 2 / 3)
    assert found.variance[0, 0] == pytest.approx(5 / 4 * (scaled**2).sum())


def test_two_margins_are_not_classes() -> None:
    known = read_margins({"x": ["a"], "y": ["b"]}, {"x": {"a": 1}, "y": {"b": 1}})
    with pytest.raises(Problem, match="needs one variable of classes"):
        calibrate(np.ones(1), known, PostStratification())
