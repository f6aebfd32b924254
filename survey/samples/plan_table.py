"""The plan as one table: category by area by grade band, each number with what the frame has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sampling.forecast import Worth
from sampling.frame import AXES
from sampling.record import Plan
from sampling.survey_rules import SurveyRules

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A number that can be set: how many are drawn of the `people` who are eligible.

    `name` is as in a plan's pins; `typed` is what a supervisor typed, "" for nothing.
    """

    name: str
    people: int
    drawn: int | None
    typed: str
    is_bent: bool

    @property
    def id(self) -> str:
        """The name as an element's id."""
        return self.name.replace("/", "-")


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area of a category: all of it, then its bands in the order of the columns."""

    area: str
    whole: Number
    bands: tuple[Number | None, ...]


@dataclass(frozen=True, slots=True)
class CategoryRows:
    """A category: all of it, its bands, its areas, and what its sample can tell."""

    name: str
    whole: Number
    bands: tuple[Number | None, ...]
    areas: tuple[AreaRow, ...]
    worth: Worth | None


@dataclass(frozen=True, slots=True)
class PlanTable:
    """The whole table; `bands` are its columns."""

    bands: tuple[str, ...]
    categories: tuple[CategoryRows, ...]

    def list_numbers(self) -> list[Number]:
        """Return every number below a category's total."""
        return [
            number
            for rows in self.categories
            for number in (
                *rows.bands,
                *(one for row in rows.areas for one in (row.whole, *row.bands)),
            )
            if number is not None
        ]


@dataclass(frozen=True, slots=True)
class Source:
    """What the table is made from."""

    people: dict[Key, int]  # eligible ones only
    drawn: dict[Key, int] | None
    bent: frozenset[str]
    typed: Mapping[str, str]

    def make_number(self, category: str, area: str = "", band: str = "") -> Number | None:
        """Return a number, None where nobody is eligible."""
        name = "/".join(filter(None, (category, area, band)))
        size = self.count(self.people, category, area, band)
        if not size:
            return None
        drawn = None if self.drawn is None else self.count(self.drawn, category, area, band)
        return Number(name, size, drawn, self.typed.get(name, ""), name in self.bent)

    def list_values(self, category: str, axis: int) -> set[str]:
        """Return the values that a category has on an axis: 1 area, 2 grade band."""
        return {key[axis] for key in self.people if key[0] == category and key[axis]}

    @staticmethod
    def count(counts: Mapping[Key, int], category: str, area: str, band: str) -> int:
        """Add up what belongs to a number."""
        return sum(
            count
            for key, count in counts.items()
            if key[0] == category and area in ("", key[1]) and band in ("", key[2])
        )


def make_table(
    cells: Mapping[Key, int], plan: Plan | None, rules: SurveyRules, typed: Mapping[str, str]
) -> PlanTable:
    """Return the table for the people of a roster (by cell) and a plan, if there can be one."""
    people = {key: n for key, n in cells.items() if n and rules.is_eligible(key[0], key[2])}
    source = Source(
        people,
        place_cells(plan, people) if plan else None,
        frozenset(item["subject"] for item in plan["compromises"]) if plan else frozenset(),
        typed,
    )
    bands = tuple(band for band in rules.grade_bands if any(key[2] == band for key in people))
    worth: dict[str, Worth] = {}
    if plan and "precision" in plan:
        worth = {one["category"]: one for one in plan["precision"]["categories"]}
    rows = [make_rows(source, name, bands, rules, worth.get(name)) for name in rules.categories]
    return PlanTable(bands, tuple(rows))


def make_rows(
    source: Source, name: str, bands: tuple[str, ...], rules: SurveyRules, worth: Worth | None
) -> CategoryRows:
    """Return the rows of a category; an axis on which it has one value only is left out."""
    own_bands = source.list_values(name, 2)
    columns = [band if band in own_bands and len(own_bands) > 1 else None for band in bands]
    own_areas = source.list_values(name, 1)
    areas = [area for area in rules.areas if area in own_areas and len(own_areas) > 1]
    whole = source.make_number(name) or Number(name, 0, 0, "", is_bent=name in source.bent)
    return CategoryRows(
        name,
        whole,
        tuple(source.make_number(name, "", band) if band else None for band in columns),
        tuple(
            AreaRow(
                area,
                number,
                tuple(source.make_number(name, area, band) if band else None for band in columns),
            )
            for area in areas
            if (number := source.make_number(name, area))
        ),
        worth,
    )


def place_cells(plan: Plan, people: Mapping[Key, int]) -> dict[Key, int]:
    """Return the plan's numbers by category, area and band.

    A plan leaves out a column on which its category has one value only.
    """
    sole = {(key[0], axis): key[axis] for key in people for axis in (1, 2)}
    placed: dict[Key, int] = {}
    for cell in plan["cells"]:
        (category,) = cell["cell"]["category"]
        area = cell["cell"].get("area", [sole.get((category, 1), "")])[0]
        band = cell["cell"].get("grade_band", [sole.get((category, 2), "")])[0]
        placed[category, area, band] = cell["n"]
    return placed


def read_people(plan: Plan) -> dict[Key, int]:
    """Return the eligible people by cell as a plan tells them."""
    people: dict[Key, int] = {}
    for cell in plan["cells"]:
        axes = (cell["cell"].get(axis, [""])[0] for axis in AXES)
        people[(cell["cell"]["category"][0], *axes)] = cell["N"]
    return people


def list_areas(cells: Mapping[Key, int], rules: SurveyRules) -> dict[str, dict[str, int]]:
    """Return the eligible people by category and area, for categories that have areas."""
    found: dict[str, dict[str, int]] = {}
    for area in rules.areas:
        for key, count in cells.items():
            if key[1] == area and rules.is_eligible(key[0], key[2]):
                own = found.setdefault(key[0], {})
                own[area] = own.get(area, 0) + count
    return found
