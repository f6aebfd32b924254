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

# Soft rules, in the order in which they are served where a rule set gives no other.
MIN_DRAWN = "min_drawn"
CATEGORIES_EQUAL = "categories_equal"
BANDS_EQUAL = "grade_bands_equal"
AREAS_IN_PROPORTION = "areas_in_proportion"
SOFT_RULES = (MIN_DRAWN, CATEGORIES_EQUAL, BANDS_EQUAL, AREAS_IN_PROPORTION)
DEFICITS = ("majority", "others")


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule stands; `mark` is T (in the text), P (in public practice) or ? (open)."""

    source: str
    article: str
    quote: str
    mark: str


@dataclass(frozen=True, slots=True)
class SizeFloor:
    """At least `n` people are drawn in a county of fewer than `below` residents."""

    below: int
    n: int


@dataclass(frozen=True, slots=True)
class SurveyRules:
    """The sampling rules of one scheme.

    `rate` is people drawn per resident, `majority_share` the least share (0-1) of the sample that
    the `majority` category holds (家长 at least half), `eligible_grade_bands` the bands a category
    is drawn from. `min_drawn` and `min_answer_stratum` are counts of people. `digest` is the
    SHA-256 of the file's content as canonical JSON.

    A file may leave these out: `size_floors`, the least samples by residents; `frame_cap`, the
    greatest share of the frame that is drawn (without it a sample that the frame cannot fill is
    refused); `max_share`, the greatest share of a category other than the majority that is drawn;
    `deficit`, to whom goes what such a category cannot give; `soft_rules`, their order.
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
    size_floors: tuple[SizeFloor, ...] = ()
    frame_cap: Fraction | None = None
    max_share: Fraction = Fraction(1)
    deficit: str = "majority"
    soft_rules: tuple[str, ...] = SOFT_RULES

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


def find_survey_rules(text: str) -> SurveyRules:
    """Return the rules that ship under a name, or those of a file, known by its ending .toml."""
    return read_survey_rules(Path(text)) if text.endswith(".toml") else load_survey_rules(text)


def read_survey_rules(path: Path) -> SurveyRules:
    """Read rules from a TOML file; raise `Problem` naming file, key and what was expected."""
    content = read_toml(path)
    top = Table(content, path.name)
    tables: dict[str, Table] = {}

    def cited(key: str) -> Table:
        tables[key] = top.table(key)
        return tables[key]

    def given(key: str) -> Table | None:
        return cited(key) if key in top.keys else None

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
        size_floors=_size_floors(given("size_floor")),
        frame_cap=_frame_cap(given("frame_cap")),
        max_share=_max_share(given("max_share")),
        deficit=_deficit(given("deficit")),
        soft_rules=_soft_rules(given("soft_rules")),
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


def _size_floors(table: Table | None) -> tuple[SizeFloor, ...]:
    if table is None:
        return ()
    floors = []
    for entry in table.entries("steps"):
        floors.append(SizeFloor(entry.whole("below", least=1), entry.whole("n", least=1)))
        entry.finish()
    return tuple(floors)


def _frame_cap(table: Table | None) -> Fraction | None:
    return None if table is None else _share_or_all(table)


def _max_share(table: Table | None) -> Fraction:
    return Fraction(1) if table is None else _share_or_all(table)


def _share_or_all(table: Table) -> Fraction:
    share = table.number("value")
    if not 0 < share <= 1:
        raise table.problem("value", "a number above 0 and at most 1", str(share))
    return share


def _deficit(table: Table | None) -> str:
    return DEFICITS[0] if table is None else table.choice("value", DEFICITS)


def _soft_rules(table: Table | None) -> tuple[str, ...]:
    if table is None:
        return SOFT_RULES
    order = table.names("value")
    # What is inside a category can be shared out only when the category's number stands.
    if sorted(order) != sorted(SOFT_RULES) or order[:2] != SOFT_RULES[:2]:
        expected = f"{SOFT_RULES[0]}, {SOFT_RULES[1]} and then {SOFT_RULES[2]} and {SOFT_RULES[3]}"
        raise table.problem("value", f"{expected} in either order", list(order))
    return order
