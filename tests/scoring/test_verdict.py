from __future__ import annotations

import pytest

from sampling.problems import Problem
from scoring.builtin_engine import BuiltinEngine
from scoring.findings import Finding, Subject
from scoring.rate import recognition_rate
from scoring.schools import parse_schools
from scoring.verdict import decide, find_all, missing_rules, survey_finding
from tests.scoring.makers import NATIONAL, make_county, make_round, make_row, number_rows

COUNTY = Subject("county", "", "")


def finding(rule: str, outcome: str) -> Finding:
    return Finding(NATIONAL.rule(rule), COUNTY, outcome)


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ({"survey.rate": "met", "veto.1": "met"}, "met"),
        ({"survey.rate": "met", "veto.1": "not_measured"}, "undecided"),
        ({"survey.rate": "not_met", "veto.1": "not_measured"}, "not_met"),
        ({"survey.rate": "met", "resources.rooms_m2.primary": "not_met"}, "met"),
        ({"resources.rooms_m2.primary": "met"}, "undecided"),
        ({}, "undecided"),
    ],
)
def test_one_miss_decides_and_one_gap_leaves_it_open(
    outcomes: dict[str, str], verdict: str
) -> None:
    assert decide([finding(rule, outcome) for rule, outcome in outcomes.items()]) == verdict


def test_what_is_missing_is_listed_once() -> None:
    findings = [finding("veto.1", "not_measured")] * 2 + [finding("veto.2", "met")]
    assert missing_rules([*findings, finding("survey.rate", "not_measured")]) == [
        "veto.1", "survey.rate"]  # fmt: skip


@pytest.mark.parametrize(
    ("satisfied", "dissatisfied", "outcome", "display"),
    [(17, 3, "met", "85.00 %"), (96, 17, "not_met", "84.96 %"), (0, 0, "not_measured", None)],
)
def test_the_survey_is_judged_in_whole_papers(
    satisfied: int, dissatisfied: int, outcome: str, display: str | None
) -> None:
    papers, strata = make_round({"parent": (satisfied, dissatisfied, 0)})
    found = survey_finding(recognition_rate(papers, strata, NATIONAL), NATIONAL)
    assert found.outcome == outcome
    assert (found.measured or {}).get("display") == display


def test_without_a_survey_there_is_no_default() -> None:
    assert survey_finding(None, NATIONAL).outcome == "not_measured"


def test_a_rate_of_another_rule_set_is_refused() -> None:
    rate = recognition_rate(*make_county(54, 6), NATIONAL)
    rate["rule"] = {"rule_set": "county-2030", "digest": "0" * 64}
    with pytest.raises(Problem, match="county-2030, the verdict is under national-2017"):
        survey_finding(rate, NATIONAL)


def test_every_rule_of_the_scheme_has_a_finding() -> None:
    rows = [make_row("1", primary=100), make_row("2", "junior", junior=100)]
    schools = parse_schools(number_rows(rows), "x")
    findings = find_all(schools, None, NATIONAL, BuiltinEngine())
    assert {f.rule.id for f in findings} == {rule.id for rule in NATIONAL.rules}
    assert findings[0].rule.id == "survey.rate"
