"""A rule of a scheme, and an indicator that rules are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from sampling.problems import N_, Problem
from scoring.citations import Source, Title
from scoring.limits import compare
from scoring.rule_parts import Part, Reading, Relief

STAGES = ("primary", "junior")
KINDS = (
    "indicator",
    "school",
    "difference",
    "composite",
    "survey",
    "judgement",
    "figure",
    "veto",
)
MEASURED_KINDS = ("indicator", "school", "difference", "survey")
"""Kinds that are measured from the school table and the survey; the others have parts."""
PART_KINDS = ("judgement", "figure", "veto")


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is measured in a school: an amount per so many pupils.

    `id` is also the name of the amount in the school table (`amount` is its title); a shared
    amount is divided between the sections of an integrated school.
    """

    id: str
    title_zh: str
    title_en: str
    unit: str
    per_pupils: Fraction
    shared: bool
    amount: Title


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the scheme with its citation.

    `limit_text` is the limit as the file has it and `limit` its exact value; both are empty for
    rules that have parts, and for what is only shown (then it is not decisive). `mark` is T
    where the quote stands in the source, P where it was found in a public form or notice, ?
    where no text settles it. `open` says why a rule without parts cannot be measured. `holds_if`
    is ``"all"`` or ``"any"`` of the parts.
    """

    id: str
    kind: str
    decisive: bool
    title_zh: str
    title_en: str
    source: Source
    article: str
    quote: str
    mark: str
    comparison: str = ""
    limit_text: str = ""
    limit: Fraction | None = None
    stage: str = ""
    indicator: str = ""
    floor: Fraction | None = None
    aspect: str = ""
    parts: tuple[Part, ...] = ()
    holds_if: str = "all"
    readings: tuple[Reading, ...] = ()
    reliefs: tuple[Relief, ...] = ()
    open: Title | None = None
    note: Title | None = None

    def holds(self, value: Fraction) -> bool:
        """Return whether `value` keeps the limit, compared exactly."""
        if self.limit is None:
            raise Problem(N_("rule {rule} has no limit to compare with"), rule=self.id)
        return compare(value, self.comparison, self.limit)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which schools the indicators look at.

    `schools_of` names, by stage, the county's figure that says how many schools there are; 0 says
    that the county has none.
    """

    kinds_out: tuple[str, ...]
    point_min_pupils: int
    schools_of: Mapping[str, str] = field(default_factory=dict)
