"""`renkedu contacts`: the names and numbers in rosters, under another key or gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from survey.database import Database
    from survey.settings import Settings

ACTOR = "console"


@click.group()
def contacts() -> None:
    """Names and numbers of people in rosters (联系方式).

    \b
    Example:  renkedu contacts erase --due
    Exit codes: 0 done, 2 bad input.
    """


@contacts.command()
def rotate() -> None:
    """Encrypt all contacts under a fresh key, and drop the old one from the settings.

    The site may run meanwhile. After an interruption run it again: it goes on. Backups of the
    settings hold the old key and backups of the database what it opens: destroy them together.
    Where several machines share a database, stop all but this one and copy secrets.json after it.

    \b
    Example:  renkedu contacts rotate
    Exit codes: 0 rotated, 2 bad input (a contact that no key opens; then both keys are kept).
    """
    from survey.frames.contacts import rotate_contacts

    with use_site() as (database, settings):
        people = rotate_contacts(database, settings, ACTOR)
    click.echo(f"contacts of {people} people are under a fresh key; the old one is dropped")


@contacts.command()
@click.argument("round_id", metavar="[ROUND]", required=False)
@click.option("--due", is_flag=True, help="Erase in all rounds whose date has come.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(round_id: str | None, due: bool, yes: bool) -> None:
    """Erase names, numbers and classes of ROUND's roster; pseudonyms and places stay.

    Children under 14 are among them: the date is 90 days after the close (RENKEDU_KEEP_CONTACTS
    says otherwise, in days) and stands on the roster's page. Run `--due` daily.

    \b
    Example:  renkedu contacts erase --due
    Exit codes: 0 erased, 2 bad input (a round in the field, which still needs them).
    """
    from survey.frames.contacts import erase_contacts, list_due

    if bool(round_id) == due:
        raise click.UsageError("give a ROUND, or --due")
    if round_id and not yes:
        click.confirm(f"erase names and numbers of round {round_id} for ever?", abort=True)
    with use_site() as (database, settings):
        for one in [round_id] if round_id else list_due(database, settings):
            people = erase_contacts(database, one, ACTOR)
            click.echo(f"round {one}: contacts of {people} people erased")


@contextmanager
def use_site() -> Iterator[tuple[Database, Settings]]:
    """Yield database and settings of this installation."""
    from survey.commands.site import explain_database
    from survey.database import Database
    from survey.migrate import require_current
    from survey.settings import load_settings

    settings = load_settings()
    with explain_database():
        database = Database(settings.database_url)
        require_current(database)
        try:
            yield database, settings
        finally:
            database.engine.dispose()
