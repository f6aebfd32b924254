"""The door that indicator engines come through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from scoring.findings import Finding
from scoring.rule_set import RuleSet
from scoring.schools import School


class IndicatorEngine(Protocol):
    """What measures schools against a rule set.

    `name` and `version` stand in every verdict. `assess` is a function of its arguments: same
    schools in any order, same findings in the same order; unrounded; what was not given is
    "not_measured", never a default. It covers rules of the kinds indicator, school and
    difference; the survey's rate never passes through an engine.
    """

    @property
    def name(self) -> str:
        """The engine's name, e.g. ``"built-in"``."""
        ...

    @property
    def version(self) -> str:
        """The engine's version; a new one whenever a finding can come out differently."""
        ...

    def assess(self, schools: Sequence[School], rule_set: RuleSet) -> list[Finding]:
        """Return the findings for all schools and for the county."""
        ...
