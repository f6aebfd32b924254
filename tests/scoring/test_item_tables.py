from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.answers import CATEGORIES, AnswerStratum, Paper
from scoring.item_tables import CHOICES, Domain, ItemTables, Line, find_domains, item_tables
from scoring.items import BLANK, Item, items_of
from scoring.publication import publishable_rows
from scoring.rate import recognition_rate
from scoring.suppression import CellSystem, Sum, find_disclosures
from tests.scoring.makers import NATIONAL

ADULTS = tuple(c for c in CATEGORIES if c != "student")
ITEMS = [
    Item("support", "equity", CATEGORIES),
    Item("admission", "equity", ADULTS),
    Item("overall", "as a whole", CATEGORIES),
]
STRATA = [
    AnswerStratum("parent/town", "parent", 400),
    AnswerStratum("parent/rural", "parent", 300),
    AnswerStratum("teacher", "teacher", 90),
    AnswerStratum("student", "student", 500),
]
RULE = NATIONAL.counting_rule
answer = st.sampled_from([*CHOICES, "satisfied", "satisfied", "satisfied"])


def make_paper(stratum: AnswerStratum, choices: tuple[str, ...]) -> Paper:
    asked = items_of(ITEMS, stratum.category)
    filled = zip(asked, choices, strict=False)
    return Paper(
        stratum.name,
        stratum.category,
        {item.id: option for item, option in filled if option != BLANK},
    )


rounds = st.lists(
    st.builds(make_paper, st.sampled_from(STRATA), st.tuples(answer, answer, answer)), max_size=60
)


def make_round(counts: dict[str, tuple[int, ...]]) -> list[Paper]:
    """Papers that answer every item alike, from counts per choice."""
    strata = {stratum.name: stratum for stratum in STRATA}
    return [
        make_paper(strata[name], (option,) * 3)
        for name, numbers in counts.items()
        for option, number in zip(CHOICES, numbers, strict=True)
        for _ in range(number)
    ]


def line(tables: ItemTables, subject: str, kind: str, name: str = "") -> Line:
    (found,) = [
        each
        for each in (*tables.items, *tables.dimensions)
        if (each.subject, each.domain.kind, each.domain.name) == (subject, kind, name)
    ]
    return found


def what_readers_see(papers: list[Paper], tables: ItemTables) -> tuple[CellSystem, frozenset[int]]:
    """The published figures as equations, put together anew from the lines alone."""
    cells = [
        (item.id, stratum.name, option)
        for item in ITEMS
        for stratum in STRATA
        if stratum.category in item.categories
        for option in CHOICES
    ]
    number = {cell: i for i, cell in enumerate(cells)}
    truth: Counter[tuple[str, str, str]] = Counter()
    for paper in papers:
        for item in items_of(ITEMS, paper.category):
            truth[item.id, paper.answer_stratum, paper.answers.get(item.id, BLANK)] += 1

    def add_up(items: tuple[str, ...], strata: tuple[str, ...], options: tuple[str, ...]) -> Sum:
        keys = [(i, s, o) for i in items for s in strata for o in options]
        return Sum(frozenset(number[key] for key in keys if key in number))

    figures: dict[Sum, bool] = {}
    for each in (*tables.items, *tables.dimensions):
        names = tuple(s.name for s in each.domain.strata)
        valid = tuple(o for o in CHOICES[:-1] if o not in RULE.excluded)
        columns: list[tuple[tuple[str, ...], int | None]] = [
            ((o,), value) for o, value in each.options.items()
        ]
        columns += [(RULE.satisfied, each.satisfied), (valid, each.valid)]
        for options, value in columns:
            figure = add_up(each.items, names, options)
            if value is not None:
                assert value == figure.value([truth[cell] for cell in cells])
            figures[figure] = figures.get(figure, True) and value is None
    told = [add_up((i.id,), (s.name,), CHOICES) for i in ITEMS for s in STRATA]
    told += [add_up(("overall",), *part) for part in what_the_rate_tells(papers)]
    system = CellSystem(
        tuple(truth[cell] for cell in cells), tuple(figures), tuple(t for t in told if t.plus)
    )
    hidden = frozenset(j for j, is_hidden in enumerate(figures.values()) if is_hidden)
    return system, hidden


def what_the_rate_tells(papers: list[Paper]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Strata and options whose count the answers and the rate certificate print."""
    everywhere = tuple(s.name for s in STRATA)
    told = [
        (row.strata, options)
        for row in publishable_rows(papers, STRATA, RULE)
        for options in (RULE.satisfied, ("dissatisfied",))
    ]
    rate: Any = recognition_rate(papers, STRATA, NATIONAL)
    for reading in rate["readings"]:
        if reading["mode"] == "overall item" and reading["numerator"] is not None:
            valid = tuple(o for o in CHOICES[:-1] if o not in reading["excluded"])
            told += [(everywhere, tuple(reading["satisfied"])), (everywhere, valid)]
    if rate["blank"] is not None:
        told.append((everywhere, (BLANK,)))
    return told


@settings(max_examples=8, deadline=None)
@given(rounds)
def test_no_small_count_can_be_told_from_all_tables_together(papers: list[Paper]) -> None:
    """Items, dimensions, domains, and the tally that the round publishes, side by side."""
    tables = item_tables(papers, STRATA, ITEMS, NATIONAL)
    assert find_disclosures(*what_readers_see(papers, tables), NATIONAL.min_cell) == []


@settings(max_examples=8, deadline=None)
@given(rounds)
def test_no_shown_figure_is_small_unless_the_form_prints_it(papers: list[Paper]) -> None:
    tables = item_tables(papers, STRATA, ITEMS, NATIONAL)
    for each in (*tables.items, *tables.dimensions):
        shown = [*each.options.values(), each.satisfied, each.valid]
        assert all(value is None or value == 0 or value >= 5 for value in shown)


def test_large_tables_are_shown_whole() -> None:
    papers = make_round({s.name: (30, 10, 8, 7, 6, 5) for s in STRATA})
    tables = item_tables(papers, STRATA, ITEMS, NATIONAL)
    assert tables.hidden == 0
    everybody = line(tables, "overall", "all")
    assert dict(everybody.options) == dict(zip(CHOICES, (120, 40, 32, 28, 24), strict=False)) | {
        BLANK: 20
    }
    assert (everybody.papers, everybody.satisfied, everybody.valid) == (264, 192, 220)
    assert everybody.share == Fraction(192, 220)


def test_who_was_not_asked_is_not_blank() -> None:
    papers = make_round({s.name: (30, 10, 8, 7, 6, 5) for s in STRATA})
    tables = item_tables(papers, STRATA, ITEMS, NATIONAL)
    admission = line(tables, "admission", "all")
    assert (admission.papers, admission.people, admission.options[BLANK]) == (198, 790, 15)
    assert not [
        each
        for each in tables.items
        if (each.subject, each.domain.name) == ("admission", "student")
    ]


def test_a_dimension_adds_up_the_answers_of_its_items() -> None:
    papers = make_round({s.name: (30, 10, 8, 7, 6, 5) for s in STRATA})
    equity = line(item_tables(papers, STRATA, ITEMS, NATIONAL), "equity", "all")
    assert equity.items == ("support", "admission")
    assert (equity.papers, equity.satisfied) == (264 + 198, 192 + 144)


def test_a_small_cell_takes_others_with_it() -> None:
    """Two who do not know among the teachers: hidden, and so is what they could be found from."""
    papers = make_round(
        {s.name: (30, 10, 8, 7, 2 if s.name == "teacher" else 6, 5) for s in STRATA}
    )
    tables = item_tables(papers, STRATA, ITEMS, NATIONAL)
    teachers = line(tables, "support", "category", "teacher")
    assert teachers.options["unknown"] is None
    assert sum(value is None for value in teachers.options.values()) >= 2
    everybody = line(tables, "support", "all")
    others = [line(tables, "support", "category", c) for c in ("parent", "student")]
    told = [everybody, *others]
    assert any(each.options["unknown"] is None for each in told)


def test_areas_are_domains_where_strata_carry_them() -> None:
    areas = {s.name: "rural" if "rural" in s.name else "town" for s in STRATA}
    domains = find_domains(STRATA, areas)
    assert [(d.kind, d.name, len(d.strata)) for d in domains if d.kind == "area"] == [
        ("area", "rural", 1),
        ("area", "town", 3),
    ]
    with pytest.raises(Problem, match="has no area"):
        find_domains(STRATA, {"teacher": "town"})


def test_the_order_of_papers_does_not_matter() -> None:
    papers = make_round({s.name: (20, 3, 1, 2, 4, 1) for s in STRATA})
    assert item_tables(papers, STRATA, ITEMS, NATIONAL) == item_tables(
        papers[::-1], STRATA, ITEMS, NATIONAL
    )


@pytest.mark.parametrize(
    ("papers", "items"),
    [
        ([Paper("teacher", "teacher", {"overall": "good"})], ITEMS),
        ([Paper("nowhere", "teacher", {"overall": "satisfied"})], ITEMS),
        ([], []),
        ([], [ITEMS[0], ITEMS[0]]),
        ([], [Item("overall", "as a whole", ("pupil",))]),
    ],
    ids=["option", "stratum", "no item", "item twice", "category"],
)
def test_what_does_not_fit_is_refused(papers: list[Paper], items: list[Item]) -> None:
    with pytest.raises(Problem):
        item_tables(papers, STRATA, items, NATIONAL)


def test_a_domain_is_what_its_name_says() -> None:
    assert find_domains(STRATA)[1] == Domain("category", "parent", tuple(STRATA[:2]))
