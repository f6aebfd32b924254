"""The procedure in words: levels, statuses and acts by name, problems without codes."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext, lazy_gettext

from sampling.problems import Problem
from scoring.rule_set import RuleSet
from survey.localization import choose_language

LEVEL_NAMES = {
    "county": lazy_gettext("county level"),
    "city": lazy_gettext("city level"),
    "province": lazy_gettext("province level"),
    "nation": lazy_gettext("nation level"),
}
STATUS_NAMES = {
    "not_begun": lazy_gettext("not begun"),
    "under_way": lazy_gettext("under way"),
    "passed": lazy_gettext("passed"),
    "submitted": lazy_gettext("passed, papers handed on"),
    "returned": lazy_gettext("papers sent back"),
    "failed": lazy_gettext("not passed"),
    "ended": lazy_gettext("ended"),
}
ACTION_NAMES = {
    "opened": lazy_gettext("opened"),
    "decided": lazy_gettext("decided"),
    "submitted": lazy_gettext("papers handed on"),
    "returned": lazy_gettext("papers sent back"),
    "published": lazy_gettext("made public"),
}


def titles_of(rule_set: RuleSet) -> dict[str, str]:
    """Return what stages are called in the reader's language, by code."""
    is_chinese = choose_language() == "zh"
    return {stage.id: stage.title.zh if is_chinese else stage.title.en for stage in rule_set.stages}


def step_titles(rule_set: RuleSet) -> dict[tuple[str, str], str]:
    """Return what steps are called in the reader's language, by stage and step."""
    is_chinese = choose_language() == "zh"
    return {
        (stage.id, step.id): step.title.zh if is_chinese else step.title.en
        for stage in rule_set.stages
        for step in stage.steps
    }


def tell_step(problem: Problem, rule_set: RuleSet) -> str:
    """Return what is wrong with an act in the reader's language, codes by their names."""
    titles = titles_of(rule_set)
    values = dict(problem.values)
    stage = str(values.get("stage", ""))
    steps = {step: title for (of, step), title in step_titles(rule_set).items() if of == stage}
    named = {key: _name(key, value, titles, steps) for key, value in values.items()}
    text = str(gettext(problem.message)).replace("!r}", "}").format(**named)
    return f"{problem.where}: {text}" if problem.where else text


def _name(key: str, value: object, titles: Mapping[str, str], steps: Mapping[str, str]) -> object:
    """Return a value by its name; what key it stands under tells a stage from a level."""
    code = str(value)
    if key in ("level", "own"):
        return str(LEVEL_NAMES.get(code, code))
    if key in ("stage", "before"):
        return titles.get(code, code)
    if key in ("status", "needed"):
        return str(STATUS_NAMES.get(code, code))
    if key in ("expected", "got"):
        return steps.get(code, code or "—")
    return value
