"""Dispositions (结果代码): what became of everybody who was issued, in AAPOR's final groups.

Reference: AAPOR, Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for
Surveys, 10th edition (2023). The unit is a person named in the roster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction

from sampling.problems import N_, Problem

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class Dispositions:
    """Issued cases by final group; AAPOR's letter stands beside each.

    The numbers are cases, or base weights added up where weighted rates are wanted.
    """

    complete: Number = 0  # I
    partial: Number = 0  # P
    refusal: Number = 0  # R
    non_contact: Number = 0  # NC
    other: Number = 0  # O: eligible, no usable answer
    unknown_household: Number = 0  # UH
    unknown_other: Number = 0  # UO: nothing known of whether the person is still eligible
    not_eligible: Number = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 0:
                raise Problem(
                    N_("{group}: expected a number from 0, got {got}"),
                    group=field.name,
                    got=getattr(self, field.name),
                )

    def __add__(self, other: Dispositions) -> Dispositions:
        names = [field.name for field in fields(self)]
        return Dispositions(*(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def interviews(self) -> Number:
        """I + P."""
        return self.complete + self.partial

    @property
    def non_interviews(self) -> Number:
        """R + NC + O: eligible people without an answer."""
        return self.refusal + self.non_contact + self.other

    @property
    def unknown(self) -> Number:
        """UH + UO."""
        return self.unknown_household + self.unknown_other

    @property
    def eligible(self) -> Number:
        """Cases known to be eligible."""
        return self.interviews + self.non_interviews

    @property
    def issued(self) -> Number:
        """All cases."""
        return self.eligible + self.unknown + self.not_eligible


FINAL_GROUPS = tuple(field.name for field in fields(Dispositions))

GROUP_OF: Mapping[str, str] = {
    "answered": "complete",
    "partial": "partial",
    "refused": "refusal",
    # The roster says that the person belongs to the category, and a card went out.
    "unreachable": "non_contact",
    # A paper was handed in and cannot be used (作废).
    "spoiled": "other",
    # No card went out, or nothing was heard and nothing noted: the roster may be out of date.
    "": "unknown_other",
    "unknown_household": "unknown_household",
    "not_eligible": "not_eligible",
}
"""The final group of each disposition; blank is who has none at the close."""


@dataclass(frozen=True, slots=True)
class Case:
    """Issued people of one stratum with one disposition.

    A released reserve (替补) is a case of its own, and whoever it stands in for keeps the
    disposition of a non-respondent; reserves that were not released are no cases. `number`
    counts people, or adds up their base weights.
    """

    stratum: str
    category: str
    disposition: str
    number: Number = 1


def sort_dispositions(
    cases: Iterable[Case], group_of: Mapping[str, str] = GROUP_OF
) -> Dispositions:
    """Return how many cases end in each final group; `Problem` for an unknown disposition.

    >>> sort_dispositions([Case("s", "parent", "answered", 8), Case("s", "parent", "refused")])
    ... # doctest: +ELLIPSIS
    Dispositions(complete=8, partial=0, refusal=1, ...)
    """
    counts: dict[str, Number] = dict.fromkeys(FINAL_GROUPS, 0)
    for case in cases:
        counts[_final_group(case, group_of)] += case.number
    return Dispositions(**counts)


def _final_group(case: Case, group_of: Mapping[str, str]) -> str:
    group = group_of.get(case.disposition)
    if group not in FINAL_GROUPS:
        raise Problem(
            N_("stratum {stratum}: expected one of the dispositions {known}, got {got!r}"),
            stratum=case.stratum,
            known=", ".join(repr(name) for name in group_of),
            got=case.disposition,
        )
    return group
