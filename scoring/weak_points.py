"""Weak points: items ranked by their satisfied share, with what can be told apart.

Each item has an interval at a level shared out among all items (Bonferroni). An item's rank then
lies, for all items at once at the rule set's level, between one more than the items whose whole
interval is below its own and the number of those whose interval is not wholly above it: Klein,
Wright and Wieczorek, Journal of the Royal Statistical Society C 69 (2020), 589-606. Items whose
ranks may be the same are not distinguishable, whatever the order in which they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sampling.problems import N_, Problem
from scoring.estimation import Estimate, StratumCount, estimate_share
from scoring.figures import whole_or_float
from scoring.intervals import Interval, korn_graubard
from scoring.item_tables import ALL, CATEGORY, STRATUM, Domain, ItemTables, Line
from scoring.rule_set import RuleSet

Record = dict[str, object]
SHOWN_DIGITS = 4


@dataclass(frozen=True, slots=True)
class WeakPoint:
    """An item in the order of a domain, the least satisfied first.

    rank
        Its place by `estimate`.
    first, last
        The ranks that it may really have.
    apart_from
        Items that are shown to be better or worse; all others are not distinguishable from it.
    """

    line: Line
    estimate: Fraction
    interval: Interval
    rank: int
    first: int
    last: int
    apart_from: tuple[str, ...]


def rank_items(tables: ItemTables, domain: Domain, rule_set: RuleSet) -> list[WeakPoint]:
    """Return the items of a domain whose shares are shown, the weakest first.

    Estimates are made from shown figures only (`published_estimate`), so that they tell nothing
    that the tables do not. Items that nobody answered, or whose figures are hidden, have no rank.
    """
    lines = [line for line in tables.of_domain(domain) if line.share is not None]
    estimates = [published_estimate(tables, line) for line in lines]
    level = 1 - (1 - rule_set.level) / max(len(lines), 1)
    wide = [korn_graubard(estimate, level) for estimate in estimates]
    order = sorted(range(len(lines)), key=lambda i: (estimates[i].share, lines[i].subject))
    return [
        WeakPoint(
            line=lines[i],
            estimate=estimates[i].share,
            interval=korn_graubard(estimates[i], rule_set.level),
            rank=rank,
            first=1 + sum(other.high < wide[i].low for other in wide),
            last=len(lines) - sum(other.low > wide[i].high for other in wide),
            apart_from=tuple(
                line.subject
                for line, other in zip(lines, wide, strict=True)
                if other.high < wide[i].low or other.low > wide[i].high
            ),
        )
        for rank, i in enumerate(order, start=1)
    ]


def published_estimate(tables: ItemTables, line: Line) -> Estimate:
    """Return the design estimate of a line's share, made from what is shown.

    Its strata are the answer strata where all of them are shown for the item, else the
    categories where all of these are, else the whole line is one stratum. Categories keep their
    shares of the valid answers, as in the official rate.
    """
    for kind in (STRATUM, CATEGORY):
        parts = _parts(tables, line, kind)
        if parts and all(map(_is_shown, parts)):
            return _estimate(parts)
    return _estimate([line])


def weak_point_record(points: Sequence[WeakPoint]) -> list[Record]:
    """Return ranked items for a record."""
    return [
        {
            "item": point.line.subject,
            "satisfied": point.line.satisfied,
            "valid": point.line.valid,
            "estimate": _rounded(float(point.estimate)),
            "ci": [_rounded(point.interval.low), _rounded(point.interval.high)],
            "rank": point.rank,
            "ranks": [point.first, point.last],
            "apart_from": list(point.apart_from),
        }
        for point in points
    ]


def _parts(tables: ItemTables, line: Line, kind: str) -> list[Line]:
    """Return the item's lines of a kind inside the line's domain, if they make up all of it."""
    inside = {stratum.name for stratum in line.domain.strata}
    parts = [
        part
        for part in tables.items
        if part.subject == line.subject
        and part.domain.kind == kind
        and {stratum.name for stratum in part.domain.strata} <= inside
    ]
    return parts if sum(part.people for part in parts) == line.people else []


def _is_shown(part: Line) -> bool:
    return part.share is not None or part.papers == 0 or part.valid == 0


def _estimate(parts: Sequence[Line]) -> Estimate:
    counts = [
        StratumCount(_group(part), part.people, part.valid or 0, part.satisfied or 0)
        for part in parts
    ]
    valid = sum(count.n for count in counts)
    shares = {
        group: Fraction(sum(count.n for count in counts if count.category == group), valid)
        for group in dict.fromkeys(count.category for count in counts)
    }
    estimate = estimate_share(counts, shares)
    if estimate is None:
        raise Problem(N_("item {item}: nobody gave a valid answer"), item=parts[0].subject)
    return estimate


def _group(part: Line) -> str:
    """Return the group that a line is a stratum of: its category, or everybody."""
    return ALL if part.domain.kind == ALL else part.domain.strata[0].category


def _rounded(value: float) -> int | float:
    return whole_or_float(round(value, SHOWN_DIGITS))
