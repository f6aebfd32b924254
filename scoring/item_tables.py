"""Tables per item, dimension and domain, with small cells hidden across all of them.

The contents of the survey (落实教育公平政策, 推动优质资源共享, 规范办学行为, 实施素质教育,
考试评价制度改革, 提高教育质量, 立德树人, 减轻负担) are the dimensions of the items. A figure
that is hidden is None, whether it is small itself or hidden to protect another one
(`scoring.suppression`). What the round's rate already prints of the overall item is taken as told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sampling.problems import N_, Problem
from scoring.answers import CATEGORIES, AnswerStratum, Paper, check_papers
from scoring.counting_rule import OPTIONS, OVERALL_ITEM, CountingRule, tally
from scoring.items import BLANK, Item, check_items, choice
from scoring.publication import fills_cells, publishable_rows
from scoring.readings import read_all
from scoring.rule_set import RuleSet
from scoring.suppression import CellSystem, Sum, hide_cells

ALL, CATEGORY, AREA, STRATUM = DOMAIN_KINDS = ("all", "category", "area", "answer stratum")
CHOICES = (*OPTIONS, BLANK)
Plan = tuple[tuple[Item, ...], str, "Domain"]
"""Items that a line adds up, what it is called, its domain."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A part of the round that a table is about; `strata` are its answer strata."""

    kind: str
    name: str
    strata: tuple[AnswerStratum, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: how the papers of a domain answered an item, or a dimension's items.

    people, papers
        People of the frame in the strata that were asked; papers that had the item (papers times
        items for a dimension).
    options
        A count per option and for blanks, None where it is hidden.
    satisfied, valid
        By the counting rule, None where hidden.
    """

    subject: str
    items: tuple[str, ...]
    domain: Domain
    people: int
    papers: int
    options: Mapping[str, int | None]
    satisfied: int | None
    valid: int | None

    @property
    def share(self) -> Fraction | None:
        """Satisfied over valid answers; None where either is hidden or nobody answered."""
        if self.satisfied is None or not self.valid:
            return None
        return Fraction(self.satisfied, self.valid)


@dataclass(frozen=True, slots=True)
class ItemTables:
    """All tables of one report; `hidden` counts the figures that are not shown."""

    items: tuple[Line, ...]
    dimensions: tuple[Line, ...]
    hidden: int

    def of_domain(self, domain: Domain) -> list[Line]:
        """Return the lines of the items asked in a domain."""
        return [line for line in self.items if line.domain == domain]


def item_tables(
    papers: Sequence[Paper],
    answer_strata: Sequence[AnswerStratum],
    items: Sequence[Item],
    rule_set: RuleSet,
    areas: Mapping[str, str] | None = None,
) -> ItemTables:
    """Return the tables of a closed round: per item and dimension, for each domain.

    Parameters
    ----------
    papers, answer_strata
        As for `scoring.rate.recognition_rate`.
    items
        The choice items; text items are `scoring.open_answers`' matter.
    areas
        The area (urban, town, rural) of each answer stratum where all of them carry one.

    Raises `Problem` for papers that do not fit their strata, answers that are no option, items
    that stand twice, and an answer stratum without an area where areas are given.
    """
    check_papers(papers, answer_strata)
    check_items(items)
    builder = _Tables(papers, answer_strata, items, rule_set)
    return builder.build(find_domains(answer_strata, areas))


def find_domains(
    answer_strata: Sequence[AnswerStratum], areas: Mapping[str, str] | None = None
) -> list[Domain]:
    """Return the domains of a report: all papers, categories, areas, answer strata."""
    domains = [Domain(ALL, "", tuple(answer_strata))]
    domains += _group(CATEGORY, answer_strata, {s.name: s.category for s in answer_strata})
    if areas is not None:
        missing = [s.name for s in answer_strata if s.name not in areas]
        if missing:
            raise Problem(N_("answer stratum {stratum} has no area"), stratum=missing[0])
        domains += _group(AREA, answer_strata, areas)
    return domains + [Domain(STRATUM, s.name, (s,)) for s in answer_strata]


def _group(
    kind: str, answer_strata: Sequence[AnswerStratum], names: Mapping[str, str]
) -> list[Domain]:
    order = [*CATEGORIES, *sorted(set(names.values()) - set(CATEGORIES))]
    groups = {name: tuple(s for s in answer_strata if names[s.name] == name) for name in order}
    return [Domain(kind, name, strata) for name, strata in groups.items() if strata]


class _Tables:
    """The smallest cells (item, answer stratum, option) and every figure made of them."""

    def __init__(
        self,
        papers: Sequence[Paper],
        answer_strata: Sequence[AnswerStratum],
        items: Sequence[Item],
        rule_set: RuleSet,
    ) -> None:
        self.papers, self.strata, self.items = papers, answer_strata, items
        self.rule, self.min_cell = rule_set.counting_rule, rule_set.min_cell
        self.cells = {
            cell: number
            for number, cell in enumerate(
                (item.id, stratum.name, option)
                for item in items
                for stratum in answer_strata
                if stratum.category in item.categories
                for option in CHOICES
            )
        }
        self.counts = self._count()
        self.figures: dict[Sum, int] = {}

    def build(self, domains: Sequence[Domain]) -> ItemTables:
        dimensions = dict.fromkeys(item.dimension for item in self.items)
        of_items: list[Plan] = [((item,), item.id, d) for item in self.items for d in domains]
        of_dimensions: list[Plan] = [
            (tuple(i for i in self.items if i.dimension == name), name, d)
            for name in dimensions
            for d in domains
        ]
        for items, _, domain in (*of_items, *of_dimensions):
            for options in self._columns():
                self._figure(items, domain, options)
        system = self.system()
        hidden = hide_cells(system, self.min_cell)
        return ItemTables(
            self._lines(of_items, hidden), self._lines(of_dimensions, hidden), len(hidden)
        )

    def system(self) -> CellSystem:
        """Return the figures added so far as one system."""
        return CellSystem(self.counts, tuple(self.figures), self._told())

    def _lines(self, plan: Iterable[Plan], hidden: frozenset[int]) -> tuple[Line, ...]:
        """Return the lines of a plan, without those that nobody was asked."""
        lines = (self._line(*each, hidden=hidden) for each in plan)
        return tuple(line for line in lines if line.people)

    def _columns(self) -> list[tuple[str, ...]]:
        """Return the columns of a table, each by the options that it adds up."""
        return [*((option,) for option in CHOICES), self._satisfied, self._valid]

    @property
    def _satisfied(self) -> tuple[str, ...]:
        return tuple(o for o in OPTIONS if o in self.rule.satisfied)

    @property
    def _valid(self) -> tuple[str, ...]:
        return tuple(o for o in OPTIONS if o not in self.rule.excluded)

    def _count(self) -> tuple[int, ...]:
        counts: Counter[tuple[str, str, str]] = Counter()
        for paper in self.papers:
            for item in self.items:
                if paper.category in item.categories:
                    counts[item.id, paper.answer_stratum, choice(paper, item)] += 1
        return tuple(counts[cell] for cell in self.cells)

    def _sum(self, items: Iterable[Item], strata: Iterable[str], options: Iterable[str]) -> Sum:
        names, chosen = list(strata), list(options)
        keys = ((item.id, name, option) for item in items for name in names for option in chosen)
        return Sum(frozenset(self.cells[key] for key in keys if key in self.cells))

    def _figure(self, items: Sequence[Item], domain: Domain, options: Sequence[str]) -> int:
        """Return the number of a figure; one that two tables show is one figure."""
        figure = self._sum(items, (s.name for s in domain.strata), options)
        return self.figures.setdefault(figure, len(self.figures))

    def _line(
        self, items: tuple[Item, ...], subject: str, domain: Domain, *, hidden: frozenset[int]
    ) -> Line:
        def shown(options: Sequence[str]) -> int | None:
            number = self._figure(items, domain, options)
            figure = self._sum(items, (s.name for s in domain.strata), options)
            return None if number in hidden else figure.value(self.counts)

        asked = {category for item in items for category in item.categories}
        names = [stratum.name for stratum in domain.strata]
        return Line(
            subject=subject,
            items=tuple(item.id for item in items),
            domain=domain,
            people=sum(s.N for s in domain.strata if s.category in asked),
            papers=self._sum(items, names, CHOICES).value(self.counts),
            options={option: shown((option,)) for option in CHOICES},
            satisfied=shown(self._satisfied),
            valid=shown(self._valid),
        )

    def _told(self) -> tuple[Sum, ...]:
        """Return what readers know: papers per item and stratum, and the round's rate."""
        papers = [self._sum([item], [s.name], CHOICES) for item in self.items for s in self.strata]
        told = dict.fromkeys([*papers, *self._told_by_rate()])
        return tuple(figure for figure in told if figure.plus)

    def _told_by_rate(self) -> list[Sum]:
        overall = [item for item in self.items if item.id == self.rule.item]
        if self.rule.mode != OVERALL_ITEM or not overall:
            return []
        everywhere = [stratum.name for stratum in self.strata]
        not_satisfied = [o for o in self._valid if o not in self._satisfied]
        rows = publishable_rows(self.papers, self.strata, self.rule, self.min_cell)
        told = [
            self._sum(overall, row.strata, options)
            for row in rows
            for options in (self._satisfied, not_satisfied)
        ]
        return told + [self._sum(overall, everywhere, o) for o in self._told_options()]

    def _told_options(self) -> list[Sequence[str]]:
        """Return sets of options whose sum over all papers the rate prints."""
        total = tally(self.papers, self.rule)
        told: list[Sequence[str]] = []
        if fills_cells((total.blank, total.excluded), self.min_cell):
            told.append([BLANK])
        for reading in read_all(self.papers, self.rule, self.min_cell):
            if reading.is_open and reading.rule.mode == OVERALL_ITEM:
                told += _numerator_and_denominator(reading.rule)
        return told


def _numerator_and_denominator(rule: CountingRule) -> list[Sequence[str]]:
    return [rule.satisfied, [o for o in OPTIONS if o not in rule.excluded]]
