"""Numbers that a supervisor sets by hand (指定配额): for a category, or an area or band of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sampling.problems import N_, Problem
from sampling.survey_rules import SurveyRules


class CellKey(NamedTuple):
    """A cell of the plan; "" on an axis means that the category does not use it."""

    category: str
    area: str
    grade_band: str


Sizes = Mapping[CellKey, int]


class Pin(NamedTuple):
    """`n` people of a category are drawn; where area or band is "", from all of them together."""

    name: str
    category: str
    area: str
    grade_band: str
    n: int

    def covers(self, cell: CellKey) -> bool:
        """Say whether `cell` is part of what this number is for."""
        return (
            cell.category == self.category
            and self.area in ("", cell.area)
            and self.grade_band in ("", cell.grade_band)
        )


def read_pins(texts: Iterable[str]) -> dict[str, int]:
    """Return the numbers typed as ``CELL=N``, by cell; raise `Problem` at the first that is none.

    >>> read_pins(["principal=30", "parent/urban/1-2=40"])
    {'principal': 30, 'parent/urban/1-2': 40}
    """
    pins: dict[str, int] = {}
    for text in texts:
        name, _, number = text.partition("=")
        if not re.fullmatch(r"[0-9]{1,11}", number.strip()):
            raise Problem(N_("expected CELL=N with a whole number N, got {got!r}"), got=text[:80])
        if name.strip() in pins:
            raise Problem(N_("the cell {cell!r} is set twice"), cell=name.strip())
        pins[name.strip()] = int(number)
    return pins


def resolve_pins(pins: Mapping[str, int], sizes: Sizes, rules: SurveyRules) -> tuple[Pin, ...]:
    """Return what the numbers set by hand are for, in the order of their names.

    Raises `Problem` for a cell that the rules do not know, a number below 0, and more people than
    are eligible.
    """
    return tuple(_resolve(name, pins[name], sizes, rules) for name in sorted(pins))


def _resolve(name: str, n: int, sizes: Sizes, rules: SurveyRules) -> Pin:
    category, *rest = name.split("/")
    area, band = _find_axes(rest, rules)
    if category not in rules.categories or "/".join(filter(None, (category, area, band))) != name:
        raise Problem(
            N_(
                "there is no cell {cell!r}: expected a category ({categories}), then perhaps an "
                "area ({areas}), then perhaps a grade band ({bands}), with slashes between"
            ),
            cell=name,
            categories=" ".join(rules.categories),
            areas=" ".join(rules.areas),
            bands=" ".join(rules.grade_bands),
        )
    pin = Pin(name, category, area, band, n)
    eligible = sum(size for cell, size in sizes.items() if pin.covers(cell))
    if n < 0:
        raise Problem(N_("{cell}: expected 0 or more, got {got}"), cell=name, got=n)
    if n > eligible:
        raise Problem(
            N_("{category}: {count} are to be drawn, but only {eligible} are eligible"),
            category=name,
            count=n,
            eligible=eligible,
        )
    return pin


def _find_axes(parts: Sequence[str], rules: SurveyRules) -> tuple[str, str]:
    area = next((part for part in parts if part in rules.areas), "")
    band = next((part for part in parts if part in rules.grade_bands), "")
    return area, band
