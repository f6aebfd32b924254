"""An outside system's findings as a workbook (外部结果): where they come from, and one a row.

The sheet 来源 has a name and a value a row (系统, 发行, 版本,
来源说明), the sheet 结果 has `COLUMNS`. Together they become the record that
`scoring.outside_results` reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sampling.problems import N_, Problem
from scoring.outside_results import KIND
from scoring.record_file import FORMAT, Record
from survey.schools.county_workbook import RESULTS, make_sheet, read_bytes, read_sheets
from survey.tables import Column, rename_columns

ORIGIN = {"系统": "name", "发行": "distribution", "版本": "version", "来源说明": "source"}
COLUMNS = (
    Column("rule", "条款", required=True),
    Column("kind", "对象", required=True),
    Column("id", "学校标识码"),
    Column("name", "学校名称"),
    Column("stage", "学段"),
    Column("measured", "数值", required=True),
    Column("outcome", "结论", required=True),
)
CODES = {
    "县": "county", "学校": "school", "小学": "primary", "初中": "junior",
    "达标": "met", "不达标": "not_met", "未测量": "not_measured",
}  # fmt: skip


def read_outside_workbook(path: Path) -> Record:
    """Return the record of a workbook's findings; `Problem` or `Problems` where it is none."""
    sheets = read_sheets(path.name, read_bytes(path))
    for name in RESULTS:
        if name not in sheets:
            raise Problem(N_("the sheet {sheet!r} is missing"), where=path.name, sheet=name)
    origin = {str(line[0]).strip(): str(line[1]).strip() for line in sheets[RESULTS[0]][0]
              if len(line) > 1}  # fmt: skip
    for key in ORIGIN:
        if not origin.get(key):
            raise Problem(N_("the sheet 来源 does not say {key!r}"), where=path.name, key=key)
    named = {code: origin[key] for key, code in ORIGIN.items()}
    source = named.pop("source")
    table = make_sheet(path.name, RESULTS[1], *sheets[RESULTS[1]])
    rows = [] if table is None else rename_columns(table, COLUMNS)
    return {
        "format": FORMAT,
        "kind": KIND,
        "engine": named,
        "source": source,
        "findings": [_finding(row) for _, row in rows],
    }


def _finding(row: Mapping[str, str]) -> Record:
    return {
        "rule": row["rule"],
        "subject": {
            "kind": _code(row["kind"]),
            "id": row["id"],
            "name": row["name"],
            "stage": _code(row["stage"]),
        },
        "measured": row["measured"] or None,
        "outcome": _code(row["outcome"]),
    }


def _code(word: str) -> str:
    return CODES.get(word, word)
