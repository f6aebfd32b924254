"""Bringing a database up to date with Alembic."""

from __future__ import annotations

from alembic import command
from alembic.config import Config

from survey.app import find_folder
from survey.database import Database


def upgrade(database_url: str, revision: str = "head") -> None:
    """Migrate the database to `revision`; does nothing if it is there already."""
    database = Database(database_url)
    config = Config()
    config.set_main_option("script_location", str(find_folder("migrations")))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    database.engine.dispose()
