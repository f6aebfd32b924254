"""Checks for authors of indicator engines: what a verdict expects of whatever measures a county.

Call `check_engine(engine)` in a test of the engine. An engine need not measure every rule; what it
does measure has to be deterministic, independent of the table's order, unrounded, weighted by
pupils, and silent about what was not given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from sampling.problems import N_, Problem, Problems
from scoring.engine import IndicatorEngine
from scoring.findings import Finding, finding_record
from scoring.outcomes import MET, NOT_MEASURED, NOT_MET
from scoring.rule_set import RuleSet, load_rule_set
from scoring.school_columns import COMPULSORY, SHARED, TEACHERS
from scoring.schools import School
from scoring.verdict import check_findings

RULES = "national-2017"
EXAMPLE = ((279, 45), (137, 37), (935, 89), (160, 76), (402, 55))
"""Amount and pupils of the worked example: 0.51526 weighted; unweighted 0.489 would pass 0.50."""

Check = Callable[[IndicatorEngine, RuleSet], Iterator[Problem]]


def check_engine(engine: IndicatorEngine) -> None:
    """Raise `Problems` naming everything that an engine gets wrong under the national rule set.

    >>> from scoring.builtin_engine import BuiltinEngine
    >>> check_engine(BuiltinEngine())
    """
    rule_set = load_rule_set(RULES)
    problems = [problem for check in CHECKS for problem in check(engine, rule_set)]
    if problems:
        raise Problems(problems)


def _check_name(engine: IndicatorEngine, _: RuleSet) -> Iterator[Problem]:
    for key in ("name", "distribution", "version"):
        value = getattr(engine, key, "")
        if not isinstance(value, str) or not value.strip():
            yield Problem(N_("the engine's {key} is missing"), key=key)


def _check_own_business(engine: IndicatorEngine, rule_set: RuleSet) -> Iterator[Problem]:
    """It has findings, each about a rule that is its to measure, once per subject."""
    findings = engine.assess(_example(), rule_set)
    if not findings:
        yield Problem(N_("the engine gave no finding at all"))
    try:
        check_findings(findings, rule_set, engine.name)
    except Problem as problem:
        yield problem


def _check_same_again(engine: IndicatorEngine, rule_set: RuleSet) -> Iterator[Problem]:
    schools = _example()
    first = _records(engine.assess(schools, rule_set))
    if first != _records(engine.assess(schools, rule_set)):
        yield Problem(N_("asked twice, the engine gives different findings"))
    if first != _records(engine.assess(schools[::-1], rule_set)):
        yield Problem(N_("the order of the school table changes the findings"))


def _check_unrounded(engine: IndicatorEngine, rule_set: RuleSet) -> Iterator[Problem]:
    """4.195 teachers per 100 pupils are not 4.20."""
    school = make_school("1", "primary", {"primary": 2000}, {"degree_teachers": Fraction("83.9")})
    findings = engine.assess([school], rule_set)
    yield from _expect(findings, "resources.degree_teachers.primary", NOT_MET, Fraction("4.195"))


def _check_weighted(engine: IndicatorEngine, rule_set: RuleSet) -> Iterator[Problem]:
    """The worked example fails; the unweighted coefficient would pass."""
    findings = engine.assess(_example(), rule_set)
    yield from _expect(findings, "difference.rooms_m2.primary", NOT_MET)
    for finding in _about(findings, "difference.rooms_m2.primary"):
        shown = (finding.measured or {}).get("display", "")
        if not shown.startswith("0.515"):
            yield _wrong(finding, "0.515", shown)


def _check_division(engine: IndicatorEngine, rule_set: RuleSet) -> Iterator[Problem]:
    """5,000 m2 of a nine-year school of 600 + 300 pupils are 5.376 and 5.914 m2."""
    pupils = {"primary": 600, "junior": 300}
    school = make_school("1", "nine_year", pupils, {"rooms_m2": Fraction(5000)})
    findings = engine.assess([school], rule_set)
    yield from _expect(findings, "resources.rooms_m2.primary", MET, Fraction(5000, 930))
    yield from _expect(findings, "resources.rooms_m2.junior", MET, Fraction(5500, 930))


def _check_missing(engine: IndicatorEngine, rule_set: RuleSet) -> Iterator[Problem]:
    """What was not given is not measured, neither alone nor in a coefficient or for a school."""
    whole = make_school("1", "primary", {"primary": 100}, {})
    blank = make_school("2", "point", {"primary": 60}, {"rooms_m2": None})
    findings = engine.assess([whole, blank], rule_set)
    yield from _expect(findings, "difference.rooms_m2.primary", NOT_MEASURED)
    of_blank = [finding for finding in findings if finding.subject.id == "2"]
    for rule in ("resources.rooms_m2.primary", "resources.school"):
        yield from _expect(of_blank, rule, NOT_MEASURED)
    for finding in findings:
        if finding.rule.id.startswith(("veto.", "quality.")) and finding.outcome != NOT_MEASURED:
            yield _wrong(finding, NOT_MEASURED, finding.outcome)


def _check_scope(engine: IndicatorEngine, rule_set: RuleSet) -> Iterator[Problem]:
    """Special schools and points of fewer than 50 pupils are left out; private schools are in."""
    schools = [
        make_school("1", "primary", {"primary": 100}, {}, ownership="private"),
        make_school("2", "point", {"primary": 49}, {}),
        make_school("3", "special", {"primary": 80}, {}),
    ]
    findings = engine.assess(schools, rule_set)
    seen = {finding.subject.id for finding in findings if finding.subject.kind == "school"}
    if seen and seen != {"1"}:
        yield Problem(
            N_("expected findings about the private school only, got {got}"),
            got=", ".join(sorted(seen)),
        )


CHECKS: tuple[Check, ...] = (
    _check_name,
    _check_own_business,
    _check_same_again,
    _check_unrounded,
    _check_weighted,
    _check_division,
    _check_missing,
    _check_scope,
)


def make_school(
    school_id: str,
    kind: str,
    pupils: Mapping[str, int],
    amounts: Mapping[str, Fraction | None],
    *,
    ownership: str = "public",
) -> School:
    """Return a school that has plenty of everything but what `amounts` says otherwise."""
    plenty = Fraction(10**6)
    return School(
        school_id=school_id,
        name=f"学校{school_id}",
        township="",
        kind=kind,
        ownership=ownership,
        pupils={section: pupils.get(section, 0) for section in (*COMPULSORY, "senior")},
        teachers={
            stage: {
                name: amounts.get(name, plenty) if pupils.get(stage) else None for name in TEACHERS
            }
            for stage in COMPULSORY
        },
        shared={name: amounts.get(name, plenty) for name in SHARED},
    )


def _example() -> list[School]:
    return [
        make_school(str(number), "primary", {"primary": pupils}, {"rooms_m2": Fraction(amount)})
        for number, (amount, pupils) in enumerate(EXAMPLE, start=1)
    ]


def _records(findings: Sequence[Finding]) -> list[dict[str, object]]:
    return [finding_record(finding) for finding in findings]


def _about(findings: Sequence[Finding], rule: str) -> list[Finding]:
    return [finding for finding in findings if finding.rule.id == rule]


def _expect(
    findings: Sequence[Finding], rule: str, outcome: str, value: Fraction | None = None
) -> Iterator[Problem]:
    """Yield what is wrong with the findings about a rule; an engine may have none."""
    for finding in _about(findings, rule):
        if finding.outcome != outcome:
            yield _wrong(finding, outcome, finding.outcome)
        elif value is not None and _exact(finding) != value:
            yield _wrong(finding, str(value), str((finding.measured or {}).get("exact")))


def _exact(finding: Finding) -> Fraction | None:
    try:
        return Fraction((finding.measured or {}).get("exact", ""))
    except (ValueError, ZeroDivisionError):
        return None


def _wrong(finding: Finding, expected: str, got: str) -> Problem:
    return Problem(
        N_("rule {rule}: expected {expected}, got {got}"),
        rule=finding.rule.id,
        expected=expected,
        got=got,
    )
