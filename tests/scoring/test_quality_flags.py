from __future__ import annotations

from pathlib import Path

import pytest

from sampling.problems import Problem
from scoring.answers import CATEGORIES, Paper
from scoring.items import Item
from scoring.quality_flags import (
    CATALOGUE,
    burst_class,
    flag_papers,
    load_quality_flags,
    read_quality_flags,
    speed_class,
    straight_line_class,
)

ITEMS = [Item(f"q{i}", f"q{i}", CATEGORIES) for i in range(8)]


def make_paper(choices: str, **flags: str) -> Paper:
    """A parent's paper: s satisfied, d dissatisfied, anything else blank."""
    options = {"s": "satisfied", "d": "dissatisfied"}
    answers = {f"q{i}": options[c] for i, c in enumerate(choices) if c in options}
    return Paper("town", "parent", answers, flags)


@pytest.mark.parametrize("flag", load_quality_flags().values(), ids=lambda flag: flag.id)
def test_every_flag_says_what_it_is_in_both_languages(flag: object) -> None:
    for name in ("title", "definition", "caution"):
        wording = getattr(flag, name)
        assert set(wording) == {"zh", "en"}
        assert any("\u4e00" <= letter <= "\u9fff" for letter in wording["zh"])


def test_what_is_flagged_is_one_of_the_values_and_not_all_of_them() -> None:
    for flag in load_quality_flags().values():
        assert set(flag.flagged) < set(flag.values)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "very_fast"), (10.9, "very_fast"), (11, "fast"), (21.9, "fast"), (22, "normal")],
)
def test_speed_at_its_limits(seconds: float, expected: str) -> None:
    assert speed_class(seconds, 11) == expected


@pytest.mark.parametrize(
    ("submissions", "expected"),
    [(0, "none"), (9, "none"), (10, "some"), (29, "some"), (30, "many")],
)
def test_burst_at_its_limits(submissions: int, expected: str) -> None:
    assert burst_class(submissions) == expected


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ("ssssss", "yes"),
        ("sssss", "no"),
        ("sssss d", "no"),
        ("ss ss ss", "yes"),
        ("dddddddd", "yes"),
    ],
)
def test_straight_lines(choices: str, expected: str) -> None:
    options = ["" if c == " " else c for c in choices]
    assert straight_line_class(options) == expected


@pytest.mark.parametrize(
    ("paper", "flags"),
    [
        (make_paper("sdsdsdsd"), set()),
        (make_paper("ssssssss"), {"straight_line"}),
        (make_paper("ssssssss", straight_line="no"), set()),
        (make_paper("sdsdsdsd", speed="fast"), {"speed"}),
        (make_paper("sdsdsdsd", speed="very_fast", burst="many"), {"speed", "burst"}),
        (make_paper("sdsdsdsd", speed="normal", burst="some"), set()),
    ],
    ids=["none", "from the answers", "the field goes first", "fast", "two", "unflagged values"],
)
def test_flags_of_a_paper(paper: Paper, flags: set[str]) -> None:
    assert flag_papers([paper], ITEMS) == [flags]


def test_a_value_that_no_field_has_is_refused() -> None:
    with pytest.raises(Problem, match="speed"):
        flag_papers([make_paper("s", speed="17.3")], ITEMS)


def test_a_slip_in_the_catalogue_is_told_with_its_place(tmp_path: Path) -> None:
    text = CATALOGUE.read_text(encoding="utf-8")
    file = tmp_path / "flags.toml"
    file.write_text(text.replace('flagged = ["many"]', 'flagged = ["lots"]'), encoding="utf-8")
    with pytest.raises(Problem, match=r"flags\[burst\]\.flagged"):
        read_quality_flags(file)
