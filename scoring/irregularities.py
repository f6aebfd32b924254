"""The irregularity report (异常情况报告): flags, and the rate with and without flagged papers.

It is for a person to judge. It never judges, removes nothing and changes no figure of the round.
What is shown keeps the minimum cell together with everything that the round publishes: the rate
without flagged papers is a difference of tables (`scoring.suppression`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from sampling.problems import N_
from scoring.answers import CATEGORIES, AnswerStratum, Paper, check_papers
from scoring.counting_rule import OUTCOMES
from scoring.figures import exact_text, whole_or_float
from scoring.items import Item
from scoring.judgement import is_met
from scoring.link_checks import BusyHour, SchoolResponse
from scoring.publication import PARENTS, publishable_rows
from scoring.quality_flags import LINKS, Flag, flag_papers, load_quality_flags
from scoring.rule_set import RuleSet
from scoring.suppression import CellSystem, Sum, hide_cells

Record = dict[str, object]
ANY = "any"
"""Papers with at least one flag."""
SATISFIED, NOT_SATISFIED, NOT_COUNTED = COLUMNS = ("satisfied", "not_satisfied", "not_counted")
COLUMN_OF = dict(zip(OUTCOMES, (*COLUMNS, NOT_COUNTED), strict=True))
NEVER_JUDGES = N_(
    "These are signs for a person to look at. None of them removes a paper, changes the rate or "
    "says that anybody did wrong."
)
NOTHING_SHOWN = N_("flag {flag}: no papers, or fewer than may be shown")
SOME_FLAGGED = N_("flag {flag}: {flagged} of {papers} papers")
SAME_OUTCOME = N_("flag {flag}: without these papers the outcome would be the same")
OTHER_OUTCOME = N_("flag {flag}: without these papers the outcome would be another")
SCHOOLS_STAND_OUT = N_("schools that answered unusually often or seldom: {schools}")
HOUR_STANDS_OUT = N_("one hour brought {submissions} submissions, {percent} per cent of all")

Part = tuple[int, str]
"""The papers of one category in one published row: the finest part whose tally is told."""
Place = tuple[tuple[str, ...], tuple[str, ...]]
"""Categories and columns that a figure adds up."""
Cell = tuple[Part, frozenset[str], str]
"""Part, flags carried, column."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence of the report: a template to translate and what its placeholders stand for."""

    message: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return self.message.format(**self.values)


def irregularity_report(
    papers: Sequence[Paper],
    answer_strata: Sequence[AnswerStratum],
    items: Sequence[Item],
    rule_set: RuleSet,
    *,
    schools: Sequence[SchoolResponse] = (),
    busy_hour: BusyHour | None = None,
) -> Record:
    """Return the report of a closed round as a record (format 1).

    `flags` has an entry for each flag: its definition, literature, limits and caution; of those
    seen on papers also the flagged papers, by category and by outcome, and the official rate
    `with` and `without` them. A figure that may not be shown is None. `links` has the schools that
    stand out and the busiest hour. `words` says the same in sentences. There is no verdict in it.
    Papers are counted by outcome, also where the counting rule adds up answers or points.

    Raises `Problem` for papers that do not fit their strata, or fields that no flag has.
    """
    check_papers(papers, answer_strata)
    marks = flag_papers(papers, items)
    catalogue = load_quality_flags()
    tables = _FlagTables(papers, marks, answer_strata, rule_set)
    seen = [flag for flag in catalogue.values() if flag.seen_in != LINKS]
    entries = [{**_definition(flag), **tables.entry(flag.id)} for flag in seen]
    union = {"id": ANY, **tables.entry(ANY)}
    remarks = [Remark(NEVER_JUDGES, {})]
    remarks += [remark for entry in (*entries, union) for remark in _remarks(entry, len(papers))]
    return {
        "format": 1,
        "kind": "irregularities",
        "papers": len(papers),
        "min_cell": rule_set.min_cell,
        "flags": [*entries, union],
        "links": _links(catalogue, schools, busy_hour),
        "words": [
            {"message": remark.message, "values": dict(remark.values)}
            for remark in (*remarks, *_link_remarks(schools, busy_hour))
        ],
    }


class _FlagTables:
    """Flagged papers by category and outcome, as one system with the round's published tally."""

    def __init__(
        self,
        papers: Sequence[Paper],
        marks: Sequence[frozenset[str]],
        answer_strata: Sequence[AnswerStratum],
        rule_set: RuleSet,
    ) -> None:
        self.rule_set, self.rule = rule_set, rule_set.counting_rule
        self.rows = publishable_rows(papers, answer_strata, self.rule, rule_set.min_cell)
        row_of = {name: number for number, row in enumerate(self.rows) for name in row.strata}
        parts = [(n, category) for n, row in enumerate(self.rows) for category in row.categories]
        flags = [f.id for f in load_quality_flags().values() if f.seen_in != LINKS]
        self.cells = list(product(parts, _subsets(flags), COLUMNS))
        counts: Counter[Cell] = Counter(
            ((row_of[paper.answer_stratum], paper.category), mark, self._column(paper))
            for paper, mark in zip(papers, marks, strict=True)
        )
        self.counts = tuple(counts[cell] for cell in self.cells)
        self.categories = tuple(c for c in CATEGORIES if any(part[1] == c for part in parts))
        self.shown = self._shown(flags)
        shown = tuple(dict.fromkeys(self.shown.values()))
        system = CellSystem(self.counts, shown, self._told(), self._guarded(flags))
        hidden = hide_cells(system, rule_set.min_cell)
        self.hidden = {system.shown[j] for j in hidden}

    def entry(self, flag: str) -> Record:
        """Return what is shown of the papers with a flag."""
        return {
            "flagged": self._value(flag, self.categories, COLUMNS),
            "by_category": {c: self._value(flag, (c,), COLUMNS) for c in self.categories},
            "by_outcome": {c: self._value(flag, self.categories, (c,)) for c in COLUMNS},
            "with": self._rate(self.categories),
            "without": self._rate(self.categories, flag),
            "parents": {
                "with": self._rate((PARENTS,)),
                "without": self._rate((PARENTS,), flag),
            },
        }

    def _column(self, paper: Paper) -> str:
        return COLUMN_OF[self.rule.outcome(paper)]

    def _shown(self, flags: Sequence[str]) -> dict[tuple[str, *Place], Sum]:
        """Return the figures of the report by flag, categories and columns."""
        everybody, parents = self.categories, (PARENTS,)
        places: list[Place] = [(everybody, COLUMNS), *(((c,), COLUMNS) for c in everybody)]
        places += [(who, (column,)) for who in (everybody, parents) for column in COLUMNS]
        return {
            (flag, who, columns): self._sum(flag, who, columns)
            for flag in (*flags, ANY)
            for who, columns in places
        }

    def _sum(self, flag: str, categories: Sequence[str], columns: Sequence[str]) -> Sum:
        return Sum(
            frozenset(
                number
                for number, ((_, category), mark, column) in enumerate(self.cells)
                if (mark if flag == ANY else flag in mark)
                and category in categories
                and column in columns
            )
        )

    def _told(self) -> tuple[Sum, ...]:
        """Return what readers know: the tally of each published row, papers by category."""
        groups: dict[object, set[int]] = {}
        for number, ((row, category), _, column) in enumerate(self.cells):
            groups.setdefault(("row", row, column), set()).add(number)
            groups.setdefault(("category", category), set()).add(number)
        return tuple(Sum(frozenset(group)) for group in groups.values())

    def _guarded(self, flags: Sequence[str]) -> tuple[Sum, ...]:
        """Return the papers with and without each flag, by part and column.

        Whatever other flags they have: these groups are what a reader of the report thinks in.
        """
        groups: dict[object, set[int]] = {}
        for number, (part, mark, column) in enumerate(self.cells):
            groups.setdefault((ANY, bool(mark), part, column), set()).add(number)
            for flag in flags:
                groups.setdefault((flag, flag in mark, part, column), set()).add(number)
        return tuple(Sum(frozenset(group)) for group in groups.values())

    def _value(
        self, flag: str, categories: tuple[str, ...], columns: tuple[str, ...]
    ) -> int | None:
        figure = self.shown[flag, categories, columns]
        return None if figure in self.hidden else figure.value(self.counts)

    def _rate(self, categories: tuple[str, ...], flag: str = "") -> Record | None:
        """Return the pooled rate of categories, without flagged papers where a flag is named."""
        satisfied = self._told_count(categories, SATISFIED)
        rejected = self._told_count(categories, NOT_SATISFIED)
        if flag:
            less = self._value(flag, categories, (SATISFIED,))
            less_rejected = self._value(flag, categories, (NOT_SATISFIED,))
            if less is None or less_rejected is None:
                return None
            satisfied, rejected = satisfied - less, rejected - less_rejected
        valid = satisfied + rejected
        met = is_met(satisfied, valid, self.rule_set.survey_rule)
        return {"numerator": satisfied, "denominator": valid, "met": met}

    def _told_count(self, categories: tuple[str, ...], column: str) -> int:
        """Return a count of the official form: of all papers, or of the parents'."""
        numbers = enumerate(self.cells)
        return sum(
            self.counts[i] for i, ((_, c), _, col) in numbers if c in categories and col == column
        )


def _subsets(flags: Sequence[str]) -> list[frozenset[str]]:
    choices = product((False, True), repeat=len(flags))
    return [
        frozenset(flag for flag, is_in in zip(flags, choice, strict=True) if is_in)
        for choice in choices
    ]


def _definition(flag: Flag) -> Record:
    return {
        "id": flag.id,
        "seen_in": flag.seen_in,
        "title": dict(flag.title),
        "definition": dict(flag.definition),
        "caution": dict(flag.caution),
        "limits": {name: exact_text(value) for name, value in flag.limits.items()},
        "literature": list(flag.literature),
    }


def _links(
    catalogue: Mapping[str, Flag], schools: Sequence[SchoolResponse], hour: BusyHour | None
) -> Record:
    return {
        "flags": [_definition(flag) for flag in catalogue.values() if flag.seen_in == LINKS],
        "schools": [
            {
                "school": each.links.school,
                "category": each.links.category,
                "issued": each.links.issued,
                "answered": each.links.answered,
                "value": each.value,
                "chance": whole_or_float(float(f"{each.chance:.2g}")),
            }
            for each in _outstanding(schools)
        ],
        "busy_hour": None
        if hour is None
        else {
            "submissions": hour.submissions,
            "share": exact_text(hour.share),
            "value": hour.value,
        },
    }


def _outstanding(schools: Iterable[SchoolResponse]) -> list[SchoolResponse]:
    return [each for each in schools if each.value != "usual"]


def _remarks(entry: Record, papers: int) -> list[Remark]:
    """Return the sentences about one flag; a hidden number and 0 read the same."""
    flag, flagged, without = entry["id"], entry["flagged"], entry["without"]
    if not flagged:
        return [Remark(NOTHING_SHOWN, {"flag": flag})]
    remarks = [Remark(SOME_FLAGGED, {"flag": flag, "flagged": flagged, "papers": papers})]
    whole = entry["with"]
    if isinstance(without, dict) and isinstance(whole, dict):
        is_same = without["met"] == whole["met"]
        remarks.append(Remark(SAME_OUTCOME if is_same else OTHER_OUTCOME, {"flag": flag}))
    return remarks


def _link_remarks(schools: Sequence[SchoolResponse], hour: BusyHour | None) -> list[Remark]:
    remarks = []
    if number := len(_outstanding(schools)):
        remarks.append(Remark(SCHOOLS_STAND_OUT, {"schools": number}))
    if hour is not None and hour.value != "usual":
        values = {"submissions": hour.submissions, "percent": int(100 * hour.share)}
        remarks.append(Remark(HOUR_STANDS_OUT, values))
    return remarks
