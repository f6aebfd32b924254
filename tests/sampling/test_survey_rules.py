"""The rules file: what it says, and how a broken one is told."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from sampling.problems import Problem
from sampling.survey_rules import (
    RULES_FOLDER,
    SizeFloor,
    SurveyRules,
    find_survey_rules,
    load_survey_rules,
    read_survey_rules,
)
from sampling.toml_table import read_fraction

NATIONAL = (RULES_FOLDER / "national-2017.toml").read_text(encoding="utf-8")


def test_national_rules_say_what_the_notices_say(rules: SurveyRules) -> None:
    assert rules.rate == Fraction(3, 2000)
    assert rules.majority == "parent"
    assert rules.majority_share == Fraction(1, 2)
    assert " ".join(rules.categories) == "parent teacher principal deputy cppcc student resident"
    assert rules.list_bands("student") == ("3-4", "5-6", "7-9")
    assert rules.list_bands("parent") == rules.list_bands("teacher") == rules.grade_bands
    assert (rules.min_drawn, rules.min_answer_stratum) == (2, 10)
    assert rules.precedence[0] == "principal"


def test_what_stands_in_a_text_has_its_quote(rules: SurveyRules) -> None:
    firm = [citation for citation in rules.citations.values() if citation.mark == "T"]
    assert len(firm) >= 4
    assert all(citation.article and citation.quote for citation in firm)
    assert "1.5‰" in rules.citations["rate"].quote
    assert "50%" in rules.citations["majority"].quote


FAULTS = [
    ('value = "0.0015"', "value = 0.0015", "rate.value"),
    ('value = "0.0015"', 'value = "15/0"', "rate.value"),
    ('value = "0.0015"', 'value = "1.5"', "rate.value"),
    ('value = "up"', 'value = "down"', "rounding.value"),
    ('share = "1/2"', 'share = "half"', "majority.share"),
    ('value = "parent"', 'value = "mayor"', "majority.value"),
    ('student = ["3-4"', 'student = ["4-5"', "eligible_grade_bands.student"),
    ('["urban", "town", "rural"]', '["urban", "urban"]', "areas.value"),
    ("value = 2", "value = true", "min_drawn.value"),
    ("value = 10", "value = 0", "min_answer_stratum.value"),
    ('mark = "T"', 'mark = "X"', "mark"),
    ('["principal", "deputy"', '["principal"', "precedence.value"),
    ("[rate]", "[rates]", "key 'rate' is missing"),
    ('id = "national-2017"', "id = 2017", "key 'id': expected a text"),
    ('source = "公开', 'from = "公开', "key 'areas.source' is missing"),
    ('source = "公开', 'note = "x"\nsource = "公开', "unknown key 'areas.note'"),
    ("[rate]", "[rate", "is not TOML"),
]


@pytest.mark.parametrize(("old", "new", "part"), FAULTS)
def test_a_broken_file_is_told_with_file_and_key(
    tmp_path: Path, old: str, new: str, part: str
) -> None:
    assert old in NATIONAL
    path = tmp_path / "broken.toml"
    path.write_text(NATIONAL.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Problem, match=r"broken\.toml") as caught:
        read_survey_rules(path)
    assert part in str(caught.value)


CITED = 'source = "a notice"\narticle = ""\nquote = ""\nmark = "?"\n'
ADDED = [
    (
        "size_floor",
        "steps = [{ below = 400000, n = 600 }]",
        "size_floors",
        (SizeFloor(400_000, 600),),
    ),
    ("frame_cap", 'value = "1/2"', "frame_cap", Fraction(1, 2)),
    ("max_share", 'value = "0.9"', "max_share", Fraction(9, 10)),
    ("deficit", 'value = "others"', "deficit", "others"),
    (
        "soft_rules",
        'value = ["min_drawn", "categories_equal", "areas_in_proportion", "grade_bands_equal"]',
        "soft_rules",
        ("min_drawn", "categories_equal", "areas_in_proportion", "grade_bands_equal"),
    ),
]


@pytest.mark.parametrize(("table", "line", "field", "expected"), ADDED)
def test_a_rule_that_may_be_left_out_needs_its_source_too(
    tmp_path: Path, table: str, line: str, field: str, expected: object
) -> None:
    path = tmp_path / "local.toml"
    path.write_text(f"{NATIONAL}\n[{table}]\n{line}\n{CITED}", encoding="utf-8")
    rules = read_survey_rules(path)
    assert getattr(rules, field) == expected
    assert rules.citations[table].source == "a notice"
    path.write_text(f"{NATIONAL}\n[{table}]\n{line}\n", encoding="utf-8")
    with pytest.raises(Problem, match=f"key '{table}.source' is missing"):
        read_survey_rules(path)


@pytest.mark.parametrize(
    ("table", "line", "part"),
    [
        ("size_floor", "steps = []", "size_floor.steps"),
        ("size_floor", "steps = [{ below = 0, n = 600 }]", "below"),
        ("size_floor", "steps = [{ below = 9, n = 600, m = 1 }]", "unknown key"),
        ("frame_cap", 'value = "0"', "frame_cap.value"),
        ("max_share", 'value = "1.01"', "max_share.value"),
        ("max_share", "value = 0.9", "max_share.value"),
        ("deficit", 'value = "nobody"', "deficit.value"),
        ("soft_rules", 'value = ["min_drawn"]', "soft_rules.value"),
        (
            "soft_rules",
            'value = ["areas_in_proportion", "min_drawn", "categories_equal", "grade_bands_equal"]',
            "in either order",
        ),
    ],
)
def test_a_slip_in_a_rule_that_may_be_left_out(
    tmp_path: Path, table: str, line: str, part: str
) -> None:
    path = tmp_path / "local.toml"
    path.write_text(f"{NATIONAL}\n[{table}]\n{line}\n{CITED}", encoding="utf-8")
    with pytest.raises(Problem, match=part):
        read_survey_rules(path)


def test_rules_are_found_by_name_or_by_file(tmp_path: Path, rules: SurveyRules) -> None:
    path = tmp_path / "local.toml"
    path.write_text(NATIONAL, encoding="utf-8")
    assert find_survey_rules(str(path)) == find_survey_rules("national-2017") == rules


def test_the_digest_follows_the_content_not_the_comments(
    rules: SurveyRules, tmp_path: Path
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(f"# a comment\n{NATIONAL}", encoding="utf-8")
    assert read_survey_rules(path).digest == rules.digest
    path.write_text(NATIONAL.replace("0.0015", "0.0016"), encoding="utf-8")
    assert read_survey_rules(path).digest != rules.digest


def test_unknown_rules_and_files_are_problems(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="known: national-2017"):
        load_survey_rules("../secret")
    with pytest.raises(Problem, match="cannot be read"):
        read_survey_rules(tmp_path / "none.toml")


@pytest.mark.parametrize("text", ["1e-999999999", "0x1", "1/0", "1/00", "", " 1", "1.", "½", "1_0"])
def test_not_every_text_is_a_fraction(text: str) -> None:
    assert read_fraction(text) is None
