"""The rules a sample is made by: data with a citation, read from TOML, never constants in code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from sampling.canonical import digest
from sampling.problems import N_, Problem
from sampling.toml_table import Table, read_toml

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
    content = read_toml(path)
    top = Table(content, path.name)
    tables: dict[str, Table] = {}

    def cited(key: str) -> Table:
        tables[key] = top.table(key)
        return tables[key]

    categories = cited("categories").names("value")
    bands = cited("grade_bands").names("value")
    majority = cited("majority")
    cited("rounding").choice("value", ("up",))
    cited("other_categories").choice("value", ("equal",))
    rules = SurveyRules(
        id=top.text("id"),
        title=top.text("title"),
        digest=digest(content),
        rate=cited("rate").share("value"),
        categories=categories,
        majority=majority.choice("value", categories),
        majority_share=majority.share("share"),
        areas=cited("areas").names("value"),
        grade_bands=bands,
        eligible_grade_bands=_eligible_bands(cited("eligible_grade_bands"), categories, bands),
        min_drawn=cited("min_drawn").whole("value", least=1),
        min_answer_stratum=cited("min_answer_stratum").whole("value", least=1),
        precedence=_precedence(cited("precedence"), categories),
        citations={key: _citation(table) for key, table in tables.items()},
    )
    for table in (top, *tables.values()):
        table.finish()
    return rules


def _citation(table: Table) -> Citation:
    return Citation(
        source=table.text("source"),
        article=table.text("article", empty=True),
        quote=table.text("quote", empty=True),
        mark=table.choice("mark", MARKS),
    )


def _eligible_bands(
    table: Table, categories: Sequence[str], bands: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    return {name: table.choices(name, bands) for name in categories if name in table.keys}


def _precedence(table: Table, categories: Sequence[str]) -> tuple[str, ...]:
    order = table.names("value")
    if sorted(order) != sorted(categories):
        raise table.problem("value", f"each of {', '.join(categories)} once", list(order))
    return order
