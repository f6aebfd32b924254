from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from sampling.problems import Problem
from scoring.rule_set import (
    RULE_SETS,
    RuleSet,
    compare,
    load_rule_set,
    read_rule_set,
    rule_set_ids,
)

NATIONAL = (RULE_SETS / "national-2017.toml").read_text(encoding="utf-8")

# 教督〔2017〕6号, article 6: limit of primary and junior schools.
LIMITS = {
    "degree_teachers": ("4.2", "5.3"),
    "backbone_teachers": ("1", "1"),
    "pe_art_teachers": ("0.9", "0.9"),
    "rooms_m2": ("4.5", "5.8"),
    "grounds_m2": ("7.5", "10.2"),
    "equipment_yuan": ("2000", "2500"),
    "multimedia_rooms": ("2.3", "2.4"),
}
# The floors that 85 % of them are.
FLOORS = {
    ("degree_teachers", "primary"): "3.57",
    ("degree_teachers", "junior"): "4.505",
    ("pe_art_teachers", "primary"): "0.765",
    ("rooms_m2", "junior"): "4.93",
    ("grounds_m2", "primary"): "6.375",
    ("equipment_yuan", "junior"): "2125",
    ("multimedia_rooms", "primary"): "1.955",
}


@pytest.fixture(scope="module")
def national() -> RuleSet:
    return load_rule_set("national-2017")


@pytest.mark.parametrize(("indicator", "limits"), LIMITS.items())
def test_the_limits_are_those_of_article_6(
    national: RuleSet, indicator: str, limits: tuple[str, str]
) -> None:
    for stage, limit in zip(("primary", "junior"), limits, strict=True):
        rule = national.rule(f"resources.{indicator}.{stage}")
        assert (rule.limit, rule.comparison) == (Fraction(limit), ">=")
        assert rule.article.startswith("第六条")
        assert limit in rule.quote


@pytest.mark.parametrize(("place", "floor"), FLOORS.items())
def test_the_floor_is_85_percent_of_the_limit(
    national: RuleSet, place: tuple[str, str], floor: str
) -> None:
    (school,) = national.of_kind("school")
    limit = national.rule("resources.{}.{}".format(*place)).limit
    assert limit is not None
    assert school.floor is not None
    assert school.floor * limit == Fraction(floor)


def test_the_coefficients_may_be_half_in_primary_schools_and_less_in_junior_ones(
    national: RuleSet,
) -> None:
    limits = {
        (rule.indicator, rule.stage): rule.limit_text for rule in national.of_kind("difference")
    }
    assert limits == {
        (indicator, stage): limit
        for indicator in LIMITS
        for stage, limit in (("primary", "0.50"), ("junior", "0.45"))
    }


def test_everything_that_has_to_hold_is_there(national: RuleSet) -> None:
    count = {
        prefix: sum(rule.id.startswith(prefix) for rule in national.rules)
        for prefix in ("guarantee.", "quality.", "condition.", "veto.")
    }
    assert count == {"guarantee.": 15, "quality.": 9, "condition.": 5, "veto.": 6}
    shown = {rule.id for rule in national.of_kind("indicator", "composite")}
    assert {rule.id for rule in national.rules if not rule.decisive} == {*shown, "interviews.rate"}


def test_every_guarantee_quality_condition_and_veto_can_be_measured(national: RuleSet) -> None:
    for rule in national.of_kind("judgement", "figure", "veto"):
        assert rule.parts, rule.id
        assert rule.open is None


def test_every_rule_is_cited(national: RuleSet) -> None:
    for rule in national.rules:
        assert rule.source.number
        assert rule.article
        assert rule.quote
        assert rule.mark in ("T", "P", "?")


def test_the_survey_is_judged_as_stated(national: RuleSet) -> None:
    rule = national.counting_rule
    assert national.survey_rule.limit == Fraction(17, 20)
    assert (rule.item, rule.mode) == ("overall", "overall item")
    assert rule.satisfied == ("satisfied", "mostly", "basically")
    assert rule.excluded == ("unknown",)
    assert (national.level, national.min_cell) == (Fraction(19, 20), 5)


@pytest.mark.parametrize("rule_set_id", rule_set_ids())
def test_every_rule_set_is_named_after_its_file_and_loads(rule_set_id: str) -> None:
    rule_set = load_rule_set(rule_set_id)
    assert rule_set.id == rule_set_id
    assert rule_set.digest == load_rule_set(rule_set_id).digest


# Published means: part of a release. From then on a correction is a new file and a new line here,
# for certificates name these digests.
EDITIONS = {
    "city-three-years-2022": "4ef15f3c4b4013d7c6c40622b2b66cf0adc90a3baffb2fbe5d5a1748c3a6361f",
    "county-six-aspects-2020": "bbc2716f73a792b0bf21848d22cda7e5285e890aab4a20b7607a76e0a00f70f6",
    "county-yearly-2018": "a2b4ed4352d4cf98f4217ce5e7a03200b6dd667069c3979b4f506f7485f7f6f8",
    "district-integration-2017": "e18e10ef11daca56baec4a312bf696680a5dbdd847a1826618617a0977cf5502",
    "guigang-2022": "b41bc7685da6ba7c60e302298663d1e2df22477ce43153775af07868de7bf51d",
    "inner-mongolia-2022": "154a3ec041e4330bb387e5d9947f19b10169ca29fa34b295824dc088c5727bf5",
    "inner-mongolia-basic-2012": "cb97e4458c2946129cd22e5c1baf438ca2a4a1fb3864824a86a520c8279f9e5c",
    "national-2017": "c5543e60cf0c608ef20d6823461ec80f4bd4fc7bd33127b69303d3cd128cf25a",
    "ordos-2024": "4c85efce2e467b050728892bac17590b9027db57e5ee0998dd06bcce1e4ac3c2",
    "shenyang": "5b864b131a501e31ed6364f309ebf431e5de654ced2830b8a0c6a9aa7d7860a3",
    "weihai-2023": "a2757c2fba8840469716375252f7276b948fa8be745cc4211cb2061fd5076a67",
    "wenshan-2024": "94e29249e56b0023a7eb274b8531ee101008352753dc47ae42f6edf944e3309a",
}


def test_a_published_edition_is_never_edited() -> None:
    assert {name: load_rule_set(name).digest for name in rule_set_ids()} == EDITIONS


FAULTS = [
    ('limit = "4.2"', "limit = 4.2", r"resources.degree_teachers.primary\].limit.*in quotes.*4\.2"),
    ('limit = "4.2"', 'limit = "four"', r"limit.*number in quotes.*four"),
    ('comparison = "<="', 'comparison = "=<"', r"comparison.*one of >=, <=, <.*=<"),
    ('stage = "junior"', 'stage = "senior"', r"stage.*one of primary, junior.*senior"),
    ('mark = "T"', 'mark = "X"', r"mark.*one of T, P, \?.*X"),
    ('source = "measures"', 'source = "hearsay"', r"source.*one of measures, guide.*hearsay"),
    ('article = "第九条"\n', "", r"survey.rate\].article.*missing"),
    ('quote = "社会认可度达到85%以上"', 'quote = " "', r"survey.rate\].quote.*expected a text"),
    ("decisive = true", 'decisive = "yes"', r"decisive.*true or false"),
    ("decisive = true", "decisive = true\ndecisve = true", r"unknown key.*decisve"),
    ("min_cell = 5", "min_cell = 0", r"survey.min_cell.*whole number from 1"),
    ('level = "0.95"', 'level = "95"', r"survey.level.*between 0 and 1"),
    ("format = 1", "format = 2", r"format.*whole number from 1 to 1.*2"),
    ('"unknown"]', '"dunno"]', r"survey.excluded.*list of satisfied.*dunno"),
    ('"unknown"]', '"basically"]', r"both satisfied and excluded"),
    ('id = "veto.2"', 'id = "veto.1"', r"veto.1.*twice"),
    ('indicator = "rooms_m2"', 'indicator = "rooms"', r"one of the indicators.*'rooms'"),
    ('junior = "1.1"', 'juniour = "1.1"', r"unknown key.*splits.nine_year.juniour"),
    (
        'mode = "overall item"',
        'mode = "some items"',
        r"survey.mode.*one of overall item, every item",
    ),
    ('mode = "overall item"', 'mode = "every item"', r"survey.items.*missing"),
    ('mode = "overall item"', 'mode = "every item"\nitems = ["a", "a"]', r"items.*different names"),
    ("min_cell = 5", "min_cell = 5\npoints = {mostly = 0}", r"points.*one option with a point"),
    ("min_cell = 5", "min_cell = 5\npoints = {mostly = -1}", r"points.mostly.*whole number from 0"),
    ("min_cell = 5", "min_cell = 5\npoints = {good = 1}", r"unknown key.*survey.points.good"),
    ('kind = "survey"', 'kind = "judgement"', r"unknown key.*survey.rate\]"),
    ("[scope]", "[scope", r"is not TOML"),
    ('kinds_out = ["special"', 'kinds_out = ["specials"', r"scope.kinds_out.*special.*specials"),
    ("[splits.nine_year]", "[splits.nine_years]", r"splits.nine_years.*one of primary, junior"),
    ('aspect = "veto"', 'aspect = "vetoes"', r"aspect.*one of condition, resources.*vetoes"),
    ('accepted = ["yes"]', 'accepted = ["maybe"]', r"parts\[layout\].accepted.*yes, no.*maybe"),
    ('options = ["poor", ', 'options = ["bad", ', r"options.*poor, fair, good.*bad"),
    ('measure = "answer"', 'measure = "guess"', r"measure.*one of figure, every.*guess"),
    ('figures = ["teachers_pay_yuan"]', 'figures = ["pay"]', r"figures.*teachers_pay_yuan.*pay"),
    ('limit_figure = "civil_servants_pay_yuan"', "", r"comparison"),
    ('per = ["full_time_teachers"]', 'per = ["applied_on"]', r"per.*figures out of.*applied_on"),
    (
        'since = "basic_recognised_on"',
        'since = "teachers_exchanged"',
        r"since.*basic_recognised_on",
    ),
    ('column = "area_m2"', 'column = "area"', r"checks\[1\].column.*area_m2.*'area'"),
    ('column = "school.area"', 'column = "school.zone"', r"when\[1\].column.*school.area.*zone"),
    ('is = ["rural"]', 'is = ["hills"]', r"is.*urban, town, rural.*hills"),
    ('limit = "2016-12"', 'limit = "2016"', r"reliefs.*limit.*a month.*2016"),
    ('limit = "2400"', "limit = 2400", r"size-built-by-2010.*limit.*in quotes.*2400"),
    ('parts = ["single"]', 'parts = ["double"]', r"parts.*single, integrated.*double"),
    (
        'add = "extra_grounds_m2"',
        'add = "extra"',
        r"extra-grounds.*columns of this rule set.*extra",
    ),
    ('uses = ["music"]', 'uses = ["dance"]', r"uses.*music, art, other.*dance"),
    ("per_classes = 12", "per_classes = 0", r"per_classes.*whole number from 1"),
    ("years_before = 3", 'years_before = "3"', r"years_before.*whole number"),
    ('rules = ["difference."]', 'rules = ["diff."]', r"condition.4.*rules of this.*diff\."),
    ('holds_if = "any"', 'holds_if = "some"', r"holds_if.*one of all, any.*some"),
    ('id = "art"\nmeasure', 'id = "music"\nmeasure', r"parts.*different ids.*music, music"),
    ('limit = "0.50"', 'limt = "0.50"', r"limit, because the rule is decisive|unknown key"),
    ('id = "applied_on"', 'id = "interviewed"', r"figures: 'interviewed' stands there twice"),
    ('id = "area"', 'id = "township"', r"columns: 'schools.township' stands there twice"),
    (
        'id = "built"',
        'id = "largest_class"',
        r"columns: 'schools.largest_class' stands there twice",
    ),
    ('level = "county"', 'level = "village"', r"stages.*level.*county, city, province"),
    ('failure_ends = ["county"', 'failure_ends = ["school"', r"failure_ends.*list of county"),
    ('measure = "falling"', 'measure = "rising"', r"monitoring.*measure.*falling, below.*rising"),
    ('accepted = ["no"]', 'accepted = ["no"]\nlimit = "1"', r"unknown key.*parts.*limit"),
    ('amount.zh = "高于规定学历教师数"\n', "", r"amount.zh.*missing"),
    ('per_pupils = "100"', 'per_pupils = "0"', r"per_pupils.*a number above 0, got '0'"),
    ('junior = "1.1"', 'junior = "0"', r"splits.nine_year.junior.*a weight above 0"),
    ('junior = "1.1"', "", r"splits.nine_year.junior.*a weight above 0, got 'none'"),
    ('comparison = ">="\nlimit = "6"', 'comparison = ">="\nlimit = "8"', r"limit.*number up to 7"),
    ('comparison = ">="\nlimit = "6"', 'comparison = "<="\nlimit = "6"', r"comparison.*>=, for"),
    ('comparison = "<="\nlimit = "0.45"', 'comparison = ">="\nlimit = "0.45"', r"< or <=, for"),
    ('junior = "schools_with_junior"', 'junior = "applied_on"', r"schools_of.junior.*expected"),
]


@pytest.mark.parametrize(("old", "new", "message"), FAULTS)
def test_a_fault_is_told_with_file_key_and_what_was_expected(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in NATIONAL
    path = tmp_path / "county.toml"
    path.write_text(NATIONAL.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Problem, match=r"^county\.toml: .*" + message):
        read_rule_set(path)


def test_a_rate_is_judged_by_at_least(tmp_path: Path) -> None:
    head, survey, rest = NATIONAL.partition('kind = "survey"')
    path = tmp_path / "county.toml"
    path.write_text(head + survey + rest.replace('">="', '"<"', 1), encoding="utf-8")
    with pytest.raises(Problem, match=r"county\.toml: rule survey\.rate: .*judged by >=, got <"):
        read_rule_set(path)


def test_items_and_points_of_the_survey_are_data(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    given = 'mode = "mean score"\nitems = ["a", "b"]\npoints = {satisfied = 100, mostly = 80}'
    path.write_text(NATIONAL.replace('mode = "overall item"', given, 1), encoding="utf-8")
    rule = read_rule_set(path).counting_rule
    assert (rule.mode, rule.items) == ("mean score", ("a", "b"))
    assert dict(rule.points) == {"satisfied": 100, "mostly": 80}


def test_an_unknown_rule_set_is_named_with_the_known_ones() -> None:
    with pytest.raises(Problem, match=r"no rule set '\.\./national-2017'.*national-2017"):
        load_rule_set("../national-2017")


def test_an_unknown_rule_is_named(national: RuleSet) -> None:
    with pytest.raises(Problem, match=r"national-2017 has no rule 'guarantee\.16'"):
        national.rule("guarantee.16")


@pytest.mark.parametrize(
    ("value", "comparison", "holds"),
    [("1", ">=", True), ("1", "<=", True), ("1", "<", False), ("0.99", "<", True),
     ("0.99", ">=", False), ("1.01", "<=", False)],
)  # fmt: skip
def test_the_limit_itself_is_kept_except_where_the_law_says_below(
    value: str, comparison: str, holds: bool
) -> None:
    assert compare(Fraction(value), comparison, Fraction(1)) is holds
