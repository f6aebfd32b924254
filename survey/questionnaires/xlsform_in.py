"""Papers out of XLSForms (KoboToolbox, ODK): what a paper cannot hold is told, row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sampling.problems import N_, Problem, Problems
from survey.questionnaires import xlsform as names
from survey.questionnaires.edition import EDITION_FILE, FORMAT, parse_edition
from survey.questionnaires.paper import ALWAYS, LTR, MULTIPLE, NUMBER, SINGLE, TEXT, Edition
from survey.questionnaires.paper_table import ITEM_ID, LONGEST_TEXT
from survey.questionnaires.toml_text import write_toml
from survey.questionnaires.xlsform_sheets import Form, Row, read_form

Contents = dict[str, dict[str, Any]]

KINDS = {
    "select_one": SINGLE,
    "select_multiple": MULTIPLE,
    "integer": NUMBER,
    "int": NUMBER,
    "text": TEXT,
    "string": TEXT,
}
KINDS_TOLD = "select_one, select_multiple, integer, text"
YES = ("yes", "true", "true()", "1")
NO = ("", "no", "false", "false()", "0")
TAKEN = ("type", "list_name", "name", "required", "relevant", "constraint", names.DIMENSION)
LOOKS = ("appearance", "constraint_message", "required_message")  # left behind, nothing is lost

EQUALS = re.compile(r"\$\{\s*(\w+)\s*\}\s*=\s*(?:'([^']*)'|\"([^\"]*)\")")
SELECTED = re.compile(r"selected\(\s*\$\{\s*(\w+)\s*\}\s*,\s*(?:'([^']*)'|\"([^\"]*)\")\s*\)")
OR = re.compile(r"\s+or\s+")
BOUNDS = re.compile(r"\(?\s*\.\s*>=\s*(\d{1,9})\s*\)?\s+and\s+\(?\s*\.\s*<=\s*(\d{1,9})\s*\)?")
LENGTH = re.compile(r"string-length\(\s*\.\s*\)\s*<=\s*(\d{1,9})")

GENERAL = {"general": {"zh": "综合", "en": "General"}}


def import_forms(
    forms: Mapping[str, bytes],
    *,
    edition_id: str = "",
    categories: Mapping[str, Sequence[str]] | None = None,
) -> Edition:
    """Return the edition that workbooks make, one paper each, by file name.

    Parameters
    ----------
    edition_id
        In place of the one that the workbooks name; needed where they name none.
    categories
        For whom each paper is, by its id, where its workbook does not say.

    Raises `Problem` or `Problems` naming sheet and row of everything that a paper cannot hold.
    """
    read = [read_form(name, content) for name, content in forms.items()]
    tops = [_read_top(form, edition_id) for form in read]
    if not read or any(top != tops[0] for top in tops):
        raise Problem(
            N_("the workbooks are not of one edition: id, title, languages or dimensions differ"),
            where=", ".join(forms),
        )
    contents: Contents = {EDITION_FILE: tops[0]}
    faults: list[Problem] = []
    for form in read:
        try:
            paper = _read_paper(form, categories or {})
        except Problems as error:
            faults += error.problems
            continue
        if f"{paper['id']}.toml" in contents:
            raise Problem(N_("two workbooks hold the paper {name!r}"), name=paper["id"])
        contents[f"{paper['id']}.toml"] = paper
    if faults:
        raise Problems(faults)
    return parse_edition(contents[EDITION_FILE]["id"], contents)


def edition_files(edition: Edition) -> dict[str, bytes]:
    """Return the TOML files of an edition, by name."""
    return {
        name: write_toml(data).encode("utf-8")
        for name, data in edition.content.items()
        if isinstance(data, Mapping)
    }


def _read_top(form: Form, edition_id: str) -> dict[str, Any]:
    """Return what edition.toml holds, from the lists that no question uses."""
    named = form.choices(names.EDITION_LIST)
    name = edition_id or (named[0]["name"] if named else "")
    if not name:
        raise Problem(N_("the workbook does not name its edition; give an id"), where=form.file)
    title = {language.code: _form_title(form) for language in ALWAYS}
    top: dict[str, Any] = {
        "format": FORMAT,
        "id": name,
        "title": _wording(named[0], "label", _always()) if named else title,
    }
    added = {
        code: {"name": name, "direction": _direction(form, code)}
        for code, name in _languages(form).items()
        if code not in _always()
    }
    if added:
        top["languages"] = added
    dimensions = {
        row["name"]: _wording(row, "label", _always()) for row in form.choices(names.DIMENSION_LIST)
    }
    top["dimensions"] = dimensions or GENERAL
    return top


def _always() -> tuple[str, ...]:
    return tuple(language.code for language in ALWAYS)


def _form_title(form: Form) -> str:
    settings = form.rows(names.SETTINGS)
    return settings[0]["form_title"] if settings else ""


def _languages(form: Form) -> dict[str, str]:
    """Return the languages of the questions' labels: code -> name. Chinese and English must be."""
    found: dict[str, str] = {}
    for header in form.headers[names.SURVEY]:
        match = names.TRANSLATED_HEADER.fullmatch(header)
        if match and match[1] == "label":
            found[match[3]] = match[2]
    for language in ALWAYS:
        if language.code not in found:
            raise Problem(
                N_("the sheet {sheet!r} has no column {column!r}"),
                where=form.file,
                sheet=names.SURVEY,
                column=names.header("label", language),
            )
    return found


def _direction(form: Form, code: str) -> str:
    rows = [row for row in form.choices(names.LANGUAGE_LIST) if row["name"] == code]
    return (rows[0][names.DIRECTION] if rows else "") or LTR


def _read_paper(form: Form, categories: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return what a paper's file holds; raise `Problems` with everything that it cannot hold."""
    codes = tuple(_languages(form))
    named = form.choices(names.PAPER_LIST)
    paper_id = named[0]["name"] if named else form.file.rpartition(".")[0].lower()
    listed = [row["name"] for row in form.choices(names.CATEGORY_LIST)]
    rows = form.rows(names.SURVEY)
    rating = next((_list_name(row) for row in rows if row["name"] == "overall"), "")
    faults: list[Problem] = []
    items: list[dict[str, Any]] = []
    for row in rows[1:]:
        try:
            items.append(_read_item(form, row, codes, rating))
        except Problem as problem:
            faults.append(problem)
    if rows[0]["type"] != "note":
        message = N_("expected a note: what people are told before question 1")
        faults.append(rows[0].problem(message))
    if not rating:
        faults.append(Problem(N_("there is no select_one called overall"), where=form.file))
    try:
        note = _wording(rows[0], "label", codes)
        title = _wording(named[0], "label", codes) if named else _titles(form, codes)
        options = _options(form, rating, codes)
    except Problem as problem:
        faults.append(problem)
    if faults:
        raise Problems(faults)
    return {
        "id": paper_id,
        "categories": listed or list(categories.get(paper_id, ())),
        "title": title,
        "note": note,
        "options": options,
        "items": items,
    }


def _titles(form: Form, codes: Sequence[str]) -> dict[str, str]:
    return dict.fromkeys(codes, _form_title(form))


def _list_name(row: Row) -> str:
    return row["type"].partition(" ")[2].strip()


def _read_item(form: Form, row: Row, codes: Sequence[str], rating: str) -> dict[str, Any]:
    """Return a question as its file holds it; raise `Problem` for what no paper has."""
    kind, list_name = _read_kind(row)
    _refuse_others(row)
    if not ITEM_ID.fullmatch(row["name"]):
        raise row.problem(
            N_("the name {got!r} is not up to 32 letters a-z, digits or _"), got=row["name"]
        )
    item: dict[str, Any] = {
        "id": row["name"],
        "dimension": row[names.DIMENSION] or next(iter(GENERAL)),
        "kind": kind,
        "required": _read_flag(row),
    }
    if kind == TEXT:
        item["max_length"] = _read_length(row)
    elif kind == NUMBER:
        item["least"], item["most"] = _read_bounds(row)
    elif row["constraint"]:
        raise row.problem(N_("a choice takes no constraint, got {got!r}"), got=row["constraint"])
    if row["relevant"]:
        item["when"] = _read_condition(form, row)
    item["text"] = _wording(row, "label", codes)
    if any(row[_column(row, "hint", code)] for code in codes):
        item["hint"] = _wording(row, "hint", codes)
    if kind == MULTIPLE or (kind == SINGLE and list_name != rating):
        item["options"] = _options(form, list_name, codes)
    return item


def _read_kind(row: Row) -> tuple[str, str]:
    word, _, list_name = row["type"].partition(" ")
    if word not in KINDS or " " in list_name.strip():
        raise row.problem(
            N_("the kind {got!r} is not one of {known}"), got=row["type"], known=KINDS_TOLD
        )
    return KINDS[word], list_name.strip()


def _refuse_others(row: Row) -> None:
    """Raise `Problem` for a cell in a column that no paper has."""
    for column, value in row.cells.items():
        base = column.partition("::")[0]
        is_known = column in TAKEN or base in LOOKS or names.TRANSLATED_HEADER.fullmatch(column)
        if value.strip() and not is_known:
            raise row.problem(
                N_("column {column!r} holds what a paper cannot: {got!r}"), column=column, got=value
            )


def _read_flag(row: Row) -> bool:
    value = row["required"].lower()
    if value not in (*YES, *NO):
        raise row.problem(N_("required is yes or nothing, got {got!r}"), got=row["required"])
    return value in YES


def _read_length(row: Row) -> int:
    match = LENGTH.fullmatch(row["constraint"])
    if row["constraint"] and not match:
        raise row.problem(
            N_("a text's constraint is {expected!r}, got {got!r}"),
            expected=f"string-length(.) <= {LONGEST_TEXT}",
            got=row["constraint"],
        )
    return int(match[1]) if match else LONGEST_TEXT


def _read_bounds(row: Row) -> tuple[int, int]:
    match = BOUNDS.fullmatch(row["constraint"])
    if not match:
        raise row.problem(
            N_("a number needs its bounds as constraint, {expected!r}, got {got!r}"),
            expected=". >= 0 and . <= 100",
            got=row["constraint"],
        )
    return int(match[1]), int(match[2])


def _read_condition(form: Form, row: Row) -> dict[str, Any]:
    """Return the condition of a question: one earlier choice, and some of its options.

    Of a select_multiple `=` would mean "this and nothing else", which no paper asks.
    """
    parts = OR.split(row["relevant"])
    found = [EQUALS.fullmatch(part) or SELECTED.fullmatch(part) for part in parts]
    items = {match[1] for match in found if match}
    several = {asked["name"] for asked in form.rows(names.SURVEY) if _is_multiple(asked)}
    is_equality = any(EQUALS.fullmatch(part) for part in parts)
    if len(items) != 1 or not all(found) or (items <= several and is_equality):
        raise row.problem(
            N_("relevant asks for one earlier choice, such as {one!r} or {several!r}; got {got!r}"),
            one="${visited} = 'yes' or ${visited} = 'once'",
            several="selected(${ways}, 'letter')",
            got=row["relevant"],
        )
    return {"item": items.pop(), "is": [match[2] or match[3] for match in found if match]}


def _is_multiple(row: Row) -> bool:
    return KINDS.get(row["type"].partition(" ")[0]) == MULTIPLE


def _options(form: Form, list_name: str, codes: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"id": _choice_id(row), "text": _wording(row, "label", codes)}
        for row in form.choices(list_name)
    ]


def _choice_id(row: Row) -> str:
    _refuse_others(row)
    if not ITEM_ID.fullmatch(row["name"]):
        raise row.problem(
            N_("the name {got!r} is not up to 32 letters a-z, digits or _"), got=row["name"]
        )
    return row["name"]


def _wording(row: Row, column: str, codes: Sequence[str]) -> dict[str, str]:
    """Return a row's text in every language; raise `Problem` for a cell that is empty."""
    wording = {}
    for code in codes:
        header = _column(row, column, code)
        if not row[header]:
            raise row.problem(
                N_("{column} is empty in the language {code!r}"), column=column, code=code
            )
        wording[code] = row.cells[header]
    return wording


def _column(row: Row, column: str, code: str) -> str:
    """Return the header of a column in a language, whatever the file calls the language."""
    matches = (names.TRANSLATED_HEADER.fullmatch(header) for header in row.cells)
    return next((m[0] for m in matches if m and (m[1], m[3]) == (column, code)), "")
