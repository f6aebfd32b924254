"""Engines (计算引擎) that find the smallest tickets: each finds the same people.

`on_duckdb` is the default and comes with the program, `on_spark` spreads the same expression over
a cluster, `in_python` is a few lines of plain Python for whoever wants to see what the others do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from sampling.frame import Frame
from sampling.problems import N_, Problem
from sampling.staged_frame import StagedFrame

ENGINES = {
    "duckdb": "sampling.engines.on_duckdb",
    "spark": "sampling.engines.on_spark",
    "python": "sampling.engines.in_python",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What is looked for in a stratum, given by its number: `depth` people below `bound`."""

    stratum: int
    depth: int
    bound: str


@dataclass(frozen=True, slots=True)
class Search:
    """Which people are looked for.

    `columns` of the frame decide where somebody belongs; `targets` says it for each combination
    of values that occurs. Who has another combination is not looked for.
    """

    seed: str
    columns: tuple[str, ...]
    targets: Mapping[tuple[str, ...], Target]


class Engine(Protocol):
    """Whatever can find tickets."""

    def find_smallest(self, frame: Frame | StagedFrame, search: Search) -> list[tuple[int, str]]:
        """Return ``(stratum, id)`` of the `depth` smallest tickets of each stratum.

        Sorted by stratum, then ticket, then id. There are fewer where fewer lie below the bound.
        """
        ...


def load_engine(name: str, master: str | None = None) -> Engine:
    """Return the engine called `name`; `master` is the address of a Spark cluster.

    An engine is imported when it is asked for. Raises `Problem` for an unknown name, for a
    `master` that the engine has no use for, and for one that is not installed.
    """
    if name not in ENGINES:
        raise Problem(
            N_("there is no engine {name!r}; known: {known}"), name=name, known=", ".join(ENGINES)
        )
    if master is not None and name != "spark":
        raise Problem(N_("the engine {name} knows no cluster; only spark does"), name=name)
    module = import_module(ENGINES[name])
    return cast(Engine, module.make_engine(master))
