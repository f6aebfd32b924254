"""A verdict explained (说明): the tree from the word down to each number, limit and article.

Everything is taken from the certificate itself, so an explanation needs nothing else and can be
made years later. Schools that pass are counted, those that do not are named, unless all are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import cast

from sampling.problems import N_, Problem
from sampling.toml_table import read_fraction
from scoring.figures import exact_text
from scoring.outcomes import MET, NOT_MEASURED, NOT_MET, SHOWN
from scoring.record_words import words_of
from scoring.rule_parts import ANSWERS

Entry = Mapping[str, object]

LANGUAGES = ("zh", "en")
WORDS = {
    "verdict": ("结论", "verdict"),
    MET: ("达标", "met"),
    NOT_MET: ("不达标", "not met"),
    NOT_MEASURED: ("未测量", "not measured"),
    SHOWN: ("仅列示", "shown only"),
    "undecided": ("不能作出结论", "undecided"),
    "rehearsal": ("演练", "rehearsal"),
    "rules": ("规则集", "rules"),
    "engine": ("指标引擎", "engine"),
    "missing": ("缺少的决定性条款", "decisive rules not measured"),
    "reliefs": ("启用的放宽条款", "reliefs switched on"),
    "used": ("使用{}处", "used in {} findings"),
    "limit": ("标准", "limit"),
    "why": ("原因", "why"),
    "relief": ("适用放宽", "under the relief"),
    "flips": (
        "四舍五入到两位小数会改变结论",
        "rounded to two decimals it would come out otherwise",
    ),
    "schools": ("学校", "schools"),
    "passing": ("{}个学段达标", "{} sections pass"),
    "reading": ("另一种理解", "another reading"),
    "evidence": ("佐证材料", "evidence"),
    "failing": ("不合格", "fails"),
    "below floor": ("低于标准的{}%", "below {} % of the limit"),
    "open": ("数据不全", "lacks data"),
    "eased": ("按放宽条款通过", "passes under a relief"),
    "primary": ("小学", "primary"),
    "junior": ("初中", "junior"),
    "by": ("结果来自", "measured by"),
    "for reference": ("仅供参考", "for reference"),
    "out_of_scope": ("不在指标范围内的学校", "schools outside the indicators"),
}
COMPARISONS = {">=": "≥", "<=": "≤", "<": "<", ">": ">"}
COUNTING = ("every", "rooms_per_classes", "rules")
"""Measures whose value is a number of failures among so many."""

MARKS = {MET: "✓", NOT_MET: "✗", NOT_MEASURED: "?", SHOWN: "·"}


def explain(record: Entry, language: str = "zh", *, has_all: bool = False) -> list[str]:
    """Return the lines of the tree.

    `language` is ``"zh"`` or ``"en"``; with `has_all` every section is listed, not only those
    that do not pass. Raises `Problem` for a language that there is not.
    """
    if language not in LANGUAGES:
        raise Problem(N_("expected one of {expected}, got {got!r}"),
                      expected=", ".join(LANGUAGES), got=language)  # fmt: skip
    return list(_Tree(record, LANGUAGES.index(language), has_all).lines())


class _Tree:
    """Writes a verdict's tree in one language."""

    def __init__(self, record: Entry, language: int, has_all: bool) -> None:
        self._record = record
        self._language = language
        self._has_all = has_all
        self._findings = _entries(record, "findings")
        self._words = words_of(record, LANGUAGES[language])

    def lines(self) -> Iterator[str]:
        yield from self._head()
        for aspect in [*_entries(self._record, "aspects"), {"id": ""}]:
            found = [f for f in self._findings if (f.get("aspect") or "") == aspect["id"]]
            if found:
                yield ""
                if aspect["id"]:
                    yield self._title(aspect.get("title"))
                yield from self._county_findings(found)
                yield from self._school_findings(found)
        yield from self._tail()

    def _head(self) -> Iterator[str]:
        record, rules = self._record, _entry(self._record, "rules")
        engine = _entry(record, "engine")
        named = [str(record[key]) for key in ("county", "round") if record.get(key)]
        rehearsal = [f"（{self._word('rehearsal')}）"] if record.get("rehearsal") else []
        verdict = f"{self._word('verdict')}: {self._word(str(record.get('verdict')))}"
        yield " · ".join([*named, verdict]) + "".join(rehearsal)
        yield f"{self._word('rules')}: {rules.get('id')} (sha256 {str(rules.get('digest'))[:12]}…)"
        names = [str(engine.get(key)) for key in ("distribution", "name", "version")]
        yield f"{self._word('engine')}: {' '.join(names)}"

    def _tail(self) -> Iterator[str]:
        titles = {str(f.get("rule")): self._title(f.get("title")) for f in self._findings}
        missing = [str(rule) for rule in _list(self._record, "missing")]
        if missing:
            yield ""
            yield f"{self._word('missing')}: {len(missing)}"
            yield from (f"  ? {rule} {titles.get(rule, '')}" for rule in missing)
        reliefs = _entries(self._record, "reliefs")
        if reliefs:
            yield ""
            yield f"{self._word('reliefs')}:"
        for relief in reliefs:
            yield f"  {relief.get('id')}: {self._word('used').format(relief.get('used'))}"
            for eased in _entries(relief, "eases"):
                place = f"{eased.get('source')} {eased.get('article')} [{eased.get('mark')}]"
                yield f"    {self._title(eased.get('title'))} — {place}"
        outside = _list(self._record, "out_of_scope")
        if outside:
            yield ""
            yield f"{self._word('out_of_scope')}: {', '.join(map(str, outside))}"

    def _county_findings(self, findings: Iterable[Entry]) -> Iterator[str]:
        for finding in findings:
            if _entry(finding, "subject").get("kind") == "county":
                yield from self._finding(finding, "  ")

    def _school_findings(self, findings: Sequence[Entry]) -> Iterator[str]:
        """Yield the sections of schools: whether each passes, and below it its indicators."""
        schools = [f for f in findings if _entry(f, "subject").get("kind") == "school"]
        whole = [f for f in schools if f.get("kind") == "school"]
        passing = sum(f.get("outcome") == MET for f in whole)
        if whole:
            yield f"  {self._word('schools')}: {self._word('passing').format(passing)}"
        heads = whole or [f for f in schools if f.get("kind") == "indicator"]
        for head in heads:
            if self._has_all or head.get("outcome") != MET or head.get("reliefs"):
                yield from self._finding(head, "    ")
                if whole:
                    yield from self._indicators(head, schools)

    def _indicators(self, head: Entry, schools: Sequence[Entry]) -> Iterator[str]:
        for finding in schools:
            if finding.get("kind") != "indicator" or finding["subject"] != head["subject"]:
                continue
            if self._has_all or finding.get("outcome") != MET or finding.get("reliefs"):
                yield from self._finding(finding, "      ")

    def _finding(self, finding: Entry, indent: str) -> Iterator[str]:
        subject = _entry(finding, "subject")
        named = [str(subject.get("name") or ""), self._word(str(subject.get("stage") or ""))]
        about = " ".join(filter(None, named))
        remark = "" if finding.get("decisive") else f"（{self._word('for reference')}）"
        title = self._title(finding.get("title"))
        has_name = subject.get("kind") == "school" and bool(about)
        head = f"{about} · {title}" if has_name else title
        yield f"{indent}{self._judged(finding, head)}{'' if has_name else remark}"
        yield f"{indent}  {finding.get('rule')} — {self._citation(finding)}"
        yield from self._reasons(finding, indent + "  ")
        yield from self._short(finding, indent + "  ")
        parts = _entries(_entry(finding, "parts"), "parts")
        for part in parts:
            # The value of an only part stands above already.
            yield from (
                self._part(part, indent + "  ")
                if len(parts) > 1
                else self._detail(part, indent + "  ")
            )
        for reading in _entries(_entry(finding, "parts"), "readings"):
            words = f"{self._word('reading')}: {self._title(reading.get('title'))}"
            yield f"{indent}  ({words} — {self._word(str(reading.get('outcome')))})"

    def _short(self, finding: Entry, indent: str) -> Iterator[str]:
        """Yield the indicators of a section that keep it from passing, or that nobody measured."""
        if finding.get("kind") != "school":
            return
        parts = _entry(finding, "parts")
        for key in ("below_floor", NOT_MET, NOT_MEASURED):
            names = [self._words.indicator(str(name)) for name in _list(parts, key)]
            if names:
                floor = read_fraction(str(parts.get("floor"))) or Fraction()
                word = self._word("below floor" if key == "below_floor" else key)
                yield f"{indent}{word.format(exact_text(100 * floor))}: {'; '.join(names)}"

    def _part(self, part: Entry, indent: str) -> Iterator[str]:
        yield f"{indent}{self._judged(part, self._title(part.get('title')))}"
        yield from self._reasons(part, indent + "  ")
        yield from self._detail(part, indent + "  ")

    def _detail(self, part: Entry, indent: str) -> Iterator[str]:
        """Yield what a part was made of: evidence, the rows that fail, lack data or are eased."""
        if part.get("evidence"):
            yield f"{indent}{self._word('evidence')}: {part['evidence']}"
        for remark in _entries(part, "remarks"):
            yield f"{indent}! {self._title(remark)}"
        for row in _entries(part, "failing"):
            cells = _entry(row, "values").items()
            values = "; ".join(self._words.cell(name, str(value)) for name, value in cells)
            yield f"{indent}{self._word('failing')}: {row.get('row')} ({values})"
        for name in _list(part, "open"):
            yield f"{indent}{self._word('open')}: {name}"
        for row in _entries(part, "eased"):
            yield f"{indent}{self._word('eased')}: {row.get('row')} ({row.get('relief')})"

    def _reasons(self, entry: Entry, indent: str) -> Iterator[str]:
        if entry.get("why"):
            yield f"{indent}{self._word('why')}: {self._title(entry['why'])}"
        if entry.get("reliefs"):
            names = ", ".join(map(str, _list(entry, "reliefs")))
            yield f"{indent}{self._word('relief')}: {names}"
        if entry.get("rounding_flips"):
            yield f"{indent}! {self._word('flips')}"
        if entry.get("engine"):
            yield f"{indent}{self._word('by')}: {entry['engine']}"

    def _judged(self, entry: Entry, head: str) -> str:
        """Return a line: sign, title, value against its limit, outcome."""
        outcome = str(entry.get("outcome"))
        value = str(_entry(entry, "measured").get("display") or "")
        if value and entry.get("kind") == "school":
            value = f"{value} / {_entry(entry, 'parts').get('of', '')}".removesuffix(" / ")
        limit = _limit_text(entry, in_percent=value.endswith(" %"))
        if value and _is_count_of_failures(entry):
            value = f"{self._word('failing')} {value}"
        words = [self._answer(value), f"{self._word('limit')} {self._answer(limit)}" * bool(limit)]
        told = ", ".join(filter(None, words))
        return (
            f"{MARKS.get(outcome, '?')} {head}{': ' if told else ''}{told} — {self._word(outcome)}"
        )

    def _answer(self, text: str) -> str:
        """Return a value with the codes of answers in Chinese, where that is the language."""
        if self._language != 0:
            return text
        return " / ".join(ANSWERS.get(piece, piece) for piece in text.split(" / "))

    def _citation(self, finding: Entry) -> str:
        place = f"{finding.get('source')} {finding.get('article')} [{finding.get('mark')}]"
        return f"{place}“{finding.get('quote')}”"

    def _word(self, word: str) -> str:
        return WORDS[word][self._language] if word in WORDS else word

    def _title(self, title: object) -> str:
        found = cast(Entry, title) if isinstance(title, dict) else {}
        return str(found.get(LANGUAGES[self._language], ""))


def _is_count_of_failures(entry: Entry) -> bool:
    """Return whether what was measured, of a part or of a rule's only part, is what fails."""
    parts = _entries(_entry(entry, "parts"), "parts")
    (only,) = parts if len(parts) == 1 else (entry,)
    return only.get("measure") in COUNTING


def _limit_text(entry: Entry, *, in_percent: bool) -> str:
    """Return a limit with its comparison, in percent where the value is."""
    limit = str(entry.get("limit") or "")
    share = read_fraction(limit) if in_percent else None
    if share is not None:
        limit = f"{exact_text(100 * share)} %"
    return f"{COMPARISONS.get(str(entry.get('comparison')), '')} {limit}".strip() if limit else ""


def _entry(record: Entry, key: str) -> Entry:
    value = record.get(key)
    return cast(Entry, value) if isinstance(value, dict) else {}


def _list(record: Entry, key: str) -> list[object]:
    value = record.get(key)
    return value if isinstance(value, list) else []


def _entries(record: Entry, key: str) -> list[Entry]:
    return [cast(Entry, entry) for entry in _list(record, key) if isinstance(entry, dict)]
