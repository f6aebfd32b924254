"""Bad input, told so that a person can mend it: where it is, what was expected, what came.

The cores raise; whoever talks to a person translates. A message is an English template that
stands in the catalogue of translations; what varies is kept apart, so that the site can say
the same thing in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable


def N_(message: str) -> str:
    """Mark `message` for translation where it is defined; it is translated where it is shown."""
    return message


class Problem(ValueError):
    """One thing that is wrong with an input.

    Parameters
    ----------
    message
        English template in `str.format` style, e.g. ``N_("expected {expected}, got {got}")``.
    where
        The place in the user's terms, e.g. ``"roster.xlsx row 7 column 年级"``; may be empty.
    **values
        What the template's placeholders stand for.

    >>> str(Problem("expected {expected}, got {got!r}", where="row 3", expected="1", got="x"))
    "row 3: expected 1, got 'x'"
    """

    def __init__(self, message: str, *, where: str = "", **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.values = values

    def __str__(self) -> str:
        text = self.message.format(**self.values)
        return f"{self.where}: {text}" if self.where else text


class Problems(ValueError):
    """All things that are wrong with an input; nothing of it was taken."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(*self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)
