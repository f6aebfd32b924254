"""Post-stratification (事后分层): weights scaled to the known number of people in each class.

References: Holt and Smith, JRSS A 142 (1979), 33-46; Särndal, Swensson and Wretman, Model Assisted
Survey Sampling (1992), 7.6, for the variance by residuals from the classes' means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sampling.problems import N_, Problem
from scoring.auxiliaries import Auxiliaries, read_margins
from scoring.calibration import CalibratedWeights, calibrate
from scoring.sample_design import FloatArray


@dataclass(frozen=True, slots=True)
class PostStratification:
    """One factor for each class, its people over its weights."""

    @property
    def name(self) -> str:
        """Return what the method is called in records."""
        return "post-stratification"

    def factors(self, sums: FloatArray, auxiliaries: Auxiliaries) -> FloatArray:
        """Return (R, C) people over weights of each class, for R sets of weights.

        Raises `Problem` with the class that has no weight left, and where there is not exactly
        one margin.
        """
        if len(auxiliaries.blocks) != 1:
            raise Problem(N_("post-stratification needs one variable of classes"))
        reached = sums @ auxiliaries.table
        if not reached.all():
            empty = int(np.argwhere(reached == 0)[0][1])
            raise Problem(
                N_(
                    "no weight is left in {name}, which has a target; "
                    "unite it with another category"
                ),
                name=auxiliaries.names[empty],
            )  # fmt: skip
        return np.asarray((auxiliaries.totals / reached) @ auxiliaries.table.T)


def post_stratify(
    weights: FloatArray, classes: Sequence[str], targets: Mapping[str, float], name: str = "class"
) -> CalibratedWeights:
    """Return weights that add up to the targets of the classes.

    Parameters
    ----------
    weights
        (n,) above 0.
    classes
        The class of each row. Cross several variables by joining their labels.
    targets
        People in each class.

    >>> found = post_stratify(np.array([1.0, 3.0, 5.0]), ["a", "a", "b"], {"a": 8, "b": 10})
    >>> found.weights.tolist()
    [2.0, 6.0, 10.0]
    """
    return calibrate(weights, read_margins({name: classes}, {name: targets}), PostStratification())
