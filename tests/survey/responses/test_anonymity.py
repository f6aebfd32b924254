"""While a round runs nothing of an answer can be read; after it nothing ties one to anybody.

The attacker of these tests has every byte: tables with their hidden columns (rowid; ctid, xmin),
the database's files with their free pages and logs. Their guess is a pairing of papers and people
by some order of each; chance leaves no correlation between the true pairing and any guess.
"""

from __future__ import annotations

import json
import random
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from survey.assessments.models import FIELD, Round
from survey.assessments.operations import close_round
from survey.database import Database
from survey.questionnaires.edition import load_edition
from survey.responses import opening
from survey.responses.drafts import new_key, save_draft
from survey.responses.hours import log_submissions
from survey.responses.opening import Silence, open_round
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

PEOPLE = 110  # in each answer stratum
STRATA = ("parent/urban", "student/all")
FLAGS = {"speed": "normal", "straight_line": "yes", "burst": "none"}
# Spearman's z of a pairing by chance is about standard normal. Some 400 guesses are tried: the
# largest by chance is about 3.
MOST = 4.5


class Survey:
    """A round in which everybody answers with a mark of their own, in an order of chance."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.mark = database, secrets.token_hex(6)
        chance = random.Random(20261122)  # noqa: S311 - a seed makes the test the same always
        with database.transaction() as session:
            round_ = make_round(session, status=FIELD)
            self.round_id = round_.id
            codes = []
            for number, stratum in product(range(PEOPLE), STRATA):
                selection = make_selection(
                    session, round_, category=stratum.split("/")[0], answer_stratum=stratum,
                    position=number + 1,
                )  # fmt: skip
                codes.append((selection.id, make_link(session, selection, settings.link_key)))
            make_plan_record(session, round_)
        chance.shuffle(codes)
        self.came = [person for person, _ in codes]  # who came first, second, …
        for person, code in codes:
            database.write(partial(self.answer, settings, person, code))

    def answer(self, settings: Settings, person: int, code: str, connection: Connection) -> None:
        """Begin a draft, then hand the paper in."""
        invitation = find_invitation(connection, settings.link_key, code)
        assert invitation is not None
        paper = load_edition("national-2026").paper_for(invitation.category)
        answers = fill(paper, "mostly", self.mark_of(person))
        if person % 3 == 0:
            save_draft(connection, invitation.link_id, new_key(), answers)
        assert submit_answers(connection, invitation, answers, FLAGS)

    def mark_of(self, person: int) -> str:
        """Return the text that this person writes."""
        return f"{self.mark}-{person:06d}"

    def close(self) -> None:
        """End the survey and open the envelopes."""
        with self.database.transaction() as session:
            round_ = session.get_one(Round, self.round_id)
            log_submissions(session, round_)
            close_round(session, round_, "official")
        open_round(self.database, self.round_id, PRIVATE_KEY, "official", Silence())


@pytest.fixture
def survey(database: Database, settings: Settings) -> Survey:
    return Survey(database, settings)


def list_files(database: Database, home: Path) -> Iterator[Path]:
    """Yield every file that the database or the site may have written to."""
    folders = [home]
    if not database.is_sqlite:
        with database.engine.connect() as connection:
            folders += [Path(connection.scalar(text("SHOW data_directory")) or "")]
        with database.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as connection:
            connection.execute(text("CHECKPOINT"))  # what is in memory only is written
    folders += [folder.parent for folder in folders[1:]]  # the server's log
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file())
    yield from (path for path in Path(tempfile.gettempdir()).glob("etilqs_*") if path.is_file())


def find_marks(survey: Survey, home: Path) -> list[tuple[str, list[tuple[int, int]]]]:
    """Return for each file that holds marks the places and people of all of them, in order."""
    found = []
    for path in list_files(survey.database, home):
        content, places, at = path.read_bytes(), [], 0
        needle = survey.mark.encode() + b"-"
        while (at := content.find(needle, at)) >= 0:
            number = content[at + len(needle) : at + len(needle) + 6]
            places += [(at, int(number))] if number.isdigit() else []
            at += len(needle)
        if needle in content:
            found.append((path.name, places))
    return found


def test_while_the_round_runs_no_answer_is_anywhere(
    survey: Survey, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    files = list(list_files(survey.database, settings.home))
    assert any(survey.round_id.encode() in path.read_bytes() for path in files)  # it looks there
    assert find_marks(survey, settings.home) == []
    told = capfd.readouterr()
    assert survey.mark not in told.out + told.err
    assert b"mostly" not in b"".join(
        path.read_bytes() for path in files if path.name.startswith("renkedu")
    )


def test_the_search_finds_a_mark_that_was_planted(survey: Survey, settings: Settings) -> None:
    with survey.database.transaction() as session:
        session.get_one(Round, survey.round_id).residents_source = survey.mark_of(7)
    found = find_marks(survey, settings.home)
    assert any(person == 7 for _, places in found for _, person in places)


Row = dict[str, Any]


def read_rows(connection: Connection, table: str, hidden: Sequence[str]) -> list[Row]:
    """Return a table with its hidden columns, in the order in which it lies on the disk."""
    columns = ", ".join(["*", *(f"{name} AS hidden_{name}" for name in hidden)])
    query = text(f"SELECT {columns} FROM {table} ORDER BY {hidden[0]}")  # noqa: S608 - our own names
    return [dict(row) for row in connection.execute(query).mappings()]


def guess_orders(rows: list[Row], names: Sequence[str]) -> dict[str, list[Row]]:
    """Return the rows as they lie, and by each of the named columns."""
    orders = {"as it lies": rows}
    for name in names:
        if len({str(row[name]) for row in rows}) > 1:
            orders[name] = sorted(rows, key=lambda row: (len(str(row[name])), str(row[name])))
    return orders


def spearman_z(people: Sequence[int], papers: Sequence[int]) -> float:
    """Return Spearman's rho of two orders of the same people, times sqrt(n - 1)."""
    place = {person: number for number, person in enumerate(papers)}
    n = len(people)
    squares = sum((number - place[person]) ** 2 for number, person in enumerate(people))
    rho = 1 - 6 * squares / (n * (n * n - 1))
    return float(rho * (n - 1) ** 0.5)


def best_guess(survey: Survey, home: Path) -> tuple[float, str]:
    """Return the largest |z| of all guesses, and which one it is."""
    is_sqlite = survey.database.is_sqlite
    hidden = ["rowid"] if is_sqlite else ["ctid", "xmin"]
    with survey.database.engine.connect() as connection:
        papers = read_rows(connection, "answer_paper", hidden)
        selections = read_rows(connection, "selection", hidden)
        links = read_rows(connection, "link", hidden)
    columns = [f"hidden_{name}" for name in hidden]
    orders_of_papers = {
        name: [int(row_answers(row)["suggestion"].split("-")[1]) for row in rows]
        for name, rows in guess_orders(papers, [*columns, "id"]).items()
    }
    for file, places in find_marks(survey, home):
        for which, found in (("first", places), ("last", places[::-1])):
            people = list(dict.fromkeys(person for _, person in found))
            orders_of_papers[f"bytes of {file}, {which}"] = people
    orders_of_people = {"as they came": survey.came}
    for table, rows, key in (("selection", selections, "id"), ("link", links, "selection_id")):
        for name, ordered in guess_orders(rows, [*columns, "id"]).items():
            orders_of_people[f"{table} {name}"] = [row[key] for row in ordered]
    stratum_of = {row["id"]: row["answer_stratum"] for row in selections}
    guesses = []
    for (one, people), (other, guessed), stratum in product(
        orders_of_people.items(), orders_of_papers.items(), STRATA
    ):
        both = [p for p in guessed if stratum_of.get(p) == stratum]
        known = set(both)
        if len(known) > PEOPLE // 2:
            z = spearman_z([p for p in people if p in known], both)
            guesses.append((abs(z), f"{stratum}: {one} / {other}"))
    assert len(guesses) >= 3 * len(STRATA)
    return max(guesses)


def row_answers(row: Row) -> dict[str, str]:
    """Return the answers of a row, which SQLite gives as text."""
    answers = row["answers"]
    return dict(json.loads(answers) if isinstance(answers, str) else answers)


@pytest.fixture
def seeded(monkeypatch: pytest.MonkeyPatch) -> random.Random:
    """Chance with a fixed seed in the place of the system's: the test is always the same."""
    chance = random.Random(2026)  # noqa: S311 - as above
    monkeypatch.setattr(secrets, "SystemRandom", lambda: chance)
    monkeypatch.setattr(opening, "random_key", lambda: f"{chance.getrandbits(128):032x}")
    return chance


def test_after_the_close_no_guess_is_better_than_chance(
    survey: Survey, settings: Settings, seeded: random.Random
) -> None:
    survey.close()
    z, guess = best_guess(survey, settings.home)
    assert z < MOST, guess


def test_a_paper_is_no_more_than_its_stratum(
    survey: Survey, settings: Settings, seeded: random.Random
) -> None:
    """All columns but key and answers are the same within a stratum: there is nothing to match."""
    survey.close()
    with survey.database.engine.connect() as connection:
        papers = read_rows(
            connection, "answer_paper", ["rowid" if survey.database.is_sqlite else "ctid"]
        )
    assert len(papers) == PEOPLE * len(STRATA)
    constant = {name for name in papers[0] if name not in ("id", "answers", "answer_stratum")}
    constant = {name for name in constant if not name.startswith("hidden")}
    for stratum in STRATA:
        rows = [row for row in papers if row["answer_stratum"] == stratum]
        assert len(rows) == PEOPLE
        for name in constant:
            assert len({str(row[name]) for row in rows}) == 1


def sort_by_mark(survey: Survey) -> Callable[[Any], int]:
    came = {survey.mark_of(person): number for number, person in enumerate(survey.came)}
    return lambda paper: came[paper.answers["suggestion"]]


@pytest.mark.parametrize("leak", ["order", "key", "no-batch-shuffle"])
def test_a_planted_leak_is_found(
    survey: Survey, settings: Settings, seeded: random.Random, leak: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Papers in the order of coming; counting keys; a shuffle within small batches only."""
    do = opening.keep_papers

    def keep(database: Database, round_id: str, papers: list[Any], teller: Any) -> None:
        ordered = sorted(papers, key=sort_by_mark(survey))
        if leak == "no-batch-shuffle":
            batches = [ordered[at : at + 60] for at in range(0, len(ordered), 60)]
            for batch in batches:
                seeded.shuffle(batch)
            ordered = [paper for batch in batches for paper in batch]
        if leak == "key":
            numbers = {id(paper): number for number, paper in enumerate(ordered)}
            order = iter(papers)
            monkeypatch.setattr(opening, "random_key", lambda: f"{numbers[id(next(order))]:032x}")
            ordered = papers
        do(database, round_id, ordered, teller)

    monkeypatch.setattr(opening, "keep_papers", keep)
    survey.close()
    z, guess = best_guess(survey, settings.home)
    assert z > 2 * MOST, (z, guess)


def test_envelopes_leave_no_order_behind(survey: Survey, settings: Settings) -> None:
    """Leaves stand sorted in the certificate; nowhere else is a trace of when each was made."""
    with survey.database.engine.connect() as connection:
        leaves = list(connection.scalars(text("SELECT leaf FROM envelope")))
        ciphertexts = list(connection.scalars(text("SELECT ciphertext FROM envelope")))
    survey.close()
    if not survey.database.is_sqlite:
        return  # its log, which is archived or overwritten by the server, holds them for a while
    for path in settings.home.glob("renkedu*"):
        content = path.read_bytes()
        assert not any(ciphertext[40:104] in content for ciphertext in ciphertexts)
        # once: in the certificate, sorted
        assert max(content.count(leaf.encode()) for leaf in leaves) <= 1
