"""`renkedu plan`, `draw` and `verify` as a person runs them: words, exit codes, files."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import xlsxwriter

from sampling.canonical import canonical_json
from sampling.frame import COLUMNS, Unit, make_frame, write_frame
from sampling.frame_columns import tabulate_units
from sampling.survey_rules import RULES_FOLDER, load_survey_rules
from tests.sampling.rosters import SMALL_COUNTY, make_units
from tests.sampling.tampering import TAMPERINGS
from tests.survey.commands.outcomes import Outcome, Run, assert_refused

HEADER = "id,category,township,area,grade_band,school\n"
SEED = "宜州区 2026 31 05 17"


def plan(run: Run, *more: str) -> Outcome:
    return run("plan", "--residents", "80000", "--frame", "frame.csv", "--out", "plan.json", *more)


def draw(run: Run, seed: str = SEED) -> Outcome:
    return run("draw", "frame.csv", "--plan", "plan.json", "--seed", seed, "--out", "draw.json")


def test_the_whole_way(run: Run) -> None:
    planned = plan(run)
    assert (planned.code, planned.err) == (0, "")
    assert "120 people: parent 60, teacher 10" in planned.out
    assert "not eligible: 54 of category student, grade band 1-2" in planned.out
    drawn = draw(run)
    assert (drawn.code, drawn.err) == (0, "")
    record = json.loads(Path("draw.json").read_text(encoding="utf-8"))
    assert {"format", "seed", "n", "plan_digest", "frame_digest", "strata"} <= set(record)
    assert record["seed"] == SEED
    for more in ([], ["--plan", "plan.json"]):
        verified = run("verify", "draw.json", "--frame", "frame.csv", *more)
        assert (verified.code, verified.err) == (0, "")
        assert verified.out.startswith("draw.json is right: 120 people")


def test_the_rate_can_be_given_and_compromises_are_told(run: Run) -> None:
    assert "240 people" in plan(run, "--rate", "0.0030").out
    assert json.loads(Path("plan.json").read_text(encoding="utf-8"))["rate"] == "0.003"
    assert "categories_equal principal: 12 instead of 20" in plan(run, "--rate", "3/1000").out


def test_it_works_as_a_process_of_its_own(run: Run, tmp_path: Path) -> None:
    plan(run)
    code = "from survey.commands import main; main()"
    command = [sys.executable, "-c", code, "draw", "frame.csv", "--plan", "plan.json"]
    result = subprocess.run(
        [*command, "--seed", SEED, "--out", "draw.json"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[3]), "HOME": str(tmp_path)},
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert run("verify", "draw.json", "--frame", "frame.csv").code == 0


@pytest.mark.parametrize(("spoil", "part"), TAMPERINGS, ids=[s.__name__ for s, _ in TAMPERINGS])
def test_tamperings_exit_with_one(
    run: Run, spoil: Callable[[dict[str, object]], None], part: str
) -> None:
    plan(run)
    draw(run)
    record = json.loads(Path("draw.json").read_text(encoding="utf-8"))
    spoil(record)
    Path("draw.json").write_text(json.dumps(record), encoding="utf-8")
    outcome = run("verify", "draw.json", "--frame", "frame.csv")
    assert (outcome.code, outcome.out) == (1, "")
    assert part in outcome.err
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("residents", "part"),
    [
        ("0", "at least 1, got 0"),
        ("-80000", "at least 1, got -80000"),
        ("123456789012", "at most 11 digits, got 12"),
        ("", "got nothing"),
        ("80,000", "whole number"),
        ("99999999999", "are eligible"),
    ],
)
def test_bad_residents_write_nothing(run: Run, residents: str, part: str) -> None:
    Path("plan.json").write_text("before", encoding="utf-8")
    command = ("plan", "--residents", residents, "--frame", "frame.csv", "--out", "plan.json")
    assert_refused(run(*command), part)
    assert Path("plan.json").read_text(encoding="utf-8") == "before"


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (HEADER + "a,teacher,,urban,,\na,teacher,,urban,,\n", "frame.csv line 3: the id 'a'"),
        (HEADER + "a,mayor,,urban,,\n", "frame.csv line 2: category"),
        (HEADER + ",teacher,,urban,,\n", "frame.csv line 2: the id is empty"),
        (HEADER + "a,parent,,urban,1.0,\n", "got '1.0'"),
        (HEADER + "\n\n,,,,,\n", "holds nobody"),
        ("编号,类别\n", "missing columns"),
        ((HEADER + "a,teacher,庆远镇,urban,,\n").encode("gbk"), "not UTF-8"),
    ],
)
def test_bad_frames_write_nothing(run: Run, content: str | bytes, part: str) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    Path("frame.csv").write_bytes(data)
    assert_refused(plan(run), part)
    assert not Path("plan.json").exists()


def test_too_few_parents_are_told(run: Run) -> None:
    units = make_units({**SMALL_COUNTY, "parent": 59})
    write_frame(make_frame(units, load_survey_rules()), Path("frame.csv"))
    assert_refused(plan(run), "parent: at least 60 of 120 must be drawn, got 59")


@pytest.mark.parametrize("seed", ["", "a\nb", "a\r", " "])
def test_bad_seeds_draw_nothing(run: Run, seed: str) -> None:
    plan(run)
    assert_refused(draw(run, seed), "seed")
    assert not Path("draw.json").exists()


def test_a_plan_for_another_frame_is_refused(run: Run) -> None:
    plan(run)
    units = make_units({**SMALL_COUNTY, "deputy": 31})
    write_frame(make_frame(units, load_survey_rules()), Path("frame.csv"))
    assert_refused(draw(run), "the plan was made for another frame: deputy/urban has 15 people")
    assert not Path("draw.json").exists()


@pytest.mark.parametrize("name", ["plan.json", "draw.json"])
def test_another_edition_of_the_rules_is_refused(run: Run, name: str) -> None:
    plan(run)
    draw(run)
    record = json.loads(Path(name).read_text(encoding="utf-8"))
    record["rules"]["digest"] = "0" * 64
    Path(name).write_text(canonical_json(record), encoding="utf-8")
    part = "made under another edition of the rules national-2017"
    if name == "plan.json":
        Path("draw.json").unlink()
        assert_refused(draw(run), f"plan.json: {part}")
        assert not Path("draw.json").exists()
    else:
        outcome = run("verify", "draw.json", "--frame", "frame.csv")
        assert (outcome.code, outcome.out) == (1, "")
        assert f"draw.json is not right: {part}" in outcome.err


@pytest.mark.parametrize("rules", [5, {}, None, {"id": "nowhere", "digest": ""}])
def test_rules_that_are_none_are_told(run: Run, rules: object) -> None:
    plan(run)
    draw(run)
    record = json.loads(Path("draw.json").read_text(encoding="utf-8"))
    Path("draw.json").write_text(json.dumps(record | {"rules": rules}), encoding="utf-8")
    assert_refused(run("verify", "draw.json", "--frame", "frame.csv"), "rules")


def test_half_a_character_in_a_plan_is_told(run: Run) -> None:
    plan(run)
    record = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    Path("plan.json").write_text(json.dumps(record | {"rate": "\ud800"}), encoding="utf-8")
    assert_refused(draw(run), "plan.json: is not a plan in JSON")
    assert not Path("draw.json").exists()


@pytest.mark.parametrize("name", ["frame.csv", "./frame.csv", "link.csv"])
def test_a_plan_does_not_overwrite_its_frame(run: Run, name: str) -> None:
    Path("link.csv").symlink_to("frame.csv")
    before = Path("frame.csv").read_bytes()
    assert_refused(
        run("plan", "--residents", "80000", "--frame", "frame.csv", "--out", name),
        "would be overwritten",
    )
    assert Path("frame.csv").read_bytes() == before


@pytest.mark.parametrize("name", ["frame.csv", "plan.json", "link.json"])
def test_a_draw_does_not_overwrite_what_it_is_made_from(run: Run, name: str) -> None:
    plan(run)
    Path("link.json").symlink_to("plan.json")
    before = Path("frame.csv").read_bytes(), Path("plan.json").read_bytes()
    command = ("draw", "frame.csv", "--plan", "plan.json", "--seed", SEED, "--out", name)
    assert_refused(run(*command), "would be overwritten")
    assert (Path("frame.csv").read_bytes(), Path("plan.json").read_bytes()) == before


def test_nor_does_a_plan_or_a_draw_overwrite_its_rules(run: Run) -> None:
    text = (RULES_FOLDER / "national-2017.toml").read_text(encoding="utf-8")
    Path("local.toml").write_text(text, encoding="utf-8")
    rules = ("--rules", "local.toml", "--out", "local.toml")
    planned = run("plan", "--residents", "80000", "--frame", "frame.csv", *rules)
    assert_refused(planned, "would be overwritten")
    plan(run)
    drawn = run("draw", "frame.csv", "--plan", "plan.json", "--seed", SEED, *rules)
    assert_refused(drawn, "would be overwritten")
    assert Path("local.toml").read_text(encoding="utf-8") == text


def test_an_earlier_draw_may_be_overwritten(run: Run) -> None:
    plan(run)
    assert draw(run).code == draw(run, "another seed").code == 0
    assert json.loads(Path("draw.json").read_text(encoding="utf-8"))["seed"] == "another seed"


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\x1b[2Jb", "a\u2028b", "a\u202eb", "a\x85b"])
def test_a_text_with_line_breaks_is_told_in_one_line(run: Run, text: str) -> None:
    plan(run)
    draw(run)
    record = json.loads(Path("draw.json").read_text(encoding="utf-8"))
    record["strata"][0]["n"] += 1
    record["strata"][0]["stratum"] = text
    Path("draw.json").write_text(json.dumps(record), encoding="utf-8")
    different = run("verify", "draw.json", "--frame", "frame.csv")
    assert different.code == 1
    record["rules"]["id"] = text
    Path(f"{text}.json").write_text(json.dumps(record | {"kind": text}), encoding="utf-8")
    unreadable = run("verify", f"{text}.json", "--frame", "frame.csv")
    assert unreadable.code == 2
    for outcome in (different, unreadable, run(text), run("verify", text)):
        assert outcome.err.count("\n") == 1
        assert text not in outcome.err
        assert outcome.err.rstrip("\n").isprintable()
        assert outcome.err.startswith("renkedu: ")


def test_problems_of_a_frame_are_told_one_a_line(run: Run) -> None:
    body = 'x,mayor,,urban,,\n"a\nb",teacher,,urban,,\n'
    Path("frame.csv").write_text(HEADER + body, encoding="utf-8")
    outcome = plan(run)
    assert_refused(outcome, "mayor")
    assert len(outcome.err.splitlines()) == 2


def test_files_that_are_not_there_or_not_json_are_told(run: Run) -> None:
    assert_refused(draw(run), "plan.json: cannot be read")
    assert_refused(run("verify", "draw.json", "--frame", "frame.csv"), "cannot be read")
    Path("draw.json").write_text("no json", encoding="utf-8")
    assert_refused(run("verify", "draw.json", "--frame", "frame.csv"), "not a draw in JSON")
    assert_refused(plan(run, "--out", "nowhere/plan.json"), "cannot be written")


def write_parquet(units: list[Unit]) -> str:
    pq.write_table(tabulate_units(units), "frame.parquet")
    return "frame.parquet"


def write_xlsx(units: list[Unit]) -> str:
    with xlsxwriter.Workbook("frame.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate([COLUMNS, *units]):
            sheet.write_row(number, 0, row)
    return "frame.xlsx"


def write_table(units: list[Unit]) -> str:
    with closing(sqlite3.connect("people.db")) as connection, connection:
        connection.execute(f"create table frame ({', '.join(COLUMNS)})")
        connection.executemany("insert into frame values (?, ?, ?, ?, ?, ?)", units[::-1])
    return "sqlite:///people.db"


def draw_from(run: Run, source: str, *more: str) -> Outcome:
    table = ("--table", "frame") if "://" in source else ()
    command = ("draw", source, "--plan", "plan.json", "--seed", SEED, "--out", "other.json")
    return run(*command, *table, *more)


@pytest.mark.parametrize("write", [write_parquet, write_xlsx, write_table])
def test_every_source_gives_the_same_certificate(
    run: Run, write: Callable[[list[Unit]], str]
) -> None:
    plan(run)
    draw(run)
    assert draw_from(run, write(make_units())).err == ""
    assert Path("other.json").read_bytes() == Path("draw.json").read_bytes()


@pytest.mark.parametrize("write", [write_parquet, write_xlsx, write_table])
def test_every_source_gives_the_same_plan(run: Run, write: Callable[[list[Unit]], str]) -> None:
    plan(run)
    source = write(make_units())
    table = ("--table", "frame") if "://" in source else ()
    command = ("plan", "--residents", "80000", "--frame", source, "--out", "other.json")
    assert run(*command, *table).err == ""
    assert Path("other.json").read_bytes() == Path("plan.json").read_bytes()


@pytest.mark.parametrize(
    ("write", "where"),
    [
        (write_parquet, "frame.parquet row 3: "),
        (write_xlsx, "frame.xlsx row 4: "),
        (write_table, "frame row 1 by id: "),
    ],
)
def test_a_fault_is_told_with_its_place_in_any_source(
    run: Run, write: Callable[[list[Unit]], str], where: str
) -> None:
    plan(run)
    units = make_units()
    units[2] = Unit("00", "mayor", "", "urban", "", "")
    assert_refused(draw_from(run, write(units)), where + "category: expected one of parent")
    assert not Path("other.json").exists()


def test_another_engine_gives_the_same_certificate(run: Run) -> None:
    plan(run)
    draw(run)
    assert draw_from(run, "frame.csv", "--engine", "python").code == 0
    assert Path("other.json").read_bytes() == Path("draw.json").read_bytes()


def test_a_deeper_reserve_is_recorded_and_checked(run: Run) -> None:
    plan(run)
    assert draw_from(run, "frame.csv", "--reserve", "x2").code == 0
    record = json.loads(Path("other.json").read_text(encoding="utf-8"))
    assert all(stratum["reserve_depth"] == 2 * stratum["n"] for stratum in record["strata"])
    assert any(len(stratum["reserve"]) > stratum["n"] for stratum in record["strata"])
    assert run("verify", "other.json", "--frame", "frame.csv").code == 0


@pytest.mark.parametrize(
    ("source", "more", "part"),
    [
        ("frame.csv", ("--reserve", "some"), "the reserve: expected"),
        ("frame.csv", ("--engine", "oracle"), "no engine 'oracle'; known: duckdb, spark, python"),
        ("frame.csv", ("--master", "local[2]"), "the engine duckdb knows no cluster"),
        ("frame.csv", ("--table", "frame"), "a table belongs to a database"),
        ("frame.parquet", (), "frame.parquet: cannot be read"),
        ("frame.xlsx", (), "frame.xlsx"),
        ("nobody.csv", (), "nobody.csv: cannot be read"),
        ("sqlite:///nobody.db", (), "no such file"),
        ("nonsense://nobody", (), "the address of the database is not understood"),
    ],
)
def test_sources_and_options_that_do_not_exist_are_told(
    run: Run, source: str, more: tuple[str, ...], part: str
) -> None:
    plan(run)
    assert_refused(draw_from(run, source, *more), part)
    assert not Path("nobody.db").exists()


def test_a_table_needs_a_name_and_the_columns_of_a_frame(run: Run) -> None:
    plan(run)
    with closing(sqlite3.connect("people.db")) as connection, connection:
        connection.execute("create table frame (id, category)")
    assert_refused(draw_from(run, "sqlite:///people.db"), "missing columns 'township', 'area'")
    command = ("draw", "sqlite:///people.db", "--plan", "plan.json", "--seed", SEED, "--out", "x")
    assert_refused(run(*command), "a database needs the name of a table")
    assert_refused(run(*command, "--table", "people"), "sqlite:///people.db people: cannot be read")


def test_dates_and_fractions_are_refused_and_whole_numbers_read(run: Run) -> None:
    plan(run)
    header = [*COLUMNS]
    for value, part in ((1.5, "id: expected text, got the float 1.5"), (7, "in no stratum")):
        with xlsxwriter.Workbook("frame.xlsx") as workbook:
            sheet = workbook.add_worksheet()
            sheet.write_row(0, 0, header)
            sheet.write_row(1, 0, [value, "teacher", "", "", "", ""])
        assert_refused(draw_from(run, "frame.xlsx"), part)
