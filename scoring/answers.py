"""The table that every estimate starts from: opened papers and the answer strata they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sampling.problems import N_, Problem

CATEGORIES = ("parent", "teacher", "principal", "deputy", "cppcc", "student", "resident")


@dataclass(frozen=True, slots=True)
class Paper:
    """One opened paper: what an envelope held, and nothing about who sent it.

    `answers` gives an option code per item (`scoring.counting_rule.OPTIONS`); an item that is
    missing or empty was left blank. `flags` are the coarse fields computed at submission.
    """

    answer_stratum: str
    category: str
    answers: Mapping[str, str]
    flags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnswerStratum:
    """A published union of strata of one category; `N` counts the eligible people in it."""

    name: str
    category: str
    N: int


def check_papers(papers: Sequence[Paper], answer_strata: Sequence[AnswerStratum]) -> None:
    """Raise `Problem` unless each paper names a known answer stratum of its own category.

    Also refused: two strata of one name, an unknown category, more papers than people.
    """
    strata = {stratum.name: stratum for stratum in answer_strata}
    if len(strata) < len(answer_strata):
        raise Problem(N_("two answer strata have the same name"))
    counts = dict.fromkeys(strata, 0)
    for number, paper in enumerate(papers, start=1):
        counts[_check_paper(paper, number, strata)] += 1
    for stratum in answer_strata:
        _check_stratum(stratum, counts[stratum.name])


def _check_paper(paper: Paper, number: int, strata: Mapping[str, AnswerStratum]) -> str:
    stratum = strata.get(paper.answer_stratum)
    if stratum is None or stratum.category != paper.category:
        raise Problem(
            N_("paper {number}: category {category!r} has no answer stratum {stratum!r}"),
            number=number,
            category=paper.category,
            stratum=paper.answer_stratum,
        )
    return stratum.name


def _check_stratum(stratum: AnswerStratum, papers: int) -> None:
    if stratum.category not in CATEGORIES:
        raise Problem(
            N_("answer stratum {stratum}: expected one of {known}, got {got!r}"),
            stratum=stratum.name,
            known=", ".join(CATEGORIES),
            got=stratum.category,
        )
    if papers > stratum.N:
        raise Problem(
            N_("answer stratum {stratum}: {papers} papers from {people} people"),
            stratum=stratum.name,
            papers=papers,
            people=stratum.N,
        )
