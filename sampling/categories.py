"""How many people come from each category (调查对象类别): parents half, the other six alike."""

from __future__ import annotations

from collections.abc import Mapping

from sampling.allocation import fill_equally
from sampling.problems import N_, Problem
from sampling.survey_rules import SurveyRules


def share_categories(n: int, sizes: Mapping[str, int], rules: SurveyRules) -> dict[str, int]:
    """Share `n` people out over the categories, of which `sizes` are eligible (at least n in all).

    The majority gets its share rounded up, the others are equal within 1. A category that is too
    small is taken whole; what it cannot give goes to the majority, and only when that is taken
    whole too, to the others. Among equal tables the lexicographically smallest is taken.
    """
    floor = rules.compute_majority_floor(n)
    others = rules.other_categories
    low, extra = divmod(n - floor, len(others))
    # The higher seats go to categories that can fill them, among these to the last ones.
    by_seat = sorted(others, key=lambda name: sizes[name] > low)
    wanted = [low] * (len(others) - extra) + [low + 1] * extra
    given = sum(min(seat, sizes[name]) for name, seat in zip(by_seat, wanted, strict=True))
    majority = min(n - given, sizes[rules.majority])
    shares = fill_equally(n - majority, [sizes[name] for name in others])
    counts = {rules.majority: majority, **dict(zip(others, shares, strict=True))}
    return {name: counts[name] for name in rules.categories}


def check_total(n: int, sizes: Mapping[str, int]) -> None:
    """Raise `Problem` when more people are to be drawn than are eligible."""
    eligible = sum(sizes.values())
    if n > eligible:
        raise Problem(
            N_("{n} people are to be drawn, but only {eligible} in the frame are eligible"),
            n=n,
            eligible=eligible,
        )


def check_targets(targets: Mapping[str, int], rules: SurveyRules) -> dict[str, int]:
    """Return a supervisor's numbers in the order of the categories, one for each of them."""
    unknown = sorted(set(targets) - set(rules.categories))
    missing = [name for name in rules.categories if name not in targets]
    if unknown or missing:
        raise Problem(
            N_("a number is needed for each category; missing: {missing}; unknown: {unknown}"),
            missing=" ".join(missing) or "-",
            unknown=" ".join(unknown) or "-",
        )
    return {name: targets[name] for name in rules.categories}


def check_counts(
    counts: Mapping[str, int], n: int, sizes: Mapping[str, int], rules: SurveyRules
) -> None:
    """Raise `Problem` where the numbers by category break a hard rule."""
    for name, count in counts.items():
        if count > sizes[name]:
            raise Problem(
                N_("{category}: {count} are to be drawn, but only {eligible} are eligible"),
                category=name,
                count=count,
                eligible=sizes[name],
            )
        if count < 1 <= sizes[name]:
            raise _nobody_drawn(name, n, sizes, rules)
    if sum(counts.values()) != n:
        raise Problem(
            N_("the categories add up to {got}, but the sample is {n}"),
            got=sum(counts.values()),
            n=n,
        )
    floor = rules.compute_majority_floor(n)
    if counts[rules.majority] < floor:
        raise Problem(
            N_(
                "{category}: at least {floor} of {n} must be drawn, got {count}; "
                "{eligible} are eligible"
            ),
            category=rules.majority,
            floor=floor,
            n=n,
            count=counts[rules.majority],
            eligible=sizes[rules.majority],
        )


def _nobody_drawn(name: str, n: int, sizes: Mapping[str, int], rules: SurveyRules) -> Problem:
    others = sum(sizes[other] > 0 for other in rules.other_categories)
    if n - rules.compute_majority_floor(n) >= others:
        return Problem(
            N_("{category}: nobody would be drawn, though {eligible} people are eligible"),
            category=name,
            eligible=sizes[name],
        )
    return Problem(
        N_(
            "{category}: nobody would be drawn, though {eligible} people are eligible: "
            "a sample of {n} is too small for the {number} categories"
        ),
        category=name,
        eligible=sizes[name],
        n=n,
        number=others + 1,
    )
