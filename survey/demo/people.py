"""A made-up roster (名单) of the seven categories; some people stand on two of its lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

import numpy as np

from survey.demo.county import County, Size, Township, spread
from survey.demo.school_network import GRADES, DemoSchool

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹韦覃蒙莫蓝陆兰廖潘农"
FIRST = "春夏秋冬晨晓文明志建国家小大玉秀美海天云雪月星安康乐平永新嘉子雨思梓浩宇一可"
SECOND = "华英芳兰军伟强平丽霞杰磊洋勇艳敏静涛鹏辉宁慧琳欣怡轩涵博然彤昊萱阳成林"
CLASS_PUPILS = 45

# Shares of people who stand on a second list as well.
SIBLING_SHARE = 0.16
TEACHERS_WHO_ARE_PARENTS = 0.18
DEPUTIES_WHO_ARE_PARENTS = 0.12
MEMBERS_WHO_TEACH = 0.10
MEMBERS_WHO_ARE_PARENTS = 0.08
OTHERS_WHO_ARE_PARENTS = 0.004

# Areas of the townships' grown-ups who belong to no school: urban, town, rural.
SEAT_AREAS = {"urban": 0.8, "rural": 0.2}
TOWN_AREAS = {"town": 0.4, "rural": 0.6}
RURAL_AREAS = {"rural": 1.0}


class Adult(NamedTuple):
    """Somebody made up: a key that finds them on a second list, a name, a telephone number."""

    key: str
    name: str
    phone: str


class RosterRow(NamedTuple):
    """A line of the roster, by the code names of its columns."""

    id: str
    category: str
    name: str
    phone: str
    township: str
    area: str
    grade: str
    school: str
    school_class: str
    person: str


@dataclass(slots=True)
class AdultSource:
    """Makes adults up, and finds those made up before for a second list."""

    random: np.random.Generator
    parents: dict[str, list[Adult]] = field(default_factory=lambda: defaultdict(list))
    teachers: dict[str, list[Adult]] = field(default_factory=lambda: defaultdict(list))
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def make(self) -> Adult:
        """Return somebody new. Numbers beginning with 000 are nobody's."""
        number = next(self.numbers)
        return Adult(f"DEMO-P{number:06d}", self.make_name(), f"000{number:08d}")

    def make_name(self) -> str:
        """Return a name put together at random."""
        one, two, three = self.random.integers(0, (len(SURNAMES), len(FIRST), len(SECOND))).tolist()
        return SURNAMES[one] + FIRST[two] + SECOND[three]

    def take_or_make(self, known: list[Adult], share: float) -> Adult:
        """Return somebody known with probability `share`, each at most once, else somebody new."""
        if known and self.random.random() < share:
            return known.pop(int(self.random.integers(len(known))))
        return self.make()


def make_roster(
    county: County, schools: Sequence[DemoSchool], size: Size, random: np.random.Generator
) -> list[RosterRow]:
    """Return the roster of the county: its seven lists one after another."""
    source = AdultSource(random)
    pupils = list(make_pupils(schools, source))
    rows = [*make_parents(pupils, source), *make_teachers(schools, size, source)]
    rows += make_principals(schools, size, source)
    rows += make_residents(county, "deputy", size.deputies, source)
    rows += make_residents(county, "cppcc", size.members, source)
    rows += [*pupils, *make_residents(county, "resident", size.others, source)]
    return [row._replace(id=f"DEMO-{number:06d}") for number, row in enumerate(rows, 1)]


def make_pupils(schools: Sequence[DemoSchool], source: AdultSource) -> Iterator[RosterRow]:
    """Yield a row for each pupil; a pupil is reached by the parent's telephone, so has none."""
    for school in schools:
        for grade in GRADES:
            for seat in range(school.grades[grade - 1]):
                name = source.make_name()
                yield school_row("student", Adult("", name, ""), school)._replace(
                    grade=str(grade), school_class=f"{seat // CLASS_PUPILS + 1}班"
                )


def make_parents(pupils: Sequence[RosterRow], source: AdultSource) -> list[RosterRow]:
    """Return a parent's row for each pupil; siblings of one township share a parent."""
    last: dict[str, Adult] = {}
    rows: dict[int, RosterRow] = {}
    for index in source.random.permutation(len(pupils)).tolist():
        pupil = pupils[index]
        has_sibling = pupil.township in last and source.random.random() < SIBLING_SHARE
        parent = last.pop(pupil.township) if has_sibling else source.make()
        if not has_sibling:
            last[pupil.township] = parent
            source.parents[pupil.township].append(parent)
        rows[index] = pupil._replace(
            category="parent", name=parent.name, phone=parent.phone, person=parent.key
        )
    return [rows[index] for index in range(len(pupils))]


def make_teachers(
    schools: Sequence[DemoSchool], size: Size, source: AdultSource
) -> Iterator[RosterRow]:
    """Yield the teachers of each school; some have a child at a school of their township."""
    for school, n in zip(schools, spread_teachers(schools, size), strict=True):
        for _ in range(n):
            parents = source.parents[school.township]
            teacher = source.take_or_make(parents, TEACHERS_WHO_ARE_PARENTS)
            source.teachers[school.township].append(teacher)
            yield school_row("teacher", teacher, school)


def spread_teachers(schools: Sequence[DemoSchool], size: Size) -> list[int]:
    """Return teachers by school: one each, the rest by need (a junior pupil needs more of them)."""
    need = [school.primary_pupils * 0.07 + school.junior_pupils * 0.085 for school in schools]
    rest = max(size.teachers - len(schools), 0)
    return [1 + more for more in spread(rest, need)]


def make_principals(
    schools: Sequence[DemoSchool], size: Size, source: AdultSource
) -> Iterator[RosterRow]:
    """Yield one principal for each school, and a second one for the largest."""
    n_second = max(size.principals - len(schools), 0)
    largest = sorted(schools, key=lambda school: -school.pupils)[:n_second]
    for school in [*schools, *largest]:
        yield school_row("principal", source.make(), school)


def make_residents(
    county: County, category: str, total: int, source: AdultSource
) -> Iterator[RosterRow]:
    """Yield people of a category that belongs to no school, spread over the townships."""
    residents = [township.residents for township in county.townships]
    for township, n in zip(county.townships, spread(total, residents), strict=True):
        areas = areas_of(township)
        for area in source.random.choice(list(areas), n, p=list(areas.values())).tolist():
            adult = find_resident(category, township.name, source)
            yield RosterRow(
                "", category, adult.name, adult.phone, township.name, area, "", "", "", adult.key
            )


def find_resident(category: str, township: str, source: AdultSource) -> Adult:
    """Return somebody for a list of residents; some stand on another list already."""
    parents, teachers = source.parents[township], source.teachers[township]
    if category == "cppcc" and teachers and source.random.random() < MEMBERS_WHO_TEACH:
        return source.take_or_make(teachers, 1.0)
    shares = {"deputy": DEPUTIES_WHO_ARE_PARENTS, "cppcc": MEMBERS_WHO_ARE_PARENTS}
    return source.take_or_make(parents, shares.get(category, OTHERS_WHO_ARE_PARENTS))


def areas_of(township: Township) -> dict[str, float]:
    """Return the shares of a township's residents by area."""
    if township.is_seat:
        return SEAT_AREAS
    return TOWN_AREAS if township.is_town else RURAL_AREAS


def school_row(category: str, adult: Adult, school: DemoSchool) -> RosterRow:
    """Return the row of somebody who belongs to a school."""
    return RosterRow(
        "", category, adult.name, adult.phone, school.township, school.area, "", school.name, "",
        adult.key,
    )  # fmt: skip
