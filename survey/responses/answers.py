"""What was filled in on a paper, checked against the paper: closed lists, bounds, letters.

This is the one reader of answers: of a form as it is sent, of a draft, of an opened envelope. What
it returns it reads again to the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from sampling.problems import N_, Problem
from survey.questionnaires.paper import MULTIPLE, NUMBER, SINGLE, TEXT, Item, Paper
from survey.text import TURNING_MARKS, is_keepable

CHOOSE_ONE = N_("please choose one answer")
CHOOSE_SOME = N_("please choose at least one answer")
TYPE_A_NUMBER = N_("please type a number")
MISSING = {SINGLE: CHOOSE_ONE, MULTIPLE: CHOOSE_SOME, NUMBER: TYPE_A_NUMBER}
NOT_AN_OPTION = N_("please choose one of the answers shown")
NOT_A_NUMBER = N_("please type a whole number from {least} to {most}")
TOO_LONG = N_("at most {most} characters, these are {got}")
STRANGE_LETTERS = N_("there are characters here that cannot be kept; please type the text again")

LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
DIGITS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class FilledPaper:
    """A paper as it was sent: what can be kept, item by item, and what is wrong with the rest.

    `answers` has no entry for an item left blank (a blank is item non-response) and none for an
    item that the other answers do not lead to. The choices of a multiple choice are codes with a
    blank between them, in the order of the options.
    """

    answers: Mapping[str, str]
    faults: Mapping[str, Problem]


def read_answers(paper: Paper, sent: Mapping[str, str] | MultiDict[str, str]) -> FilledPaper:
    """Return the answers to `paper` out of a form's fields; fields that it lacks are ignored."""
    values = {item.id: tidy(item, take(sent, item.id)) for item in paper.items}
    asked = paper.visible_items(values)
    faults = {item.id: find_fault(item, values[item.id]) for item in asked}
    return FilledPaper(
        {item.id: values[item.id] for item in asked if values[item.id]},
        {item_id: fault for item_id, fault in faults.items() if fault is not None},
    )


def take(sent: Mapping[str, str] | MultiDict[str, str], item_id: str) -> str:
    """Return what was sent for an item; of several choices all, with blanks between them."""
    if isinstance(sent, MultiDict):
        return " ".join(sent.getlist(item_id))
    return sent.get(item_id, "")


def tidy(item: Item, value: str) -> str:
    """Return a value as it is kept: what means the same is written the same."""
    text = clean_text(value)
    if item.kind == MULTIPLE:
        return tidy_choices(item, text)
    if item.kind == NUMBER:
        digits = unicodedata.normalize("NFKC", text).replace(" ", "")
        return str(int(digits)) if DIGITS.fullmatch(digits) else text
    return text


def tidy_choices(item: Item, text: str) -> str:
    """Return the codes in `text` in the order of the options, each once; unknown ones follow."""
    chosen = dict.fromkeys(text.split())
    known = [option_id for option_id in item.option_ids if option_id in chosen]
    return " ".join([*known, *(code for code in chosen if code not in known)])


def clean_text(value: str) -> str:
    """Return text in NFC, without blanks around it, its lines ended by a newline alone.

    Marks that turn the direction of writing are left out: phones put them round what is pasted,
    nobody sees them, and they make a text read otherwise than it is stored. The words stay.

    >>> clean_text("  one\\r\\ntwo "), clean_text("a\\u202eb")
    ('one\\ntwo', 'ab')
    """
    if value.isascii() and value.isprintable():
        return value.strip()  # nearly every value: the code of an option
    text = LINE_ENDS.sub("\n", value).replace("\t", " ")
    text = "".join(letter for letter in text if letter not in TURNING_MARKS)
    return unicodedata.normalize("NFC", text).strip()


def find_fault(item: Item, value: str) -> Problem | None:
    """Return what is wrong with `value` as the answer to `item`, or None."""
    if not value:
        return Problem(MISSING.get(item.kind, CHOOSE_ONE)) if item.required else None
    return CHECKS[item.kind](item, value)


def check_choice(item: Item, value: str) -> Problem | None:
    """Take one of the options."""
    return None if value in item.option_ids else Problem(NOT_AN_OPTION)


def check_choices(item: Item, value: str) -> Problem | None:
    """Take some of the options."""
    return None if set(value.split()) <= set(item.option_ids) else Problem(NOT_AN_OPTION)


def check_number(item: Item, value: str) -> Problem | None:
    """Take a whole number within its bounds."""
    if DIGITS.fullmatch(value) and item.least <= int(value) <= item.most:
        return None
    return Problem(NOT_A_NUMBER, least=item.least, most=item.most)


def check_text(item: Item, value: str) -> Problem | None:
    """Take any letters that can be stored and shown, as many as there is room for."""
    if len(value) > item.max_length:
        return Problem(TOO_LONG, most=item.max_length, got=len(value))
    return None if all(map(is_keepable, value)) else Problem(STRANGE_LETTERS)


CHECKS: Mapping[str, Callable[[Item, str], Problem | None]] = {
    SINGLE: check_choice,
    MULTIPLE: check_choices,
    NUMBER: check_number,
    TEXT: check_text,
}
