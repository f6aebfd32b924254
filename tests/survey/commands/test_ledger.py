"""`renkedu application`, `ledger` and `procedure`, as a county's office runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from sampling.record import write_record
from scoring.rule_set import load_rule_set
from scoring.schools import parse_schools
from scoring.way_out_record import make_way_out
from tests.scoring.counties import make_record
from tests.scoring.makers import NATIONAL, make_row, number_rows
from tests.scoring.unit_costs import unit_costs
from tests.survey.commands.outcomes import Run, assert_refused

FULL = make_row("s1", primary=300)
SHORT = make_row("s1", primary=300, shares=("1", "1", "1", "0.9", "1", "1", "1"))
KEPT = ("--ledger", "ledger.jsonl", "--by", "教育局")
ASSIGNED = (
    "ledger", "assign", *KEPT, "--school", "s1", "--stage", "primary", "--rule",
    "resources.rooms_m2.primary", "--measure", "扩建", "--answers", "张三",
    "--deadline", "2027-08-31",
)  # fmt: skip
LOG = ("--rules", "inner-mongolia-2022", "--log", "log.jsonl", "--by", "督导办")


@pytest.fixture
def verdicts(run: Run) -> Run:
    """A folder with the verdicts of two years: a gap, and the gap closed."""
    write_record(make_record([SHORT]), Path("short.json"))
    write_record(make_record([FULL]), Path("full.json"))
    return run


def test_a_gap_is_opened_assigned_told_overdue_and_struck_off(verdicts: Run) -> None:
    opened = verdicts("ledger", "open", "short.json", *KEPT, "--as-of", "2026-09-01")
    assert opened.code == 0, opened
    assert "未销号 1" in opened.out
    assert verdicts(*ASSIGNED).code == 0
    shown = verdicts("ledger", "show", "ledger.jsonl", "--on", "2027-09-01")
    assert "135" in shown.out
    assert "扩建  张三  2027-08-31  未销号  逾期" in shown.out
    assert shown.out.endswith("overdue: 1\n")
    updated = verdicts("ledger", "update", "full.json", *KEPT, "--as-of", "2027-09-05")
    assert "已销号 1" in updated.out
    verified = verdicts("ledger", "verify", "ledger.jsonl", "short.json", "full.json")
    assert verified.code == 0
    assert "2 of 2 measurements redone" in verified.out


def test_the_ledger_as_a_workbook(verdicts: Run) -> None:
    verdicts("ledger", "open", "short.json", *KEPT, "--as-of", "2026-09-01")
    assert verdicts("ledger", "show", "ledger.jsonl", "--out", "台账.xlsx").code == 0
    (sheet,) = (CalamineWorkbook.from_path("台账.xlsx").get_sheet_by_index(0),)
    headers, row = sheet.to_python()
    assert dict(zip(headers, row, strict=True))["距标准差"] == 135


def test_a_ledger_that_was_tampered_with(verdicts: Run) -> None:
    verdicts("ledger", "open", "short.json", *KEPT, "--as-of", "2026-09-01")
    verdicts(*ASSIGNED)
    path = Path("ledger.jsonl")
    path.write_text(path.read_text(encoding="utf-8").replace('"to_limit":135', '"to_limit":5'),
                    encoding="utf-8")  # fmt: skip
    verified = verdicts("ledger", "verify", "ledger.jsonl", "short.json")
    assert verified.code == 1
    assert "previous should be" in verified.err


def test_a_line_that_is_not_there(verdicts: Run) -> None:
    verdicts("ledger", "open", "full.json", *KEPT, "--as-of", "2026-09-01")
    assert_refused(verdicts(*ASSIGNED), "has no line s1")


def test_the_application_is_a_sheet_for_each_table(verdicts: Run) -> None:
    written = verdicts("application", "short.json", "--out", "申报表.xlsx")
    assert written.code == 0, written
    names = CalamineWorkbook.from_path("申报表.xlsx").sheet_names
    assert names[:2] == ["1 自评结论", "2 学校基本情况"]
    assert any("社会认可度" in name for name in names)
    assert_refused(
        verdicts("application", "short.json", "--out", "short.json"), "would be overwritten"
    )


def test_a_year_on_the_command_line(run: Run) -> None:
    Path("report.pdf").write_bytes(b"report")
    opened = run("procedure", "open", *LOG, "--province", "内蒙古自治区", "--year", "2026",
                 "--time", "2026-01-05T09:00:00+08:00")  # fmt: skip
    assert opened.code == 0, opened
    county = ("--county", "康巴什区", "--stage", "county")
    decided = run("procedure", "record", "decided", *LOG, *county, "--outcome", "passed",
                  "--evidence", "意见=report.pdf",
                  "--time", "2026-04-20T09:00:00+08:00")  # fmt: skip
    assert decided.code == 0, decided
    assert_refused(
        run("procedure", "record", "submitted", *LOG, *county,
            "--time", "2026-04-29T09:00:00+08:00"),
        "papers are missing: 自评报告",
    )  # fmt: skip
    late = run("procedure", "record", "submitted", *LOG, *county, "--reason", "同意延期",
               "--evidence", "自评报告=report.pdf",
               "--evidence", "全国义务教育优质均衡发展县申报表=report.pdf",
               "--time", "2026-05-03T09:00:00+08:00")  # fmt: skip
    assert late.code == 0
    assert "康巴什区: 3 days late" in late.err
    shown = run("procedure", "show", "log.jsonl", "--rules", "inner-mongolia-2022")
    assert "康巴什区  县级自评: 已报送 submitted, 3 days late" in shown.out
    other = run("procedure", "show", "log.jsonl", "--rules", "national-2017")
    assert other.code == 1


def test_targets_and_monitoring(run: Run) -> None:
    plan = load_rule_set("guigang-2022")
    write_record(make_record([SHORT], rule_set=plan), Path("v25.json"))
    told = run("procedure", "targets", "v25.json", "--year", "2025", "--out", "targets.json")
    assert told.code == 0, told
    assert "classes.2025  2025年没有56人以上的大班额: not_measured" in told.out
    assert Path("targets.json").exists()
    kept = run("procedure", "monitor", "2025=v25.json", "2026=v25.json", "2027=v25.json",
               "--rules", "guigang-2022", "--since", "2025",
               "--basis", "resources.school")  # fmt: skip
    assert "falling, 2 years in a row: kept" in kept.out
    twice = run("procedure", "monitor", "2026=v25.json", "2026=v25.json",
                "--rules", "guigang-2022", "--since", "2025")  # fmt: skip
    assert (twice.code, twice.err) == (2, "renkedu: year 2026 is given twice\n")
    open_ = run("procedure", "monitor", "2026=v25.json", "2027=v25.json",
                "--rules", "guigang-2022", "--since", "2025")  # fmt: skip
    assert "no text says on what a fall is measured" in open_.out


def test_a_way_out_is_carried_into_the_ledger(verdicts: Run) -> None:
    verdicts("ledger", "open", "short.json", *KEPT, "--as-of", "2026-09-01")
    low = make_row("s1", primary=300, shares=("1", "1", "1", "0.8", "1", "1", "0.9"))
    write_record(make_record([low]), Path("low.json"))
    verdicts("ledger", "update", "low.json", *KEPT, "--as-of", "2026-10-01")
    schools = parse_schools(number_rows([low]), "schools.xlsx")
    write_record(make_way_out(schools, NATIONAL, unit_costs()), Path("plan.json"))
    asked = ("ledger", "plan", "plan.json", *KEPT, "--answers", "李四", "--deadline", "2027-08-31")
    done = verdicts(*asked)
    assert done.code == 0, done
    assert "增加网络多媒体教室数1间，费用30000元" in done.out
    shown = verdicts("ledger", "show", "ledger.jsonl", "--on", "2027-01-01")
    assert "李四  2027-08-31  未销号" in shown.out
    assert_refused(verdicts(*asked, "--school", "s9"), "no line still to be closed is in the plan")


@pytest.mark.parametrize("outcome", ["met", "not_measured"])
def test_a_verdict_that_was_edited_strikes_nothing_off(verdicts: Run, outcome: str) -> None:
    """Every digest is right, and only the word about one finding is another one."""
    verdicts("ledger", "open", "short.json", *KEPT, "--as-of", "2026-09-01")
    record = json.loads(Path("short.json").read_text(encoding="utf-8"))
    (rooms,) = (f for f in record["findings"] if f["rule"] == "resources.rooms_m2.primary")
    rooms["outcome"] = outcome
    Path("forged.json").write_text(json.dumps(record), encoding="utf-8")
    before = Path("ledger.jsonl").read_bytes()
    done = verdicts("ledger", "update", "forged.json", *KEPT, "--as-of", "2027-09-01")
    assert_refused(done, "forged.json: findings (resources.rooms_m2.primary")
    assert Path("ledger.jsonl").read_bytes() == before
    assert_refused(verdicts("application", "forged.json", "--out", "form.xlsx"), "forged.json")
    assert not Path("form.xlsx").exists()
