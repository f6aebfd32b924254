"""What was just handed over: the same again for the same form, nothing for anybody else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest

from survey.exports import Export
from survey.samples.handover import Handover, Order

ORDER = ("supervisor", "nonce", "new", "cards")


@pytest.fixture
def handover() -> Iterator[Handover]:
    """A store that keeps files for longer than a test takes."""
    store = Handover(seconds=60)
    yield store
    store.forget("round")


@pytest.fixture
def make() -> Callable[[], Export]:
    """A maker of files, each another one."""
    numbers = count(1)
    return lambda: Export(str(next(numbers)).encode(), "text/plain", "links.txt")


def test_the_same_order_gets_the_same_file(handover: Handover, make: Callable[[], Export]) -> None:
    got = [handover.hand_over("round", ORDER, make).content for _ in range(3)]
    assert got == [b"1", b"1", b"1"]


@pytest.mark.parametrize(
    "other",
    [
        ("somebody", "nonce", "new", "cards"),
        ("supervisor", "another", "new", "cards"),
        ("supervisor", "nonce", "all", "cards"),
        ("supervisor", "nonce", "new", "file"),
    ],
)
def test_any_other_order_gets_its_own(
    handover: Handover, make: Callable[[], Export], other: Order
) -> None:
    orders = (ORDER, other, ORDER)
    got = [handover.hand_over("round", order, make).content for order in orders]
    assert got == [b"1", b"2", b"3"]  # of a round only the last file is held


def test_rounds_are_apart(handover: Handover, make: Callable[[], Export]) -> None:
    rounds = ("round", "another", "round")
    got = [handover.hand_over(round_id, ORDER, make).content for round_id in rounds]
    handover.forget("another")
    assert got == [b"1", b"2", b"1"]


def test_a_form_without_a_nonce_is_never_the_same(
    handover: Handover, make: Callable[[], Export]
) -> None:
    order = ("supervisor", "", "new", "cards")
    got = [handover.hand_over("round", order, make).content for _ in range(2)]
    assert got == [b"1", b"2"]


def test_it_is_forgotten_on_request(handover: Handover, make: Callable[[], Export]) -> None:
    handover.hand_over("round", ORDER, make)
    handover.forget("round")
    handover.forget("round")
    assert handover.hand_over("round", ORDER, make).content == b"2"


def test_it_is_forgotten_by_itself(make: Callable[[], Export]) -> None:
    handover = Handover(seconds=0.05)
    handover.hand_over("round", ORDER, make)
    deadline = time.monotonic() + 10
    while handover.holds("round") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not handover.holds("round")


def test_a_file_that_could_not_be_made_is_not_held(
    handover: Handover, make: Callable[[], Export]
) -> None:
    def fail() -> Export:
        raise LookupError

    with pytest.raises(LookupError):
        handover.hand_over("round", ORDER, fail)
    assert not handover.holds("round")
    assert handover.hand_over("round", ORDER, make).content == b"1"


def test_of_two_at_once_the_second_waits(handover: Handover, make: Callable[[], Export]) -> None:
    barrier = Barrier(4)

    def make_slowly() -> Export:
        time.sleep(0.05)
        return make()

    def ask(_: int) -> bytes:
        barrier.wait()
        return handover.hand_over("round", ORDER, make_slowly).content

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(4))) == {b"1"}
