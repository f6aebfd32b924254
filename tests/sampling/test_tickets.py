"""Tickets against sha256sum, and which seeds are refused."""

from __future__ import annotations

import subprocess

import pytest

from sampling.problems import Problem
from sampling.tickets import check_seed, ticket


@pytest.mark.parametrize("unit_id", ["p-0001", "张三", "a'b\"c"])
def test_a_ticket_is_what_sha256sum_prints(unit_id: str) -> None:
    text = subprocess.run(
        ["sha256sum"], input=f"宜州 2026\n{unit_id}".encode(), capture_output=True, check=True
    )
    assert ticket("宜州 2026", unit_id) == text.stdout.decode()[:64]


@pytest.mark.parametrize("seed", ["x", "宜州区 2026 31 05 17 22", 'it\'s "this" — №7', "a" * 1000])
def test_lines_of_text_are_seeds(seed: str) -> None:
    check_seed(seed)


@pytest.mark.parametrize(
    ("seed", "part"),
    [
        ("a\nb", "line break"),
        ("a\n", "line break"),
        ("a\rb", "line break"),
        ("", "empty"),
        ("   ", "empty"),
        (" a", "blank"),
        ("a\tb", "cannot be printed"),
        ("a\u200bb", "cannot be printed"),
        ("a\udcffb", "cannot be printed"),
        ("a" * 1001, "1001 characters"),
    ],
)
def test_other_seeds_are_refused(seed: str, part: str) -> None:
    with pytest.raises(Problem, match=part):
        check_seed(seed)
