"""Tests of a row: true, false, or open where a cell that is needed is blank."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from scoring.cells import Cell
from scoring.data_tables import months
from scoring.limits import compare
from scoring.rows import Row
from scoring.rule_parts import Condition


def is_passed(condition: Condition, row: Row) -> bool | None:
    """Return whether a row passes a condition; None where it cannot be told."""
    value = row.cell(condition.column)
    if value is None:
        return None
    if condition.options:
        return value in condition.options
    number = condition_value(condition, row)
    if number is None or condition.limit is None:
        return None
    return compare(number, condition.comparison, condition.limit)


def condition_value(condition: Condition, row: Row) -> Fraction | None:
    """Return the number that a condition compares, exact; None where it was not given.

    A month is its number of months; a column with `per` is divided by it, which has to be above 0.
    """
    value = _number(row.cell(condition.column))
    if not condition.per or value is None:
        return value
    divisor = _number(row.cell(condition.per))
    return value / divisor if divisor else None


def are_passed(conditions: Iterable[Condition], row: Row) -> bool | None:
    """Return whether a row passes all conditions: one that fails decides, whatever is open."""
    results = [is_passed(condition, row) for condition in conditions]
    if False in results:
        return False
    return None if None in results else True


def _number(cell: Cell) -> Fraction | None:
    if isinstance(cell, Fraction):
        return cell
    count = None if cell is None else months(cell)
    return None if count is None else Fraction(count)
