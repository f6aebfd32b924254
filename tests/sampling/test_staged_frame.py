"""A frame that streams by is the frame that is read at once: digest, counts, what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sampling.frame_source
from sampling.frame import COLUMNS, Frame, Unit, make_frame, read_frame, write_frame
from sampling.frame_columns import tabulate_units
from sampling.frame_source import open_file
from sampling.problems import Problem, Problems
from sampling.staged_frame import stage_frame
from sampling.survey_rules import SurveyRules, load_survey_rules
from tests.sampling.rosters import make_units
from tests.sampling.test_frame import FAULTS, HEADER

RULES = load_survey_rules()


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let even a small file take many blocks and chunks."""
    monkeypatch.setattr(sampling.frame_source, "FIRST_BLOCK", 40)
    monkeypatch.setattr(sampling.frame_source, "BLOCK", 400)
    monkeypatch.setattr(sampling.frame_source, "CHUNK_ROWS", 7)


def write_csv(folder: Path, text: str) -> Path:
    path = folder / "frame.csv"
    path.write_bytes(text.encode())
    return path


def write_parquet(folder: Path, units: Sequence[Sequence[str | None]]) -> Path:
    path = folder / "frame.parquet"
    columns = zip(*units, strict=True)
    table = pa.table([pa.array(c, pa.string()) for c in columns], names=list(COLUMNS))
    pq.write_table(table, path, row_group_size=11)
    return path


def stage(path: Path) -> tuple[str, list[Unit], bool]:
    """Digest and units of a file, and whether it was used as it stands."""
    with stage_frame(open_file(path), RULES) as staged:
        return staged.digest, sorted(staged.iterate_units()), staged.path == path


def refuse(path: Path) -> str:
    with pytest.raises((Problem, Problems)) as caught, stage_frame(open_file(path), RULES):
        pass
    return str(caught.value)


def test_csv_and_parquet_have_the_digest_of_the_frame(
    frame: Frame, tmp_path: Path, small_blocks: None
) -> None:
    write_frame(frame, tmp_path / "frame.csv")
    expected = (frame.digest, list(frame.units))
    assert stage(tmp_path / "frame.csv") == (*expected, False)
    assert stage(write_parquet(tmp_path, frame.units)) == (*expected, True)
    assert stage(write_parquet(tmp_path, frame.units[::-1])) == (*expected, True)


def test_counts_are_those_of_the_frame(frame: Frame, tmp_path: Path) -> None:
    with stage_frame(open_file(write_parquet(tmp_path, frame.units)), RULES) as staged:
        assert staged.count_eligible() == frame.count_eligible()
        assert staged.count_ineligible() == frame.count_ineligible()


values = st.text(st.sampled_from("aZé\u0301\u00a0 \"\\,'龥𠮷;"), max_size=5)
people = st.lists(st.tuples(values, values, values), min_size=1, max_size=30)


def read_whole(path: Path) -> tuple[str, list[Unit]] | None:
    """Digest and units of a file as it is read at once; None when it is refused."""
    try:
        frame = read_frame(path, RULES)
    except (Problem, Problems):
        return None
    return frame.digest, list(frame.units)


def read_streamed(path: Path) -> tuple[str, list[Unit]] | None:
    try:
        return stage(path)[:2]
    except (Problem, Problems):
        return None


@settings(max_examples=60, deadline=None)
@given(rows=people, end=st.sampled_from(["\n", "\r\n", "\r"]), quoted=st.booleans())
def test_any_csv_is_read_as_at_once(
    rows: list[tuple[str, str, str]],
    end: str,
    quoted: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whatever comes in: the same frame, or refused both ways (of two faults, either is told)."""
    lines = []
    for number, (first, township, school) in enumerate(rows):
        values = [f"{number}{first}", "teacher", township, "urban", "", school]
        if quoted:
            values = ['"' + value.replace('"', '""') + '"' for value in values]
        lines.append(",".join(values) + end)
    path = write_csv(tmp_path_factory.mktemp("csv"), HEADER + "".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling.frame_source, "FIRST_BLOCK", 50)
        patch.setattr(sampling.frame_source, "BLOCK", 100)
        assert read_streamed(path) == read_whole(path)


@pytest.mark.parametrize(("body", "parts"), FAULTS)
def test_faults_of_csv_are_told_with_their_line(
    tmp_path: Path, body: str, parts: list[str], small_blocks: None
) -> None:
    told = refuse(write_csv(tmp_path, HEADER + body))
    assert [part for part in parts if part not in told] == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("x,teacher,,urban", "frame.csv line {}: expected 6 values, got 4"),
        ('x,"tea"cher,,urban,,', "frame.csv line {}: is not a well-formed CSV line"),
        ("x,mayor,,urban,,", "frame.csv line {}: category: expected one of parent"),
        ("x\x07,teacher,,urban,,", "frame.csv line {}: id holds a line break or another control"),
        ('"x\n",mayor,,urban,,', "frame.csv line {}: category"),
        (
            "teacher-00003,teacher,,urban,,",
            "frame.csv line {}: the id 'teacher-00003' stands twice, first at frame.csv line 5",
        ),
        ("x,teacher,,,,", "1 units lack area and 1500 have it, at frame.csv line {}"),
    ],
)
@pytest.mark.parametrize("quoted", [False, True])
def test_one_broken_line_in_the_middle_is_named(
    tmp_path: Path, line: str, told: str, quoted: bool, small_blocks: None
) -> None:
    lines = [",".join(unit) for unit in make_units({"teacher": 1500})]
    if quoted:
        lines = [",".join(f'"{value}"' for value in text.split(",")) for text in lines]
    lines.insert(750, line)
    assert told.format(752) in refuse(write_csv(tmp_path, HEADER + "\n".join(lines)))


def test_gbk_in_the_middle_is_told_with_its_line(tmp_path: Path, small_blocks: None) -> None:
    lines = [",".join(unit) for unit in make_units({"teacher": 100})]
    path = write_csv(tmp_path, HEADER + "\n".join(lines))
    content = path.read_bytes().split(b"\n")
    content[60] = "x,teacher,庆远镇,urban,,".encode("gbk")
    path.write_bytes(b"\n".join(content))
    assert "frame.csv line 61: is not UTF-8" in refuse(path)


def test_blank_lines_count_as_lines_and_not_as_people(tmp_path: Path, small_blocks: None) -> None:
    rows = ["a,teacher,,urban,,", "", "  ", ",,,,,", " , ,,,,", "b,teacher,,urban,,", "c,mayor,,,,"]
    assert len(stage(write_csv(tmp_path, HEADER + "\n".join(rows[:-1])))[1]) == 2
    assert "line 8: category" in refuse(write_csv(tmp_path, HEADER + "\n".join(rows)))


@pytest.mark.parametrize(
    "unit",
    [
        (" p1 ", "teacher", "", "urban", "", ""),
        ("p1", "teacher", "e\u0301", "urban", "", ""),
        ("e\u0301", "teacher", "", "urban", "", ""),
        ("p1", "teacher", None, "urban", None, None),
    ],
)
def test_parquet_that_is_not_normalised_is_copied(
    tmp_path: Path, unit: tuple[str | None, ...]
) -> None:
    others = make_units({"teacher": 30})
    expected = make_frame([tuple(v or "" for v in unit), *others], RULES)
    path = write_parquet(tmp_path, [unit, *others])
    assert stage(path) == (expected.digest, list(expected.units), False)


def test_whole_numbers_and_dictionaries_are_text(tmp_path: Path) -> None:
    units = [Unit(str(number), "resident", "7", "", "", "") for number in range(20)]
    table = tabulate_units(units)
    table = table.set_column(0, "id", pa.array(range(20)))
    table = table.set_column(2, "township", pa.array([7] * 20, pa.int8()).dictionary_encode())
    pq.write_table(table, tmp_path / "frame.parquet")
    expected = make_frame(units, RULES)
    assert stage(tmp_path / "frame.parquet") == (expected.digest, list(expected.units), False)


@pytest.mark.parametrize(
    ("units", "told"),
    [
        ([("a", "mayor", "", "", "", "")], "frame.parquet row 21: category"),
        (
            [("a", "teacher", "", "urban", "", "")] * 2,
            "frame.parquet row 22: the id 'a' stands twice, first at frame.parquet row 21",
        ),
        ([("", "teacher", "", "urban", "", "")], "frame.parquet row 21: the id is empty"),
        (
            [("a", "teacher", "", "", "", "")],
            "1 units lack area and 20 have it, at frame.parquet row 21",
        ),
    ],
)
def test_faults_of_parquet_are_told_with_their_row(
    tmp_path: Path, units: list[tuple[str, ...]], told: str, small_blocks: None
) -> None:
    path = write_parquet(tmp_path, [*make_units({"teacher": 20}), *units])
    assert told in refuse(path)


def test_the_first_of_many_faults_are_told(tmp_path: Path) -> None:
    told = refuse(write_parquet(tmp_path, [(str(n), "mayor", "", "", "", "") for n in range(99)]))
    assert told.count("category: expected") == 50
    assert told.endswith("only the first 50 are shown")


def test_the_first_of_many_twins_are_told(tmp_path: Path) -> None:
    twins = [Unit(str(n // 2), "resident", "", "", "", "") for n in range(400)]
    told = refuse(write_parquet(tmp_path, twins))
    assert told.count("stands twice") == 50
    assert told.endswith("only the first 50 are shown")


def test_other_parquet_is_refused(tmp_path: Path, rules: SurveyRules) -> None:
    table = tabulate_units(make_units({"teacher": 3}))
    path = tmp_path / "frame.parquet"
    pq.write_table(table.set_column(0, "id", pa.array([1.0, 2.0, 3.0])), path)
    assert "frame.parquet: column id: expected text, got double" in refuse(path)
    pq.write_table(table.drop_columns(["school"]), path)
    assert "missing columns 'school'" in refuse(path)
    pq.write_table(table.slice(0, 0), path)
    assert "the frame holds nobody" in refuse(path)
    path.write_text("no parquet")
    assert "cannot be read" in refuse(path)
    path.unlink()
    assert "cannot be read" in refuse(path)


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    refuse(write_csv(tmp_path, HEADER + "a,mayor,,,,\n"))
    stage(write_csv(tmp_path, HEADER + "b,teacher,,urban,,\na,teacher,,urban,,\n"))
    assert list(folder.iterdir()) == []
