"""What a survey's codes count as; what is refused stands with the command `rate`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scoring.item_codes import BLANKS, CodedItem, ItemCodes, code_items
from scoring.survey_table import read_survey


def code(tmp_path: Path, cells: list[str], codes: ItemCodes) -> CodedItem:
    path = tmp_path / "x.csv"
    path.write_text("\n".join(["q,end", *(f"{cell}," for cell in cells)]), encoding="utf-8")
    (item,) = code_items(read_survey(path, ["q"]), ["q"], codes)
    return item


NAN = float("nan")


@pytest.mark.parametrize(
    ("cells", "codes", "values"),
    [
        (["1", "0", ""], ItemCodes(), [1, 0, NAN]),
        (["1.0", "0.0", "１"], ItemCodes(), [1, 0, 1]),
        (["1", "0", "9"], ItemCodes(excluded=("9",)), [1, 0, NAN]),
        (["1", "2", "3"], ItemCodes(("1", "2")), [1, 1, 0]),
        (["1", "2", "3"], ItemCodes(("1",), ("3",)), [1, 0, NAN]),
        (["满意", "不满意", "(空)"], ItemCodes(("满意",)), [1, 0, NAN]),
        (["满意", "不满意", "(空)"], ItemCodes(("满意",), ("(空)",)), [1, 0, NAN]),
        (["NA", "1", "0"], ItemCodes(), [NAN, 1, 0]),
        (["NA", "1", "0"], ItemCodes(("1", "NA")), [1, 1, 0]),
        (["0", "0"], ItemCodes(), [0, 0]),
    ],
)
def test_codes_become_0_and_1(
    tmp_path: Path, cells: list[str], codes: ItemCodes, values: list[float]
) -> None:
    item = code(tmp_path, cells, codes)
    np.testing.assert_array_equal(item.values, values)
    counts = [item.satisfied, item.not_satisfied, item.excluded]
    assert sum(sum(part.values()) for part in counts) + item.blank == len(cells)


@pytest.mark.parametrize("mark", sorted(BLANKS))
def test_marks_of_a_blank_are_no_answer(tmp_path: Path, mark: str) -> None:
    item = code(tmp_path, ["1", mark, "0", ""], ItemCodes())
    assert (item.blank, item.satisfied, item.not_satisfied) == (2, {"1": 1}, {"0": 1})


def test_a_code_of_one_item_need_not_stand_in_another(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("q1,q2\n满意,满意\n基本满意,不满意\n不了解,不满意\n", encoding="utf-8")
    codes = ItemCodes(("满意", "基本满意"), ("不了解",))
    first, second = code_items(read_survey(path, ["q1", "q2"]), ["q1", "q2"], codes)
    np.testing.assert_array_equal(first.values, [1, 1, NAN])
    np.testing.assert_array_equal(second.values, [1, 0, 0])
