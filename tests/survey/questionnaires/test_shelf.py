"""Editions of one's own: beside those that ship, whole or not at all, never in place of another."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from sampling.problems import Problem
from survey.questionnaires.edition import load_edition
from survey.questionnaires.shelf import find_edition, list_choices, list_editions, store_edition
from survey.questionnaires.toml_text import write_toml
from tests.survey.questionnaires.samples import (
    NATIONAL,
    national_contents,
    sample_contents,
    write_contents,
)


def files_of(edition_id: str = "sample-2027") -> dict[str, bytes]:
    contents = sample_contents(edition_id)
    return {name: write_toml(data).encode() for name, data in contents.items()}


def test_what_is_stored_is_found_and_listed(tmp_path: Path) -> None:
    stored = store_edition(tmp_path / "editions", files_of())
    assert find_edition(tmp_path / "editions", "sample-2027") == stored
    found = list_editions(tmp_path / "editions")
    assert [(each.id, each.is_shipped) for each in found] == [
        (NATIONAL, True),
        ("sample-2027", False),
    ]
    assert find_edition(tmp_path / "editions", NATIONAL) == load_edition(NATIONAL)
    assert [path.name for path in (tmp_path / "editions").iterdir()] == ["sample-2027"]


@pytest.mark.parametrize("edition_id", [NATIONAL, "sample-2027"])
def test_an_id_that_is_taken_is_refused(tmp_path: Path, edition_id: str) -> None:
    store_edition(tmp_path, files_of())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.toml")}
    with pytest.raises(Problem, match="already; a correction is a new edition with a new id"):
        store_edition(tmp_path, files_of(edition_id))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.toml")} == before


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("../evil.toml", b"", "expected names such as society.toml"),
        ("society.exe", b"", "expected names such as society.toml"),
        ("society.toml", b"\xff", "society.toml: is not TOML in UTF-8"),
        ("society.toml", b"x" * 1_000_001, "more than 1000000 bytes"),
        ("edition.toml", b"format = 1", "edition.toml: key 'id'"),
        ("edition.toml", b'id = "../up"', "edition.toml: key 'id'"),
    ],
)
def test_a_faulty_edition_leaves_nothing_behind(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(Problem, match=message):
        store_edition(tmp_path, files_of() | {name: content})
    assert list(tmp_path.iterdir()) == []


def test_a_faulty_edition_is_listed_with_its_fault_and_cannot_be_chosen(tmp_path: Path) -> None:
    folder = write_contents(tmp_path, sample_contents())
    (folder / "pupil.toml").write_text("id = 1", encoding="utf-8")
    (fault,) = [each.fault for each in list_editions(tmp_path) if not each.is_shipped]
    assert "sample-2027/pupil.toml: key 'id'" in str(fault)
    assert [name for name, _ in list_choices(tmp_path, "zh")] == [NATIONAL]


def test_one_of_ones_own_does_not_stand_in_for_one_that_ships(tmp_path: Path) -> None:
    write_contents(tmp_path, national_contents())
    with pytest.raises(Problem, match="an edition of this id comes with the programme"):
        find_edition(tmp_path, NATIONAL)


@pytest.mark.parametrize(
    "data", [sample_contents()[name] for name in ("edition.toml", "staff.toml")]
)
def test_what_is_written_as_toml_is_read_as_the_same(data: dict[str, object]) -> None:
    assert tomllib.loads(write_toml(data)) == data


def test_odd_letters_survive_toml() -> None:
    data = {"a": 'quote " back \\ tab \t line \n del \x7f', "odd key": {"b": [1, True, "x"]}}
    assert tomllib.loads(write_toml(data)) == data
