"""What a rule set asks a county for: figures, and tables of more than one row, as data.

Templates, imports and the checks of a rule set are all made from this catalogue. The school
table's own columns stand in `scoring.schools`; a rule set adds to them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sampling.toml_table import Table
from scoring.citations import Title, read_title

TABLES = ("schools", "classes", "special_rooms", "subjects", "years")
"""学校 班级 专用教室 监测学科 年度数据."""

COLUMN_KINDS = ("text", "choice", "flag", "count", "amount", "month", "year")
FIGURE_KINDS = ("count", "amount", "percent", "date")

DERIVED = {
    "schools": ("pupils", "compulsory_pupils", "classes", "largest_class"),
    "classes": (),
    "special_rooms": (),
    "subjects": (),
    "years": (),
}
"""Columns that nobody fills in: a school's pupils in all and in primary and junior sections, the
number of its classes and the pupils of the largest one."""

OF_SCHOOLS = ("classes", "special_rooms")
"""Tables whose rows belong to a school: their conditions may ask for ``school.COLUMN``."""

MONTH = re.compile(r"([12][0-9]{3})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class DataColumn:
    """A column of one of `TABLES`.

    `kind` is text, choice (one of `options`, code to Chinese), flag (是/否), count (whole),
    amount (a decimal from 0 up), month (``2018-09``) or year. A blank cell is not measured.
    """

    table: str
    id: str
    title: Title
    unit: str
    kind: str
    options: Mapping[str, str]
    required: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the county as a whole: count, amount, percent or date.

    `imported` ones come from another body (points of a supervision office, say) and are handed
    in with where they come from.
    """

    id: str
    title: Title
    unit: str
    kind: str
    imported: bool


def months(text: str) -> int | None:
    """Return a month as the number of months since January of the year 0; None if it is none.

    >>> months("2018-09") - months("2018-08"), months("2018")
    (1, None)
    """
    match = MONTH.fullmatch(text)
    return int(match[1]) * 12 + int(match[2]) - 1 if match else None


def read_column(table: Table) -> DataColumn:
    """Return a column of the catalogue from its table."""
    kind = table.choice("kind", COLUMN_KINDS)
    column = DataColumn(
        table=table.choice("table", TABLES),
        id=table.text("id"),
        title=read_title(table),
        unit=table.text("unit", empty=True),
        kind=kind,
        options=_options(table) if kind == "choice" else {},
        required=table.flag("required") if "required" in table.keys else False,
    )
    table.finish()
    return column


def read_figure(table: Table) -> Figure:
    """Return a figure of the catalogue from its table."""
    figure = Figure(
        id=table.text("id"),
        title=read_title(table),
        unit=table.text("unit", empty=True),
        kind=table.choice("kind", FIGURE_KINDS),
        imported=table.flag("imported") if "imported" in table.keys else False,
    )
    table.finish()
    return figure


def _options(table: Table) -> Mapping[str, str]:
    options = table.table("options")
    return {code: options.text(code) for code in options.keys}
