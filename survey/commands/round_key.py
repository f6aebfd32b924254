"""`renkedu round-key new`: the key pair of a round, made where the answers are not kept."""

from __future__ import annotations

import os
from pathlib import Path

import click

from sampling.problems import N_, Problem
from survey.responses.envelope import new_round_key


@click.group("round-key")
def round_key() -> None:
    """The key that opens a round's answers.

    \b
    Example:  renkedu round-key new yizhou-2026.key
    Exit codes: 0 done, 2 bad input.
    """


@round_key.command("new")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def make_round_key(file: Path) -> None:
    """Write a new private key to FILE (mode 600) and print the public key.

    The level above runs this on a machine of its own and keeps FILE; the site is given the public
    key only. Whoever has FILE can open the answers; without FILE nobody ever can.

    \b
    Example:  renkedu round-key new yizhou-2026.key
    Exit codes: 0 made, 2 bad input (FILE is there already; a key is never overwritten).
    """
    if not file.name:
        raise Problem(N_("the name of the file is empty"))
    private_key, public_key = new_round_key()
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise Problem(
            N_("is there already; a key is never overwritten"), where=str(file)
        ) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(private_key + "\n")
    click.echo(public_key)
