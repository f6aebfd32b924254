"""Which codes of a survey's items count as satisfied, which leave the rate, what is a blank.

A file has items as 0 and 1, or as codes of which some are named as satisfied. Nothing is guessed:
a code that nobody chose, and a number written in two ways, are errors, for each could turn a rate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from sampling.problems import N_, Problem, Problems
from scoring.figures import FULL_WIDTH, exact_text, read_decimal
from scoring.sample_design import FloatArray
from scoring.survey_table import SurveyTable

BLANKS = frozenset({"NA", "NaN", "(空)", "(跳过)", "（空）", "（跳过）"})
"""What programs write for no answer, beside an empty cell. One that is named is a code."""
MOST_CODES = 100
SHOWN = 12
"""Of an item's codes this many are named in a message."""

ROLES = ("satisfied", "not_satisfied", "excluded", "blank", "strange")
SATISFIED, NOT_SATISFIED, EXCLUDED, BLANK, STRANGE = ROLES

Counts = Mapping[str, int]
"""Rows that have each code."""


@dataclass(frozen=True, slots=True, eq=False)
class CodedItem:
    """An item as 0 and 1.

    values
        (n,) 1 satisfied, 0 not; NaN for a blank and for a code that is excluded.
    satisfied, not_satisfied, excluded
        The codes that count so.
    blank
        Rows without an answer.
    """

    name: str
    values: FloatArray
    satisfied: Counts
    not_satisfied: Counts
    excluded: Counts
    blank: int


@dataclass(frozen=True, slots=True)
class ItemCodes:
    """Codes as text that count as satisfied, and those that leave numerator and denominator.

    Without satisfied ones, items hold 0 and 1 (also 1.0 and the like).
    """

    satisfied: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def role(self, code: str) -> str:
        """Return which of `ROLES` a code has; strange is one that is neither 0 nor 1.

        >>> ItemCodes(("1", "2"), ("9",)).role("3"), ItemCodes().role("1.0"), ItemCodes().role("2")
        ('not_satisfied', 'satisfied', 'strange')
        """
        if code in self.satisfied:
            return SATISFIED
        if code in self.excluded:
            return EXCLUDED
        if code in BLANKS:
            return BLANK
        if self.satisfied:
            return NOT_SATISFIED
        return {"1": SATISFIED, "0": NOT_SATISFIED}.get(_plain(code), STRANGE)


def code_items(table: SurveyTable, names: Sequence[str], codes: ItemCodes) -> Iterator[CodedItem]:
    """Return the items `names` of a table as 0 and 1, one after the other.

    Raises Problems with the codes found where an item has no answer, other codes than 0 and 1 or
    none of the satisfied ones, where a named code stands in no item, and where an item has the
    same number in two ways, as "1" and "1.0".
    """
    both = [code for code in codes.satisfied if code in codes.excluded]
    if both:
        raise Problem(N_("the code {code!r} is named as satisfied and as excluded"), code=both[0])
    found = {name: _count_codes(table, name) for name in names}
    problems = [
        problem
        for name, counts in found.items()
        for problem in islice(_find_problems(table, name, counts, codes), 1)
    ]
    problems = problems or list(_find_unused(table, found, codes))
    if problems:
        raise Problems(problems)
    return (_code_item(table, name, found[name], codes) for name in names)


def _count_codes(table: SurveyTable, name: str) -> Counts:
    column = table.columns[name].cat
    if len(column.categories) > MOST_CODES:
        raise Problem(
            N_("column {column} has {count} different values; an item has few codes"),
            where=str(table.path),
            column=name,
            count=len(column.categories),
        )
    codes = column.codes.to_numpy()
    counts = np.bincount(codes[codes >= 0], minlength=len(column.categories))
    return dict(zip(map(str, column.categories), counts.tolist(), strict=True))


def _find_problems(
    table: SurveyTable, name: str, counts: Counts, codes: ItemCodes
) -> Iterator[Problem]:
    """Yield what is wrong with one item, the first cause first."""
    where, shown = str(table.path), _list_codes(counts)
    by_role = {role: [code for code in counts if codes.role(code) == role] for role in ROLES}
    for code in by_role[STRANGE]:
        yield Problem(
            N_(
                "column {column}: expected 0 or 1, got {got!r}; name the codes that count as "
                "satisfied; the column has {codes}"
            ),
            where=table.where(_first_row(table, name, code)),
            column=name,
            got=code,
            codes=shown,
        )
    twins = Counter(_plain(code) for code in counts)
    for code, times in twins.items():
        if times > 1 and codes.satisfied:
            same = " / ".join(repr(other) for other in counts if _plain(other) == code)
            message = N_("column {column} has {same}: write a code in one way")
            yield Problem(message, where=where, column=name, same=same)
    if not by_role[SATISFIED] + by_role[NOT_SATISFIED]:
        message = N_("column {column} holds no answer; it has {codes}")
        yield Problem(message, where=where, column=name, codes=shown)
    if codes.satisfied and not by_role[SATISFIED]:
        message = N_("no row of column {column} has a satisfied code; the column has {codes}")
        yield Problem(message, where=where, column=name, codes=shown)


def _find_unused(
    table: SurveyTable, found: Mapping[str, Counts], codes: ItemCodes
) -> Iterator[Problem]:
    """Yield the codes that are named and that no item has."""
    total: Counter[str] = Counter()
    for counts in found.values():
        total.update(counts)
    for code in (*codes.satisfied, *codes.excluded):
        if not total[code]:
            yield Problem(
                N_("no row has the code {code!r}; the items have {codes}"),
                where=str(table.path),
                code=code,
                codes=_list_codes(total),
            )


def _code_item(table: SurveyTable, name: str, counts: Counts, codes: ItemCodes) -> CodedItem:
    parts = {
        role: {code: times for code, times in counts.items() if codes.role(code) == role}
        for role in ROLES
    }
    values = np.array(
        [{SATISFIED: 1.0, NOT_SATISFIED: 0.0}.get(codes.role(code), np.nan) for code in counts]
        + [np.nan]
    )
    column = table.columns[name].cat.codes.to_numpy()
    return CodedItem(
        name=name,
        values=values[column],
        satisfied=parts[SATISFIED],
        not_satisfied=parts[NOT_SATISFIED],
        excluded=parts[EXCLUDED],
        blank=int((column < 0).sum()) + sum(parts[BLANK].values()),
    )


def _first_row(table: SurveyTable, name: str, code: str) -> int:
    column = table.columns[name]
    return int(np.flatnonzero((column == code).to_numpy())[0])


def _plain(code: str) -> str:
    """Return a code so that the same number, or the same text in full width, is the same.

    >>> _plain("1.0"), _plain("１"), _plain("Ａ")
    ('1', '1', 'A')
    """
    try:
        return exact_text(read_decimal(code))
    except Problem:
        return code.translate(FULL_WIDTH).strip()


def _list_codes(counts: Counts) -> str:
    shown = ", ".join(f"{code!r} ({times})" for code, times in islice(counts.items(), SHOWN))
    if len(counts) <= SHOWN:
        return shown or "-"
    return f"{shown}, … ({len(counts)})"
