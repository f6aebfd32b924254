"""A frame read whole, from any file that `renkedu draw` reads, under the rules of a record."""

from __future__ import annotations

from pathlib import Path

from sampling.frame import Frame, make_frame, read_frame
from sampling.survey_rules import NATIONAL, SurveyRules, find_survey_rules, load_survey_rules

OTHER_FILES = (".parquet", ".pq", ".xlsx")


def read_whole_frame(path: Path, rules: SurveyRules) -> Frame:
    """Return the frame in a CSV, Parquet or xlsx file; raise `Problem` for what is wrong in it."""
    if path.suffix.lower() not in OTHER_FILES:
        return read_frame(path, rules)
    # These need the engine, which takes a second to load; a CSV file is read without.
    from sampling.staged_frame import stage_frame
    from survey.commands.frame_sources import open_source

    with stage_frame(open_source(str(path), None), rules) as staged:
        return make_frame(staged.iterate_units(), rules)


def find_rules(named: str | None, recorded: str | None) -> SurveyRules:
    """Return the rules named on the command line, else those that a record names.

    A record's name is looked up among the rules that ship, never opened as a file: whoever made
    the record could have put one beside it.
    """
    return find_survey_rules(named) if named else load_survey_rules(recorded or NATIONAL)
