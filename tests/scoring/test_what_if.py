"""What if a figure were another one."""

from __future__ import annotations

import pytest

from sampling.problems import Problems
from scoring.findings import Finding
from scoring.what_if import Change, ChangedFinding, change_figures, find_changes
from tests.scoring.makers import NATIONAL, make_row
from tests.scoring.unit_costs import county

SCHOOLS = county(
    make_row("1", primary=400, shares=("1", "1", "1", "0.9", "0.84", "1", "1")),
    make_row("2", primary=100),
    make_row("3", "junior", junior=300),
)


def changes_of(*changes: Change) -> dict[tuple[str, str], ChangedFinding]:
    found = find_changes(SCHOOLS, changes, NATIONAL)
    return {
        (pair.after.rule.id, pair.after.subject.id): pair
        for pair in found
        if pair.after is not None
    }


def exact_of(finding: Finding | None) -> str:
    assert finding is not None
    assert finding.measured is not None
    return finding.measured["exact"]


def test_nothing_changes_where_nothing_changes() -> None:
    assert find_changes(SCHOOLS, [Change("1", "rooms_m2", "1620")], NATIONAL) == []
    assert find_changes(SCHOOLS, [], NATIONAL) == []


def test_a_figure_changes_its_own_findings_and_the_coefficient_of_its_stage() -> None:
    found = changes_of(Change("1", "grounds_m2", "2550"))  # 85 % of 3000 exactly
    assert ("resources.school", "1") in found
    grounds = found["resources.grounds_m2.primary", "1"]
    assert not grounds.is_turned
    assert [exact_of(finding) for finding in (grounds.before, grounds.after)] == ["6.3", "6.375"]
    assert ("difference.grounds_m2.primary", "") in found
    assert not any("junior" in rule or subject in ("2", "3") for rule, subject in found)


def test_an_outcome_turns_at_the_limit_and_not_a_hair_before() -> None:
    key = ("resources.grounds_m2.primary", "1")
    assert changes_of(Change("1", "grounds_m2", "3000"))[key].is_turned
    assert not changes_of(Change("1", "grounds_m2", "2999.99"))[key].is_turned


def test_several_figures_change_together_and_the_school_passes() -> None:
    found = changes_of(Change("1", "grounds_m2", "3000"), Change("1", "rooms_m2", "1600"))
    passes = found["resources.school", "1"]
    assert passes.is_turned
    assert passes.after is not None
    assert passes.after.outcome == "met"


def test_a_section_that_goes_takes_its_findings_along() -> None:
    changes = {"kind": "junior", "primary_pupils": "0", "junior_pupils": "100"}
    for name in ("degree", "backbone", "pe_art"):
        changes |= {f"primary_{name}_teachers": "", f"junior_{name}_teachers": "6"}
    found = find_changes(
        SCHOOLS, [Change("2", column, value) for column, value in changes.items()], NATIONAL
    )
    gone = [pair for pair in found if pair.after is None]
    come = [pair for pair in found if pair.before is None]
    assert len(gone) == len(come) == 8
    assert all(pair.is_turned for pair in gone + come)


def test_the_schools_themselves_stay_as_they_are() -> None:
    changed = change_figures(SCHOOLS, [Change("1", "rooms_m2", "9999")], NATIONAL)
    assert changed[0].shared["rooms_m2"] == 9999
    assert SCHOOLS[0].shared["rooms_m2"] == 1620
    assert changed[1:] == SCHOOLS[1:]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (Change("9", "rooms_m2", "1"), "no school '9'"),
        (Change("1", "room", "1"), "one of the columns name, "),
        (Change("1", "school_id", "2"), "one of the columns name, "),
        (Change("1", "rooms_m2", "-1"), "from 0 up"),
        (Change("1", "rooms_m2", "much"), "a number"),
        (Change("1", "primary_pupils", "1.5"), "whole number"),
    ],
)
def test_what_a_table_would_not_take(change: Change, says: str) -> None:
    with pytest.raises(Problems, match=says):
        change_figures(SCHOOLS, [change], NATIONAL)
