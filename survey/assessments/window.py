"""The window in which people answer (答题时间), as cards and respondents' pages say it.

Nothing closes by itself on the last day, so it is a request and no threat.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

from flask_babel import gettext

from survey.localization import choose_language


class HasWindow(Protocol):
    """A round, or what a code leads to: the two days as ISO text, or None."""

    @property
    def opens_on(self) -> str | None:
        """The first day."""

    @property
    def closes_on(self) -> str | None:
        """The last day, counted in."""


def day_in_chinese(text: str) -> str:
    """Return a stored day as it is written in Chinese.

    >>> day_in_chinese("2027-04-06")
    '2027年4月6日'
    """
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


def window_on_paper(found: HasWindow) -> str:
    """Return the line of a card, in Chinese like all of it; "" where no day is set.

    >>> from types import SimpleNamespace
    >>> window_on_paper(SimpleNamespace(opens_on="2027-04-01", closes_on="2027-04-06"))
    '答题时间：2027年4月1日至4月6日'
    """
    first, last = found.opens_on, found.closes_on
    if first and last:
        end = day_in_chinese(last)
        if first[:4] == last[:4]:
            end = end.partition("年")[2]
        return f"答题时间：{day_in_chinese(first)}至{end}"
    if last:
        return f"答题时间：至{day_in_chinese(last)}"
    return f"答题时间：{day_in_chinese(first)}起" if first else ""


def tell_window(found: HasWindow) -> str:
    """Return the sentence of a respondent's page in their language; "" where no day is set."""
    write = day_in_chinese if choose_language() == "zh" else str
    first, last = found.opens_on, found.closes_on
    if first and last:
        days = {"first": write(first), "last": write(last)}
        return str(gettext("You can answer from %(first)s to %(last)s.", **days))
    if last:
        return str(gettext("You can answer until %(last)s.", last=write(last)))
    return str(gettext("You can answer from %(first)s on.", first=write(first))) if first else ""
