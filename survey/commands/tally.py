"""`renkedu tally`: opening a round on the command line, and redoing it where nobody can look on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
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
from survey.open_answers.tally import count_open_papers, make_open_tray
from survey.responses.envelope_file import (
    Contents,
    read_envelope_file,
    read_head,
    write_envelope_file,
)
from survey.responses.receipts import group_receipt
from survey.responses.tally import CountedRound, count_papers, make_tray

if TYPE_CHECKING:
    from survey.database import Database
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
@click.option(
    "--set-aside",
    "most_damaged",
    type=click.IntRange(min=0),
    metavar="N",
    help="Open the others though as many as N envelopes are damaged.",
)
def open_answers(round_id: str, key_path: Path, most_damaged: int | None) -> None:
    """Open, count and destroy the envelopes of ROUND, as the page does.

    Run again after an interruption it goes on from where nothing can be lost. An envelope that
    does not open is set aside and named in the certificate; where more than one, and more than
    one in a hundred, do not open, nothing is done until --set-aside says how many may be.

    \b
    Example:  renkedu tally open 5e1f00aa93c2d417 --key yizhou.key
    Exit codes: 0 counted and destroyed, 2 bad input (another key, a round that is not closed).
    """
    from survey.assessments.models import Round
    from survey.jobs import run_job
    from survey.responses.counted import count_set_aside
    from survey.responses.opening import OPENING, open_round

    key = read_key(key_path)
    with use_round(round_id) as database:
        run_job(
            database,
            OPENING,
            round_id,
            lambda progress: open_round(
                database, round_id, key, ACTOR, Bar(progress), most_damaged=most_damaged
            ),
        )
        with database.sessions() as session:
            set_aside = count_set_aside(session, session.get_one(Round, round_id))
    click.echo(f"round {round_id} is opened and counted; its envelopes are destroyed")
    if set_aside:
        click.echo(f"could not be opened: {set_aside}; the certificate names their receipts")


@tally.command("export")
@click.argument("round_id", metavar="ROUND")
@click.argument("file", type=file_path)
def export_envelopes(round_id: str, file: Path) -> None:
    """Write the sealed envelopes of a closed ROUND to FILE, before they are destroyed.

    FILE names nobody and is sorted by hash. Whoever holds FILE and the key can read the answers;
    whoever holds a copy of the database from before the opening and the key can say whose they
    are. FILE is for the auditor of the level above alone, and is destroyed after the audit. What
    came in at places stands in it after the others, apart.

    \b
    Example:  renkedu tally export 5e1f00aa93c2d417 envelopes.jsonl
    Exit codes: 0 written, 2 bad input (the round is not closed, or is opened already).
    """
    from survey.audit_log import record_event
    from survey.open_answers.opening import read_open_envelopes
    from survey.responses.opening import read_envelopes, read_sealed

    with use_round(round_id) as database:
        sealed = read_sealed(database, round_id)
        open_leaves = [leaf for leaf, _ in sealed.open_leaves]
        batches = chain(
            read_envelopes(database, sealed.leaves),
            read_open_envelopes(database, sealed.open_leaves),
        )
        contents = Contents(
            sealed.counted, sealed.edition, sealed.leaves, sealed.places, open_leaves
        )
        write_envelope_file(file, contents, chain.from_iterable(batches))
        told = {"envelopes": len(sealed.leaves)}
        if sealed.places:
            told["open"] = len(open_leaves)
        with database.transaction() as session:
            record_event(session, ACTOR, "round.export", round_id, **told)
    apart = f", and {len(open_leaves)} of places" if sealed.places else ""
    click.echo(f"{file}: {len(sealed.leaves)} envelopes{apart}")


@tally.command("verify")
@click.argument("envelopes", type=file_path)
@key_option
@click.option("--answers", "answers_path", type=file_path, required=True, metavar="answers.json")
@click.option("--rate", "rate_path", type=file_path, metavar="rate.json", help="Check this too.")
@click.option("--plan", "plan_path", type=file_path, metavar="plan.json", help="Its strata, too.")
@click.option(
    "--open", "open_path", type=file_path, metavar="open_answers.json", help="Those of places, too."
)
def verify_tally(
    *, envelopes: Path, key_path: Path, answers_path: Path, rate_path: Path | None,
    plan_path: Path | None, open_path: Path | None,
) -> None:  # fmt: skip
    """Open and count ENVELOPES again, with the round's key, and compare with the certificate.

    Needs no database and no network. It is right when all receipts are those of the certificate,
    every envelope opens but those it names as set aside, and rate and certificate come out the
    same, digit by digit. Answers of places are held against --open, and mixed into nothing.

    \b
    Example:
      renkedu tally verify envelopes.jsonl --key yizhou.key --answers answers.json

    Exit codes: 0 it is right, 1 it is not (the first difference is told), 2 bad input.
    """
    certificate = read_record(answers_path, "answers")
    contents = read_head(envelopes)
    try:
        verify_answers(certificate)
        if plan_path:
            compare_strata(contents.counted, read_record(plan_path, "plan"))
        redone = recount(envelopes, contents, read_key(key_path))
        compare_records(certificate["leaves"], redone.certificate["leaves"], "leaves")
        if rate_path:
            compare_records(read_record(rate_path, "rate"), redone.rate, "rate")
        compare_records(certificate.get("rate_digest"), digest(redone.rate), "rate_digest")
        compare_records(certificate, redone.certificate)
        if open_path:
            recorded = read_record(open_path, "open_answers")
            compare_records(recorded, redone.open_record, "open_answers")
    except Difference as difference:
        tell(f"{answers_path} is not right: {difference}")
        sys.exit(DIFFERENT)
    official = mapping(certificate, "official")
    click.echo(
        f"{answers_path} is right: {redone.papers} envelopes opened and counted again, "
        f"{official['numerator']} of {official['denominator']}"
    )
    for leaf, reason in sorted(redone.set_aside.items()):
        click.echo(f"could not be opened: {group_receipt(leaf)} ({reason})")
    if open_path:
        click.echo(f"{open_path} is right: {redone.open_papers} answers of places, counted apart")
    elif contents.places:
        click.echo("the answers of places were not held against their record: --open does that")


@dataclass(frozen=True, slots=True)
class Redone:
    """What opening and counting a file again gave."""

    papers: int
    rate: Record
    certificate: Record
    open_papers: int
    open_record: Record
    set_aside: dict[str, str]


def recount(path: Path, contents: Contents, key: str) -> Redone:
    """Open and count a file of envelopes again, those of places apart from the drawn sample's."""
    counted, edition, places = contents.counted, contents.edition, contents.places
    tray = make_tray(counted, edition, key)
    open_tray = make_open_tray(counted.id, edition, places, key)
    leaves: tuple[list[str], list[str]] = [], []
    for is_open, leaf, ciphertext in read_envelope_file(path):
        leaves[is_open].append(leaf)
        (open_tray if is_open else tray).take(leaf, ciphertext)
    rate, certificate = count_papers(counted, edition, tray.papers, leaves[0], tray.set_aside)
    return Redone(
        len(tray.papers),
        rate,
        certificate,
        len(open_tray.papers),
        count_open_papers(counted, places, open_tray, leaves[1]),
        tray.set_aside | open_tray.set_aside,
    )


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
