"""The tree of places: province, city, county (省 市 县) with their GB/T 2260 codes."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sampling.problems import N_, Problem

REGIONS_FILE = Path(__file__).parent / "region_codes" / "regions.csv"
CODE = re.compile(r"(\d{2}){0,3}")
LEVELS = (2, 4, 6)  # digits of a province, a city, a county
SHOWN = 6  # places that are named when a name fits several
# Names of the steps between a province and the counties that it runs without a city.
NO_CITY = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")


@dataclass(frozen=True, slots=True)
class Region:
    """A place; its code begins with the code of what it lies in. The nation's is empty."""

    code: str
    name: str


NATION = Region("", "全国")


@cache
def load_regions() -> dict[str, Region]:
    """Return every place by its code, in the order of the codes."""
    with REGIONS_FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: Region(row["code"], row["name"]) for row in csv.DictReader(file)}


@cache
def children_of(code: str) -> tuple[Region, ...]:
    """Return the places directly in another; none in a county.

    >>> [region.name for region in children_of("4512")][:2]
    ['金城江区', '宜州区']
    """
    length = len(code) + 2
    return tuple(
        region for region in load_regions().values() if is_directly_in(region, code, length)
    )


def is_directly_in(region: Region, code: str, length: int) -> bool:
    """Say whether a place lies in `code`, one step down."""
    return len(region.code) == length and region.code.startswith(code)


def path_to(code: str) -> tuple[Region, ...]:
    """Return the places from the nation down to `code`; one that no list knows has no name.

    >>> [region.name for region in path_to("451203")]
    ['全国', '广西壮族自治区', '河池市', '宜州区']
    """
    known = load_regions()
    steps = (code[:length] for length in LEVELS if length <= len(code))
    return (NATION, *(known.get(step, Region(step, step)) for step in steps))


def name_region(code: str) -> str:
    """Return a place's name with what it lies in.

    >>> name_region("451203"), name_region("110101"), name_region("")
    ('广西壮族自治区河池市宜州区', '北京市东城区', '全国')
    """
    names = [step.name for step in path_to(code)[1:]]
    return "".join(join_names(names)) or NATION.name


def join_names(names: Iterable[str]) -> list[str]:
    """Return the names without those that stand for no place, and without one said twice."""
    kept: list[str] = []
    for name in names:
        if name not in NO_CITY and name not in kept:
            kept.append(name)
    return kept


def read_region(text: str, within: str = "") -> str:
    """Return the code of what was typed: a code, or a name that only one place in `within` has.

    Raises `Problem`. A code that no list knows is taken, for counties are founded and renamed.

    >>> read_region("宜州区"), read_region("450000"), read_region("451203")
    ('451203', '45', '451203')
    """
    text = "".join(text.split())
    if not text:
        code = ""
    elif text.isascii() and text.isdigit():
        code = read_code(text)
    else:
        code = find_named(text, within).code
    if not code.startswith(within):
        raise Problem(N_("this region is not within your own"))
    return code


def read_code(digits: str) -> str:
    """Return a code as it is kept: without the zeros that fill a province's or a city's."""
    if not CODE.fullmatch(digits) or digits.startswith("00"):
        raise Problem(
            N_("a region is 0, 2, 4 or 6 digits of its GB/T 2260 code, not {got}"), got=digits
        )
    while digits.endswith("00") and digits not in load_regions():
        digits = digits[:-2]
    return digits


def find_named(name: str, within: str) -> Region:
    """Return the one place of that name; a beginning is enough, and what it lies in may lead it."""
    inside = [region for region in load_regions().values() if region.code.startswith(within)]
    fitting = [region for region in inside if region.name == name]
    fitting = fitting or [region for region in inside if region.name.startswith(name)]
    fitting = fitting or [region for region in inside if name_region(region.code) == name]
    if not fitting:
        raise Problem(N_("no place in your region is called {name}"), name=name)
    if len(fitting) > 1:
        found = "、".join(f"{name_region(region.code)} {region.code}" for region in fitting[:SHOWN])
        raise Problem(
            N_("{count} places are called {name}: {found}; give the code"),
            count=len(fitting),
            name=name,
            found=found,
        )
    return fitting[0]
