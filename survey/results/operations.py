"""Rate and verdict of an opened round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from scoring.engine_registry import BUILT_IN, find_engine
from scoring.record import make_verdict
from scoring.rule_set import load_rule_set
from survey.assessments.models import ANSWERS, OPENED, RATE, SCHOOLS, VERDICT, Record, Round
from survey.assessments.operations import (
    find_record,
    read_body,
    require_status,
    save_record,
)
from survey.audit_log import record_event
from survey.results.reliefs import switched_on
from survey.results.wording import is_flipped
from survey.schools.operations import parse_record
from survey.schools.versions import find_newest

Finding = Mapping[str, Any]
COEFFICIENTS = ("difference", "composite")
"""Kinds of rules that have a table for each stage."""


@dataclass(frozen=True, slots=True)
class Results:
    """What the pages show: the rate, and the verdict once it was reached."""

    rate: dict[str, Any]
    verdict: dict[str, Any] | None
    has_schools: bool

    @property
    def findings(self) -> list[Finding]:
        """Return every finding of the verdict."""
        return self.verdict["findings"] if self.verdict else []

    def of_kind(self, *kinds: str) -> list[Finding]:
        """Return the findings whose rules are of the given kinds."""
        return [finding for finding in self.findings if finding["kind"] in kinds]

    def of_county(self) -> list[tuple[Mapping[str, str] | None, list[Finding]]]:
        """Return the findings about the county by aspect, each with its title or None.

        Left out are those that have a place of their own: the rate, and coefficients of a stage.
        """
        found = [
            finding
            for finding in self.findings
            if finding["subject"]["kind"] == "county"
            and finding["kind"] != "survey"
            and not (finding["kind"] in COEFFICIENTS and finding["subject"]["stage"])
        ]
        titles = {one["id"]: one["title"] for one in (self.verdict or {}).get("aspects", ())}
        groups = [
            (title, [finding for finding in found if finding.get("aspect") == aspect])
            for aspect, title in titles.items()
        ]
        others = [finding for finding in found if finding.get("aspect") not in titles]
        return [group for group in (*groups, (None, others)) if group[1]]

    def flipped(self) -> list[Finding]:
        """Return the findings that rounding to two decimals would turn, or a part of which."""
        return [finding for finding in self.findings if is_flipped(finding)]

    def relief_titles(self, finding: Finding) -> list[Mapping[str, str]]:
        """Return what the reliefs that a finding used are called, as its rule has them."""
        return [
            eased["title"]
            for relief in (self.verdict or {}).get("reliefs", ())
            if relief["id"] in finding.get("reliefs", ())
            for eased in relief["eases"]
            if eased["rule"] == finding["rule"]
        ]

    def of_school(self, school_id: str) -> list[Finding]:
        """Return the findings about one school."""
        return [
            finding
            for finding in self.findings
            if finding["subject"]["kind"] == "school" and finding["subject"]["id"] == school_id
        ]

    def failing_indicators(self, school: Finding) -> list[Finding]:
        """Return the indicators that the section of a school finding does not meet."""
        return [
            finding
            for finding in self.of_school(school["subject"]["id"])
            if finding["kind"] == "indicator"
            and finding["outcome"] == "not_met"
            and finding["subject"]["stage"] == school["subject"]["stage"]
        ]

    def with_outcome(self, outcome: str, *kinds: str) -> list[Finding]:
        """Return the decisive findings with an outcome, of the given kinds or of all."""
        return [
            finding
            for finding in self.findings
            if finding["decisive"]
            and finding["outcome"] == outcome
            and (not kinds or finding["kind"] in kinds)
        ]


def read_results(session: Session, round_: Round) -> Results | None:
    """Return the results of a round, or None before its envelopes were opened."""
    rate = find_record(session, round_, RATE)
    if rate is None:
        return None
    verdict = find_record(session, round_, VERDICT)
    return Results(
        read_body(rate),
        read_body(verdict) if verdict else None,
        has_schools=find_record(session, round_, SCHOOLS) is not None,
    )


def judge_round(
    session: Session, round_: Round, actor: str, engine_name: str = BUILT_IN
) -> dict[str, Any]:
    """Run the engine on the county's tables, decide, and keep the verdict certificate.

    Raises `Problem` before the envelopes were opened, and without a school table: a verdict that
    lacks a part that can be measured would only have to be made again.
    """
    require_status(round_, OPENED)
    answers = require_record(session, round_, ANSWERS)
    schools = read_body(require_record(session, round_, SCHOOLS))
    rule_set = load_rule_set(round_.rule_set)
    listed, data = parse_record(schools, rule_set)
    reliefs = switched_on(session, round_)
    verdict = make_verdict(
        round_.county,
        read_body(require_record(session, round_, RATE)),
        listed,
        rule_set,
        round_name=round_.id,
        rehearsal=round_.is_rehearsal,
        answers_digest=answers.digest,
        engine=find_engine(engine_name),
        data=data,
        reliefs=reliefs,
    )
    record = save_record(session, round_, VERDICT, verdict)
    version = find_newest(session, round_)
    record_event(
        session,
        actor,
        "round.judge",
        round_.id,
        verdict=verdict["verdict"],
        digest=record.digest,
        reliefs=reliefs,
        schools_version=version.number if version else None,
    )
    return verdict


MISSING = {
    ANSWERS: N_("the envelopes have not been opened yet"),
    RATE: N_("the envelopes have not been opened yet"),
    SCHOOLS: N_("the school table is missing: a supervisor uploads it first"),
}


def require_record(session: Session, round_: Round, kind: str) -> Record:
    """Return a record that the verdict is made of, or raise a Problem that names it."""
    record = find_record(session, round_, kind)
    if record is None:
        raise Problem(MISSING[kind])
    return record
