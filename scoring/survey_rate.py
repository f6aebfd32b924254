"""Rates of any survey's items by domain, as a record: what `renkedu rate --json` prints.

The record is described in docs/rate-command.md and docs/schemas/estimates.schema.json.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from math import isfinite
from typing import Any, cast

import numpy as np
import pandas as pd

from sampling.problems import N_, Problem, Problems
from scoring.auxiliaries import read_margins
from scoring.calibration import (
    LINEAR,
    LOGIT,
    RAKING,
    Distance,
    Method,
    calibrate,
    calibrated_design,
)
from scoring.domains import Domains, cross_classify
from scoring.estimates import Estimates, PointEstimate
from scoring.figures import whole_or_float
from scoring.intervals import share_interval
from scoring.item_codes import CodedItem
from scoring.margin_table import Margins
from scoring.raking import Raking
from scoring.sample_design import (
    FloatArray,
    Lonely,
    SampleDesign,
    check_lonely,
    make_design,
)
from scoring.survey_table import SurveyTable
from scoring.weight_diagnostics import describe_weights

FORMAT = 1

CALIBRATIONS = (RAKING, LINEAR, LOGIT)

TOLD = 20
"""Of strata with a single cluster this many are named, the rest counted."""

MOST_NUMBERS = 2**24
"""Of items by rows that are estimated together."""

NOTES = ("nobody answered", "everybody was asked", "no degree of freedom", "no variance")
"""Why figures of an estimate are null or follow a rule of their own."""
NOBODY, EVERYBODY, NO_FREEDOM, NO_VARIANCE = NOTES

Record = dict[str, Any]
Estimator = Callable[[FloatArray, Domains], Estimates]
"""Estimates means of items (n, 1) by domain."""


@dataclass(frozen=True, slots=True)
class DesignColumns:
    """The columns that say how a sample was drawn; `scoring.sample_design.make_design` has more.

    weight, strata
        None where there is no such column.
    clusters, populations
        For each stage, the first stage first.
    """

    weight: str | None = None
    strata: str | None = None
    clusters: tuple[str, ...] = ()
    populations: tuple[str, ...] = ()
    lonely: Lonely = "fail"

    @property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        single = (name for name in (self.weight, self.strata) if name is not None)
        return (*single, *self.clusters, *self.populations)


def read_design(table: SurveyTable, columns: DesignColumns) -> SampleDesign:
    """Return the design that columns of a table describe.

    Raises Problem or Problems with the lines of faulty cells. Strata with a single cluster are
    another matter: `check_strata`.
    """
    design = make_design(
        n=table.n,
        weights=None if columns.weight is None else table.numbers(columns.weight),
        strata=None if columns.strata is None else table.columns[columns.strata],
        clusters=[table.columns[name] for name in columns.clusters],
        populations=[table.numbers(name) for name in columns.populations],
        lonely="certainty",
        where=table.where,
    )
    return replace(design, lonely=columns.lonely)


def check_strata(design: SampleDesign) -> None:
    """Raise Problems with the first strata of a single cluster, where `lonely` is "fail"."""
    if design.lonely != "fail":
        return
    try:
        check_lonely(design)
    except Problems as found:
        told, more = found.problems[:TOLD], len(found.problems) - TOLD
        rest = [Problem(N_("and {count} strata more"), count=more)] if more > 0 else []
        raise Problems([*told, *rest]) from found


def read_weights(table: SurveyTable, name: str) -> FloatArray:
    """Return (n,) the weights in a column. Raises Problems with the lines of faulty ones."""
    return make_design(weights=table.numbers(name), where=table.where).weights


def calibrate_design(
    table: SurveyTable,
    design: SampleDesign,
    margins: Margins,
    method: str,
    bounds: tuple[float, float] | None = None,
) -> SampleDesign:
    """Return the design with weights that add up to the margins.

    Parameters
    ----------
    margins
        People with each value of columns that the table has.
    method
        One of `CALIBRATIONS`.
    bounds
        The least and the largest factor; not with raking, and needed with logit.

    Raises Problem with the line of a row whose value has no margin, for margins that disagree, and
    where no weights meet them.
    """
    for name, margin in margins.items():
        _check_margin(table, name, margin)
    labels = {name: cast(Sequence[str], table.columns[name]) for name in margins}
    known = read_margins(labels, margins)
    return calibrated_design(design, calibrate(design.weights, known, _method(method, bounds)))


def _check_margin(table: SurveyTable, name: str, margin: Mapping[str, float]) -> None:
    """Raise Problem with the line of the first row whose value has no margin."""
    column = table.columns[name].cat
    has_margin = np.append(np.isin(column.categories.astype(str), list(margin)), False)
    rows = np.flatnonzero(~has_margin[column.codes.to_numpy()])
    if len(rows):
        row = int(rows[0])
        value = table.columns[name].iloc[row]
        raise Problem(
            N_("{name} = {value!r} has no margin, as {count} rows in all; margins: {known}"),
            where=table.where(row),
            name=name,
            value="" if pd.isna(value) else str(value),
            count=len(rows),
            known=", ".join(margin),
        )


def _method(method: str, bounds: tuple[float, float] | None) -> Method:
    if bounds is None:
        return Raking() if method == RAKING else Distance(method)
    return Distance(method, *bounds)


def find_domains(table: SurveyTable, by: Sequence[str]) -> Domains | None:
    """Return the combinations of values of the columns `by`; None where there are no such columns.

    A row with a blank in one of them is in no domain.
    """
    return cross_classify({name: table.columns[name] for name in by}) if by else None


def rate_items(
    items: Iterable[CodedItem],
    estimate: Estimator,
    domains: Sequence[Domains],
    methods: Sequence[str],
    level: Fraction,
) -> Iterator[tuple[Record, list[Record]]]:
    """Yield for each item how its codes count, and its estimates.

    Parameters
    ----------
    domains
        Partitions of the rows, at least one; estimates follow their order.
    methods
        Of the intervals, from `scoring.intervals.METHODS`.
    """
    for block in _cut(items, max(1, MOST_NUMBERS // len(domains[0].codes))):
        values = np.column_stack([item.values for item in block])
        found = [(part, estimate(values, part)) for part in domains]
        for j, item in enumerate(block):
            points = [
                (estimates.at(d, j), satisfied)
                for part, estimates in found
                for d, satisfied in enumerate(_count_satisfied(item, part))
            ]
            yield (
                _write_item(item),
                [_write_estimate(item.name, *point, methods, level) for point in points],
            )


def _cut(items: Iterable[CodedItem], width: int) -> Iterator[list[CodedItem]]:
    left = iter(items)
    while block := list(islice(left, width)):
        yield block


def _write_item(item: CodedItem) -> Record:
    return {
        "item": item.name,
        "satisfied": dict(item.satisfied),
        "not_satisfied": dict(item.not_satisfied),
        "excluded": dict(item.excluded),
        "blank": item.blank,
    }


def _count_satisfied(item: CodedItem, domains: Domains) -> list[int]:
    """Return for each domain the rows that are satisfied."""
    codes = domains.codes[item.values == 1]
    counted: list[int] = np.bincount(codes[codes >= 0], minlength=len(domains)).tolist()
    return counted


def _write_estimate(
    item: str, point: PointEstimate, satisfied: int, methods: Sequence[str], level: Fraction
) -> Record:
    return {
        "item": item,
        "domain": dict(point.domain),
        "n": point.n,
        "numerator": satisfied,
        "denominator": point.n,
        "weighted": {
            "numerator": whole_or_float(point.numerator),
            "denominator": whole_or_float(point.denominator),
        },
        "estimate": _finite(point.value),
        "se": _finite(point.se),
        "deff": _finite(point.deff),
        "n_eff": _finite(point.n_eff),
        "df": point.df,
        "ci": {method: _interval(point, method, level) for method in methods},
        "notes": list(_notes(point)),
    }


def _interval(point: PointEstimate, method: str, level: Fraction) -> list[float]:
    """Return the ends of an interval; 0 to 1 where nothing is known of the variance."""
    if not isfinite(point.variance):
        return [0.0, 1.0]
    found = share_interval(point, method, level)
    return [found.low, found.high]


def _notes(point: PointEstimate) -> Iterator[str]:
    if not point.n:
        yield NOBODY
    elif point.is_census:
        yield EVERYBODY
    elif point.df < 1 or not isfinite(point.variance):
        yield NO_FREEDOM
    elif not point.variance:
        yield NO_VARIANCE


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def describe_design(design: SampleDesign) -> Record:
    """Return what a record says of a design: rows, strata, clusters, weights."""
    return {
        "rows": design.n,
        "strata": design.n_strata,
        "clusters": design.n_psus,
        "df": design.df,
        "lonely": design.lonely,
        **describe_sample(design.weights),
    }


def describe_sample(weights: FloatArray) -> Record:
    """Return what a record says of (n,) weights."""
    found = describe_weights(weights)
    return {
        "rows": found.n,
        "weights": {
            "sum": whole_or_float(found.total),
            "smallest": whole_or_float(found.smallest),
            "largest": whole_or_float(found.largest),
            "kish_deff": found.kish_deff,
        },
    }
