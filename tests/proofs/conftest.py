"""One county for the proofs of a module: they look at it, and few of them change it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.proofs.county import County, make_county


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A site with a round at every stage, full of marked answers."""
    home = tmp_path_factory.mktemp("county")
    made = make_county(home, f"sqlite:///{home / 'renkedu.sqlite'}")
    yield made
    made.database.engine.dispose()
