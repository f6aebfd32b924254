"""A drand round is verified offline, against the example its makers publish."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.drand import QUICKNET, find_round, find_round_time, get_randomness, is_signed
from sampling.problems import Problem
from tests.sampling.test_seed_sources import SIGNATURE

ROUND = 657413


def test_the_published_round_is_signed_and_another_is_not() -> None:
    assert is_signed(ROUND, SIGNATURE)
    assert not is_signed(ROUND + 1, SIGNATURE)


@pytest.mark.parametrize("place", [1, 40, 95])
def test_a_changed_signature_is_not_one(place: int) -> None:
    digit = "0" if SIGNATURE[place] != "0" else "1"
    assert not is_signed(ROUND, SIGNATURE[:place] + digit + SIGNATURE[place + 1 :])


def test_the_point_at_infinity_is_no_signature() -> None:
    assert not is_signed(ROUND, "c0" + "00" * 47)


@pytest.mark.parametrize("signature", ["", "ab", SIGNATURE.upper(), SIGNATURE + "00"])
def test_other_texts_are_refused(signature: str) -> None:
    with pytest.raises(Problem, match="96 hex digits"):
        get_randomness(signature)


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 10**11, 2**63])
def test_rounds_that_there_are_none_of(number: int) -> None:
    with pytest.raises(Problem, match="a number from 1"):
        find_round_time(number)
    with pytest.raises(Problem, match="a number from 1"):
        is_signed(number, SIGNATURE)


@given(st.integers(QUICKNET.genesis - 100, QUICKNET.genesis + 10**9))
def test_the_round_to_name_is_the_first_that_is_not_over(seconds: int) -> None:
    time = datetime.fromtimestamp(seconds, UTC)
    number = find_round(time)
    assert find_round_time(number) >= time
    assert number == 1 or find_round_time(number - 1) < time


def test_without_the_library_it_is_said_which_one_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "py_ecc.bls.g2_primitives", None)
    with pytest.raises(Problem, match="needs the package py_ecc"):
        is_signed(ROUND, SIGNATURE)


def test_the_library_does_not_lift_the_limit_of_recursion() -> None:
    """Else a file of a hundred thousand brackets would end the program."""
    program = (
        "import sys; before = sys.getrecursionlimit(); from sampling.drand import is_signed; "
        f"assert is_signed({ROUND}, {SIGNATURE!r}); assert sys.getrecursionlimit() == before"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
