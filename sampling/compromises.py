"""Soft rules that a plan could not meet exactly: which, by how much, and why."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from sampling.problems import N_
from sampling.record import Compromise
from sampling.strata import Grid, count_people
from sampling.survey_rules import SurveyRules


def judge_categories(
    counts: Mapping[str, int], sizes: Mapping[str, int], rules: SurveyRules
) -> list[Compromise]:
    """Say which categories are too small to be judged by a design, and which of the six not equal.

    Not equal within 1 are those that are exhausted or that a supervisor set so.
    """
    n = sum(counts.values())
    share = (n - rules.compute_majority_floor(n)) // len(rules.other_categories)
    exhausted = [
        name
        for name in rules.other_categories
        if counts[name] == sizes[name] and counts[name] < share
    ]
    compromises = [
        _compromise(
            "categories_equal",
            name,
            (share, counts[name]),
            N_("only {eligible} are eligible in the frame: all of them are asked"),
            eligible=sizes[name],
        )
        for name in exhausted
    ]
    compromises += [
        _compromise(
            "min_drawn",
            name,
            (rules.min_drawn, count),
            N_("so few are drawn that nothing can be said of how sure this category's share is"),
        )
        for name, count in counts.items()
        if 0 < count < min(rules.min_drawn, sizes[name])
    ]
    free = [counts[name] for name in rules.other_categories if name not in exhausted]
    if free and max(free) - min(free) > 1:
        fair = sum(free) // len(free)
        compromises += [
            _compromise(
                "categories_equal",
                name,
                (fair, counts[name]),
                N_("the number does not lie within 1 of an equal share, {fair}"),
                fair=fair,
            )
            for name in rules.other_categories
            if name not in exhausted and not fair <= counts[name] <= fair + 1
        ]
    return compromises


def judge_bands(grid: Grid, rules: SurveyRules) -> list[Compromise]:
    """Say which grade bands of a category fall short of an equal share."""
    if grid.grade_bands in ((), ("",)):
        return []
    bands = rules.eligible_grade_bands.get(grid.category, grid.grade_bands)
    totals = [
        count_people([cell for cell in grid.cells if cell.grade_band == band]) for band in bands
    ]
    fair = sum(drawn for _, drawn in totals) // len(bands)
    return [
        _compromise(
            "grade_bands_equal",
            f"{grid.category}/{band}",
            (fair, drawn),
            N_("only {eligible} are eligible in the frame: all of them are asked"),
            eligible=size,
        )
        for band, (size, drawn) in zip(bands, totals, strict=True)
        if drawn < fair
    ]


def judge_areas(grid: Grid) -> list[Compromise]:
    """Say which areas of a category are 1 or more away from their proportional share."""
    size, drawn = count_people(grid.cells)
    compromises = []
    for area in grid.areas:
        here, reached = count_people([cell for cell in grid.cells if cell.area == area])
        share = Fraction(drawn * here, size)
        if abs(reached - share) >= 1:
            compromises.append(
                _compromise(
                    "areas_in_proportion",
                    f"{grid.category}/{area}",
                    (round(share), reached),
                    N_(
                        "{eligible} of {all} eligible people live here; equal grade bands "
                        "come first and leave no closer number"
                    ),
                    eligible=here,
                    all=size,
                )
            )
    return compromises


def _compromise(
    rule: str, subject: str, numbers: tuple[int, int], message: str, **values: str | int
) -> Compromise:
    target, reached = numbers
    return Compromise(
        rule=rule,
        subject=subject,
        target=target,
        reached=reached,
        why=message.format(**values),
        message=message,
        values=values,
    )
