"""Versions of a round's figures (数据版本): who handed what in, when, and what changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort
from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from sampling.canonical import canonical_json, sha256_text
from scoring.citations import Title
from scoring.county_data import NOTHING
from scoring.county_sheets import SCHOOLS, TITLES, sheets_of
from scoring.rule_set import RuleSet
from scoring.schools import School
from scoring.verdict_inputs import VerdictInputs, digests_of
from survey.assessments.models import Round
from survey.schools.models import SchoolVersion

Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure that is another one in the later version; "" where it was not given."""

    title: Title
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SubjectChange:
    """What changed about one school, or one row of a sheet: `kind` is added, removed, changed."""

    kind: str
    name: str
    figures: Sequence[FigureChange] = ()


@dataclass(frozen=True, slots=True)
class SheetChange:
    """What changed in one sheet."""

    title: Title
    subjects: Sequence[SubjectChange]


def add_version(
    session: Session,
    round_: Round,
    value: Mapping[str, Any],
    digests: Mapping[str, str | None],
    *,
    actor: str,
    corrected_rows: int = 0,
) -> SchoolVersion:
    """Keep a record of the figures as the newest version and return it.

    The same bytes handed in once more are no new version. The round's row is locked by the caller.
    """
    body = canonical_json(value)
    newest = find_newest(session, round_)
    if newest is not None and newest.digest == sha256_text(body):
        return newest
    version = SchoolVersion(
        round_id=round_.id,
        number=newest.number + 1 if newest else 1,
        filename=value["filename"][:255],
        actor=actor,
        n_schools=len(value["rows"]),
        corrected_rows=corrected_rows,
        digest=sha256_text(body),
        schools_digest=digests["schools"],
        county_digest=digests["county"],
        body=body,
    )
    session.add(version)
    session.flush()
    return version


def figure_digests(schools: Sequence[School], county: Any) -> dict[str, str | None]:
    """Return the digests of the figures as a verdict made from them names them."""
    ordered = sorted(schools, key=lambda school: school.school_id)
    inputs = VerdictInputs(ordered, None, NOTHING).record() | {"county": county or None}
    return digests_of(inputs)


def list_versions(session: Session, round_: Round) -> list[SchoolVersion]:
    """Return the versions of a round, the newest first, without their bodies."""
    query = select(SchoolVersion).where(SchoolVersion.round_id == round_.id)
    newest_first = query.order_by(SchoolVersion.number.desc())
    return list(session.scalars(newest_first.options(defer(SchoolVersion.body))))


def find_newest(session: Session, round_: Round) -> SchoolVersion | None:
    """Return the newest version of a round, which is the one that is judged, or None."""
    newest = select(func.max(SchoolVersion.number)).where(SchoolVersion.round_id == round_.id)
    return session.scalar(
        select(SchoolVersion).where(
            SchoolVersion.round_id == round_.id,
            SchoolVersion.number == newest.scalar_subquery(),
        )
    )


def load_version(session: Session, round_: Round, number: int) -> SchoolVersion:
    """Return a version of a round by its number; 404 where there is none."""
    found = session.scalar(
        select(SchoolVersion).where(
            SchoolVersion.round_id == round_.id, SchoolVersion.number == number
        )
    )
    if found is None:
        abort(404)
    return found


def find_judged(session: Session, round_: Round, verdict: Mapping[str, Any]) -> int | None:
    """Return the number of the version whose figures a verdict was made from, or None.

    It is told by the digests in the verdict, which anybody can recompute.
    """
    digests = verdict.get("digests", {})
    for version in list_versions(session, round_):
        named = (version.schools_digest, version.county_digest)
        if named == (digests.get("schools"), digests.get("county")):
            return version.number
    return None


def compare_versions(
    earlier: SchoolVersion, later: SchoolVersion, rule_set: RuleSet
) -> list[SheetChange]:
    """Return what changed from one version to another, sheet by sheet, figure by figure."""
    before, after = _sheets(earlier), _sheets(later)
    found = []
    for sheet in sheets_of(rule_set):
        titles = {
            column.name: Title(column.header_zh, column.header_en) for column in sheet.columns
        }
        subjects = [*_compare(before.get(sheet.id, ()), after.get(sheet.id, ()), sheet.key, titles)]
        if subjects:
            found.append(SheetChange(TITLES[sheet.id], subjects))
    return found


def _sheets(version: SchoolVersion) -> dict[str, Rows]:
    """Return the rows of every sheet of a version by the sheet's code."""
    body = json.loads(version.body)
    return {SCHOOLS: [row["values"] for row in body["rows"]], **body.get("county", {})}


def _compare(
    before: Rows, after: Rows, key: Sequence[str], titles: Mapping[str, Title]
) -> Iterator[SubjectChange]:
    """Yield what changed between rows, which are told apart by `key`."""
    is_school = "school_id" in titles and "name" in titles
    telling = ("school_id",) if is_school else tuple(key) or tuple(titles)
    old = {_key(row, telling): row for row in before}
    new = {_key(row, telling): row for row in after}
    for one in dict.fromkeys([*old, *new]):
        row = new.get(one) or old[one]
        name = f"{row['name']} ({row['school_id']})" if is_school else " · ".join(filter(None, one))
        if one not in old or one not in new:
            yield SubjectChange("added" if one in new else "removed", name)
            continue
        figures = [
            FigureChange(title, old[one].get(column, ""), new[one].get(column, ""))
            for column, title in titles.items()
            if old[one].get(column, "") != new[one].get(column, "")
        ]
        if figures:
            yield SubjectChange("changed", name, figures)


def _key(row: Mapping[str, str], columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(row.get(column, "") for column in columns)
