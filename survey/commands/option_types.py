"""Kinds of values that options take: lists, exact decimals, pairs of numbers."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from fractions import Fraction

import click

from sampling.problems import Problem
from scoring.figures import read_decimal


class ListType(click.ParamType[tuple[str, ...]]):
    """Words separated by commas, quoted as in CSV; of `choices` where there are any."""

    name = "list"

    def __init__(self, choices: Sequence[str] = ()) -> None:
        self.choices = tuple(choices)

    def convert(
        self,
        value: str | tuple[str, ...],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, ...]:
        """Return the words, each once, without blanks round them; none may be empty."""
        if isinstance(value, tuple):
            return value
        words = [word.strip() for word in next(csv.reader([value]), [])]
        if not words or not all(words):
            self.fail(f"expected words separated by commas, got {value!r}", param, ctx)
        for word in words:
            if self.choices and word not in self.choices:
                known = ", ".join(self.choices)
                self.fail(f"expected some of {known}; got {word!r}", param, ctx)
        return tuple(dict.fromkeys(words))


class LevelType(click.ParamType[Fraction]):
    """A confidence level between 0 and 1 as decimal text, read exactly."""

    name = "decimal"

    def convert(
        self, value: str | Fraction, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        """Return the exact level or fail as a usage error."""
        try:
            level = value if isinstance(value, Fraction) else read_decimal(value)
        except Problem as problem:
            self.fail(str(problem), param, ctx)
        if not 0 < level < 1:
            self.fail(f"expected a number between 0 and 1, got {value!r}", param, ctx)
        return level


class BoundsType(click.ParamType[tuple[float, float]]):
    """Two numbers with a comma between them."""

    name = "low,high"

    def convert(
        self,
        value: str | tuple[float, float],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[float, float]:
        """Return the numbers or fail as a usage error."""
        if isinstance(value, tuple):
            return value
        try:
            low, high = (float(read_decimal(part)) for part in value.split(","))
        except ValueError:
            self.fail(f"expected two numbers such as 0.3,3, got {value!r}", param, ctx)
        return low, high
