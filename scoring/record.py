"""Certificates of answers and verdict: canonical JSON that carries what it was made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sampling.canonical import digest
from sampling.problems import N_, Problem
from sampling.verification import Difference
from scoring.answers import AnswerStratum, Paper
from scoring.builtin_engine import BuiltinEngine
from scoring.county_data import NOTHING, CountyData
from scoring.difference import compare_records
from scoring.engine import IndicatorEngine
from scoring.findings import Finding, finding_record
from scoring.merkle import merkle_root
from scoring.part_findings import title_record
from scoring.publication import PARENTS, published_tally
from scoring.record_file import FORMAT, Record, check_head, mapping, read_record, text, texts
from scoring.rule_set import RuleSet
from scoring.schools import School
from scoring.sections import is_in_scope
from scoring.verdict import decide, find_all, missing_rules
from scoring.verdict_inputs import (
    VerdictInputs,
    check_inputs,
    digests_of,
    read_inputs,
    read_reliefs,
    read_rules,
    rules_record,
)

PAPERS = "papers"
UNREADABLE, UNFIT = "unreadable", "unfit"  # why an envelope was set aside
BUILT_IN = BuiltinEngine()
ORIGIN = ("county", "round", "rehearsal")
"""What a rate, its answers and its verdict must say alike; the rate's digest covers it."""


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
    data: CountyData = NOTHING,
    reliefs: Sequence[str] = (),
    results: Mapping[str, object] | None = None,
) -> Record:
    """Return the verdict certificate (format 1).

    Parameters
    ----------
    rate
        The round's rate record, or None where no survey was made: no verdict is reached then.
    answers_digest
        SHA-256 of the answers certificate that the rate belongs to.
    data
        The county's figures, tables and judgements.
    reliefs
        The switches of reliefs that are on; each is printed with where it was used.
    results
        The record of an outside system's findings (`scoring.outside_results`).

    `verdict` is met, not_met or undecided; `missing` lists decisive rules that nobody measured.
    All that it was made from stands in `inputs`, so that `verify_verdict` can redo it.
    Raises `Problem` for a rate of another rule set, a relief or results that do not fit it,
    `Difference` for a rate of another county or round, and where a rehearsal's rate would make
    the verdict of a real one.
    """
    if rate is not None:
        _check_origin({"county": county, "round": round_name, "rehearsal": rehearsal}, rate)
    ordered = sorted(schools, key=lambda school: school.school_id)
    findings = find_all(
        ordered, rate, rule_set, engine, data=data, reliefs=reliefs, results=results
    )
    inputs = VerdictInputs(ordered, rate, data, results).record()
    return {
        "format": FORMAT,
        "kind": "verdict",
        "county": county,
        "round": round_name,
        "rehearsal": rehearsal,
        "rules": rules_record(rule_set),
        "engine": _engine_record(engine),
        "verdict": decide(findings),
        "findings": [finding_record(finding) for finding in findings],
        "difference_coefficients": _coefficients(findings),
        "missing": missing_rules(findings),
        "reliefs": _reliefs(reliefs, findings, rule_set),
        "aspects": [{"id": a.id, "title": title_record(a.title)} for a in rule_set.aspects],
        "out_of_scope": [s.school_id for s in ordered if not is_in_scope(s, rule_set)],
        "inputs": inputs,
        "digests": {**digests_of(inputs), "answers": answers_digest},
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
    check_inputs(record)
    _check_rate_origin(record)
    rule_set = read_rules(record)
    _check_engine(record, engine)
    inputs = read_inputs(record, rule_set)
    computed = make_verdict(
        text(record, "county"),
        inputs.rate,
        inputs.schools,
        rule_set,
        round_name=text(record, "round"),
        rehearsal=record.get("rehearsal") is True,
        answers_digest=_recorded_answers_digest(record),
        engine=engine,
        data=inputs.data,
        reliefs=read_reliefs(record),
        results=inputs.results,
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
    set_aside: Mapping[str, str] | None = None,
) -> Record:
    """Return the answers certificate (format 1): what was opened, and what it adds up to.

    `leaves` are the envelopes' leaf hashes, listed sorted so that they say nothing of order or
    time; `tally` obeys the publication minimum; `official` is the rate's. `set_aside` names those
    among them that could not be opened, with the reason; without any, the record has no such key.
    Raises `Problem` for a leaf that stands there twice or more papers than envelopes, `Difference`
    for the rate of another round. The county is the rate's.
    """
    _check_origin({**rate, "round": round_name, "rehearsal": rehearsal}, rate)
    ordered = sorted(leaves)
    if len(set(ordered)) < len(ordered):
        raise Problem(N_("an envelope stands twice in the list"))
    aside = [{"leaf": leaf, "reason": why} for leaf, why in sorted((set_aside or {}).items())]
    _check_envelopes(len(papers) + len(aside), len(ordered))
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
        **({"set_aside": aside} if aside else {}),
    }


def verify_answers(record: Mapping[str, object]) -> None:
    """Check an answers certificate in itself: order and root of the leaves, and that sums agree.

    The sums are those of all rows and those of the parents' rows, which are never mixed with
    others; there are no more papers than envelopes, and where some were set aside, papers and these
    are all of them. Raises `Difference` naming the first
    difference. That the envelopes hold what was counted can only be checked by somebody with
    the round key.
    """
    check_head(record, "answers")
    leaves = texts(record, "leaves")
    compare_records(leaves, sorted(set(leaves)), "leaves")
    compare_records(record.get("merkle_root"), merkle_root(leaves), "merkle_root")
    official = mapping(record, "official")
    rows = _tally_rows(record)
    # Where a rule counts answers or points, the rows say so beside the papers.
    unit = mapping(record, "rule").get("unit", PAPERS)
    numerator, denominator = _sum_units(rows, unit)
    compare_records(official.get("numerator"), numerator, "official, numerator")
    compare_records(official.get("denominator"), denominator, "official, denominator")
    papers = _sum_papers(rows)
    compare_records(record.get("papers"), papers, "papers")
    compare_records(official.get("parents"), _sum_parents(rows, unit), "official, parents")
    _check_envelopes(papers, len(leaves))
    if "set_aside" in record:
        _check_set_aside(record["set_aside"], leaves, papers)


def _check_set_aside(listed: object, leaves: Sequence[str], papers: int) -> None:
    """Check that those set aside are envelopes of the list, named once, and all without paper."""
    if not isinstance(listed, list) or not all(isinstance(row, Mapping) for row in listed):
        raise Problem(N_("key {key!r}: expected a list"), key="set_aside")
    found = [str(row.get("leaf")) for row in listed]
    reasons = {row.get("reason") for row in listed}
    compare_records(found, sorted(set(found) & set(leaves)), "set_aside")
    compare_records(sorted(map(str, reasons - {UNREADABLE, UNFIT})), [], "set_aside, reason")
    compare_records(papers + len(found), len(leaves), "papers and set_aside")


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


def _reliefs(
    switches: Sequence[str], findings: Sequence[Finding], rule_set: RuleSet
) -> list[Record]:
    """Return each switch that is on: what it eases, where that is written, where it was used."""
    return [
        {
            "id": switch,
            "eases": [
                {
                    "rule": rule.id,
                    "title": title_record(relief.title),
                    "in_force_from": relief.in_force_from,
                    "source": relief.citation.source.number,
                    "article": relief.citation.article,
                    "quote": relief.citation.quote,
                    "mark": relief.citation.mark,
                }
                for rule, relief in rule_set.reliefs[switch]
            ],
            "used": sum(switch in finding.reliefs for finding in findings),
        }
        for switch in sorted(set(switches))
    ]


def _engine_record(engine: IndicatorEngine) -> Record:
    return {
        "name": engine.name,
        "distribution": engine.distribution,
        "version": engine.version,
    }


def _check_rate_origin(record: Mapping[str, object]) -> None:
    inputs = mapping(record, "inputs")
    if inputs.get("rate") is not None:
        _check_origin(record, mapping(inputs, "rate"))


def _check_engine(record: Mapping[str, object], engine: IndicatorEngine) -> None:
    named = _engine_record(engine)
    if record.get("engine") != named:
        raise Problem(
            N_("the verdict was made by engine {recorded}, this one is {engine}"),
            recorded=record.get("engine"),
            engine=named,
        )


def _check_origin(record: Mapping[str, object], rate: Mapping[str, object]) -> None:
    for key in ORIGIN:
        compare_records(record.get(key), rate.get(key), key)


def _check_envelopes(papers: int, envelopes: int) -> None:
    if papers > envelopes:
        raise Difference(
            N_("{papers} papers from {envelopes} envelopes"), papers=papers, envelopes=envelopes
        )


def _recorded_answers_digest(record: Mapping[str, object]) -> str | None:
    digests = mapping(record, "digests")
    return None if digests.get("answers") is None else text(digests, "answers")


def _check_answers(record: Mapping[str, object], answers: Mapping[str, object]) -> None:
    verify_answers(answers)
    digests = mapping(record, "digests")
    compare_records(digests.get("answers"), digest(answers), "digest of the answers certificate")
    compare_records(digests.get("rate"), answers.get("rate_digest"), "digest of the rate")
    # A digest can be brought up to date with a forged rate; what it was counted from cannot.
    rate = mapping(mapping(record, "inputs"), "rate")
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


__all__ = [
    "UNFIT",
    "UNREADABLE",
    "Difference",
    "check_head",
    "make_answers_certificate",
    "make_verdict",
    "read_record",
    "verify_answers",
    "verify_verdict",
]
