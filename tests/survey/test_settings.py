"""Settings: secrets are made once, at random, for the owner's eyes only."""

import json
from pathlib import Path

import pytest

from sampling.problems import Problem
from survey.settings import SECRET_NAMES, SECRETS_FILE, load_settings


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    first, second = load_settings(tmp_path), load_settings(tmp_path)
    assert first == second
    secrets = {first.session_key, first.password_salt, first.link_key, first.roster_key}
    assert len(secrets) == 4
    assert all(len(bytes.fromhex(secret)) == 32 for secret in secrets)
    assert (tmp_path / SECRETS_FILE).stat().st_mode & 0o077 == 0


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "a").link_key != load_settings(tmp_path / "b").link_key


def test_cookies_are_secure_under_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not load_settings(tmp_path).secure_cookies
    monkeypatch.setenv("RENKEDU_PUBLIC_URL", "https://survey.example/")
    settings = load_settings(tmp_path)
    assert settings.secure_cookies
    assert settings.public_url == "https://survey.example"


@pytest.mark.parametrize(
    "address", ["http://10.0.0.7:8080", "https://survey.example/renkedu", "http://[::1]:8000"]
)
def test_an_address_for_the_cards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("RENKEDU_PUBLIC_URL", address)
    assert load_settings(tmp_path).public_url == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "notaurl",
        "survey.example",
        "ftp://survey.example",
        "https://",
        "https:///a",
        "https://survey.example:port",
        "https://survey.example:99999",
        "https://[::1",
        "https://survey.example/?a=b",
        "https://survey.example/#a",
        "https://li@survey.example",
        "https://survey example",
        "https://survey.example/\na",
    ],
)
def test_what_is_no_address_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("RENKEDU_PUBLIC_URL", address)
    with pytest.raises(Problem, match="RENKEDU_PUBLIC_URL: expected http"):
        load_settings(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_engine_is_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RENKEDU_ENGINE", raising=False)
    assert load_settings(tmp_path).indicator_engine == "built-in"
    monkeypatch.setenv("RENKEDU_ENGINE", "built-in")
    assert load_settings(tmp_path).indicator_engine == "built-in"


def test_an_engine_that_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENKEDU_ENGINE", "spark")
    with pytest.raises(Problem, match="RENKEDU_ENGINE: there is no indicator engine 'spark'"):
        load_settings(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        json.dumps(dict.fromkeys(SECRET_NAMES, 7)).encode(),
        json.dumps(dict.fromkeys(SECRET_NAMES, "")).encode(),
        json.dumps(dict.fromkeys(SECRET_NAMES, "ab" * 31)).encode(),
        json.dumps(dict.fromkeys(SECRET_NAMES, "xy" * 32)).encode(),
        json.dumps(dict.fromkeys(SECRET_NAMES[:-1], "ab" * 32)).encode(),
    ],
)
def test_broken_secrets_are_told_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / SECRETS_FILE
    path.write_bytes(content)
    with pytest.raises(Problem, match=rf"{SECRETS_FILE}: "):
        load_settings(tmp_path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(("word", "is_on"), [("", True), ("on", True), ("off", False)])
def test_the_second_factor_is_on_unless_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, is_on: bool
) -> None:
    monkeypatch.setenv("RENKEDU_SECOND_FACTOR", word)
    assert load_settings(tmp_path).second_factor is is_on


def test_another_word_switches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENKEDU_SECOND_FACTOR", "no")
    with pytest.raises(Problem, match="RENKEDU_SECOND_FACTOR: expected on or off"):
        load_settings(tmp_path)
