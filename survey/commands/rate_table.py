"""The record of `renkedu rate` as a table that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from scoring.figures import rounded_text
from scoring.survey_rate import Record
from survey.commands.text_table import align, indent

ALL_ROWS = "all"
NOTHING = "-"
PERCENT = 100
MOST_CODES = 8
"""Of an item's codes this many are named, the rest counted."""
NUMBERS = ("satisfied", "of", "rate %", "s.e. %", "deff", "n_eff", "df")


def write_table(record: Record) -> Iterator[str]:
    """Yield the lines of a record: the design, then for each item its codes and its estimates.

    Shares, standard errors and interval ends are percentages, rounded for the eye.
    """
    yield from _write_design(record["design"])
    by = record["by"]["columns"]
    for item in record["items"]:
        yield ""
        yield item["item"]
        yield from _write_codes(item)
        estimates = [found for found in record["estimates"] if found["item"] == item["item"]]
        table = list(_write_rows(estimates, by, record["level"]))
        yield from indent(align(table, {*range(max(1, len(by))), len(table[0]) - 1}))
    if record["by"]["rows_outside"]:
        rows = record["by"]["rows_outside"]
        yield ""
        yield f"rows with a blank in {', '.join(by)}: {rows}; they count in '{ALL_ROWS}' only"


def _write_design(design: Mapping[str, object]) -> Iterator[str]:
    parts = [f"{design[name]} {name}" for name in ("rows", "clusters", "strata") if name in design]
    yield ", ".join(parts)
    weights = design["weights"]
    if isinstance(weights, dict) and weights["smallest"] != weights["largest"]:
        yield (
            f"weights {weights['smallest']:.6g} to {weights['largest']:.6g}, "
            f"sum {weights['sum']:.10g}, Kish design effect {weights['kish_deff']:.3f}"
        )
    calibration, replicates = design["calibration"], design["replicates"]
    if isinstance(calibration, dict):
        yield f"weights fitted to {', '.join(calibration['margins'])} ({calibration['method']})"
    if isinstance(replicates, dict):
        yield f"variance from {replicates['count']} replicates ({replicates['kind']})"


def _write_codes(item: Record) -> Iterator[str]:
    for name in ("satisfied", "not_satisfied", "excluded"):
        codes = list(item[name].items())
        if codes:
            shown = ", ".join(f"{code} ({rows})" for code, rows in codes[:MOST_CODES])
            more = f", … {len(codes) - MOST_CODES} more" if len(codes) > MOST_CODES else ""
            yield f"  {name.replace('_', ' ')}: {shown}{more}"
    if item["blank"]:
        yield f"  blank: {item['blank']}"


def _write_rows(
    estimates: Sequence[Record], by: Sequence[str], level: float
) -> Iterator[list[str]]:
    methods = list(estimates[0]["ci"])
    heads = [f"{method} {PERCENT * level:g} %" for method in methods]
    yield [*(by or [""]), *NUMBERS, *heads, ""]
    for found in estimates:
        place = [found["domain"].get(name, "") for name in by] if found["domain"] else [ALL_ROWS]
        yield [
            *place,
            *[""] * (max(1, len(by)) - len(place)),
            str(found["numerator"]),
            str(found["denominator"]),
            _round(found["estimate"], 2, PERCENT),
            _round(found["se"], 2, PERCENT),
            _round(found["deff"], 2),
            _round(found["n_eff"], 1),
            str(found["df"]),
            *(_write_interval(found["ci"][method]) for method in methods),
            "; ".join(found["notes"]),
        ]


def _write_interval(ends: Sequence[float]) -> str:
    low, high = (_round(end, 2, PERCENT) for end in ends)
    return f"{low} to {high}"


def _round(value: float | None, digits: int, scale: int = 1) -> str:
    return NOTHING if value is None else rounded_text(scale * Fraction(value), digits)
