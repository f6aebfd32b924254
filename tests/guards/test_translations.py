"""The catalogues: every message of the code is translated, and nothing is left over."""

from __future__ import annotations

import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from tests.guards import ROOT

TRANSLATIONS = ROOT / "survey" / "translations"
LOCALES = sorted(path.parts[-3] for path in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `make translations` would find in the code and the templates now."""
    template = tmp_path_factory.mktemp("messages") / "messages.pot"
    programs = Path(sys.executable).parent
    subprocess.run(
        ["make", "-s", "messages", f"POT={template}", f"BIN={programs}"], cwd=ROOT, check=True
    )
    with template.open("rb") as file:
        return read_po(file)


def read_catalog(locale: str) -> Catalog:
    with (TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)


def list_messages(catalog: Catalog) -> dict[str, Message]:
    """Return the messages by their text (the singular of a pair), without the header."""
    return {
        message.id if isinstance(message.id, str) else message.id[0]: message
        for message in catalog
        if message.id
    }


def list_translations(message: Message) -> list[str]:
    """Return a message's translations: one, or one for each plural form."""
    found = message.string
    return [found] if isinstance(found, str) else list(found or [""])


def list_fields(text: str) -> set[str]:
    """Return the names of the placeholders, in either style: {name} and %(name)s."""
    braces = {field for _, field, _, _ in string.Formatter().parse(text) if field}
    return braces | {part.split(")")[0] for part in text.split("%(")[1:]}


def test_there_is_chinese() -> None:
    assert "zh" in LOCALES


@pytest.mark.parametrize("locale", LOCALES)
def test_the_catalogue_holds_exactly_what_the_code_says(extracted: Catalog, locale: str) -> None:
    said, kept = set(list_messages(extracted)), set(list_messages(read_catalog(locale)))
    assert sorted(said - kept) == [], "new messages: run `make translations` and translate them"
    assert sorted(kept - said) == [], "messages nobody says: run `make translations`"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_is_translated(locale: str) -> None:
    messages = list_messages(read_catalog(locale))
    assert [text for text, message in messages.items() if message.fuzzy] == []
    assert [text for text, found in messages.items() if not all(list_translations(found))] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_fills_only_places_that_exist(locale: str) -> None:
    """A misspelt placeholder would be an error page for the reader of one language only."""
    wrong = {
        text: found
        for text, message in list_messages(read_catalog(locale)).items()
        for found in list_translations(message)
        if not list_fields(found) <= list_fields(text)
    }
    assert wrong == {}


LONE_PERCENT = re.compile(r"%(?!%|\(\w+\)[sd])")


@pytest.mark.parametrize("locale", LOCALES)
def test_no_page_formats_a_percent_sign_that_only_the_translation_has(locale: str) -> None:
    """A template formats what it shows: a sign that the message lacks would fail there."""
    catalog = read_catalog(locale)
    strays = [
        message.id
        for message in catalog
        if isinstance(message.id, str)
        and "{" not in message.id  # filled in by `str.format`, where the sign is free
        and bool(LONE_PERCENT.search(str(message.string).replace("%%", "")))
        != bool(LONE_PERCENT.search(message.id.replace("%%", "")))
    ]
    assert strays == []
