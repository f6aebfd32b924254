from __future__ import annotations

from typing import Any

import pytest

from sampling.problems import Problem
from scoring.explanation import explain
from scoring.record import make_verdict
from tests.scoring.county_makers import Rows, answer, change, make_sheets, read_sheets, set_figures
from tests.scoring.makers import NATIONAL


def tell(sheets: dict[str, Rows], language: str = "zh", **options: Any) -> str:
    schools, data = read_sheets(sheets)
    reliefs = options.pop("reliefs", ())
    record = make_verdict("宜州区", None, schools, NATIONAL, data=data, reliefs=reliefs)
    return "\n".join(explain(record, language, **options))


def spoil() -> dict[str, Rows]:
    """Return a county in which a school, a class, a judgement and a figure are wanting."""
    sheets = make_sheets()
    change(sheets["schools"], {"school_id": "1001"}, rooms_m2="1000")
    change(sheets["classes"], {"school_id": "1002", "class_name": "primary1班"}, pupils="50")
    change(sheets["classes"], {"school_id": "1002", "class_name": "primary2班"}, pupils="40")
    set_figures(sheets, junior_deaths="")
    answer(sheets, "guarantee.02", "posts", "no")
    return sheets


def test_the_tree_leads_from_the_word_to_the_rows() -> None:
    text = tell(spoil())
    assert text.startswith("宜州区 · 结论: 不达标\n规则集: national-2017 (sha256 ")
    for line in (
        "  ✗ 班级学生数: 1 / 2, 标准 ≥ 2 — 不达标",
        "    guarantee.05 — 教督〔2017〕6号 第七条第5项 [T]"
        "“小学、初中所有班级学生数分别不超过45人、50人”",
        "      不合格: 学校1002 primary1班 小学 (班级学生数 = 50)",
        "  ? 初中三年巩固率 — 未测量",
        "    原因: 没有填报：三年内死亡学生数",
        "    ✗ 城乡教师编制标准是否统一: 否, 标准 是 — 不达标",
        "  学校: 4个学段达标",
        "    ✗ 学校1001 小学 · 每所学校至少6项指标达标，余项不低于要求的85%: "
        "6 / 7, 标准 ≥ 6 — 不达标",
        "      低于标准的85%: 生均教学及辅助用房面积",
        "      ✗ 学校1001 小学 · 生均教学及辅助用房面积（小学）: 2.78, 标准 ≥ 4.5 — 不达标",
        "缺少的决定性条款: 2",
        "  ? survey.rate 社会认可度达到85%以上",
        "不在指标范围内的学校: 1005",
    ):
        assert f"\n{line}\n" in f"{text}\n"


def test_in_english_too() -> None:
    text = tell(spoil(), "en")
    assert "宜州区 · verdict: not met" in text
    assert "  ? Three-year retention in junior schools — not measured" in text
    assert "why: not given: Deaths among them" in text
    assert "Places given out by quota among the places of good senior high schools: 50.00 %, " \
           "limit ≥ 50 % — met" in text  # fmt: skip


def test_schools_that_pass_are_counted_and_all_are_listed_on_request() -> None:
    assert "学校1003" not in tell(spoil())
    assert tell(spoil(), has_all=True).count("学校1003 初中 · ") == 8


def test_reliefs_are_printed_where_they_are_used() -> None:
    sheets = make_sheets()
    room = {"school_id": "1003", "room_name": "music1"}
    change(sheets["special_rooms"], room, area_m2="73", built="2016-12")
    change(sheets["special_rooms"], room | {"room_name": "music2"}, area_m2="73", built="2016-12")
    text = tell(sheets, reliefs=["rooms-built-by-2016"])
    assert "适用放宽: rooms-built-by-2016" in text
    assert "按放宽条款通过: 学校1003 music1 音乐 (rooms-built-by-2016)" in text
    assert "rooms-built-by-2016: 使用1处" in text
    assert "国教督办函〔2017〕42号 填报说明 [P]" in text


def test_what_rounding_would_turn_is_marked() -> None:
    sheets = make_sheets()
    set_figures(sheets, junior_graduates="189999", junior_entrants="200001")
    text = tell(sheets)
    assert "✗ 初中三年巩固率: 94.9995 %, 标准 ≥ 95 % — 不达标" in text
    assert "! 四舍五入到两位小数会改变结论" in text


def test_a_damaged_record_is_told_as_far_as_it_goes() -> None:
    assert explain({"verdict": "met", "findings": "none"})[0] == "结论: 达标"


def test_there_are_two_languages() -> None:
    with pytest.raises(Problem, match="expected one of zh, en, got 'fr'"):
        explain({}, "fr")
