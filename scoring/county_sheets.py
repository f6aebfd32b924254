"""The sheets of a county's workbook (县级工作簿), generated from the rule set.

Templates, imports and records use the same sheets: the school table, the county's figures, years,
classes, special rooms, subjects of the monitoring, and judgements with the names of their evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scoring.citations import Title
from scoring.data_tables import TABLES, Figure
from scoring.rule_parts import ANSWERS, AnswerPart, Part
from scoring.rule_set import RuleSet
from scoring.school_columns import Column
from scoring.school_layout import data_column, layout_of

SCHOOLS, FIGURES, JUDGEMENTS = "schools", "figures", "judgements"

TITLES = {
    SCHOOLS: Title("学校", "Schools"),
    FIGURES: Title("县级数据", "County figures"),
    "years": Title("年度数据", "Years"),
    "classes": Title("班级", "Classes"),
    "special_rooms": Title("专用教室", "Special rooms"),
    "subjects": Title("监测学科", "Subjects"),
    JUDGEMENTS: Title("评判", "Judgements"),
}
"""Sheets by code, in the order of the workbook."""

FIGURE_COLUMNS = (
    Column("figure", "代码", "Code", "", "text", required=True),
    Column("title", "名称", "Figure", "", "text", is_expected=False),
    Column("unit", "单位", "Unit", "", "text", is_expected=False),
    Column("value", "数值", "Value", "", "text"),
    Column("source", "来源", "Where it comes from", "", "text", is_expected=False),
)

JUDGEMENT_COLUMNS = (
    Column("rule", "条款", "Rule", "", "text", required=True),
    Column("part", "分项", "Part", "", "text", required=True),
    Column("question", "问题", "Question", "", "text", is_expected=False),
    Column("options", "可选答案", "Answers", "", "text", is_expected=False),
    Column("answer", "评判", "Answer", "", "choice", ANSWERS),
    Column("evidence", "佐证材料", "Evidence", "", "text", is_expected=False),
    Column("remark", "说明", "Remark", "", "text", is_expected=False),
)

PRINTED = ("title", "unit", "question", "options")
"""Columns that the template fills in for the reader; none of them is kept."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its code, its name in the workbook, its columns, and rows that are printed in it."""

    id: str
    title: Title
    columns: tuple[Column, ...]
    printed: tuple[dict[str, str], ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell one row from another."""
        return tuple(column.name for column in self.columns if column.required)


@dataclass(frozen=True, slots=True)
class Question:
    """A judgement that the rule set asks for: the rule or target it belongs to, and its part."""

    owner: str
    part: AnswerPart


def sheets_of(rule_set: RuleSet) -> tuple[Sheet, ...]:
    """Return the sheets that the rule set asks for; a table without columns has none.

    >>> from scoring.rule_set import load_rule_set
    >>> [sheet.title.zh for sheet in sheets_of(load_rule_set("national-2017"))]
    ['学校', '县级数据', '年度数据', '班级', '专用教室', '监测学科', '评判']
    """
    found = {
        SCHOOLS: Sheet(SCHOOLS, TITLES[SCHOOLS], layout_of(rule_set).columns),
        FIGURES: Sheet(FIGURES, TITLES[FIGURES], FIGURE_COLUMNS, tuple(_figure_rows(rule_set))),
        JUDGEMENTS: Sheet(
            JUDGEMENTS, TITLES[JUDGEMENTS], JUDGEMENT_COLUMNS, tuple(_question_rows(rule_set))
        ),
    }
    for table in TABLES:
        columns = tuple(data_column(column) for column in rule_set.columns_of(table))
        if table != SCHOOLS and columns:
            found[table] = Sheet(table, TITLES[table], columns)
    asked = (name for name in TITLES if name in found)
    return tuple(found[name] for name in asked if name == SCHOOLS or not _is_idle(found[name]))


def questions_of(rule_set: RuleSet) -> tuple[Question, ...]:
    """Return the judgements that rules, their other readings and targets ask for, each once."""
    found = {(q.owner, q.part.id): q for q in _questions(rule_set)}
    return tuple(found.values())


def figure_column(figure: Figure) -> Column:
    """Return a figure of the county as a column, so that its value is read like a cell."""
    return Column(figure.id, figure.title.zh, figure.title.en, figure.unit, figure.kind)


def _is_idle(sheet: Sheet) -> bool:
    """Return whether the rule set has nothing to print into a sheet that lives of that."""
    return sheet.id in (FIGURES, JUDGEMENTS) and not sheet.printed


def _questions(rule_set: RuleSet) -> Iterator[Question]:
    for rule in rule_set.rules:
        for parts in (rule.parts, *(reading.parts for reading in rule.readings)):
            yield from _asked(rule.id, parts)
    for target in rule_set.targets:
        yield from _asked(target.id, target.parts)


def _asked(owner: str, parts: tuple[Part, ...]) -> Iterator[Question]:
    return (Question(owner, part) for part in parts if isinstance(part, AnswerPart))


def _figure_rows(rule_set: RuleSet) -> Iterator[dict[str, str]]:
    for figure in rule_set.figures:
        yield {"figure": figure.id, "title": figure.title.zh, "unit": figure.unit}


def _question_rows(rule_set: RuleSet) -> Iterator[dict[str, str]]:
    for question in questions_of(rule_set):
        yield {
            "rule": question.owner,
            "part": question.part.id,
            "question": question.part.title.zh,
            "options": " / ".join(ANSWERS[code] for code in question.part.options),
        }
