"""`renkedu tally`: opening a round on the command line, and redoing it where nobody can look on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sampling.canonical import digest
from sampling.problems import N_, Problem
from sampling.verification import Difference
from scoring.difference import compare_records
from scoring.record import verify_answers
from scoring.record_file import Record, mapping, read_record, tables
from survey.commands import DIFFERENT, tell
from survey.commands.round_key import read_key
from survey.responses.envelope_file import read_envelope_file, read_head, write_envelope_file
from survey.responses.tally import CountedRound, count_papers, make_opener, open_paper

if TYPE_CHECKING:
    from survey.database import Database
    from survey.questionnaires.paper import Edition
    from survey.responses.opening import Teller

ACTOR = "console"
file_path = click.Path(path_type=Path, dir_okay=False)
key_option = click.option(
    "--key", "key_path", type=file_path, required=True, help="File with the private key or words."
)


@click.group()
def tally() -> None:
    """Opening and counting the answers of a round (开封计票).

    \b
    Example:  renkedu tally verify envelopes.jsonl --key yizhou.key --answers answers.json
    Exit codes: 0 done, 1 a check found a difference, 2 bad input.
    """


@tally.command("open")
@click.argument("round_id", metavar="ROUND")
@key_option
def open_answers(round_id: str, key_path: Path) -> None:
    """Open, count and destroy the envelopes of ROUND, as the page does.

    Run again after an interruption it goes on from where nothing can be lost.

    \b
    Example:  renkedu tally open 5e1f00aa93c2d417 --key yizhou.key
    Exit codes: 0 counted and destroyed, 2 bad input (another key, a round that is not closed).
    """
    from survey.jobs import run_job
    from survey.responses.opening import OPENING, open_round

    key = read_key(key_path)
    with use_round(round_id) as database:
        run_job(
            database,
            OPENING,
            round_id,
            lambda progress: open_round(database, round_id, key, ACTOR, Bar(progress)),
        )
    click.echo(f"round {round_id} is opened and counted; its envelopes are destroyed")


@tally.command("export")
@click.argument("round_id", metavar="ROUND")
@click.argument("file", type=file_path)
def export_envelopes(round_id: str, file: Path) -> None:
    """Write the sealed envelopes of a closed ROUND to FILE, before they are destroyed.

    FILE names nobody and is sorted by hash. Whoever holds FILE and the key can read the answers;
    whoever holds a copy of the database from before the opening and the key can say whose they
    are. FILE is for the auditor of the level above alone, and is destroyed after the audit.

    \b
    Example:  renkedu tally export 5e1f00aa93c2d417 envelopes.jsonl
    Exit codes: 0 written, 2 bad input (the round is not closed, or is opened already).
    """
    from survey.assessments.models import CLOSED, Round
    from survey.assessments.operations import require_status
    from survey.audit_log import record_event
    from survey.questionnaires.frozen import read_round_edition
    from survey.responses.opening import list_leaves, read_counted_round, read_envelopes

    with use_round(round_id) as database:
        with database.sessions() as session:
            round_ = session.get_one(Round, round_id)
            require_status(round_, CLOSED)
            counted, leaves = read_counted_round(session, round_), list_leaves(session, round_)
            edition = read_round_edition(session, round_id, counted.edition)
        envelopes = (each for batch in read_envelopes(database, leaves) for each in batch)
        write_envelope_file(file, counted, edition, leaves, envelopes)
        with database.transaction() as session:
            record_event(session, ACTOR, "round.export", round_id, envelopes=len(leaves))
    click.echo(f"{file}: {len(leaves)} envelopes")


@tally.command("verify")
@click.argument("envelopes", type=file_path)
@key_option
@click.option("--answers", "answers_path", type=file_path, required=True, metavar="answers.json")
@click.option("--rate", "rate_path", type=file_path, metavar="rate.json", help="Check this too.")
@click.option("--plan", "plan_path", type=file_path, metavar="plan.json", help="Its strata, too.")
def verify_tally(
    envelopes: Path, key_path: Path, answers_path: Path, rate_path: Path | None,
    plan_path: Path | None,
) -> None:  # fmt: skip
    """Open and count ENVELOPES again, with the round's key, and compare with the certificate.

    Needs no database and no network. It is right when every envelope opens, all receipts are
    those of the certificate, and rate and certificate come out the same, digit by digit.

    \b
    Example:
      renkedu tally verify envelopes.jsonl --key yizhou.key --answers answers.json

    Exit codes: 0 it is right, 1 it is not (the first difference is told), 2 bad input.
    """
    certificate = read_record(answers_path, "answers")
    counted, edition = read_head(envelopes)
    try:
        verify_answers(certificate)
        if plan_path:
            compare_strata(counted, read_record(plan_path, "plan"))
        redone = recount(envelopes, counted, edition, read_key(key_path))
        compare_records(certificate["leaves"], redone.certificate["leaves"], "leaves")
        if rate_path:
            compare_records(read_record(rate_path, "rate"), redone.rate, "rate")
        compare_records(certificate.get("rate_digest"), digest(redone.rate), "rate_digest")
        compare_records(certificate, redone.certificate)
    except Difference as difference:
        tell(f"{answers_path} is not right: {difference}")
        sys.exit(DIFFERENT)
    official = mapping(certificate, "official")
    click.echo(
        f"{answers_path} is right: {redone.papers} envelopes opened and counted again, "
        f"{official['numerator']} of {official['denominator']}"
    )


@dataclass(frozen=True, slots=True)
class Redone:
    """What opening and counting a file again gave."""

    papers: int
    rate: Record
    certificate: Record


def recount(path: Path, counted: CountedRound, edition: Edition, key: str) -> Redone:
    """Open and count a file of envelopes; raise `Problem` for one that does not open."""
    opener = make_opener(counted, key)
    leaves, papers = [], []
    for leaf, ciphertext in read_envelope_file(path):
        leaves.append(leaf)
        papers.append(open_paper(opener, edition, leaf, ciphertext))
    rate, certificate = count_papers(counted, edition, papers, leaves)
    return Redone(len(papers), rate, certificate)


def compare_strata(counted: CountedRound, plan: Record) -> None:
    """Raise `Difference` unless the answer strata are those that the plan publishes."""
    published = [
        [s["answer_stratum"], s["category"], s["N"]] for s in tables(plan, "answer_strata")
    ]
    found = [[s.name, s.category, s.N] for s in counted.answer_strata]
    compare_records(published, found, "answer strata of the plan")


@contextmanager
def use_round(round_id: str) -> Iterator[Database]:
    """Yield this installation's database, which must be up to date and have the round."""
    from survey.assessments.models import Round
    from survey.commands.contacts import use_site

    with use_site() as (database, _):
        with database.sessions() as session:
            if session.get(Round, round_id) is None:
                raise Problem(N_("there is no round {round_id!r}"), round_id=round_id)
        yield database


@dataclass(frozen=True, slots=True)
class Bar:
    """Says on the terminal how far the opening is, and passes it on."""

    inner: Teller

    def step(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Tell the stage, and how much of it is done."""
        self.inner.step(stage, done, total)
        if sys.stderr.isatty():
            count = f" {done:,} / {total:,}" if total else ""
            click.echo(f"\r\x1b[K{stage}{count} ", err=True, nl=False)
