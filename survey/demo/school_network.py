"""Which schools the demonstration county has, where, and how many pupils sit in each grade."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from survey.demo.county import County, Size, Township, spread

GRADES = range(1, 10)
PRIMARY_GRADES = range(1, 7)
# Pupils of a grade against the mean of all grades: the cohorts born lately are smaller.
COHORTS = (0.97, 1.02, 1.05, 1.04, 1.02, 1.0, 0.98, 0.97, 0.95)
POINT_GRADES = range(1, 4)
POINT_GRADE_PUPILS = 12  # a teaching point (教学点) stays under 50 pupils
SPECIAL_GRADE_PUPILS = 12
SENIOR_PER_JUNIOR = 0.8

# Pupils of a school of ordinary size, at the county seat and elsewhere.
SEAT_PRIMARY, SEAT_JUNIOR = 1250, 1350
OTHER_PRIMARY, OTHER_JUNIOR = 325, 800
# Where a township has fewer juniors than this, one school takes pupils through all nine years.
NINE_YEAR_BELOW = 600


@dataclass(frozen=True, slots=True)
class DemoSchool:
    """A made-up school. `grades[g - 1]` is pupils of grade g; `weight` its size among its likes."""

    name: str
    kind: str
    township: str
    area: str
    ownership: str = "public"
    weight: float = 1.0
    id: str = ""
    grades: tuple[int, ...] = (0,) * 9
    senior_pupils: int = 0

    @property
    def primary_pupils(self) -> int:
        """Pupils of grades 1 to 6."""
        return sum(self.grades[:6])

    @property
    def junior_pupils(self) -> int:
        """Pupils of grades 7 to 9."""
        return sum(self.grades[6:])

    @property
    def pupils(self) -> int:
        """Pupils of compulsory age, grades 1 to 9."""
        return sum(self.grades)

    def teaches(self, grade: int) -> bool:
        """Say whether the school fills the grade by its weight (points, special schools do not)."""
        if grade in PRIMARY_GRADES:
            return self.kind in ("primary", "nine_year")
        return self.kind in ("junior", "nine_year", "complete_secondary")


def lay_out_schools(county: County, size: Size, random: np.random.Generator) -> list[DemoSchool]:
    """Return the county's schools with the pupils of `size` in them, township by township."""
    schools: list[DemoSchool] = []
    for township, grades in zip(county.townships, spread_pupils(county, size), strict=True):
        sites = [jitter(site, random) for site in plan_sites(township, grades, size)]
        schools += seat_pupils(sites, grades)
    filled = [school for school in schools if school.pupils]
    return [replace(school, id=f"DEMO{n:04d}") for n, school in enumerate(filled, 1)]


def spread_pupils(county: County, size: Size) -> list[list[int]]:
    """Return pupils by township and grade, in proportion to residents."""
    residents = [township.residents for township in county.townships]
    by_grade = [spread(total, residents) for total in spread(size.pupils, COHORTS)]
    return [list(grades) for grades in zip(*by_grade, strict=True)]


def plan_sites(township: Township, grades: Sequence[int], size: Size) -> Iterator[DemoSchool]:
    """Yield the schools of one township, their pupils still to be seated."""
    primary, junior = sum(grades[:6]), sum(grades[6:])
    ordinary = max(size.scale, 0.1)
    if township.is_seat:
        yield from plan_seat_primaries(township, round(primary / SEAT_PRIMARY / ordinary))
        yield from plan_seat_juniors(township, round(junior / SEAT_JUNIOR / ordinary))
        yield DemoSchool("特殊教育示例学校", "special", township.name, "urban")
        return
    n_primary = max(round(primary / OTHER_PRIMARY / ordinary), 2)
    nine_year = junior < NINE_YEAR_BELOW * size.scale
    yield from plan_primaries(township, n_primary - nine_year)
    yield from plan_juniors(township, round(junior / OTHER_JUNIOR / ordinary), nine_year=nine_year)
    if not township.is_town:
        yield DemoSchool(f"{township.name}示例教学点", "point", township.name, "rural")


def plan_seat_primaries(township: Township, n: int) -> Iterator[DemoSchool]:
    """Yield the primary schools of the county seat: two in the villages, one private."""
    n = max(n, 4)
    for number in range(1, n + 1):
        area = "urban" if number <= n - 2 else "rural"
        owner = "private" if number == n - 2 else "public"
        name = f"{township.name}示例第{number}小学"
        yield DemoSchool(
            name, "primary", township.name, area, owner, 1.0 if area == "urban" else 0.4
        )


def plan_seat_juniors(township: Township, n: int) -> Iterator[DemoSchool]:
    """Yield the junior schools of the county seat: one private, one with a senior section."""
    n = max(n, 3)
    for number in range(1, n):
        owner = "private" if number == n - 1 else "public"
        name = f"{township.name}示例第{number}初级中学"
        yield DemoSchool(name, "junior", township.name, "urban", owner)
    yield DemoSchool(f"{township.name}示例完全中学", "complete_secondary", township.name, "urban")


def plan_primaries(township: Township, n: int) -> Iterator[DemoSchool]:
    """Yield a township's central school and its village schools."""
    centre = "town" if township.is_town else "rural"
    yield DemoSchool(f"{township.name}示例中心小学", "primary", township.name, centre, weight=2.5)
    for number in range(1, n):
        name = f"{township.name}示例村小{number}"
        yield DemoSchool(name, "primary", township.name, "rural")


def plan_juniors(township: Township, n: int, *, nine_year: bool) -> Iterator[DemoSchool]:
    """Yield a township's junior schools, or the one that takes pupils through all nine years."""
    centre = "town" if township.is_town else "rural"
    if nine_year:
        yield DemoSchool(f"{township.name}示例九年一贯制学校", "nine_year", township.name, centre)
        return
    for number in range(1, max(n, 1) + 1):
        yield DemoSchool(f"{township.name}示例初级中学{number}", "junior", township.name, centre)


def jitter(site: DemoSchool, random: np.random.Generator) -> DemoSchool:
    """Return the school a little larger or smaller than planned: no two schools are alike."""
    return replace(site, weight=site.weight * float(random.lognormal(0, 0.3)))


def seat_pupils(sites: Sequence[DemoSchool], grades: Sequence[int]) -> list[DemoSchool]:
    """Return the schools of a township with its pupils seated, grade by grade."""
    columns = [seat_grade(sites, grade, grades[grade - 1]) for grade in GRADES]
    seated = zip(sites, zip(*columns, strict=True), strict=True)
    return [with_pupils(site, pupils) for site, pupils in seated]


def seat_grade(sites: Sequence[DemoSchool], grade: int, pupils: int) -> list[int]:
    """Return pupils of one grade by school: fixed numbers first, the rest by weight."""
    fixed = [fixed_pupils(site, grade, pupils) for site in sites]
    weights = [site.weight if site.teaches(grade) else 0.0 for site in sites]
    return [a + b for a, b in zip(fixed, spread(pupils - sum(fixed), weights), strict=True)]


def fixed_pupils(site: DemoSchool, grade: int, pupils: int) -> int:
    """Return pupils of a grade in a teaching point or special school, 0 elsewhere."""
    if site.kind == "point" and grade in POINT_GRADES:
        return min(POINT_GRADE_PUPILS, pupils // 4)
    return min(SPECIAL_GRADE_PUPILS, pupils // 10) if site.kind == "special" else 0


def with_pupils(site: DemoSchool, pupils: Sequence[int]) -> DemoSchool:
    """Return the school with its pupils; a complete secondary school has seniors too."""
    senior = round(sum(pupils) * SENIOR_PER_JUNIOR) if site.kind == "complete_secondary" else 0
    return replace(site, grades=tuple(pupils), senior_pupils=senior)
