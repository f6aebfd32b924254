from __future__ import annotations

import pytest

from sampling.problems import Problem
from scoring.answers import AnswerStratum, Paper, check_papers

PARENTS = AnswerStratum("parent/urban", "parent", 2)
PAPER = Paper("parent/urban", "parent", {"overall": "mostly"})


def test_papers_that_fit_pass() -> None:
    check_papers([PAPER, PAPER], [PARENTS])


@pytest.mark.parametrize(
    ("papers", "strata", "message"),
    [
        ([PAPER] * 3, [PARENTS], "parent/urban: 3 papers from 2 people"),
        ([PAPER], [], "paper 1: category 'parent' has no answer stratum 'parent/urban'"),
        ([PAPER, Paper("parent/urban", "teacher", {})], [PARENTS], "paper 2: category 'teacher'"),
        ([], [PARENTS, PARENTS], "same name"),
        ([], [AnswerStratum("x", "parents", 5)], "x: expected one of parent, teacher.*'parents'"),
    ],
)
def test_papers_that_do_not_fit_are_refused(
    papers: list[Paper], strata: list[AnswerStratum], message: str
) -> None:
    with pytest.raises(Problem, match=message):
        check_papers(papers, strata)
