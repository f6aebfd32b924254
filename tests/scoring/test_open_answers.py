from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.answers import AnswerStratum, Paper
from scoring.open_answers import (
    TABLE,
    TopicLine,
    find_topics,
    load_topics,
    make_cut,
    read_topics,
    topic_tables,
)
from scoring.suppression import CellSystem, Sum, find_disclosures
from tests.scoring.makers import NATIONAL

STRATA = [
    AnswerStratum("parent/town", "parent", 400),
    AnswerStratum("parent/rural", "parent", 300),
    AnswerStratum("student", "student", 500),
]
TOPICS = [topic.id for topic in load_topics()]
MEALS, LOAD, BOTH, OTHER = "食堂", "作业", "作业 食堂", "好"


def make_papers(counts: dict[tuple[str, str], int]) -> list[Paper]:
    """Papers from the number per stratum and text; words are set apart by blanks."""
    category = {stratum.name: stratum.category for stratum in STRATA}
    return [
        Paper(name, category[name], {"suggestion": text} if text else {})
        for (name, text), number in counts.items()
        for _ in range(number)
    ]


def read_lines(papers: list[Paper]) -> dict[str, TopicLine]:
    lines = topic_tables(papers, STRATA, "suggestion", NATIONAL, cut=str.split)
    return {line.domain.name or "all": line for line in lines}


rounds = st.dictionaries(
    st.tuples(
        st.sampled_from([s.name for s in STRATA]), st.sampled_from(["", MEALS, LOAD, BOTH, OTHER])
    ),
    st.integers(0, 15),
)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("作业太多了，孩子睡眠不足。", {"workload"}),
        ("希望少布置家庭作业", {"workload"}),
        ("老师的工作业绩很突出", {"teachers"}),  # 工作 业绩, and no 作业
        ("学校车库太小", set()),  # 学校 车库, and no 校车
        ("食堂饭菜不好，建议多开体育课", {"meals", "activities"}),
        ("希望加强课后服务", {"after_school"}),
        ("没有意见", {"nothing"}),
        ("Please less homework and a better school BUS", {"workload", "way_to_school"}),
        ("business as usual", set()),
        ("", set()),
    ],
)
def test_topics_of_real_sentences(text: str, topics: set[str]) -> None:
    assert find_topics(text, load_topics(), make_cut()) == topics


def test_a_paper_counts_once_for_a_topic() -> None:
    lines = read_lines(make_papers({("parent/town", "作业 作业 负担"): 9, ("student", ""): 9}))
    assert lines["all"].mentions["workload"] == 9
    assert lines["all"].written == 9
    assert lines["all"].papers == 18


def test_domains_by_hand() -> None:
    papers = make_papers(
        {
            ("parent/town", MEALS): 10, ("parent/town", LOAD): 8, ("parent/town", ""): 20,
            ("parent/rural", BOTH): 7, ("parent/rural", OTHER): 9, ("parent/rural", ""): 30,
            ("student", LOAD): 30, ("student", OTHER): 20, ("student", ""): 6,
        }
    )  # fmt: skip
    lines = read_lines(papers)
    shown = {
        name: (line.written, line.mentions["meals"], line.mentions["workload"])
        for name, line in lines.items()
    }
    assert shown == {
        "all": (84, 17, 45),
        "parent": (34, 17, 15),
        "student": (50, 0, 30),
        "parent/town": (18, 10, 8),
        "parent/rural": (16, 7, 7),
    }


def test_fewer_than_five_open_answers_have_no_topics() -> None:
    papers = make_papers(
        {("parent/town", LOAD): 4, ("parent/town", ""): 30, ("parent/rural", LOAD): 40,
         ("student", LOAD): 40, ("student", ""): 20}
    )  # fmt: skip
    line = read_lines(papers)["parent/town"]
    assert (line.papers, line.written, dict(line.mentions)) == (34, None, {})


def test_no_text_is_in_the_tables() -> None:
    secret = "我叫王小明住在庆远镇"
    papers = make_papers({("student", secret): 30, ("student", LOAD): 30})
    assert secret not in repr(read_lines(papers))


@settings(max_examples=10, deadline=None)
@given(rounds)
def test_no_small_count_can_be_told_from_all_lines(counts: dict[tuple[str, str], int]) -> None:
    papers = make_papers(counts)
    lines = read_lines(papers)
    names = [stratum.name for stratum in STRATA]
    kinds = ["wrote", "silent", *TOPICS, *(f"not {t}" for t in TOPICS)]
    number = {cell: i for i, cell in enumerate((n, k) for n in names for k in kinds)}
    truth: Counter[tuple[str, str]] = Counter()
    for paper in papers:
        text = paper.answers.get("suggestion", "")
        found = find_topics(text, load_topics(), str.split)
        mine = [t if t in found else f"not {t}" for t in TOPICS]
        for kind in ["wrote", *mine] if text else ["silent"]:
            truth[paper.answer_stratum, kind] += 1

    def add_up(line: TopicLine, kind: str) -> Sum:
        return Sum(frozenset(number[s.name, kind] for s in line.domain.strata))

    figures: dict[Sum, int | None] = {}
    for line in lines.values():
        figures[add_up(line, "wrote")] = line.written
        figures |= {add_up(line, topic): value for topic, value in line.mentions.items()}
    told = [Sum(frozenset({number[n, "wrote"], number[n, "silent"]})) for n in names]
    told += [
        Sum(frozenset({number[n, t], number[n, f"not {t}"]}), frozenset({number[n, "wrote"]}))
        for n in names
        for t in TOPICS
    ]
    system = CellSystem(tuple(truth[cell] for cell in number), tuple(figures), tuple(told))
    for figure, value in figures.items():
        assert value is None or value == figure.value(system.counts)
    hidden = [j for j, value in enumerate(figures.values()) if value is None]
    assert find_disclosures(system, hidden, NATIONAL.min_cell) == []


def test_words_stand_for_one_topic_and_have_both_languages() -> None:
    words = Counter(word for topic in load_topics() for word in topic.words)
    assert [word for word, times in words.items() if times > 1] == []
    for topic in load_topics():
        assert {word.isascii() for word in topic.words} == {True, False}


def test_a_slip_in_the_table_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "topics.toml"
    text = TABLE.read_text(encoding="utf-8")
    file.write_text(text.replace('id = "meals"', 'id = "fees"'), encoding="utf-8")
    with pytest.raises(Problem, match="same id"):
        read_topics(file)
    file.write_text(text.replace("words = ", "word = ", 1), encoding="utf-8")
    with pytest.raises(Problem, match="words"):
        read_topics(file)


def test_papers_that_fit_no_stratum_are_refused() -> None:
    unknown = Paper("nowhere", "parent", {})
    with pytest.raises(Problem):
        topic_tables([unknown], STRATA, "suggestion", NATIONAL, cut=str.split)
