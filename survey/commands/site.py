"""`renkedu serve`, `renkedu db upgrade`, `renkedu admin create`."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from alembic.util import CommandError
from flask import Flask
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sampling.problems import N_, Problem
from survey.accounts.invitations import reset_on_console
from survey.accounts.models import ADMINISTRATOR
from survey.accounts.operations import create_user, make_password
from survey.context import current_database
from survey.database import clear_log
from survey.migrate import require_current, upgrade
from survey.responses.opening import finish_openings
from survey.serving import open_sockets
from survey.serving import serve as serve_site
from survey.settings import load_settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--processes",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that share the port, say one for each core.",
)
def serve(host: str, port: int, processes: int) -> None:
    """Serve the site until Ctrl-C.

    The home directory (database, secrets) is RENKEDU_HOME, by default ./instance.

    \b
    Example:  renkedu db upgrade && renkedu serve --port 8000
    Exit codes: 0 stopped, 2 bad input (a port that is taken).
    """
    site = make_site()
    with explain_database(), site.app_context():
        clear_log(current_database())
        finish_openings(current_database())
    sockets = listen(host, port)
    click.echo(f"http://{host}:{port}")
    serve_site(site, sockets, processes)


def make_site() -> Flask:
    """Return the site of this installation; raise `Problem` if its database is out of date."""
    from survey.app import create_app  # here, so that `db upgrade` needs none of the pages

    site = create_app()
    with explain_database(), site.app_context():
        require_current(current_database())
    return site


def listen(host: str, port: int) -> list[socket.socket]:
    """Return listening sockets; raise `Problem` for a host that this machine does not know."""
    try:
        return open_sockets(host, port)
    except (socket.gaierror, UnicodeError) as error:
        raise Problem(
            N_("cannot listen on {host!r}: no such host or address"), host=host
        ) from error


@contextmanager
def explain_database() -> Iterator[None]:
    """Raise as a `Problem` what the database or its migrations complain of."""
    try:
        yield
    except (SQLAlchemyError, CommandError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise Problem(
            N_("the database cannot be used: {reason}"), reason=" ".join(str(cause).split())
        ) from error


@click.group()
def db() -> None:
    """The database of the site.

    \b
    Example:  renkedu db upgrade
    Exit codes: 0 done, 2 bad input.
    """


@db.command("upgrade")
def upgrade_database() -> None:
    """Make the database, or bring an older one up to date; nothing is lost.

    \b
    Example:  RENKEDU_HOME=/srv/renkedu renkedu db upgrade
    Exit codes: 0 done, 2 bad input.
    """
    settings = load_settings()
    with explain_database():
        upgrade(settings.database_url)
    click.echo(f"database is up to date: {settings.home}")


@click.group()
def admin() -> None:
    """Administrators of the site.

    \b
    Example:  renkedu admin create zhang.wei
    Exit codes: 0 done, 2 bad input.
    """


@admin.command("create")
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_administrator(username: str, password_stdin: bool) -> None:
    """Make an administrator. Without --password-stdin a random password is printed, once.

    \b
    Example:  renkedu admin create zhang.wei
    Exit codes: 0 made, 2 bad input (a name that is taken, a short password).
    """
    password = read_password() if password_stdin else make_password()
    site = make_site()
    with explain_database(), site.app_context(), current_database().transaction() as session:
        create_user(session, username, ADMINISTRATOR, region="", password=password, actor="console")
    click.echo(f"administrator {username} made")
    if not password_stdin:
        click.echo(f"password (shown once): {password}")


@admin.command("reset")
@click.argument("username")
def reset_log_in(username: str) -> None:
    """Give somebody a new start: password and second factor become void, a link is printed, once.

    For the administrator whose telephone is lost and for whom no other administrator is left; it
    switches a person on again that was switched off.

    \b
    Example:  renkedu admin reset zhang.wei
    Exit codes: 0 reset, 2 bad input (nobody of that name).
    """
    site = make_site()
    with explain_database(), site.app_context(), current_database().transaction() as session:
        token = reset_on_console(session, username)
    click.echo(f"link for {username} (shown once, good for 7 days):")
    click.echo(f"{site.extensions['renkedu_settings'].public_url}/invitation/{token}")


def read_password() -> str:
    """Return the first line of standard input, read as UTF-8 whatever the terminal's locale."""
    line = sys.stdin.buffer.readline()
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Problem(N_("the password is not UTF-8 text")) from error
