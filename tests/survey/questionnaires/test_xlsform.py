"""XLSForm: pyxform compiles what goes out, what comes in is the same, what cannot is told."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from sampling.problems import Problem, Problems
from scoring.counting_rule import OPTIONS
from survey.questionnaires.edition import load_edition, parse_edition
from survey.questionnaires.paper import Edition
from survey.questionnaires.paper_table import MOST_NUMBER, is_plain
from survey.questionnaires.xlsform_in import edition_files, import_forms
from survey.questionnaires.xlsform_out import Lines, make_form, write_form
from tests.survey.questionnaires.samples import (
    NATIONAL,
    Contents,
    national_contents,
    sample_contents,
)

SAMPLE = parse_edition("sample-2027", sample_contents())


def workbook(sheets: dict[str, Lines]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for row, line in enumerate(lines):
                for column, value in enumerate(line):
                    if value:
                        sheet.write_string(row, column, value)
    return buffer.getvalue()


def export(edition: Edition) -> dict[str, bytes]:
    return {f"{p.id}.xlsx": workbook(make_form(edition, p)) for p in edition.papers}


@pytest.mark.parametrize("edition", [load_edition(NATIONAL), SAMPLE], ids=lambda e: e.id)
def test_pyxform_compiles_what_goes_out(edition: Edition, tmp_path: Path) -> None:
    for paper in edition.papers:
        write_form(tmp_path / f"{paper.id}.xlsx", edition, paper)
        xform = convert(xlsform=tmp_path / f"{paper.id}.xlsx", validate=False).xform
        for item in paper.items:
            assert f'ref="/data/{item.id}"' in xform
            assert item.text["zh"] in xform


def test_routing_becomes_relevance() -> None:
    survey = make_form(SAMPLE, SAMPLE.paper_for("parent"))["survey"]
    relevant = {line[1]: line[survey[0].index("relevant")] for line in survey}
    assert relevant["reasons"] == "${visited} = 'yes'"
    assert relevant["times"] == "selected(${reasons}, 'meeting') or selected(${reasons}, 'sport')"


@pytest.mark.parametrize("edition", [load_edition(NATIONAL), SAMPLE], ids=lambda e: e.id)
def test_what_went_out_comes_in_the_same(edition: Edition) -> None:
    back = import_forms(export(edition))
    assert back == edition
    assert set(edition_files(back)) == set(edition.content)


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=20).map(
    lambda text: f"问{text}"
)
WORDING = st.fixed_dictionaries({"zh": WORDS, "en": WORDS, "ug": WORDS}).filter(
    lambda wording: all(map(is_plain, wording.values()))
)
NAME = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)


@st.composite
def items(draw: st.DrawFn, earlier: list[dict[str, Any]], item_id: str) -> dict[str, Any]:
    kind = draw(st.sampled_from(["single", "own", "multiple", "number"]))
    item: dict[str, Any] = {
        "id": item_id,
        "dimension": draw(st.sampled_from(["equity", "moral"])),
        "kind": "single" if kind == "own" else kind,
        "required": draw(st.booleans()),
        "text": draw(WORDING),
    }
    if draw(st.booleans()):
        item["hint"] = draw(WORDING)
    if kind in ("own", "multiple"):
        ids = draw(st.lists(NAME, min_size=2, max_size=4, unique=True))
        item["options"] = [{"id": option, "text": draw(WORDING)} for option in ids]
    if kind == "number":
        item["least"] = draw(st.integers(0, MOST_NUMBER - 1))
        item["most"] = draw(st.integers(item["least"] + 1, MOST_NUMBER))
    choices = [other for other in earlier if other["kind"] in ("single", "multiple")]
    is_routed = draw(st.booleans())
    if choices and is_routed:
        asked = draw(st.sampled_from(choices))
        known = [option["id"] for option in asked.get("options", [])] or list(OPTIONS)
        chosen = draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
        item["when"] = {"item": asked["id"], "is": chosen}
    return item


@st.composite
def editions(draw: st.DrawFn) -> Contents:
    contents = national_contents()
    contents["edition.toml"]["languages"] = {
        "ug": {"name": "ئۇيغۇرچە", "direction": draw(st.sampled_from(["ltr", "rtl", "vertical"]))}
    }
    for name, paper in contents.items():
        if name == "edition.toml":
            continue
        paper["title"], paper["note"] = draw(WORDING), draw(WORDING)
        paper["options"] = [{"id": option, "text": draw(WORDING)} for option in OPTIONS]
        overall = {**paper["items"][-2], "text": draw(WORDING)}
        made: list[dict[str, Any]] = []
        ids = draw(st.lists(NAME, max_size=4, unique=True))
        for item_id in ids:
            if item_id not in ("overall", "suggestion"):
                made.append(draw(items(made, item_id)))
        open_answer = {**paper["items"][-1], "text": draw(WORDING)}
        open_answer["max_length"] = draw(st.integers(1, 500))
        paper["items"] = [*made, overall, open_answer]
    return contents


@given(editions())
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_nothing_is_lost_on_the_way_out_and_in(contents: Contents) -> None:
    edition = parse_edition(NATIONAL, contents)
    assert import_forms(export(edition)) == edition


def society(change: dict[tuple[str, int, str], str]) -> bytes:
    """Return the sample's workbook of the public with cells changed: sheet, row, column."""
    sheets = make_form(SAMPLE, SAMPLE.paper_for("parent"))
    for (sheet, row, column), value in change.items():
        lines = sheets[sheet]
        if column not in lines[0]:
            for line in lines:
                line.append("")
            lines[0][-1] = column
        while len(lines) < row:
            lines.append([""] * len(lines[0]))
        lines[row - 1][lines[0].index(column)] = value
    return workbook(sheets)


# row 2 is the note, then the questions: admission 3, visited 4, reasons 5, times 6, support 7
FAULTS = [
    ({("survey", 3, "type"): "geopoint"}, r"row 3: the kind 'geopoint' is not one of select_one"),
    ({("survey", 6, "type"): "decimal"}, r"row 6: the kind 'decimal' is not one of"),
    ({("survey", 4, "type"): "select_one visited or_other"}, r"row 4: the kind 'select_one visite"),
    ({("survey", 3, "type"): "begin_group", ("survey", 17, "type"): "end_group"}, r"row 3: the ki"),
    ({("survey", 5, "relevant"): "${visited} != 'no'"}, r"row 5: relevant asks.*got.*!= 'no'"),
    ({("survey", 6, "relevant"): "${reasons} = 'sport'"}, r"row 6: relevant asks for one earlier"),
    ({("survey", 7, "relevant"): "${visited} = 'yes' and ${times} > 3"}, r"row 7: relevant asks"),
    ({("survey", 6, "constraint"): ". > 3"}, r"row 6: a number needs its bounds.*got '. > 3'"),
    ({("survey", 3, "constraint"): ". != ''"}, r"row 3: a choice takes no constraint"),
    ({("survey", 17, "constraint"): "regex(., 'a')"}, r"row 17: a text's constraint is"),
    ({("survey", 3, "calculation"): "1 + 1"}, r"row 3: column 'calculation' holds .*'1 \+ 1'"),
    ({("survey", 3, "default"): "satisfied"}, r"row 3: column 'default' holds"),
    ({("survey", 3, "required"): "${visited} = 'yes'"}, r"row 3: required is yes or nothing"),
    ({("survey", 3, "name"): "Admission"}, r"row 3: the name 'Admission' is not up to 32 letters"),
    ({("choices", 8, "name"): "No2"}, r"choices row 8: the name 'No2' is not"),
    ({("survey", 3, "label::English (en)"): ""}, r"row 3: label is empty in the language 'en'"),
    ({("choices", 7, "image"): "a.png"}, r"choices row 7: column 'image' holds"),
    ({("survey", 3, "type"): "select_one nowhere"}, r"pyxform takes it for no XLSForm: .*nowhere"),
    ({("survey", 2, "type"): "text"}, r"row 2: expected a note"),
]


@pytest.mark.parametrize(("change", "message"), FAULTS)
def test_what_a_paper_cannot_hold_is_told_with_sheet_and_row(
    change: dict[tuple[str, int, str], str], message: str
) -> None:
    forms = export(SAMPLE) | {"society.xlsx": society(change)}
    with pytest.raises((Problem, Problems)) as caught:
        import_forms(forms)
    assert re.search(
        rf"society\.xlsx(?: · (?:survey|choices))?:? .*{message}", str(caught.value)
    ), caught.value


def test_every_fault_of_every_workbook_is_told_at_once() -> None:
    change = {("survey", 3, "type"): "geopoint", ("survey", 6, "type"): "decimal"}
    with pytest.raises(Problems) as caught:
        import_forms(export(SAMPLE) | {"society.xlsx": society(change)})
    assert len(caught.value.problems) == 2


FOREIGN = {
    "survey": [
        ["type", "name", "label::中文 (zh)", "label::English (en)", "required"],
        ["note", "hello", "您好", "Hello", ""],
        ["select_one yn", "visited", "去过吗？", "Been there?", "yes"],
        ["select_one level", "overall", "总的来说？", "All in all?", "true()"],
    ],
    "choices": [
        ["list name", "name", "label::中文 (zh)", "label::English (en)"],
        ["yn", "yes", "是", "Yes"],
        ["yn", "no", "否", "No"],
        ["level", "satisfied", "满意", "Satisfied"],
        ["level", "dissatisfied", "不满意", "Dissatisfied"],
    ],
    "settings": [["form_title", "form_id"], ["学校", "a1"]],
}


def test_a_form_made_elsewhere_becomes_a_paper() -> None:
    names = {
        "society": ("parent", "deputy", "cppcc", "resident", "teacher", "principal", "student")
    }
    edition = import_forms(
        {"society.xlsx": workbook(FOREIGN)}, edition_id="ours-2027", categories=names
    )
    (paper,) = edition.papers
    assert [item.id for item in paper.items] == ["visited", "overall"]
    assert [item.is_rated for item in paper.items] == [False, True]
    assert (paper.title["zh"], edition.dimensions["general"]["zh"]) == ("学校", "综合")


@pytest.mark.parametrize(
    ("form", "options", "message"),
    [
        (FOREIGN, {}, "does not name its edition"),
        (FOREIGN, {"edition_id": "ours-2027"}, "needs exactly one paper"),
        ({**FOREIGN, "survey": [["type", "name"]]}, {}, "sheet 'survey' is missing or empty"),
        (
            {**FOREIGN, "survey": [line[:3] for line in FOREIGN["survey"]]},
            {"edition_id": "ours-2027"},
            r"no column 'label::English \(en\)'",
        ),
        ({"Sheet1": [["a"], ["b"]]}, {}, "sheet 'survey' is missing or empty"),
    ],
)
def test_a_workbook_that_lacks_something_is_told(
    form: dict[str, Lines], options: dict[str, str], message: str
) -> None:
    with pytest.raises((Problem, Problems), match=message):
        import_forms({"society.xlsx": workbook(form)}, **options)  # type: ignore[arg-type] # ids


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"zip?", b"\xd0\xcf\x11\xe0" * 4])
def test_what_is_no_workbook_is_told(content: bytes) -> None:
    with pytest.raises(Problem, match=r"society\.xlsx"):
        import_forms({"society.xlsx": content}, edition_id="x")


def test_workbooks_of_two_editions_do_not_mix() -> None:
    forms = export(SAMPLE) | {"pupil.xlsx": export(load_edition(NATIONAL))["pupil.xlsx"]}
    with pytest.raises(Problem, match="not of one edition"):
        import_forms(forms)
