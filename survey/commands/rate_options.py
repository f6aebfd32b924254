"""The options of `renkedu rate`, and which of them go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import click

from scoring.item_codes import ItemCodes
from scoring.sample_design import Lonely
from scoring.survey_rate import DesignColumns


@dataclass(frozen=True, slots=True)
class RateOptions:
    """What the command line said; the options of `rate` by name."""

    data: Path
    item: tuple[str, ...]
    satisfied: tuple[tuple[str, ...], ...]
    excluded: tuple[tuple[str, ...], ...]
    strata: str | None
    cluster: tuple[str, ...]
    fpc: tuple[str, ...]
    weight: str | None
    by: tuple[str, ...]
    ci: tuple[str, ...]
    level: Fraction
    lonely: str
    calibrate: str | None
    margins: Path | None
    bounds: tuple[float, float] | None
    replicates: Path | None
    kind: str | None
    scale: float | None
    rscales: Path | None
    rho: float
    mse: bool
    as_json: bool

    @property
    def codes(self) -> ItemCodes:
        """The codes that count as satisfied, and those that leave."""
        return ItemCodes(unite(chain(*self.satisfied)), unite(chain(*self.excluded)))

    @property
    def design(self) -> DesignColumns:
        """The columns that describe the design."""
        lonely = cast(Lonely, self.lonely)
        return DesignColumns(self.weight, self.strata, self.cluster, self.fpc, lonely)

    def check(self) -> None:
        """Raise UsageError for options that do not go together."""
        for problem in self._find_misuse():
            raise click.UsageError(problem)

    def _find_misuse(self) -> Iterator[str]:
        if (self.calibrate is None) != (self.margins is None):
            yield "--calibrate and --margins go together"
        if self.bounds and not self.calibrate:
            yield "--bounds goes with --calibrate"
        if (self.replicates is None) != (self.kind is None):
            yield "--replicates and --kind go together"
        if self.replicates:
            if self.weight is None:
                yield "--replicates needs --weight, the weights of the whole sample"
            if self.strata or self.cluster or self.fpc or self.calibrate:
                yield (
                    "replicate weights hold the design already: no --strata, --cluster, --fpc or "
                    "--calibrate with --replicates"
                )
        elif self.scale is not None or self.rscales or self.rho or self.mse:
            yield "--scale, --rscales, --rho and --mse go with --replicates"


def unite(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words, each once, in their order."""
    return tuple(dict.fromkeys(words))
