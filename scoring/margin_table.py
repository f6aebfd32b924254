"""Known margins (边际总数) of a population, read from a CSV file: column, value, total or share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from sampling.problems import N_, Problem
from scoring.csv_file import find_encoding, read_header, scan_rows
from scoring.figures import read_decimal

Margins = Mapping[str, Mapping[str, float]]
"""Of each column, the number of people that each value has in the population."""

FIRST_COLUMNS = ("column", "value")
LAST_COLUMNS = ("total", "share")
ROUNDING = Fraction(1, 1000)
"""Shares are printed rounded; what they miss of 1 is shared out among them."""


@dataclass(frozen=True, slots=True)
class MarginTable:
    """Margins as a file gives them: exact numbers of people, or shares of all people.

    >>> half = Fraction(1, 2)
    >>> MarginTable("m.csv", {"area": {"town": half, "rural": half}}, True).totals(1000)
    {'area': {'town': 500.0, 'rural': 500.0}}
    """

    source: str
    margins: Mapping[str, Mapping[str, Fraction]]
    is_share: bool

    def totals(self, people: float) -> Margins:
        """Return the number of people with each value; shares are taken of `people`."""
        scale = {name: people / float(sum(m.values())) for name, m in self.margins.items()}
        return {
            name: {
                value: float(number) * (scale[name] if self.is_share else 1)
                for value, number in margin.items()
            }
            for name, margin in self.margins.items()
        }


def read_margin_table(path: Path) -> MarginTable:
    """Return the margins in a CSV file with the header `column,value,total`, or `…,share`.

    Raises Problem with file and line for another header, a number that is not above 0, a value
    that stands twice, shares of a column that do not add up to 1, and a file without rows.
    """
    encoding = find_encoding(path)
    is_share = _read_kind(path, encoding) == "share"
    margins: dict[str, dict[str, Fraction]] = {}
    rows = scan_rows(path, encoding)
    next(rows)
    for line, cells in rows:
        where = f"{path} line {line}"
        column, value, number = _read_row(cells, where)
        margin = margins.setdefault(column, {})
        if value in margin:
            message = N_("{column} = {value} stands twice")
            raise Problem(message, where=where, column=column, value=value)
        margin[value] = number
    if not margins:
        raise Problem(N_("has a header and no rows"), where=str(path))
    if is_share:
        for name, margin in margins.items():
            _check_shares(path, name, margin)
    return MarginTable(str(path), margins, is_share)


def _read_kind(path: Path, encoding: str) -> str:
    """Return the name of the last column."""
    with path.open("rb") as stream:
        header, _ = read_header(stream, path, encoding)
    if tuple(header[:2]) != FIRST_COLUMNS or header[2:] not in [[name] for name in LAST_COLUMNS]:
        raise Problem(
            N_("expected the header column,value,total or column,value,share, got {got}"),
            where=str(path),
            got=",".join(header),
        )
    return header[2]


def _read_row(cells: list[str], where: str) -> tuple[str, str, Fraction]:
    if len(cells) != 3:
        raise Problem(
            N_("expected {expected} cells, as in the header, got {got}"),
            where=where,
            expected=3,
            got=len(cells),
        )
    column, value, number = (cell.strip() for cell in cells)
    if not column or not value:
        raise Problem(N_("column and value must not be blank"), where=where)
    found = read_decimal(number, where=where)
    if found <= 0:
        raise Problem(N_("expected a number above 0, got {got!r}"), where=where, got=number)
    return column, value, found


def _check_shares(path: Path, name: str, margin: Mapping[str, Fraction]) -> None:
    total = sum(margin.values(), Fraction())
    if abs(total - 1) > ROUNDING:
        raise Problem(
            N_("the shares of {name} add up to {got}, not to 1"),
            where=str(path),
            name=name,
            got=float(total),
        )
