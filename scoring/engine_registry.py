"""Indicator engines by name: the built-in one and those of installed distributions.

A distribution offers an engine under the entry-point group ``renkedu.indicator_engines``; what it
names is called without arguments and gives an `IndicatorEngine` (docs/writing-an-engine.md).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from sampling.problems import N_, Problem
from scoring.builtin_engine import BuiltinEngine
from scoring.engine import IndicatorEngine

GROUP = "renkedu.indicator_engines"
BUILT_IN = "built-in"


def engine_names() -> list[str]:
    """Return the names that an engine can be chosen by, sorted."""
    return sorted({BUILT_IN, *(point.name for point in entry_points(group=GROUP))})


def find_engine(name: str) -> IndicatorEngine:
    """Return the engine of that name.

    Raises `Problem` for a name that nobody offers or that two distributions do, for an engine
    that cannot be loaded, and for one that calls itself something else than where it comes from.

    >>> find_engine("built-in").distribution
    'renkedu'
    """
    points = [point for point in entry_points(group=GROUP) if point.name == name]
    if not points and name == BUILT_IN:
        # Run from a folder that was never installed, there are no entry points at all.
        return BuiltinEngine()
    if not points:
        raise Problem(
            N_("there is no indicator engine {name!r}; installed are: {known}"),
            name=name,
            known=", ".join(engine_names()),
        )
    offered = {_distribution(point) for point in points}
    if len(offered) > 1:
        raise Problem(
            N_("engine {name!r} is offered by {distributions}; keep one of them installed"),
            name=name,
            distributions=", ".join(sorted(offered)),
        )
    return _load(points[0])


def _load(point: EntryPoint) -> IndicatorEngine:
    try:
        make = cast(Callable[[], IndicatorEngine], point.load())
        engine = make()
        named = (engine.name, engine.distribution)
    except Exception as error:  # whatever a stranger's package may raise
        raise Problem(
            N_("engine {name!r} cannot be loaded: {reason}"), name=point.name, reason=error
        ) from error
    expected = (point.name, _distribution(point))
    if named != expected:
        raise Problem(
            N_("an engine calls itself {named}, it was installed as {expected}"),
            named=" of ".join(named),
            expected=" of ".join(expected),
        )
    return engine


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else ""
