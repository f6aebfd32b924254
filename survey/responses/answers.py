"""What was filled in on a paper, checked against the paper: closed lists, lengths, letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from sampling.problems import N_, Problem
from survey.questionnaires.edition import TEXT, Item, Paper

CHOOSE_ONE = N_("please choose one answer")
NOT_AN_OPTION = N_("please choose one of the answers shown")
TOO_LONG = N_("at most {most} characters, these are {got}")
STRANGE_LETTERS = N_("there are characters here that cannot be kept; please type the text again")


@dataclass(frozen=True, slots=True)
class FilledPaper:
    """A paper as it was sent: what can be kept, item by item, and what is wrong with the rest.

    `answers` has no entry for an item left blank (a blank is item non-response).
    """

    answers: Mapping[str, str]
    faults: Mapping[str, Problem]


def read_answers(paper: Paper, sent: Mapping[str, str]) -> FilledPaper:
    """Return the answers to `paper` out of a form's fields; fields that it lacks are ignored."""
    answers: dict[str, str] = {}
    faults: dict[str, Problem] = {}
    for item in paper.items:
        value = clean_text(sent.get(item.id, ""))
        fault = find_fault(paper, item, value)
        if fault is not None:
            faults[item.id] = fault
        if value:
            answers[item.id] = value
    return FilledPaper(answers, faults)


def clean_text(value: str) -> str:
    """Return text in NFC, without blanks around it, its lines ended by a newline alone.

    >>> clean_text("  one\\r\\ntwo ")
    'one\\ntwo'
    """
    text = value.replace("\r\n", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", text).strip()


def find_fault(paper: Paper, item: Item, value: str) -> Problem | None:
    """Return what is wrong with `value` as the answer to `item`, or None."""
    if not value:
        return Problem(CHOOSE_ONE) if item.required else None
    if item.kind != TEXT:
        return None if value in paper.option_ids else Problem(NOT_AN_OPTION)
    if len(value) > item.max_length:
        return Problem(TOO_LONG, most=item.max_length, got=len(value))
    return None if all(map(is_keepable, value)) else Problem(STRANGE_LETTERS)


def is_keepable(letter: str) -> bool:
    """Say whether a character can be stored and shown: no control characters, no surrogates."""
    return letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs")
