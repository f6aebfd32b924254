"""`renkedu frame merge`: people on two lists, or twice on one, stand once."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sampling.frame import read_frame
from sampling.survey_rules import load_survey_rules
from tests.survey.commands.outcomes import Outcome, Run, assert_refused

LISTS = """id,category,township,area,grade_band,school
a1,parent,,urban,1-2,一小
a2,parent,,urban,5-6,一小
b1,teacher,,urban,,一小
b2,parent,,urban,3-4,一小
c1,deputy,,urban,,
c2,principal,,urban,,一小
d1,resident,,urban,,
"""
PERSONS = "id,person\na1,甲\na2,甲\nb1,乙\nb2,乙\nc1,丙\nc2,丙\nd1,\n"


@pytest.fixture(autouse=True)
def _lists(run: Run) -> None:
    Path("lists.csv").write_text(LISTS, encoding="utf-8")
    Path("persons.csv").write_text(PERSONS, encoding="utf-8")


def merge(run: Run, out: str = "merged.csv") -> Outcome:
    return run("frame", "merge", "lists.csv", "--persons", "persons.csv", "--out", out)


def test_each_person_stands_once_on_the_list_that_comes_first(run: Run) -> None:
    code, out, err = merge(run)
    assert (code, err) == (0, "")
    frame = read_frame(Path("merged.csv"), load_survey_rules())
    kept = [unit.id for unit in frame.units]
    assert sorted(unit_id[0] for unit_id in kept) == ["a", "b", "c", "d"]
    assert {"b1", "c2", "d1"} < set(kept)
    assert out.splitlines()[:4] == [
        "left out: 1 on the list parent, kept as parent",
        "left out: 1 on the list deputy, kept as principal",
        "left out: 1 on the list parent, kept as teacher",
        "4 people from 7 lines",
    ]
    assert frame.digest in out


def test_the_order_of_the_lines_does_not_matter(run: Run) -> None:
    merge(run)
    before = Path("merged.csv").read_bytes()
    for name in ("lists.csv", "persons.csv"):
        head, *lines = list(csv.reader(Path(name).read_text(encoding="utf-8").splitlines()))
        with Path(name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *reversed(lines)])
    merge(run)
    assert Path("merged.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("persons", "part"),
    [
        ("id,person\nz9,甲\n", "persons.csv: the frame has nobody with the id 'z9'"),
        ("id,person\na1,甲\na1,乙\n", "persons.csv line 3: the id 'a1' stands twice"),
        ("id,name\na1,甲\n", "persons.csv line 1: expected the header id,person, got id,name"),
        ("id,person\na1\n", "persons.csv line 2: expected 2 values, got 1"),
    ],
)
def test_bad_keys_are_told_and_nothing_is_written(run: Run, persons: str, part: str) -> None:
    Path("persons.csv").write_text(persons, encoding="utf-8")
    outcome = merge(run)
    assert_refused(outcome, part)
    assert not Path("merged.csv").exists()


def test_the_lists_are_not_overwritten(run: Run) -> None:
    for name in ("lists.csv", "persons.csv"):
        outcome = merge(run, name)
        assert_refused(outcome, "would be overwritten")
    assert Path("lists.csv").read_text(encoding="utf-8") == LISTS
