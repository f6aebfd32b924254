"""Influence values after the weights were calibrated: residuals of a regression.

Reference: Deville and Särndal, Journal of the American Statistical Association 87 (1992),
376-382, section 3.4: g-weighted residuals.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array

from scoring.domains import Domains
from scoring.sample_design import Calibration, FloatArray, IntArray, SampleDesign

RANK = 1e-10
"""Below this share of the largest singular value an auxiliary is a combination of the others."""

CHUNK = 2**15
"""Rows that are multiplied together."""


class Residuals:
    """Turns totals of influence by domain and cluster into totals of residuals.

    A row outside a domain has influence 0 and yet a residual: every cluster of the last stage
    has a value in every domain.
    """

    def __init__(self, design: SampleDesign, domains: Domains) -> None:
        self._calibrations = design.calibrations
        self._bases = [_orthonormal(calibration) for calibration in design.calibrations]
        self._cluster_totals = [
            _cluster_totals(design, calibration.patterns, basis)
            for calibration, basis in zip(self._calibrations, self._bases, strict=True)
        ]
        self._rows = _rows_of_domains(domains)

    def products(self, values: FloatArray) -> list[FloatArray]:
        """Return for each calibration (D, q, b): d_i x_i times values (n, b), summed by domain."""
        return [
            np.stack([self._product(place, rows, values) for rows in self._rows])
            for place in range(len(self._calibrations))
        ]

    def subtract(self, influence: FloatArray, products: list[FloatArray]) -> FloatArray:
        """Return (D C, b) the residuals' totals.

        `influence` (D C, b) are the totals by domain and cluster, `products` what
        the method of that name gives for the same influence.
        """
        shape = (len(self._rows), -1, influence.shape[1])
        result = influence.reshape(shape).copy()
        fitted: dict[int, FloatArray] = {}
        # The last calibration first: its residuals are totalled with the weights before it, which
        # the one before calibrated.
        for place in reversed(range(len(products))):
            coefficients = products[place].copy()
            for later, known in fitted.items():
                coefficients -= self._cross(place, later) @ known
            fitted[place] = coefficients
            for domain, of_domain in enumerate(coefficients):
                result[domain] -= self._cluster_totals[place] @ of_domain
        return result.reshape(influence.shape)

    def _product(self, place: int, rows: IntArray, values: FloatArray) -> FloatArray:
        """Return (q, b) the sum over `rows` of d_i x_i times values (n, b)."""
        total = np.zeros((self._bases[place].shape[1], values.shape[1]))
        for first in range(0, len(rows), CHUNK):
            some = rows[first : first + CHUNK]
            total += self._weighted(place, some).T @ values[some]
        return total

    def _weighted(self, place: int, rows: IntArray) -> FloatArray:
        """Return (m, q) d_i x_i of some rows."""
        calibration = self._calibrations[place]
        x = self._bases[place][calibration.patterns[rows]]
        return np.asarray(x * calibration.weights[rows, None])

    def _cross(self, one: int, other: int) -> FloatArray:
        """Return (q, q') the sum over all rows of d_i x_i x'_i, with the d of the first."""
        everybody = np.arange(len(self._calibrations[one].patterns))
        of_other = self._bases[other][self._calibrations[other].patterns]
        return self._product(one, everybody, of_other)


def _rows_of_domains(domains: Domains) -> list[IntArray]:
    order = np.argsort(domains.codes, kind="stable")
    bounds = np.searchsorted(domains.codes[order], np.arange(len(domains) + 1))
    return [order[bounds[d] : bounds[d + 1]] for d in range(len(domains))]


def _cluster_totals(design: SampleDesign, patterns: IntArray, basis: FloatArray) -> FloatArray:
    """Return (C, q) the sums of w_i x_i over the clusters of the last stage."""
    last = design.stages[-1]
    shape = (last.n_clusters, len(basis))
    weights = coo_array((design.weights, (last.clusters, patterns)), shape=shape)
    return np.asarray(weights.tocsr() @ basis)


def _orthonormal(calibration: Calibration) -> FloatArray:
    """Return (G, q') combinations of the auxiliaries with sum_i d_i x_i x_i' = 1, none redundant.

    A pattern whose rows have base weights of 0 has no say, and gets 0.
    """
    table = calibration.table
    weights = np.bincount(calibration.patterns, calibration.weights, len(table))
    root = np.sqrt(np.maximum(weights, 0.0))
    scale = np.abs(table).max(axis=0)
    columns = table[:, scale > 0] / scale[scale > 0]
    basis, triangle = np.linalg.qr(columns * root[:, None])
    rotation, singular, _ = np.linalg.svd(triangle)
    kept = rotation[:, : len(singular)][:, singular > RANK * singular[:1]]
    return np.asarray((basis @ kept) / np.where(root > 0, root, np.inf)[:, None])
