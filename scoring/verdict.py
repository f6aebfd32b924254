"""认定: all findings of a county, and met, not met or undecided out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from scoring.engine import IndicatorEngine
from scoring.figures import display_text, exact_text
from scoring.findings import Finding, Subject, not_measured
from scoring.rate import check_rate
from scoring.resource_indicators import MET, NOT_MEASURED, NOT_MET
from scoring.rule_set import MEASURED_KINDS, RuleSet
from scoring.schools import School

UNDECIDED = "undecided"
PERCENT = 100


def find_all(
    schools: Sequence[School],
    rate: Mapping[str, object] | None,
    rule_set: RuleSet,
    engine: IndicatorEngine,
) -> list[Finding]:
    """Return every finding under the rule set: survey, schools, coefficients, and what is open.

    The survey comes first, as the national procedure has it. Rules that need a judgement or
    figures nobody gave are listed as not measured.
    """
    county = Subject("county", "", "")
    unmeasured = [rule for rule in rule_set.rules if rule.kind not in MEASURED_KINDS]
    return [
        survey_finding(rate, rule_set),
        *engine.assess(schools, rule_set),
        *(not_measured(rule, county) for rule in unmeasured),
    ]


def survey_finding(rate: Mapping[str, object] | None, rule_set: RuleSet) -> Finding:
    """Return the finding of the recognition rate, judged on the pooled count in whole papers.

    Not measured without a rate or a valid paper. Raises `Problem` for a rate of another rule set.
    """
    rule = rule_set.survey_rule
    county = Subject("county", "", "")
    if rate is None:
        return not_measured(rule, county)
    numerator, denominator = check_rate(rate, rule_set)
    if not denominator:
        return not_measured(rule, county)
    share = Fraction(numerator, denominator)
    limit = None if rule.limit is None else PERCENT * rule.limit
    return Finding(
        rule,
        county,
        MET if rule.holds(share) else NOT_MET,
        {"exact": exact_text(share), "display": display_text(PERCENT * share, limit) + " %"},
        {
            "numerator": numerator,
            "denominator": denominator,
            "words": rate.get("words"),
            "depends_on_reading": rate.get("depends_on_reading"),
        },
    )


def decide(findings: Sequence[Finding]) -> str:
    """Return met, not_met or undecided from the decisive findings.

    One that is not met decides; else one that was not measured leaves the verdict open. There
    is no total score and no default.
    """
    outcomes = {finding.outcome for finding in findings if finding.rule.decisive}
    if NOT_MET in outcomes:
        return NOT_MET
    return UNDECIDED if NOT_MEASURED in outcomes or not outcomes else MET


def missing_rules(findings: Sequence[Finding]) -> list[str]:
    """Return the ids of decisive rules that were not measured, each once, in order."""
    missing = [f.rule.id for f in findings if f.rule.decisive and f.outcome == NOT_MEASURED]
    return list(dict.fromkeys(missing))
