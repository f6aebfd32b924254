"""Which column of an uploaded file is which of the roster (列名对应): guessed by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from survey.frames.roster import COLUMNS

# What counties call their columns; brackets, blanks and stars round a name are passed over.
SYNONYMS = {
    "id": ("编号", "序号", "学号", "工号", "教师编号", "学籍号", "号码", "no", "number"),
    "category": ("类别", "人员类别", "群体", "身份", "身份类别", "对象类别", "type"),
    "name": ("姓名", "名字", "学生姓名", "教师姓名", "家长姓名", "户主", "fullname"),
    "phone": (
        "电话",
        "手机",
        "手机号",
        "手机号码",
        "联系电话",
        "联系方式",
        "电话号码",
        "mobile",
        "tel",
    ),
    "township": ("乡镇", "镇", "乡", "乡镇街道", "街道", "所在乡镇", "所属乡镇", "town"),
    "area": ("区域", "城乡", "城乡类别", "城乡分类", "城乡类型", "办学区域", "所在区域"),
    "grade": ("年级", "所在年级", "就读年级", "子女年级", "孩子年级"),
    "school": ("学校", "学校名称", "所在学校", "就读学校", "单位", "工作单位", "所属学校"),
    "class": ("班级", "班", "所在班级", "班级名称", "classname"),
    "person": ("人员标识", "身份证号", "身份证", "身份证号码", "证件号", "证件号码", "personkey"),
}
NOISE = re.compile(r"[\s*＊:：_]|[(（\[【].*?[)）\]】]")


def plain(header: str) -> str:
    """Return a header without what people put round it.

    >>> plain("* 联系电话（必填）"), plain("Full Name")
    ('联系电话', 'fullname')
    """
    return NOISE.sub("", header).lower()


WORDS = {
    plain(word): column.name
    for column in COLUMNS
    for word in (*SYNONYMS[column.name], column.header, column.name)
}


def guess_columns(headers: Sequence[str]) -> dict[str, str]:
    """Return column -> header; a roster's own word goes before a synonym, the first before others.

    >>> guess_columns(["学号", "名字", "手机", "备注"])
    {'id': '学号', 'name': '名字', 'phone': '手机'}
    """
    own = {word: column.name for column in COLUMNS for word in (column.header, column.name)}
    found: dict[str, str] = {}
    for words in (own, WORDS):
        for header in headers:
            column = words.get(header if words is own else plain(header))
            if column and column not in found and header not in found.values():
                found[column] = header
    return {column.name: found[column.name] for column in COLUMNS if column.name in found}


def list_missing(columns: Mapping[str, str], category: str) -> list[str]:
    """Return the headers of the columns without which a file cannot be read."""
    return [
        column.header
        for column in COLUMNS
        if column.required
        and column.name not in columns
        and not (column.name == "category" and category)
    ]
