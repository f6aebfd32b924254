"""How many people come from each category (调查对象类别): parents half, the other six alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sampling.allocation import fill_equally
from sampling.problems import N_, Problem
from sampling.sample_size import floor_of
from sampling.survey_rules import SurveyRules


def share_categories(
    n: int,
    sizes: Mapping[str, int],
    rules: SurveyRules,
    bounds: Mapping[str, tuple[int, int]] | None = None,
) -> dict[str, int]:
    """Share `n` people out over the categories.

    Parameters
    ----------
    n
        People to draw, at most the eligible ones.
    sizes
        Eligible people by category.
    bounds
        The fewest and most of each category that numbers set by hand leave.

    The majority gets its share rounded up, the others are equal within 1, each at most the rules'
    greatest share of its people. What one of them cannot give goes, as the rules say, to the
    majority and only when that is exhausted to the others, or the other way round. Among equal
    tables the lexicographically smallest is taken. Raises `Problem` when no numbers add up to `n`.
    """
    lows, highs = _limit_categories(sizes, rules, bounds or {})
    if not sum(lows.values()) <= n <= sum(highs.values()):
        raise Problem(
            N_("{n} people cannot be drawn: the rules and the numbers set allow {least} to {most}"),
            n=n,
            least=sum(lows.values()),
            most=sum(highs.values()),
        )
    others = rules.other_categories
    low, high = [lows[name] for name in others], [highs[name] for name in others]
    majority = max(
        _aim_majority(n, low, high, rules), lows[rules.majority], rules.compute_majority_floor(n)
    )
    majority = max(min(majority, highs[rules.majority], n - sum(low)), n - sum(high))
    shares = fill_equally(n - majority, low, high)
    counts = {rules.majority: majority, **dict(zip(others, shares, strict=True))}
    return {name: counts[name] for name in rules.categories}


def cap_category(name: str, size: int, rules: SurveyRules) -> int:
    """Return how many of a category's `size` people the rules allow to be drawn."""
    return size if name == rules.majority else floor_of(rules.max_share, size)


def _limit_categories(
    sizes: Mapping[str, int], rules: SurveyRules, bounds: Mapping[str, tuple[int, int]]
) -> tuple[dict[str, int], dict[str, int]]:
    lows, highs = {}, {}
    for name in rules.categories:
        lows[name], most = bounds.get(name, (0, sizes[name]))
        highs[name] = min(most, cap_category(name, sizes[name], rules))
        if lows[name] > highs[name]:
            raise Problem(
                N_(
                    "{category}: {count} were set, but the rules allow at most {most} of {eligible}"
                ),
                category=name,
                count=lows[name],
                most=highs[name],
                eligible=sizes[name],
            )
    return lows, highs


def _aim_majority(n: int, lows: Sequence[int], highs: Sequence[int], rules: SurveyRules) -> int:
    """Return what the majority should have: what the others leave it, or what they cannot take."""
    if rules.deficit == "others":
        return n - sum(highs)
    seat, extra = divmod(n - rules.compute_majority_floor(n), len(lows))
    # The higher seats go to categories that must or can fill them, among these to the last ones.
    order = sorted(range(len(lows)), key=lambda one: (highs[one] > seat) + (lows[one] > seat))
    wanted = [seat] * (len(lows) - extra) + [seat + 1] * extra
    given = [
        min(max(number, lows[one]), highs[one]) for one, number in zip(order, wanted, strict=True)
    ]
    return n - sum(given)


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
