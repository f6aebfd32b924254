"""Soft rules that a plan could not meet exactly: which, by how much, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sampling.categories import cap_category
from sampling.pins import Pin
from sampling.problems import N_
from sampling.record import Compromise
from sampling.sample_size import SampleSize
from sampling.strata import Grid, count_people
from sampling.survey_rules import (
    AREAS_IN_PROPORTION,
    BANDS_EQUAL,
    CATEGORIES_EQUAL,
    MIN_DRAWN,
    SurveyRules,
)

SAMPLE_SIZE = "sample_size"
MIN_ANSWER_STRATUM = "min_answer_stratum"
ALL_TAKEN = N_("only {eligible} are eligible in the frame: all of them are asked")
CAPPED = N_("only {eligible} are eligible in the frame, and of these the rules allow {most}")
SET_BY_HAND = N_("the number was set by hand: {set}")
NOT_EQUAL = N_(
    "the number was set by hand ({set}) and does not lie within 1 of an equal share, {fair}"
)
LEFT_BY_HAND = N_("the numbers set by hand leave no closer one: {set}")
BANDS_FIRST = N_(
    "{eligible} of {all} eligible people live here; equal grade bands come first and leave no "
    "closer number"
)

RULES_FIRST = N_("{eligible} are eligible here; the rules that come first leave no closer number")
SUM_OF_CATEGORIES = N_("the categories' own areas, each as near as can be, add up to no closer one")

Reason = tuple[str, dict[str, str | int]]


@dataclass(frozen=True, slots=True)
class Case:
    """What the compromises of one plan are judged by.

    `fair` is what each category would have if no number were set for the others than the majority.
    """

    people: Mapping[str, int]
    counts: Mapping[str, int]
    fair: Mapping[str, int]
    pins: Sequence[Pin]
    rules: SurveyRules
    residents_known: bool

    def list_pins(self, category: str) -> dict[str, str | int]:
        """Return the numbers set by hand in a category as a value for a message."""
        named = [f"{pin.name}={pin.n}" for pin in self.pins if category in ("", pin.category)]
        return {"set": ", ".join(named)}

    def is_set(self, name: str) -> bool:
        """Say whether just this number was set by hand."""
        return any(pin.name == name for pin in self.pins)

    def is_pinned(self, category: str) -> bool:
        """Say whether a number was set in a category, or in any when it is ""."""
        return any(category in ("", pin.category) for pin in self.pins)


def judge_plan(
    size: SampleSize,
    grids: Sequence[Grid],
    shares: Mapping[str, Mapping[str, Fraction]],
    case: Case,
) -> list[Compromise]:
    """Return everything that a plan had to bend, in the order of the rules.

    `grids` are the planned cells, `shares` the share each area should have of a category. The
    whole sample's areas are looked at where the shares are those of the county's residents.
    """
    compromises = _judge_size(size) + _judge_categories(case) + _judge_answer_strata(case)
    for grid in grids:
        compromises += _judge_bands(grid, case) + _judge_cells(grid, case)
        if grid.category in shares:
            compromises += _judge_areas(grid, shares[grid.category], case)
    return compromises + (_judge_whole(grids, shares, case) if case.residents_known else [])


def _judge_size(size: SampleSize) -> list[Compromise]:
    wanted = max(size.asked, size.floor or 0)
    if size.n == wanted:
        return []
    reason: Reason = N_("the rules allow no more than this share of the frame to be drawn"), {}
    return [_bend(SAMPLE_SIZE, "n", (wanted, size.n), reason)]


def _judge_categories(case: Case) -> list[Compromise]:
    """Say which categories are too small to be judged by a design, and which of the six not equal.

    Not equal within 1 are those that are exhausted and what numbers set by hand make so.
    """
    rules, counts = case.rules, case.counts
    n = sum(counts.values())
    share = (n - rules.compute_majority_floor(n)) // len(rules.other_categories)
    caps = {name: cap_category(name, case.people[name], rules) for name in counts}
    below = [case.fair[name] for name in rules.other_categories if case.fair[name] < caps[name]]
    fair = min(below, default=share)
    share = min(share, fair)
    exhausted = [
        name for name in rules.other_categories if counts[name] == caps[name] and caps[name] < share
    ]
    compromises = [
        _bend(
            CATEGORIES_EQUAL, name, (share, counts[name]), _exhaust(case.people[name], caps[name])
        )
        for name in exhausted
    ]
    compromises += _judge_least(case)
    free = [name for name in rules.other_categories if name not in exhausted]
    numbers = [counts[name] for name in free]
    if free and max(numbers) - min(numbers) > 1:
        compromises += [
            _bend(CATEGORIES_EQUAL, name, (fair, counts[name]), _blame(case, name, fair))
            for name in free
            if not fair <= counts[name] <= fair + 1
        ]
    return compromises


def _judge_answer_strata(case: Case) -> list[Compromise]:
    """Say which categories have too few people for an answer stratum to hide in."""
    reason: Reason = (
        N_("everybody drawn in this category is in one answer stratum, smaller than that"),
        {},
    )
    least = case.rules.min_answer_stratum
    return [
        _bend(MIN_ANSWER_STRATUM, name, (least, count), reason)
        for name, count in case.counts.items()
        if 0 < count < least
    ]


def _judge_least(case: Case) -> list[Compromise]:
    reason: Reason = (
        N_("so few are drawn that nothing can be said of how sure this category's share is"),
        {},
    )
    least = case.rules.min_drawn
    return [
        _bend(MIN_DRAWN, name, (least, count), reason)
        for name, count in case.counts.items()
        if 0 < count < min(least, case.people[name])
    ]


def _judge_bands(grid: Grid, case: Case) -> list[Compromise]:
    """Say which grade bands of a category are not an equal share, up or down to a whole number."""
    if grid.grade_bands in ((), ("",)):
        return []
    bands = case.rules.eligible_grade_bands.get(grid.category, grid.grade_bands)
    fair, left = divmod(case.counts[grid.category], len(bands))
    pinned = case.is_pinned(grid.category)
    compromises = []
    for band in bands:
        size, drawn = count_people([cell for cell in grid.cells if cell.grade_band == band])
        too_many = pinned and drawn > fair + (left > 0)
        if drawn < fair or too_many:
            subject = f"{grid.category}/{band}"
            reason = _explain(case, subject, drawn, (RULES_FIRST, {"eligible": size}))
            compromises.append(_bend(BANDS_EQUAL, subject, (fair, drawn), reason))
    return compromises


def _judge_areas(grid: Grid, shares: Mapping[str, Fraction], case: Case) -> list[Compromise]:
    """Say which areas of a category are 1 or more away from their proportional share."""
    size, drawn = count_people(grid.cells)
    compromises = []
    for area, part in shares.items():
        here, reached = count_people([cell for cell in grid.cells if cell.area == area])
        share = drawn * part
        if abs(reached - share) < 1:
            continue
        subject = f"{grid.category}/{area}"
        reason = _explain(case, subject, reached, (BANDS_FIRST, {"eligible": here, "all": size}))
        compromises.append(_bend(AREAS_IN_PROPORTION, subject, (round(share), reached), reason))
    return compromises


def _judge_whole(
    grids: Sequence[Grid], shares: Mapping[str, Mapping[str, Fraction]], case: Case
) -> list[Compromise]:
    """Say which areas of the whole sample are 1 or more away from their share of residents."""
    compromises = []
    for area in case.rules.areas:
        share = sum(
            (case.counts[name] * own[area] for name, own in shares.items()), start=Fraction(0)
        )
        cells = [cell for grid in grids for cell in grid.cells if cell.area == area]
        reached = count_people(cells)[1]
        if abs(reached - share) >= 1:
            numbers = round(share), reached
            compromises.append(_bend(AREAS_IN_PROPORTION, area, numbers, (SUM_OF_CATEGORIES, {})))
    return compromises


def _judge_cells(grid: Grid, case: Case) -> list[Compromise]:
    """Say which cells set by hand are 1 or more away from what their band and area give them."""
    drawn = max(1, case.counts[grid.category])
    compromises = []
    for cell in grid.cells:
        name = "/".join(filter(None, (cell.category, cell.area, cell.grade_band)))
        if not (cell.area and cell.grade_band and case.is_set(name)):
            continue
        band = count_people([one for one in grid.cells if one.grade_band == cell.grade_band])[1]
        area = count_people([one for one in grid.cells if one.area == cell.area])[1]
        fair = Fraction(band * area, drawn)
        if abs(cell.n - fair) >= 1:
            reason: Reason = SET_BY_HAND, {"set": f"{name}={cell.n}"}
            compromises.append(_bend(AREAS_IN_PROPORTION, name, (round(fair), cell.n), reason))
    return compromises


def _explain(case: Case, subject: str, drawn: int, otherwise: Reason) -> Reason:
    """Say why a number inside a category is what it is; `otherwise` names who is eligible there."""
    eligible = otherwise[1]["eligible"]
    if case.is_set(subject):
        return SET_BY_HAND, {"set": f"{subject}={drawn}"}
    if drawn == eligible:
        return ALL_TAKEN, {"eligible": eligible}
    category = subject.partition("/")[0]
    return _leave(case, category) if case.is_pinned(category) else otherwise


def _exhaust(eligible: int, most: int) -> Reason:
    if most < eligible:
        return CAPPED, {"eligible": eligible, "most": most}
    return ALL_TAKEN, {"eligible": eligible}


def _blame(case: Case, category: str, fair: int) -> Reason:
    """Say that a category's number was set, or that others were and leave it this one."""
    if case.is_set(category):
        return NOT_EQUAL, {"set": f"{category}={case.counts[category]}", "fair": fair}
    return _leave(case, "")


def _leave(case: Case, category: str) -> Reason:
    return LEFT_BY_HAND, case.list_pins(category)


def _bend(rule: str, subject: str, numbers: tuple[int, int], reason: Reason) -> Compromise:
    message, values = reason
    return Compromise(
        rule=rule,
        subject=subject,
        target=numbers[0],
        reached=numbers[1],
        why=message.format(**values),
        message=message,
        values=values,
    )
