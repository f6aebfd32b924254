from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sampling.problems import Problem
from sampling.verification import Difference
from scoring.ledger import Ledger, LedgerLine, follow_ledger
from scoring.ledger_gaps import find_ledger_gaps
from scoring.ledger_log import (
    HEADERS,
    Undertaking,
    ledger_rows,
    open_ledger,
    read_ledger,
    undertake,
    update_ledger,
    verify_ledger,
)
from scoring.measured_county import MeasuredCounty
from tests.scoring.counties import make_classes, measure
from tests.scoring.makers import NATIONAL, make_row

ROOMS = ("s1", "primary", "resources.rooms_m2.primary", "")
FULL = make_row("s1", primary=300)
# rooms: 90 % of 4.5 m2 for 300 pupils; 135 m2 are lacking to the limit, none to the floor of 85 %
SHORT = make_row("s1", primary=300, shares=("1", "1", "1", "0.9", "1", "1", "1"))
BLANK = FULL | {"kind": "point", "rooms_m2": ""}
TIMES = [f"{year}-09-10T09:00:00+08:00" for year in range(2026, 2031)]


def keep(path: Path, *counties: MeasuredCounty) -> Ledger:
    """Open a ledger with the first county and bring it up to date with the others, a year each."""
    first, *later = counties
    open_ledger(path, first, "2026-09-01", "教育局", TIMES[0])
    for number, measured in enumerate(later, start=1):
        update_ledger(path, measured, f"{2026 + number}-09-01", "教育局", TIMES[number])
    return follow_ledger(read_ledger(path))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def only_line(ledger: Ledger) -> LedgerLine:
    (line,) = ledger.lines.values()
    return line


def test_a_gap_is_a_line_in_units(path: Path) -> None:
    line = only_line(keep(path, measure([SHORT])))
    assert line.gap.key == ROOMS
    assert (line.gap.to_limit, line.gap.to_floor, line.gap.unit) == (135, 0, "平方米")
    assert (line.status, line.opened_on) == ("open", "2026-09-01")


def test_only_data_strike_a_line_off(path: Path) -> None:
    closed = measure([FULL])
    line = only_line(keep(path, measure([SHORT]), measure([SHORT]), closed))
    assert (line.status, line.struck_off_on) == ("struck_off", "2028-09-01")
    assert line.struck_off_by == closed.digest
    assert line.opened_on == "2026-09-01"


def test_what_opens_again_needs_a_new_deadline(path: Path) -> None:
    keep(path, measure([SHORT]))
    undertake(path, [Undertaking(ROOMS, "扩建", "张三", "2027-08-31")], "教育局", TIMES[0])
    update_ledger(path, measure([FULL]), "2027-09-01", "教育局", TIMES[1])
    update_ledger(path, measure([SHORT]), "2028-09-01", "教育局", TIMES[2])
    line = only_line(follow_ledger(read_ledger(path)))
    assert (line.status, line.reopenings, line.deadline) == ("reopened", 1, "")
    assert (line.measure, line.answers, line.struck_off_on) == ("扩建", "张三", "")
    assert not line.is_overdue("2029-01-01")


@pytest.mark.parametrize(
    ("later", "status"), [([BLANK], "not_measured"), ([make_row("s2", primary=300)], "gone")]
)
def test_what_data_do_not_show_closed_is_not_struck_off(
    path: Path, later: list[dict[str, str]], status: str
) -> None:
    assert only_line(keep(path, measure([SHORT]), measure(later))).status == status


def test_a_blank_cell_does_not_open_what_was_closed(path: Path) -> None:
    found = keep(path, measure([SHORT]), measure([FULL]), measure([BLANK]))
    assert found.lines[ROOMS].status == "struck_off"


@pytest.mark.parametrize(("on", "is_late"), [("2027-08-31", False), ("2027-09-01", True)])
def test_overdue_is_told_from_the_day_after(path: Path, on: str, is_late: bool) -> None:
    keep(path, measure([SHORT]))
    undertake(path, [Undertaking(ROOMS, "扩建", "张三", "2027-08-31")], "教育局", TIMES[0])
    found = follow_ledger(read_ledger(path))
    assert only_line(found).is_overdue(on) is is_late
    (row,) = ledger_rows(found, NATIONAL, on)
    told = dict(zip(HEADERS, row, strict=True))
    assert told["是否逾期"] == ("逾期" if is_late else "")
    assert (told["距标准差"], told["措施"], told["状态"]) == (135, "扩建", "未销号")
    assert told["指标"] == NATIONAL.rule("resources.rooms_m2.primary").title_zh


def test_a_shared_gap_is_in_units_of_the_school(path: Path) -> None:
    row = make_row("s1", "nine_year", primary=600, junior=300, shares=("2",) * 7)
    lines = keep(path, measure([row | {"rooms_m2": "4185"}])).lines
    # 4.5 m2 for 600: the primary section has 4185 x 600 / 930 = 2700 exactly and lacks nothing;
    # 5.8 for 300: the junior one has 1485 and lacks 255, of 930 / 330 m2 each.
    junior = lines["s1", "junior", "resources.rooms_m2.junior", ""]
    assert junior.gap.to_limit == 719
    assert ("s1", "primary", "resources.rooms_m2.primary", "") not in lines


def test_oversize_classes_are_lines_too(path: Path) -> None:
    large = measure([FULL], data=make_classes("s1", 60, 46, 45, 40, 40, 69))
    small = measure([FULL], data=make_classes("s1", 45, 45, 45, 45, 45, 45, 30))
    key = ("s1", "", "guarantee.05", "primary")
    line = keep(path, large).lines[key]
    assert (line.gap.to_limit, line.status) == (3, "open")
    assert len(line.gap.rows) == 3
    update_ledger(path, small, "2027-09-01", "教育局", TIMES[1])
    assert follow_ledger(read_ledger(path)).lines[key].status == "struck_off"


def test_classes_that_nobody_listed_strike_nothing_off(path: Path) -> None:
    large = measure([FULL], data=make_classes("s1", 60, 60, 60, 60, 60))
    found = keep(path, large, measure([FULL]))
    assert found.lines["s1", "", "guarantee.05", "primary"].status != "struck_off"


def test_a_ledger_is_redone_from_its_verdicts(path: Path) -> None:
    counties = measure([SHORT]), measure([FULL])
    keep(path, *counties)
    log = read_ledger(path)
    assert verify_ledger(log, counties) == 2
    assert verify_ledger(log, counties[:1]) == 1


def test_a_gap_that_was_written_smaller_is_found(path: Path) -> None:
    county = measure([SHORT])
    keep(path, county)
    (line,) = read_ledger(path)
    gaps = line["gaps"]
    assert isinstance(gaps, list)
    gaps[0]["to_limit"] = 5
    with pytest.raises(Difference, match="not what its verdict says"):
        verify_ledger([line], [county])


def test_nobody_strikes_a_line_off_by_hand(path: Path) -> None:
    keep(path, measure([SHORT]), measure([FULL]))
    first, second = read_ledger(path)
    with pytest.raises(Difference, match="previous should be"):
        follow_ledger([{**first, "by": "别人"}, second])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": ("s9", *ROOMS[1:])}, "no line s9"),
        ({"deadline": "2027-02-30"}, "expected a day"),
        ({"answers": " "}, "expected a text"),
    ],
)
def test_an_undertaking_names_a_line_a_person_and_a_day(
    path: Path, change: dict[str, Any], said: str
) -> None:
    keep(path, measure([SHORT]))
    values: dict[str, Any] = {
        "key": ROOMS,
        "measure": "扩建",
        "answers": "张三",
        "deadline": "2027-08-31",
    }
    with pytest.raises(Problem) as caught:
        undertake(path, [Undertaking(**{**values, **change})], "教育局", TIMES[0])
    assert said in str(caught.value)
    assert len(read_ledger(path)) == 1


def test_what_is_struck_off_is_not_undertaken(path: Path) -> None:
    keep(path, measure([SHORT]), measure([FULL]))
    with pytest.raises(Problem, match="still to be closed"):
        undertake(path, [Undertaking(ROOMS, "扩建", "张三", "2028-08-31")], "教育局", TIMES[2])


def test_other_counties_rules_and_older_data_are_refused(path: Path) -> None:
    keep(path, measure([SHORT]))
    for other, day in (
        (measure([SHORT], county="东县"), "2027-09-01"),
        (measure([SHORT], "inner-mongolia-2022"), "2027-09-01"),
        (measure([SHORT]), "2026-08-31"),
        (measure([SHORT], rehearsal=True), "2027-09-01"),
    ):
        with pytest.raises(Problem):
            update_ledger(path, other, day, "教育局", TIMES[1])
    assert len(read_ledger(path)) == 1


def test_a_county_without_gaps_has_an_empty_ledger(path: Path) -> None:
    assert keep(path, measure([FULL])).lines == {}


def test_every_indicator_has_a_state() -> None:
    found = find_ledger_gaps(measure([FULL]))
    assert {key[2] for key in found if not key[3]} == {
        rule.id for rule in NATIONAL.of_kind("indicator") if rule.stage == "primary"
    }
    assert {gap.state for key, gap in found.items() if not key[3]} == {"closed"}


def test_a_sheet_that_is_left_out_closes_no_line(path: Path) -> None:
    """The school is still there: without its classes nobody knows, and the line stays."""
    large = measure([FULL], data=make_classes("s1", *[50] * 6))
    line = only_line(keep(path, large, measure([FULL])))
    assert (line.gap.key[2], line.status) == ("guarantee.05", "not_measured")
    assert not line.is_closed


def test_a_school_is_known_by_its_code_and_not_by_how_its_name_begins(path: Path) -> None:
    """城关小学分校 lists no classes; 城关小学 has shown that its own are small by now."""
    main = FULL | {"name": "城关小学"}
    branch = make_row("s2", primary=300, name="城关小学分校")
    keep(path, measure([main, branch], data=make_classes("s1", *[50] * 6)))
    update_ledger(path, measure([main, branch], data=make_classes("s1", *[30] * 10)),
                  "2027-09-01", "教育局", TIMES[1])  # fmt: skip
    lines = follow_ledger(read_ledger(path)).lines
    assert lines["s1", "", "guarantee.05", "primary"].status == "struck_off"
