"""The columns of the school table (学校表): what a school is, its pupils, its amounts.

The first eight columns are the same in every scheme. The amounts follow from the indicators of
the rule set, and a rule set may ask for more columns (`scoring.school_layout`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

KINDS = {
    "primary": "小学",
    "junior": "初中",
    "nine_year": "九年一贯制",
    "complete_secondary": "完全中学",
    "twelve_year": "十二年一贯制",
    "point": "教学点",
    "special": "特殊教育学校",
    "vocational": "职业学校",
}
"""办学类型 by code."""

SECTIONS_OF_KIND = {
    "primary": ("primary",),
    "junior": ("junior",),
    "nine_year": ("primary", "junior"),
    "complete_secondary": ("junior", "senior"),
    "twelve_year": ("primary", "junior", "senior"),
    "point": ("primary",),
    "special": ("primary", "junior", "senior"),
    "vocational": ("junior", "senior"),
}
"""The sections a kind of school can have pupils in."""

OWNERSHIPS = {"public": "公办", "private": "民办"}
"""办别 by code."""

COMPULSORY = ("primary", "junior")
SECTIONS = ("primary", "junior", "senior")
SECTION_TITLES = {"primary": ("小学", "Primary"), "junior": ("初中", "Junior")}
TEACHERS = ("degree_teachers", "backbone_teachers", "pe_art_teachers")
SHARED = ("rooms_m2", "grounds_m2", "equipment_yuan", "multimedia_rooms")
FLAGS = {"yes": "是", "no": "否"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: code name, header in both languages, unit and kind.

    `kind` is text, choice, flag, count (whole), amount (any decimal from 0 up), percent, month,
    year or date. `is_expected` columns have to be in the file; in a `required` one no cell may
    be blank.
    """

    name: str
    header_zh: str
    header_en: str
    unit: str
    kind: str
    options: Mapping[str, str] | None = None
    is_expected: bool = True
    required: bool = False


@dataclass(frozen=True, slots=True)
class SchoolLayout:
    """The school table of one rule set.

    `own` are the amounts that each section has of its own (columns ``primary_X``, ``junior_X``),
    `shared` those of the whole school, `more` further columns, which a file may leave out.
    """

    columns: tuple[Column, ...]
    own: tuple[str, ...]
    shared: tuple[str, ...]
    more: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Return the column of that code name."""
        return next(column for column in self.columns if column.name == name)


def _section_columns(section: str, zh: str, en: str) -> tuple[Column, ...]:
    return (
        Column(f"{section}_degree_teachers", f"{zh}高于规定学历教师数",
               f"{en}: teachers above the required degree", "人", "amount"),
        Column(f"{section}_backbone_teachers", f"{zh}县级以上骨干教师数",
               f"{en}: backbone teachers", "人", "amount"),
        Column(f"{section}_pe_art_teachers", f"{zh}体育艺术专任教师数",
               f"{en}: full-time PE and art teachers", "人", "amount"),
    )  # fmt: skip


HEAD_COLUMNS = (
    Column("school_id", "学校标识码", "School code", "", "text", required=True),
    Column("name", "学校名称", "Name of school", "", "text", required=True),
    Column("township", "乡镇", "Township", "", "text"),
    Column("kind", "办学类型", "Kind of school", "", "choice", KINDS, required=True),
    Column("ownership", "办别", "Ownership", "", "choice", OWNERSHIPS, required=True),
    Column("primary_pupils", "小学学生数", "Pupils, primary", "人", "count"),
    Column("junior_pupils", "初中学生数", "Pupils, junior", "人", "count"),
    Column("senior_pupils", "高中学生数", "Pupils, senior", "人", "count"),
)
"""What every scheme asks of a school."""

SCHOOL_COLUMNS = (
    *HEAD_COLUMNS,
    *_section_columns("primary", "小学", "Primary"),
    *_section_columns("junior", "初中", "Junior"),
    Column("rooms_m2", "教学及辅助用房面积", "Teaching and auxiliary rooms", "平方米", "amount"),
    Column("grounds_m2", "体育运动场馆面积", "Sports grounds and halls", "平方米", "amount"),
    Column("equipment_yuan", "教学仪器设备值", "Value of teaching equipment", "元", "amount"),
    Column(
        "multimedia_rooms", "网络多媒体教室数", "Networked multimedia classrooms", "间", "amount"
    ),
)
"""The school table of the national scheme, in the order of the template."""

SEVEN = SchoolLayout(SCHOOL_COLUMNS, TEACHERS, SHARED)
"""The layout for the seven indicators of the national scheme."""

ALL_PUPILS = Column("all_pupils", "学生总数", "Pupils in all", "人", "count", is_expected=False)
"""A column that is only checked against the sections' pupils and then dropped."""
