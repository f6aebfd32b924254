"""The schemes that come with the programme say what their texts say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from scoring.data_tables import months
from scoring.rule_parts import AnswerPart, EveryPart, FigurePart, Part, SchoolSharePart
from scoring.rule_set import RuleSet, load_rule_set, rule_set_ids
from scoring.stages import Target

SEEDS = Path(__file__).parent / "seeds"

# Which text a source of a rule set is; one that extends another takes over its sources.
TEXTS = {
    ("national-2017", "measures"): "measures-and-wenshan-2024",
    ("national-2017", "guide"): "ordos-answers",
    ("wenshan-2024", "plan"): "measures-and-wenshan-2024",
    ("county-six-aspects-2020", "plan"): "plan-3",
    ("weihai-2023", "report"): "weihai-report",
    ("guigang-2022", "plan"): "guigang-2022",
    ("district-integration-2017", "plan"): "plan-1",
    ("county-yearly-2018", "plan"): "plan-4",
    ("city-three-years-2022", "plan"): "plan-8",
    ("inner-mongolia-basic-2012", "measures"): "plan-7",
}


def walk_cited(value: object) -> Iterator[dict[str, object]]:
    """Yield every table of a rule set that has a quote, reliefs inside rules included."""
    if isinstance(value, dict):
        if "quote" in value:
            yield value
        for inner in value.values():
            yield from walk_cited(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk_cited(inner)


def quoted_text(rule_set: RuleSet, source: object) -> str:
    places = [(name, str(source)) for name in (rule_set.id, *rule_set.lineage)]
    name = next(TEXTS[place] for place in places if place in TEXTS)
    return (SEEDS / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("rule_set_id", rule_set_ids())
def test_every_quote_marked_t_stands_in_its_text(rule_set_id: str) -> None:
    rule_set = load_rule_set(rule_set_id)
    cited = list(walk_cited(rule_set.content))
    missing = [
        entry["quote"]
        for entry in cited
        if entry["mark"] == "T"
        and re.sub(r"\s", "", str(entry["quote"])) not in quoted_text(rule_set, entry["source"])
    ]
    assert cited
    assert missing == []


def test_texts_that_were_not_at_hand_are_never_marked_t() -> None:
    texts = {source for _, source in TEXTS}
    for name in rule_set_ids():
        for entry in walk_cited(load_rule_set(name).content):
            assert entry["mark"] != "T" or entry["source"] in texts, (name, entry)


def parts_of(rule_set: RuleSet, rule_id: str) -> dict[str, Part]:
    return {part.id: part for part in rule_set.rule(rule_id).parts}


# Rule set, rule, part: comparison and limit of the figure, or of every row's one check.
LIMITS = [
    ("national-2017", "guarantee.03", "music", ">= 96"),
    ("national-2017", "guarantee.03", "art", ">= 90"),
    ("national-2017", "guarantee.04", "single", "<= 2000"),
    ("national-2017", "guarantee.04", "integrated", "<= 2500"),
    ("national-2017", "guarantee.05", "primary", "<= 45"),
    ("national-2017", "guarantee.05", "junior", "<= 50"),
    ("national-2017", "guarantee.06", "point", ">= 100"),
    ("national-2017", "guarantee.07", "special", ">= 6000"),
    ("national-2017", "guarantee.09", "share", ">= 1"),
    ("national-2017", "guarantee.11", "exchanged", ">= 0.10"),
    ("national-2017", "guarantee.11", "backbone", ">= 0.20"),
    ("national-2017", "guarantee.12", "share", ">= 1"),
    ("national-2017", "guarantee.13", "primary", ">= 1"),
    ("national-2017", "guarantee.13", "junior", ">= 0.95"),
    ("national-2017", "guarantee.14", "quota", ">= 0.50"),
    ("national-2017", "guarantee.15", "migrant", ">= 0.85"),
    ("national-2017", "quality.01", "retention", ">= 0.95"),
    ("national-2017", "quality.02", "share", ">= 0.95"),
    ("national-2017", "quality.04", "every_school", ">= 0.05"),
    ("national-2017", "quality.09", "national", "3 / 4, < 0.15"),
    ("national-2017", "condition.1", "years", ">= 3"),
    ("national-2017", "condition.2", "missed", "<= 0"),
    ("national-2017", "condition.2", "primary", "<= 0.60"),
    ("national-2017", "condition.2", "junior", "<= 0.50"),
    ("national-2017", "condition.3", "provincial", "3 / 4, < 0.15"),
    ("wenshan-2024", "quality.04", "every_school", ">= 0.10"),
    ("county-six-aspects-2020", "guarantee.04", "single_old", "<= 2400"),
    ("county-six-aspects-2020", "guarantee.04", "integrated_old", "<= 3000"),
    ("county-six-aspects-2020", "guarantee.04", "single_new", "<= 2000"),
    ("county-six-aspects-2020", "guarantee.14", "quota", ">= 0.70"),
    ("weihai-2023", "guarantee.06", "small", ">= 200"),
    ("weihai-2023", "guarantee.07", "ten_primary", ">= 10"),
    ("guigang-2022", "funding.norm", "primary", ">= 650"),
    ("guigang-2022", "funding.norm", "junior", ">= 850"),
    ("guigang-2022", "funding.norm", "boarder", ">= 200"),
    ("guigang-2022", "training.county", "share", ">= 0.02"),
    ("guigang-2022", "homework", "grades_1_2", "<= 0"),
    ("guigang-2022", "homework", "grades_3_6", "<= 60"),
    ("guigang-2022", "homework", "junior", "<= 90"),
    ("shenyang", "guarantee.07", "special", ">= 8000"),
    ("county-yearly-2018", "guarantee.15", "migrant", ">= 1"),
    ("city-three-years-2022", "guarantee.04", "all", "<= 2000"),
    ("city-three-years-2022", "guarantee.13", "all", ">= 1"),
    ("district-integration-2017", "counsellors", "per_pupil", "<= 1000"),
    ("inner-mongolia-basic-2012", "government.points", "points", ">= 85"),
]


@pytest.mark.parametrize(("rule_set_id", "rule_id", "part_id", "limits"), LIMITS)
def test_the_limits_are_those_of_the_texts(
    rule_set_id: str, rule_id: str, part_id: str, limits: str
) -> None:
    part = parts_of(load_rule_set(rule_set_id), rule_id)[part_id]
    checks = getattr(part, "checks", ())
    limit = getattr(part, "limit", None)
    found = [
        " / ".join(check.options) or f"{check.comparison} {check.limit_text}" for check in checks
    ]
    assert ", ".join(found or [f"{limit.comparison} {limit.text}" if limit else ""]) == limits


RELIEFS = {
    "rooms-built-by-2016": {"73", "67"},
    "rooms-of-small-rural-classes": {"54", "61"},
    "size-built-by-2010": {"2400", "3000"},
    "size-migrant-children": {"2400", "3000"},
    "visiting-teachers": {"visiting_pe_art_teachers"},
    "extra-grounds": {"extra_grounds_m2"},
}


def test_reliefs_are_switches_found_in_notices() -> None:
    national = load_rule_set("national-2017")
    eased = {
        name: {relief.limit_text or relief.add for _, relief in pairs}
        for name, pairs in national.reliefs.items()
    }
    assert eased == RELIEFS
    assert {r.citation.mark for pairs in national.reliefs.values() for _, r in pairs} == {"P"}


def test_retention_adds_who_left_and_takes_away_who_came() -> None:
    part = parts_of(load_rule_set("national-2017"), "quality.01")["retention"]
    assert isinstance(part, FigurePart)
    assert part.plus == ("junior_graduates", "junior_transfers_out")
    assert part.minus == ("junior_transfers_in",)
    assert (part.per_plus, part.per_minus) == (("junior_entrants",), ("junior_deaths",))


def test_a_part_that_may_be_empty_says_so() -> None:
    """A county without special schools has none that is funded too little; one without
    monitored subjects was not monitored."""
    national = load_rule_set("national-2017")
    empty = {
        (rule.id, part.id)
        for rule in national.rules
        for part in rule.parts
        if isinstance(part, EveryPart) and part.may_be_empty
    }
    assert empty == {
        ("guarantee.04", "single"),
        ("guarantee.04", "integrated"),
        ("guarantee.05", "primary"),
        ("guarantee.05", "junior"),
        ("guarantee.06", "village"),
        ("guarantee.06", "point"),
        ("guarantee.07", "special"),
    }


def test_one_of_two_monitorings_is_enough_to_apply() -> None:
    national = load_rule_set("national-2017")
    assert national.rule("condition.3").holds_if == "any"
    assert {rule.holds_if for rule in national.rules if rule.id != "condition.3"} == {"all"}


def test_a_veto_is_met_by_a_no() -> None:
    for rule in load_rule_set("national-2017").of_kind("veto"):
        (part,) = rule.parts
        assert isinstance(part, AnswerPart)
        assert (part.options, part.accepted) == (("yes", "no"), ("no",))


DUE = {
    "national-2017": ["", "", "", ""],
    "inner-mongolia-2022": ["04-30", "05-31", "", ""],
    "inner-mongolia-basic-2012": ["03-31", "05-31", "08-31", ""],
}


@pytest.mark.parametrize(("rule_set_id", "due"), DUE.items())
def test_the_dates_are_the_regions_own(rule_set_id: str, due: list[str]) -> None:
    stages = load_rule_set(rule_set_id).stages
    assert [stage.level for stage in stages] == ["county", "city", "province", "nation"]
    assert [stage.due for stage in stages] == due


def test_the_nation_takes_five_steps_and_the_first_failure_ends_the_year_for_two() -> None:
    nation = load_rule_set("national-2017").stages[-1]
    titles = [step.title.zh for step in nation.steps]
    assert titles == ["资格审核", "社会认可度调查", "指标审核", "实地核查", "结果认定"]
    assert nation.failure_ends == ("county", "province")
    # 在资格审核、社会认可度调查、指标审核、实地核查流程中: the text names four of the five.
    ending = [step.title.zh for step in nation.steps if nation.ends_for(step.id)]
    assert ending == titles[:4]


@pytest.mark.parametrize(
    ("rule_set_id", "loss"),
    [("national-2017", ("falling", 2)), ("inner-mongolia-basic-2012", ("below", 3))],
)
def test_the_title_can_be_lost(rule_set_id: str, loss: tuple[str, int]) -> None:
    (monitoring,) = load_rule_set(rule_set_id).monitoring
    assert (monitoring.measure, monitoring.years) == loss


def target(rule_set_id: str, target_id: str) -> Target:
    return next(t for t in load_rule_set(rule_set_id).targets if t.id == target_id)


@pytest.mark.parametrize(
    ("year", "primary", "junior"),
    [(2023, "0.35", "0.50"), (2025, "0.50", "0.70"), (2026, "0.80", "0.90"), (2027, "1", "1")],
)
def test_shares_of_schools_by_year(year: int, primary: str, junior: str) -> None:
    found = target("county-six-aspects-2020", f"schools.{year}")
    assert found.year == year
    shares = {p.stage: p.limit.value for p in found.parts if isinstance(p, SchoolSharePart)}
    assert shares == {"primary": Fraction(primary), "junior": Fraction(junior)}


def test_six_aspects_of_which_two_are_open() -> None:
    rule_set = load_rule_set("county-six-aspects-2020")
    titles = {aspect.id: aspect.title.zh for aspect in rule_set.aspects}
    assert titles.keys() - {"condition", "veto"} == {
        "resources", "guarantee", "quality", "recognition", "substance", "technology",
    }  # fmt: skip
    still_open = {rule.id for rule in rule_set.rules if rule.open}
    assert still_open == {"substance.standard", "technology.standard"}
    assert all(rule_set.rule(name).decisive for name in still_open)


def test_schools_of_september_2018_count_as_new() -> None:
    parts = parts_of(load_rule_set("county-six-aspects-2020"), "guarantee.04")
    since = months("2018-09")
    found = {
        part.id: [(c.comparison, c.limit) for c in part.where if c.column == "built"]
        for part in parts.values()
        if isinstance(part, EveryPart)
    }
    assert found == {
        "single_new": [(">=", since)],
        "integrated_new": [(">=", since)],
        "single_old": [("<", since)],
        "integrated_old": [("<", since)],
    }


def test_class_sizes_of_guigang_step_by_step() -> None:
    steps = [target("guigang-2022", f"classes.{year}") for year in (2022, 2025, 2030)]
    limits = [
        {check.limit_text for p in step.parts if isinstance(p, EveryPart) for check in p.checks}
        for step in steps
    ]
    assert limits == [{"65", "55"}, {"55"}, set()]
    assert [step.citation.mark for step in steps] == ["?", "T", "T"]


def test_task_four_of_guigang_is_a_rise_in_every_year() -> None:
    found = target("guigang-2022", "schools.yearly")
    assert (found.year, found.from_year) == (None, 2022)
    shares = [part for part in found.parts if isinstance(part, SchoolSharePart)]
    assert len(shares) == len(found.parts) == 4
    assert {(part.is_rise, part.limit.text) for part in shares} == {(True, "0.15")}


@pytest.mark.parametrize(
    ("rule_set_id", "prefix", "years"),
    [
        ("guigang-2022", "counties.", {2022: 1, 2030: 3, 2033: 1, 2035: 5}),
        ("ordos-2024", "counties.", {2024: 3, 2025: 1, 2026: 5}),
    ],
)
def test_counties_by_year(rule_set_id: str, prefix: str, years: dict[int, int]) -> None:
    targets = [t for t in load_rule_set(rule_set_id).targets if t.id.startswith(prefix)]
    assert {t.year: len(t.counties) for t in targets} == years


@pytest.mark.parametrize(
    "rule_set_id",
    ["inner-mongolia-2022", "wenshan-2024", "guigang-2022", "city-three-years-2022"],
)
def test_money_never_falls_in_all_and_per_pupil(rule_set_id: str) -> None:
    parts = parts_of(load_rule_set(rule_set_id), "money.never_falls")
    columns = [(getattr(p, "column", ""), getattr(p, "per", "")) for p in parts.values()]
    assert columns == [("education_spending_yuan", ""), ("education_spending_yuan", "pupils")]


def test_local_demands_beyond_the_measures_decide_nothing() -> None:
    national = {rule.id for rule in load_rule_set("national-2017").rules}
    for name in rule_set_ids():
        rule_set = load_rule_set(name)
        if "national-2017" in rule_set.lineage:
            added = [rule for rule in rule_set.rules if rule.id not in national]
            assert {rule.id for rule in added if rule.decisive and not rule.open} == set(), name


def test_the_basic_scheme_is_judged_by_its_composite() -> None:
    basic = load_rule_set("inner-mongolia-basic-2012")
    composites = {rule.stage: rule.limit_text for rule in basic.of_kind("composite")}
    assert composites == {"primary": "0.65", "junior": "0.55"}
    assert len(basic.indicators) == 8
    assert len(basic.of_kind("difference")) == 16
    assert {rule.decisive for rule in basic.of_kind("difference")} == {False}
    assert {rule.id for rule in basic.rules if rule.decisive} == {
        "standards.schools", "composite.primary", "composite.junior", "government.points",
    }  # fmt: skip
    assert not basic.has_survey
    assert basic.rule("satisfaction").parts
