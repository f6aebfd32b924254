"""`renkedu cv` and `renkedu verdict verify`, as the shell sees them."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sampling.canonical import canonical_json, digest
from scoring.merkle import leaf_hash
from scoring.rate import recognition_rate
from scoring.record import make_answers_certificate, make_verdict
from scoring.schools import parse_schools
from tests.scoring.cases_of import CASES
from tests.scoring.makers import NATIONAL, make_county, make_row, number_rows

EXAMPLE = CASES / "difference_coefficient_example.csv"
RUN = (sys.executable, "-c", "from survey.commands import main; main()")


def renkedu(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *arguments], capture_output=True, text=True, check=False)


def cv(table: Path, *options: str) -> Any:
    done = renkedu("cv", str(table), "--amount", "books", "--pupils", "pupils", *options)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_the_worked_example() -> None:
    found = cv(EXAMPLE)
    assert list(found) == ["schools", "mean", "sd", "cv", "limit", "met"]
    assert found["cv"] == pytest.approx(0.515256629884, abs=1e-12)
    assert (found["schools"], found["limit"], found["met"]) == (5, 0.5, False)
    assert found["mean"] == pytest.approx(6.3344, abs=5e-5)
    assert found["sd"] == pytest.approx(3.2639, abs=5e-5)


@pytest.mark.parametrize(
    ("limit", "met"), [("0.50", True), ("0.49999999999999999999", False), ("0.45", False)]
)
def test_the_comparison_is_exact(tmp_path: Path, limit: str, met: bool) -> None:
    table = tmp_path / "table.csv"
    table.write_text("books,pupils\n1,1\n3,1\n", encoding="utf-8")
    assert cv(table, "--limit", limit)["met"] is met


def test_nothing_anywhere_has_no_coefficient(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("books,pupils\n0,10\n0.0,20\n", encoding="utf-8")
    found = cv(table)
    assert (found["mean"], found["sd"], found["cv"], found["met"]) == (0, 0, None, None)


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ("5,0", (), "line 2 column pupils: expected a whole number of pupils above 0, got '0'"),
        ("5,-1", (), "line 2 column pupils: expected"),
        ("5,many", (), "got 'many'"),
        ("1,234,5", (), "table.csv line 2: expected 2 cells, as in the header, got 3"),
        ("5,5", ("--limit", "half"), "expected a number, got 'half'"),
        ("5,5", ("--limit", "0"), "expected a number above 0, got '0'"),
    ],
)
def test_bad_input_is_told_without_a_traceback(
    tmp_path: Path, rows: str, options: tuple[str, ...], message: str
) -> None:
    table = tmp_path / "table.csv"
    table.write_text(f"books,pupils\n{rows}\n", encoding="utf-8")
    done = renkedu("cv", str(table), "--amount", "books", "--pupils", "pupils", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def rate() -> Any:
    return recognition_rate(*make_county(54, 6), NATIONAL, county="宜州区", rehearsal=True)


@pytest.fixture(scope="module")
def answers(rate: Any) -> Any:
    papers, strata = make_county(54, 6)
    return make_answers_certificate(
        round_name="",
        rehearsal=True,
        leaves=[leaf_hash(str(number).encode()) for number in range(len(papers))],
        papers=papers,
        answer_strata=strata,
        rate=rate,
        rule_set=NATIONAL,
    )


@pytest.fixture(scope="module")
def verdict(rate: Any, answers: Any) -> Any:
    schools = parse_schools(number_rows([make_row("1", primary=300)]), "schools.xlsx")
    return make_verdict(
        "宜州区", rate, schools, NATIONAL, rehearsal=True, answers_digest=digest(answers)
    )


def verify(tmp_path: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "verdict.json"
    path.write_text(text, encoding="utf-8")
    return renkedu("verdict", "verify", str(path), *options)


def test_a_verdict_that_can_be_redone(tmp_path: Path, verdict: Any) -> None:
    done = verify(tmp_path, canonical_json(verdict))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(
        "verdict.json: the verdict is undecided (rehearsal), as its inputs and rule set give it; "
        "answers certificate not checked.\n"
    )


def test_a_verdict_with_its_answers(tmp_path: Path, verdict: Any, answers: Any) -> None:
    path = tmp_path / "answers.json"
    path.write_text(canonical_json(answers), encoding="utf-8")
    done = verify(tmp_path, canonical_json(verdict), "--answers", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(
        "as its inputs and rule set give it; answers certificate checked.\n"
    )


def test_a_verdict_of_a_real_round_is_not_called_a_rehearsal(tmp_path: Path) -> None:
    done = verify(tmp_path, canonical_json(make_verdict("宜州区", None, [], NATIONAL)))
    assert done.returncode == 0
    assert "the verdict is undecided, as its inputs and rule set give it" in done.stdout


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("inputs", "rate", "official", "numerator"), 9999),
        (("inputs", "schools", 0, "rooms_m2"), "x"),
        (("inputs", "schools", 0, "rooms_m2"), "-5"),
        (("inputs", "schools", 0), 5),
        (("rehearsal",), False),
    ],
)
def test_a_changed_input_is_a_difference(
    tmp_path: Path, verdict: Any, path: tuple[Any, ...], value: object
) -> None:
    record = copy.deepcopy(verdict)
    *outer, key = path
    place = record
    for step in outer:
        place = place[step]
    place[key] = value
    done = verify(tmp_path, canonical_json(record))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


def test_a_verdict_that_was_changed(tmp_path: Path, verdict: Any) -> None:
    done = verify(tmp_path, canonical_json(verdict | {"verdict": "met"}))
    assert (done.returncode, done.stdout) == (1, "")
    assert "verdict: the record has 'met', its inputs give 'undecided'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("text", ["", "{}", '{"kind":"draw","format":1}'])
def test_a_file_that_is_no_verdict(tmp_path: Path, text: str) -> None:
    done = verify(tmp_path, text)
    assert (done.returncode, done.stdout) == (2, "")
    assert "verdict.json: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_commands_need_neither_site_nor_database() -> None:
    code = (
        "import sys, survey.commands.judge; "
        "print(sorted({'flask', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
