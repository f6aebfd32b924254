"""Order sampling against R's package sampling and against its own definition in integers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.order_sampling import (
    METHODS,
    rank_clusters,
    sort_by_ticket,
    target_probabilities,
    uniform,
)
from sampling.problems import Problem
from tests.sampling.second_designs import rank

SIZES = [312, 45, 1280, 96, 510, 733, 58, 147, 2210, 64]

# R 4.2.2, sampling 2.9 (Tillé and Matei): inclusionprobabilities(a, n), 17 digits.
FROM_R = [
    ([1, 1, 2, 3, 50, 100, 0], 4, [2 / 7, 2 / 7, 4 / 7, 0.857142857142857, 1, 1, 0]),
    (
        [10, 20, 30, 40, 50, 300, 7, 3],
        4,
        [0.1875, 0.375, 0.5625, 0.75, 0.9375, 1, 0.131250000000000006, 0.056249999999999994],
    ),
    (
        SIZES,
        4,
        [
            0.317557251908396954,
            0.045801526717557245,
            1,
            0.097709923664122136,
            0.519083969465648831,
            0.746055979643765910,
            0.059033078880407132,
            0.149618320610687000,
            1,
            0.065139949109414758,
        ],
    ),
    (
        SIZES,
        6,
        [
            0.86426592797783941,
            0.12465373961218837,
            1,
            0.26592797783933519,
            1,
            1,
            0.16066481994459833,
            0.40720221606648199,
            1,
            0.17728531855955679,
        ],
    ),
]


@pytest.mark.parametrize(("sizes", "n", "expected"), FROM_R)
def test_targets_are_those_of_r(sizes: list[int], n: int, expected: list[float]) -> None:
    targets = target_probabilities(sizes, n)
    assert [float(p) for p in targets] == pytest.approx(expected, abs=1e-14)
    assert sum(targets) == n


# R 4.2.2: set.seed(s); u <- runif(10); p <- inclusionprobabilities(SIZES, 4);
# order(u*(1-p)/((1-u)*p)) and order(u/p), counted from 1. Certain are 3 and 9: by u/p
# they need not come first, so the rest of R's order is compared.
STREAMS = {
    1: (
        "0.26550866314209998 0.37212389963679016 0.57285336335189641 0.90820778999477625 "
        "0.2016819310374558 0.89838968496769667 0.94467526860535145 0.66079779248684645 "
        "0.62911404389888048 0.061786270467564464",
        [5, 1, 10, 6, 8, 2, 4, 7],
        [5, 1, 10, 6, 8, 2, 4, 7],
    ),
    7: (
        "0.98890929785557091 0.39774545328691602 0.11569777876138687 0.069748678710311651 "
        "0.2437493905890733 0.79201042582280934 0.34006235282868147 0.97206250065937638 "
        "0.16585548454895616 0.45910366578027606",
        [5, 4, 6, 7, 10, 2, 1, 8],
        [5, 4, 6, 1, 7, 8, 10, 2],
    ),
    2026: (
        "0.69867347087711096 0.55653050588443875 0.14013995765708387 0.28572330623865128 "
        "0.55536900996230543 0.0251311503816396 0.46623055497184396 0.86101068509742618 "
        "0.25250117876566947 0.58080633729696274",
        [6, 5, 4, 1, 7, 10, 2, 8],
        [6, 5, 1, 4, 8, 7, 10, 2],
    ),
}


@pytest.mark.parametrize("stream", STREAMS.values(), ids=str)
def test_the_order_is_that_of_r_for_the_same_uniforms(
    stream: tuple[str, list[int], list[int]],
) -> None:
    uniforms = [Fraction(number) for number in stream[0].split()]
    targets = target_probabilities(SIZES, 4)
    for method, expected in zip(METHODS, stream[1:], strict=True):
        order = [position + 1 for position in rank_clusters(uniforms, targets, method)]
        assert order == [3, 9, *expected]


@given(
    st.lists(st.integers(1, 5), min_size=3, max_size=9).filter(
        lambda sizes: 2 * max(sizes) < sum(sizes)
    ),
    st.sampled_from(sorted(METHODS)),
    st.text(max_size=5),
)
def test_ranking_agrees_with_whole_numbers_multiplied_crosswise(
    sizes: list[int], method: str, seed: str
) -> None:
    names = [f"学校{number}" for number in range(len(sizes))]
    uniforms = [uniform(f"{seed}\nschool\n{name}") for name in names]
    order = rank_clusters(uniforms, target_probabilities(sizes, 2), method)
    assert order == rank(names, sizes, 2, seed, method)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12), st.integers(0, 12))
def test_targets_add_up_and_are_in_proportion_below_one(sizes: list[int], n: int) -> None:
    if n > sum(size > 0 for size in sizes):
        with pytest.raises(Problem, match=f"{n} clusters are to be drawn"):
            target_probabilities(sizes, n)
        return
    targets = target_probabilities(sizes, n)
    assert sum(targets) == n
    assert all(0 <= p <= 1 for p in targets)
    assert all((p == 0) == (size == 0 or n == 0) for p, size in zip(targets, sizes, strict=True))
    ratios = {p / size for p, size in zip(targets, sizes, strict=True) if 0 < p < 1}
    assert len(ratios) <= 1
    smallest_certain = min((s for p, s in zip(targets, sizes, strict=True) if p == 1), default=None)
    if ratios and smallest_certain is not None:
        assert ratios.pop() * smallest_certain >= 1


def test_two_of_the_same_rank_keep_their_order() -> None:
    half = Fraction(1, 2)
    assert rank_clusters([half] * 4, [half] * 4, "pareto") == [0, 1, 2, 3]


def test_tickets_sort_as_in_the_protocol() -> None:
    # docs/draw-protocol.md, section 4
    ids = ["t-01", "t-02", "t-03", "t-04", "t-05"]
    assert sort_by_ticket(ids, "宜州区 2026 示例") == ["t-02", "t-01", "t-05", "t-04", "t-03"]
