"""An indicator engine that measures 生均教学及辅助用房面积 and nothing else, to show how."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from scoring.county_data import NOTHING, CountyData
from scoring.figures import exact_text, rounded_text
from scoring.findings import Finding, Subject
from scoring.rule_set import RuleSet
from scoring.schools import School
from scoring.sections import sections_in_scope

ROOMS = "rooms_m2"


class RoomsOnlyEngine:
    """Measures one indicator exactly; all other rules of a scheme stay not measured."""

    name = "rooms-only"
    distribution = "example-indicator-engine"
    version = "1.0"

    def assess(
        self,
        schools: Sequence[School],
        rule_set: RuleSet,
        data: CountyData = NOTHING,
        reliefs: Sequence[str] = (),
    ) -> list[Finding]:
        """Return a finding for each section in scope, in order of school id and stage."""
        del data, reliefs  # it looks at the school table alone
        rules = {rule.stage: rule for rule in rule_set.of_kind("indicator")
                 if rule.indicator == ROOMS}  # fmt: skip
        findings = []
        for section in sections_in_scope(schools, rule_set):
            rule, amount = rules[section.stage], section.amounts[ROOMS]
            subject = Subject("school", section.school_id, section.name, section.stage)
            if amount is None:
                findings.append(Finding(rule, subject, "not_measured"))
                continue
            value = Fraction(amount, section.pupils)
            measured = {"exact": exact_text(value), "display": rounded_text(value, 2)}
            outcome = "met" if rule.holds(value) else "not_met"
            findings.append(Finding(rule, subject, outcome, measured))
        return findings
