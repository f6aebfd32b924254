"""Topics of open answers (意见建议): how many papers mention each; never what a paper says.

Texts are cut into words by jieba (MIT licence), with its dictionary only and no guessing of new
words, so that the same texts give the same counts. A topic is a list of words in a table
(`open_answer_topics.toml`). No text leaves this module: there is nothing here that returns one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sampling.problems import N_, Problem
from sampling.toml_table import Table, read_toml
from scoring.answers import AnswerStratum, Paper, check_papers
from scoring.item_tables import Domain, find_domains
from scoring.rule_set import RuleSet
from scoring.suppression import CellSystem, Sum, hide_cells

TABLE = Path(__file__).parent / "open_answer_topics.toml"
Cut = Callable[[str], Iterable[str]]
"""Cuts a text into words."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and the words that stand for it, Chinese and English, in lower case."""

    id: str
    title: Mapping[str, str]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicLine:
    """Open answers of one domain.

    `written` counts papers with an open answer, `mentions` the papers that mention each topic;
    None where a count is hidden. `mentions` is empty where fewer papers than the minimum cell
    hold an open answer.
    """

    domain: Domain
    papers: int
    written: int | None
    mentions: Mapping[str, int | None]


@cache
def load_topics() -> tuple[Topic, ...]:
    """Return the topics of the table; `Problem` with file and key for a faulty one.

    >>> [topic.id for topic in load_topics()][:2]
    ['workload', 'examinations']
    """
    return read_topics(TABLE)


def read_topics(path: Path) -> tuple[Topic, ...]:
    """Return the topics of a TOML file, as `load_topics`."""
    table = Table(read_toml(path), path.name)
    table.whole("format", least=1, most=1)
    topics = tuple(_topic(entry) for entry in table.entries("topics"))
    table.finish()
    if len({topic.id for topic in topics}) < len(topics):
        raise Problem(N_("two topics have the same id"), where=path.name)
    return topics


def find_topics(text: str, topics: Sequence[Topic], cut: Cut) -> frozenset[str]:
    """Return the ids of the topics that a text mentions, each once.

    >>> find_topics("Too MANY exams", load_topics(), str.split)
    frozenset({'examinations'})
    """
    words = {word.strip().casefold() for word in cut(text)}
    return frozenset(topic.id for topic in topics if _is_mentioned(topic, words))


@cache
def make_cut() -> Cut:
    """Return the function that cuts texts into words, with the topics' words known to it.

    Reads jieba's dictionary once (about a second). Its cache file in the folder for temporary
    files, which anybody could have put there, is neither read nor written.
    """
    import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    for topic in load_topics():
        for word in topic.words:
            if not word.isascii():  # it would be cut out of longer English words
                tokenizer.add_word(word)

    def cut(text: str) -> list[str]:
        return [str(word) for word in tokenizer.cut(text, HMM=False)]

    return cut


def topic_tables(
    papers: Sequence[Paper],
    answer_strata: Sequence[AnswerStratum],
    item: str,
    rule_set: RuleSet,
    *,
    cut: Cut | None = None,
    areas: Mapping[str, str] | None = None,
) -> list[TopicLine]:
    """Return, for each domain of a closed round, how many papers mention each topic.

    Parameters
    ----------
    papers, answer_strata, areas
        As for `scoring.item_tables.item_tables`.
    item
        The id of the open question.
    cut
        By default `make_cut()`.

    Small counts are hidden, and others with them, so that none can be told from all lines
    together; a domain with fewer open answers than the minimum cell has no topics at all.
    Raises `Problem` for papers that do not fit their strata.
    """
    check_papers(papers, answer_strata)
    tables = _TopicTables(papers, answer_strata, item, cut or make_cut())
    return tables.lines(find_domains(answer_strata, areas), rule_set.min_cell)


class _TopicTables:
    """Cells per answer stratum: wrote, did not; and per topic: mentions it, wrote of other things.

    For each topic the last two add up to the first, whether that is published or not.
    """

    def __init__(
        self, papers: Sequence[Paper], answer_strata: Sequence[AnswerStratum], item: str, cut: Cut
    ) -> None:
        self.topics = load_topics()
        self.names = [stratum.name for stratum in answer_strata]
        kinds = ["wrote", "silent", *(t.id for t in self.topics), *(_not(t) for t in self.topics)]
        self.number = {
            cell: i for i, cell in enumerate((name, kind) for name in self.names for kind in kinds)
        }
        self.counted: Counter[tuple[str, str]] = Counter()
        for paper in papers:
            for kind in self._kinds(paper.answers.get(item, ""), cut):
                self.counted[paper.answer_stratum, kind] += 1
        self.counts = tuple(self.counted[cell] for cell in self.number)

    def lines(self, domains: Sequence[Domain], min_cell: int) -> list[TopicLine]:
        """Return the lines of all domains."""
        written = [self._sum(domain, "wrote") for domain in domains]
        mentions = [
            {t.id: self._sum(domain, t.id) for t in self.topics}
            if figure.value(self.counts) >= min_cell
            else {}
            for domain, figure in zip(domains, written, strict=True)
        ]
        figures = [*written, *(figure for line in mentions for figure in line.values())]
        shown = tuple(dict.fromkeys(figures))
        hidden = hide_cells(CellSystem(self.counts, shown, self._told()), min_cell)
        values = {
            figure: None if j in hidden else figure.value(self.counts)
            for j, figure in enumerate(shown)
        }
        return [
            TopicLine(
                domain=domain,
                papers=sum(self._sum(domain, kind).value(self.counts) for kind in WRITING),
                written=values[wrote],
                mentions={topic: values[figure] for topic, figure in line.items()},
            )
            for domain, wrote, line in zip(domains, written, mentions, strict=True)
        ]

    def _kinds(self, text: str, cut: Cut) -> list[str]:
        if not text.strip():
            return ["silent"]
        found = find_topics(text, self.topics, cut)
        return ["wrote", *(t.id if t.id in found else _not(t) for t in self.topics)]

    def _sum(self, domain: Domain, kind: str) -> Sum:
        return Sum(frozenset(self.number[s.name, kind] for s in domain.strata))

    def _told(self) -> tuple[Sum, ...]:
        papers = [
            Sum(frozenset(self.number[name, kind] for kind in WRITING)) for name in self.names
        ]
        halves = [
            Sum(
                frozenset({self.number[name, topic.id], self.number[name, _not(topic)]}),
                frozenset({self.number[name, "wrote"]}),
            )
            for name in self.names
            for topic in self.topics
        ]
        return (*papers, *halves)


WRITING = ("wrote", "silent")


def _not(topic: Topic) -> str:
    return f"not {topic.id}"


def _is_mentioned(topic: Topic, words: Iterable[str]) -> bool:
    """Say whether a topic's word is among `words`; a Chinese one may be part of a longer one."""
    return any(
        word == key or (not key.isascii() and key in word) for word in words for key in topic.words
    )


def _topic(table: Table) -> Topic:
    title = table.table("title")
    topic = Topic(
        id=table.text("id"),
        title={language: title.text(language) for language in ("zh", "en")},
        words=tuple(word.casefold() for word in table.names("words")),
    )
    title.finish()
    table.finish()
    return topic
