"""Quality flags (标记): what is looked at, how it is defined, what the literature says of it.

The definitions are data (`quality_flags.toml`). A flag is a sign for a person to judge; no paper
is deleted or weighted down because of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

from sampling.problems import N_, Problem
from sampling.toml_table import Table, read_toml
from scoring.answers import Paper
from scoring.items import BLANK, Item, choice, items_of
from scoring.near_duplicates import find_near_duplicates

CATALOGUE = Path(__file__).parent / "quality_flags.toml"
ENVELOPE, PAPERS, LINKS = PLACES = ("envelope", "papers", "links")
LANGUAGES = ("zh", "en")
LIMITS = ("fast", "very_fast", "least_items", "some", "many", "minutes", "least_alike", "chance",
          "share", "least")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag.

    seen_in
        ``"envelope"``: a field that is computed at the submission and comes inside the envelope;
        ``"papers"``: found among the opened papers; ``"links"``: counted on the links' side,
        where no answer is.
    values, flagged
        All values the field can have; those that count as flagged.
    limits
        The numbers of the definition.
    caution
        What else can look the same.
    """

    id: str
    seen_in: str
    values: tuple[str, ...]
    flagged: tuple[str, ...]
    limits: Mapping[str, Fraction]
    title: Mapping[str, str]
    definition: Mapping[str, str]
    caution: Mapping[str, str]
    literature: tuple[str, ...]


@cache
def load_quality_flags() -> Mapping[str, Flag]:
    """Return the flags by id; `Problem` with file and key for a faulty catalogue.

    >>> load_quality_flags()["speed"].limits["fast"]
    Fraction(2, 1)
    """
    return read_quality_flags(CATALOGUE)


def read_quality_flags(path: Path) -> Mapping[str, Flag]:
    """Return the flags of a TOML file, as `load_quality_flags`."""
    table = Table(read_toml(path), path.name)
    table.whole("format", least=1, most=1)
    flags = [_flag(entry) for entry in table.entries("flags")]
    table.finish()
    return {flag.id: flag for flag in flags}


def flag_papers(papers: Sequence[Paper], items: Sequence[Item]) -> list[frozenset[str]]:
    """Return the ids of the flags that each paper carries, in the order of the papers.

    A field that an envelope does not have is not flagged; `straight_line` is then told from the
    answers. Raises `Problem` for a value that no field has.
    """
    catalogue = load_quality_flags()
    duplicates = find_near_duplicates(papers, items, catalogue["near_duplicate"].limits)
    in_envelopes = [flag for flag in catalogue.values() if flag.seen_in == ENVELOPE]
    return [
        frozenset(
            [flag.id for flag in in_envelopes if _field(paper, items, flag) in flag.flagged]
            + ["near_duplicate"] * (number in duplicates)
        )
        for number, paper in enumerate(papers)
    ]


def speed_class(seconds: float, choice_items: int) -> str:
    """Return the speed class of a paper with so many choice items, handed in after `seconds`.

    >>> speed_class(90, 11), speed_class(15, 11), speed_class(8, 11)
    ('normal', 'fast', 'very_fast')
    """
    limits = load_quality_flags()["speed"].limits
    per_item = seconds / max(choice_items, 1)
    if per_item < limits["very_fast"]:
        return "very_fast"
    return "fast" if per_item < limits["fast"] else "normal"


def straight_line_class(choices: Iterable[str]) -> str:
    """Return ``"yes"`` where enough items were answered, all with the same option.

    >>> straight_line_class(["satisfied"] * 6), straight_line_class(["satisfied"] * 5)
    ('yes', 'no')
    """
    answered = [option for option in choices if option and option != BLANK]
    least = load_quality_flags()["straight_line"].limits["least_items"]
    return "yes" if len(answered) >= least and len(set(answered)) == 1 else "no"


def burst_class(submissions: int) -> str:
    """Return the burst class for so many submissions of an address range in the time before.

    >>> burst_class(3), burst_class(10), burst_class(30)
    ('none', 'some', 'many')
    """
    limits = load_quality_flags()["burst"].limits
    if submissions >= limits["many"]:
        return "many"
    return "some" if submissions >= limits["some"] else "none"


def _field(paper: Paper, items: Sequence[Item], flag: Flag) -> str:
    value = paper.flags.get(flag.id, "")
    if not value and flag.id == "straight_line":
        return straight_line_class(choice(paper, i) for i in items_of(items, paper.category))
    if value and value not in flag.values:
        raise Problem(
            N_("flag {flag}: expected one of {known}, got {got!r}"),
            flag=flag.id,
            known=", ".join(flag.values),
            got=value,
        )
    return value


def _flag(table: Table) -> Flag:
    values = table.names("values")
    flag = Flag(
        id=table.text("id"),
        seen_in=table.choice("seen_in", PLACES),
        values=values,
        flagged=table.choices("flagged", values),
        limits=table.table("limits").numbers(LIMITS),
        title=_wording(table.table("title")),
        definition=_wording(table.table("definition")),
        caution=_wording(table.table("caution")),
        literature=table.names("literature"),
    )
    table.finish()
    return flag


def _wording(table: Table) -> Mapping[str, str]:
    wording = {language: table.text(language) for language in LANGUAGES}
    table.finish()
    return wording
