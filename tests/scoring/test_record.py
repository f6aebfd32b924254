from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sampling.canonical import canonical_json, digest
from sampling.problems import Problem, Problems
from sampling.verification import Difference
from scoring.answers import AnswerStratum, Paper
from scoring.merkle import leaf_hash, merkle_root
from scoring.rate import recognition_rate
from scoring.record import (
    make_answers_certificate,
    make_verdict,
    read_record,
    verify_answers,
    verify_verdict,
)
from scoring.schools import parse_schools
from tests.scoring.makers import NATIONAL, make_county, make_row, number_rows

LEAVES = [leaf_hash(str(number).encode()) for number in range(420)]
ROWS = [
    make_row("s2", primary=300),
    make_row("s1", "nine_year", primary=600, junior=300, shares=("1.5",) * 7),
    make_row("s3", "junior", junior=500, shares=("1", "1", "1", "0.8", "1", "1", "1")),
    make_row("s4", "point", primary=20),
]


@pytest.fixture(scope="module")
def rate() -> Any:
    return recognition_rate(
        *make_county(54, 6), NATIONAL, county="宜州区", round_name="2026", rehearsal=True
    )


@pytest.fixture(scope="module")
def answers(rate: Any) -> Any:
    papers, strata = make_county(54, 6)
    return make_answers_certificate(
        round_name="2026",
        rehearsal=True,
        leaves=LEAVES,
        papers=papers,
        answer_strata=strata,
        rate=rate,
        rule_set=NATIONAL,
    )


@pytest.fixture(scope="module")
def made(rate: Any, answers: Any) -> Any:
    return make_verdict(
        "宜州区",
        rate,
        parse_schools(number_rows(ROWS), "schools.xlsx"),
        NATIONAL,
        round_name="2026",
        rehearsal=True,
        answers_digest=digest(answers),
    )


@pytest.fixture
def verdict(made: Any) -> Any:
    return copy.deepcopy(made)


def test_the_verdict_says_what_was_decided_and_why(verdict: Any) -> None:
    assert (verdict["format"], verdict["kind"], verdict["verdict"]) == (1, "verdict", "not_met")
    failed = [f for f in verdict["findings"] if f["outcome"] == "not_met" and f["decisive"]]
    assert [(f["subject"]["id"], f["parts"]["not_met"]) for f in failed] == [("s3", ["rooms_m2"])]
    assert verdict["out_of_scope"] == ["s4"]
    assert verdict["rules"] == {"id": "national-2017", "digest": NATIONAL.digest}
    assert verdict["engine"] == {
        "name": "built-in", "distribution": "renkedu", "version": "3"}  # fmt: skip
    measured = ["guarantee.04", "guarantee.07", "condition.4"]  # what the school table says alone
    assert len(verdict["missing"]) == 15 + 9 + 5 + 6 - len(measured)
    assert not set(measured) & set(verdict["missing"])
    assert len(verdict["difference_coefficients"]) == 14


def test_it_can_be_redone_from_the_file_alone(verdict: Any, answers: Any) -> None:
    again = json.loads(canonical_json(verdict))
    verify_verdict(again)
    verify_verdict(again, answers=json.loads(canonical_json(answers)))


def test_the_order_of_the_school_table_does_not_matter(verdict: Any, rate: Any) -> None:
    schools = parse_schools(number_rows(ROWS), "schools.xlsx")[::-1]
    other = make_verdict("宜州区", rate, schools, NATIONAL, round_name="2026", rehearsal=True)
    assert other["findings"] == verdict["findings"]
    assert other["inputs"] == verdict["inputs"]


def test_without_a_rate_the_verdict_can_still_be_redone() -> None:
    record = make_verdict("宜州区", None, [], NATIONAL)
    assert record["verdict"] == "undecided"
    verify_verdict(json.loads(canonical_json(record)))


def put(path: list[Any], value: object) -> Callable[[Any], None]:
    def change(record: Any) -> None:
        *outer, key = path
        for step in outer:
            record = record[step]
        if value is None:
            del record[key]
        else:
            record[key] = value

    return change


TAMPERINGS: list[tuple[Callable[[Any], None], str]] = [
    (put(["verdict"], "met"), "verdict: the record has 'met', its inputs give 'not_met'"),
    (put(["inputs", "schools", 2, "rooms_m2"], "2900"), "digests, schools"),
    (put(["inputs", "schools", 0], None), "digests, schools"),
    (put(["inputs", "rate", "words"], "shown to be missed"), "digests, rate"),
    (put(["digests", "rate"], "0" * 64), "digests, rate: the record has '000"),
    (put(["findings", 1, "outcome"], "not_met"), r"\(resources.school 学校s1 primary\), outcome"),
    (put(["findings", 0, "limit"], "0.80"), r"findings \(survey.rate county\), limit"),
    (put(["findings", 0, "quote"], "70%以上"), r"survey.rate county\), quote.*70%以上.*85%以上"),
    (put(["findings", 5], None), r"findings \(resources\.\w+\.primary 学校s1 primary\), rule"),
    (put(["missing"], []), "missing 1: the record has nothing, its inputs give 'guarantee.01'"),
    (put(["extra"], 1), "extra: the record has 1, its inputs give nothing"),
    (put(["out_of_scope"], []), "out_of_scope 1: the record has nothing, its inputs give 's4'"),
    (put(["rules", "digest"], "0" * 64), "digest of rule set national-2017"),
    (put(["rehearsal"], 1), "^rehearsal: the record has 1, its inputs give True"),
    (put(["rehearsal"], False), "^rehearsal: the record has False, its inputs give True"),
    (put(["round"], "2025"), "^round: the record has '2025', its inputs give '2026'"),
    (put(["county"], "别县"), "^county: the record has '别县', its inputs give '宜州区'"),
    (put(["county"], 7), "^county: the record has 7"),
    (put(["inputs", "rate", "rehearsal"], False), "^digests, rate"),
    (put(["inputs", "rate", "official", "numerator"], 9999), "^digests, rate"),
    (put(["inputs", "rate", "official"], None), "^digests, rate"),
    (put(["inputs", "rate"], None), "^digests, rate: .* its inputs give None"),
    (put(["inputs", "rate"], "x"), "^digests, rate"),
    (put(["inputs", "schools"], "none"), "^digests, schools"),
    (put(["inputs", "schools"], None), "^digests, schools"),
    (put(["inputs", "schools", 0, "rooms_m2"], "x"), "^digests, schools"),
    (put(["inputs", "schools", 0, "school_id"], "s2"), "^digests, schools"),
    (put(["inputs", "schools", 0], 5), "^digests, schools"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), TAMPERINGS)
def test_each_tampering_is_named(verdict: Any, change: Callable[[Any], None], message: str) -> None:
    change(verdict)
    with pytest.raises(Difference, match=message):
        verify_verdict(verdict)


def sealed(path: list[Any], value: object) -> Callable[[Any], None]:
    """Change an input and its digest with it, as somebody would who writes a record anew."""

    def change(record: Any) -> None:
        put(["inputs", *path], value)(record)
        record["digests"][path[0]] = digest(record["inputs"][path[0]])

    return change


def test_a_rate_of_another_round_is_no_input(verdict: Any, rate: Any) -> None:
    for key, value in (("county", "别县"), ("round", "2025"), ("rehearsal", False)):
        record = copy.deepcopy(verdict)
        sealed(["rate", key], value)(record)
        with pytest.raises(Difference, match=f"^{key}: "):
            verify_verdict(record)
    with pytest.raises(Difference, match=r"^round: "):
        make_verdict("宜州区", rate, [], NATIONAL, round_name="2025", rehearsal=True)


BAD_RECORDS: list[tuple[Callable[[Any], None], str]] = [
    (put(["kind"], "rate"), "expected a record of kind 'verdict'"),
    (put(["format"], 2), "expected format 1, got 2"),
    (put(["format"], 1.0), "expected format 1, got 1.0"),
    (put(["rules", "id"], "atlantis-2017"), "there is no rule set 'atlantis-2017'"),
    (put(["engine", "version"], "1"), "made by engine"),
    (put(["engine", "distribution"], "other"), "made by engine"),
    (put(["inputs"], "none"), "'inputs': expected a table"),
    (put(["digests"], None), "'digests': expected a table"),
    (sealed(["schools"], "none"), "'inputs.schools': expected a list"),
    (sealed(["schools", 0, "rooms_m2"], 5), "'inputs.schools': expected rows of texts"),
    (sealed(["schools", 0, "rooms_m2"], "x"), "inputs.schools · 1 · .*got 'x'"),
    (sealed(["rate", "official", "numerator"], 9999), "9999 of 420 papers"),
    (sealed(["rate"], "none"), "'rate': expected a table"),
]


@pytest.mark.parametrize(("change", "message"), BAD_RECORDS)
def test_what_is_no_verdict_record_is_refused(
    verdict: Any, change: Callable[[Any], None], message: str
) -> None:
    change(verdict)
    with pytest.raises((Problem, Problems), match=message) as caught:
        verify_verdict(verdict)
    assert not isinstance(caught.value, Difference)


def test_the_answers_certificate_lists_envelopes_sorted(answers: Any) -> None:
    assert answers["leaves"] == sorted(LEAVES)
    assert answers["merkle_root"] == merkle_root(sorted(LEAVES))
    assert (answers["papers"], len(answers["leaves"])) == (420, 420)
    assert sum(row["satisfied"] for row in answers["tally"]) == 378
    verify_answers(answers)


def forget_envelopes(record: Any) -> None:
    """Keep the count and drop the envelopes that it was counted from."""
    del record["leaves"][1:]
    record["merkle_root"] = merkle_root(record["leaves"])


ANSWERS_TAMPERINGS: list[tuple[Callable[[Any], None], str]] = [
    (put(["leaves", 0], "0" * 64), "merkle_root"),
    (put(["leaves", 0], "f" * 64), "leaves 1"),
    (put(["leaves", 0], None), "merkle_root"),
    (put(["merkle_root"], "0" * 64), "merkle_root"),
    (put(["tally", 0, "satisfied"], 55), "official, numerator.*378.*379"),
    (put(["tally", 0, "not_satisfied"], 5), "official, denominator.*420.*419"),
    (put(["official", "numerator"], 420), "official, numerator"),
    (put(["papers"], 421), "papers"),
    (put(["official", "parents", "numerator"], 41), "official, parents, numerator.*41.*54"),
    (put(["official", "parents", "denominator"], 61), "official, parents, denominator.*61.*60"),
    (put(["official", "parents"], None), "official, parents: the record has None"),
    (put(["tally", 0, "categories"], ["parent", "teacher"]), "tally 1, categories.*teacher"),
    (put(["tally", 1, "categories"], ["parent"]), "official, parents, numerator.*54.*108"),
    (forget_envelopes, "420 papers from 1 envelopes"),
    (put(["tally"], []), "official, numerator"),
]


@pytest.mark.parametrize(("change", "message"), ANSWERS_TAMPERINGS)
def test_each_tampering_with_the_answers_is_named(
    answers: Any, change: Callable[[Any], None], message: str
) -> None:
    record = copy.deepcopy(answers)
    change(record)
    with pytest.raises(Difference, match=message):
        verify_answers(record)


def test_a_verdict_belongs_to_its_own_answers(verdict: Any, answers: Any) -> None:
    other = copy.deepcopy(answers) | {"round": "another"}
    with pytest.raises(Difference, match="digest of the answers certificate"):
        verify_verdict(verdict, answers=other)


def all_satisfied(rate: Any) -> None:
    rate["official"]["numerator"] = rate["official"]["denominator"]


def more_papers(rate: Any) -> None:
    rate["papers"] += 80


def another_rule(rate: Any) -> None:
    rate["rule"]["limit"] = "0.70"


def another_place(rate: Any) -> None:
    rate["county"] = "别县"


def real(rate: Any) -> None:
    rate["rehearsal"] = False


def another_round(rate: Any) -> None:
    rate["round"] = "2025"


FORGERIES: list[tuple[Callable[[Any], None], str]] = [
    (all_satisfied, "official, numerator: the record has 420, its inputs give 378"),
    (more_papers, "papers: the record has 500, its inputs give 420"),
    (another_rule, "rule, limit: the record has '0.70', its inputs give '0.85'"),
    (another_place, "county: the record has '别县', its inputs give '宜州区'"),
    (real, "rehearsal: the record has False, its inputs give True"),
    (another_round, "round: the record has '2025', its inputs give '2026'"),
]


@pytest.mark.parametrize(("forge", "message"), FORGERIES)
def test_a_forged_rate_contradicts_the_answers(
    rate: Any, answers: Any, forge: Callable[[Any], None], message: str
) -> None:
    """Every digest brought up to date, only the counts of the answers left as they were."""
    forged, certificate = copy.deepcopy(rate), copy.deepcopy(answers)
    forge(forged)
    certificate["rate_digest"] = digest(forged)
    record = make_verdict(
        forged["county"],
        forged,
        parse_schools(number_rows(ROWS), "schools.xlsx"),
        NATIONAL,
        round_name=forged["round"],
        rehearsal=forged["rehearsal"],
        answers_digest=digest(certificate),
    )
    with pytest.raises(Difference, match=f"rate, {message}"):
        verify_verdict(record, answers=certificate)


def test_another_program_may_write_the_same_numbers_otherwise(tmp_path: Path, verdict: Any) -> None:
    """JavaScript writes 1.0 as 1, others write 1 as 1.0: to JSON that is one number."""
    text = canonical_json(verdict)
    for number, other in enumerate((text, text.replace('"df":413', '"df":413.0'))):
        path = tmp_path / f"{number}.json"
        path.write_text(other, encoding="utf-8")
        verify_verdict(read_record(path, "verdict"))
    assert '"df":413,' in text


def test_envelopes_are_not_doubled_nor_lost(rate: Any) -> None:
    papers, strata = make_county(54, 6)
    for leaves, message in ((LEAVES + LEAVES[:1], "twice"), (LEAVES[1:], "420 papers from 419")):
        with pytest.raises(Problem, match=message):
            make_answers_certificate(
                round_name="2026",
                rehearsal=True,
                leaves=leaves,
                papers=papers,
                answer_strata=strata,
                rate=rate,
                rule_set=NATIONAL,
            )


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xd0\xcb", b'{"kind":"draw","format":1}', b'{"kind":"verdict","x":NaN}',
     b'{"kind":"verdict","format":1,"x":1e999}',
     b'{"kind":"verdict","format":1,"county":"\\ud800"}', b"[" * 10**5],
)  # fmt: skip
def test_a_file_that_is_no_record_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "verdict.json"
    path.write_bytes(content)
    with pytest.raises(Problem, match=r"verdict\.json: "):
        read_record(path, "verdict")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"none\.json: cannot be read"):
        read_record(tmp_path / "none.json", "verdict")


@pytest.mark.parametrize("mode", ["every item", "mean of items", "mean score"])
def test_any_mode_can_be_certified(mode: str) -> None:
    counting = replace(NATIONAL.counting_rule, mode=mode, items=("q1", "q2"))
    rule_set = replace(NATIONAL, counting_rule=counting)
    strata = [AnswerStratum(name, name, 900) for name in ("parent", "student")]
    papers = [
        Paper(stratum.name, stratum.category, {"q1": "satisfied", "q2": option})
        for stratum in strata
        for option in ["mostly"] * 30 + ["dissatisfied"] * 9 + ["unknown"] * 6
    ]
    rate = recognition_rate(papers, strata, rule_set)
    certificate: Any = make_answers_certificate(
        round_name="", rehearsal=False, leaves=LEAVES[:90], papers=papers, answer_strata=strata,
        rate=rate, rule_set=rule_set,
    )  # fmt: skip
    verify_answers(json.loads(canonical_json(certificate)))
    forged = copy.deepcopy(certificate)
    forged["official"]["numerator"] -= 1
    with pytest.raises(Difference, match="official, numerator"):
        verify_answers(forged)
