"""What a field of a form is for, in plain words, and the article that stands behind it (填写说明).

A field carries it as its `description`; the macros of `components/forms.html` show it beside the
field and tie it to it for those who listen to a page.
"""

from __future__ import annotations

from dataclasses import dataclass

SURVEY_RULES = "社会认可度（4）"
LAW_ON_DATA = "《中华人民共和国个人信息保护法》"


@dataclass(frozen=True, slots=True)
class Help:
    """`hint` always stands beside the field; `why` and `article` open for whoever asks.

    Texts are lazy ones, in the reader's language; an article is cited in its own.
    """

    hint: object
    why: object = ""
    article: str = ""
