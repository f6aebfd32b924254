"""`renkedu rate`: what R's survey package says of the same files, and what people see."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.cells import cell_len

from scoring.intervals import METHODS
from tests.guards import ROOT
from tests.scoring import oracle
from tests.survey.commands.outcomes import Run

DATA = oracle.HERE / "data"
DOCUMENT = ROOT / "docs" / "rate-command.md"
GUIDE = ROOT / "docs" / "zh" / "rate.md"
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "estimates.schema.json").read_text())
EVERY = ",".join(METHODS)

SCHOOLS = ("--item", "awards", "--satisfied", "Yes", "--by", "stype")
DESIGNS = {
    "dsrs": ("apisrs.csv", *SCHOOLS, "--weight", "pw", "--fpc", "fpc"),
    "dsrs0": ("apisrs.csv", *SCHOOLS, "--weight", "pw"),
    "dstrat": ("apistrat.csv", *SCHOOLS, "--weight", "pw", "--strata", "stype", "--fpc", "fpc"),
    "dstrat0": ("apistrat.csv", *SCHOOLS, "--weight", "pw", "--strata", "stype"),
    "dclus1": ("apiclus1.csv", *SCHOOLS, "--weight", "pw", "--cluster", "dnum", "--fpc", "fpc"),
    "dclus10": ("apiclus1.csv", *SCHOOLS, "--weight", "pw", "--cluster", "dnum"),
    "dclus2": ("apiclus2.csv", *SCHOOLS, "--cluster", "dnum", "--cluster", "snum",
               "--fpc", "fpc1", "--fpc", "fpc2"),
}  # fmt: skip
METHODS_OF_R = ("logit", "likelihood", "asin", "beta", "mean")
LOOSE = {"logit": 1e-6, "likelihood": 2e-5}
"""R iterates the first with glm, and reads the second off a profile by interpolation."""


def run_json(renkedu: Run, name: str, *options: object) -> Any:
    """Return the record of a file of the oracle, checked against the schema."""
    record = renkedu("rate", DATA / name, *options, "--json").record
    jsonschema.validate(record, SCHEMA)
    return record


def by_place(record: Any, column: str) -> dict[str, Any]:
    """Return the estimates by their value in a column; that of all rows under ``""``."""
    return {found["domain"].get(column, ""): found for found in record["estimates"]}


@pytest.mark.parametrize("level", ["0.95", "0.9", "0.99"])
@pytest.mark.parametrize("design", DESIGNS)
def test_share_and_intervals_agree_with_r(renkedu: Run, design: str, level: str) -> None:
    record = run_json(renkedu, *DESIGNS[design], "--ci", EVERY, "--level", level)
    found = record["estimates"][0]
    suffix = "" if level == "0.95" else f".level{level}"
    methods = METHODS_OF_R if level == "0.95" else ("logit", "asin", "beta", "mean")
    for method in methods:
        expected = oracle.case(f"{design}.ciprop.awardsb.{method}{suffix}")["value"]
        tight = LOOSE.get(method, 1e-9)
        assert found["estimate"] == pytest.approx(expected["estimate"], rel=tight)
        assert found["se"] == pytest.approx(expected["SE"], rel=tight)
        ends = [expected["lower"], expected["upper"]]
        assert found["ci"][method] == pytest.approx(ends, rel=tight), method


@pytest.mark.parametrize("design", DESIGNS)
def test_domains_agree_with_r(renkedu: Run, design: str) -> None:
    places = by_place(run_json(renkedu, *DESIGNS[design], "--ci", "beta"), "stype")
    expected = oracle.case(f"{design}.by.stype.prop")["value"]
    assert list(places) == ["", *expected["stype"]]
    for j, name in enumerate(expected["stype"]):
        assert places[name]["estimate"] == pytest.approx(expected["awardsb"][j], rel=1e-9)
        assert places[name]["se"] == pytest.approx(expected["se"][j], rel=1e-9)


def test_a_made_survey_by_category_agrees_with_r(renkedu: Run) -> None:
    record = run_json(
        renkedu, "made_respondents.csv", "--item", "q3", "--strata", "stratum", "--cluster", "psu",
        "--weight", "w_nr", "--by", "cat",
    )  # fmt: skip
    expected = oracle.case("made.dm.bycat.q3")["value"]
    places = by_place(record, "cat")
    assert list(places)[1:] == expected["cat"]
    for j, name in enumerate(expected["cat"]):
        assert places[name]["estimate"] == pytest.approx(expected["q3"][j], rel=1e-9)
        assert places[name]["se"] == pytest.approx(expected["se"][j], rel=1e-9)


def write_margins(tmp_path: Path, kind: str) -> Path:
    """Return a file with the schools of California by type and target, as people or as shares."""
    margins = {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch.wide": {"No": 1072, "Yes": 5122}}
    people = 1 if kind == "total" else 6194
    rows = [
        f"{column},{value},{number / people}"
        for column, margin in margins.items()
        for value, number in margin.items()
    ]
    path = tmp_path / "margins.csv"
    path.write_text("\n".join([f"column,value,{kind}", *rows, ""]), encoding="utf-8")
    return path


CALIBRATIONS = [
    ("raking", (), "raking_stype_schwide_nobounds"),
    ("linear", (), "linear_stype_schwide_nobounds"),
    ("linear", ("--bounds", "0.7,1.6"), "linear_stype_schwide_0.7_1.6"),
    ("logit", ("--bounds", "0.5,2"), "logit_stype_schwide_0.5_2"),
]


@pytest.mark.parametrize("design", ["dstrat", "dclus1", "dclus10"])
@pytest.mark.parametrize(("method", "bounds", "name"), CALIBRATIONS)
def test_calibration_agrees_with_r(
    renkedu: Run, tmp_path: Path, design: str, method: str, bounds: tuple[str], name: str
) -> None:
    margins = write_margins(tmp_path, "total")
    options = ("--calibrate", method, "--margins", margins, *bounds)
    record = run_json(renkedu, *DESIGNS[design], *options)
    assert record["design"]["weights"]["sum"] == pytest.approx(6194)
    expected = oracle.case(f"{design}_cal_{name}.by.stype.prop")["value"]
    places = by_place(record, "stype")
    for j, value in enumerate(expected["stype"]):
        assert places[value]["estimate"] == pytest.approx(expected["awardsb"][j], rel=1e-7)
        assert places[value]["se"] == pytest.approx(expected["se"][j], rel=1e-7)


def test_margins_as_shares_are_those_of_the_weights(renkedu: Run, tmp_path: Path) -> None:
    margins = write_margins(tmp_path, "share")
    options = ("--calibrate", "raking", "--margins", margins)
    places = by_place(run_json(renkedu, *DESIGNS["dclus1"], *options), "stype")
    expected = oracle.case("dclus1_cal_raking_stype_schwide_nobounds.by.stype.prop")["value"]
    for j, value in enumerate(expected["stype"]):
        assert places[value]["estimate"] == pytest.approx(expected["awardsb"][j], rel=1e-6)


@pytest.mark.parametrize(
    ("design", "kind", "options"),
    [
        ("dclus1_JK1", "JK1", ("--scale", "0.9148392778511668")),
        ("dstrat0_JKn", "JKn", ()),
        ("dstrat0_JKn_mse", "JKn", ("--mse",)),
        ("dstrat_JKn", "JKn", ("--rscales", "rscales.csv")),
        ("dstrat0_subboot_raowu", "bootstrap", ()),
        ("dstrat0_subboot_raowu_mse", "bootstrap", ("--mse",)),
    ],
)
def test_replicates_agree_with_r(
    renkedu: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    design: str,
    kind: str,
    options: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    rscales = oracle.case(f"rep.{design}")["value"]["rscales"]
    Path("rscales.csv").write_text("\n".join(["rscale", *map(str, rscales)]), encoding="utf-8")
    file = "apiclus1.csv" if "clus" in design else "apistrat.csv"
    replicates = oracle.HERE / "results" / f"repw_{design}.csv"
    record = run_json(
        renkedu, file, *SCHOOLS, "--weight", "pw", "--replicates", replicates, "--kind", kind,
        *options, "--ci", "logit,beta,mean",
    )  # fmt: skip
    expected = oracle.case(f"rep.{design}.by.stype.prop")["value"]
    places = by_place(record, "stype")
    for j, name in enumerate(expected["stype"]):
        assert places[name]["se"] == pytest.approx(expected["se"][j], rel=1e-9)
    for method in ("beta", "mean"):
        whole = oracle.case(f"rep.{design}.ciprop.awardsb.{method}")["value"]
        assert places[""]["se"] == pytest.approx(whole["SE"], rel=1e-9)
        ends = [whole["lower"], whole["upper"]]
        assert places[""]["ci"][method] == pytest.approx(ends, rel=1e-9), method


PAPERS = """类别,学校,q1,q2
家长,一小,满意,1
家长,一小,不满意,1
家长,二小,基本满意,0
家长,二小,不了解,
教师,一小,满意,1
教师,二小,满意,1
学生,一小,满意,1
学生,二小,,1
,三小,基本满意,1
"""


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "papers.csv"
    path.write_bytes(text.encode(encoding))
    return path


COUNTED = ("--item", "q1", "--satisfied", "满意,基本满意", "--excluded", "不了解", "--by", "类别")


def test_codes_are_counted_and_blanks_are_not(renkedu: Run, tmp_path: Path) -> None:
    record = renkedu("rate", write(tmp_path, PAPERS), *COUNTED, "--json").record
    jsonschema.validate(record, SCHEMA)
    assert record["items"] == [
        {
            "item": "q1",
            "satisfied": {"基本满意": 2, "满意": 4},
            "not_satisfied": {"不满意": 1},
            "excluded": {"不了解": 1},
            "blank": 1,
        }
    ]
    counts = {
        place: (found["numerator"], found["denominator"], found["n"])
        for place, found in by_place(record, "类别").items()
    }
    assert list(counts.items()) == [
        ("", (6, 7, 7)), ("家长", (2, 3, 3)), ("教师", (2, 2, 2)), ("学生", (1, 1, 1)),
    ]  # fmt: skip
    assert record["by"] == {"columns": ["类别"], "rows_outside": 1}


def test_several_items_and_columns_are_crossed(renkedu: Run, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "类别,学校,q1,q2\n家长,一小,1,1\n家长,一小,0,1\n家长,二小,9,0\n教师,一小,1,\n"
        "教师,二小,1,1\n学生,一小,1,1\n学生,二小,,1\n,三小,1,1\n",
    )
    options = ("--item", "q1", "--item", "q2", "--item", "q1", "--excluded", "9")
    record = renkedu("rate", path, *options, "--by", "学校", "--by", "类别", "--json").record
    assert [(found["item"], *found["domain"].values()) for found in record["estimates"]] == [
        (item, *place)
        for item in ("q1", "q2")
        for place in [
            (), ("一小", "家长"), ("一小", "教师"), ("一小", "学生"),
            ("二小", "家长"), ("二小", "教师"), ("二小", "学生"),
        ]
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_any_encoding_gives_the_same_table(renkedu: Run, tmp_path: Path, encoding: str) -> None:
    done = renkedu("rate", write(tmp_path, PAPERS, encoding), *COUNTED)
    assert done.code == 0
    assert done.out == renkedu("rate", write(tmp_path, PAPERS), *COUNTED).out
    notice = f"renkedu: {tmp_path}/papers.csv: not UTF-8, read as GB18030\n"
    assert done.err == (notice if encoding == "gb18030" else "")


def test_columns_of_the_table_stand_below_each_other(renkedu: Run, tmp_path: Path) -> None:
    lines = renkedu("rate", write(tmp_path, PAPERS), *COUNTED).out.splitlines()
    table = [line for line in lines if re.match("  (all|家长|教师|学生) ", line)]
    assert len(table) == 4
    counts = [re.split(r"(?<=\d) +(?=\d+\.)", line)[0] for line in table]
    assert [count.split()[1:] for count in counts[:2]] == [["6", "7"], ["2", "3"]]
    assert len({cell_len(count) for count in counts}) == 1
    assert len({len(count) for count in counts}) == 2
    assert lines[-1] == "rows with a blank in 类别: 1; they count in 'all' only"


def test_edges_are_numbers_or_null_with_a_note(renkedu: Run, tmp_path: Path) -> None:
    path = write(tmp_path, "h,N,q\na,2,1\na,2,0\nb,9,1\nb,9,1\nc,9,\nc,9,\nd,9,1\n")
    record = renkedu(
        "rate", path, "--item", "q", "--strata", "h", "--fpc", "N", "--by", "h",
        "--lonely", "certainty", "--ci", EVERY, "--json",
    ).record  # fmt: skip
    jsonschema.validate(record, SCHEMA)
    places = by_place(record, "h")
    assert {name: found["notes"] for name, found in places.items()} == {
        "": ["no variance"],
        "a": ["everybody was asked"],
        "b": ["no variance"],
        "c": ["nobody answered"],
        "d": ["no degree of freedom"],
    }
    nothing = [places["c"][name] for name in ("estimate", "se", "deff", "n_eff")]
    assert nothing == [None] * 4
    assert set(map(tuple, places["a"]["ci"].values())) == {(0.5, 0.5)}
    assert set(map(tuple, places["c"]["ci"].values())) == {(0.0, 1.0)}
    assert places["b"]["estimate"] == 1
    assert 0 < places["b"]["ci"]["korn-graubard"][0] < places["b"]["ci"]["korn-graubard"][1] == 1


def read_examples(document: Path) -> list[tuple[str, str, str]]:
    """Return a document's files and runs: (file name or empty, content or command, output)."""
    text = document.read_text(encoding="utf-8")
    files = re.findall(r"`(\w+\.csv)`:\n\n```csv\n(.*?)```", text, re.DOTALL)
    runs = re.findall(r"```console\n\$ (renkedu rate [^\n]*)\n(.*?)```", text, re.DOTALL)
    assert files
    assert runs
    return [*((name, content, "") for name, content in files), *(("", *run) for run in runs)]


@pytest.mark.parametrize("document", [DOCUMENT, GUIDE], ids=["reference", "guide"])
def test_the_examples_of_the_documents_run(
    renkedu: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text, expected in read_examples(document):
        if name:
            Path(name).write_text(text, encoding="utf-8")
            continue
        done = renkedu(*shlex.split(text)[1:])
        shown = done.out if done.code == 0 else done.err
        assert shown == expected, text


def test_the_estimate_in_the_document_is_one(
    renkedu: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = read_examples(DOCUMENT)
    for name, text, _ in examples:
        if name:
            Path(name).write_text(text, encoding="utf-8")
    first = next(text for name, text, _ in examples if not name)
    record = renkedu(*shlex.split(first)[1:], "--json").record
    (printed,) = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    expected = json.loads(printed)
    (found,) = (e for e in record["estimates"] if e["domain"] == expected["domain"])
    assert list(found) == list(expected)
    for name in ("estimate", "se", "deff", "n_eff", "n", "numerator", "df", "notes", "weighted"):
        assert found[name] == pytest.approx(expected[name], rel=1e-9), name
    assert found["ci"]["korn-graubard"] == pytest.approx(expected["ci"]["korn-graubard"], rel=1e-9)
