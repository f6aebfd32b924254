from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from sampling.problems import Problem
from scoring.rule_parts import EveryPart, FigurePart
from scoring.rule_set import (
    RuleSet,
    find_rule_set,
    load_rule_set,
    read_rule_set,
    rule_set_from,
    rule_set_ids,
)
from scoring.rule_set_difference import compare_rule_sets
from tests.guards import ROOT

LOCAL = """
format = 1
id = "ours"
in_force_from = "2026"
title.zh = "本县"
title.en = "Ours"
extends = "national-2017"

[sources.plan]
number = "县政发〔2026〕1号"
title = "县方案"
issuer = "县人民政府"
year = "2026"
"""
CITED = """source = "plan"
article = "第一条"
quote = "比例不低于12%"
mark = "T"
"""
EXCHANGE = f"""
[[rules]]
id = "guarantee.11"
kind = "figure"
aspect = "guarantee"
decisive = true
title.zh = "教师交流轮岗"
title.en = "Exchange of teachers"
{CITED}
[[rules.parts]]
id = "exchanged"
measure = "figure"
title.zh = "交流轮岗教师占符合交流条件教师的比例"
title.en = "Exchanged among those eligible"
figures = ["teachers_exchanged"]
per = ["teachers_eligible_for_exchange"]
comparison = ">="
limit = "0.12"
"""
NEW = f"""
[[rules]]
id = "lights"
kind = "judgement"
aspect = "guarantee"
decisive = false
title.zh = "教室照明"
title.en = "Light in classrooms"
{CITED}
[[rules.parts]]
id = "lights"
measure = "answer"
title.zh = "教室照明是否达标"
title.en = "Are classrooms lit well?"
accepted = ["yes"]
"""
REMOVAL = f"""
[[removals]]
id = "guarantee.09"
{CITED}"""


def write(tmp_path: Path, *pieces: str, name: str = "ours") -> Path:
    path = tmp_path / f"{name}.toml"
    path.write_text("\n".join(pieces), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def national() -> RuleSet:
    return load_rule_set("national-2017")


def test_a_local_rule_set_replaces_adds_and_removes_by_id(
    tmp_path: Path, national: RuleSet
) -> None:
    ours = read_rule_set(write(tmp_path, LOCAL, EXCHANGE, NEW, REMOVAL))
    ids = [rule.id for rule in national.rules]
    assert [rule.id for rule in ours.rules] == [i for i in ids if i != "guarantee.09"] + ["lights"]
    (part,) = ours.rule("guarantee.11").parts
    assert isinstance(part, FigurePart)
    assert part.limit is not None
    assert part.limit.value == Fraction(3, 25)
    assert ours.rule("guarantee.11").source.number == "县政发〔2026〕1号"
    assert ours.rule("guarantee.12") == national.rule("guarantee.12")
    assert [(r.id, r.citation.article) for r in ours.removed] == [("guarantee.09", "第一条")]
    assert (ours.id, ours.title_zh, ours.lineage) == ("ours", "本县", ("national-2017",))


def test_what_differs_is_told_key_by_key(tmp_path: Path, national: RuleSet) -> None:
    ours = read_rule_set(write(tmp_path, LOCAL, EXCHANGE, NEW, REMOVAL))
    changes = {(c.section, c.id): c for c in compare_rule_sets(national, ours)}
    assert {key: change.kind for key, change in changes.items()} == {
        ("rules", "guarantee.09"): "removed",
        ("rules", "guarantee.11"): "changed",
        ("rules", "lights"): "added",
        ("sources", "plan"): "added",
    }
    assert changes["rules", "guarantee.09"].reason == "县政发〔2026〕1号 第一条: 比例不低于12%"
    keys = {k.key: (k.before, k.after) for k in changes["rules", "guarantee.11"].keys}
    assert keys["parts[exchanged].limit"] == ("0.10", "0.12")
    assert keys["parts[backbone].limit"] == ("0.20", None)
    assert keys["source"] == ("measures", "plan")
    assert compare_rule_sets(ours, ours) == []


def test_the_digest_covers_the_base(tmp_path: Path) -> None:
    middle = LOCAL.replace('"ours"', '"middle"')
    write(tmp_path, middle, EXCHANGE, name="middle")
    ours = write(tmp_path, LOCAL.replace("national-2017", "middle"))
    first = read_rule_set(ours)
    write(tmp_path, middle, EXCHANGE.replace("0.12", "0.13"), name="middle")
    second = read_rule_set(ours)
    assert first.lineage == second.lineage == ("middle", "national-2017")
    assert first.digest != second.digest


def test_its_content_alone_makes_it_again(tmp_path: Path) -> None:
    """A certificate carries the content; the files need not be there any more."""
    ours = read_rule_set(write(tmp_path, LOCAL, EXCHANGE, NEW, REMOVAL))
    again = rule_set_from(ours.content, "verdict.json")
    assert again == ours
    assert again.digest == ours.digest


def test_a_rule_that_the_base_removed_may_come_back(tmp_path: Path) -> None:
    write(tmp_path, LOCAL.replace('"ours"', '"middle"'), REMOVAL, name="middle")
    back = EXCHANGE.replace("guarantee.11", "guarantee.09")
    ours = read_rule_set(write(tmp_path, LOCAL.replace("national-2017", "middle"), back))
    assert ours.removed == ()
    assert ours.rule("guarantee.09").article == "第一条"


def test_a_file_is_known_by_its_ending(tmp_path: Path, national: RuleSet) -> None:
    assert find_rule_set(str(write(tmp_path, LOCAL))).id == "ours"
    assert find_rule_set("national-2017") == national


def test_a_file_beside_it_never_stands_in_for_a_rule_set_of_the_programme(
    tmp_path: Path, national: RuleSet
) -> None:
    write(tmp_path, LOCAL.replace('"ours"', '"national-2017"'), EXCHANGE, name="national-2017")
    ours = read_rule_set(write(tmp_path, LOCAL))
    assert ours.rule("guarantee.11") == national.rule("guarantee.11")


FAULTS = [
    ((LOCAL.replace("national-2017", "nation"),), r"extends.*one of .*national-2017.*'nation'"),
    ((LOCAL.replace('"national-2017"', "2017"),), r"extends.*got 2017"),
    ((LOCAL.replace('extends = "national-2017"', ""), REMOVAL), r"nothing to remove"),
    ((LOCAL, REMOVAL.replace(".09", ".99")), r"removals: expected a rule of the base.*99"),
    ((LOCAL, REMOVAL, REMOVAL), r"removals: .*once"),
    ((LOCAL, EXCHANGE, REMOVAL.replace(".09", ".11")), r"removals: .*not replaced.*guarantee.11"),
    ((LOCAL, REMOVAL.replace("mark", "marc")), r"removals\[guarantee.09\].mark.*missing"),
    ((LOCAL.replace("sources.plan", "sources.measures"),), r"source 'measures' is another text"),
    ((LOCAL.replace('title.en = "Ours"', ""),), r"title.en.*missing"),
    ((LOCAL.replace('id = "ours"', ""),), r"'id' is missing"),
    (('lineage = ["x"]', LOCAL), r"unknown key 'lineage'"),
    ((LOCAL, EXCHANGE, EXCHANGE), r"guarantee.11.*stands there twice"),
    ((LOCAL, NEW, NEW), r"lights.*stands there twice"),
]  # fmt: skip


@pytest.mark.parametrize(("pieces", "message"), FAULTS)
def test_a_fault_is_told(tmp_path: Path, pieces: tuple[str, ...], message: str) -> None:
    with pytest.raises(Problem, match=r"ours\.toml: .*" + message):
        read_rule_set(write(tmp_path, *pieces))


def test_a_circle_is_told(tmp_path: Path) -> None:
    write(
        tmp_path, LOCAL.replace('"ours"', '"other"').replace("national-2017", "ours"), name="other"
    )
    ours = write(tmp_path, LOCAL.replace("national-2017", "other"))
    with pytest.raises(Problem, match=r"circle: ours -> other -> ours"):
        read_rule_set(ours)


def test_parts_of_a_local_rule_may_use_local_columns(tmp_path: Path) -> None:
    column = """
[[columns]]
table = "classes"
id = "lamps"
title.zh = "灯具数"
title.en = "Lamps"
unit = "盏"
kind = "count"
"""
    lit = (
        NEW.replace("judgement", "figure")
        .replace('measure = "answer"', 'measure = "every"\ntable = "classes"')
        .replace(
            'accepted = ["yes"]', 'checks = [{ column = "lamps", comparison = ">=", limit = "9" }]'
        )
    )
    ours = read_rule_set(write(tmp_path, LOCAL, column, lit))
    (part,) = ours.rule("lights").parts
    assert isinstance(part, EveryPart)
    assert [(c.column, c.comparison, c.limit_text) for c in part.checks] == [("lamps", ">=", "9")]
    with pytest.raises(Problem, match=r"checks\[1\].column.*'lamps'"):
        read_rule_set(write(tmp_path, LOCAL, lit))


TARGET = f"""
[[targets]]
id = "sizes"
title.zh = "2027年班额达标"
title.en = "Class sizes by 2027"
year = 2027
counties = ["甲县"]
{CITED}
[[targets.parts]]
id = "all"
measure = "share_of_schools"
title.zh = "达标学校比例"
title.en = "Schools that meet it"
rules = ["resources.school"]
comparison = ">="
limit = "0.5"
"""
STAGE = f"""
[[stages]]
id = "county"
level = "county"
title.zh = "县级自评"
title.en = "Self-evaluation"
due = "02-29"
publication_days = 7
{CITED}"""
RECOGNISED = """
[[targets.parts]]
id = "nation"
measure = "recognised"
title.zh = "通过国家认定"
title.en = "Recognised"
stage = "nation"
"""


def test_targets_and_stages_are_data_too(tmp_path: Path) -> None:
    ours = read_rule_set(write(tmp_path, LOCAL, STAGE, TARGET, RECOGNISED))
    (target,) = ours.targets
    assert (target.year, target.from_year, target.counties) == (2027, None, ("甲县",))
    assert [part.id for part in target.parts] == ["all", "nation"]
    county, *others = ours.stages
    assert (county.due, county.publication_days) == ("02-29", 7)
    assert [stage.publication_days for stage in others] == [0, 0, 0]


PLAN_FAULTS = [
    ("year = 2027", "", r"targets\[sizes\].year.*a year, or from_year"),
    ("year = 2027", "year = 202", r"targets\[sizes\].year.*from 1986 to 2100.*202"),
    ('rules = ["resources.school"]', 'rules = ["resources.schools"]', r"sizes.*resources.schools"),
    ('stage = "nation"', 'stage = "world"', r"sizes: expected one of the stages.*'world'"),
    ('limit = "0.5"', 'open.zh = "x"', r"limit.*missing"),
    ('due = "02-29"', 'due = "29 Feb"', r"stages\[county\].due.*a day of the year.*29 Feb"),
    ('due = "02-29"', "deu = 1", r"unknown key.*stages\[county\].deu"),
    ("publication_days = 7", "publication_days = 0", r"publication_days.*whole number from 1"),
    ("year = 2027", 'year = 2027\nopen = {zh = "x", en = "x"}', r"either parts or open"),
]


@pytest.mark.parametrize(("old", "new", "message"), PLAN_FAULTS)
def test_a_fault_of_a_plan_is_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = "\n".join([LOCAL, STAGE, TARGET, RECOGNISED])
    assert old in text
    with pytest.raises(Problem, match=r"ours\.toml: .*" + message):
        read_rule_set(write(tmp_path, text.replace(old, new, 1)))


def test_the_example_of_the_documents_is_a_rule_set(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "rule-sets.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(format = 1\n.*?)```", text, re.DOTALL)
    ours = read_rule_set(write(tmp_path, example))
    assert {part.id for part in ours.rule("guarantee.11").parts} == {"exchanged"}
    assert [removal.id for removal in ours.removed] == ["interviews.rate"]


@pytest.mark.parametrize("name", rule_set_ids())
def test_the_documents_name_every_rule_set(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "docs" / "rule-sets.md").read_text(encoding="utf-8")
