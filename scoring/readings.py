"""All readings of the counting rule side by side, and what the outcome depends on.

Outcomes are always shown. Counts of a reading are shown where, together with those shown before
it, they tell no group of fewer papers apart than the rule set's minimum. Readings of the
overall item and readings of the other items ask different questions, so that no count of the
one lies inside a count of the other, and each family is looked at by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from scoring.answers import CATEGORIES, Paper
from scoring.counting_rule import (
    MEAN_SCORE,
    Count,
    CountingRule,
    Profile,
    Tally,
    readings,
    tally_profiles,
)
from scoring.figures import exact_text
from scoring.judgement import is_met
from scoring.rule_set import Rule

Profiles = Mapping[str, Counter[Profile]]
"""Papers by category and profile."""

Record = dict[str, object]

NEITHER = "neither"
"""Of papers that a reading does not count."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading with its tallies; `is_open` says whether its counts may be shown."""

    rule: CountingRule
    total: Tally
    by_category: tuple[Tally, ...]
    is_open: bool

    @property
    def mean_share(self) -> Fraction | None:
        """The plain mean of the categories' shares; None without a valid paper."""
        shares = [tally.share for tally in self.by_category if tally.share is not None]
        return sum(shares, Fraction()) / len(shares) if shares else None


def read_all(papers: Sequence[Paper], rule: CountingRule, min_cell: int) -> list[Reading]:
    """Return every reading of `papers`, those of the mode of `rule` first.

    Raises `Problem` for an answer to one of the items that is no option.
    """
    rules = readings(rule)
    profiles = {
        asked: _profiles(papers, _first(rules, asked)) for asked in {r.asked for r in rules}
    }
    shown = _open_rules(rules, rule, profiles, min_cell)
    return [_read(each, profiles[each.asked], is_open=each in shown) for each in rules]


def reading_record(
    reading: Reading, official: CountingRule, rule: Rule, *, are_categories_open: bool
) -> Record:
    """Return a reading for a record: how it counts, numerator, denominator, outcome.

    `by_category` is the plain mean of the categories' shares, of the official counting only and
    where every category's counts are published; its outcome is left out where they are not.
    """
    total, mean = reading.total, reading.mean_share
    is_official = reading.rule == official
    is_mean_shown = is_official and are_categories_open and mean is not None
    return {
        **_counting_record(reading.rule),
        "is_official": is_official,
        "numerator": total.numerator if reading.is_open else None,
        "denominator": total.denominator if reading.is_open else None,
        "met": is_met(total.numerator, total.denominator, rule),
        "by_category": {
            "share": exact_text(mean) if mean is not None and is_mean_shown else None,
            "met": rule.holds(mean) if mean is not None and are_categories_open else None,
        },
    }


def outcomes_differ(records: Sequence[Record]) -> bool:
    """Return whether the outcome is not the same in every reading that is shown."""
    return len({record["met"] for record in records} | _mean_outcomes(records)) > 1


def depends_on(records: Sequence[Record]) -> list[str]:
    """Return which single change of the official reading changes its outcome.

    `satisfied` (基本满意), `excluded` (不了解), `mode` (one item or several), `by_category`. Empty
    where only several changes together do, or none.
    """
    official = next(record for record in records if record["is_official"])
    axes = ("mode", "satisfied", "excluded")
    turning = {
        axis
        for record in records
        for axis in axes
        if record["met"] != official["met"] and _differs_only(record, official, axis, axes)
    }
    if _mean_outcomes([official]) - {official["met"]}:
        turning.add("by_category")
    return [axis for axis in (*axes, "by_category") if axis in turning]


def _mean_outcomes(records: Sequence[Record]) -> set[object]:
    means = [record["by_category"] for record in records]
    found = {mean["met"] for mean in means if isinstance(mean, dict)}
    return found - {None}


def _differs_only(record: Record, official: Record, axis: str, axes: Sequence[str]) -> bool:
    # The mean score has no satisfied options to differ in.
    loose = {axis, "satisfied"} if record["mode"] == MEAN_SCORE else {axis}
    return record[axis] != official[axis] and all(
        record[other] == official[other] for other in axes if other not in loose
    )


def _counting_record(rule: CountingRule) -> Record:
    is_score = rule.mode == MEAN_SCORE
    return {
        "mode": rule.mode,
        "unit": rule.unit,
        "satisfied": [] if is_score else list(rule.satisfied),
        "excluded": list(rule.excluded),
        "points": dict(rule.points) if is_score else None,
    }


def _first(rules: Sequence[CountingRule], asked: tuple[str, ...]) -> CountingRule:
    return next(rule for rule in rules if rule.asked == asked)


def _profiles(papers: Sequence[Paper], rule: CountingRule) -> Profiles:
    """Return the papers' profiles; the same for all rules that ask the same items."""
    found: dict[str, Counter[Profile]] = {category: Counter() for category in CATEGORIES}
    for paper in papers:
        found[paper.category][rule.profile(paper)] += 1
    return found


def _read(rule: CountingRule, profiles: Profiles, *, is_open: bool) -> Reading:
    tallies = tuple(tally_profiles(profiles[category], rule) for category in CATEGORIES)
    return Reading(rule, sum(tallies, Tally()), tallies, is_open)


def _open_rules(
    rules: Sequence[CountingRule],
    official: CountingRule,
    profiles: Mapping[tuple[str, ...], Profiles],
    min_cell: int,
) -> list[CountingRule]:
    """Return the rules whose counts may stand side by side; the official one always does."""
    shown = [rule for rule in rules if rule == official]
    for rule in rules:
        family = [each for each in shown if each.asked == rule.asked]
        papers = sum(profiles[rule.asked].values(), Counter[Profile]())
        if rule not in shown and _may_join(rule, family, official, papers, min_cell):
            shown.append(rule)
    return shown


def _may_join(
    rule: CountingRule,
    family: Sequence[CountingRule],
    official: CountingRule,
    papers: Counter[Profile],
    min_cell: int,
) -> bool:
    """Return whether `rule` tells no small group apart beside the rules shown already.

    A group that is a whole cell of the official count is printed anyway, unless this reading
    counts papers of a cell that mixes two kinds, 不了解 and blanks: it would say that the cell is
    all of one kind. A reading of a mode that counts as another one does is held back too: it
    would say that nobody chose the option.
    """
    counted = tally_profiles(papers, rule)
    if any(tally_profiles(papers, r) == counted for r in family if r.mode == rule.mode):
        return False
    groups: Counter[tuple[str, ...]] = Counter()
    printed: Counter[str] = Counter()
    for profile, times in papers.items():
        groups[tuple(_class(each.count(profile)) for each in (*family, rule))] += times
        printed[_class(official.count(profile))] += times
    place = family.index(official) if official in family else None
    return all(
        size >= min_cell
        or (
            place is not None
            and size == printed[classes[place]]
            and (classes[place] != NEITHER or set(classes) == {NEITHER})
        )
        for classes, size in groups.items()
    )


def _class(count: Count) -> str:
    """Return what a reading tells of a paper: nothing, none, part or all of what it could have."""
    if not count.denominator:
        return NEITHER
    if count.numerator in (0, count.denominator):
        return "full" if count.numerator else "none"
    return "part"
