"""People on two lists, whatever the lines look like."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from sampling.persons import Merger, merge_persons
from sampling.survey_rules import SurveyRules, load_survey_rules


class Line(NamedTuple):
    id: str
    category: str
    person: str


def test_precedence_decides_and_is_reported(rules: SurveyRules) -> None:
    lines = [
        Line("1", "parent", "A"),
        Line("2", "teacher", "A"),
        Line("3", "principal", "A"),
        Line("4", "parent", "B"),
        Line("5", "parent", ""),
        Line("6", "teacher", ""),
    ]
    people, mergers = merge_persons(lines, rules)
    assert sorted(line.id for line in people) == ["3", "4", "5", "6"]
    assert mergers == [Merger("principal", "parent", 1), Merger("principal", "teacher", 1)]


def test_between_two_children_a_digest_decides(rules: SurveyRules) -> None:
    # printf 'K\n1' | sha256sum begins with eb54, for 2 with cb2f: the smaller is kept.
    people, mergers = merge_persons([Line("1", "parent", "K"), Line("2", "parent", "K")], rules)
    assert [line.id for line in people] == ["2"]
    assert mergers == [Merger("parent", "parent", 1)]


lines = st.lists(
    st.builds(
        Line,
        st.integers(0, 10**6).map(str),
        st.sampled_from(load_survey_rules().categories),
        st.sampled_from(["", "A", "B", "C"]),
    ),
    unique_by=lambda line: line.id,
)


@given(lines, st.randoms(use_true_random=False))
def test_everybody_stands_once_whatever_the_order(lines: list[Line], random: object) -> None:
    rules = load_survey_rules()
    people, mergers = merge_persons(lines, rules)
    keys = [line.person for line in people if line.person]
    assert len(keys) == len(set(keys)) == len({line.person for line in lines} - {""})
    assert len(people) + sum(merger.rows for merger in mergers) == len(lines)
    again, told = merge_persons(sorted(lines), rules)
    assert (sorted(again), told) == (sorted(people), mergers)
