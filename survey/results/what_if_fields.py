"""The figures of a school, or of the county, as fields in which another value can be tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scoring.cells import cell_text
from scoring.school_layout import layout_of
from scoring.schools import School, school_row
from scoring.what_if import Change
from survey.results.figures import Figures

FIXED = ("school_id", "name", "township")
"""Columns that no rule asks for."""


@dataclass(frozen=True, slots=True)
class Field:
    """A figure: its code name, its titles and unit, its value now, the value to be tried."""

    name: str
    title: Mapping[str, str]
    unit: str
    value: str
    tried: str
    options: Mapping[str, str]

    @property
    def is_changed(self) -> bool:
        """Whether another value is tried."""
        return self.tried != self.value


def school_fields(figures: Figures, school: School, typed: Mapping[str, str]) -> list[Field]:
    """Return the figures of a school, with what was typed beside what they are."""
    row = school_row(school)
    return [
        Field(
            column.name,
            {"zh": column.header_zh, "en": column.header_en},
            column.unit,
            row.get(column.name, ""),
            typed.get(column.name, row.get(column.name, "")).strip(),
            column.options or {},
        )
        for column in layout_of(figures.rule_set).columns
        if column.name not in FIXED
    ]


def county_fields(figures: Figures, typed: Mapping[str, str]) -> list[Field]:
    """Return the figures of the county, with what was typed beside what they are."""
    given = figures.data.figures
    return [
        Field(
            figure.id,
            {"zh": figure.title.zh, "en": figure.title.en},
            figure.unit,
            cell_text(given.get(figure.id)),
            typed.get(figure.id, cell_text(given.get(figure.id))).strip(),
            {},
        )
        for figure in figures.rule_set.figures
    ]


def typed_changes(fields: Sequence[Field], school_id: str) -> list[Change]:
    """Return the fields that were changed; columns go by their headers, as messages name them."""
    return [
        Change(school_id, field.title["zh"], field.tried) for field in fields if field.is_changed
    ]
