"""监测复查: whether a recognised county keeps its title, year by year.

Two falling years in a row lose the title (连续2年下滑); in the basic scheme three years in a row
below the standard do. How many stands in the rule set. On what a county's level is measured no text
says: whoever monitors names the figure (`basis`), and without one nothing is measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sampling.problems import N_, Problem
from scoring.citations import Title
from scoring.county_measures import count_sections
from scoring.figures import read_exact
from scoring.measured_county import MeasuredCounty
from scoring.outcomes import MET, NOT_MEASURED
from scoring.rule_set import Rule
from scoring.stages import Monitoring
from scoring.verdict import UNDECIDED, decide

KEPT, LOST = "kept", "lost"
NO_BASIS = Title("没有哪个文件规定“下滑”以什么衡量", "no text says on what a fall is measured")
OPEN_YEARS = Title("缺少年份，或有年份未测量", "years are missing or were not measured")
EXCEPTIONAL = Title(
    "有非常情况的年份，文件未写明如何计算", "how a year of exceptional circumstances counts is open"
)


@dataclass(frozen=True, slots=True)
class YearLevel:
    """What monitoring found in one year; None is what nobody measured.

    `level` is the figure that falls or does not, exact, higher being better. `is_met` is
    whether the standard was met. `is_exceptional` marks a year of 非常情况.
    """

    level: Fraction | None = None
    is_met: bool | None = None
    is_exceptional: bool = False


@dataclass(frozen=True, slots=True)
class TitleFinding:
    """Whether the title is kept, lost or not known, by one condition.

    `years` are the years that count against the county for certain, in order; `lost_in` is the
    year in which the title was lost.
    """

    monitoring: Monitoring
    outcome: str
    years: tuple[int, ...]
    lost_in: int | None = None
    why: Title | None = None


def monitor(
    monitoring: Sequence[Monitoring], recognised_in: int, until: int, years: Mapping[int, YearLevel]
) -> list[TitleFinding]:
    """Return a finding for each condition on the title.

    Parameters
    ----------
    recognised_in
        The year of the recognition: the first year may fall below its level.
    until
        The last year looked at.
    years
        What was measured, by year. A year that is missing was not measured.

    A title is lost only where the years in a row are certain. Where years that are not known could
    make the row, and would be all it lacks, the finding is not measured; nothing is assumed.
    Raises `Problem` for a last year before the recognition.
    """
    if until < recognised_in:
        raise Problem(
            N_("the last year, {until}, is before the recognition in {since}"),
            until=until,
            since=recognised_in,
        )
    span = range(recognised_in + 1, until + 1)
    return [_find(one, span, years) for one in monitoring]


def level_of(measured: MeasuredCounty, rule_id: str) -> Fraction | None:
    """Return the figure of a rule as a level, exact and the higher the better; None if not known.

    For a rule about schools it is the share of sections that meet it; for one with a limit from
    above, such as a difference coefficient, the value's negative (a coefficient's square, which
    falls as it falls). Raises `Problem` for a rule that the rule set has not.
    """
    rule = measured.rule_set.rule(rule_id)
    if rule.kind in ("school", "indicator"):
        return _share(measured, rule_id)
    found = [finding for finding in measured.findings if finding.rule.id == rule_id]
    value = _value(found[0].measured) if len(found) == 1 else None
    return -value if value is not None and _is_from_above(rule) else value


def year_level(
    measured: MeasuredCounty, basis: str = "", *, is_exceptional: bool = False
) -> YearLevel:
    """Return a year as a verdict measured it: its level by the rule `basis`, and whether it met.

    A rehearsal is no year: raises `Problem`.
    """
    if measured.rehearsal:
        raise Problem(N_("a rehearsal says nothing about a year"))
    verdict = decide(measured.findings)
    return YearLevel(
        level=level_of(measured, basis) if basis else None,
        is_met=None if verdict == UNDECIDED else verdict == MET,
        is_exceptional=is_exceptional,
    )


def _find(
    monitoring: Monitoring, span: Iterable[int], years: Mapping[int, YearLevel]
) -> TitleFinding:
    is_bad = {"falling": _is_falling, "below": _is_below}[monitoring.measure]
    marks = {year: is_bad(year, years) for year in span}
    certain = tuple(year for year, mark in marks.items() if mark)
    lost_in = _first_row(marks, monitoring.years, (True,))
    if lost_in is not None:
        return TitleFinding(monitoring, LOST, certain, lost_in)
    if _first_row(marks, monitoring.years, (True, None)) is None:
        return TitleFinding(monitoring, KEPT, certain)
    return TitleFinding(monitoring, NOT_MEASURED, certain, why=_why(monitoring, marks, years))


def _first_row(
    marks: Mapping[int, bool | None], length: int, counted: Sequence[bool | None]
) -> int | None:
    """Return the year that completes the first row of so many years with a mark that counts."""
    row = 0
    for year, mark in marks.items():
        row = row + 1 if mark in counted else 0
        if row == length:
            return year
    return None


def _is_falling(year: int, years: Mapping[int, YearLevel]) -> bool | None:
    here, before = years.get(year, YearLevel()), years.get(year - 1, YearLevel())
    if here.is_exceptional or here.level is None or before.level is None:
        return None
    return here.level < before.level


def _is_below(year: int, years: Mapping[int, YearLevel]) -> bool | None:
    here = years.get(year, YearLevel())
    if here.is_met is None:
        return None
    if here.is_exceptional and not here.is_met:
        return None
    return not here.is_met


def _why(
    monitoring: Monitoring, marks: Mapping[int, bool | None], years: Mapping[int, YearLevel]
) -> Title:
    if monitoring.measure == "falling" and all(one.level is None for one in years.values()):
        return NO_BASIS
    open_years = [years.get(year, YearLevel()) for year, mark in marks.items() if mark is None]
    return EXCEPTIONAL if any(one.is_exceptional for one in open_years) else OPEN_YEARS


def _share(measured: MeasuredCounty, rule_id: str) -> Fraction | None:
    found = [finding for finding in measured.findings if finding.rule.id == rule_id]
    met, open_, of = count_sections(found, "")
    return Fraction(met, of) if of and not open_ else None


def _is_from_above(rule: Rule) -> bool:
    return rule.kind in ("difference", "composite") or rule.comparison in ("<", "<=")


def _value(measured: Mapping[str, str] | None) -> Fraction | None:
    """Return the exact value of a finding, a fraction or a decimal as text."""
    text = (measured or {}).get("exact") or (measured or {}).get("exact_square")
    return read_exact(text) if text else None
