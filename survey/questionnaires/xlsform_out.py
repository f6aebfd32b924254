"""A paper as an XLSForm that pyxform compiles: sheets survey, choices, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import xlsxwriter

from survey.questionnaires import xlsform as names
from survey.questionnaires.paper import (
    ALWAYS,
    MULTIPLE,
    NUMBER,
    SINGLE,
    TEXT,
    Condition,
    Edition,
    Item,
    Language,
    Option,
    Paper,
    Wording,
)

Lines = list[list[str]]
Row = Mapping[str, str]

SURVEY_COLUMNS = ("required", "relevant", "constraint", "appearance", names.DIMENSION)


def write_form(path: Path, edition: Edition, paper: Paper) -> None:
    """Write one paper of an edition as an .xlsx file; every cell is text."""
    with xlsxwriter.Workbook(str(path)) as workbook:
        for name, lines in make_form(edition, paper).items():
            sheet = workbook.add_worksheet(name)
            for row, line in enumerate(lines):
                for column, value in enumerate(line):
                    if value:
                        sheet.write_string(row, column, value)


def make_form(edition: Edition, paper: Paper) -> dict[str, Lines]:
    """Return the lines of the three sheets, headers first."""
    labels = [names.header("label", language) for language in edition.languages]
    hints = [names.header("hint", language) for language in edition.languages]
    survey = ["type", "name", *labels, *hints, *SURVEY_COLUMNS]
    choices = ["list_name", "name", *labels, names.DIRECTION]
    settings = ["form_title", "form_id", "version", "default_language"]
    return {
        names.SURVEY: _lines(survey, _survey_rows(edition, paper)),
        names.CHOICE_SHEET: _lines(choices, _choice_rows(edition, paper)),
        names.SETTINGS: _lines(settings, [_settings(edition, paper)]),
    }


def _lines(headers: Sequence[str], rows: Iterator[Row] | list[Row]) -> Lines:
    return [list(headers), *([row.get(name, "") for name in headers] for row in rows)]


def _settings(edition: Edition, paper: Paper) -> Row:
    return {
        "form_title": paper.title["zh"],
        "form_id": f"{edition.id}-{paper.id}",
        "version": edition.digest[:12],
        "default_language": names.language_name(ALWAYS[0]),
    }


def _survey_rows(edition: Edition, paper: Paper) -> Iterator[Row]:
    note = _wording("label", paper.note, edition.languages)
    yield {"type": "note", "name": names.NOTE, **note}
    for item in paper.items:
        yield {
            "type": _type(item),
            "name": item.id,
            **_wording("label", item.text, edition.languages),
            **(_wording("hint", item.hint, edition.languages) if item.hint else {}),
            "required": "yes" if item.required else "",
            "relevant": _relevant(paper, item.when) if item.when else "",
            "constraint": _constraint(item),
            "appearance": "multiline" if item.kind == TEXT else "",
            names.DIMENSION: item.dimension,
        }


def _type(item: Item) -> str:
    own = names.RATING_LIST if item.is_rated else item.id
    return {
        SINGLE: f"select_one {own}",
        MULTIPLE: f"select_multiple {own}",
        NUMBER: "integer",
        TEXT: "text",
    }[item.kind]


def _relevant(paper: Paper, when: Condition) -> str:
    is_multiple = paper.find_item(when.item).kind == MULTIPLE
    pattern = "selected(${{{}}}, '{}')" if is_multiple else "${{{}}} = '{}'"
    return " or ".join(pattern.format(when.item, option) for option in when.options)


def _constraint(item: Item) -> str:
    if item.kind == NUMBER:
        return f". >= {item.least} and . <= {item.most}"
    return f"string-length(.) <= {item.max_length}" if item.kind == TEXT else ""


def _choice_rows(edition: Edition, paper: Paper) -> Iterator[Row]:
    yield from _options(names.RATING_LIST, paper.options, edition.languages)
    for item in paper.items:
        if not item.is_rated:
            yield from _options(item.id, item.options, edition.languages)
    yield _choice(names.EDITION_LIST, edition.id, edition.title, ALWAYS)
    yield _choice(names.PAPER_LIST, paper.id, paper.title, edition.languages)
    for category in paper.categories:
        plain = dict.fromkeys((language.code for language in edition.languages), category)
        yield _choice(names.CATEGORY_LIST, category, plain, edition.languages)
    for dimension, title in edition.dimensions.items():
        yield _choice(names.DIMENSION_LIST, dimension, title, ALWAYS)
    for language in edition.languages:
        plain = dict.fromkeys((other.code for other in edition.languages), language.name)
        row = _choice(names.LANGUAGE_LIST, language.code, plain, edition.languages)
        yield {**row, names.DIRECTION: language.direction}


def _options(name: str, options: Sequence[Option], languages: Sequence[Language]) -> Iterator[Row]:
    return (_choice(name, option.id, option.text, languages) for option in options)


def _choice(list_name: str, name: str, text: Wording, languages: Sequence[Language]) -> Row:
    return {"list_name": list_name, "name": name, **_wording("label", text, languages)}


def _wording(column: str, text: Wording, languages: Sequence[Language]) -> Row:
    return {names.header(column, language): text[language.code] for language in languages}
