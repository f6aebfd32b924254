"""Settings: secrets are made once, at random, for the owner's eyes only."""

from pathlib import Path

import pytest

from survey.settings import SECRETS_FILE, load_settings


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
