"""Text that people type: which characters have no place in it."""

from __future__ import annotations

import unicodedata

# What turns the direction of writing can make a text read otherwise than it is stored.
DIRECTION_MARKS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Those of them that set or turn a direction; the rest (U+200E U+200F) belong to Arabic writing.
TURNING_MARKS = DIRECTION_MARKS - frozenset("\u200e\u200f")


def is_keepable(letter: str) -> bool:
    """Say whether a character can be stored and shown, in a spreadsheet too.

    Not kept: control characters, halves of surrogates, code points that are no characters.

    >>> [is_keepable(letter) for letter in ("县", "\\n", "\\x00", "\\ud800", "\\uffff")]
    [True, True, False, False, False]
    """
    is_noncharacter = ord(letter) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(letter) <= 0xFDEF
    is_control = unicodedata.category(letter) in ("Cc", "Cs")
    return letter == "\n" or not (is_control or is_noncharacter)


def holds_control_characters(text: str, allowed: str = "") -> bool:
    """Say whether `text` holds a control character that is not among `allowed`.

    >>> holds_control_characters("a\\x00b"), holds_control_characters("城区 1")
    (True, False)
    """
    if text.isprintable():
        return False
    return any(unicodedata.category(c) in ("Cc", "Cs") and c not in allowed for c in text)


def is_plain_line(text: str) -> bool:
    """Say whether `text` is one line without control characters and marks of direction.

    >>> is_plain_line("宜州区"), is_plain_line("a\\u202eb"), is_plain_line("a\\nb")
    (True, False, False)
    """
    return not holds_control_characters(text) and not DIRECTION_MARKS.intersection(text)
