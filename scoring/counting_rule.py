"""Which answers make a paper 满意, and what 不了解 does: data, because no text settles it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType

from sampling.problems import N_, Problem
from scoring.answers import Paper

OPTIONS = ("satisfied", "mostly", "basically", "dissatisfied", "unknown")
"""满意 比较满意 基本满意 不满意 不了解."""

OUTCOMES = ("satisfied", "not_satisfied", "excluded", "blank")
MODES = ("overall item", "every item", "mean of items", "mean score")
OVERALL_ITEM, EVERY_ITEM, MEAN_OF_ITEMS, MEAN_SCORE = MODES
PAPER_MODES = (OVERALL_ITEM, EVERY_ITEM)
"""Modes that count papers, as the official form does; the others count answers or points."""

EVEN_POINTS: Mapping[str, int] = MappingProxyType(
    {"satisfied": 3, "mostly": 2, "basically": 1, "dissatisfied": 0}
)
"""Evenly spaced; an option that is not named (不了解, where it does not leave) has no point."""

Profile = tuple[int, ...]
"""How often a paper chose each of `OPTIONS` in the items that a rule looks at."""


@dataclass(frozen=True, slots=True)
class Count:
    """What one paper adds to a rate: its outcome, and `numerator` of `denominator` units."""

    outcome: str
    numerator: int = 0
    denominator: int = 0


@dataclass(frozen=True, slots=True)
class CountingRule:
    """How papers are counted.

    item
        The overall item, e.g. ``"overall"``.
    satisfied, excluded
        Options that count as satisfied; options that leave numerator and denominator.
    mode
        ``"overall item"``: the overall item decides for the paper. ``"every item"``: a paper is
        satisfied where each of `items` that it answered is. ``"mean of items"``: satisfied
        answers over counted answers of `items`. ``"mean score"``: points over the most points
        that the counted answers could have.
    items
        The items of the last three modes; an item that a paper does not have, or left blank, is
        not counted for it.
    points
        Whole points per option in ``"mean score"``.
    """

    item: str
    satisfied: tuple[str, ...]
    excluded: tuple[str, ...]
    mode: str = OVERALL_ITEM
    items: tuple[str, ...] = ()
    points: Mapping[str, int] = field(default_factory=lambda: EVEN_POINTS)

    @property
    def asked(self) -> tuple[str, ...]:
        """The items that this mode looks at."""
        return (self.item,) if self.mode == OVERALL_ITEM else self.items

    @property
    def counts_papers(self) -> bool:
        """Whether numerator and denominator are papers."""
        return self.mode in PAPER_MODES

    @property
    def unit(self) -> str:
        """What numerator and denominator count: papers, answers or points."""
        return {MEAN_OF_ITEMS: "answers", MEAN_SCORE: "points"}.get(self.mode, "papers")

    def profile(self, paper: Paper) -> Profile:
        """Return how often `paper` chose each option; `Problem` for a code that no option has."""
        chosen = Counter(_option(paper, item) for item in self.asked)
        return tuple(chosen[option] for option in OPTIONS)

    def count(self, profile: Profile) -> Count:
        """Return what a paper with this profile adds to the rate."""
        if not any(profile):
            return Count("blank")
        counted = {
            option: times
            for option, times in zip(OPTIONS, profile, strict=True)
            if times and option not in self.excluded
        }
        if not counted:
            return Count("excluded")
        credit, most = self._credit(counted)
        outcome = "satisfied" if credit == most else "not_satisfied"
        return Count(outcome, credit, most)

    def outcome(self, paper: Paper) -> str:
        """Return which of `OUTCOMES` the paper is; a blank item is item non-response.

        Where answers or points are counted, a paper is satisfied that has all it could have.
        """
        return self.count(self.profile(paper)).outcome

    def _credit(self, counted: Mapping[str, int]) -> tuple[int, int]:
        """Return numerator and denominator of a paper from the options that count."""
        answers = sum(counted.values())
        if self.mode == MEAN_SCORE:
            points = sum(times * self.points.get(option, 0) for option, times in counted.items())
            return points, answers * max(self.points.values())
        satisfied = sum(times for option, times in counted.items() if option in self.satisfied)
        if self.mode == MEAN_OF_ITEMS:
            return satisfied, answers
        return int(satisfied == answers), 1


def _option(paper: Paper, item: str) -> str:
    """Return the option that a paper chose in an item; empty where it was left blank."""
    option = paper.answers.get(item) or ""
    if option and option not in OPTIONS:
        raise Problem(
            N_("item {item}: expected one of {known}, got {got!r}"),
            item=item,
            known=", ".join(OPTIONS),
            got=option,
        )
    return option


@dataclass(frozen=True, slots=True)
class Tally:
    """Papers by outcome. `valid` counts the papers that are in the rate.

    `credit` and `most` are numerator and denominator in the modes that count answers or points,
    and 0 in those that count papers.
    """

    satisfied: int = 0
    not_satisfied: int = 0
    excluded: int = 0
    blank: int = 0
    credit: int = 0
    most: int = 0

    @property
    def valid(self) -> int:
        """有效问卷: satisfied and not satisfied papers."""
        return self.satisfied + self.not_satisfied

    @property
    def papers(self) -> int:
        """All papers."""
        return self.valid + self.excluded + self.blank

    @property
    def numerator(self) -> int:
        """Of the rate: satisfied papers, satisfied answers or points."""
        return self.credit if self.most else self.satisfied

    @property
    def denominator(self) -> int:
        """Of the rate: valid papers, counted answers or the most points they could have."""
        return self.most or self.valid

    @property
    def share(self) -> Fraction | None:
        """Numerator over denominator, exact; None where there is no valid paper."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    @property
    def cells(self) -> tuple[int, int, int]:
        """What a published table shows of it: satisfied, not satisfied, neither."""
        return self.satisfied, self.not_satisfied, self.excluded + self.blank

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.satisfied + other.satisfied,
            self.not_satisfied + other.not_satisfied,
            self.excluded + other.excluded,
            self.blank + other.blank,
            self.credit + other.credit,
            self.most + other.most,
        )


def tally(papers: Iterable[Paper], rule: CountingRule) -> Tally:
    """Return how many papers fall under each outcome of `rule`, and what they add up to."""
    return tally_profiles(Counter(rule.profile(paper) for paper in papers), rule)


def tally_profiles(profiles: Mapping[Profile, int], rule: CountingRule) -> Tally:
    """Return the tally of papers that are given as profiles of the items `rule` looks at."""
    counted = [(rule.count(profile), times) for profile, times in profiles.items()]
    outcomes = dict.fromkeys(OUTCOMES, 0)
    for count, times in counted:
        outcomes[count.outcome] += times
    if rule.counts_papers:
        return Tally(**outcomes)
    return Tally(
        **outcomes,
        credit=sum(count.numerator * times for count, times in counted),
        most=sum(count.denominator * times for count, times in counted),
    )


def tally_by_stratum(papers: Sequence[Paper], rule: CountingRule) -> Mapping[str, Tally]:
    """Return a tally for each answer stratum that has papers."""
    groups: dict[str, list[Paper]] = {}
    for paper in papers:
        groups.setdefault(paper.answer_stratum, []).append(paper)
    return {name: tally(group, rule) for name, group in groups.items()}


def readings(rule: CountingRule) -> list[CountingRule]:
    """Return the readings that the texts leave open, the scheme's own among them.

    Does 基本满意 count as satisfied or not; does 不了解 leave the denominator or count against;
    and, where `rule` names items, which mode. The mean score has its own points for 基本满意.
    """
    modes = MODES if rule.items else (OVERALL_ITEM,)
    return [
        replace(rule, mode=mode, satisfied=satisfied, excluded=excluded)
        for mode in sorted(modes, key=lambda mode: mode != rule.mode)
        for satisfied in _satisfied_readings(rule, mode)
        for excluded in _excluded_readings(rule)
    ]


def _satisfied_readings(rule: CountingRule, mode: str) -> list[tuple[str, ...]]:
    if mode == MEAN_SCORE:
        return [rule.satisfied]
    with_basically = tuple(o for o in OPTIONS if o in {*rule.satisfied, "basically"})
    return [with_basically, tuple(o for o in with_basically if o != "basically")]


def _excluded_readings(rule: CountingRule) -> list[tuple[str, ...]]:
    leaving = tuple(o for o in OPTIONS if o in {*rule.excluded, "unknown"})
    return [leaving, tuple(o for o in leaving if o != "unknown")]
