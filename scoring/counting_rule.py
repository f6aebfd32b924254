"""Which answer makes a paper 满意, and what 不了解 does: data, because no text settles it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sampling.problems import N_, Problem
from scoring.answers import Paper

OPTIONS = ("satisfied", "mostly", "basically", "dissatisfied", "unknown")
"""满意 比较满意 基本满意 不满意 不了解."""

OUTCOMES = ("satisfied", "not_satisfied", "excluded", "blank")


@dataclass(frozen=True, slots=True)
class CountingRule:
    """How papers are counted.

    item
        The item that decides, e.g. ``"overall"``.
    satisfied, excluded
        Options that count as satisfied; options that leave numerator and denominator.
    mode
        ``"overall item"``: one item decides for the paper.
    """

    item: str
    satisfied: tuple[str, ...]
    excluded: tuple[str, ...]
    mode: str = "overall item"

    def outcome(self, paper: Paper) -> str:
        """Return which of `OUTCOMES` the paper is; a blank item is item non-response."""
        option = paper.answers.get(self.item) or ""
        if not option:
            return "blank"
        if option not in OPTIONS:
            raise Problem(
                N_("item {item}: expected one of {known}, got {got!r}"),
                item=self.item,
                known=", ".join(OPTIONS),
                got=option,
            )
        if option in self.excluded:
            return "excluded"
        return "satisfied" if option in self.satisfied else "not_satisfied"


@dataclass(frozen=True, slots=True)
class Tally:
    """Papers by outcome. `valid` is the denominator of the rate."""

    satisfied: int = 0
    not_satisfied: int = 0
    excluded: int = 0
    blank: int = 0

    @property
    def valid(self) -> int:
        """有效问卷: satisfied and not satisfied papers."""
        return self.satisfied + self.not_satisfied

    @property
    def papers(self) -> int:
        """All papers."""
        return self.valid + self.excluded + self.blank

    @property
    def share(self) -> Fraction | None:
        """Satisfied over valid papers, exact; None where there is no valid paper."""
        return Fraction(self.satisfied, self.valid) if self.valid else None

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
        )


def tally(papers: Iterable[Paper], rule: CountingRule) -> Tally:
    """Return how many papers fall under each outcome of `rule`."""
    counts = dict.fromkeys(OUTCOMES, 0)
    for paper in papers:
        counts[rule.outcome(paper)] += 1
    return Tally(**counts)


def tally_by_stratum(papers: Sequence[Paper], rule: CountingRule) -> Mapping[str, Tally]:
    """Return a tally for each answer stratum that has papers."""
    groups: dict[str, list[Paper]] = {}
    for paper in papers:
        groups.setdefault(paper.answer_stratum, []).append(paper)
    return {name: tally(group, rule) for name, group in groups.items()}


def readings(rule: CountingRule) -> list[CountingRule]:
    """Return the readings that the texts leave open, the scheme's own among them.

    Does 基本满意 count as satisfied or not; does 不了解 leave the denominator or count against.
    """
    with_basically = tuple(o for o in OPTIONS if o in {*rule.satisfied, "basically"})
    without_basically = tuple(o for o in with_basically if o != "basically")
    leaving = tuple(o for o in OPTIONS if o in {*rule.excluded, "unknown"})
    against = tuple(o for o in leaving if o != "unknown")
    return [
        replace(rule, satisfied=satisfied, excluded=excluded)
        for satisfied in (with_basically, without_basically)
        for excluded in (leaving, against)
    ]
