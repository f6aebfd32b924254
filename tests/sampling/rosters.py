"""Small made-up frames, without chance: the same people every time."""

from __future__ import annotations

from collections.abc import Mapping

from sampling.frame import Unit

AREAS = ("urban", "town", "rural")
BANDS = ("1-2", "3-4", "5-6", "7-9")
TOWNSHIPS = {"urban": "庆远镇", "town": "德胜镇", "rural": "石别镇"}
WITH_BANDS = ("parent", "student")
SMALL_COUNTY = {
    "parent": 400,
    "teacher": 60,
    "principal": 12,
    "deputy": 30,
    "cppcc": 30,
    "student": 200,
    "resident": 150,
}


def make_units(counts: Mapping[str, int] = SMALL_COUNTY) -> list[Unit]:
    """People of each category, going round areas (3 urban, 1 town, 2 rural of 6) and bands."""
    return [_make_unit(name, number) for name, count in counts.items() for number in range(count)]


def _make_unit(category: str, number: int) -> Unit:
    area = ("urban", "rural", "urban", "town", "urban", "rural")[number % 6]
    band = BANDS[number // 6 % 4] if category in WITH_BANDS else ""
    school = f"学校{number % 5}" if category in (*WITH_BANDS, "teacher", "principal") else ""
    return Unit(f"{category}-{number:05d}", category, TOWNSHIPS[area], area, band, school)
