"""What the rules of a county are measured on (依据): data, rows, the reliefs that are on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scoring.citations import Title
from scoring.county_data import CountyData
from scoring.findings import Finding
from scoring.rows import Rows
from scoring.rule_parts import Relief
from scoring.rule_set import RuleSet

FindRules = Callable[[Sequence[str]], Sequence[Finding] | Title]
"""Findings of the rules named, or why there are none."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything a part is measured on.

    `reliefs` are the switches that are on. `find_rules` gives the findings of other rules.
    `recognised` are the stages of the procedure that the county has passed, None where nobody
    said; `earlier` the findings of the year before, None where there are none.
    """

    rule_set: RuleSet
    data: CountyData
    rows: Rows
    reliefs: frozenset[str]
    find_rules: FindRules
    recognised: frozenset[str] | None = None
    earlier: Sequence[Finding] | None = None

    def reliefs_of(self, owner: str, part_id: str = "") -> list[Relief]:
        """Return the reliefs switched on for a rule, or for one of its parts."""
        rule = next((rule for rule in self.rule_set.rules if rule.id == owner), None)
        if rule is None:
            return []
        on = [relief for relief in rule.reliefs if relief.id in self.reliefs]
        return [relief for relief in on if not part_id or part_id in relief.parts]
