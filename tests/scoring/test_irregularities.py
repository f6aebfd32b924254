from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sampling.canonical import canonical_json
from sampling.problems import Problem
from scoring.answers import CATEGORIES, AnswerStratum, Paper
from scoring.irregularities import COLUMNS, irregularity_report
from scoring.items import Item
from scoring.link_checks import SchoolLinks, compare_schools, find_busy_hour
from scoring.publication import publishable_rows
from scoring.suppression import CellSystem, Sum, find_disclosures
from tests.scoring.makers import NATIONAL

ITEMS = [Item("overall", "as a whole", CATEGORIES)]
STRATA = [AnswerStratum(c, c, 500) for c in ("parent", "teacher", "student")]
RULE = NATIONAL.counting_rule
COLUMN = {"satisfied": "satisfied", "dissatisfied": "not_satisfied", "unknown": "not_counted"}
Group = tuple[str, str, str]
"""Category, option, speed."""
groups = st.dictionaries(
    st.tuples(
        st.sampled_from([s.category for s in STRATA]),
        st.sampled_from(list(COLUMN)),
        st.sampled_from(["normal", "fast"]),
    ),
    st.integers(0, 25),
)


def make_papers(counts: dict[Group, int]) -> list[Paper]:
    return [
        Paper(category, category, {"overall": option}, {"speed": speed})
        for (category, option, speed), number in counts.items()
        for _ in range(number)
    ]


def report(counts: dict[Group, int], **links: Any) -> dict[str, Any]:
    record = irregularity_report(make_papers(counts), STRATA, ITEMS, NATIONAL, **links)
    read: dict[str, Any] = json.loads(canonical_json(record))
    return read


def entry(record: dict[str, Any], flag: str = "speed") -> dict[str, Any]:
    (found,) = [each for each in record["flags"] if each["id"] == flag]
    return dict(found)


def sentences(record: dict[str, Any]) -> list[str]:
    return [word["message"].format(**word["values"]) for word in record["words"]]


LARGE: dict[Group, int] = {
    (c, option, speed): number
    for c in ("parent", "teacher", "student")
    for (option, speed), number in {
        ("satisfied", "normal"): 60,
        ("dissatisfied", "normal"): 12,
        ("unknown", "normal"): 6,
        ("satisfied", "fast"): 30,
        ("dissatisfied", "fast"): 5,
    }.items()
}


def test_the_rate_with_and_without_flagged_papers() -> None:
    record = report(LARGE)
    found = entry(record)
    assert found["flagged"] == 105
    assert found["by_category"] == {"parent": 35, "teacher": 35, "student": 35}
    assert found["by_outcome"] == {"satisfied": 90, "not_satisfied": 15, "not_counted": 0}
    assert found["with"] == {"numerator": 270, "denominator": 321, "met": False}
    assert found["without"] == {"numerator": 180, "denominator": 216, "met": False}
    assert found["parents"]["without"] == {"numerator": 60, "denominator": 72, "met": False}
    assert entry(record, "any")["without"] == found["without"]
    assert "flag speed: 105 of 339 papers" in sentences(record)


def test_an_outcome_that_hangs_on_flagged_papers_is_said() -> None:
    """18 of 20 with the fast ones, 40 of 50 without: 85 % is reached with them only."""
    counts = {
        ("parent", "satisfied", "normal"): 40,
        ("parent", "dissatisfied", "normal"): 10,
        ("parent", "satisfied", "fast"): 50,
        ("parent", "dissatisfied", "fast"): 5,
    }
    record = report(counts)
    assert (entry(record)["with"]["met"], entry(record)["without"]["met"]) == (True, False)
    assert "flag speed: without these papers the outcome would be another" in sentences(record)


def test_two_flagged_papers_are_in_no_figure() -> None:
    counts = {**LARGE, ("parent", "satisfied", "fast"): 2, ("parent", "dissatisfied", "fast"): 0}
    found = entry(report(counts))
    assert found["by_category"]["parent"] is None
    assert sum(found["by_category"][c] is None for c in found["by_category"]) >= 2 or (
        found["flagged"] is None
    )
    assert found["parents"]["without"] is None


def test_it_never_judges() -> None:
    record = report(LARGE)
    assert set(record) == {"format", "kind", "papers", "min_cell", "flags", "links", "words"}
    assert sentences(record)[0].startswith("These are signs for a person to look at.")


def test_links_are_beside_and_never_inside_the_answers() -> None:
    rows = [SchoolLinks("S0", "parent", 30, 30)]
    rows += [SchoolLinks(f"S{i}", "parent", 30, 18) for i in range(1, 10)]
    record = report(LARGE, schools=compare_schools(rows), busy_hour=find_busy_hour([90, 10]))
    (school,) = record["links"]["schools"]
    assert (school["school"], school["value"]) == ("S0", "high")
    assert record["links"]["busy_hour"] == {"submissions": 90, "share": "0.9", "value": "busy"}
    assert sentences(record)[-2:] == [
        "schools that answered unusually often or seldom: 1",
        "one hour brought 90 submissions, 90 per cent of all",
    ]


@settings(max_examples=25, deadline=None)
@given(groups)
@example(
    {
        ("parent", "dissatisfied", "fast"): 24,
        ("teacher", "satisfied", "fast"): 12,
        ("teacher", "dissatisfied", "fast"): 1,
    }
)
@example(
    {
        ("parent", "satisfied", "normal"): 4,
        ("parent", "satisfied", "fast"): 5,
        ("parent", "dissatisfied", "normal"): 1,
    }
)
def test_no_small_group_of_flagged_papers_can_be_told(counts: dict[Group, int]) -> None:
    """From the report and the published tally together, put together anew from the record."""
    papers, record = make_papers(counts), report(counts)
    cells = [(s.category, speed, column) for s in STRATA for speed in "nf" for column in COLUMNS]
    number = {cell: i for i, cell in enumerate(cells)}
    truth = Counter((p.category, p.flags["speed"][0], COLUMN[p.answers["overall"]]) for p in papers)

    def add_up(categories: Any, speeds: str, columns: Any) -> Sum:
        keys = [(c, s, col) for c in categories for s in speeds for col in columns]
        return Sum(frozenset(number[key] for key in keys))

    everybody = [s.category for s in STRATA]
    found = entry(record)
    shown = [(add_up(everybody, "f", COLUMNS), found["flagged"])]
    shown += [(add_up([c], "f", COLUMNS), n) for c, n in found["by_category"].items()]
    shown += [(add_up(everybody, "f", [c]), n) for c, n in found["by_outcome"].items()]
    for who, rates in ((everybody, found), (["parent"], found["parents"])):
        if rates["without"] is not None:
            whole, rest = rates["with"], rates["without"]
            less = whole["numerator"] - rest["numerator"]
            valid = whole["denominator"] - rest["denominator"]
            shown.append((add_up(who, "f", ["satisfied"]), less))
            shown.append((add_up(who, "f", ["not_satisfied"]), valid - less))
    told = [
        add_up(row.categories, "nf", [column])
        for row in publishable_rows(papers, STRATA, RULE)
        for column in COLUMNS
    ]
    told += [add_up([c], "nf", COLUMNS) for c in everybody]
    system = CellSystem(
        tuple(truth[cell] for cell in cells), tuple(figure for figure, _ in shown), tuple(told)
    )
    for figure, value in shown:
        assert value is None or value == figure.value(system.counts)
    hidden = [j for j, (_, value) in enumerate(shown) if value is None]
    assert find_disclosures(system, hidden, NATIONAL.min_cell) == []


def test_papers_that_fit_no_stratum_are_refused() -> None:
    with pytest.raises(Problem):
        irregularity_report([Paper("x", "parent", {})], STRATA, ITEMS, NATIONAL)
