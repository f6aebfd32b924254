"""Bringing a database up to date with Alembic."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from sampling.problems import N_, Problem
from survey.database import Database
from survey.folders import find_folder


def require_current(database: Database) -> None:
    """Raise `Problem` unless the database is at the newest revision."""
    config = Config()
    config.set_main_option("script_location", str(find_folder("migrations")))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != newest:
        raise Problem(
            N_("the database stands at {found} and the program needs {newest}: run {command}"),
            found=found or "nothing",
            newest=newest,
            command="renkedu db upgrade",
        )


def upgrade(database_url: str, revision: str = "head") -> None:
    """Migrate the database to `revision`; does nothing if it is there already."""
    database = Database(database_url)
    config = Config()
    config.set_main_option("script_location", str(find_folder("migrations")))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    database.engine.dispose()
