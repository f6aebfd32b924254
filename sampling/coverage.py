"""Which stratum each person belongs to: exactly one, or the strata are refused."""

from __future__ import annotations

from collections.abc import Sequence

from sampling.frame import COLUMNS, Unit
from sampling.problems import N_, Problem
from sampling.record import StratumRecord

CELL_COLUMNS = COLUMNS[1:]


def sort_by_stratum(units: Sequence[Unit], strata: Sequence[StratumRecord]) -> list[list[Unit]]:
    """Return the units of each stratum, in the order given.

    A unit belongs to a stratum when each column of the stratum's cell lists the unit's value.
    Raises `Problem` at the first unit that belongs to no stratum or to more than one, at a
    stratum that stands twice, and at a column that a frame does not have.
    """
    _check_strata(strata)
    used = [
        index
        for index, column in enumerate(COLUMNS)
        if any(column in stratum["cell"] for stratum in strata)
    ]
    # Few combinations of values occur, so each is looked up once, not once per person.
    found: dict[tuple[str, ...], int] = {}
    members: list[list[Unit]] = [[] for _ in strata]
    for unit in units:
        key = tuple(unit[index] for index in used)
        if key not in found:
            found[key] = _find_stratum(unit, strata)
        members[found[key]].append(unit)
    return members


def _find_stratum(unit: Unit, strata: Sequence[StratumRecord]) -> int:
    matching = [index for index, stratum in enumerate(strata) if _belongs(unit, stratum["cell"])]
    if not matching:
        raise Problem(N_("the person {id!r} is eligible but in no stratum"), id=unit.id)
    if len(matching) > 1:
        raise Problem(
            N_("the person {id!r} is in two strata, {first} and {second}"),
            id=unit.id,
            first=strata[matching[0]]["stratum"],
            second=strata[matching[1]]["stratum"],
        )
    return matching[0]


def _belongs(unit: Unit, cell: dict[str, list[str]]) -> bool:
    return all(unit[COLUMNS.index(column)] in values for column, values in cell.items())


def _check_strata(strata: Sequence[StratumRecord]) -> None:
    names: set[str] = set()
    for stratum in strata:
        if stratum["stratum"] in names:
            raise Problem(N_("the stratum {stratum} stands twice"), stratum=stratum["stratum"])
        names.add(stratum["stratum"])
        for column in stratum["cell"]:
            if column not in CELL_COLUMNS:
                raise Problem(
                    N_("the stratum {stratum} is defined by {column!r}, which no frame has"),
                    stratum=stratum["stratum"],
                    column=column,
                )
