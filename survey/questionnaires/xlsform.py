"""How a paper is laid out as an XLSForm, the workbook that KoboToolbox and ODK are fed with.

One workbook is one paper, for a form there is one questionnaire. What an XLSForm has no place for
stands in lists of the sheet `choices` that no question uses: which edition it is, the paper, for
whom, the languages and dimensions. Their names begin with an underscore, as no id of ours does.
"""

from __future__ import annotations

import re

from survey.questionnaires.paper import Language

SURVEY, CHOICE_SHEET, SETTINGS = SHEETS = ("survey", "choices", "settings")

NOTE = "_note"
EDITION_LIST = "_edition"
PAPER_LIST = "_paper"
CATEGORY_LIST = "_categories"
LANGUAGE_LIST = "_languages"
DIMENSION_LIST = "_dimensions"
RATING_LIST = "_satisfaction"

DIMENSION = "dimension"
DIRECTION = "direction"
TRANSLATED_HEADER = re.compile(r"(label|hint)\s*::\s*([^:()]+?)\s*\(([A-Za-z0-9-]+)\)")


def header(column: str, language: Language) -> str:
    """Return the header of a column that is in one language.

    >>> header("label", Language("en", "English"))
    'label::English (en)'
    """
    return f"{column}::{language_name(language)}"


def language_name(language: Language) -> str:
    """Return how an XLSForm calls a language."""
    return f"{language.name} ({language.code})"
