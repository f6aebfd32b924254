"""Empty workbooks to fill in (填报模板), made from a rule set: every sheet it asks for.

The layout is that of the national form's tables: schools, county figures, years, classes, special
rooms, subjects, judgements with evidence. Headers carry units, choices are lists, an example row
shows the way and is left out by the import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

import xlsxwriter
from xlsxwriter.utility import xl_range

from scoring.county_sheets import FIGURES, JUDGEMENTS, PRINTED, Sheet, questions_of, sheets_of
from scoring.rule_parts import ANSWERS
from scoring.rule_set import RuleSet
from scoring.school_columns import Column
from survey.schools.county_workbook import EXAMPLE, NOTES

LAST_ROW = 5000
"""Rows that the lists of choices reach down to."""

WIDTHS = {"text": 18, "choice": 14, "flag": 8}
LONG = {"title": 44, "question": 60, "evidence": 30, "source": 24, "remark": 24, "name": 24}

EXAMPLES: Mapping[str, str] = {
    "name": "示例小学",
    "township": "城关镇",
    "class_name": "一年级1班",
    "room_name": "音乐教室1",
    "subject": "四年级数学",
    "school_id": f"{EXAMPLE}，导入时跳过",
}
OF_KIND = {
    "count": "45",
    "amount": "96.5",
    "month": "2018-09",
    "year": "2025",
    "date": "2026-04-30",
    "percent": "85%",
    "text": "",
}

INSTRUCTIONS = (
    "本工作簿由规则集 {id}（{title}）生成，规则集摘要 {digest}。",
    "表头括号内是单位；金额可把表头单位改为“万元”，或在单元格内写明“万元”。",
    "没有的填 0；空白表示没有填报，涉及的条款不作结论。",
    "各班学生数之和必须等于该学段学生数；学校一个班级也不填时，班额条款不作结论。",
    "月份写作 2018-09，日期写作 2026-04-30，比例写作 85% 或 0.85。",
    "评判表逐项填“可选答案”中的一项，并在“佐证材料”写明文件名。",
    "第一格以“示例”开头的行不导入；表末“合计”行只用于核对。",
)


def write_template(target: Path | BytesIO, rule_set: RuleSet) -> list[str]:
    """Write the workbook of a rule set; return the names of its sheets."""
    sheets = sheets_of(rule_set)
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False}) as workbook:
        _write_notes(workbook, rule_set)
        for sheet in sheets:
            _write_sheet(workbook, sheet, rule_set)
    return [sheet.title.zh for sheet in sheets]


def _write_notes(workbook: xlsxwriter.Workbook, rule_set: RuleSet) -> None:
    sheet = workbook.add_worksheet(NOTES[0])
    values = {"id": rule_set.id, "title": rule_set.title_zh, "digest": rule_set.digest}
    for number, line in enumerate(INSTRUCTIONS):
        sheet.write_string(number, 0, line.format(**values))
    sheet.set_column(0, 0, 100)


def _write_sheet(workbook: xlsxwriter.Workbook, sheet: Sheet, rule_set: RuleSet) -> None:
    page = workbook.add_worksheet(sheet.title.zh)
    bold = workbook.add_format({"bold": True, "text_wrap": True, "bg_color": "#E8F3EC"})
    text = workbook.add_format({"num_format": "@"})
    faint = workbook.add_format({"num_format": "@", "font_color": "#6B6B6B", "italic": True})
    for number, column in enumerate(sheet.columns):
        page.write_string(0, number, header_of(column), bold)
        page.set_column(number, number, _width(column), None if _is_number(column) else text)
    for row, line in enumerate(_lines(sheet), start=1):
        for number, value in enumerate(line):
            page.write_string(row, number, value, text if sheet.printed else faint)
    _add_lists(page, sheet, rule_set)
    page.freeze_panes(1, 1)


def header_of(column: Column) -> str:
    """Return a column's header with its unit, as an import reads it back."""
    return f"{column.header_zh}（{column.unit}）" if column.unit else column.header_zh


def _lines(sheet: Sheet) -> list[list[str]]:
    """Return what is printed below the headers: the questions asked, or one example row."""
    if sheet.printed:
        return [[row.get(column.name, "") for column in sheet.columns] for row in sheet.printed]
    example = [_example(column) for column in sheet.columns]
    if not example[0].startswith(EXAMPLE):
        example[0] = f"{EXAMPLE}：{example[0]}"
    return [example]


def _example(column: Column) -> str:
    if column.name in EXAMPLES:
        return EXAMPLES[column.name]
    if column.options:
        return next(iter(column.options.values()))
    return OF_KIND.get(column.kind, "")


def _add_lists(page: xlsxwriter.worksheet.Worksheet, sheet: Sheet, rule_set: RuleSet) -> None:
    """Add the lists of choices; a judgement's list has the answers of its own question."""
    if sheet.id == JUDGEMENTS:
        number = [column.name for column in sheet.columns].index("answer")
        for row, question in enumerate(questions_of(rule_set), start=1):
            words = [ANSWERS[code] for code in question.part.options]
            page.data_validation(row, number, row, number, _list(words))
        return
    if sheet.id == FIGURES:
        return
    for number, column in enumerate(sheet.columns):
        rule = _validation(column)
        if rule:
            page.data_validation(xl_range(1, number, LAST_ROW, number), rule)


def _validation(column: Column) -> dict[str, object]:
    if column.options:
        return _list(list(column.options.values()))
    if column.kind in ("count", "amount"):
        return {
            "validate": "integer" if column.kind == "count" else "decimal",
            "criteria": ">=",
            "value": 0,
            "error_type": "warning",
        }
    return {}


def _list(words: Sequence[str]) -> dict[str, object]:
    return {"validate": "list", "source": list(words)}


def _is_number(column: Column) -> bool:
    return column.kind in ("count", "amount", "year") and column.name not in PRINTED


def _width(column: Column) -> int:
    return LONG.get(column.name, max(WIDTHS.get(column.kind, 12), len(column.header_zh)))
