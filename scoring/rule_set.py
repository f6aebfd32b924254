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
from sampling.toml_table import Table, read_toml
from scoring.counting_rule import (
    EVEN_POINTS,
    MODES,
    OPTIONS,
    OVERALL_ITEM,
    CountingRule,
)

RULE_SETS = Path(__file__).parent / "rule_sets"
MARKS = ("T", "P", "?")
COMPARISONS = (">=", "<=", "<")
STAGES = ("primary", "junior")
KINDS = ("indicator", "school", "difference", "survey", "judgement", "figure", "veto")
MEASURED_KINDS = ("indicator", "school", "difference", "survey")
SECTIONS = ("primary", "junior", "senior")


@dataclass(frozen=True, slots=True)
class Source:
    """A published text that rules are taken from."""

    id: str
    number: str
    title: str
    issuer: str
    year: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is measured in a school: an amount per so many pupils.

    `id` is also the name of the amount in the school table; a shared amount is divided between
    the sections of an integrated school.
    """

    id: str
    title_zh: str
    title_en: str
    unit: str
    per_pupils: Fraction
    shared: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the scheme with its citation.

    `limit_text` is the limit as the file has it and `limit` its exact value; both are empty for
    rules that are judged and not measured. `mark` is T where the quote stands in the source, P
    where it was found in a public form or notice, ? where no text settles it.
    """

    id: str
    kind: str
    decisive: bool
    title_zh: str
    title_en: str
    source: Source
    article: str
    quote: str
    mark: str
    comparison: str = ""
    limit_text: str = ""
    limit: Fraction | None = None
    stage: str = ""
    indicator: str = ""
    floor: Fraction | None = None

    def holds(self, value: Fraction) -> bool:
        """Return whether `value` keeps the limit, compared exactly."""
        if self.limit is None:
            raise Problem(N_("rule {rule} has no limit to compare with"), rule=self.id)
        return compare(value, self.comparison, self.limit)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which schools the indicators look at."""

    kinds_out: tuple[str, ...]
    point_min_pupils: int


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A scheme, complete and frozen; `digest` is the SHA-256 of its content."""

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
    def survey_rule(self) -> Rule:
        """The rule that the recognition rate is judged by."""
        return self.of_kind("survey")[0]


def compare(value: Fraction, comparison: str, limit: Fraction) -> bool:
    """Return whether `value` stands to `limit` as `comparison` (>=, <= or <) says.

    >>> compare(Fraction(17, 20), ">=", Fraction("0.85"))
    True
    >>> compare(Fraction(3, 20), "<", Fraction("0.15"))
    False
    """
    if comparison == ">=":
        return value >= limit
    return value <= limit if comparison == "<=" else value < limit


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


def read_rule_set(path: Path) -> RuleSet:
    """Return the rule set in a TOML file; `Problem` with file, key and what was expected."""
    data = read_toml(path)
    rule_set = _rule_set(Table(data, path.name), digest(data))
    _check(rule_set, path.name)
    return rule_set


def _rule_set(table: Table, content_digest: str) -> RuleSet:
    table.whole("format", least=1, most=1)
    sources = {key: _source(key, value) for key, value in table.tables("sources").items()}
    survey = table.table("survey")
    title = table.table("title")
    scope = table.table("scope")
    _cited(scope, sources)
    rule_set = RuleSet(
        id=table.text("id"),
        in_force_from=table.text("in_force_from"),
        title_zh=title.text("zh"),
        title_en=title.text("en"),
        indicators=tuple(_indicator(entry) for entry in table.entries("indicators")),
        rules=tuple(_rule(entry, sources) for entry in table.entries("rules")),
        counting_rule=_counting_rule(survey, sources),
        level=survey.share("level"),
        min_cell=survey.whole("min_cell", least=1),
        scope=Scope(scope.texts("kinds_out"), scope.whole("point_min_pupils", least=0)),
        splits=_splits(table.table("splits"), sources),
        digest=content_digest,
    )
    for part in (table, survey, title, scope):
        part.finish()
    return rule_set


def _source(source_id: str, table: Table) -> Source:
    source = Source(
        id=source_id,
        number=table.text("number"),
        title=table.text("title"),
        issuer=table.text("issuer", empty=True),
        year=table.text("year", empty=True),
    )
    table.finish()
    return source


def _cited(table: Table, sources: Mapping[str, Source]) -> tuple[Source, str]:
    """Return the source and the mark that every setting of a rule set has to carry."""
    return sources[table.choice("source", tuple(sources))], table.choice("mark", MARKS)


def _indicator(table: Table) -> Indicator:
    title = table.table("title")
    indicator = Indicator(
        id=table.text("id"),
        title_zh=title.text("zh"),
        title_en=title.text("en"),
        unit=table.text("unit"),
        per_pupils=table.number("per_pupils"),
        shared=table.flag("shared"),
    )
    title.finish()
    table.finish()
    return indicator


def _rule(table: Table, sources: Mapping[str, Source]) -> Rule:
    kind = table.choice("kind", KINDS)
    title = table.table("title")
    source, mark = _cited(table, sources)
    limit = table.number("limit") if kind in MEASURED_KINDS else None
    rule = Rule(
        id=table.text("id"),
        kind=kind,
        decisive=table.flag("decisive"),
        title_zh=title.text("zh"),
        title_en=title.text("en"),
        source=source,
        article=table.text("article"),
        quote=table.text("quote"),
        mark=mark,
        comparison=table.choice("comparison", COMPARISONS) if limit is not None else "",
        limit_text=table.text("limit") if limit is not None else "",
        limit=limit,
        stage=table.choice("stage", STAGES) if kind in ("indicator", "difference") else "",
        indicator=table.text("indicator") if kind in ("indicator", "difference") else "",
        floor=table.share("floor") if kind == "school" else None,
    )
    title.finish()
    table.finish()
    return rule


def _counting_rule(table: Table, sources: Mapping[str, Source]) -> CountingRule:
    """Return how the survey is counted; modes of several items have to name them."""
    _cited(table, sources)
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


def _splits(table: Table, sources: Mapping[str, Source]) -> Mapping[str, Mapping[str, Fraction]]:
    _cited(table, sources)
    return {kind: part.numbers(SECTIONS) for kind, part in table.rest().items()}


def _check(rule_set: RuleSet, name: str) -> None:
    """Raise `Problem` where the parts of a rule set do not fit together."""
    ids = [rule.id for rule in rule_set.rules]
    twice = next((rule_id for rule_id in ids if ids.count(rule_id) > 1), None)
    if twice:
        raise Problem(N_("rule {rule!r} stands there twice"), where=name, rule=twice)
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
        if len(rule_set.of_kind(kind)) != 1:
            raise Problem(
                N_("expected one rule of kind {kind!r}, got {got}"),
                where=name,
                kind=kind,
                got=len(rule_set.of_kind(kind)),
            )
    _check_survey(rule_set, name)


def _check_survey(rule_set: RuleSet, name: str) -> None:
    if set(rule_set.counting_rule.satisfied) & set(rule_set.counting_rule.excluded):
        raise Problem(N_("survey: an option is both satisfied and excluded"), where=name)
    if rule_set.survey_rule.comparison != ">=":
        raise Problem(
            N_("rule {rule}: a recognition rate is judged by >=, got {got}"),
            where=name,
            rule=rule_set.survey_rule.id,
            got=rule_set.survey_rule.comparison,
        )
