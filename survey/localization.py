"""Languages of the site: Chinese first, English second (中文 English)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone

from flask import Flask, request
from flask_babel import Babel, gettext, lazy_gettext

from sampling.problems import Problem, Problems
from scoring.rule_parts import ANSWERS

LANGUAGES = {"zh": "中文", "en": "English"}
LANGUAGE_COOKIE = "lang"
BEIJING = timezone(timedelta(hours=8))  # the one time of the country

# Names of the field that records hold as codes, for people to read.
CATEGORY_NAMES = {
    "parent": lazy_gettext("parents"),
    "teacher": lazy_gettext("teachers"),
    "principal": lazy_gettext("principals"),
    "deputy": lazy_gettext("people's congress deputies"),
    "cppcc": lazy_gettext("CPPCC members"),
    "student": lazy_gettext("pupils"),
    "resident": lazy_gettext("other residents"),
}
AREA_NAMES = {
    "urban": lazy_gettext("urban area"),
    "town": lazy_gettext("town area"),
    "rural": lazy_gettext("rural area"),
}
STATUS_NAMES = {
    "draft": lazy_gettext("in preparation"),
    "frozen": lazy_gettext("quotas frozen"),
    "drawn": lazy_gettext("sample drawn"),
    "field": lazy_gettext("in the field"),
    "closed": lazy_gettext("closed, envelopes sealed"),
    "opened": lazy_gettext("opened and counted"),
}
ROLE_NAMES = {
    "supervisor": lazy_gettext("supervisor"),
    "official": lazy_gettext("official"),
    "administrator": lazy_gettext("administrator"),
}
NAMES = {**CATEGORY_NAMES, **AREA_NAMES, **STATUS_NAMES}
OUTCOME_NAMES = {
    "met": lazy_gettext("met"),
    "not_met": lazy_gettext("not met"),
    "not_measured": lazy_gettext("not measured"),
    "undecided": lazy_gettext("undecided"),
    "shown": lazy_gettext("shown only"),
}

OPTION_NAMES = {
    "satisfied": lazy_gettext("satisfied"),
    "mostly": lazy_gettext("mostly satisfied"),
    "basically": lazy_gettext("basically satisfied"),
    "dissatisfied": lazy_gettext("dissatisfied"),
    "unknown": lazy_gettext("do not know"),
}
VERDICT_NAMES = {
    "met": lazy_gettext("The standard is met"),
    "not_met": lazy_gettext("The standard is not met"),
    "undecided": lazy_gettext("Undecided: data are missing"),
}
# What the interval shows about the limit, in the three phrases of the scoring core.
PHRASE_NAMES = {
    "shown to be met": lazy_gettext("shown to be met"),
    "not shown either way": lazy_gettext("not shown either way"),
    "shown to be missed": lazy_gettext("shown to be missed"),
}


def choose_language() -> str:
    """Return the language of this request: the visitor's choice, else Chinese."""
    chosen = request.args.get(LANGUAGE_COOKIE) or request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else "zh"


def init_languages(app: Flask) -> None:
    """Give the app its catalogues and templates their names."""
    Babel(app, default_locale="zh", locale_selector=choose_language)
    app.jinja_env.globals.update(
        languages=LANGUAGES,
        chosen_language=choose_language,
        category_names=CATEGORY_NAMES,
        area_names=AREA_NAMES,
        role_names=ROLE_NAMES,
        outcome_names=OUTCOME_NAMES,
        verdict_names=VERDICT_NAMES,
        phrase_names=PHRASE_NAMES,
        beijing_time=beijing_time,
        beijing_hour=beijing_hour,
        percent=percent,
        share=share,
        tell_answer=tell_answer,
        tell_options=tell_options,
        tell=tell,
        in_own_words=gettext,
        tell_stratum=tell_stratum,
    )


def tell(problem: Problem) -> str:
    """Return a problem in the reader's language: place, then what is wrong."""
    text = fill(problem.message, problem.values)
    return (
        gettext("{place}: {text}").format(place=problem.where, text=text) if problem.where else text
    )


def fill(message: str, values: Mapping[str, object]) -> str:
    """Return a message in the reader's language, codes in it by their names."""
    named = {
        key: str(NAMES[value]) if isinstance(value, str) and value in NAMES else value
        for key, value in values.items()
    }
    return str(gettext(message)).format(**named)


def tell_all(error: Problem | Problems) -> list[str]:
    """Return every problem of an error in the reader's language."""
    problems = error.problems if isinstance(error, Problems) else (error,)
    return [tell(problem) for problem in problems]


def tell_stratum(name: str) -> str:
    """Return a stratum's name in the reader's language: ``parent/urban+town/1-2`` -> 家长 · …"""
    parts = ["+".join(str(NAMES.get(v, v)) for v in part.split("+")) for part in name.split("/")]
    return " · ".join(parts)


def tell_answer(text: str) -> str:
    """Return a value or limit with the codes of judgements as words: ``good / excellent``.

    The codes are English words already; in Chinese they are those of the workbook.
    """
    if choose_language() != "zh":
        return text
    return " / ".join(ANSWERS.get(piece, piece) for piece in text.split(" / "))


def tell_options(codes: Sequence[str]) -> str:
    """Return option codes in the reader's language, joined."""
    return " ".join(str(OPTION_NAMES.get(code, code)) for code in codes)


def percent(value: float, digits: int = 1) -> str:
    """Return a number in 0-1 as a percentage, for display only."""
    return f"{100 * value:.{digits}f} %"


def share(numerator: int, denominator: int) -> str:
    """Return a share of counts as a percentage, cut and not rounded up: 96 of 113 is no 85.0 %.

    >>> share(96, 113), share(17, 20)
    ('84.9 %', '85.0 %')
    """
    tenths = 1000 * numerator // denominator
    return f"{tenths // 10}.{tenths % 10} %"


def beijing_time(text: str) -> str:
    """Return a time of the database as a clock in China shows it.

    >>> beijing_time("2026-10-03T17:05:59+00:00")
    '2026-10-04 01:05'
    """
    return datetime.fromisoformat(text).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def beijing_hour(text: str) -> str:
    """Return a time that is kept to the hour, without minutes that nobody knows."""
    at = datetime.fromisoformat(text).astimezone(BEIJING)
    return str(gettext("{day}, {hour} h")).format(day=at.strftime("%Y-%m-%d"), hour=at.hour)
