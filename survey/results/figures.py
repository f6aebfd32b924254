"""The figures of a round as the newest version has them, for pages that reckon with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from scoring.county_data import CountyData
from scoring.rule_set import RuleSet, load_rule_set
from scoring.schools import School
from scoring.verdict_inputs import VerdictInputs
from survey.assessments.models import RATE, SCHOOLS, Round
from survey.assessments.operations import find_record, read_body
from survey.schools.operations import parse_record
from survey.schools.versions import figure_digests


@dataclass(frozen=True, slots=True)
class Figures:
    """Schools and county data under the round's rule set; `digest` is that of the schools."""

    rule_set: RuleSet
    schools: Sequence[School]
    data: CountyData
    digest: str

    def school(self, school_id: str) -> School | None:
        """Return a school by its id, or None."""
        return next((one for one in self.schools if one.school_id == school_id), None)


def read_figures(session: Session, round_: Round) -> Figures | None:
    """Return the figures of a round, or None before a table was taken in."""
    record = find_record(session, round_, SCHOOLS)
    if record is None:
        return None
    body, rule_set = read_body(record), load_rule_set(round_.rule_set)
    schools, data = parse_record(body, rule_set)
    digests = figure_digests(schools, body.get("county"))
    return Figures(rule_set, schools, data, str(digests["schools"]))


def read_inputs(session: Session, round_: Round, figures: Figures) -> VerdictInputs:
    """Return what a verdict would be made from now: the figures, and the rate once it is known."""
    rate = find_record(session, round_, RATE)
    ordered = sorted(figures.schools, key=lambda school: school.school_id)
    return VerdictInputs(ordered, read_body(rate) if rate else None, figures.data)
