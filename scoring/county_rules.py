"""The rules about a county as a whole (政府保障, 教育质量, 申报条件, 不予认定): a finding for each.

A rule is measured part by part. A part that rests on other rules has these measured first,
whatever the order of the rule set; a circle leaves them unmeasured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scoring.citations import Title
from scoring.county_data import CountyData
from scoring.county_measures import measure_part
from scoring.findings import COUNTY, Finding, not_measured
from scoring.ground import Ground
from scoring.outcomes import MET, NOT_MEASURED, combine
from scoring.part_findings import PartFinding, part_record, title_record
from scoring.reasons import IN_CIRCLE, NO_PARTS, UNSEEN_SURVEY
from scoring.rows import make_rows
from scoring.rule_parts import Part, Reading
from scoring.rule_set import PART_KINDS, Rule, RuleSet
from scoring.rule_set_checks import rules_named
from scoring.schools import School


class CountyRules:
    """Measures the rules that are made of parts, each once.

    Parameters
    ----------
    findings
        Those of all other kinds, which rules may rest on; and those that an outside system made
        of rules of these kinds, which stand as they are.
    recognised, earlier
        What targets of a plan may ask for besides (`scoring.ground.Ground`).
    """

    def __init__(
        self,
        rule_set: RuleSet,
        schools: Sequence[School],
        data: CountyData,
        reliefs: Iterable[str],
        findings: Sequence[Finding],
        *,
        recognised: frozenset[str] | None = None,
        earlier: Sequence[Finding] | None = None,
    ) -> None:
        self._rule_set = rule_set
        self._given = findings
        self._done = {f.rule.id: f for f in findings if f.rule.kind in PART_KINDS and f.engine}
        self._under_way: set[str] = set()
        self.ground = Ground(
            rule_set=rule_set,
            data=data,
            rows=make_rows(schools, data, rule_set),
            reliefs=frozenset(reliefs),
            find_rules=self._find,
            recognised=recognised,
            earlier=earlier,
        )

    def findings(self) -> list[Finding]:
        """Return the findings in the rule set's order."""
        return [self._finding(rule) for rule in self._rule_set.of_kind(*PART_KINDS)]

    def measure(self, owner: str, parts: Sequence[Part]) -> list[PartFinding]:
        """Return what is measured of the parts of a rule, a reading or a target."""
        return [measure_part(part, owner, self.ground) for part in parts]

    def _finding(self, rule: Rule) -> Finding:
        if rule.id not in self._done:
            self._under_way.add(rule.id)
            self._done[rule.id] = self._measure_rule(rule)
            self._under_way.remove(rule.id)
        return self._done[rule.id]

    def _measure_rule(self, rule: Rule) -> Finding:
        if not rule.parts:
            return not_measured(rule, COUNTY, rule.open or NO_PARTS)
        parts = self.measure(rule.id, rule.parts)
        readings = [self._read(rule, reading) for reading in rule.readings]
        return rule_finding(rule, parts, readings)

    def _read(self, rule: Rule, reading: Reading) -> dict[str, object]:
        """Return another reading of a rule: measured and shown, never decisive."""
        parts = self.measure(rule.id, reading.parts)
        return {
            "id": reading.id,
            "title": title_record(reading.title),
            "outcome": combine(part.outcome for part in parts),
            "parts": [part_record(part) for part in parts],
        }

    def _find(self, names: Sequence[str]) -> Sequence[Finding] | Title:
        """Return the findings of rules by id or prefix."""
        rules = rules_named(self._rule_set.rules, names)
        if any(rule.id in self._under_way for rule in rules):
            return IN_CIRCLE
        ids = {rule.id for rule in rules}
        if any(rule.kind == "survey" for rule in rules) and not any(
            finding.rule.kind == "survey" for finding in self._given
        ):
            return UNSEEN_SURVEY
        given = [
            finding
            for finding in self._given
            if finding.rule.id in ids and finding.rule.kind not in PART_KINDS
        ]
        return given + [self._finding(rule) for rule in rules if rule.kind in PART_KINDS]


def rule_finding(
    rule: Rule, parts: Sequence[PartFinding], readings: Sequence[dict[str, object]] = ()
) -> Finding:
    """Return the finding of a rule out of its parts.

    With one part, that part's value and limit are the rule's. With several, what is measured is
    how many hold, against how many must: all, or one.
    """
    outcome = combine((part.outcome for part in parts), rule.holds_if)
    (first, *others) = parts
    held = sum(part.outcome == MET for part in parts)
    measured, limit, comparison = first.measured, first.limit, first.comparison
    if others:
        measured = {"exact": str(held), "display": f"{held} / {len(parts)}"}
        limit, comparison = str(len(parts) if rule.holds_if == "all" else 1), ">="
    missing = [part.why for part in parts if part.outcome == NOT_MEASURED and part.why]
    return Finding(
        rule,
        COUNTY,
        outcome,
        None if outcome == NOT_MEASURED else measured,
        {
            "holds_if": rule.holds_if,
            "parts": [part_record(part) for part in parts],
            "readings": list(readings),
        },
        limit=limit,
        comparison=comparison,
        why=_join(missing) if outcome == NOT_MEASURED else None,
        reliefs=tuple(dict.fromkeys(relief for part in parts for relief in part.reliefs)),
        is_flipped=any(part.is_flipped for part in parts),
    )


def _join(reasons: Sequence[Title]) -> Title | None:
    """Return all reasons as one, each once."""
    if not reasons:
        return None
    each = list(dict.fromkeys(reasons))
    return Title("；".join(r.zh for r in each), "; ".join(r.en for r in each))
