"""`renkedu template`, `renkedu assess` and `renkedu verdict`, as the shell sees them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from sampling.canonical import canonical_json
from scoring.rate import recognition_rate
from tests.scoring.county_makers import Rows, answer, change, make_sheets, set_figures
from tests.scoring.makers import NATIONAL, make_county
from tests.survey.schools.county_files import write_workbook

RUN = (sys.executable, "-c", "from survey.commands import main; main()")


def renkedu(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def rate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rate") / "rate.json"
    papers = make_county(54, 6)
    record = recognition_rate(*papers, NATIONAL, county="宜州区", round_name="2026")
    path.write_text(canonical_json(record), encoding="utf-8")
    return path


def assess(
    tmp_path: Path, sheets: dict[str, Rows], *options: object
) -> tuple[subprocess.CompletedProcess[str], Any]:
    """Return what the command did and the verdict it wrote, if any."""
    county = write_workbook(tmp_path / "county.xlsx", sheets)
    out = tmp_path / "verdict.json"
    done = renkedu("assess", county, "--out", out, *options)
    return done, json.loads(out.read_text(encoding="utf-8")) if out.exists() else None


def test_a_verdict_is_reached_checked_and_explained(tmp_path: Path, rate: Path) -> None:
    done, verdict = assess(tmp_path, make_sheets(), "--rate", rate)
    assert (done.returncode, done.stderr) == (0, "")
    assert "verdict.json: met" in done.stdout
    assert (verdict["format"], verdict["verdict"], verdict["missing"]) == (1, "met", [])
    assert (verdict["county"], verdict["round"]) == ("宜州区", "2026")
    keys = {"rule", "subject", "measured", "limit", "comparison", "outcome", "article"}
    assert all(keys <= set(finding) for finding in verdict["findings"])
    checked = renkedu("verdict", "verify", tmp_path / "verdict.json")
    assert (checked.returncode, checked.stderr) == (0, "")
    told = renkedu("verdict", "explain", tmp_path / "verdict.json", "--language", "en")
    assert told.returncode == 0
    assert "verdict: met" in told.stdout


def test_not_met_is_a_verdict_as_well(tmp_path: Path, rate: Path) -> None:
    sheets = make_sheets()
    answer(sheets, "veto.1", "found", "是")
    done, verdict = assess(tmp_path, sheets, "--rate", rate)
    assert (done.returncode, verdict["verdict"]) == (0, "not_met")


def test_missing_data_are_listed_and_exit_3(tmp_path: Path) -> None:
    sheets = make_sheets()
    set_figures(sheets, junior_deaths="")
    done, verdict = assess(tmp_path, sheets, "--name", "宜州区")
    assert done.returncode == 3
    assert (verdict["verdict"], verdict["missing"]) == ("undecided", ["survey.rate", "quality.01"])
    assert "renkedu: quality.01: 初中三年巩固率 — 没有填报：三年内死亡学生数" in done.stderr
    assert verdict["county"] == "宜州区"


def test_bad_input_writes_no_verdict_and_gives_the_rows_back(tmp_path: Path) -> None:
    sheets = make_sheets()
    sheets["schools"][1]["rooms_m2"] = "很大"
    faults = tmp_path / "faults.xlsx"
    done, verdict = assess(tmp_path, sheets, "--faults", faults)
    assert (done.returncode, verdict) == (2, None)
    assert "county.xlsx · 学校 · 3 · 教学及辅助用房面积: expected a number" in done.stderr
    assert "1 faulty rows with their reasons" in done.stderr
    assert faults.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--relief", "mercy"), "has no relief 'mercy'"),
        (("--engine", "spark"), "no indicator engine 'spark'"),
        (("--rules", "atlantis"), "there is no rule set 'atlantis'"),
        (("--rate", "none.json"), "cannot be read"),
        (("--county", "none.xlsx"), "cannot be read"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(
    tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    done, verdict = assess(tmp_path, make_sheets(), *options)
    assert (done.returncode, verdict) == (2, None)
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_reliefs_are_named_in_the_call(tmp_path: Path, rate: Path) -> None:
    sheets = make_sheets()
    for row in sheets["special_rooms"]:
        row |= {"area_m2": "73", "built": "2010-05"}
    relief = ("--relief", "rooms-built-by-2016")
    assert assess(tmp_path, sheets, "--rate", rate)[1]["verdict"] == "not_met"
    assert assess(tmp_path, sheets, "--rate", rate, *relief)[1]["verdict"] == "met"


def test_a_rule_set_of_ones_own_travels_along(tmp_path: Path, rate: Path) -> None:
    own = tmp_path / "county-2030.toml"
    own.write_text(
        'extends = "wenshan-2024"\nid = "county-2030"\nin_force_from = "2030"\n'
        'title.zh = "本县"\ntitle.en = "A county"\n',
        encoding="utf-8",
    )
    done, verdict = assess(tmp_path, make_sheets(), "--rules", own)
    assert done.returncode == 0, done.stderr
    assert verdict["rules"]["content"]["lineage"][0] == "wenshan-2024"
    own.unlink()
    checked = renkedu("verdict", "verify", tmp_path / "verdict.json")
    assert checked.returncode == 0
    assert "carries, not one of the programme's" in checked.stdout


def write_results(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as workbook:
        origin = workbook.add_worksheet("来源")
        for row, line in enumerate(
            [("系统", "省平台"), ("发行", "platform"), ("版本", "3.2"), ("来源说明", "2026-05-06")]
        ):
            origin.write_row(row, 0, line)
        sheet = workbook.add_worksheet("结果")
        sheet.write_row(0, 0, ["条款", "对象", "学校标识码", "学校名称", "学段", "数值", "结论"])
        sheet.write_row(1, 0, ["difference.rooms_m2.primary", "县", "", "", "小学", 0.6, "不达标"])
    return path


def test_an_outside_systems_results_are_read_and_marked(tmp_path: Path, rate: Path) -> None:
    results = write_results(tmp_path / "results.xlsx")
    done, verdict = assess(tmp_path, make_sheets(), "--rate", rate, "--results", results)
    assert (done.returncode, verdict["verdict"]) == (0, "not_met")
    failed = [f for f in verdict["findings"] if f["outcome"] == "not_met"]
    assert [(f["rule"], f["engine"]) for f in failed] == [
        ("difference.rooms_m2.primary", "platform 省平台 3.2"), ("condition.4", None)
    ]  # fmt: skip


def test_the_template_is_what_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    done = renkedu("template", "--rules", "weihai-2023", "--out", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "学校 县级数据" in done.stdout
    again = renkedu("template", "--out", path)
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_the_rows_that_were_faulty_are_put_back_once_mended(tmp_path: Path, rate: Path) -> None:
    sheets = make_sheets()
    change(sheets["schools"], {"school_id": "1002"}, rooms_m2="很大")
    change(sheets["classes"], {"school_id": "1004", "class_name": "junior2班"}, pupils="许多")
    county = write_workbook(tmp_path / "county.xlsx", sheets)
    faults, out = tmp_path / "faults.xlsx", tmp_path / "verdict.json"
    asked = ("assess", county, "--rate", rate, "--out", out)
    assert renkedu(*asked, "--faults", faults).returncode == 2
    book = {
        name: CalamineWorkbook.from_path(faults).get_sheet_by_name(name).to_python()
        for name in ("学校", "班级")
    }
    whole = write_workbook(tmp_path / "whole.xlsx", make_sheets())
    mended = tmp_path / "mended.xlsx"
    with xlsxwriter.Workbook(str(mended)) as workbook:
        for name, (headers, row) in book.items():
            cells = dict(zip(headers, row, strict=True))
            assert cells["行号"] == {"学校": 3, "班级": 28}[name]
            cells |= {"rooms_m2": "405"} if name == "学校" else {"pupils": "44"}
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, headers)
            sheet.write_row(1, 0, list(cells.values()))
    done = renkedu(*asked, "--corrected", mended)
    assert done.returncode == 2  # 44 pupils do not add up to the section
    assert "the classes have" in done.stderr
    more = tmp_path / "more.xlsx"
    with xlsxwriter.Workbook(str(more)) as workbook:
        sheet = workbook.add_worksheet("班级")
        sheet.write_row(0, 0, ["错误", "行号", "pupils"])
        right = [row["pupils"] for row in make_sheets()["classes"]][26]
        sheet.write_row(1, 0, ["", 28, right])
    done = renkedu(*asked, "--corrected", mended, "--corrected", more)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 corrected rows put in place" in done.stdout
    first = out.read_bytes()
    again = ("assess", whole, "--rate", rate, "--out", out)
    assert renkedu(*again).returncode == 0
    assert out.read_bytes() == first
    refused = renkedu(*asked, "--corrected", whole)
    assert refused.returncode == 2
    assert "is no file of corrected rows" in refused.stderr
