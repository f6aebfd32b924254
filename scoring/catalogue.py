"""All that a rule set may ask a county for, by name: what its parts are checked against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sampling.problems import N_, Problem
from sampling.toml_table import Table
from scoring.data_tables import DERIVED, OF_SCHOOLS, TABLES, DataColumn, Figure
from scoring.rules import STAGES, Indicator
from scoring.school_columns import FLAGS, HEAD_COLUMNS

NUMBERS = ("count", "amount", "year")


@dataclass(frozen=True, slots=True)
class ColumnKind:
    """The kind of a column and, for a choice or a flag, the codes it may hold."""

    kind: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Kinds of the county's figures and of the columns of each table."""

    figures: Mapping[str, str]
    columns: Mapping[str, Mapping[str, ColumnKind]]

    def column(self, table: Table, key: str, of: str) -> tuple[str, ColumnKind]:
        """Return the column named under `key`, which must be one of table `of`, with its kind."""
        known = dict(self.columns[of])
        if of in OF_SCHOOLS:
            known |= {f"school.{name}": kind for name, kind in self.columns["schools"].items()}
        name = table.choice(key, tuple(known))
        return name, known[name]

    def number(self, table: Table, key: str, of: str) -> str:
        """Return the column named under `key`, which must hold numbers."""
        name, kind = self.column(table, key, of)
        if kind.kind not in NUMBERS:
            raise table.problem(key, "a column of numbers", name)
        return name

    def figure(self, table: Table, key: str, *kinds: str) -> str:
        """Return the figure named under `key`, of one of `kinds`."""
        return table.choice(
            key, tuple(name for name, kind in self.figures.items() if kind in kinds)
        )


def make_catalogue(
    figures: Iterable[Figure],
    columns: Iterable[DataColumn],
    indicators: Iterable[Indicator],
    where: str,
) -> Catalogue:
    """Return the catalogue of a rule set: figures, and every column that a table can have.

    The school table has the columns of every scheme and the amounts of the indicators. Raises
    `Problem` for a figure or column that stands there twice. `where` is the file's name.
    """
    figures, columns = list(figures), list(columns)
    known: dict[str, dict[str, ColumnKind]] = {
        table: {name: ColumnKind("count") for name in DERIVED[table]} for table in TABLES
    }
    known["schools"] |= {c.name: ColumnKind(c.kind, tuple(c.options or ())) for c in HEAD_COLUMNS}
    known["schools"] |= {name: ColumnKind("amount") for name in _amounts(indicators)}
    taken = [f"{table}.{name}" for table in TABLES for name in known[table]]
    check_once("columns", [*taken, *(f"{c.table}.{c.id}" for c in columns)], where)
    check_once("figures", [figure.id for figure in figures], where)
    for column in columns:
        options = FLAGS if column.kind == "flag" else column.options
        known[column.table][column.id] = ColumnKind(column.kind, tuple(options))
    return Catalogue({figure.id: figure.kind for figure in figures}, known)


def _amounts(indicators: Iterable[Indicator]) -> list[str]:
    """Return the school table's columns for what the indicators measure."""
    return [
        name
        for indicator in indicators
        for name in (
            [indicator.id] if indicator.shared else [f"{stage}_{indicator.id}" for stage in STAGES]
        )
    ]


def check_once(sort: str, names: Iterable[str], where: str) -> None:
    """Raise `Problem` for a name that stands twice among things of one sort."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Problem(N_("{sort}: {id!r} stands there twice"), where=where, sort=sort, id=name)
        seen.add(name)
