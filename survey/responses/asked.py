"""The paper that somebody is asked with, and the language it is shown in."""

from __future__ import annotations

from survey.context import current_database
from survey.localization import choose_language
from survey.questionnaires.frozen import round_edition
from survey.questionnaires.paper import Edition, Language, Paper
from survey.responses.device import read_paper_language
from survey.responses.submission import Asked


def find_edition(asked: Asked) -> Edition:
    """Return what the round asks; read only where answers are taken, its wording being fixed."""
    return round_edition(current_database(), asked.round_id, asked.edition)


def find_paper(asked: Asked) -> Paper:
    """Return the paper of the category that is asked."""
    return find_edition(asked).paper_for(asked.category)


def find_language(asked: Asked) -> Language:
    """Return the language to show the paper in: the one asked for, else that of the site."""
    return find_edition(asked).find_language(read_paper_language(), choose_language())
