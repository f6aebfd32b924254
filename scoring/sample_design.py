"""How a sample was drawn: weights, strata, clusters nested in them over any number of stages.

Every estimate of `scoring.domain_estimates` starts from a `SampleDesign`. Reference: Särndal,
Swensson and Wretman, Model Assisted Survey Sampling (1992), chapters 3 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from sampling.problems import N_, Problem, Problems
from scoring.columns import Labels, factorize, nest, nest_rows, numbers, raise_rows, row_name

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]

Lonely = Literal["fail", "certainty", "adjust", "average"]
"""What a stratum of a single cluster adds to the variance: an error; nothing; its distance from
the mean of all clusters instead of its own; what the other strata add on average."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One stage of the draw.

    clusters
        (n,) cluster of each row, 0 to C - 1, numbered stratum after stratum.
    strata
        (C,) stratum of each cluster, ascending from 0 to S - 1. From the second stage on a
        stratum is the cluster of the stage before.
    fractions
        (S,) sampled share of the stratum's clusters; 0 where the population is not known, which
        is the same as drawing with replacement.
    """

    clusters: IntArray
    strata: IntArray
    fractions: FloatArray

    @property
    def n_clusters(self) -> int:
        """Number of clusters drawn at this stage."""
        return len(self.strata)

    @property
    def n_strata(self) -> int:
        """Number of strata at this stage."""
        return len(self.fractions)

    @property
    def sizes(self) -> IntArray:
        """(S,) clusters drawn in each stratum."""
        return np.bincount(self.strata, minlength=self.n_strata)

    @property
    def is_lonely(self) -> BoolArray:
        """(S,) True where a single cluster stands for others as well."""
        return np.asarray((self.sizes == 1) & (self.fractions < 1))


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What a calibration of the weights leaves behind for the variance.

    The influence u_i of a row becomes u_i - x_i' B with B = argmin sum_i d_i (u_i - x_i' B)^2
    (Deville and Särndal, Journal of the American Statistical Association 87, 1992, 376-382).

    patterns
        (n,) the row of `table` that holds each row's x_i: rows alike in everything share one.
    table
        (G, q) the patterns' x; for post-strata their indicators. Columns may depend on each other.
    weights
        (n,) d_i, the weights before this calibration.
    """

    patterns: IntArray
    table: FloatArray
    weights: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class SampleDesign:
    """Weights and stages of a sample of n rows.

    weights
        (n,) final weights; after a linear calibration some may be below 0.
    stages
        The first stage's clusters are the primary sampling units (PSUs); at least one stage.
    stratum_names
        Of the first stage.
    lonely
        Treatment of strata with a single cluster, see `Lonely`.
    calibrations
        In the order in which they were made.
    """

    weights: FloatArray
    stages: tuple[Stage, ...]
    stratum_names: tuple[str, ...] = ("",)
    lonely: Lonely = "fail"
    calibrations: tuple[Calibration, ...] = ()

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.weights)

    @property
    def psus(self) -> IntArray:
        """(n,) primary sampling unit of each row."""
        return self.stages[0].clusters

    @property
    def psu_strata(self) -> IntArray:
        """(C,) stratum of each primary sampling unit."""
        return self.stages[0].strata

    @property
    def n_psus(self) -> int:
        """Number of primary sampling units."""
        return self.stages[0].n_clusters

    @property
    def n_strata(self) -> int:
        """Number of strata of the first stage."""
        return self.stages[0].n_strata

    @property
    def df(self) -> int:
        """Degrees of freedom of the whole design: PSUs minus strata."""
        return self.n_psus - self.n_strata


def make_design(
    *,
    n: int | None = None,
    weights: Labels | None = None,
    strata: Labels | None = None,
    clusters: Sequence[Labels] = (),
    populations: Sequence[Labels] = (),
    lonely: Lonely = "fail",
    where: Callable[[int], str] = row_name,
) -> SampleDesign:
    """Return the design that the columns of a data file describe.

    Parameters
    ----------
    n
        Number of rows; needed only where no other column tells it.
    weights
        (n,) numbers above 0. None: 1 over the product of the stages' sampling fractions, which is
        1 where no population is known.
    strata
        (n,) labels of the first stage's strata; None: one stratum.
    clusters
        For each stage (n,) labels, nested in all labels before: the same label in two strata is
        two clusters. Without any, each row is its own cluster.
    populations
        For each stage (n,) how many clusters the stratum has in the population, or, where no
        number is above 1, the sampling fraction. One more than `clusters`: the rows are the last
        stage. Fewer: the later stages are taken as drawn with replacement.
    lonely
        What strata of a single cluster add to the variance.
    where
        How a row (0 to n - 1) is named in a message; by default "row 1" and so on.

    Raises
    ------
    Problems
        A column of another length; a label or number missing; a weight of 0 or below; a
        population that varies within its stratum or is below the clusters drawn; strata with a
        single cluster where `lonely` is "fail".

    >>> design = make_design(strata=["a", "a", "b", "b"], populations=[[10, 10, 4, 4]])
    >>> design.weights.tolist(), design.df
    ([5.0, 5.0, 2.0, 2.0], 2)
    """
    if lonely not in get_args(Lonely):
        message = N_("lonely strata: expected one of {expected}, got {got}")
        raise Problem(message, expected=", ".join(get_args(Lonely)), got=lonely)
    if len(populations) > len(clusters) + 1:
        message = N_("{got} populations: expected at most {expected}, one more than the clusters")
        raise Problem(message, got=len(populations), expected=len(clusters) + 1)
    size = _size(n, [weights, strata, *clusters, *populations])
    stratum_codes, stratum_names = _stratum_codes(strata, size, where)
    stages = tuple(_stages(stratum_codes, clusters, populations, where))
    design = SampleDesign(
        weights=1 / _known_fractions(stages) if weights is None else _weights(weights, where),
        stages=stages,
        stratum_names=stratum_names,
        lonely=lonely,
    )
    if lonely == "fail":
        check_lonely(design)
    return design


def check_lonely(design: SampleDesign) -> None:
    """Raise Problems that name the strata with a single cluster, where they add to the variance."""
    problems = []
    for level, (stage, factor) in enumerate(zip(design.stages, stage_factors(design), strict=True)):
        for stratum in np.flatnonzero(stage.is_lonely & (factor > 0)):
            name = design.stratum_names[_first_stage_stratum(design, level, int(stratum))]
            problems.append(
                Problem(
                    N_(
                        "stratum {stratum} has a single cluster at stage {stage}: its variance "
                        "cannot be estimated; unite it with another stratum, or choose certainty, "
                        "adjust or average"
                    ),
                    stratum=name or "-",
                    stage=level + 1,
                )
            )
    if problems:
        raise Problems(problems)


def stage_factors(design: SampleDesign) -> list[FloatArray]:
    """Return for each stage (S,) the product of the sampling fractions of the stages above.

    The variance of a later stage enters multiplied by it (Särndal, Swensson and Wretman, 4.3).
    """
    factors = [np.ones(design.stages[0].n_strata)]
    for stage in design.stages[:-1]:
        factors.append((factors[-1] * stage.fractions)[stage.strata])
    return factors


def row_fractions(design: SampleDesign) -> FloatArray:
    """Return (n,) the product of all stages' sampling fractions: 1 where everybody was asked."""
    product = np.ones(design.n)
    for stage in design.stages:
        product *= stage.fractions[stage.strata][stage.clusters]
    return product


def _known_fractions(stages: Sequence[Stage]) -> FloatArray:
    """Return (n,) the product of those fractions that are known."""
    product = np.ones(len(stages[0].clusters))
    for stage in stages:
        known = np.where(stage.fractions > 0, stage.fractions, 1.0)
        product *= known[stage.strata][stage.clusters]
    return product


def _first_stage_stratum(design: SampleDesign, level: int, stratum: int) -> int:
    for stage in reversed(design.stages[:level]):
        stratum = int(stage.strata[stratum])
    return stratum


# What the columns say


def _size(n: int | None, columns: Sequence[Labels | None]) -> int:
    """Return the number of rows that all columns agree on."""
    lengths = {len(column) for column in columns if column is not None}
    if n is not None:
        lengths.add(n)
    if len(lengths) != 1 or 0 in lengths:
        raise Problem(
            N_("the columns have {lengths} rows: expected one number above 0 for all"),
            lengths=" / ".join(str(length) for length in sorted(lengths)) or "0",
        )
    return lengths.pop()


def _stratum_codes(
    strata: Labels | None, n: int, where: Callable[[int], str]
) -> tuple[IntArray, tuple[str, ...]]:
    if strata is None:
        return np.zeros(n, dtype=np.intp), ("",)
    codes, labels = factorize(strata)
    raise_rows(codes < 0, N_("the stratum is missing"), where, strata)
    return codes, tuple(str(label) for label in labels)


def _stages(
    parents: IntArray,
    clusters: Sequence[Labels],
    populations: Sequence[Labels],
    where: Callable[[int], str],
) -> Iterator[Stage]:
    for level in range(max(len(clusters), len(populations), 1)):
        if level < len(clusters):
            codes, _ = factorize(clusters[level])
            raise_rows(codes < 0, N_("the cluster is missing"), where, clusters[level])
            nested, strata = nest(parents, codes)
        else:
            nested, strata = nest_rows(parents)
        sizes = np.bincount(strata)
        fractions = np.zeros(len(sizes))
        if level < len(populations):
            fractions = _fractions(populations[level], parents, sizes, where)
        yield Stage(nested, strata, fractions)
        parents = nested


def _weights(column: Labels, where: Callable[[int], str]) -> FloatArray:
    values = numbers(column)
    bad = ~(values > 0) | np.isinf(values)
    raise_rows(bad, N_("expected a weight above 0, got {got}"), where, column)
    return values


def _fractions(
    column: Labels, parents: IntArray, sizes: IntArray, where: Callable[[int], str]
) -> FloatArray:
    """Return (S,) sampling fractions of one stage's strata."""
    values = numbers(column)
    bad = ~(values > 0) | np.isinf(values)
    raise_rows(bad, N_("expected a population above 0, got {got}"), where, column)
    population = np.empty(len(sizes))
    population[parents] = values
    varies = values != population[parents]
    raise_rows(varies, N_("the population varies within its stratum: {got}"), where, column)
    if values.max() <= 1:
        return population
    small = population < sizes
    message = N_("a population of {got} is below the clusters drawn from it")
    raise_rows(small[parents], message, where, column)
    return np.asarray(sizes / population)
