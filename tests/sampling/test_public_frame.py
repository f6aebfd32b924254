"""The public frame: it shows no more than it must, and the draw can be redone from it."""

from __future__ import annotations

import copy
import hashlib
import subprocess
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.commitments import make_commitment, write_line
from sampling.frame import Frame, make_frame
from sampling.problems import Problem
from sampling.public_frame import (
    PublicFrame,
    PublicLine,
    find_line,
    make_public_frame,
    read_public_frame,
    render_public_frame,
    verify_public_draw,
    verify_public_frame,
)
from sampling.record import Design, Draw, Plan
from sampling.survey_rules import SurveyRules
from sampling.verification import Difference
from tests.sampling.rosters import make_units
from tests.sampling.tampering import TAMPERINGS, Record
from tests.sampling.test_verification import run_checker

HEADER = "id,stratum,commitment\n"
# What these spoil is not in a public frame; whoever holds the frame, or the ceremony, sees it.
NOT_SEEN = {"change_frame_digest", "define_by_id", "define_by_unknown_column", "overlap"}


def make_salts(frame: Frame) -> dict[str, str]:
    """Salts that are the same every time; true ones are random."""
    return {unit.id: hashlib.sha256(unit.id.encode()).hexdigest()[:32] for unit in frame.eligible}


@pytest.fixture(scope="module")
def public(frame: Frame, plan: Plan) -> PublicFrame:
    return make_public_frame(frame, plan["strata"], make_salts(frame))


def test_the_file_shows_pseudonym_and_stratum_only(
    public: PublicFrame, frame: Frame, tmp_path: Path
) -> None:
    text = render_public_frame(public)
    assert text.startswith(HEADER)
    assert "庆远镇" not in text
    assert "学校" not in text
    assert text.count("\n") == len(frame.eligible) + 1
    path = tmp_path / "public.csv"
    path.write_text(text, encoding="utf-8")
    assert read_public_frame(path) == public
    printed = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True)
    assert printed.stdout.split()[0] == public.digest


def test_a_draw_is_redone_from_it(public: PublicFrame, draw: Draw, plan: Plan) -> None:
    verify_public_draw(draw, public)
    verify_public_draw(draw, public, plan)


def test_tamperings_with_the_sample_are_seen_in_it(public: PublicFrame, draw: Draw) -> None:
    unseen = set()
    for spoil, _ in TAMPERINGS:
        spoilt = copy.deepcopy(draw)
        spoil(cast(Record, spoilt))
        try:
            verify_public_draw(spoilt, public)
            unseen.add(spoil.__name__)
        except Difference:
            continue
    assert unseen == NOT_SEEN


def test_a_person_left_out_or_moved_is_found(
    public: PublicFrame, frame: Frame, plan: Plan, draw: Draw
) -> None:
    verify_public_frame(public, frame, plan["strata"])
    first, *rest = public.lines
    smaller = PublicFrame(tuple(rest), "")
    moved = PublicFrame((first._replace(stratum="cppcc/town"), *rest), "")
    for other in (smaller, moved):
        with pytest.raises(Difference, match=first.id):
            verify_public_frame(other, frame, plan["strata"])
        with pytest.raises(Difference):
            verify_public_draw(draw, other)


def test_a_stratum_that_the_record_does_not_have(public: PublicFrame, draw: Draw) -> None:
    other = PublicFrame((*public.lines, PublicLine("x", "moon", "0" * 32)), "")
    with pytest.raises(Difference, match="'x' is in the stratum moon"):
        verify_public_draw(draw, other)


def test_a_design_that_needs_more_is_refused(public: PublicFrame, draw: Draw) -> None:
    other = copy.deepcopy(draw)
    other["design"] = Design(name="systematic", options={}, remarks=[])
    with pytest.raises(Problem, match="'systematic' can be redone from the full frame only"):
        verify_public_draw(other, public)


def test_the_outsiders_checker_takes_it(public: PublicFrame, draw: Draw, tmp_path: Path) -> None:
    text = render_public_frame(public)
    assert run_checker(tmp_path, draw, text).returncode == 0
    lines = text.splitlines(keepends=True)
    assert run_checker(tmp_path, draw, "".join(lines[:-1])).returncode == 1


def test_a_citizen_checks_a_line_with_sha256sum(public: PublicFrame, frame: Frame) -> None:
    unit = frame.eligible[7]
    salt = make_salts(frame)[unit.id]
    command = ["sh", "-c", 'printf \'%s\\n%s\' "$1" "$2" | sha256sum | cut -c1-32', "sh"]
    printed = subprocess.run(
        [*command, salt, write_line(unit)], capture_output=True, text=True, check=True
    )
    assert find_line(public, unit.id).commitment == printed.stdout.strip()
    with pytest.raises(Difference, match="nobody with the id 'nobody'"):
        find_line(public, "nobody")


@given(
    st.text("0123456789abcdef", min_size=32, max_size=32),
    st.lists(st.text(), min_size=7, max_size=7),
    st.integers(0, 6),
    st.text(min_size=1),
)
def test_another_value_or_salt_gives_another_commitment(
    salt: str, values: list[str], place: int, more: str
) -> None:
    commitment = make_commitment(salt, write_line(values))
    changed = [*values[:place], values[place] + more, *values[place + 1 :]]
    assert make_commitment(salt, write_line(changed)) != commitment
    other = ("1" if salt[0] == "0" else "0") + salt[1:]
    assert make_commitment(other, write_line(values)) != commitment


def test_what_tells_people_apart_enters_the_commitment(frame: Frame, plan: Plan) -> None:
    salts = make_salts(frame)
    persons = {unit.id: f"韦小明 {unit.id[-4:]}" for unit in frame.eligible}
    public = make_public_frame(frame, plan["strata"], salts, persons)
    unit = frame.eligible[0]
    line = write_line(unit, persons[unit.id])
    assert find_line(public, unit.id).commitment == make_commitment(salts[unit.id], line)
    with pytest.raises(Problem, match="has no person"):
        make_public_frame(frame, plan["strata"], salts, {})


def test_one_byte_of_one_person_changes_the_digest(
    public: PublicFrame, plan: Plan, rules: SurveyRules
) -> None:
    units = make_units()
    changed = [units[0]._replace(school="学校9"), *units[1:]]
    other = make_frame(changed, rules)
    assert make_public_frame(other, plan["strata"], make_salts(other)).digest != public.digest


@pytest.mark.parametrize("salt", ["", "0" * 31, "0" * 33, "G" * 32, "A" * 32])
def test_other_salts_are_refused(salt: str) -> None:
    with pytest.raises(Problem, match="a salt is 32 hex digits"):
        make_commitment(salt, "[]")


def test_everybody_needs_a_salt(frame: Frame, plan: Plan) -> None:
    salts = make_salts(frame)
    del salts["teacher-00003"]
    with pytest.raises(Problem, match="'teacher-00003' has no salt"):
        make_public_frame(frame, plan["strata"], salts)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "line 1: expected the header id,stratum,commitment, got nothing"),
        (b"id,stratum\n", "line 1: expected the header"),
        ((HEADER + "a,t\n").encode(), "line 2: expected 3 values, got 2"),
        (
            (HEADER + f"a,t,{'0' * 32}\na,t,{'0' * 32}\n").encode(),
            "line 3: the id 'a' stands twice",
        ),
        ((HEADER + f",t,{'0' * 32}\n").encode(), "line 2: the id or the stratum is empty"),
        ((HEADER + f"a,t,{'0' * 31}\n").encode(), "line 2: a commitment is 32 hex digits"),
        ((HEADER + 'a,"t\n').encode(), "not a well-formed CSV line"),
        ("编号".encode("gbk"), "cannot be read"),
    ],
)
def test_broken_files_are_told_with_their_line(tmp_path: Path, content: bytes, part: str) -> None:
    path = tmp_path / "public.csv"
    path.write_bytes(content)
    with pytest.raises(Problem, match=r"public\.csv") as caught:
        read_public_frame(path)
    assert part in str(caught.value)
