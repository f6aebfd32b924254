"""Rates as a record: what the numbers of one estimate have to do with each other."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import survey_rate
from scoring.domain_estimates import estimate_means
from scoring.domains import whole
from scoring.intervals import METHODS
from scoring.item_codes import ItemCodes, code_items
from scoring.survey_rate import NOTES, DesignColumns, find_domains, rate_items, read_design
from scoring.survey_table import read_survey

Row = tuple[str, str, str, str]
rows = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.sampled_from("xyz "), st.sampled_from(["1", "0", ""]),
        st.sampled_from(["0.5", "1", "3"]),
    ),
    min_size=1,
    max_size=20,
)  # fmt: skip
COLUMNS = DesignColumns("w", "h", lonely="adjust")


def rate(path: Path, table: list[Row]) -> list[Any]:
    lines = [",".join(row) for row in [("h", "d", "q", "w"), *table]]
    path.write_text("\n".join(lines), encoding="utf-8")
    survey = read_survey(path, ["h", "d", "q", "w"])
    design = read_design(survey, COLUMNS)
    domains = find_domains(survey, ["d"])
    assert domains is not None
    items = code_items(survey, ["q"], ItemCodes())
    estimator = partial(estimate_means, design)
    found = rate_items(items, estimator, [whole(survey.n), domains], METHODS, Fraction(19, 20))
    return [record for _, records in found for record in records]


@given(table=rows)
def test_every_estimate_holds_together(
    tmp_path_factory: pytest.TempPathFactory, table: list[Row]
) -> None:
    table = [*table, ("a", "x", "1", "1"), ("a", "x", "0", "1")]
    records = rate(tmp_path_factory.mktemp("rate") / "x.csv", table)
    assert len(records) == 1 + len({d for _, d, _, _ in table} - {" "})
    for record in records:
        own = [row for row in table if row[1] == record["domain"].get("d", row[1])]
        answers = [q for _, _, q, _ in own if q]
        assert (record["n"], record["denominator"]) == (len(answers), len(answers))
        assert record["numerator"] == answers.count("1")
        weighted = record["weighted"]
        if record["n"]:
            share = weighted["numerator"] / weighted["denominator"]
            assert record["estimate"] == pytest.approx(share)
        else:
            assert (record["estimate"], record["notes"]) == (None, [NOTES[0]])
        for low, high in record["ci"].values():
            assert isfinite(low + high)
            assert 0 <= low <= (record["estimate"] or 0) + 1e-12
            assert (record["estimate"] or 0) - 1e-12 <= high <= 1


def test_items_in_blocks_are_the_same_as_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    path.write_text("p,q,r\n1,0,1\n0,0,1\n1,1,\n0,1,0\n", encoding="utf-8")
    survey = read_survey(path, ["p", "q", "r"])
    estimator = partial(estimate_means, read_design(survey, DesignColumns()))

    def run() -> list[Any]:
        items = code_items(survey, ["r", "p", "q"], ItemCodes())
        return list(rate_items(items, estimator, [whole(4)], METHODS, Fraction(9, 10)))

    together = run()
    monkeypatch.setattr(survey_rate, "MOST_NUMBERS", 1)
    assert run() == together
    assert [item["item"] for item, _ in together] == ["r", "p", "q"]
