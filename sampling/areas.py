"""Residents by area (城区 镇区 乡村), and the share each area should have of a category."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

from sampling.pins import Sizes
from sampling.problems import N_, Problem
from sampling.survey_rules import SurveyRules


def read_areas(texts: Iterable[str]) -> dict[str, int]:
    """Return residents typed as ``urban=90000,town=…``, in one text or several.

    >>> read_areas(["urban=90000,town=30000", "rural=0"])
    {'urban': 90000, 'town': 30000, 'rural': 0}
    """
    areas: dict[str, int] = {}
    for part in ",".join(texts).split(","):
        name, _, number = (piece.strip() for piece in part.partition("="))
        if not re.fullmatch(r"[0-9]{1,11}", number):
            raise Problem(
                N_("areas: expected AREA=RESIDENTS with a whole number, got {got!r}"), got=part[:80]
            )
        if name in areas:
            raise Problem(N_("areas: {area} stands twice"), area=name)
        areas[name] = int(number)
    return areas


def check_areas(areas: Mapping[str, int] | None, residents: int, rules: SurveyRules) -> None:
    """Raise `Problem` unless there is a number for each area and they add up to `residents`."""
    if areas is None:
        return
    unknown = [name for name in areas if name not in rules.areas]
    missing = [name for name in rules.areas if name not in areas]
    if unknown or missing:
        raise Problem(
            N_("residents are needed for each area; missing: {missing}; unknown: {unknown}"),
            missing=" ".join(missing) or "-",
            unknown=" ".join(unknown) or "-",
        )
    if min(areas.values()) < 0:
        raise Problem(
            N_("residents of an area: expected 0 or more, got {got}"), got=min(areas.values())
        )
    if sum(areas.values()) != residents:
        raise Problem(
            N_("the areas add up to {got} residents, but the county has {residents}"),
            got=sum(areas.values()),
            residents=residents,
        )


def share_areas(
    sizes: Sizes, areas: Mapping[str, int] | None, rules: SurveyRules
) -> dict[str, dict[str, Fraction]]:
    """Return the share (0-1) of each area in each category that has areas.

    By residents where they are known, for the county's areas in every category alike; else by the
    category's eligible people.
    """
    people: dict[str, dict[str, int]] = {}
    for cell, size in sizes.items():
        if cell.area:
            own = people.setdefault(cell.category, dict.fromkeys(rules.areas, 0))
            own[cell.area] += size
    return {
        category: {area: Fraction(count, sum(weights.values())) for area, count in weights.items()}
        for category, own in people.items()
        for weights in [areas or own]
    }
