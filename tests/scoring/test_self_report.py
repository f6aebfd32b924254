"""The self-evaluation report: every figure is the verdict's, and what is missing is said."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from scoring.outcomes import NOT_MEASURED, NOT_MET
from scoring.record import make_verdict
from scoring.rule_set import load_rule_set
from scoring.self_report import SelfReport, make_self_report
from tests.scoring.county_makers import (
    answer,
    change,
    make_classes,
    make_sheets,
    read_sheets,
    set_figures,
)
from tests.scoring.makers import NATIONAL

NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
REGION = load_rule_set("inner-mongolia-2022")


def make_record(**options: Any) -> Any:
    """Return the verdict of a county with something of everything wrong."""
    sheets = make_sheets()
    change(sheets["schools"], {"school_id": "1001"}, rooms_m2="1300")
    set_figures(sheets, junior_deaths="")
    sheets["classes"] = make_classes(sheets["schools"], largest=60)
    answer(sheets, "quality.06", "moral_education", "一般")
    schools, data = read_sheets(sheets)
    return make_verdict("宜州区", None, schools, NATIONAL, data=data, **options)


def text_of(report: SelfReport, title: str = "") -> str:
    """Return the paragraphs of the sections whose title holds `title`."""
    return "\n".join(p.text for s in report.sections if title in s.title for p in s.paragraphs)


def test_every_number_stands_in_the_verdict_or_counts_what_does() -> None:
    record = make_record()
    known = set(NUMBER.findall(json.dumps(record, ensure_ascii=False)))
    findings = record["findings"]
    counted = {
        sum(f["decisive"] and f["outcome"] == outcome for f in findings)
        for outcome in ("met", NOT_MET, NOT_MEASURED)
    } | {
        sum(int(school[f"{stage}_pupils"] or 0) for school in record["inputs"]["schools"])
        for stage in ("primary", "junior")
    }
    percent = {"85", "100", "95", "10", "20", "50"}  # limits of shares, on the scale of the value
    for paragraph in (p for s in make_self_report(record).sections for p in s.paragraphs):
        strange = set(NUMBER.findall(paragraph.text)) - known - percent - {str(n) for n in counted}
        assert not {text for text in strange if float(text) > len(findings)}, paragraph.text


def test_what_does_not_hold_and_what_is_missing_is_said_with_its_rule() -> None:
    record = make_record()
    report = make_self_report(record)
    told = text_of(report, "存在问题")
    for finding in record["findings"]:
        if finding["decisive"] and finding["outcome"] in (NOT_MET, NOT_MEASURED):
            assert finding["title"]["zh"] in told
    assert "社会认可度达到85%以上：未测量（" in text_of(report, "社会认可度")
    told = "学校1001（小学）不达标，其中低于标准85 %的1项：生均教学及辅助用房面积（小学）为3.61"
    assert told in text_of(report, "资源配置")
    assert "三年内死亡学生数" in text_of(report, "教育质量")
    assert "“一般”（标准良好 / 优秀），不达标，佐证材料：佐证.pdf" in text_of(report, "教育质量")
    assert "核查15项，不符合12项" in text_of(report, "政府保障")
    every = [rule for s in report.sections for p in s.paragraphs for rule in p.rules]
    assert {f["rule"] for f in record["findings"] if f["decisive"]} <= set(every)


def test_a_veto_is_told_as_there_or_not_there() -> None:
    told = text_of(make_self_report(make_record()), "不予认定")
    assert "以考试方式招生：不存在" in told
    assert "达标" not in told


def test_reliefs_and_a_rehearsal_are_told() -> None:
    record = make_record(reliefs=["rooms-built-by-2016"], rehearsal=True)
    report = make_self_report(record)
    assert "启用放宽条款：2016年及以前建成的音乐教室73平方米" in text_of(report, "自评结论")
    assert "演练，不得用于申报" in report.subtitle
    assert "演练" not in make_self_report(make_record()).subtitle


@pytest.mark.parametrize("rules", ["inner-mongolia-basic-2012", "county-six-aspects-2020"])
def test_every_scheme_has_its_report(rules: str) -> None:
    record: Any = make_verdict("某县", None, [], load_rule_set(rules))
    report = make_self_report(record)
    every = {rule for s in report.sections for p in s.paragraphs for rule in p.rules}
    assert set(record["missing"]) <= every
    assert text_of(report, "存在问题")
