"""The one reader of answers: kinds, routing, letters; what it returns it reads to the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from sampling.canonical import canonical_json
from survey.questionnaires.edition import parse_edition
from survey.questionnaires.paper_table import MOST_BYTES, most_bytes
from survey.responses.answers import read_answers
from tests.survey.questionnaires.samples import sample_contents

PAPER = parse_edition("sample-2027", sample_contents()).paper_for("parent")
IDS = [item.id for item in PAPER.items]
WENT = {"overall": "mostly", "visited": "yes"}

# One that fits more often than not, or any text at all.
values = st.one_of(
    st.sampled_from(
        ["yes", "no", "mostly", "meeting sport", "sport other meeting", "7", "７ ", ""]
    ),
    st.text(max_size=30),
)


def test_several_choices_are_kept_in_the_order_of_the_options() -> None:
    form = MultiDict([*WENT.items(), ("reasons", "sport"), ("reasons", "meeting")])
    form.add("reasons", "sport")
    assert read_answers(PAPER, form).answers == WENT | {"reasons": "meeting sport"}


@pytest.mark.parametrize(
    ("sent", "kept"), [("12", "12"), (" 007 ", "7"), ("１２", "12"), ("1 2", "12")]
)
def test_a_number_is_kept_in_plain_digits(sent: str, kept: str) -> None:
    filled = read_answers(PAPER, WENT | {"reasons": "sport", "times": sent})
    assert (filled.answers["times"], filled.faults) == (kept, {})


FAULTS = [
    ({"visited": ""}, "visited", "please choose one answer"),
    ({"visited": "maybe"}, "visited", "one of the answers shown"),
    ({"reasons": ""}, "reasons", "please choose at least one answer"),
    ({"reasons": "sport picnic"}, "reasons", "one of the answers shown"),
    ({"times": "0"}, "times", "a whole number from 1 to 300"),
    ({"times": "301"}, "times", "a whole number from 1 to 300"),
    ({"times": "-3"}, "times", "a whole number from 1 to 300"),
    ({"times": "3.5"}, "times", "a whole number from 1 to 300"),
    ({"times": "9" * 4000}, "times", "a whole number from 1 to 300"),
    ({"times": "²"}, "times", ""),
    ({"suggestion": "字" * 501}, "suggestion", "at most 500 characters, these are 501"),
    ({"suggestion": "a\x00b"}, "suggestion", "cannot be kept"),
    ({"suggestion": "a\x85b"}, "suggestion", "cannot be kept"),
    ({"suggestion": "a\ud800b"}, "suggestion", "cannot be kept"),
    ({"suggestion": "a\ufffeb"}, "suggestion", "cannot be kept"),
]


@pytest.mark.parametrize(("wrong", "item_id", "message"), FAULTS)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    wrong: dict[str, str], item_id: str, message: str
) -> None:
    sent = WENT | {"reasons": "sport", "times": "2"} | wrong
    filled = read_answers(PAPER, sent)
    if not message:  # a digit to Unicode, and to whoever typed it
        assert filled.answers[item_id] == "2"
        return
    assert message in str(filled.faults[item_id])
    assert list(filled.faults) == [item_id]
    assert filled.answers.get(item_id, "") == wrong[item_id]


def test_what_is_not_asked_is_not_taken() -> None:
    sent = {"overall": "mostly", "visited": "no", "reasons": "sport", "times": "3"}
    filled = read_answers(PAPER, sent)
    assert filled.answers == {"overall": "mostly", "visited": "no"}
    assert filled.faults == {}


def test_an_answer_that_is_not_asked_leads_nowhere() -> None:
    shown = PAPER.visible_items({"visited": "no", "reasons": "sport"})
    assert {"reasons", "times"}.isdisjoint(item.id for item in shown)
    shown = PAPER.visible_items({"visited": "yes", "reasons": "other sport"})
    assert {"reasons", "times"} <= {item.id for item in shown}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\u202eb\u2066c\u2069", "abc"),  # turning marks go, unseen; the words stay
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("e\u0301", "\xe9"),
        ("ئۇ\u200cيغۇر\u200f", "ئۇ\u200cيغۇر\u200f"),  # what Arabic writing needs
        ("ᠮᠣᠩ\u180eᠭᠣᠯ\u180b", "ᠮᠣᠩ\u180eᠭᠣᠯ\u180b"),  # what Mongolian writing needs
        ("好👍🏽\ue056", "好👍🏽\ue056"),
        ("\u202e\u2066 ", ""),
    ],
)
def test_letters_of_every_writing_are_kept(typed: str, kept: str) -> None:
    filled = read_answers(PAPER, WENT | {"reasons": "other", "suggestion": typed})
    assert filled.answers.get("suggestion", "") == kept
    assert filled.faults == {}


@given(st.dictionaries(st.sampled_from(IDS), values))
def test_what_was_read_is_read_again_to_the_same(sent: dict[str, str]) -> None:
    first = read_answers(PAPER, sent)
    again = read_answers(PAPER, first.answers)
    assert again.answers == first.answers
    assert {key: str(fault) for key, fault in again.faults.items()} == {
        key: str(fault) for key, fault in first.faults.items()
    }


@given(st.text(max_size=600))
def test_no_answer_outgrows_its_room(suggestion: str) -> None:
    sent = {item.id: " ".join(item.option_ids[: len(item.options)]) for item in PAPER.items}
    filled = read_answers(PAPER, WENT | {"reasons": sent["reasons"], "suggestion": suggestion})
    if not filled.faults:
        size = len(canonical_json(dict(filled.answers)).encode())
        assert size <= sum(map(most_bytes, PAPER.items)) <= MOST_BYTES
