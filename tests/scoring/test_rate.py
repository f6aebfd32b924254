from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sampling.canonical import canonical_json
from sampling.problems import Problem
from scoring.answers import CATEGORIES, AnswerStratum, Paper
from scoring.judgement import HELD_BACK
from scoring.publication import published_tally
from scoring.rate import check_rate, recognition_rate
from tests.scoring.makers import NATIONAL, make_county, make_papers, make_round


def rate_of(county: tuple[list[Paper], list[AnswerStratum]]) -> Any:
    return recognition_rate(*county, NATIONAL)


@pytest.mark.parametrize(("satisfied", "dissatisfied", "met"), [(17, 3, True), (96, 17, False)])
def test_the_official_rate_is_the_pooled_count(
    satisfied: int, dissatisfied: int, met: bool
) -> None:
    rate = rate_of(make_round({"parent": (satisfied, dissatisfied, 7)}))
    assert rate["official"]["numerator"] == satisfied
    assert rate["official"]["denominator"] == satisfied + dissatisfied
    assert rate["official"]["met"] is met
    assert rate["official"]["parents"] == {
        "numerator": satisfied, "denominator": satisfied + dissatisfied}  # fmt: skip
    assert (rate["excluded"], rate["blank"]) == (7, 0)


def test_the_pooled_and_the_weighted_rate_are_two_quantities() -> None:
    """Half the papers are parents', nearly all people are residents."""
    strata = [AnswerStratum("parent", "parent", 1000), AnswerStratum("resident", "resident", 99000)]
    papers = [
        *make_papers(strata[0], satisfied=95, dissatisfied=5),
        *make_papers(strata[1], satisfied=70, dissatisfied=30),
    ]
    rate = rate_of((papers, strata))
    assert rate["official"]["estimate"] == 0.825
    assert rate["weighted"]["estimate"] == pytest.approx(0.7025)
    assert "not judged" in rate["weighted"]["label"]


def test_the_interval_belongs_to_the_official_figure() -> None:
    rate = rate_of(make_county(54, 6))
    ci = rate["official"]["ci"]
    assert (ci["method"], ci["level"]) == ("korn-graubard", 0.95)
    assert ci["low"] < rate["official"]["estimate"] == 0.9 < ci["high"]
    assert rate["official"]["df"] == 7 * 60 - 7
    assert rate["official"]["n_eff"] <= 420
    assert rate["parents_ci"]["low"] < ci["low"]


def test_words_are_of_the_interval_and_the_outcome_is_of_the_count() -> None:
    rate = rate_of(make_round({"parent": (86, 14, 0)}, people=60000))
    assert rate["official"]["met"] is True
    assert rate["words"] == "not shown either way"


def test_a_census_is_a_point() -> None:
    rate = rate_of(make_round({"parent": (17, 3, 0)}, people=20))
    assert rate["official"]["ci"] == {"method": "point", "level": 0.95, "low": 0.85, "high": 0.85}
    assert rate["words"] == "shown to be met"


@pytest.mark.parametrize(
    ("counts", "depends"),
    [
        ({"satisfied": 90, "dissatisfied": 10}, False),
        ({"satisfied": 80, "basically": 10, "dissatisfied": 10}, True),
        ({"satisfied": 86, "dissatisfied": 14, "unknown": 10}, True),
        ({"satisfied": 50, "dissatisfied": 50, "unknown": 50}, False),
    ],
)
def test_an_outcome_that_hangs_on_the_reading_says_so(
    counts: dict[str, int], depends: bool
) -> None:
    stratum = AnswerStratum("parent", "parent", 5000)
    rate = rate_of((make_papers(stratum, **counts), [stratum]))
    assert rate["depends_on_reading"] is depends
    assert len(rate["readings"]) == 4
    assert [r["is_official"] for r in rate["readings"]] == [True, False, False, False]
    assert len({r["met"] for r in rate["readings"]}) == 1 + depends


def test_a_reading_shows_no_option_that_few_chose() -> None:
    stratum = AnswerStratum("parent", "parent", 5000)
    papers = make_papers(stratum, satisfied=80, basically=4, dissatisfied=9, unknown=6, blank=0)
    rate = rate_of((papers, [stratum]))
    assert [r["numerator"] for r in rate["readings"]] == [84, 84, None, None]
    assert [r["denominator"] for r in rate["readings"]] == [93, 99, None, None]
    assert all(r["met"] is not None for r in rate["readings"])


@pytest.mark.parametrize(
    ("counts", "numerators"),
    [
        # Without 基本满意 fewer than five are satisfied: the reading's numerator is a small cell.
        ({"satisfied": 2, "mostly": 1, "basically": 80, "dissatisfied": 9}, [83, None, None, None]),
        # Two did not fill it in: a denominator that holds 不了解 would be all papers but those two.
        ({"satisfied": 80, "basically": 9, "dissatisfied": 9, "unknown": 6, "blank": 2},
         [89, None, 80, None]),
        # What the form prints is printed, and a reading may repeat it.
        ({"satisfied": 3, "dissatisfied": 90, "unknown": 6}, [3, 3, None, None]),
        ({"basically": 80, "dissatisfied": 9, "unknown": 6}, [80, 80, 0, 0]),
    ],
)  # fmt: skip
def test_a_reading_shows_no_small_cell_of_its_own(
    counts: dict[str, int], numerators: list[int | None]
) -> None:
    stratum = AnswerStratum("parent", "parent", 5000)
    rate = rate_of((make_papers(stratum, **counts), [stratum]))
    assert [r["numerator"] for r in rate["readings"]] == numerators


@pytest.mark.parametrize(
    ("unknown", "blank", "shown"),
    [
        (6, 5, (6, 5)),
        (6, 0, (6, 0)),
        (0, 9, (0, 9)),
        (0, 0, (0, 0)),
        (6, 2, (None, None)),
        (4, 9, (None, None)),
        (0, 3, (None, None)),
    ],
)
def test_few_that_do_not_know_are_not_told_from_blanks(
    unknown: int, blank: int, shown: tuple[int | None, int | None]
) -> None:
    stratum = AnswerStratum("parent", "parent", 5000)
    papers = make_papers(stratum, satisfied=80, dissatisfied=9, unknown=unknown, blank=blank)
    rate = rate_of((papers, [stratum]))
    assert (rate["excluded"], rate["blank"]) == shown
    if shown == (None, None):
        assert rate["readings"][1]["denominator"] is None


def test_a_small_category_shows_its_papers_only() -> None:
    papers, strata = make_round(
        {"parent": (99, 9, 9), "principal": (30, 1, 9), "deputy": (31, 9, 9), "student": (60, 9, 9)}
    )
    rows = {row["category"]: row for row in rate_of((papers, strata))["categories"]}
    assert rows["parent"] == {
        "category": "parent", "papers": 117, "numerator": 99, "denominator": 108}  # fmt: skip
    assert rows["student"]["numerator"] == 60
    for name in ("principal", "deputy"):
        assert (rows[name]["numerator"], rows[name]["denominator"]) == (None, None)
    assert rows["principal"]["papers"] == 40


@pytest.mark.parametrize("counts", [{}, {"unknown": 9}, {"blank": 9}])
def test_without_a_valid_paper_there_is_no_rate(counts: dict[str, int]) -> None:
    stratum = AnswerStratum("parent", "parent", 5000)
    rate = rate_of((make_papers(stratum, **counts), [stratum]))
    assert rate["official"]["met"] is None
    assert rate["official"]["estimate"] is None
    assert rate["words"] == "not shown either way"
    assert rate["depends_on_reading"] is ("unknown" in counts)


counts = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))


@given(st.fixed_dictionaries(dict.fromkeys((*CATEGORIES, "parent/b", "student/b"), counts)))
def test_a_rate_is_always_a_record(county: dict[str, tuple[int, int, int]]) -> None:
    """Never NaN, always the same bytes, always through JSON and back."""
    rate = rate_of(make_round(county, people=60))
    assert json.loads(canonical_json(rate)) == rate
    assert canonical_json(rate) == canonical_json(rate_of(make_round(county, people=60)))


FAULTS: list[tuple[list[str], object, str]] = [
    (["kind"], "answers", "expected a rate record, got kind 'answers'"),
    (["rule", "digest"], "0" * 64, "counted under rule set national-2017"),
    (["official", "numerator"], 9999, "9999 of 420 papers"),
    (["official", "numerator"], 378.0, "not whole numbers"),
    (["official", "numerator"], True, "not whole numbers"),
    (["official", "denominator"], -1, "378 of -1 papers"),
    (["official", "numerator"], 100, "outcome is not that of 100 of 420"),
    (["official"], None, "expected a rate record"),
]


@pytest.mark.parametrize(("path", "value", "message"), FAULTS)
def test_a_rate_that_cannot_be_is_refused(path: list[str], value: object, message: str) -> None:
    rate = copy.deepcopy(rate_of(make_county(54, 6)))
    assert check_rate(rate, NATIONAL) == (378, 420)
    *outer, key = path
    place = rate[outer[0]] if outer else rate
    place[key] = value
    with pytest.raises(Problem, match=message):
        check_rate(rate, NATIONAL)


def test_everybody_satisfied_and_a_category_with_one_paper_still_have_an_interval() -> None:
    strata = [AnswerStratum("parent", "parent", 1000), AnswerStratum("principal", "principal", 50)]
    papers = [*make_papers(strata[0], satisfied=20), *make_papers(strata[1], satisfied=1)]
    rate = rate_of((papers, strata))
    canonical_json(rate)  # no NaN anywhere
    assert (rate["official"]["numerator"], rate["official"]["denominator"]) == (21, 21)
    assert 0.5 < rate["official"]["ci"]["low"] < rate["official"]["ci"]["high"] == 1


def make_merged_round(urban: int, rural: int) -> tuple[list[Paper], list[AnswerStratum]]:
    """Return two strata of parents, not satisfied as given, and a stratum of teachers."""
    sizes = {"parent/urban": (urban, 80, 9000), "parent/rural": (rural, 330, 41000)}
    strata, papers = [], []
    for name, (dissatisfied, of, people) in (sizes | {"teacher": (8, 70, 4500)}).items():
        strata.append(AnswerStratum(name, name.partition("/")[0], people))
        counts = {"satisfied": of - dissatisfied, "dissatisfied": dissatisfied}
        papers += make_papers(strata[-1], **counts)
    return papers, strata


@pytest.mark.parametrize("urban", range(1, 5))
def test_nothing_in_the_record_tells_united_strata_apart(urban: int) -> None:
    """Nought to four dissatisfied urban parents: the same bytes, sharp figures and all."""
    rate = rate_of(make_merged_round(urban, 48 - urban))
    assert [row["numerator"] for row in rate["categories"]] == [362, 62]
    assert rate["official"]["estimate"] == round(424 / 480, 4)
    assert canonical_json(rate) == canonical_json(rate_of(make_merged_round(0, 48)))


def test_categories_that_share_a_row_are_told_as_one() -> None:
    """Whoever of the teachers and principals was dissatisfied: the same bytes."""
    strata = [AnswerStratum(name, name, 1000) for name in ("parent", "teacher", "principal")]

    def rate(teachers: int, principals: int) -> Any:
        counts = ((60, 12), (9 - teachers, teachers), (11 - principals, principals))
        papers = [
            paper
            for stratum, (satisfied, dissatisfied) in zip(strata, counts, strict=True)
            for paper in make_papers(stratum, satisfied=satisfied, dissatisfied=dissatisfied)
        ]
        return rate_of((papers, strata))

    found = rate(1, 4)
    assert [row["numerator"] for row in found["categories"]] == [60, None, None]
    assert found["official"]["estimate"] == round(75 / 92, 4)
    assert found["weighted"]["withheld"] is True
    assert found["weighted"]["united"] == [["teacher", "principal"]]
    assert found["weighted"]["estimate"] is found["weighted"]["ci"] is None
    assert found["readings"][0]["by_category"] == {"share": None, "met": None}
    warnings = [row["warning"] for row in found["judgement"]["categories"]]
    assert warnings == [None, HELD_BACK, HELD_BACK]
    for teachers in range(6):
        assert canonical_json(rate(teachers, 5 - teachers)) == canonical_json(found)


@given(st.data())
def test_the_record_is_a_function_of_what_is_published(data: st.DataObject) -> None:
    """Papers that change places inside a published row change no byte of the record."""
    cells = st.tuples(st.integers(0, 30), st.integers(0, 9), st.integers(0, 6))
    names = ("parent/a", "parent/b", "teacher/a", "teacher/b", "teacher/c")
    papers, strata = make_round(data.draw(st.fixed_dictionaries(dict.fromkeys(names, cells))))
    rows: list[Any] = published_tally(papers, strata, NATIONAL.counting_rule)
    row_of = {name: tuple(row["answer_strata"]) for row in rows for name in row["answer_strata"]}
    moved = [
        replace(paper, answers=other.answers)
        for group in {*row_of.values()}
        for own in [[p for p in papers if p.answer_stratum in group]]
        for paper, other in zip(own, data.draw(st.permutations(own)), strict=True)
    ]
    assume(published_tally(moved, strata, NATIONAL.counting_rule) == rows)
    assert canonical_json(rate_of((moved, strata))) == canonical_json(rate_of((papers, strata)))


def test_strata_that_are_rows_of_their_own_are_weighted_by_their_people() -> None:
    rate = rate_of(make_merged_round(5, 43))
    parents = Fraction(9000, 50000) * Fraction(75, 80) + Fraction(41000, 50000) * Fraction(287, 330)
    pooled = (410 * parents + 62) / 480
    assert rate["official"]["estimate"] == round(float(pooled), 4)
    assert rate["weighted"]["withheld"] is False


def test_a_category_without_papers_closes_no_other() -> None:
    papers, strata = make_round({"parent": (80, 9, 9), "teacher": (50, 9, 9)})
    rate = rate_of((papers, [*strata, AnswerStratum("principal", "principal", 68)]))
    assert [row["numerator"] for row in rate["categories"]] == [80, 50]
    assert rate["weighted"]["categories_without_papers"] == ["principal"]
    assert rate["weighted"]["estimate"] is not None


def make_item_paper(overall: str, *options: str) -> Paper:
    items = {f"q{number}": option for number, option in enumerate(options, start=1)}
    return Paper("parent", "parent", {"overall": overall, **items})


ITEM_ROUND = (
    [
        *[make_item_paper("satisfied", "satisfied", "satisfied")] * 60,
        *[make_item_paper("mostly", "satisfied", "basically")] * 20,
        *[make_item_paper("satisfied", "dissatisfied", "unknown")] * 10,
        *[make_item_paper("dissatisfied", "basically", "")] * 10,
    ],
    [AnswerStratum("parent", "parent", 5000)],
)


def test_readings_by_items_stand_beside_the_overall_item() -> None:
    rate: Any = recognition_rate(*ITEM_ROUND, NATIONAL, items=["overall", "q1", "q2"])
    assert rate["rule"]["items"] == ["q1", "q2"]
    counted = {
        (r["mode"], len(r["satisfied"]), len(r["excluded"])): (r["numerator"], r["denominator"])
        for r in rate["readings"]
    }
    assert len(rate["readings"]) == len(counted) == 4 + 4 + 4 + 2
    assert counted["overall item", 3, 1] == (90, 100)
    assert counted["every item", 3, 1] == (90, 100)
    assert counted["every item", 2, 1] == (60, 100)
    assert counted["mean of items", 3, 1] == (170, 180)
    assert counted["mean of items", 3, 0] == (170, 190)
    assert counted["mean score", 0, 1] == (60 * 6 + 20 * 4 + 10, 3 * 180)
    assert counted["mean score", 0, 0] == (450, 3 * 190)
    assert [r["unit"] for r in rate["readings"]] == ["papers"] * 8 + ["answers"] * 4 + [
        "points"
    ] * 2
    assert [r["is_official"] for r in rate["readings"]] == [True, *[False] * 13]
    assert rate["depends_on_reading"] is True
    assert rate["judgement"]["depends_on"] == ["mode"]


@pytest.mark.parametrize(
    ("mode", "numerator", "denominator", "share"),
    [
        ("every item", 90, 100, Fraction(9, 10)),
        ("mean of items", 170, 180, Fraction(17, 18)),
        ("mean score", 450, 540, Fraction(5, 6)),
    ],
)
def test_any_mode_can_judge(mode: str, numerator: int, denominator: int, share: Fraction) -> None:
    counting = replace(NATIONAL.counting_rule, mode=mode, items=("q1", "q2"))
    rule_set = replace(NATIONAL, counting_rule=counting)
    rate: Any = recognition_rate(*ITEM_ROUND, rule_set)
    assert (rate["official"]["numerator"], rate["official"]["denominator"]) == (
        numerator, denominator)  # fmt: skip
    assert rate["official"]["met"] is (share >= Fraction(17, 20))
    assert rate["official"]["estimate"] == round(float(share), 4)
    assert rate["official"]["ci"]["low"] < float(share) < rate["official"]["ci"]["high"]
    assert rate["readings"][0]["is_official"] is True
    assert rate["readings"][0]["mode"] == mode
    assert check_rate(rate, rule_set) == (numerator, denominator)


def test_the_judgement_says_what_the_rate_is_worth() -> None:
    stratum = AnswerStratum("parent", "parent", 50000)
    papers = make_papers(stratum, satisfied=87, dissatisfied=13, unknown=5)
    rate: Any = recognition_rate(papers, [stratum], NATIONAL, issued={"parent": 150})
    judged = rate["judgement"]
    assert judged["met"] is rate["official"]["met"] is True
    assert judged["words"] == rate["words"] == "not shown either way"
    assert (judged["margin"], judged["valid_papers"]) == (3, 100)
    assert judged["settled_by"] > 1000
    assert judged["non_response"] == {
        "issued": 150, "papers": 105, "non_respondents": 45, "answer": "not_satisfied",
        "turned_by": 3, "can_turn": True, "needed_satisfied": 37}  # fmt: skip
    (category,) = judged["categories"]
    assert category["words"] == "not shown either way"
    assert category["ci"] == rate["parents_ci"] == rate["official"]["ci"]


def test_without_issued_people_nothing_is_said_of_them() -> None:
    assert rate_of(make_county(54, 6))["judgement"]["non_response"] is None


def test_the_round_is_part_of_the_rate() -> None:
    county = make_county(54, 6)
    rate = recognition_rate(*county, NATIONAL, county="宜州区", round_name="2026", rehearsal=True)
    assert [rate[key] for key in ("county", "round", "rehearsal")] == ["宜州区", "2026", True]
    assert [rate_of(county)[key] for key in ("county", "round", "rehearsal")] == ["", "", False]


def test_no_number_is_a_whole_float() -> None:
    """812.0 and 812 are one number to JSON and two to a digest."""
    census = make_round({"parent": (20, 0, 0)}, people=20)
    for county in (make_county(54, 6), make_round({"parent": (20, 0, 0)}), census):
        text = canonical_json(rate_of(county))
        assert not re.search(r"\d\.0\b", text), text
