"""Depths of reserves as a person writes them."""

from __future__ import annotations

import pytest

from sampling.problems import Problem
from sampling.reserve import read_reserve


@pytest.mark.parametrize(
    ("text", "n", "depth"),
    [("0", 5, 0), ("20", 5, 20), ("x1", 5, 5), ("x0.1", 5, 1), ("x1.10", 10, 11), ("x3", 0, 0)],
)
def test_depths_are_counted_exactly_and_rounded_up(text: str, n: int, depth: int) -> None:
    assert read_reserve(text).count(n) == depth


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "x-1", "x1e3", "2x", " 2", "1" * 10, "٣"])
def test_other_depths_are_refused(text: str) -> None:
    with pytest.raises(Problem, match="the reserve: expected"):
        read_reserve(text)
