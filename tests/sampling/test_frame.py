"""What a frame is, and what is refused with its place."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.frame import Frame, Unit, frame_digest, make_frame, read_frame, write_frame
from sampling.problems import Problem, Problems
from sampling.survey_rules import SurveyRules, load_survey_rules
from tests.sampling.rosters import make_units

HEADER = "id,category,township,area,grade_band,school\n"


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "frame.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_digest_is_the_documented_one() -> None:
    units = [
        Unit("b", "teacher", '"庆远"', "urban", "", "a\\b"),
        Unit("a", "parent", "", "rural", "1-2", ""),
    ]
    lines = '["a","parent","","rural","1-2",""]\n["b","teacher","\\"庆远\\"","urban","","a\\\\b"]\n'
    assert frame_digest(units) == hashlib.sha256(lines.encode()).hexdigest()


def test_ids_are_sorted_by_code_point(rules: SurveyRules) -> None:
    units = [(name, "resident", "", "", "", "") for name in ("é", "z", "Z", "10", "9", "𠮷", "龥")]
    frame = make_frame(units, rules)
    assert [unit.id for unit in frame.units] == ["10", "9", "Z", "z", "é", "龥", "𠮷"]


def test_young_pupils_are_counted_but_not_eligible(frame: Frame) -> None:
    assert frame.count_ineligible() == {("student", "1-2"): 54}
    assert frame.count_eligible()["student"] == 146
    assert {unit.grade_band for unit in frame.eligible if unit.category == "student"} == {
        "3-4",
        "5-6",
        "7-9",
    }
    assert len(frame.eligible) + len(frame.ineligible) == len(frame.units)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_written_frame_is_read_back(
    frame: Frame, rules: SurveyRules, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "frame.csv"
    write_frame(frame, path)
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    assert read_frame(path, rules) == frame


def test_columns_in_any_order_blank_lines_and_windows_line_ends(
    rules: SurveyRules, tmp_path: Path
) -> None:
    header = "school, grade_band,area,township,category,id"
    text = f"{header}\r\n\r\n一中,,urban, 庆远镇 ,teacher,t1\r\n,,,,,\r\n"
    frame = read_frame(write(tmp_path, text), rules)
    assert frame.units == (Unit("t1", "teacher", "庆远镇", "urban", "", "一中"),)


def test_values_are_normalised_to_nfc(rules: SurveyRules) -> None:
    composed = make_frame([("e\u0301", "resident", "", "", "", "")], rules)
    assert composed.units[0].id == "\u00e9"
    assert composed.digest == make_frame([("\u00e9", "resident", "", "", "", "")], rules).digest


FAULTS = [
    ("a,teacher,,urban,,\nb,parent,,urban,1-2,\na,teacher,,urban,,\n", ["line 4", "line 2", "'a'"]),
    ("a,mayor,,urban,,\n", ["line 2", "category", "'mayor'", "parent teacher"]),
    ("a,teacher,,suburb,,\n", ["line 2", "area", "'suburb'"]),
    ("a,parent,,urban,2月1日,\n", ["line 2", "grade_band", "'2月1日'", "1-2 3-4"]),
    (" ,teacher,,urban,,\n", ["line 2", "id is empty"]),
    ('"a\nb",teacher,,urban,,\n', ["line 2", "line break"]),
    ("a,teacher,,urban,\n", ["line 2", "expected 6 values, got 5"]),
    ("a,teacher,,urban,,,\n", ["line 2", "expected 6 values, got 7"]),
    ("\n\na,mayor,,,,\n", ["line 4"]),
    ("a,parent,,urban,1-2,\nb,parent,,urban,,\n", ["parent", "1 units lack grade_band", "line 3"]),
    ("a,teacher,,urban,,\nb,teacher,,,,\n", ["teacher", "1 units lack area", "line 3"]),
    ("", ["nobody"]),
    ("\n,,,,,\n", ["nobody"]),
    ('a,"teacher"x,,urban,,\n', ["line 2", "CSV"]),
    ('a,"teacher,,urban,,\n', ["line 2", "CSV"]),
]


@pytest.mark.parametrize(("body", "parts"), FAULTS)
def test_faults_are_told_with_their_line(
    rules: SurveyRules, tmp_path: Path, body: str, parts: list[str]
) -> None:
    with pytest.raises((Problem, Problems)) as caught:
        read_frame(write(tmp_path, HEADER + body), rules)
    assert [part for part in parts if part not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("id,category,township,area,grade_band\n", "missing columns 'school'"),
        ("id,category,township,area,grade_band,school,phone\n", "unknown columns 'phone'"),
        ("id,id,category,township,area,grade_band,school\n", "columns named twice: 'id'"),
        ("id;category;township;area;grade_band;school\n", "missing columns 'id', 'category'"),
    ],
)
def test_header_must_be_right(rules: SurveyRules, tmp_path: Path, header: str, part: str) -> None:
    with pytest.raises(Problems, match="line 1") as caught:
        read_frame(write(tmp_path, header), rules)
    assert part in str(caught.value)


def test_gbk_is_recognised_with_its_line(rules: SurveyRules, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "a,teacher,庆远镇,urban,,\n", "gb18030")
    with pytest.raises(Problem, match=r"frame.csv line 2: is not UTF-8 text .*GBK"):
        read_frame(path, rules)


def test_other_files_are_refused_kindly(rules: SurveyRules, tmp_path: Path) -> None:
    workbook = tmp_path / "frame.xlsx"
    workbook.write_bytes(b"PK\x03\x04...")
    with pytest.raises(Problem, match="is a workbook"):
        read_frame(workbook, rules)
    with pytest.raises(Problem, match="is empty"):
        read_frame(write(tmp_path, ""), rules)
    with pytest.raises(Problem, match="cannot be read"):
        read_frame(tmp_path / "nowhere.csv", rules)


def test_all_faults_are_told_at_once_up_to_a_limit(rules: SurveyRules) -> None:
    units = [("", "mayor", "", "", "", "")] * 40
    with pytest.raises(Problems) as caught:
        make_frame(units, rules)
    problems = [str(problem) for problem in caught.value.problems]
    assert len(problems) == 51
    assert problems[0] == "unit 1: the id is empty"
    assert "unit 25" in problems[49]
    assert "more" in problems[50]


def test_lines_of_a_half_filled_axis_are_counted_and_the_first_named(rules: SurveyRules) -> None:
    units = [unit._replace(area="") if unit.category == "deputy" else unit for unit in make_units()]
    half = [*units, Unit("x", "deputy", "", "urban", "", "")]
    with pytest.raises(Problems) as caught:
        make_frame(half, rules)
    assert len(caught.value.problems) == 1
    assert "30 units lack area and 1 have it" in str(caught.value)
    assert str(caught.value).count("unit ") == 5


@given(st.permutations(make_units({"parent": 5, "teacher": 4})))
def test_order_does_not_matter(units: list[Unit]) -> None:
    rules = load_survey_rules()
    expected = make_frame(make_units({"parent": 5, "teacher": 4}), rules)
    assert make_frame(units, rules) == expected


@given(st.integers(0, 8), st.integers(0, 5), st.sampled_from("abc一"))
def test_one_changed_character_changes_the_digest(row: int, column: int, new: str) -> None:
    units = make_units({"parent": 5, "teacher": 4})
    values = list(units[row])
    values[column] += new
    changed = [*units[:row], Unit(*values), *units[row + 1 :]]
    assert frame_digest(changed) != frame_digest(units)
