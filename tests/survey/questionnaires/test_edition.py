"""Editions: the one that ships, and what a faulty file is told."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from sampling.problems import Problem
from scoring.answers import CATEGORIES
from scoring.counting_rule import OPTIONS
from survey.questionnaires.edition import (
    EDITIONS_FOLDER,
    load_edition,
    parse_edition,
    read_edition,
    shipped_editions,
)
from survey.questionnaires.paper import OVERALL, TEXT
from survey.questionnaires.paper_table import MOST_BYTES
from tests.survey.questionnaires.samples import NATIONAL, Contents, sample_contents, write_contents

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
# A published edition is never edited: a correction is a new folder with a new id.
DIGESTS = {NATIONAL: "4ee444335ecdf32efbb648a7da10ae1bbb9a8cde92e293e60ba0dc5a9179359a"}


def test_a_published_edition_is_never_edited() -> None:
    assert {name: load_edition(name).digest for name in shipped_editions()} == DIGESTS


def test_every_category_has_its_paper() -> None:
    edition = load_edition(NATIONAL)
    assert {category: edition.paper_for(category).id for category in CATEGORIES} == PAPER_OF


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_paper_asks_what_the_scheme_names(category: str) -> None:
    paper = load_edition(NATIONAL).paper_for(category)
    assert {item.dimension for item in paper.items} == CONTENTS | {"overall", "suggestion"}
    assert 10 <= len(paper.items) <= 15
    assert [item.id for item in paper.items if item.required] == [OVERALL]
    assert [item.id for item in paper.items if item.kind == TEXT] == ["suggestion"]
    assert tuple(option.id for option in paper.options) == OPTIONS
    assert all(item.is_rated for item in paper.items if item.kind != TEXT)


def test_the_wording_names_no_wished_answer() -> None:
    for paper in load_edition(NATIONAL).papers:
        for item in paper.items:
            assert not any(word in item.text["zh"] for word in ("大力", "高度", "显著", "认真落实"))


def test_the_pupils_paper_has_short_sentences_and_no_words_of_offices() -> None:
    for item in load_edition(NATIONAL).paper_for("student").items:
        assert len(item.text["zh"]) <= 36
        assert not any(word in item.text["zh"] for word in ("政策", "课业负担", "素质", "义务教育"))


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
        r"pupil.toml.*suggestion.*kind.*single, multiple, number, text",
    ),
    (
        "pupil.toml",
        'id = "quality"',
        'id = "state"',
        r"state.*id': expected an id other than card",
    ),
    ("pupil.toml", 'id = "pupil"', 'id = "pupils"', r"pupil.toml.*'id': expected one of pupil,"),
    ("pupil.toml", 'id = "overall"', 'id = "summary"', r"pupil.toml.*needs the item overall"),
    ("pupil.toml", 'id = "fairness"', 'id = "Fair ness"', r"pupil.toml.*items.*letters a-z"),
    ("pupil.toml", 'id = "fairness"', 'id = "support"', r"pupil.toml.*same id"),
    ("pupil.toml", 'dimension = "moral"', 'dimension = "morals"', r"pupil.toml.*dimension.*morals"),
    ("pupil.toml", "max_length = 500", "max_length = 5000", r"pupil.toml.*max_length.*500"),
    ("pupil.toml", "max_length = 500", "max_lenght = 500", r"pupil.toml.*max_length.*missing"),
    ("pupil.toml", "required = true", 'required = "yes"', r"pupil.toml.*required.*true or false"),
    ("pupil.toml", 'id = "unknown"', 'id = "no idea"', r"pupil.toml.*options.*unknown"),
    ("pupil.toml", 'id = "unknown"', 'id = "basically"', r"pupil.toml.*options.*of their own"),
    ("pupil.toml", '["student"]', '["student", "parent"]', r"exactly one paper"),
    ("pupil.toml", '["student"]', '["pupil"]', r"pupil.toml.*categories"),
    ("pupil.toml", "作业的多少", "作业\\u202e多少", r"pupil.toml.*workload.*text.zh.*invisible"),
    ("pupil.toml", "作业的多少", "作业\\u0000多少", r"pupil.toml.*workload.*text.zh.*invisible"),
    ("pupil.toml", "作业的多少", "作业的${moral}", r"pupil.toml.*workload.*text.zh.*\$\{"),
    ("pupil.toml", 'text.zh = "作业的', 'text.ug = "作业的', r"pupil.toml.*text.zh' is missing"),
    ("pupil.toml", "作业的多少", "字" * 1001, r"pupil.toml.*workload.*up to 1000"),
    ("edition.toml", "format = 1", "format = 2", r"edition.toml.*format"),
    ("edition.toml", "format = 1", "format = ", r"edition.toml.*not TOML"),
    ("edition.toml", "format = 1", "format = 1979-05-27", r"edition.toml.*format"),
    ("edition.toml", 'id = "national-2026"', 'id = "x"', r"edition.toml.*id.*national-2026"),
    ("edition.toml", 'overall.en = "Overall"', "", r"edition.toml.*overall.en.*missing"),
    ("edition.toml", "[dimensions]", '[dimensions]\n"A b" = {zh = "a", en = "a"}', r"letters a-z"),
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


def test_every_kind_and_language_is_read(tmp_path: Path) -> None:
    edition = read_edition(write_contents(tmp_path, sample_contents()))
    assert [language.code for language in edition.languages] == ["zh", "en", "mn-Mong", "ug"]
    assert [language.direction for language in edition.languages[2:]] == ["vertical", "rtl"]
    paper = edition.paper_for("parent")
    kinds = {item.id: item.kind for item in paper.items}
    assert (kinds["visited"], kinds["reasons"], kinds["times"]) == ("single", "multiple", "number")
    assert not paper.find_item("visited").is_rated
    assert "visited" not in edition.single_choice_items
    assert edition.find_language("ug", "zh").direction == "rtl"
    assert edition.find_language("xx", "en").code == "en"
    assert edition.find_language(None).code == "zh"


# item, what is put into it, what is told
CONDITIONS = [
    ("reasons", {"when": {"item": "visits", "is": ["yes"]}}, "there is no item 'visits'"),
    ("reasons", {"when": {"item": "reasons", "is": ["sport"]}}, "is this item; a condition looks"),
    ("reasons", {"when": {"item": "moral", "is": ["unknown"]}}, "'moral' stands later"),
    ("reasons", {"when": {"item": "visited", "is": ["maybe"]}}, "no option 'maybe'.*yes, no"),
    ("reasons", {"when": {"item": "visited", "is": []}}, "when.is.*different names"),
    ("reasons", {"when": {"item": "visited", "is": ["yes"], "or": 1}}, "unknown key.*when.or"),
    ("overall", {"when": {"item": "visited", "is": ["yes"]}}, "everybody answers the item overall"),
    ("moral", {"when": {"item": "times", "is": ["3"]}}, "'times' is no choice"),
    ("times", {"most": 1}, "times.*most.*whole number from 2"),
    ("times", {"most": 13_912_345_678}, "times.*most.*10000"),
    ("reasons", {"options": []}, "reasons.*options.*at least one table"),
    ("times", {"options": []}, "unknown key.*times.*options"),
    ("suggestion", {"required": True}, "one open question at most, and nobody must"),
]


@pytest.mark.parametrize(("item_id", "change_of", "message"), CONDITIONS)
def test_routing_and_bounds_are_checked(
    item_id: str, change_of: dict[str, Any], message: str
) -> None:
    contents = sample_contents()
    find(contents, item_id).update(change_of)
    with pytest.raises(Problem) as caught:
        parse_edition("sample-2027", contents)
    assert str(caught.value).startswith("sample-2027/society.toml: ")
    assert re.search(message, str(caught.value))


def test_a_circle_is_told() -> None:
    contents = sample_contents()
    find(contents, "visited")["when"] = {"item": "reasons", "is": ["sport"]}
    with pytest.raises(Problem, match=r"items\[visited\].when.*'reasons' stands later"):
        parse_edition("sample-2027", contents)


LANGUAGE_FAULTS = [
    ({"ug": {"name": "ئۇيغۇرچە"}}, "languages.ug.direction' is missing"),
    ({"ug": {"name": "ئۇيغۇرچە", "direction": "up"}}, "ltr, rtl, vertical"),
    ({"zh": {"name": "中文", "direction": "ltr"}}, "not zh en"),
    ({"../x": {"name": "x", "direction": "ltr"}}, "codes such as"),
    ({"ug": {"name": "a (b)", "direction": "rtl"}}, "with no :"),
    ({"kk": {"name": "Қазақша", "direction": "ltr"}}, "text.kk' is missing"),
]


@pytest.mark.parametrize(("languages", "message"), LANGUAGE_FAULTS)
def test_a_faulty_language_is_told(languages: dict[str, Any], message: str) -> None:
    contents = sample_contents()
    contents["edition.toml"]["languages"] |= languages
    with pytest.raises(Problem, match=re.escape(message)):
        parse_edition("sample-2027", contents)


def test_a_missing_wording_is_an_error_and_not_filled_with_another_language() -> None:
    contents = sample_contents()
    del find(contents, "moral")["text"]["ug"]
    with pytest.raises(Problem, match=r"society.toml: key 'items\[moral\].text.ug' is missing"):
        parse_edition("sample-2027", contents)


def test_no_answer_can_become_too_long_for_an_envelope() -> None:
    contents = sample_contents()
    many = [
        {"id": f"{'x' * 29}_{n:02}", "text": {"zh": "选", "en": "o", "ug": "ا", "mn-Mong": "ᠠ"}}
        for n in range(20)
    ]
    for number in range(8):
        item = {**find(contents, "reasons"), "id": f"more{number}", "options": many}
        contents["society.toml"]["items"].append(item)
    with pytest.raises(Problem, match="too long to be sealed"):
        parse_edition("sample-2027", contents)
    assert MOST_BYTES == 3_500


def find(contents: Contents, item_id: str) -> dict[str, Any]:
    items: list[dict[str, Any]] = contents["society.toml"]["items"]
    return next(item for item in items if item["id"] == item_id)


def copy_edition(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EDITIONS_FOLDER / NATIONAL, tmp_path / NATIONAL))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
