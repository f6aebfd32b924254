"""Whether a county's data agree with its schools: what contradicts itself is refused.

A list of classes that does not add up to a section's pupils may lack the very class that is too
large, so it is a fault and no warning. A section without any class listed is another matter: its
classes were not handed in, and rules about them are not measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from sampling.problems import N_, Problem, Problems
from scoring.cells import RowProblem
from scoring.county_data import NumberedData
from scoring.county_sheets import TITLES
from scoring.data_tables import OF_SCHOOLS
from scoring.figures import exact_text
from scoring.school_columns import COMPULSORY
from scoring.schools import School

Sums = Mapping[tuple[str, str], tuple[Fraction, bool]]


def check_county(county: NumberedData, schools: Sequence[School], where: str) -> None:
    """Raise `Problems` with all that contradicts the school table.

    Classes and rooms of a school that is not there, a class of a stage without pupils, classes
    whose pupils do not add up to those of their section.
    """
    by_id = {school.school_id: school for school in schools}
    problems = [
        *_unknown_schools(county, by_id, where),
        *_classes_without_section(county, by_id, where),
        *_sums_of_classes(county, by_id, where),
    ]
    if problems:
        raise Problems(problems)


def check_schools(schools: Sequence[School], where: str) -> None:
    """Raise `Problems` for schools with more migrant children than pupils."""
    problems = [*_too_many_migrants(schools, where)]
    if problems:
        raise Problems(problems)


def _unknown_schools(
    county: NumberedData, by_id: Mapping[str, School], where: str
) -> Iterator[Problem]:
    for table in OF_SCHOOLS:
        for number, cells in county.rows.get(table, ()):
            if cells.get("school_id") not in by_id:
                yield RowProblem(
                    N_("no school of the school table has the code {id!r}"),
                    (f"{where} · {TITLES[table].zh}", number, "学校标识码"),
                    id=cells.get("school_id"),
                )


def _classes_without_section(
    county: NumberedData, by_id: Mapping[str, School], where: str
) -> Iterator[Problem]:
    for number, cells in county.rows.get("classes", ()):
        school, stage = by_id.get(str(cells.get("school_id"))), str(cells.get("stage"))
        if school is not None and stage in COMPULSORY and not school.pupils[stage]:
            yield RowProblem(
                N_("school {name} has no pupils in this stage"),
                (f"{where} · 班级", number, "学段"),
                name=school.name,
            )


def _sums_of_classes(
    county: NumberedData, by_id: Mapping[str, School], where: str
) -> Iterator[Problem]:
    for (school_id, stage), (pupils, is_whole) in _class_sums(county).items():
        school = by_id.get(school_id)
        if school is None or not is_whole or not school.pupils.get(stage):
            continue
        if pupils != school.pupils[stage]:
            yield Problem(
                N_("{school} {name}, {stage}: the classes have {sum} pupils, the section {pupils}"),
                where=f"{where} · 班级",
                school=school_id,
                name=school.name,
                stage=stage,
                sum=exact_text(pupils),
                pupils=school.pupils[stage],
            )


def _class_sums(county: NumberedData) -> Sums:
    """Return the pupils of the classes by school and stage, and whether every class says them."""
    sums: dict[tuple[str, str], tuple[Fraction, bool]] = {}
    for _, cells in county.rows.get("classes", ()):
        key, pupils = (str(cells.get("school_id")), str(cells.get("stage"))), cells.get("pupils")
        total, is_whole = sums.get(key, (Fraction(), True))
        known = isinstance(pupils, Fraction)
        sums[key] = total + (pupils if isinstance(pupils, Fraction) else 0), is_whole and known
    return sums


def _too_many_migrants(schools: Sequence[School], where: str) -> Iterator[Problem]:
    for school in schools:
        pupils = sum(school.pupils[stage] for stage in COMPULSORY)
        migrants = school.more.get("migrant_pupils")
        if isinstance(migrants, Fraction) and migrants > pupils:
            yield Problem(
                N_("{school} {name}: {migrants} migrant children among {pupils} pupils"),
                where=where,
                school=school.school_id,
                name=school.name,
                migrants=exact_text(migrants),
                pupils=pupils,
            )
