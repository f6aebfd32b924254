"""What a database keeps of rows that were deleted, overwritten or rolled back; and its end."""

from __future__ import annotations

from sqlalchemy import text

from survey.database import Base, Database, clear_log


def erase_traces(database: Database, *models: type[Base]) -> bool:
    """Clear what is left of the former rows of tables; call after the commit that changed them.

    SQLite overwrites what it frees (`secure_delete`), so that its log is left to be emptied:
    False if a reader held it open, then call again later. PostgreSQL rewrites the table. What lies
    in backups, or in the archived log of PostgreSQL, is out of reach.
    """
    if database.engine.dialect.name == "postgresql":
        autocommit = {"isolation_level": "AUTOCOMMIT"}  # no VACUUM inside a transaction
        with database.engine.connect().execution_options(**autocommit) as connection:
            for model in models:
                connection.execute(text(f"VACUUM (FULL) {model.__tablename__}"))
        return True
    return clear_log(database)
