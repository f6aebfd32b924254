"""`renkedu tally`: opened on the command line, redone by an auditor with nothing but two files."""

from __future__ import annotations

import base64
import json
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from sampling.problems import Problem
from survey.assessments.models import (
    ANSWERS,
    CLOSED,
    FIELD,
    OPEN_ANSWERS,
    OPENED,
    PLAN,
    RATE,
    Round,
)
from survey.assessments.operations import find_record
from survey.audit_log import AuditEvent
from survey.commands import main_group
from survey.database import Database
from survey.open_answers.models import OpenEnvelope
from survey.open_answers.operations import (
    find_visit,
    make_place,
    new_form_key,
    submit_open_answers,
)
from survey.questionnaires.edition import load_edition
from survey.responses.envelope import leaf_hash, new_round_key
from survey.responses.key_words import CHINESE, to_words
from survey.responses.models import AnswerPaper, Envelope
from survey.responses.submission import find_invitation, submit_answers
from survey.settings import Settings
from tests.survey.factories import (
    PRIVATE_KEY,
    make_link,
    make_plan_record,
    make_round,
    make_selection,
)
from tests.survey.responses.conftest import fill

PEOPLE = 30
Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A function that runs `renkedu tally …` on the test's installation."""
    monkeypatch.setenv("RENKEDU_HOME", str(settings.home))
    monkeypatch.setenv("RENKEDU_DATABASE_URL", settings.database_url)

    def run_it(*words: object) -> Result:
        return CliRunner().invoke(main_group, ["tally", *map(str, words)])

    return run_it


@pytest.fixture
def round_id(database: Database, settings: Settings) -> str:
    """A closed round; two thirds of its people are satisfied."""
    with database.transaction() as session:
        round_ = make_round(session, status=FIELD)
        paper = load_edition("national-2026").paper_for("parent")
        for number in range(PEOPLE):
            selection = make_selection(session, round_)
            code = make_link(session, selection, settings.link_key)
            invitation = find_invitation(session.connection(), settings.link_key, code)
            assert invitation is not None
            option = "dissatisfied" if number % 3 == 0 else "satisfied"
            submit_answers(session.connection(), invitation, fill(paper, option), {})
        make_plan_record(session, round_)
        round_.status = CLOSED
        return round_.id


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "round.key"
    file.write_text("".join(to_words(PRIVATE_KEY, CHINESE)), encoding="utf-8")
    return file


@pytest.fixture
def files(database: Database, round_id: str, run: Run, key: Path, tmp_path: Path) -> Path:
    """A folder with the exported envelopes and the records of the round, which is opened."""
    exported = run("export", round_id, tmp_path / "envelopes.jsonl")
    assert exported.exit_code == 0, exported.output
    assert f"{PEOPLE} envelopes" in exported.output
    opened = run("open", round_id, "--key", key)
    assert opened.exit_code == 0, opened.output
    with database.sessions() as session:
        round_ = session.get_one(Round, round_id)
        for kind in (ANSWERS, RATE, PLAN):
            record = find_record(session, round_, kind)
            assert record is not None
            (tmp_path / f"{kind}.json").write_text(record.body, encoding="utf-8")
    return tmp_path


def verify(run: Run, files: Path, *more: str) -> Result:
    return run(
        "verify", files / "envelopes.jsonl", "--key", files / "round.key",
        "--answers", files / "answers.json", *more,
    )  # fmt: skip


def test_an_auditor_redoes_opening_and_counting(
    run: Run, files: Path, database: Database, round_id: str
) -> None:
    more = ("--rate", str(files / "rate.json"), "--plan", str(files / "plan.json"))
    result = verify(run, files, *more)
    assert result.exit_code == 0, result.output
    assert f"{PEOPLE} envelopes opened and counted again, 20 of 30" in result.output
    with database.sessions() as session:
        assert session.get_one(Round, round_id).status == OPENED
        assert len(session.scalars(select(AnswerPaper)).all()) == PEOPLE
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.number)).all()
    assert actions == ["round.export", "round.submissions", "round.open", "round.destroy"]


def change_a_bit(database: Database, model: Any) -> str:
    """Damage an envelope; return the hash of what it is now."""
    with database.transaction() as session:
        envelope = session.scalars(select(model).limit(1)).one()
        changed = bytearray(envelope.ciphertext)
        changed[100] ^= 1
        envelope.ciphertext = bytes(changed)
        return leaf_hash(envelope.ciphertext)


def test_places_and_damaged_envelopes_are_redone_apart(
    run: Run, round_id: str, database: Database, key: Path, tmp_path: Path
) -> None:
    """A drawn and an open envelope are damaged; the auditor finds the same, and forgeries."""
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        round_.status = FIELD
        session.flush()
        token = make_place(session, round_, "Market", "resident", "test").token
        visit = find_visit(session.connection(), token)
        assert visit is not None
        receipts = [
            submit_open_answers(session.connection(), visit, new_form_key(), {"overall": "mostly"})
            for _ in range(9)
        ]
        round_.status = CLOSED
    change_a_bit(database, Envelope)
    damaged = change_a_bit(database, OpenEnvelope)
    exported = run("export", round_id, tmp_path / "envelopes.jsonl")
    assert f"{PEOPLE} envelopes, and 9 of places" in exported.output
    opened = run("open", round_id, "--key", key)
    assert "could not be opened: 2" in opened.output, opened.output
    with database.sessions() as session:
        for kind in (ANSWERS, OPEN_ANSWERS):
            record = find_record(session, session.get_one(Round, round_id), kind)
            assert record is not None
            (tmp_path / f"{kind}.json").write_text(record.body, encoding="utf-8")
    right = (tmp_path / "open_answers.json").read_text(encoding="utf-8")
    body = json.loads(right)
    assert len(set(receipts) & set(body["leaves"])) == 8
    assert body["set_aside"] == [{"leaf": damaged, "reason": "unreadable"}]
    more = ("--open", str(tmp_path / "open_answers.json"))
    result = verify(run, tmp_path, *more)
    assert result.exit_code == 0, result.output
    assert f"{PEOPLE - 1} envelopes opened and counted again" in result.output
    assert result.output.count("could not be opened") == 2
    assert "8 answers of places, counted apart" in result.output
    assert "--open does that" in verify(run, tmp_path).output
    look_up = ["verify", more[1], "--receipt", body["leaves"][0]]
    sound = next(leaf for leaf in body["leaves"] if leaf != damaged)
    told = CliRunner().invoke(main_group, [*look_up[:-1], sound])
    assert "among the 9" in told.output
    told = CliRunner().invoke(main_group, [*look_up[:-1], damaged])
    assert (told.exit_code, "could not be opened" in told.output) == (1, True)
    body["places"][0]["satisfied"] += 1
    (tmp_path / "open_answers.json").write_text(json.dumps(body), encoding="utf-8")
    assert verify(run, tmp_path, *more).exit_code == 1
    body["leaves"].reverse()
    (tmp_path / "open_answers.json").write_text(json.dumps(body), encoding="utf-8")
    assert CliRunner().invoke(main_group, look_up).exception
    lines = (tmp_path / "envelopes.jsonl").read_text().splitlines()
    lines[3], lines[-3] = lines[-3], lines[3]  # an open answer among the drawn ones
    (tmp_path / "envelopes.jsonl").write_text("\n".join(lines) + "\n")
    with pytest.raises(Problem, match="not whole"):
        raise_again(verify(run, tmp_path))


def test_the_file_names_nobody_and_is_sorted(files: Path, database: Database) -> None:
    file = files / "envelopes.jsonl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    head, *lines = file.read_text().splitlines()
    assert set(json.loads(head)["round"]) == {
        "id", "county", "is_rehearsal", "edition", "rule_set", "public_key", "answer_strata",
        "issued",
    }  # fmt: skip
    leaves = json.loads((files / "answers.json").read_text())["leaves"]
    assert [leaf_hash(base64.b64decode(line)) for line in lines] == leaves


@pytest.mark.parametrize("forged", ["official", "leaves", "rate", "plan"])
def test_what_was_not_counted_so_is_told(run: Run, files: Path, forged: str) -> None:
    answers = json.loads((files / "answers.json").read_text())
    more: tuple[str, ...] = ()
    if forged == "official":  # tally and sum agree, but they are not those of the papers
        for row in answers["tally"]:
            row["satisfied"] += 1
            row["not_satisfied"] -= 1
        answers["official"]["numerator"] += 1
        answers["official"]["parents"]["numerator"] += 1
    if forged == "leaves":
        answers["leaves"].pop()
    if forged == "rate":
        rate = json.loads((files / "rate.json").read_text()) | {"papers": 31}
        (files / "rate.json").write_text(json.dumps(rate))
        more = ("--rate", str(files / "rate.json"))
    if forged == "plan":
        plan = json.loads((files / "plan.json").read_text())
        plan["answer_strata"][0]["N"] += 1
        (files / "plan.json").write_text(json.dumps(plan))
        more = ("--plan", str(files / "plan.json"))
    (files / "answers.json").write_text(json.dumps(answers))
    result = verify(run, files, *more)
    assert result.exit_code == 1, result.output
    assert "is not right" in result.output


def test_a_file_with_an_envelope_less_is_not_whole(run: Run, files: Path) -> None:
    file = files / "envelopes.jsonl"
    file.write_text("\n".join(file.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(Problem, match="not whole"):
        raise_again(verify(run, files))


def test_another_key_opens_nothing(run: Run, files: Path) -> None:
    (files / "round.key").write_text(new_round_key()[0])
    with pytest.raises(Problem, match="not the private key of this round"):
        raise_again(verify(run, files))


def test_a_file_is_never_overwritten(run: Run, round_id: str, tmp_path: Path) -> None:
    (tmp_path / "envelopes.jsonl").write_text("precious")
    with pytest.raises(Problem, match="not overwritten"):
        raise_again(run("export", round_id, tmp_path / "envelopes.jsonl"))
    assert (tmp_path / "envelopes.jsonl").read_text() == "precious"
    assert not list(tmp_path.glob("*.part"))


def test_an_opened_round_has_nothing_to_export(run: Run, files: Path, round_id: str) -> None:
    with pytest.raises(Problem, match="not open"):
        raise_again(run("export", round_id, files / "again.jsonl"))
    assert not (files / "again.jsonl").exists()


def raise_again(result: Result) -> None:
    assert result.exception is not None
    raise result.exception


def test_an_auditor_needs_neither_web_nor_database(run: Run, files: Path) -> None:
    program = (
        "import sys\n"
        "from survey.commands import main_group\n"
        "main_group(sys.argv[1:], standalone_mode=False)\n"
        "sys.exit(' '.join({'flask', 'sqlalchemy'} & set(sys.modules)) or 0)\n"
    )
    words = [
        "tally",
        "verify",
        "envelopes.jsonl",
        "--key",
        "round.key",
        "--answers",
        "answers.json",
    ]
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{program}", *words],
        capture_output=True, text=True, check=False, cwd=files,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["answers.json", "receipts.txt"])
def test_a_receipt_is_looked_up(files: Path, name: str) -> None:
    leaves = json.loads((files / "answers.json").read_text())["leaves"]
    (files / "receipts.txt").write_text("\n".join(leaves) + "\n")
    typed = " ".join(leaves[3][at : at + 4] for at in range(0, 64, 4)).upper()

    def look(receipt: str) -> Result:
        return CliRunner().invoke(main_group, ["verify", str(files / name), "--receipt", receipt])

    found = look(typed)
    assert found.exit_code == 0, found.output
    assert f"is among the {PEOPLE}" in found.output
    assert look("ab" * 32).exit_code == 1
    with pytest.raises(Problem, match="64 characters"):
        raise_again(look("ab"))
