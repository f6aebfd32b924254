"""`renkedu audit verify` and `renkedu audit head`."""

from __future__ import annotations

import sys

import click
from flask import Flask

from survey.audit_log import Head, find_breaks, holds_head, parse_head, read_head
from survey.commands import DIFFERENT
from survey.commands.site import explain_database, make_site
from survey.context import current_database


@click.group()
def audit() -> None:
    """The audit log: each entry is bound to the one before it by its hash.

    \b
    Example:  renkedu audit verify --head 812:9f86d081…
    Exit codes: 0 whole, 1 changed or cut off, 2 bad input.
    """


@audit.command("head")
def show_head() -> None:
    """Print number and hash of the last entry, to be noted away from this machine.

    \b
    Example:  renkedu audit head >> heads.txt
    Exit codes: 0 printed, 2 bad input.
    """
    site: Flask = make_site()
    with explain_database(), site.app_context(), current_database().sessions() as session:
        click.echo(str(read_head(session)))


@audit.command("verify")
@click.option(
    "--head",
    "noted",
    multiple=True,
    metavar="N:HASH",
    help="A head noted earlier, from a page or a certificate; may be given several times.",
)
def verify_log(noted: tuple[str, ...]) -> None:
    """Check the chain, and that it still holds the heads that were noted.

    Entries that were changed or taken out of the middle break the chain. Entries cut off at its
    end do not: only a head that somebody noted shows those.

    \b
    Example:  renkedu audit verify --head 812:9f86d081…
    Exit codes: 0 whole, 1 changed or cut off, 2 bad input.
    """
    heads = [parse_head(text) for text in noted]
    site: Flask = make_site()
    with explain_database(), site.app_context(), current_database().sessions() as session:
        now = read_head(session)
        faults = [
            f"entry {number} was changed, or one before it is missing"
            for number in find_breaks(session)
        ]
        faults += [tell_lost(head, now) for head in heads if not holds_head(session, head)]
    for fault in faults:
        click.echo(fault)
    if faults:
        sys.exit(DIFFERENT)
    click.echo(f"the audit log is whole: {now.number} entries, head {now}")
    if not heads:
        click.echo("no --head was given: entries cut off at the end would not show")


def tell_lost(head: Head, now: Head) -> str:
    """Return what became of a head that the log no longer holds."""
    if head.number > now.number:
        return f"entries {now.number + 1} to {head.number} are cut off: head {head} was noted"
    return f"entry {head.number} is not the one that was noted: {head}"
