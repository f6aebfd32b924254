"""A stage without schools (没有该学段的学校): nothing differs where nothing is.

That the school table has no section of a stage may mean that there is none, or that it was left
out. The county tells by a figure which the rule set names (``[scope.schools_of]``): 0 says that
there is none.
"""

from __future__ import annotations

from fractions import Fraction

from scoring.citations import Title
from scoring.county_data import CountyData
from scoring.findings import Finding, Subject, not_measured
from scoring.outcomes import SHOWN
from scoring.reasons import NO_SECTIONS
from scoring.rule_set import Rule, RuleSet


def absent_finding(rule: Rule, subject: Subject, rule_set: RuleSet, data: CountyData) -> Finding:
    """Return the finding of a rule about a stage of which the school table has no section.

    Declared to be 0, the schools of the stage have no coefficient: the finding says so and decides
    nothing. Else it was not measured, and the reason tells what the county says or has to say.
    """
    named = rule_set.scope.schools_of.get(rule.stage, "")
    figure = next((one for one in rule_set.figures if one.id == named), None)
    if figure is None:
        return not_measured(rule, subject, NO_SECTIONS)
    count = data.figures.get(figure.id)
    if count == 0:
        return Finding(rule, subject, SHOWN, why=_declared(figure.title))
    if isinstance(count, Fraction):
        return not_measured(rule, subject, _contradicted(figure.title, count))
    return not_measured(rule, subject, _undeclared(figure.title))


def _declared(figure: Title) -> Title:
    return Title(
        f"县级数据“{figure.zh}”为0：没有该学段的学校，不计差异系数，不影响结论",
        f"the county's figure {figure.en!r} is 0: no school of this stage, so there is no "
        "coefficient and nothing is decided by it",
    )


def _contradicted(figure: Title, count: Fraction) -> Title:
    return Title(
        f"学校表中没有该学段在评估范围内的学校，而县级数据“{figure.zh}”为{count}",
        f"the school table has no school of this stage in scope, yet the county's figure "
        f"{figure.en!r} is {count}",
    )


def _undeclared(figure: Title) -> Title:
    return Title(
        f"{NO_SECTIONS.zh}；确实没有的，请在县级数据“{figure.zh}”填0",
        f"{NO_SECTIONS.en}; if there is none, say 0 in the county's figure {figure.en!r}",
    )
