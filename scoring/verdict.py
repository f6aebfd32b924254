"""认定: all findings of a county, and met, not met or undecided out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from sampling.problems import N_, Problem, Problems
from scoring.county_data import NOTHING, CountyData, county_rows
from scoring.engine import IndicatorEngine
from scoring.figures import display_text, exact_text
from scoring.findings import COUNTY, Finding, Subject, not_measured
from scoring.outcomes import MET, NOT_MEASURED, NOT_MET, OUTCOMES
from scoring.outside_results import overlay, read_results
from scoring.part_findings import round_off
from scoring.rate import check_rate
from scoring.reasons import NO_ENGINE, NO_PAPERS, NO_RATE
from scoring.rule_set import PART_KINDS, RuleSet
from scoring.schools import School, school_row

UNDECIDED = "undecided"
PERCENT = 100
LONGEST_WORD = 80


def find_all(
    schools: Sequence[School],
    rate: Mapping[str, object] | None,
    rule_set: RuleSet,
    engine: IndicatorEngine,
    *,
    data: CountyData = NOTHING,
    reliefs: Sequence[str] = (),
    results: Mapping[str, object] | None = None,
) -> list[Finding]:
    """Return every finding under the rule set: survey, schools, coefficients, the county.

    The survey comes first, as the national procedure has it, where the scheme has one. Rules
    that the engine gave no finding for are listed as not measured. What an outside system found
    (`results`, its record) takes the place of the engine's own. Raises `Problem` for reliefs
    that the rule set does not know, for an engine that says what is not its to say, and for
    results that do not fit the rule set.
    """
    check_reliefs(reliefs, rule_set)
    survey = [survey_finding(rate, rule_set)] if rule_set.has_survey else []
    measured = _ask(engine, schools, rule_set, data, tuple(sorted(set(reliefs))))
    check_findings(measured, rule_set, engine.name)
    findings = [*survey, *measured, *unmeasured_rules([*survey, *measured], rule_set)]
    if results is None:
        return findings
    outside = read_results(results, rule_set)
    return overlay(
        findings, outside, rule_set=rule_set, schools=schools, data=data, reliefs=reliefs
    )


def _ask(
    engine: IndicatorEngine,
    schools: Sequence[School],
    rule_set: RuleSet,
    data: CountyData,
    reliefs: tuple[str, ...],
) -> list[Finding]:
    """Return what an engine finds; `Problem` where it breaks, or changes what it was given.

    A stranger's code is called here: what it raises is told, and what it was asked about has to
    be the same afterwards, for that is what the verdict says it was made from.
    """
    before = _input_rows(schools, data)
    try:
        measured = [*engine.assess(schools, rule_set, data, reliefs)]
    except (Problem, Problems):
        raise
    except Exception as error:  # whatever a stranger's package may raise
        raise Problem(
            N_("engine {engine} failed: {reason}"),
            engine=engine.name,
            reason=f"{type(error).__name__}: {error}",
        ) from error
    if _input_rows(schools, data) != before:
        raise Problem(N_("engine {engine} changed the county's figures"), engine=engine.name)
    return measured


def _input_rows(schools: Sequence[School], data: CountyData) -> object:
    return [school_row(school) for school in schools], county_rows(data)


def check_reliefs(reliefs: Sequence[str], rule_set: RuleSet) -> None:
    """Raise `Problem` for a switch that the rule set does not have."""
    unknown = sorted(set(reliefs) - set(rule_set.reliefs))
    if unknown:
        raise Problem(
            N_("rule set {id} has no relief {relief!r}; known are: {known}"),
            id=rule_set.id,
            relief=unknown[0],
            known=", ".join(rule_set.reliefs) or "-",
        )


def check_findings(findings: Sequence[Finding], rule_set: RuleSet, engine: str) -> None:
    """Raise `Problem` for a finding that an engine may not make.

    What is no finding at all or holds anything but texts as its value; one about the survey, about
    a rule that the rule set does not have, of an outcome that there is not, or a second one about
    the same rule and subject.
    """
    rules = {rule.id: rule for rule in rule_set.rules}
    seen = set()
    for finding in findings:
        if not _is_finding(finding):
            raise Problem(
                N_("engine {engine} gave {got}, which is no finding"),
                engine=engine,
                got=repr(finding)[:LONGEST_WORD],
            )
        rule, key = rules.get(finding.rule.id), (finding.rule.id, finding.subject)
        if rule is None or rule.kind == "survey" or finding.outcome not in OUTCOMES:
            raise Problem(
                N_("engine {engine} gave {outcome!r} for rule {rule}, which is not its to say"),
                engine=engine,
                outcome=finding.outcome,
                rule=finding.rule.id,
            )
        if key in seen:
            raise Problem(
                N_("engine {engine} gave two findings for rule {rule} and {subject}"),
                engine=engine,
                rule=finding.rule.id,
                subject=finding.subject.id or finding.subject.kind,
            )
        seen.add(key)


def _is_finding(found: object) -> bool:
    if not isinstance(found, Finding) or not isinstance(found.subject, Subject):
        return False
    texts = found.measured is None or all(isinstance(v, str) for v in found.measured.values())
    subject = found.subject
    named = (subject.kind, subject.id, subject.name, subject.stage)
    return texts and all(isinstance(name, str) for name in named)


def unmeasured_rules(findings: Sequence[Finding], rule_set: RuleSet) -> list[Finding]:
    """Return a finding for each rule that was not measured though it decides or is the county's."""
    found = {finding.rule.id for finding in findings}
    return [
        not_measured(rule, COUNTY, NO_ENGINE)
        for rule in rule_set.rules
        if rule.id not in found and (rule.decisive or rule.kind in PART_KINDS)
    ]


def survey_finding(rate: Mapping[str, object] | None, rule_set: RuleSet) -> Finding:
    """Return the finding of the recognition rate, judged on the pooled count in whole papers.

    Not measured without a rate or a valid paper. Raises `Problem` for a rate of another rule set.
    """
    rule = rule_set.survey_rule
    if rate is None:
        return not_measured(rule, COUNTY, NO_RATE)
    numerator, denominator = check_rate(rate, rule_set)
    if not denominator:
        return not_measured(rule, COUNTY, NO_PAPERS)
    share = Fraction(numerator, denominator)
    limit = None if rule.limit is None else PERCENT * rule.limit
    holds = rule.holds(share)
    return Finding(
        rule,
        COUNTY,
        MET if holds else NOT_MET,
        {"exact": exact_text(share), "display": display_text(PERCENT * share, limit) + " %"},
        {
            "numerator": numerator,
            "denominator": denominator,
            "words": rate.get("words"),
            "depends_on_reading": rate.get("depends_on_reading"),
        },
        is_flipped=rule.holds(round_off(PERCENT * share) / PERCENT) != holds,
    )


def decide(findings: Sequence[Finding]) -> str:
    """Return met, not_met or undecided from the decisive findings.

    One that is not met decides; else one that was not measured leaves the verdict open. What is
    only shown decides nothing. There is no total score and no default.
    """
    outcomes = {finding.outcome for finding in findings if finding.rule.decisive}
    if NOT_MET in outcomes:
        return NOT_MET
    return UNDECIDED if NOT_MEASURED in outcomes or MET not in outcomes else MET


def missing_rules(findings: Sequence[Finding]) -> list[str]:
    """Return the ids of decisive rules that were not measured, each once, in order."""
    missing = [f.rule.id for f in findings if f.rule.decisive and f.outcome == NOT_MEASURED]
    return list(dict.fromkeys(missing))
