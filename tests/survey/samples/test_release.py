"""Losses, released reserves and progress: in drawn order, once, and never an answer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from sampling.problems import Problem, Problems
from survey.assessments.models import CLOSED, DRAWN, Round
from survey.database import Database
from survey.samples.links import issue_links
from survey.samples.models import (
    ANSWERED,
    LINK_OPEN,
    REFUSED,
    UNREACHABLE,
    Link,
    Release,
)
from survey.samples.progress import find_shortages, progress
from survey.samples.records import read_draw
from survey.samples.release import count_silent, mark_unreachable, release_reserves
from survey.settings import Settings
from tests.survey.factories import make_round
from tests.survey.samples.ways import (
    RULES,
    list_selections,
    lose,
    prepare_field,
)


def test_as_many_are_released_as_were_lost_in_the_drawn_order(
    session: Session, settings: Settings
) -> None:
    round_, _ = prepare_field(session, settings)
    first, second, *_ = read_draw(session, round_)["strata"]
    lose(session, round_, first["stratum"], 2)
    lose(session, round_, second["stratum"], 1)
    released = release_reserves(session, round_, "test", " 第一轮  结束 ")
    assert released == {first["stratum"]: 2, second["stratum"]: 1}
    entries = {entry.stratum: entry for entry in session.scalars(select(Release))}
    assert entries[first["stratum"]].unit_ids == first["reserve"][:2]
    assert entries[first["stratum"]].reason == "第一轮 结束"
    asked = [s for s in list_selections(session, round_, first["stratum"]) if s.issued]
    assert [s.person.unit_id for s in asked] == [*first["sample"], *first["reserve"][:2]]
    assert len(issue_links(session, settings, round_, "test")) == 3


def test_a_loss_is_made_good_once(session: Session, settings: Settings) -> None:
    round_, _ = prepare_field(session, settings)
    first, *_ = read_draw(session, round_)["strata"]
    lose(session, round_, first["stratum"], 2)
    release_reserves(session, round_, "test", "r")
    assert release_reserves(session, round_, "test", "r") == {}
    lose(session, round_, first["stratum"], 3)
    assert release_reserves(session, round_, "test", "r") == {first["stratum"]: 1}
    taken = [unit for entry in session.scalars(select(Release)) for unit in entry.unit_ids]
    assert sorted(taken) == sorted(first["reserve"][:3])


def test_a_lost_reserve_is_replaced_too(session: Session, settings: Settings) -> None:
    round_, _ = prepare_field(session, settings)
    first, *_ = read_draw(session, round_)["strata"]
    lose(session, round_, first["stratum"], 1)
    release_reserves(session, round_, "test", "r")
    issue_links(session, settings, round_, "test")
    (reserve,) = [s for s in list_selections(session, round_) if s.is_reserve and s.issued]
    reserve.disposition = REFUSED
    session.flush()
    assert release_reserves(session, round_, "test", "r") == {first["stratum"]: 1}


def test_an_empty_reserve_is_told_not_hidden(session: Session, settings: Settings) -> None:
    round_, _ = prepare_field(session, settings)
    first, *_ = read_draw(session, round_)["strata"]
    depth = len(first["reserve"])
    everybody = list_selections(session, round_, first["stratum"])
    for selection in everybody:
        selection.issued, selection.disposition = True, REFUSED
    session.add(Release(round_id=round_.id, stratum=first["stratum"], unit_ids=first["reserve"],
                        reason="r", released_by="test"))  # fmt: skip
    session.flush()
    shortage = find_shortages(session, round_)[0]
    assert (shortage.lost, shortage.released) == (len(everybody), depth)
    assert (shortage.missing, shortage.left, shortage.releasable) == (first["n"], 0, 0)
    assert release_reserves(session, round_, "test", "r") == {}


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 201])
def test_a_release_needs_a_reason(session: Session, settings: Settings, reason: str) -> None:
    round_, _ = prepare_field(session, settings)
    with pytest.raises(Problem, match="reason"):
        release_reserves(session, round_, "test", reason)


def test_not_reached_is_whoever_holds_a_card_and_is_silent(
    session: Session, settings: Settings
) -> None:
    round_, issued = prepare_field(session, settings)
    answered, refused, *_ = issued
    answered.selection.disposition, refused.selection.disposition = ANSWERED, REFUSED
    session.flush()
    assert mark_unreachable(session, round_, "test") == 118
    assert sum(release_reserves(session, round_, "test", "r").values()) > 0
    # the reserves just released have no card yet: silence says nothing about them
    assert mark_unreachable(session, round_, "test") == 0
    states = Counter(session.scalars(select(Link.state)))
    assert states == {LINK_OPEN: 120}


def test_no_more_are_not_reached_than_were_confirmed(session: Session, settings: Settings) -> None:
    round_, _ = prepare_field(session, settings)
    assert count_silent(session, round_) == 120
    with pytest.raises(Problem, match="120 people would be noted now, 119"):
        mark_unreachable(session, round_, "test", 119)
    assert count_silent(session, round_) == 120
    assert mark_unreachable(session, round_, "test", 121) == 120
    assert count_silent(session, round_) == 0


def release_in_threads(app: Flask, database: Database, round_id: str, number: int) -> list[object]:
    """Release from several threads at once; return what each got."""
    barrier, got = threading.Barrier(number), list[object]()

    def release() -> None:
        barrier.wait()
        try:
            with app.app_context(), database.transaction() as session:
                round_ = session.get_one(Round, round_id)
                got.append(release_reserves(session, round_, "test", "r"))
        except (Problem, Problems) as error:
            got.append(error)

    threads = [threading.Thread(target=release) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return got


def test_five_releases_at_once_release_each_loss_once(
    app: Flask, settings: Settings, database: Database
) -> None:
    with database.transaction() as session:
        round_, _ = prepare_field(session, settings)
        first, *_ = read_draw(session, round_)["strata"]
        lose(session, round_, first["stratum"], 2)
    got = release_in_threads(app, database, round_.id, 5)
    assert got.count({first["stratum"]: 2}) == 1
    assert got.count({}) == 4
    with database.sessions() as session:
        assert len(list(session.scalars(select(Release)))) == 1


def test_of_fifty_at_once_one_releases_the_last_reserve(
    app: Flask, settings: Settings, database: Database
) -> None:
    with database.transaction() as session:
        round_, _ = prepare_field(session, settings)
        first, *_ = read_draw(session, round_)["strata"]
        depth = len(first["reserve"])
        lose(session, round_, first["stratum"], depth - 1)
        assert release_reserves(session, round_, "test", "r")[first["stratum"]] == depth - 1
        lose(session, round_, first["stratum"], depth)
    got = release_in_threads(app, database, round_.id, 50)
    assert got.count({first["stratum"]: 1}) == 1
    assert got.count({}) == 49
    with database.sessions() as session:
        taken = [unit for entry in session.scalars(select(Release)) for unit in entry.unit_ids]
    assert taken == first["reserve"]


def test_one_stratum_is_released_and_the_others_wait(session: Session, settings: Settings) -> None:
    round_, _ = prepare_field(session, settings)
    first, second, *_ = read_draw(session, round_)["strata"]
    lose(session, round_, first["stratum"], 1)
    lose(session, round_, second["stratum"], 2)
    chosen = [second["stratum"]]
    assert release_reserves(session, round_, "test", "r", chosen) == {second["stratum"]: 2}
    assert release_reserves(session, round_, "test", "r", chosen) == {}
    assert release_reserves(session, round_, "test", "r") == {first["stratum"]: 1}


# Progress


def test_progress_counts_people_not_answers(session: Session, settings: Settings) -> None:
    round_, issued = prepare_field(session, settings)
    parents = [link for link in issued if link.selection.person.category == "parent"]
    for link, disposition in zip(parents, (ANSWERED, REFUSED, UNREACHABLE), strict=False):
        link.selection.disposition = disposition
    session.flush()
    released = release_reserves(session, round_, "test", "r")
    state = progress(session, round_)
    tally = state.categories["parent"]
    assert list(state.categories) == list(RULES.categories)
    assert (tally.target, tally.issued) == (60, 60 + sum(released.values()))
    assert (tally.answered, tally.refused, tally.unreachable) == (1, 1, 1)
    assert tally.outstanding == tally.issued - 3
    assert state.townships["庆远镇"] == state.total
    assert state.total.target == 120


STEPS: list[Callable[[Session, Round], object]] = [
    lambda session, round_: mark_unreachable(session, round_, "test"),
    lambda session, round_: release_reserves(session, round_, "test", "r"),
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", [DRAWN, CLOSED])
def test_release_and_dispositions_belong_to_the_field(
    session: Session, step: Callable[[Session, Round], object], status: str
) -> None:
    with pytest.raises(Problem, match="this step is not open"):
        step(session, make_round(session, status=status))
