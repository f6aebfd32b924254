from __future__ import annotations

from fractions import Fraction
from itertools import chain

import pytest

from sampling.problems import Problem
from scoring.county_data import CountyData
from scoring.measured_county import MeasuredCounty
from scoring.rule_set import load_rule_set
from scoring.target_report import find_targets, make_target_report
from tests.scoring.counties import make_classes, measure
from tests.scoring.makers import make_row

GUIGANG, SIX, ORDOS = "guigang-2022", "county-six-aspects-2020", "ordos-2024"
GOOD = ("1",) * 7
BAD = ("1", "1", "1", "0.5", "1", "1", "1")


def make_county(passing: int, failing: int) -> list[dict[str, str]]:
    """Return primary schools that pass and some whose rooms do not."""
    shares = [GOOD] * passing + [BAD] * failing
    return [make_row(f"s{i}", primary=300, shares=share) for i, share in enumerate(shares)]


def outcomes(
    measured: MeasuredCounty, year: int, *, recognised: frozenset[str] | None = None
) -> dict[str, str]:
    findings = find_targets(measured, year, recognised=recognised)
    return {finding.target.id: finding.outcome for finding in findings}


def part_outcome(
    measured: MeasuredCounty,
    year: int,
    target: str,
    part: str,
    before: MeasuredCounty | None = None,
) -> str:
    findings = find_targets(measured, year, before=before)
    (finding,) = (one for one in findings if one.target.id == target)
    return next(one.outcome for one in finding.parts if one.part.id == part)


@pytest.mark.parametrize(
    ("passing", "failing", "outcome"), [(7, 13, "met"), (6, 13, "not_met"), (20, 0, "met")]
)
def test_35_percent_of_primary_schools_by_2023(passing: int, failing: int, outcome: str) -> None:
    """7 of 20 is 35 % exactly and holds; 6 of 19 is 31.6 %."""
    measured = measure(make_county(passing, failing), SIX)
    assert part_outcome(measured, 2023, "schools.2023", "primary") == outcome


def test_the_share_rises_in_steps() -> None:
    measured = measure(make_county(12, 8), SIX)
    steps = ("schools.2023", "schools.2025", "schools.2026", "schools.2027")
    got = [part_outcome(measured, 2027, target, "primary") for target in steps]
    assert got == ["met", "met", "not_met", "not_met"]


def test_a_target_is_not_due_before_its_year() -> None:
    large = measure(make_county(1, 0), GUIGANG, data=make_classes("s0", *[60] * 5))
    got = [outcomes(large, year)["classes.2025"] for year in (2024, 2025, 2031)]
    assert got == ["not_due", "not_met", "not_met"]


def test_a_target_that_holds_early_is_met() -> None:
    small = measure(make_county(1, 0), GUIGANG, data=make_classes("s0", *[50] * 6))
    assert outcomes(small, 2023)["classes.2025"] == "met"


def test_a_target_without_its_table_is_not_measured() -> None:
    assert outcomes(measure(make_county(1, 0), GUIGANG), 2025)["classes.2025"] == "not_measured"


@pytest.mark.parametrize(
    ("now", "outcome"), [((10, 10), "met"), ((9, 11), "not_met"), ((14, 6), "met")]
)
def test_15_percent_more_schools_a_year(now: tuple[int, int], outcome: str) -> None:
    """From 7 of 20 on, 10 of 20 is a rise of 15 points exactly; 9 of 20 of 10."""
    before, measured = (measure(make_county(*one), GUIGANG) for one in ((7, 13), now))
    assert part_outcome(measured, 2024, "schools.yearly", "rooms", before) == outcome
    assert part_outcome(measured, 2024, "schools.yearly", "rooms") == "not_measured"


def test_a_plan_names_its_counties() -> None:
    named = outcomes(measure(make_county(1, 0), ORDOS, county="杭锦旗"), 2025)
    assert set(named) == {"counties.2025", "city.2026"}
    assert outcomes(measure(make_county(1, 0), ORDOS, county="东县"), 2025) == {}


@pytest.mark.parametrize(
    ("recognised", "outcome"),
    [
        (None, "not_measured"),
        (frozenset({"county", "city"}), "not_met"),
        (frozenset({"county", "city", "province"}), "met"),
    ],
)
def test_a_county_passed_the_province_or_not(
    recognised: frozenset[str] | None, outcome: str
) -> None:
    measured = measure(make_county(1, 0), GUIGANG, county="覃塘区")
    assert outcomes(measured, 2022, recognised=recognised)["counties.2022"] == outcome


def test_cells_that_a_table_leaves_empty_stay_open_with_a_word_why() -> None:
    """The yearly table of the plan of 2018: due in 2019, not before, and never a default."""
    measured = measure(make_county(1, 0), "county-yearly-2018")
    assert outcomes(measured, 2018)["table.2019"] == "not_due"
    findings = find_targets(measured, 2019)
    report = make_target_report(measured, 2019, findings)["targets"]
    assert isinstance(report, list)
    (one,) = (entry for entry in report if entry["target"] == "table.2019")
    assert one["outcome"] == "not_measured"
    assert "empty in the text" in one["why"]["en"]


def test_two_verdicts_have_to_be_of_one_county() -> None:
    measured = measure(make_county(1, 0), GUIGANG)
    with pytest.raises(Problem, match="the year before is of"):
        find_targets(measured, 2024, before=measure(make_county(1, 0), GUIGANG, county="东县"))


def test_the_report_carries_every_citation() -> None:
    measured = measure(make_county(1, 0), GUIGANG, county="覃塘区")
    report = make_target_report(measured, 2025, find_targets(measured, 2025))
    assert (report["format"], report["kind"], report["year"]) == (1, "targets", 2025)
    assert report["verdict_digest"] == measured.digest
    targets = report["targets"]
    assert isinstance(targets, list)
    quotes = {target.citation.quote for target in load_rule_set(GUIGANG).targets}
    assert {one["quote"] for one in targets} <= quotes
    assert "counties.2030" not in {one["target"] for one in targets}


def with_rooms(having: int, lacking: int) -> MeasuredCounty:
    """Return schools of 8 classes, some with a music and an art room and some without."""
    rows = make_county(having + lacking, 0)
    classes = [make_classes(row["school_id"], *[30] * 10).tables["classes"] for row in rows]
    rooms = [
        {"school_id": row["school_id"], "room_name": use, "use": use, "area_m2": Fraction(100)}
        for row in rows[:having]
        for use in ("music", "art")
    ]
    tables = {"classes": tuple(chain(*classes)), "special_rooms": tuple(rooms)}
    return measure(rows, GUIGANG, data=CountyData(tables=tables))


@pytest.mark.parametrize(("now", "outcome"), [(10, "met"), (9, "not_met")])
def test_music_and_art_rooms_of_15_percent_more_schools(now: int, outcome: str) -> None:
    """A rule about rows says of each school whether all of its rows hold: 7 of 20, then 10."""
    before, measured = with_rooms(7, 13), with_rooms(now, 20 - now)
    part = part_outcome(measured, 2024, "schools.yearly", "special_rooms", before)
    assert part == outcome
