"""What tests share: an empty database on either engine, a browser, a phone.

Something that is missing on the machine fails the test that needs it, and names the package;
a test that is skipped in silence checks nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser, Page, sync_playwright

from tests.migrated import Schema
from tests.postgresql_server import fresh_database, private_server

# How long one example takes says more about what else the machine does than about the code.
settings.register_profile("shared-machine", deadline=None, print_blob=True)
settings.load_profile("shared-machine")

# Hundreds of apps are made, each with templates of its own: they are compiled once for all of them.
_compiled = tempfile.TemporaryDirectory(prefix="renkedu-templates-")
Flask.jinja_options = {
    **Flask.jinja_options,
    "bytecode_cache": FileSystemBytecodeCache(_compiled.name),
}

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave PostgreSQL out where a module looks at pages and their words, not at what is stored.

    tests/proofs/test_pages_on_postgresql.py opens every page there is on PostgreSQL.
    """
    twice = [
        item
        for item in items
        if item.get_closest_marker("one_engine") and "[postgresql" in item.name
    ]
    if twice:
        config.hook.pytest_deselected(items=twice)
        items[:] = [item for item in items if item not in set(twice)]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a private PostgreSQL server's database `postgres`; one server per worker."""
    with private_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new empty database, on each engine the site runs on."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'renkedu.sqlite'}"
        return
    with fresh_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    """The newest schema, to be put into an empty database."""
    return Schema(tmp_path_factory.mktemp("schema"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: install Debian's package chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS, headless=True
        )
        yield chromium
        chromium.close()


@pytest.fixture
def phone_page(browser: Browser) -> Iterator[Page]:
    """A page of a phone set to Chinese, 375 x 812 CSS pixels, with nothing stored on it."""
    with browser.new_context(
        viewport={"width": 375, "height": 812},
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    ) as context:
        yield context.new_page()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """The directory where screenshots are kept after the run: build/screenshots."""
    directory = ROOT / "build" / "screenshots"
    directory.mkdir(parents=True, exist_ok=True)
    return directory
