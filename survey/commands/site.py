"""`renkedu serve`, `renkedu db upgrade`, `renkedu admin create`."""

from __future__ import annotations

import sys

import click
from flask import Flask

from survey.accounts.models import ADMINISTRATOR
from survey.accounts.operations import create_user, make_password
from survey.app import create_app
from survey.context import current_database
from survey.database import clear_log
from survey.migrate import require_current, upgrade
from survey.serving import make_server
from survey.settings import load_settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def serve(host: str, port: int) -> None:
    """Serve the site until Ctrl-C.

    The home directory (database, secrets) is RENKEDU_HOME, by default ./instance.

    \b
    Example:  renkedu db upgrade && renkedu serve --port 8000
    Exit codes: 0 stopped, 2 bad input (a port that is taken).
    """
    site = make_site()
    with site.app_context():
        clear_log(current_database())
    server = make_server(site, host, port)
    click.echo(f"http://{host}:{port}")
    try:
        server.run()
    finally:
        server.close()


def make_site() -> Flask:
    """Return the site of this installation; raise `Problem` if its database is out of date."""
    site = create_app()
    with site.app_context():
        require_current(current_database())
    return site


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
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else make_password()
    with make_site().app_context(), current_database().transaction() as session:
        create_user(session, username, ADMINISTRATOR, region="", password=password, actor="console")
    click.echo(f"administrator {username} made")
    if not password_stdin:
        click.echo(f"password (shown once): {password}")
