"""Papers, schools and rates for tests, made from a few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from scoring.answers import CATEGORIES, AnswerStratum, Paper
from scoring.figures import exact_text
from scoring.rule_set import load_rule_set

NATIONAL = load_rule_set("national-2017")
INDICATORS = tuple(indicator.id for indicator in NATIONAL.indicators)
TEACHER_AMOUNTS = INDICATORS[:3]
SHARED_AMOUNTS = INDICATORS[3:]


def make_papers(stratum: AnswerStratum, **counts: int) -> list[Paper]:
    """Return papers of a stratum by answer to the overall item; `blank` leaves it out."""
    return [
        Paper(stratum.name, stratum.category, {} if option == "blank" else {"overall": option})
        for option, count in counts.items()
        for _ in range(count)
    ]


def make_round(
    counts: Mapping[str, tuple[int, int, int]], people: int = 1000
) -> tuple[list[Paper], list[AnswerStratum]]:
    """Return papers and strata from {"category/stratum": (satisfied, not satisfied, unknown)}."""
    strata = [AnswerStratum(name, name.partition("/")[0], people) for name in counts]
    papers = [
        paper
        for stratum, (satisfied, dissatisfied, unknown) in zip(strata, counts.values(), strict=True)
        for paper in make_papers(
            stratum, satisfied=satisfied, dissatisfied=dissatisfied, unknown=unknown
        )
    ]
    return papers, strata


def make_county(satisfied: int, dissatisfied: int) -> tuple[list[Paper], list[AnswerStratum]]:
    """Return a round in which each category has the same numbers of papers."""
    return make_round(dict.fromkeys(CATEGORIES, (satisfied, dissatisfied, 0)))


def make_row(
    school_id: str,
    kind: str = "primary",
    *,
    primary: int = 0,
    junior: int = 0,
    senior: int = 0,
    shares: Iterable[str] = ("1",) * 7,
    **cells: str,
) -> dict[str, str]:
    """Return a row of the school table that reaches `shares` of the limits of its first section.

    For a school of one section the shares are exact; an empty share leaves the cell blank.
    """
    pupils = {"primary": primary, "junior": junior}
    stage = "primary" if primary else "junior"
    share = dict(zip(INDICATORS, shares, strict=True))
    row = {
        "school_id": school_id,
        "name": f"学校{school_id}",
        "township": "庆远镇",
        "kind": kind,
        "ownership": "public",
        "primary_pupils": str(primary),
        "junior_pupils": str(junior),
        "senior_pupils": str(senior),
    }
    for section, number in pupils.items():
        for name in TEACHER_AMOUNTS:
            row[f"{section}_{name}"] = make_amount(name, section, number, share[name])
    for name in SHARED_AMOUNTS:
        row[name] = make_amount(name, stage, primary + junior, share[name])
    return row | cells


def make_amount(indicator: str, stage: str, pupils: int, share: str) -> str:
    """Return the amount that reaches `share` of the indicator's limit, as text."""
    if not pupils or not share:
        return ""
    per = next(i.per_pupils for i in NATIONAL.indicators if i.id == indicator)
    limit = NATIONAL.rule(f"resources.{indicator}.{stage}").limit or Fraction()
    return exact_text(limit * pupils * Fraction(share) / per)


def number_rows(rows: Iterable[dict[str, str]]) -> list[tuple[int, dict[str, str]]]:
    """Return rows with the numbers they have below a header."""
    return list(enumerate(rows, start=2))
