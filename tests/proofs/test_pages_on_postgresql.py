"""Every page of a county's own staff on PostgreSQL, stricter with a query than SQLite is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from survey.accounts.models import ROLES
from tests.postgresql_server import fresh_database
from tests.proofs.county import County, make_county
from tests.proofs.test_role_walk import expect_status
from tests.proofs.walk import list_addresses, list_rules


@pytest.fixture(scope="module")
def county(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A site with a round at every stage."""
    with fresh_database(postgres_url) as url:
        made = make_county(tmp_path_factory.mktemp("county"), url)
        yield made
        made.database.engine.dispose()


@pytest.mark.parametrize("role", ROLES)
def test_every_page_opens(county: County, role: str) -> None:
    client = county.log_in(role)
    walked = 0
    for rule in list_rules(county, "GET"):
        for status, address in list_addresses(county, rule):
            if "/a/" in address and rule.arguments:
                continue  # the address of a card; its tests run on both engines
            answer = client.get(address)
            place = f"{role} {status} {address}: {answer.status_code}"
            assert answer.status_code in expect_status(county, rule.endpoint, role, address), place
            walked += 1
    assert walked > 150
