"""A demonstration replaces an earlier one and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sampling.problems import Problem
from survey.demo.home import FILES, MARKER, make_settings, prepare_home


def test_new_home_is_made_with_its_marker(tmp_path: Path) -> None:
    with prepare_home(tmp_path / "new") as home:
        assert "虚构" in (home / MARKER).read_text(encoding="utf-8")
        assert (home / FILES).is_dir()


def test_an_earlier_demonstration_is_replaced(tmp_path: Path) -> None:
    with prepare_home(tmp_path / "demo") as home:
        (home / "renkedu.db").write_bytes(b"old")
        (home / FILES / "plan.json").write_bytes(b"old")
    with prepare_home(home):
        assert sorted(path.name for path in home.iterdir()) == sorted([MARKER, FILES])
        assert not list((home / FILES).iterdir())


def test_what_is_no_demonstration_is_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear", encoding="utf-8")
    with pytest.raises(Problem, match="holds no demonstration"), prepare_home(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_link_in_an_earlier_home_does_not_lead_out_of_it(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    with prepare_home(tmp_path / "demo") as home:
        (home / "link").symlink_to(outside)
    with prepare_home(home):
        assert not (home / "link").is_symlink()
    assert (outside / "kept").exists()


def test_two_demonstrations_do_not_share_a_home(tmp_path: Path) -> None:
    with prepare_home(tmp_path / "demo") as home:
        (home / "renkedu.db").touch()
        with pytest.raises(Problem, match="running here"), prepare_home(home):
            pass
        assert (home / "renkedu.db").exists()


def test_the_environments_database_is_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENKEDU_DATABASE_URL", "postgresql://real")
    monkeypatch.setenv("RENKEDU_PUBLIC_URL", "https://real.example")
    settings = make_settings(tmp_path, "http://127.0.0.1:8000")
    assert settings.database_url == f"sqlite:///{tmp_path / 'renkedu.db'}"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert not settings.secure_cookies
