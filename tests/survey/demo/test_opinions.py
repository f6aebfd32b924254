"""What simulated respondents do and think: repeatable, and near the shares they are made with."""

from __future__ import annotations

from collections import Counter

import pytest

from survey.demo.opinions import ANSWERS, OVERALL, REFUSES, TEMPERS, make_mind
from survey.demo.pages import read_forms

OPTIONS = ["satisfied", "mostly", "basically", "dissatisfied", "unknown"]
PEOPLE = 3000


@pytest.mark.parametrize("category", list(TEMPERS))
def test_intentions_keep_the_shares(category: str) -> None:
    intentions = Counter(make_mind(1, category, "s", i).intention for i in range(PEOPLE))
    assert abs(intentions[ANSWERS] / PEOPLE - TEMPERS[category].answers) < 0.03
    assert abs(intentions[REFUSES] / PEOPLE - TEMPERS[category].refuses) < 0.02


def test_the_overall_item_is_never_blank_and_others_sometimes_are() -> None:
    page = {OVERALL: OPTIONS, "fairness": OPTIONS}
    answers = [make_mind(1, "parent", "s", i).answer(page, ["suggestion"]) for i in range(500)]
    assert all(answer[OVERALL] in OPTIONS for answer in answers)
    assert 0 < sum("fairness" not in answer for answer in answers) < 50
    assert 0 < sum("suggestion" in answer for answer in answers) < 100


def test_the_same_person_thinks_the_same_again() -> None:
    page = {OVERALL: OPTIONS}
    first, again = (make_mind(3, "parent", "parent/urban/1-2", 4) for _ in range(2))
    assert first.intention == again.intention
    assert first.answer(page, []) == again.answer(page, [])


def test_forms_are_read_as_a_browser_sends_them() -> None:
    [form] = read_forms(
        '<input name="stray"><form method="POST" action="paper">'
        '<input type="hidden" name="csrf_token" value="t&amp;t">'
        "<input type=radio name=overall value=a><input type=radio name=overall value=b checked>"
        "<textarea name=suggestion></textarea><button>Send</button></form>"
    )
    assert (form.method, form.action) == ("post", "paper")
    assert form.hidden == {"csrf_token": "t&t"}
    assert form.options == {"overall": ["a", "b"]}
    assert form.texts == ["suggestion"]
