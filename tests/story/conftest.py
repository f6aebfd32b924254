"""The story's site is the one that the pages' own tests use."""

from tests.survey.conftest import app, database, live_site, log_in, official, settings, supervisor

__all__ = ["app", "database", "live_site", "log_in", "official", "settings", "supervisor"]
