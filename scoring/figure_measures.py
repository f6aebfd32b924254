"""Parts measured on figures of the county: ratios, judgements, years."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from scoring.citations import Title
from scoring.county_sheets import TITLES
from scoring.figures import display_text, exact_text
from scoring.ground import Ground
from scoring.limits import compare
from scoring.outcomes import NOT_MET, SHOWN
from scoring.part_findings import PartFinding, outcome_of, round_off, unmeasured
from scoring.reasons import (
    ABOVE_WHOLE,
    NO_ANSWER,
    NO_EVIDENCE,
    NOBODY,
    ZERO_DENOMINATOR,
    no_table,
    no_years,
    not_given,
    too_few_years,
)
from scoring.rule_parts import AnswerPart, FigurePart, NeverFallsPart, YearsBetweenPart

PERCENT = 100
VETO_FREE = ("no",)
"""Accepted answers that say there is nothing: nobody can prove that with a file."""


def measure_figure(part: FigurePart, _: str, ground: Ground) -> PartFinding:
    """Return a figure, or a ratio of sums of figures, against its limit, compared exactly.

    Not measured where a figure is missing or the denominator is 0; where the part says so, 0 to 0
    is nobody's and only shown. A ratio of things of one unit
    is shown in percent.
    """
    names = [*part.plus, *part.minus, *part.per_plus, *part.per_minus]
    names += [part.limit_figure] if part.limit_figure else []
    values = {name: value for name in names if isinstance(value := ground.data.figures.get(name),
              Fraction)}  # fmt: skip
    detail = {"figures": {name: exact_text(value) for name, value in values.items()}}
    missing = [name for name in dict.fromkeys(names) if name not in values]
    if missing:
        return unmeasured(part, not_given(figure_titles(missing, ground)), detail)
    value = _sum(part.plus, values) - _sum(part.minus, values)
    if part.per_plus:
        divisor = _sum(part.per_plus, values) - _sum(part.per_minus, values)
        if part.may_be_empty and not value and not divisor:
            return PartFinding(part, SHOWN, why=NOBODY, detail=detail)
        if divisor <= 0:
            return unmeasured(part, ZERO_DENOMINATOR, detail)
        value /= divisor
    return _judged_figure(part, value, values, ground, detail)


def _judged_figure(
    part: FigurePart,
    value: Fraction,
    values: dict[str, Fraction],
    ground: Ground,
    detail: dict[str, dict[str, str]],
) -> PartFinding:
    limit = values[part.limit_figure] if part.limit_figure else None
    comparison = part.comparison
    if part.limit is not None:
        limit, comparison = part.limit.value, part.limit.comparison
    is_share = _is_share(part, ground)
    scale = PERCENT if is_share else 1
    measured = _measured(value, limit, scale)
    remarks = (ABOVE_WHOLE,) if is_share and value > 1 else ()
    if limit is None:
        return PartFinding(part, SHOWN, measured, detail=detail, remarks=remarks)
    holds = compare(value, comparison, limit)
    rounded = compare(round_off(scale * value), comparison, scale * limit)
    text = part.limit.text if part.limit is not None else exact_text(limit)
    return PartFinding(
        part, outcome_of(holds), measured, text, comparison, detail=detail,
        is_flipped=holds != rounded, remarks=remarks,
    )  # fmt: skip


def _measured(value: Fraction, limit: Fraction | None, scale: int) -> dict[str, str]:
    shown = display_text(scale * value, None if limit is None else scale * limit)
    return {"exact": exact_text(value), "display": f"{shown} %" if scale == PERCENT else shown}


def _is_share(part: FigurePart, ground: Ground) -> bool:
    """Return whether a value is a share: things of one unit over each other, or a percentage."""
    units = {figure.id: figure.unit for figure in ground.rule_set.figures}
    kinds = {figure.id: figure.kind for figure in ground.rule_set.figures}
    if not part.per_plus:
        return all(kinds.get(name) == "percent" for name in part.plus)
    return len({units.get(name) for name in (*part.plus, *part.per_plus)}) == 1


def _sum(names: Sequence[str], values: dict[str, Fraction]) -> Fraction:
    return sum((values[name] for name in names), Fraction())


def figure_titles(names: Sequence[str], ground: Ground) -> list[Title]:
    """Return the titles of figures, for a person."""
    titles = {figure.id: figure.title for figure in ground.rule_set.figures}
    return [titles.get(name, Title(name, name)) for name in names]


def measure_answer(part: AnswerPart, owner: str, ground: Ground) -> PartFinding:
    """Return a person's judgement against what is accepted, with the names of its evidence.

    An answer that no file can prove (a plain no) needs none; another without evidence is told.
    """
    answer = ground.data.answers.get((owner, part.id))
    if answer is None:
        return unmeasured(part, NO_ANSWER)
    detail = {"evidence": answer.evidence, "remark": answer.remark}
    is_bare = not answer.evidence and part.accepted != VETO_FREE
    return PartFinding(
        part,
        outcome_of(answer.answer in part.accepted),
        {"exact": answer.answer, "display": answer.answer},
        " / ".join(part.accepted),
        detail=detail,
        remarks=(NO_EVIDENCE,) if is_bare else (),
    )


def measure_never_falls(part: NeverFallsPart, _: str, ground: Ground) -> PartFinding:
    """Return whether a column of the years never falls (只增不减); equal years do not fall.

    A fall between two years that follow each other decides, whatever is missing. Else there must
    be enough years, without a gap and without a blank.
    """
    rows = ground.rows.of("years")
    if rows is None:
        return unmeasured(part, no_table(TITLES["years"]))
    values = {}
    for row in rows:
        year, value = row.cell("year"), row.cell(part.column)
        per = row.cell(part.per) if part.per else Fraction(1)
        if isinstance(year, Fraction) and isinstance(value, Fraction) and isinstance(per, Fraction):
            values[int(year)] = value / per if per else None
    known = {year: value for year, value in sorted(values.items()) if value is not None}
    falls = [year for year in known if year - 1 in known and known[year] < known[year - 1]]
    detail = {"years": {str(year): exact_text(value) for year, value in known.items()}}
    measured = {"exact": str(len(falls)), "display": ", ".join(map(str, falls)) or "0"}
    if falls:
        return PartFinding(part, NOT_MET, measured, "0", "<=", detail=detail)
    all_years = [int(year) for row in rows if isinstance(year := row.cell("year"), Fraction)]
    span = range(min(all_years, default=0), max(all_years, default=-1) + 1)
    gaps = [year for year in span if year not in known]
    if gaps:
        return unmeasured(part, no_years(gaps), detail)
    if len(known) < part.years:
        return unmeasured(part, too_few_years(part.years), detail)
    return PartFinding(part, outcome_of(True), measured, "0", "<=", detail=detail)


def measure_years_between(part: YearsBetweenPart, _: str, ground: Ground) -> PartFinding:
    """Return the whole years on the calendar between two days against a limit."""
    days = {name: ground.data.figures.get(name) for name in (part.since, part.until)}
    given = {name: day for name, day in days.items() if isinstance(day, str)}
    detail = {"figures": given}
    missing = [name for name in days if name not in given]
    if missing:
        return unmeasured(part, not_given(figure_titles(missing, ground)), detail)
    years = whole_years(given[part.since], given[part.until])
    text = str(years)
    return PartFinding(
        part,
        outcome_of(part.limit.holds(Fraction(years))),
        {"exact": text, "display": text},
        part.limit.text,
        part.limit.comparison,
        detail=detail,
    )


def whole_years(since: str, until: str) -> int:
    """Return the whole years from one day to another, both as ``YYYY-MM-DD``.

    >>> whole_years("2020-05-01", "2023-05-01"), whole_years("2020-05-01", "2023-04-30")
    (3, 2)
    """
    (year, *start), (last, *end) = (
        [int(piece) for piece in day.split("-")] for day in (since, until)
    )
    return last - year - (end < start)
