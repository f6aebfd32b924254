"""Editions: the one that ships, and what a faulty file is told."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sampling.problems import Problem
from scoring.answers import CATEGORIES
from scoring.counting_rule import OPTIONS
from survey.questionnaires.edition import (
    EDITIONS_FOLDER,
    OVERALL,
    TEXT,
    load_edition,
    read_edition,
)

NATIONAL = "national-2026"
PAPER_OF = {
    "parent": "society",
    "teacher": "staff",
    "principal": "staff",
    "deputy": "society",
    "cppcc": "society",
    "student": "pupil",
    "resident": "society",
}
# What the scheme asks the public about.
CONTENTS = {
    "equity", "sharing", "conduct", "all_round", "assessment", "quality", "moral", "workload",
}  # fmt: skip


def test_every_category_has_its_paper() -> None:
    edition = load_edition(NATIONAL)
    assert {category: edition.paper_for(category).id for category in CATEGORIES} == PAPER_OF


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_paper_asks_what_the_scheme_names(category: str) -> None:
    paper = load_edition(NATIONAL).paper_for(category)
    assert {item.dimension for item in paper.items} == CONTENTS | {"overall", "suggestion"}
    assert 10 <= len(paper.items) <= 12
    assert [item.id for item in paper.items if item.required] == [OVERALL]
    assert [item.id for item in paper.items if item.kind == TEXT] == ["suggestion"]
    assert tuple(option.id for option in paper.options) == OPTIONS


def test_the_wording_names_no_wished_answer() -> None:
    for paper in load_edition(NATIONAL).papers:
        for item in paper.items:
            assert not any(word in item.text["zh"] for word in ("大力", "高度", "显著", "认真落实"))


def test_an_unknown_edition_or_category_is_told() -> None:
    with pytest.raises(Problem, match=r"no edition named '\.\./secrets'; known: national-2026"):
        load_edition("../secrets")
    with pytest.raises(Problem, match="no paper for the category 'visitor'"):
        load_edition(NATIONAL).paper_for("visitor")


def test_the_digest_covers_every_file(tmp_path: Path) -> None:
    folder = copy_edition(tmp_path)
    assert read_edition(folder).digest == load_edition(NATIONAL).digest
    change(folder / "pupil.toml", "作业的多少", "作业多少")
    assert read_edition(folder).digest != load_edition(NATIONAL).digest


FAULTS = [
    (
        "pupil.toml",
        'kind = "text"',
        'kind = "matrix"',
        r"pupil.toml.*suggestion.*kind.*single, text",
    ),
    ("pupil.toml", 'id = "overall"', 'id = "summary"', r"pupil.toml.*needs the item overall"),
    ("pupil.toml", 'id = "fairness"', 'id = "Fair ness"', r"pupil.toml.*letters a-z"),
    ("pupil.toml", 'id = "fairness"', 'id = "support"', r"pupil.toml.*same id"),
    ("pupil.toml", 'dimension = "moral"', 'dimension = "morals"', r"pupil.toml.*dimension.*morals"),
    ("pupil.toml", "max_length = 500", "max_length = 5000", r"pupil.toml.*max_length.*500"),
    ("pupil.toml", "max_length = 500", "max_lenght = 500", r"pupil.toml.*max_length.*missing"),
    ("pupil.toml", "required = true", 'required = "yes"', r"pupil.toml.*required.*true or false"),
    ("pupil.toml", 'id = "unknown"', 'id = "no idea"', r"pupil.toml.*options.*unknown"),
    ("pupil.toml", '["student"]', '["student", "parent"]', r"exactly one paper"),
    ("pupil.toml", '["student"]', '["pupil"]', r"pupil.toml.*categories"),
    ("edition.toml", "format = 1", "format = 2", r"edition.toml.*format"),
    ("edition.toml", "format = 1", "format = ", r"edition.toml.*not TOML"),
    ("edition.toml", 'id = "national-2026"', 'id = "x"', r"edition.toml.*id.*national-2026"),
    ("edition.toml", 'overall.en = "Overall"', "", r"edition.toml.*overall.en.*missing"),
]


@pytest.mark.parametrize(("file", "old", "new", "message"), FAULTS)
def test_a_fault_is_told_with_file_and_key(
    tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    folder = copy_edition(tmp_path)
    change(folder / file, old, new)
    with pytest.raises(Problem) as caught:
        read_edition(folder)
    assert re.search(message, str(caught.value))


def test_a_folder_without_the_edition_file_is_told(tmp_path: Path) -> None:
    folder = copy_edition(tmp_path)
    (folder / "edition.toml").unlink()
    with pytest.raises(Problem, match=r"edition\.toml is missing"):
        read_edition(folder)


def copy_edition(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EDITIONS_FOLDER / NATIONAL, tmp_path / NATIONAL))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
