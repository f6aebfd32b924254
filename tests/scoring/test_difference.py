from __future__ import annotations

import pytest

from sampling.verification import Difference
from scoring.difference import compare_records


@pytest.mark.parametrize(
    ("recorded", "computed", "message"),
    [
        ({"a": 1}, {"a": 2}, "a: the record has 1, its inputs give 2"),
        ({"a": 1}, {"a": True}, "a: the record has 1, its inputs give True"),
        ({"a": {"b": [1, 3]}}, {"a": {"b": [1, 2]}}, "a, b 2: the record has 3"),
        ({"a": [1]}, {"a": [1, 2]}, "a 2: the record has nothing, its inputs give 2"),
        ({"a": [1, 2]}, {"a": [1]}, "a 2: the record has 2, its inputs give nothing"),
        ({}, {"a": None}, "a: the record has nothing, its inputs give None"),
        ({"a": 1, "b": 2}, {"a": 1}, "b: the record has 2, its inputs give nothing"),
        ({"a": 1}, {"a": [1]}, r"a: the record has 1, its inputs give \[1\]"),
        ({"a": "x" * 500}, {"a": ""}, "x…, its inputs"),
    ],
)
def test_the_first_difference_is_named(recorded: object, computed: object, message: str) -> None:
    with pytest.raises(Difference, match=message):
        compare_records(recorded, computed)


def test_equal_records_are_equal() -> None:
    record = {"a": [1, {"b": None}], "c": 0.5}
    compare_records(record, {"c": 0.5, "a": [1, {"b": None}]})
