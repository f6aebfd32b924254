"""The parts of a rule: what of the county's data each one measures, and how.

A rule is made of parts out of a closed list of measures, so that a new scheme is data and not
code. Each part says which figures, tables and columns it reads; a verdict shows every part.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from scoring.citations import Citation, Title
from scoring.limits import Limit


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of one row: its column (divided by `per`, if given) against options or a limit.

    `column` is a column of the row's table, or ``school.NAME`` for one of the school that the
    row belongs to. Either `options` is not empty (the value is one of them) or `comparison`
    and `limit` stand: a number, or for a column of kind month its number of months
    (`scoring.data_tables.months`). `limit_text` is the limit as the rule set has it.
    """

    column: str
    per: str = ""
    options: tuple[str, ...] = ()
    comparison: str = ""
    limit_text: str = ""
    limit: Fraction | None = None


@dataclass(frozen=True, slots=True)
class FigurePart:
    """A figure of the county, or the ratio of two sums of figures, against a limit.

    `plus` and `minus` are ids of figures that are added and taken away, `per_plus` and
    `per_minus` those of the denominator (both empty: no denominator). The limit is a number, or
    the figure `limit_figure` compared by `comparison`; without either the value is only shown.
    With `may_be_empty` a ratio of 0 to 0 concerns nobody: it is shown and decides nothing.
    """

    id: str
    title: Title
    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()
    per_plus: tuple[str, ...] = ()
    per_minus: tuple[str, ...] = ()
    limit: Limit | None = None
    limit_figure: str = ""
    comparison: str = ""
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class EveryPart:
    """Every row of `table` under all of `where` passes all of `checks`: never an average.

    What is measured is the number of rows that do not, which must be 0, and which they are. Where
    no row is under `where` nothing was measured, unless the part `may_be_empty`. With
    `years_before` above 0 the table is `years` and the rows are those of as many years before
    the year of the figure `before`, each of which must be there.
    """

    id: str
    title: Title
    table: str
    where: tuple[Condition, ...]
    checks: tuple[Condition, ...]
    may_be_empty: bool = False
    years_before: int = 0
    before: str = ""


@dataclass(frozen=True, slots=True)
class RoomsPart:
    """Every school under `where` has a room of `uses` for each `per_classes` classes begun.

    Rooms are rows of `special_rooms`; only those that pass `checks` count. The number needed is
    the school's classes (rows of `classes`) divided by `per_classes`, rounded up.
    """

    id: str
    title: Title
    uses: tuple[str, ...]
    per_classes: int
    where: tuple[Condition, ...]
    checks: tuple[Condition, ...]


ANSWERS = {
    "yes": "是",
    "no": "否",
    "poor": "较差",
    "fair": "一般",
    "good": "良好",
    "excellent": "优秀",
}
"""What a judgement can be, by code."""


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """A judgement by a person with evidence: yes or no, or a grade.

    It holds when the answer is one of `accepted`; `options` are all answers, codes of `ANSWERS`.
    `title` is the question.
    """

    id: str
    title: Title
    options: tuple[str, ...]
    accepted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NeverFallsPart:
    """A column of `years` (divided by `per`) that is never below the year before (只增不减).

    Consecutive years are compared, at least `years` of them.
    """

    id: str
    title: Title
    column: str
    per: str = ""
    years: int = 2


@dataclass(frozen=True, slots=True)
class YearsBetweenPart:
    """Whole years on the calendar from the date figure `since` to `until`, against a limit."""

    id: str
    title: Title
    since: str
    until: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class RulesPart:
    """All findings of other rules are met: ids, or prefixes that end in a full stop."""

    id: str
    title: Title
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SchoolSharePart:
    """The share of schools whose sections of `stage` all meet `rules`, against a limit.

    An empty `stage` means both. With `is_rise` the rise of that share over the year before is
    measured, in shares of all schools (0.15 is 15 percentage points).
    """

    id: str
    title: Title
    rules: tuple[str, ...]
    stage: str
    limit: Limit
    is_rise: bool = False


@dataclass(frozen=True, slots=True)
class RecognisedPart:
    """The county has passed the stage of the procedure that is named, for counties of a plan."""

    id: str
    title: Title
    stage: str


Part = (
    FigurePart
    | EveryPart
    | RoomsPart
    | AnswerPart
    | NeverFallsPart
    | YearsBetweenPart
    | RulesPart
    | SchoolSharePart
    | RecognisedPart
)

MEASURES: dict[type, str] = {
    FigurePart: "figure",
    EveryPart: "every",
    RoomsPart: "rooms_per_classes",
    AnswerPart: "answer",
    NeverFallsPart: "never_falls",
    YearsBetweenPart: "years_between",
    RulesPart: "rules",
    SchoolSharePart: "share_of_schools",
    RecognisedPart: "recognised",
}
"""The name of each measure in a rule set."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Another reading of a rule (mark ?): measured and shown beside it, never decisive."""

    id: str
    title: Title
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Relief:
    """A dated easing of a rule, off until its `id` is switched on, printed where it was used.

    The same id may stand in several places: it is the name of the switch. It eases the parts
    named in `parts` (the rule itself where there are none, as for an indicator) for rows that
    pass all of `when`: either the limit becomes `limit`, or the column `add` is counted in.
    A row whose columns of `when` are blank gets no relief. What is added to an amount that the
    sections do not share stands in the columns ``primary_ADD`` and ``junior_ADD``.
    """

    id: str
    title: Title
    in_force_from: str
    citation: Citation
    parts: tuple[str, ...]
    when: tuple[Condition, ...]
    limit_text: str = ""
    limit: Fraction | None = None
    add: str = ""
