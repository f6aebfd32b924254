"""A rule set: limits, shares and readings of one dated scheme, each with its citation.

Rule sets are TOML files in `scoring/rule_sets`. The loader is strict: an unknown key, a missing
citation or a limit that is not text stops it with the file, the key and what was expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from sampling.canonical import digest
from sampling.problems import N_, Problem
from sampling.toml_table import Table
from scoring.catalogue import Catalogue, make_catalogue
from scoring.citations import (
    MARKS,
    Citation,
    Source,
    Sources,
    Title,
    read_citation,
    read_entries,
    read_mark,
    read_source,
    read_title,
)
from scoring.counting_rule import EVEN_POINTS, MODES, OPTIONS, OVERALL_ITEM, CountingRule
from scoring.data_tables import DataColumn, Figure, read_column, read_figure
from scoring.limits import COMPARISONS, compare
from scoring.overlays import resolve_file
from scoring.rule_parts import Relief
from scoring.rule_reader import read_indicator, read_rule
from scoring.rule_set_checks import check_measures, check_names, check_references
from scoring.rules import KINDS, MEASURED_KINDS, PART_KINDS, STAGES, Indicator, Rule, Scope
from scoring.school_columns import KINDS as SCHOOL_KINDS
from scoring.stages import (
    Monitoring,
    Stage,
    Target,
    read_monitoring,
    read_stage,
    read_target,
)

__all__ = [
    "COMPARISONS",
    "KINDS",
    "MARKS",
    "MEASURED_KINDS",
    "PART_KINDS",
    "RULE_SETS",
    "SECTIONS",
    "STAGES",
    "Aspect",
    "Indicator",
    "Removal",
    "Rule",
    "RuleSet",
    "Scope",
    "Source",
    "compare",
    "find_rule_set",
    "load_rule_set",
    "read_rule_set",
    "rule_set_from",
    "rule_set_ids",
]

RULE_SETS = Path(__file__).parent / "rule_sets"
SECTIONS = ("primary", "junior", "senior")


@dataclass(frozen=True, slots=True)
class Aspect:
    """One of the aspects (方面) that a scheme sorts its rules into."""

    id: str
    title: Title


@dataclass(frozen=True, slots=True)
class Removal:
    """A rule of the base that this scheme does not have, and where that is written."""

    id: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A scheme, complete and frozen; `digest` is the SHA-256 of `content`, bases included.

    `lineage` are the ids of the rule sets that it extends, nearest first.
    """

    id: str
    in_force_from: str
    title_zh: str
    title_en: str
    indicators: tuple[Indicator, ...]
    rules: tuple[Rule, ...]
    counting_rule: CountingRule
    level: Fraction
    min_cell: int
    scope: Scope
    splits: Mapping[str, Mapping[str, Fraction]]
    digest: str
    aspects: tuple[Aspect, ...]
    figures: tuple[Figure, ...]
    columns: tuple[DataColumn, ...]
    stages: tuple[Stage, ...]
    monitoring: tuple[Monitoring, ...]
    targets: tuple[Target, ...]
    removed: tuple[Removal, ...]
    lineage: tuple[str, ...]
    content: Mapping[str, object]

    def rule(self, rule_id: str) -> Rule:
        """Return the rule with that id; `Problem` where the scheme has none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise Problem(N_("rule set {id} has no rule {rule!r}"), id=self.id, rule=rule_id)

    def of_kind(self, *kinds: str) -> tuple[Rule, ...]:
        """Return the rules of these kinds in the file's order."""
        return tuple(rule for rule in self.rules if rule.kind in kinds)

    @property
    def has_survey(self) -> bool:
        """Whether the scheme judges a recognition rate."""
        return bool(self.of_kind("survey"))

    @property
    def survey_rule(self) -> Rule:
        """The rule that the recognition rate is judged by; `Problem` where there is none."""
        if not self.has_survey:
            raise Problem(N_("rule set {id} judges no recognition rate"), id=self.id)
        return self.of_kind("survey")[0]

    @property
    def reliefs(self) -> Mapping[str, tuple[tuple[Rule, Relief], ...]]:
        """What each relief eases, by the name that switches it on."""
        pairs = [(rule, relief) for rule in self.rules for relief in rule.reliefs]
        names = dict.fromkeys(relief.id for _, relief in pairs)
        return {name: tuple(pair for pair in pairs if pair[1].id == name) for name in names}

    def columns_of(self, table: str) -> tuple[DataColumn, ...]:
        """Return the columns that the rule set asks for in a table, in the file's order."""
        return tuple(column for column in self.columns if column.table == table)


def rule_set_ids() -> list[str]:
    """Return the ids of the rule sets that come with the programme, sorted."""
    return sorted(path.stem for path in RULE_SETS.glob("*.toml"))


def load_rule_set(rule_set_id: str) -> RuleSet:
    """Return one of the rule sets that come with the programme; `Problem` if there is none.

    >>> load_rule_set("national-2017").survey_rule.limit
    Fraction(17, 20)
    """
    known = rule_set_ids()
    if rule_set_id not in known:
        raise Problem(
            N_("there is no rule set {id!r}; known are: {known}"),
            id=rule_set_id,
            known=", ".join(known),
        )
    return read_rule_set(RULE_SETS / f"{rule_set_id}.toml")


def find_rule_set(text: str) -> RuleSet:
    """Return the rule set that ships under an id, or that of a file, known by its ending .toml."""
    return read_rule_set(Path(text)) if text.endswith(".toml") else load_rule_set(text)


def read_rule_set(path: Path) -> RuleSet:
    """Return the rule set in a TOML file; `Problem` with file, key and what was expected.

    A file that extends another rule set finds it among those that come with the programme, or
    else beside itself.
    """
    return rule_set_from(resolve_file(path, RULE_SETS), path.name)


def rule_set_from(content: Mapping[str, object], where: str) -> RuleSet:
    """Return the rule set of which this is the whole `content`, as a certificate carries it.

    `where` is the file's name, for messages.
    """
    rule_set = _rule_set(Table(content, where), content, where)
    _check(rule_set, where)
    return rule_set


def _rule_set(table: Table, content: Mapping[str, object], where: str) -> RuleSet:
    table.whole("format", least=1, most=1)
    sources = {key: read_source(key, value) for key, value in table.tables("sources").items()}
    survey = table.table("survey")
    scope = table.table("scope")
    read_mark(scope, sources)
    title = read_title(table)
    aspects = tuple(_aspect(entry) for entry in table.entries("aspects"))
    figures = tuple(read_figure(entry) for entry in read_entries(table, "figures"))
    columns = tuple(read_column(entry) for entry in read_entries(table, "columns"))
    indicators = tuple(read_indicator(entry) for entry in table.entries("indicators"))
    data = make_catalogue(figures, columns, indicators, where)
    rule_set = RuleSet(
        id=table.text("id"),
        in_force_from=table.text("in_force_from"),
        title_zh=title.zh,
        title_en=title.en,
        indicators=indicators,
        rules=_rules(table, sources, aspects, data),
        counting_rule=_counting_rule(survey, sources),
        level=survey.share("level"),
        min_cell=survey.whole("min_cell", least=1),
        scope=_scope(scope, data),
        splits=_splits(table.table("splits"), sources),
        digest=digest(content),
        aspects=aspects,
        figures=figures,
        columns=columns,
        stages=tuple(read_stage(entry, sources) for entry in read_entries(table, "stages")),
        monitoring=tuple(
            read_monitoring(entry, sources) for entry in read_entries(table, "monitoring")
        ),
        targets=tuple(
            read_target(entry, sources, data) for entry in read_entries(table, "targets")
        ),
        removed=tuple(_removal(entry, sources) for entry in read_entries(table, "removals")),
        lineage=table.texts("lineage") if "lineage" in table.keys else (),
        content=content,
    )
    for part in (table, survey, scope):
        part.finish()
    return rule_set


def _rules(
    table: Table, sources: Sources, aspects: tuple[Aspect, ...], data: Catalogue
) -> tuple[Rule, ...]:
    names = tuple(aspect.id for aspect in aspects)
    return tuple(read_rule(entry, sources, names, data) for entry in table.entries("rules"))


def _scope(table: Table, data: Catalogue) -> Scope:
    kinds_out = table.choices("kinds_out", tuple(SCHOOL_KINDS))
    least = table.whole("point_min_pupils", least=0)
    if "schools_of" not in table.keys:
        return Scope(kinds_out, least)
    named = table.table("schools_of")
    schools_of = {s: data.figure(named, s, "count") for s in STAGES if s in named.keys}
    named.finish()
    return Scope(kinds_out, least, schools_of)


def _aspect(table: Table) -> Aspect:
    aspect = Aspect(table.text("id"), read_title(table))
    table.finish()
    return aspect


def _removal(table: Table, sources: Sources) -> Removal:
    removal = Removal(table.text("id"), read_citation(table, sources))
    table.finish()
    return removal


def _counting_rule(table: Table, sources: Sources) -> CountingRule:
    """Return how the survey is counted; modes of several items have to name them."""
    read_mark(table, sources)
    mode = table.choice("mode", MODES)
    has_items = mode != OVERALL_ITEM or "items" in table.keys
    return CountingRule(
        item=table.text("item"),
        mode=mode,
        satisfied=table.choices("satisfied", OPTIONS),
        excluded=table.choices("excluded", OPTIONS),
        items=table.names("items") if has_items else (),
        points=_points(table) if "points" in table.keys else EVEN_POINTS,
    )


def _points(survey: Table) -> Mapping[str, int]:
    """Return whole points by option; an option that is not named has none."""
    table = survey.table("points")
    points = {o: table.whole(o, least=0) for o in OPTIONS if o in table.keys}
    table.finish()
    if not any(points.values()):
        raise survey.problem("points", "at least one option with a point", dict(points))
    return points


def _splits(table: Table, sources: Sources) -> Mapping[str, Mapping[str, Fraction]]:
    read_mark(table, sources)
    parts = table.rest()
    if unknown := next((kind for kind in parts if kind not in SCHOOL_KINDS), None):
        raise table.problem(unknown, f"one of {', '.join(SCHOOL_KINDS)}", unknown)
    return {kind: part.numbers(SECTIONS) for kind, part in parts.items()}


def _check(rule_set: RuleSet, name: str) -> None:
    """Raise `Problem` where the parts of a rule set do not fit together."""
    check_names(rule_set, name)
    check_references(rule_set, name)
    check_measures(rule_set, name)
    known = {indicator.id for indicator in rule_set.indicators}
    for rule in rule_set.rules:
        if rule.indicator and rule.indicator not in known:
            raise Problem(
                N_("rule {rule}: expected one of the indicators {known}, got {got!r}"),
                where=name,
                rule=rule.id,
                known=", ".join(sorted(known)),
                got=rule.indicator,
            )
    for kind in ("survey", "school"):
        if len(rule_set.of_kind(kind)) > 1:
            raise Problem(
                N_("expected at most one rule of kind {kind!r}, got {got}"),
                where=name,
                kind=kind,
                got=len(rule_set.of_kind(kind)),
            )
    _check_survey(rule_set, name)


def _check_survey(rule_set: RuleSet, name: str) -> None:
    if set(rule_set.counting_rule.satisfied) & set(rule_set.counting_rule.excluded):
        raise Problem(N_("survey: an option is both satisfied and excluded"), where=name)
    for rule in rule_set.of_kind("survey"):
        if rule.comparison != ">=":
            raise Problem(
                N_("rule {rule}: a recognition rate is judged by >=, got {got}"),
                where=name,
                rule=rule.id,
                got=rule.comparison,
            )
