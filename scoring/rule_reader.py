"""Reading indicators and rules, each kind with its keys and nothing else."""

from __future__ import annotations

from fractions import Fraction

from sampling.toml_table import Table
from scoring.catalogue import Catalogue
from scoring.citations import Sources, Title, read_citation, read_title
from scoring.limits import COMPARISONS
from scoring.part_reader import read_parts, read_readings, read_reliefs
from scoring.rule_parts import AnswerPart, FigurePart
from scoring.rules import KINDS, PART_KINDS, STAGES, Indicator, Rule

SHOWN_KINDS = ("difference", "composite")
"""Kinds that may do without a limit; they are shown then and decide nothing."""


def read_indicator(table: Table) -> Indicator:
    """Return an indicator from its table."""
    title = read_title(table)
    indicator = Indicator(
        id=table.text("id"),
        title_zh=title.zh,
        title_en=title.en,
        unit=table.text("unit"),
        per_pupils=table.number("per_pupils"),
        shared=table.flag("shared"),
        amount=read_title(table, "amount"),
    )
    table.finish()
    return indicator


def read_rule(table: Table, sources: Sources, aspects: tuple[str, ...], data: Catalogue) -> Rule:
    """Return a rule from its table; `Problem` where something is missing or does not fit."""
    kind = table.choice("kind", KINDS)
    title = read_title(table)
    citation = read_citation(table, sources)
    comparison, limit_text, limit = _limit(table, kind)
    parts = read_parts(table, data) if kind in PART_KINDS else ()
    rule = Rule(
        id=table.text("id"),
        kind=kind,
        decisive=table.flag("decisive"),
        title_zh=title.zh,
        title_en=title.en,
        source=citation.source,
        article=citation.article,
        quote=citation.quote,
        mark=citation.mark,
        comparison=comparison,
        limit_text=limit_text,
        limit=limit,
        stage=_stage(table, kind),
        indicator=table.text("indicator") if kind in ("indicator", "difference") else "",
        floor=table.share("floor") if kind == "school" else None,
        aspect=table.choice("aspect", aspects),
        parts=parts,
        holds_if=_holds_if(table) if parts else "all",
        readings=read_readings(table, data) if parts else (),
        reliefs=read_reliefs(table, sources, data, parts),
        open=_optional_title(table, "open"),
        note=_optional_title(table, "note"),
    )
    table.finish()
    _check_measurable(rule, table)
    return rule


def _limit(table: Table, kind: str) -> tuple[str, str, Fraction | None]:
    if kind in PART_KINDS or (kind in SHOWN_KINDS and "limit" not in table.keys):
        return "", "", None
    number = table.number("limit")
    return table.choice("comparison", COMPARISONS), table.text("limit"), number


def _stage(table: Table, kind: str) -> str:
    has_stage = kind in ("indicator", "difference", "composite")
    return table.choice("stage", STAGES) if has_stage else ""


def _holds_if(table: Table) -> str:
    return table.choice("holds_if", ("all", "any")) if "holds_if" in table.keys else "all"


def _optional_title(table: Table, key: str) -> Title | None:
    return read_title(table, key) if key in table.keys else None


def _check_measurable(rule: Rule, table: Table) -> None:
    """Raise `Problem` for a rule that nobody could measure, and that does not say why."""
    if rule.kind in PART_KINDS and bool(rule.parts) == (rule.open is not None):
        raise table.problem("parts", "either parts or open, a word why there are none", rule.id)
    if rule.kind not in PART_KINDS and rule.open is not None:
        raise table.problem("open", "no such key in a rule that is measured otherwise", rule.kind)
    if rule.reliefs and rule.kind not in ("indicator", *PART_KINDS):
        raise table.problem("reliefs", "no such key in a rule of its kind", rule.kind)
    if rule.decisive and _is_only_shown(rule):
        raise table.problem("limit", "a limit, because the rule is decisive", "none")
    if rule.kind in ("judgement", "veto") and not _is_answered(rule):
        raise table.problem("parts", "parts of measure answer in a judgement or veto", rule.id)


def _is_only_shown(rule: Rule) -> bool:
    if rule.kind not in PART_KINDS:
        return rule.limit is None
    figures = [part for part in rule.parts if isinstance(part, FigurePart)]
    return any(part.limit is None and not part.limit_figure for part in figures)


def _is_answered(rule: Rule) -> bool:
    return all(isinstance(part, AnswerPart) for part in rule.parts)
