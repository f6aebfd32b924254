"""The browser sees the same site and the same people as the pages' own tests."""

from tests.survey.conftest import database, live_site, log_in, settings
from tests.survey.responses.conftest import app, invite

__all__ = ["app", "database", "invite", "live_site", "log_in", "settings"]
