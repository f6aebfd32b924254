"""Plan, draw, links, release: what each step leaves, and what it refuses."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sampling.frame import read_frame
from sampling.problems import Problem, Problems
from sampling.survey_rules import load_survey_rules
from sampling.verification import verify_draw
from survey.assessments.models import CLOSED, DRAFT, DRAW, DRAWN, FIELD, FRAME, FROZEN, PLAN, Round
from survey.assessments.operations import find_record, read_body
from survey.audit_log import AuditEvent
from survey.database import Database
from survey.frames.operations import import_roster, write_frame_lines
from survey.responses.codes import code_digest, is_well_formed
from survey.samples.models import (
    ANSWERED,
    LINK_OPEN,
    LINK_SPENT,
    LINK_VOID,
    REFUSED,
    UNREACHABLE,
    Link,
    Release,
    Selection,
)
from survey.samples.operations import (
    IssuedLink,
    count_links,
    draft_plan,
    draw_round,
    freeze_plan,
    issue_links,
    mark_unreachable,
    release_reserves,
)
from survey.samples.progress import find_shortages, progress
from survey.samples.records import read_draw, read_plan
from survey.settings import Settings
from tests.survey.factories import make_round
from tests.survey.frames.rosters import make_county

RESIDENTS = 80_000  # 120 people are drawn
RULES = load_survey_rules()
SEED = "双色球 2026011"


@pytest.fixture
def session(app: Flask, database: Database) -> Iterator[Session]:
    """A session on a fresh database; nothing of it is committed."""
    with database.sessions() as opened:
        yield opened
        opened.rollback()


def prepare(session: Session, settings: Settings, content: bytes | None = None) -> Round:
    """Make a round with a roster."""
    round_ = make_round(session, status=DRAFT)
    round_.residents = RESIDENTS
    session.flush()
    import_roster(session, settings, round_, "r.csv", content or make_county(), actor="test")
    return round_


def prepare_draw(session: Session, settings: Settings) -> Round:
    """Make a round whose sample is drawn."""
    round_ = prepare(session, settings)
    freeze_plan(session, round_, None, "test")
    draw_round(session, round_, SEED, "test")
    return round_


def prepare_field(session: Session, settings: Settings) -> tuple[Round, list[IssuedLink]]:
    """Make a round with links out."""
    round_ = prepare_draw(session, settings)
    return round_, issue_links(session, settings, round_, "test")


def list_selections(session: Session, round_: Round, stratum: str = "") -> list[Selection]:
    """Return whoever was drawn, in order."""
    query = select(Selection).where(Selection.round_id == round_.id)
    if stratum:
        query = query.where(Selection.stratum == stratum)
    return list(session.scalars(query.order_by(Selection.stratum, Selection.position)))


def lose(session: Session, round_: Round, stratum: str, number: int) -> None:
    """Let the first people of a stratum refuse."""
    for selection in list_selections(session, round_, stratum)[:number]:
        selection.disposition = REFUSED
    session.flush()


# Plan


def test_freezing_leaves_frame_and_plan(session: Session, settings: Settings) -> None:
    round_ = prepare(session, settings)
    drafted = draft_plan(session, round_)
    plan = freeze_plan(session, round_, None, "test")
    frame = find_record(session, round_, FRAME)
    assert plan == drafted == read_plan(session, round_)
    assert (plan["n"], plan["categories"]["parent"]) == (120, 60)
    assert frame is not None
    assert read_body(frame)["digest"] == plan["frame_digest"]
    assert read_body(frame)["units"] == 840
    assert round_.status == FROZEN


def test_own_numbers_and_what_they_break(session: Session, settings: Settings) -> None:
    round_ = prepare(session, settings)
    targets = draft_plan(session, round_)["categories"] | {"parent": 61, "teacher": 9}
    changed = draft_plan(session, round_, targets)
    assert changed["categories"] == targets
    with pytest.raises(Problem, match="the categories add up to 121"):
        draft_plan(session, round_, targets | {"parent": 62})
    with pytest.raises(Problem, match="at least 60 of 120"):
        freeze_plan(session, round_, targets | {"parent": 59, "teacher": 11}, "test")
    assert round_.status == DRAFT
    assert find_record(session, round_, PLAN) is None


def test_too_few_parents(session: Session, settings: Settings) -> None:
    round_ = prepare(session, settings, make_county(parents=40))
    with pytest.raises(Problem, match="parent: at least 60 of 120"):
        freeze_plan(session, round_, None, "test")
    assert round_.status == DRAFT


def test_no_roster_no_plan(session: Session) -> None:
    with pytest.raises(Problem, match="no roster yet"):
        draft_plan(session, make_round(session, status=DRAFT))


def test_frozen_quotas_are_not_frozen_again(session: Session, settings: Settings) -> None:
    round_ = prepare(session, settings)
    freeze_plan(session, round_, None, "test")
    with pytest.raises(Problem, match="this step is not open"):
        freeze_plan(session, round_, None, "test")


# Draw


def test_a_draw_that_anybody_can_verify(
    session: Session, settings: Settings, tmp_path: Path
) -> None:
    round_ = prepare_draw(session, settings)
    path = tmp_path / "frame.csv"
    path.write_text("".join(write_frame_lines(session, round_)), encoding="utf-8", newline="")
    draw, plan = read_draw(session, round_), read_plan(session, round_)
    verify_draw(draw, read_frame(path, RULES), plan)
    assert (draw["seed"], draw["n"], round_.status) == (SEED, 120, DRAWN)


def test_selections_are_the_certificate(session: Session, settings: Settings) -> None:
    round_ = prepare_draw(session, settings)
    unions = {s: a["answer_stratum"] for a in read_plan(session, round_)["answer_strata"]
              for s in a["strata"]}  # fmt: skip
    for stratum in read_draw(session, round_)["strata"]:
        drawn = list_selections(session, round_, stratum["stratum"])
        ids = [selection.person.unit_id for selection in drawn]
        assert ids == [*stratum["sample"], *stratum["reserve"]]
        assert [s.issued for s in drawn] == [not s.is_reserve for s in drawn]
        assert {s.answer_stratum for s in drawn} == {unions[stratum["stratum"]]}


@pytest.mark.parametrize("seed", ["", "  ", "a\nb", "a\r", " a", "x" * 1001, "a\x00b"])
def test_a_seed_that_is_none_changes_nothing(
    session: Session, settings: Settings, seed: str
) -> None:
    round_ = prepare(session, settings)
    freeze_plan(session, round_, None, "test")
    with pytest.raises(Problem):
        draw_round(session, round_, seed, "test")
    assert round_.status == FROZEN
    assert find_record(session, round_, DRAW) is None


def test_a_drawn_sample_is_not_drawn_again(session: Session, settings: Settings) -> None:
    round_ = prepare_draw(session, settings)
    with pytest.raises(Problem, match="this step is not open"):
        draw_round(session, round_, "another", "test")


# Links


def test_one_link_for_each_person_asked(session: Session, settings: Settings) -> None:
    round_, issued = prepare_field(session, settings)
    assert round_.status == FIELD
    assert len(issued) == len({link.code for link in issued}) == 120
    assert all(is_well_formed(link.code) and link.selection.issued for link in issued)
    assert all(link.identity.name.startswith("姓名") for link in issued)
    stored = set(session.scalars(select(Link.code_digest)))
    assert stored == {code_digest(settings.link_key, link.code) for link in issued}
    order = [(link.selection.person.township, link.selection.person.school) for link in issued]
    assert order == sorted(order)


def test_no_second_link_for_whoever_has_one(session: Session, settings: Settings) -> None:
    round_, _ = prepare_field(session, settings)
    with pytest.raises(Problem, match="has a link already"):
        issue_links(session, settings, round_, "test")


def test_replacing_voids_open_links_only(session: Session, settings: Settings) -> None:
    round_, issued = prepare_field(session, settings)
    done, *_ = issued
    done.selection.disposition = ANSWERED
    session.execute(
        update(Link).where(Link.selection_id == done.selection.id).values(state=LINK_SPENT)
    )
    again = issue_links(session, settings, round_, "test", replace=True)
    states = Counter(session.scalars(select(Link.state)))
    assert states == {LINK_VOID: 119, LINK_OPEN: 119, LINK_SPENT: 1}
    assert done.selection.id not in {link.selection.id for link in again}
    counts = count_links(session, round_)
    assert (counts.still_open, counts.used, counts.void, counts.waiting) == (119, 1, 119, 0)


def test_no_code_is_written_down(session: Session, settings: Settings) -> None:
    _, issued = prepare_field(session, settings)
    written = str([event.content() for event in session.scalars(select(AuditEvent))])
    assert not any(link.code in written for link in issued)


def test_no_links_before_the_draw_nor_after_the_close(session: Session, settings: Settings) -> None:
    for status in (DRAFT, FROZEN, CLOSED):
        with pytest.raises(Problem, match="this step is not open"):
            issue_links(session, settings, make_round(session, status=status), "test")


# Release


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
