"""The school table of a rule set: its columns follow from the indicators and what rules ask for."""

from __future__ import annotations

from collections.abc import Iterator

from scoring.data_tables import DataColumn
from scoring.rule_set import Indicator, RuleSet
from scoring.school_columns import (
    COMPULSORY,
    FLAGS,
    HEAD_COLUMNS,
    SECTION_TITLES,
    Column,
    SchoolLayout,
)


def layout_of(rule_set: RuleSet) -> SchoolLayout:
    """Return the layout of the school table that the rule set is judged on.

    An indicator's amount is a column of the school where sections share it, and else one of each
    section: ``primary_X`` and ``junior_X``. Further columns may be missing in a file.

    >>> from scoring.rule_set import load_rule_set
    >>> layout_of(load_rule_set("inner-mongolia-basic-2012")).own
    ('teachers', 'degree_teachers', 'middle_rank_teachers')
    """
    own = tuple(indicator for indicator in rule_set.indicators if not indicator.shared)
    shared = tuple(indicator for indicator in rule_set.indicators if indicator.shared)
    more = tuple(data_column(column) for column in rule_set.columns_of("schools"))
    return SchoolLayout(
        columns=(*HEAD_COLUMNS, *_own_columns(own), *map(_shared_column, shared), *more),
        own=tuple(indicator.id for indicator in own),
        shared=tuple(indicator.id for indicator in shared),
        more=tuple(column.name for column in more),
    )


def data_column(column: DataColumn) -> Column:
    """Return a column of the rule set's catalogue as a column of a table."""
    return Column(
        column.id,
        column.title.zh,
        column.title.en,
        column.unit,
        column.kind,
        FLAGS if column.kind == "flag" else column.options or None,
        is_expected=column.required,
        required=column.required,
    )


def _own_columns(indicators: tuple[Indicator, ...]) -> Iterator[Column]:
    for section in COMPULSORY:
        zh, en = SECTION_TITLES[section]
        for one in indicators:
            title_en = f"{en}: {one.amount.en[:1].lower()}{one.amount.en[1:]}"
            yield Column(
                f"{section}_{one.id}", f"{zh}{one.amount.zh}", title_en, one.unit, "amount"
            )


def _shared_column(indicator: Indicator) -> Column:
    amount = indicator.amount
    return Column(indicator.id, amount.zh, amount.en, indicator.unit, "amount")
