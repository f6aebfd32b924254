"""Certificates of answers and verdict: canonical JSON that carries what it was made of."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from sampling.canonical import digest
from sampling.problems import N_, Problem
from sampling.verification import Difference
from scoring.answers import AnswerStratum, Paper
from scoring.builtin_engine import BuiltinEngine
from scoring.difference import compare_records
from scoring.engine import IndicatorEngine
from scoring.figures import whole_or_float
from scoring.findings import Finding, finding_record
from scoring.merkle import merkle_root
from scoring.publication import PARENTS, published_tally
from scoring.rule_set import RuleSet, load_rule_set
from scoring.schools import School, parse_schools, school_row
from scoring.sections import is_in_scope
from scoring.verdict import decide, find_all, missing_rules

FORMAT = 1
PAPERS = "papers"
BUILT_IN = BuiltinEngine()
ORIGIN = ("county", "round", "rehearsal")
"""What a rate, its answers and its verdict must say alike; the rate's digest covers it."""

Record = dict[str, object]


def make_verdict(
    county: str,
    rate: Mapping[str, object] | None,
    schools: Sequence[School],
    rule_set: RuleSet,
    *,
    round_name: str = "",
    rehearsal: bool = False,
    answers_digest: str | None = None,
    engine: IndicatorEngine = BUILT_IN,
) -> Record:
    """Return the verdict certificate (format 1).

    Parameters
    ----------
    rate
        The round's rate record, or None where no survey was made: no verdict is reached then.
    answers_digest
        SHA-256 of the answers certificate that the rate belongs to.

    `verdict` is met, not_met or undecided; `missing` lists decisive rules that nobody measured.
    The school rows and the rate stand in `inputs`, so that `verify_verdict` can redo it all.
    Raises `Problem` for a rate of another rule set, `Difference` for one of another county or
    round, and where a rehearsal's rate would make the verdict of a real one.
    """
    if rate is not None:
        _check_origin({"county": county, "round": round_name, "rehearsal": rehearsal}, rate)
    ordered = sorted(schools, key=lambda school: school.school_id)
    findings = find_all(ordered, rate, rule_set, engine)
    rows = [school_row(school) for school in ordered]
    return {
        "format": FORMAT,
        "kind": "verdict",
        "county": county,
        "round": round_name,
        "rehearsal": rehearsal,
        "rules": {"id": rule_set.id, "digest": rule_set.digest},
        "engine": {"name": engine.name, "version": engine.version},
        "verdict": decide(findings),
        "findings": [finding_record(finding) for finding in findings],
        "difference_coefficients": _coefficients(findings),
        "missing": missing_rules(findings),
        "out_of_scope": [s.school_id for s in ordered if not is_in_scope(s, rule_set)],
        "inputs": {"schools": rows, "rate": None if rate is None else dict(rate)},
        "digests": {
            "schools": digest(rows),
            "rate": None if rate is None else digest(rate),
            "answers": answers_digest,
        },
    }


def verify_verdict(
    record: Mapping[str, object],
    *,
    engine: IndicatorEngine = BUILT_IN,
    answers: Mapping[str, object] | None = None,
) -> None:
    """Redo a verdict from its own inputs; return when everything in it comes out the same.

    With the answers certificate given, that one is verified as well, and that the rate is its.
    Without it, nothing here can tell whether `digests.answers` is that of any answers. Inputs
    are held against their digests as they stand, before anything is read out of them.
    Raises `Difference` naming the first difference, `Problem` for a record that is none.
    """
    check_head(record, "verdict")
    _check_inputs(record)
    rule_set = _recorded_rule_set(record)
    _check_engine(record, engine)
    computed = make_verdict(
        _text(record, "county"),
        _recorded_rate(record),
        _recorded_schools(record),
        rule_set,
        round_name=_text(record, "round"),
        rehearsal=record.get("rehearsal") is True,
        answers_digest=_recorded_answers_digest(record),
        engine=engine,
    )
    compare_records(record.get("digests"), computed["digests"], "digests")
    compare_records(record, computed)
    if answers is not None:
        _check_answers(record, answers)


def make_answers_certificate(
    *,
    round_name: str,
    rehearsal: bool,
    leaves: Sequence[str],
    papers: Sequence[Paper],
    answer_strata: Sequence[AnswerStratum],
    rate: Mapping[str, object],
    rule_set: RuleSet,
) -> Record:
    """Return the answers certificate (format 1): what was opened, and what it adds up to.

    `leaves` are the envelopes' leaf hashes, listed sorted so that they say nothing of order or
    time; `tally` obeys the publication minimum; `official` is the rate's. Raises `Problem` for
    a leaf that stands there twice or more papers than envelopes, `Difference` for the rate of
    another round. The county is the rate's.
    """
    _check_origin({**rate, "round": round_name, "rehearsal": rehearsal}, rate)
    ordered = sorted(leaves)
    if len(set(ordered)) < len(ordered):
        raise Problem(N_("an envelope stands twice in the list"))
    _check_envelopes(len(papers), len(ordered))
    return {
        "format": FORMAT,
        "kind": "answers",
        "county": rate["county"],
        "round": round_name,
        "rehearsal": rehearsal,
        "leaves": ordered,
        "merkle_root": merkle_root(ordered),
        "papers": len(papers),
        "rule": rate["rule"],
        "official": rate["official"],
        "tally": published_tally(papers, answer_strata, rule_set.counting_rule, rule_set.min_cell),
        "rate_digest": digest(rate),
    }


def verify_answers(record: Mapping[str, object]) -> None:
    """Check an answers certificate in itself: order and root of the leaves, and that sums agree.

    The sums are those of all rows and those of the parents' rows, which are never mixed with
    others; there are no more papers than envelopes. Raises `Difference` naming the first
    difference. That the envelopes hold what was counted can only be checked by somebody with
    the round key.
    """
    check_head(record, "answers")
    leaves = _texts(record, "leaves")
    compare_records(leaves, sorted(set(leaves)), "leaves")
    compare_records(record.get("merkle_root"), merkle_root(leaves), "merkle_root")
    official = _mapping(record, "official")
    rows = _tally_rows(record)
    # Where a rule counts answers or points, the rows say so beside the papers.
    unit = _mapping(record, "rule").get("unit", PAPERS)
    numerator, denominator = _sum_units(rows, unit)
    compare_records(official.get("numerator"), numerator, "official, numerator")
    compare_records(official.get("denominator"), denominator, "official, denominator")
    papers = _sum_papers(rows)
    compare_records(record.get("papers"), papers, "papers")
    compare_records(official.get("parents"), _sum_parents(rows, unit), "official, parents")
    _check_envelopes(papers, len(leaves))


def read_record(path: Path, kind: str) -> Record:
    """Return a certificate of that kind from a JSON file; `Problem` with the file otherwise.

    Whole numbers are read as integers however they are written: to JSON, 1.0 and 1 are one.
    """
    try:
        record = json.loads(
            path.read_bytes().decode("utf-8-sig"),
            parse_constant=_refuse_constant,
            parse_float=_read_number,
        )
        json.dumps(record, ensure_ascii=False).encode("utf-8")
    except (OSError, ValueError, RecursionError) as error:
        raise Problem(
            N_("cannot be read as a JSON record: {reason}"), where=str(path), reason=error
        ) from error
    check_head(record, kind, where=str(path))
    return cast(Record, record)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number")


def _read_number(text: str) -> int | float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return whole_or_float(value)


def check_head(record: object, kind: str, *, where: str = "") -> None:
    """Raise `Problem` unless `record` is a record of that kind in a format known here."""
    if not isinstance(record, Mapping) or record.get("kind") != kind:
        raise Problem(N_("expected a record of kind {kind!r}"), where=where, kind=kind)
    if type(record.get("format")) is not int or record["format"] != FORMAT:
        raise Problem(
            N_("expected format {expected}, got {got!r}"),
            where=where,
            expected=FORMAT,
            got=record.get("format"),
        )


def _coefficients(findings: Sequence[Finding]) -> list[Record]:
    """Return the coefficients in brief: indicator, stage, value for display, limit, outcome."""
    return [
        {
            "rule": finding.rule.id,
            "indicator": finding.rule.indicator,
            "stage": finding.rule.stage,
            "cv": None if finding.measured is None else finding.measured["display"],
            "limit": finding.rule.limit_text,
            "outcome": finding.outcome,
        }
        for finding in findings
        if finding.rule.kind == "difference"
    ]


def _recorded_rule_set(record: Mapping[str, object]) -> RuleSet:
    rules = _mapping(record, "rules")
    rule_set = load_rule_set(_text(rules, "id"))
    compare_records(rules.get("digest"), rule_set.digest, f"digest of rule set {rule_set.id}")
    return rule_set


def _check_engine(record: Mapping[str, object], engine: IndicatorEngine) -> None:
    named = {"name": engine.name, "version": engine.version}
    if record.get("engine") != named:
        raise Problem(
            N_("the verdict was made by engine {recorded}, this one is {engine}"),
            recorded=record.get("engine"),
            engine=named,
        )


def _check_inputs(record: Mapping[str, object]) -> None:
    """Compare the inputs, untouched, with their digests, and the rate's round with the record's."""
    inputs, digests = _mapping(record, "inputs"), _mapping(record, "digests")
    rate = inputs.get("rate")
    found = None if rate is None else digest(rate)
    compare_records(digests.get("schools"), digest(inputs.get("schools")), "digests, schools")
    compare_records(digests.get("rate"), found, "digests, rate")
    if rate is not None:
        _check_origin(record, _mapping(inputs, "rate"))


def _check_origin(record: Mapping[str, object], rate: Mapping[str, object]) -> None:
    for key in ORIGIN:
        compare_records(record.get(key), rate.get(key), key)


def _check_envelopes(papers: int, envelopes: int) -> None:
    if papers > envelopes:
        raise Difference(
            N_("{papers} papers from {envelopes} envelopes"), papers=papers, envelopes=envelopes
        )


def _recorded_rate(record: Mapping[str, object]) -> Mapping[str, object] | None:
    inputs = _mapping(record, "inputs")
    return None if inputs.get("rate") is None else _mapping(inputs, "rate")


def _recorded_schools(record: Mapping[str, object]) -> list[School]:
    rows = _mapping(record, "inputs").get("schools")
    if not isinstance(rows, list):
        raise Problem(N_("key {key!r}: expected a list"), key="inputs.schools")
    texts = [_text_row(row) for row in rows]
    return parse_schools(list(enumerate(texts, start=1)), "inputs.schools") if texts else []


def _text_row(row: object) -> Mapping[str, str]:
    if not isinstance(row, dict) or not all(isinstance(cell, str) for cell in row.values()):
        raise Problem(N_("key {key!r}: expected rows of texts"), key="inputs.schools")
    return row


def _recorded_answers_digest(record: Mapping[str, object]) -> str | None:
    digests = _mapping(record, "digests")
    return None if digests.get("answers") is None else _text(digests, "answers")


def _check_answers(record: Mapping[str, object], answers: Mapping[str, object]) -> None:
    verify_answers(answers)
    digests = _mapping(record, "digests")
    compare_records(digests.get("answers"), digest(answers), "digest of the answers certificate")
    compare_records(digests.get("rate"), answers.get("rate_digest"), "digest of the rate")
    # A digest can be brought up to date with a forged rate; what it was counted from cannot.
    rate = _mapping(_mapping(record, "inputs"), "rate")
    for key in (*ORIGIN, "rule", "papers", "official"):
        compare_records(rate.get(key), answers.get(key), f"rate, {key}")


def _tally_rows(record: Mapping[str, object]) -> list[object]:
    rows = record.get("tally")
    if not isinstance(rows, list):
        raise Problem(N_("key {key!r}: expected a list"), key="tally")
    return rows


def _sum_parents(rows: Sequence[object], unit: object) -> Record:
    """Return the parents' official row from the published tally."""
    parents = []
    for number, row in enumerate(rows, start=1):
        categories = row.get("categories") if isinstance(row, Mapping) else None
        if isinstance(categories, list) and PARENTS in categories:
            compare_records(categories, [PARENTS], f"tally {number}, categories")
            parents.append(row)
    numerator, denominator = _sum_units(parents, unit)
    return {"numerator": numerator, "denominator": denominator}


def _sum_units(rows: Sequence[object], unit: object) -> tuple[int, int]:
    """Return numerator and denominator of rows of the published tally."""
    if unit != PAPERS:
        return _sum_column(rows, "numerator"), _sum_column(rows, "denominator")
    satisfied = _sum_column(rows, "satisfied")
    return satisfied, satisfied + _sum_column(rows, "not_satisfied")


def _sum_papers(rows: Sequence[object]) -> int:
    """Return all papers of rows of the published tally."""
    return sum(_sum_column(rows, key) for key in ("satisfied", "not_satisfied", "not_counted"))


def _sum_column(rows: Sequence[object], key: str) -> int:
    return sum(_whole(row, key) for row in rows)


def _whole(row: object, key: str) -> int:
    value = row.get(key) if isinstance(row, Mapping) else None
    if type(value) is not int or value < 0:
        raise Problem(N_("key {key!r}: expected a whole number"), key=f"tally.{key}")
    return value


def _mapping(record: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = record.get(key)
    if not isinstance(value, dict):
        raise Problem(N_("key {key!r}: expected a table"), key=key)
    return value


def _text(record: Mapping[str, object], key: str) -> str:
    value = record.get(key)
    if not isinstance(value, str):
        raise Problem(N_("key {key!r}: expected a text"), key=key)
    return value


def _texts(record: Mapping[str, object], key: str) -> list[str]:
    value = record.get(key)
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise Problem(N_("key {key!r}: expected a list of texts"), key=key)
    return value


__all__ = [
    "Difference",
    "check_head",
    "make_answers_certificate",
    "make_verdict",
    "read_record",
    "verify_answers",
    "verify_verdict",
]
