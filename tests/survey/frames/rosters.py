"""Rosters for tests, as .csv text in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

HEADERS = ("编号", "类别", "姓名", "电话", "乡镇", "区域", "年级", "学校", "班级", "人员标识")
AREAS = ("城区", "镇区", "乡村")
GRADES = ("1", "三年级", "5", "8")


def make_csv(rows: Iterable[Sequence[str]], headers: Sequence[str] = HEADERS) -> bytes:
    """Return a .csv in UTF-8."""
    return "\n".join(",".join(row) for row in (headers, *rows)).encode()


def make_row(
    number: str, category: str, area: str = "", grade: str = "", person: str = ""
) -> list[str]:
    """Return one row of somebody with a name and a telephone."""
    school = "第一小学" if grade else ""
    return [number, category, f"姓名{number}", "0001", "庆远镇", area, grade, school, "", person]


def list_people(parents: int = 480, pupils: int = 160, others: int = 40) -> Iterator[list[str]]:
    """Yield a county in small: every category, areas and grades for parents and pupils."""
    for index in range(parents):
        yield make_row(f"P{index}", "家长", AREAS[index % 3], GRADES[index % 4])
    for index in range(pupils):
        yield make_row(f"S{index}", "学生", AREAS[index % 3], GRADES[index % 4])
    for prefix, category in (("T", "教师"), ("H", "校长"), ("D", "人大代表"), ("C", "政协委员")):
        for index in range(others):
            yield make_row(f"{prefix}{index}", category)
    for index in range(others):
        yield make_row(f"R{index}", "其他群众", AREAS[index % 3])


def make_county(parents: int = 480, pupils: int = 160, others: int = 40) -> bytes:
    """Return the roster of a county in small."""
    return make_csv(list_people(parents, pupils, others))
