"""What a link says when it cannot be answered with: polite, short, never an error."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from survey.assessments.models import CLOSED, OPENED
from survey.responses.submission import Invitation
from survey.samples.models import LINK_REFUSED, LINK_SPENT, LINK_VOID


@dataclass(frozen=True, slots=True)
class Notice:
    """A page of a heading and a sentence or two."""

    title: LazyString
    text: LazyString


RECEIVED = Notice(
    lazy_gettext("Your answer has been received"),
    lazy_gettext("This link has been used. Nothing more is to be done. Thank you."),
)
NOT_TAKING_PART = Notice(
    lazy_gettext("You are not taking part"),
    lazy_gettext("This has been noted and stands. You need not do anything more. Thank you."),
)
NEW_CARD = Notice(
    lazy_gettext("A new card was issued"),
    lazy_gettext("This card is no longer valid. Please use the new one."),
)
NOT_BEGUN = Notice(
    lazy_gettext("The survey has not begun yet"),
    lazy_gettext("Please come back later with the same card."),
)
ENDED = Notice(
    lazy_gettext("The survey has ended"),
    lazy_gettext("Answers are no longer taken. Thank you for coming."),
)
OTHER_CARD = Notice(
    lazy_gettext("Another card was opened on this phone"),
    lazy_gettext("Nothing was sent. Please open your own card again and answer there."),
)
BY_LINK_STATE = {LINK_SPENT: RECEIVED, LINK_REFUSED: NOT_TAKING_PART, LINK_VOID: NEW_CARD}
BY_ROUND_STATUS = {CLOSED: ENDED, OPENED: ENDED}

# Errors of the web, by their number; the rest is SOMETHING_WRONG.
BY_HTTP_STATUS = {
    400: Notice(
        lazy_gettext("This page has expired"),
        lazy_gettext("Nothing was sent. Please open your link again; cookies must be allowed."),
    ),
    404: Notice(
        lazy_gettext("There is no such page"),
        lazy_gettext("Please scan the code on your card again."),
    ),
    413: Notice(
        lazy_gettext("Too large"),
        lazy_gettext("What was sent is larger than an answer can be. Nothing was kept."),
    ),
}
SOMETHING_WRONG = Notice(
    lazy_gettext("This did not work just now"),
    lazy_gettext("Please wait a moment, then load this page again. An answer counts only once."),
)


def find_notice(invitation: Invitation) -> Notice | None:
    """Return what to say instead of the paper, or None where it can be answered."""
    if invitation.may_answer:
        return None
    by_link = BY_LINK_STATE.get(invitation.state)
    return by_link or BY_ROUND_STATUS.get(invitation.status, NOT_BEGUN)
