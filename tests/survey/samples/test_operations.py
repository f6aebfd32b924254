"""Plan, draw, links: what each step leaves, and what it refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sampling.frame import read_frame
from sampling.problems import Problem
from sampling.record import Plan
from sampling.verification import verify_draw
from survey.assessments.models import CLOSED, DRAFT, DRAW, DRAWN, FIELD, FRAME, FROZEN, PLAN, Round
from survey.assessments.operations import find_record, read_body
from survey.audit_log import AuditEvent
from survey.frames.operations import import_roster, write_frame_lines
from survey.responses.codes import code_digest, is_well_formed
from survey.samples.draw import draw_round
from survey.samples.links import count_links, issue_links
from survey.samples.models import (
    ANSWERED,
    LINK_OPEN,
    LINK_SPENT,
    LINK_VOID,
    Link,
)
from survey.samples.plan import freeze_plan, plan_frame
from survey.samples.plan import read_frame as read_frame_of
from survey.samples.records import read_draw, read_plan
from survey.settings import Settings
from tests.survey.factories import make_round
from tests.survey.frames.rosters import make_county
from tests.survey.samples.ways import (
    RULES,
    SEED,
    list_selections,
    prepare,
    prepare_draw,
    prepare_field,
)

# Plan


def draft_plan(session: Session, round_: Round, targets: Mapping[str, int] | None = None) -> Plan:
    return plan_frame(read_frame_of(session, round_), round_, targets)


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


def test_only_the_frame_that_was_seen_is_frozen(session: Session, settings: Settings) -> None:
    round_ = prepare(session, settings)
    seen = draft_plan(session, round_)["frame_digest"]
    import_roster(session, settings, round_, "r.csv", make_county(), actor="test")
    with pytest.raises(Problem, match="not the one these numbers were shown for"):
        freeze_plan(session, round_, None, "test", seen)
    assert round_.status == DRAFT
    assert find_record(session, round_, PLAN) is None
    freeze_plan(session, round_, None, "test", draft_plan(session, round_)["frame_digest"])
    assert round_.status == FROZEN


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
