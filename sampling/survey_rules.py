"""The rules a sample is made by: data with a citation, read from TOML, never constants in code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from sampling.canonical import digest
from sampling.problems import N_, Problem

RULES_FOLDER = Path(__file__).parent / "rules"
NATIONAL = "national-2017"
MARKS = ("T", "P", "?")


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule stands; `mark` is T (in the text), P (in public practice) or ? (open)."""

    source: str
    article: str
    quote: str
    mark: str


@dataclass(frozen=True, slots=True)
class SurveyRules:
    """The sampling rules of one scheme.

    `rate` is people drawn per resident, `majority_share` the least share (0-1) of the sample that
    the `majority` category holds (家长 at least half), `eligible_grade_bands` the bands a category
    is drawn from. `min_drawn` and `min_answer_stratum` are counts of people. `digest` is the
    SHA-256 of the file's content as canonical JSON.
    """

    id: str
    title: str
    digest: str
    rate: Fraction
    categories: tuple[str, ...]
    majority: str
    majority_share: Fraction
    areas: tuple[str, ...]
    grade_bands: tuple[str, ...]
    eligible_grade_bands: Mapping[str, tuple[str, ...]]
    min_drawn: int
    min_answer_stratum: int
    precedence: tuple[str, ...]
    citations: Mapping[str, Citation]

    @property
    def other_categories(self) -> tuple[str, ...]:
        """Every category but the majority, in order."""
        return tuple(name for name in self.categories if name != self.majority)

    def compute_majority_floor(self, n: int) -> int:
        """Return the fewest of `n` people that must come from the majority category.

        >>> load_survey_rules().compute_majority_floor(825)
        413
        """
        return -(-n * self.majority_share.numerator // self.majority_share.denominator)

    def list_bands(self, category: str) -> tuple[str, ...]:
        """Return the grade bands that people of `category` are drawn from."""
        return self.eligible_grade_bands.get(category, self.grade_bands)

    def is_eligible(self, category: str, grade_band: str) -> bool:
        """Say whether people of `category` in `grade_band` ("" for none) may be drawn."""
        return not grade_band or grade_band in self.list_bands(category)


def load_survey_rules(name: str = NATIONAL) -> SurveyRules:
    """Return the rules that ship under `name`; raise `Problem` when there are none.

    >>> load_survey_rules().majority_share
    Fraction(1, 2)
    """
    known = sorted(path.stem for path in RULES_FOLDER.glob("*.toml"))
    if name not in known:
        raise Problem(
            N_("there are no rules named {name!r}; known: {known}"),
            name=name,
            known=", ".join(known),
        )
    return read_survey_rules(RULES_FOLDER / f"{name}.toml")


def read_survey_rules(path: Path) -> SurveyRules:
    """Read rules from a TOML file; raise `Problem` naming file, key and what was expected."""
    content = _parse(path)
    top = _Table(str(path), "", content)
    categories = top.table("categories").names("value")
    bands = top.table("grade_bands").names("value")
    majority = top.table("majority")
    _expect_value(top.table("rounding"), "up")
    _expect_value(top.table("other_categories"), "equal")
    return SurveyRules(
        id=top.text("id"),
        title=top.text("title"),
        digest=digest(content),
        rate=top.table("rate").share("value"),
        categories=categories,
        majority=majority.one_of("value", categories),
        majority_share=majority.share("share"),
        areas=top.table("areas").names("value"),
        grade_bands=bands,
        eligible_grade_bands=_eligible_bands(top.table("eligible_grade_bands"), categories, bands),
        min_drawn=top.table("min_drawn").count("value"),
        min_answer_stratum=top.table("min_answer_stratum").count("value"),
        precedence=_precedence(top.table("precedence"), categories),
        citations={key: _citation(top.table(key)) for key in content if key not in ("id", "title")},
    )


def read_fraction(text: str) -> Fraction | None:
    """Return the exact value of ``"0.0015"`` or ``"3/2000"``, None when `text` is neither.

    >>> read_fraction("0.0015") == read_fraction("3/2000")
    True
    """
    if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20}|/[0-9]*[1-9][0-9]*)?", text):
        return None
    return Fraction(text)


def _parse(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(
            N_("cannot be read: {reason}"), where=str(path), reason=error.strerror or error
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(
            N_("is not TOML in UTF-8: {reason}"), where=str(path), reason=error
        ) from error


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of a rules file, which knows its place for the messages."""

    file: str
    name: str
    content: Mapping[str, object]

    def problem(self, key: str, expected: str) -> Problem:
        place = f"{self.name}.{key}" if self.name else key
        return Problem(
            N_("key {key}: expected {expected}, got {got!r}"),
            where=self.file,
            key=place,
            expected=expected,
            got=self.content.get(key),
        )

    def table(self, key: str) -> _Table:
        value = self.content.get(key)
        if not isinstance(value, dict):
            raise self.problem(key, "a table")
        return _Table(self.file, key, value)

    def text(self, key: str, *, may_be_empty: bool = False) -> str:
        value = self.content.get(key)
        if not isinstance(value, str) or not (value or may_be_empty):
            raise self.problem(key, "text")
        return value

    def one_of(self, key: str, choices: Sequence[str]) -> str:
        value = self.content.get(key)
        if value not in choices:
            raise self.problem(key, f"one of {', '.join(choices)}")
        return str(value)

    def names(self, key: str) -> tuple[str, ...]:
        value = self.content.get(key)
        if not isinstance(value, list) or not value:
            raise self.problem(key, "a list of names")
        if not all(isinstance(name, str) and name for name in value) or len(set(value)) < len(
            value
        ):
            raise self.problem(key, "a list of different names")
        return tuple(value)

    def share(self, key: str) -> Fraction:
        value = self.content.get(key)
        share = read_fraction(value) if isinstance(value, str) else None
        if share is None or not 0 < share <= 1:
            raise self.problem(key, 'text like "0.0015" or "1/2", above 0 and at most 1')
        return share

    def count(self, key: str) -> int:
        value = self.content.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.problem(key, "a whole number from 1")
        return value


def _expect_value(table: _Table, only: str) -> None:
    table.one_of("value", (only,))


def _citation(table: _Table) -> Citation:
    return Citation(
        source=table.text("source"),
        article=table.text("article", may_be_empty=True),
        quote=table.text("quote", may_be_empty=True),
        mark=table.one_of("mark", MARKS),
    )


def _eligible_bands(
    table: _Table, categories: Sequence[str], bands: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    eligible = {name: table.names(name) for name in categories if name in table.content}
    for name, chosen in eligible.items():
        if not set(chosen) <= set(bands):
            raise table.problem(name, f"bands out of {', '.join(bands)}")
    return eligible


def _precedence(table: _Table, categories: Sequence[str]) -> tuple[str, ...]:
    order = table.names("value")
    if sorted(order) != sorted(categories):
        raise table.problem("value", f"each of {', '.join(categories)} once")
    return order
