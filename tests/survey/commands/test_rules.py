from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from sampling.canonical import digest
from sampling.problems import Problem
from scoring.rule_set import load_rule_set, rule_set_ids
from survey.commands import main_group


def run(*words: str) -> Result:
    return CliRunner().invoke(main_group, ["rules", *words])


def test_list_puts_the_chinese_title_first() -> None:
    lines = run("list").output.splitlines()
    assert "national-2017  县域义务教育优质均衡发展督导评估（国家标准）" in lines
    place = lines.index("guigang-2022  贵港市义务教育优质均衡发展规划（2022—2035年）")
    assert lines[place + 1].strip().startswith("Guigang")
    assert "extends national-2017" in lines[place + 2]


def test_list_as_json() -> None:
    found = json.loads(run("list", "--json").output)
    assert [entry["id"] for entry in found] == rule_set_ids()
    assert {entry["digest"] for entry in found} == {
        load_rule_set(name).digest for name in rule_set_ids()
    }


def test_show_has_every_rule_with_limit_and_citation() -> None:
    output = run("show", "national-2017").output
    for rule in load_rule_set("national-2017").rules:
        assert f"  {rule.id}  {rule.title_zh}" in output
    assert "resources.rooms_m2.junior  生均教学及辅助用房面积（初中）  >= 5.8" in output
    assert "教督〔2017〕6号 第七条第5项 [T]" in output
    assert "every: classes with stage primary: pupils <= 45" in output
    assert "relief rooms-built-by-2016" in output
    assert "1 资格审核 Eligibility" in output
    assert "the first failure ends the year for: county, province" in output


def test_every_rule_set_can_be_shown() -> None:
    for name in rule_set_ids():
        result = run("show", name)
        assert result.exit_code == 0
        for target in load_rule_set(name).targets:
            assert target.id in result.output


def test_show_as_json_carries_the_content_that_the_digest_is_of() -> None:
    found = json.loads(run("show", "ordos-2024", "--json").output)
    assert found["extends"] == ["inner-mongolia-2022", "national-2017"]
    assert digest(found["content"]) == found["digest"] == load_rule_set("ordos-2024").digest


def test_diff_names_the_keys() -> None:
    output = run("diff", "national-2017", "wenshan-2024").output
    assert "~ rules quality.04" in output
    assert 'parts[every_school].checks[1].limit: "0.05" -> "0.10"' in output
    assert "+ rules money.never_falls" in output
    assert run("diff", "shenyang", "shenyang").output.splitlines()[-1] == "no differences"


def test_diff_as_json() -> None:
    found = json.loads(run("diff", "national-2017", "shenyang", "--json").output)
    changes = {(change["section"], change["id"]): change for change in found["changes"]}
    assert set(changes) == {("rules", "guarantee.07"), ("sources", "notice")}
    keys = {entry["key"]: entry["after"] for entry in changes["rules", "guarantee.07"]["keys"]}
    assert keys["parts[special].checks[1].limit"] == "8000"


LOCAL = """
format = 1
id = "ours"
in_force_from = "2026"
title.zh = "本县"
title.en = "Ours"
extends = "county-yearly-2018"
sources = {}
"""


def test_check_lists_what_is_open(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(LOCAL, encoding="utf-8")
    result = run("check", str(path))
    assert result.exit_code == 0
    assert "ours  本县" in result.output
    assert "classes.2019: “基本消除”到什么程度，方案未写明" in result.output
    found = json.loads(run("check", str(path), "--json").output)
    assert "table.2018" in " ".join(found["open"])


def test_check_tells_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(LOCAL.replace("2018", "1918"), encoding="utf-8")
    result = run("check", str(path))
    assert isinstance(result.exception, Problem)
    assert "ours.toml: key 'extends'" in str(result.exception)
