"""Calibration of every replicate, as the full sample was calibrated.

A variance from replicates whose weights were merely carried along would miss what calibration
takes from it, and what it adds (Rao, Wu and Yue, Survey Methodology 18, 1992, 209-217).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sampling.problems import N_, Problem
from scoring.calibration import CalibratedWeights
from scoring.replicate_sums import find_cells, sum_replicates
from scoring.replication import CHUNK, Recalibration, ReplicateSample, check_size, cut


def recalibrate(sample: ReplicateSample, calibrated: CalibratedWeights) -> ReplicateSample:
    """Return the sample with the calibrated weights and each replicate calibrated the same way.

    Raises `Problem` where the weights were calibrated from others than the sample's, and where a
    replicate cannot meet the totals, as when a category has no weight left in it.
    """
    if not np.array_equal(calibrated.base, sample.weights):
        raise Problem(N_("these weights were calibrated from others than the sample's"))
    known = calibrated.auxiliaries
    check_size(len(known.table), sample.replication.replicates)
    width = max(1, CHUNK // known.table.size)
    cells = find_cells(sample, known.patterns, len(known.table))
    sums = sum_replicates(sample, cells, lambda rows: np.ones((len(rows), 1)))[:, :, 0]
    factors = np.empty(sums.shape[::-1])
    for part in cut(0, len(sums), width):
        factors[:, part] = calibrated.method.factors(sums[part], known).T
    step = Recalibration(known.patterns, factors)
    return replace(
        sample, weights=calibrated.weights, recalibrations=(*sample.recalibrations, step)
    )
