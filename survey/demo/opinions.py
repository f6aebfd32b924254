"""What the simulated respondents think, and whether they answer at all; seeded, so repeatable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

# What somebody does when the card arrives.
ANSWERS = "answers"
ANSWERS_LATE = "answers late"  # only after reserves were released
REFUSES = "refuses"
NEVER_COMES = "never comes"

UNKNOWN = "unknown"
DISSATISFIED = "dissatisfied"
# Shares among the satisfied options; 不了解 and 不满意 come from the category's temper.
SATISFIED = {"satisfied": 0.48, "mostly": 0.34, "basically": 0.18}
OVERALL = "overall"
BLANK_SHARE = 0.02
OPEN_ANSWER_SHARE = 0.06
OPEN_ANSWERS = (
    "希望学校多开展体育活动。",
    "操场有点小,希望扩建。",
    "老师很负责,谢谢。",
    "希望课后服务再丰富一些。",
    "村里的学校也想要更多的音乐课。",
    "食堂的菜可以再热一点。",
)


@dataclass(frozen=True, slots=True)
class Temper:
    """A category's shares: who answers, who refuses, who is satisfied, who does not know."""

    answers: float
    refuses: float
    satisfied: float
    unknown: float


TEMPERS = {
    "parent": Temper(0.80, 0.05, 0.870, 0.03),
    "teacher": Temper(0.90, 0.03, 0.920, 0.01),
    "principal": Temper(0.93, 0.02, 0.950, 0.00),
    "deputy": Temper(0.82, 0.04, 0.900, 0.03),
    "cppcc": Temper(0.81, 0.04, 0.890, 0.03),
    "student": Temper(0.92, 0.02, 0.920, 0.04),
    "resident": Temper(0.68, 0.09, 0.830, 0.08),
}
LATE_SHARE = 0.3  # of those who neither answer at once nor refuse


@dataclass(frozen=True, slots=True)
class Mind:
    """One respondent's mind: the same seed, stratum and position think the same."""

    temper: Temper
    intention: str
    random: np.random.Generator

    def answer(self, options: Mapping[str, Sequence[str]], texts: Sequence[str]) -> dict[str, str]:
        """Return answers to the questions on a page: option codes by item, text for open items."""
        chosen = {item: self.choose(item, codes) for item, codes in options.items()}
        for item in texts:
            if self.random.random() < OPEN_ANSWER_SHARE:
                chosen[item] = str(self.random.choice(OPEN_ANSWERS))
        return {item: answer for item, answer in chosen.items() if answer}

    def choose(self, item: str, codes: Sequence[str]) -> str:
        """Return an option, or blank for an item left out; the overall item is never left out."""
        if item != OVERALL and self.random.random() < BLANK_SHARE:
            return ""
        code = self.think()
        return code if code in codes else codes[0]

    def think(self) -> str:
        """Return what this respondent thinks of one thing."""
        if self.random.random() < self.temper.unknown:
            return UNKNOWN
        if self.random.random() >= self.temper.satisfied:
            return DISSATISFIED
        return str(self.random.choice(list(SATISFIED), p=list(SATISFIED.values())))


def make_mind(seed: int, category: str, stratum: str, position: int) -> Mind:
    """Return the mind of the person drawn at `position` of a stratum."""
    random = np.random.default_rng([seed, crc32(stratum.encode()), position])
    temper = TEMPERS[category]
    return Mind(temper, intend(temper, random), random)


def intend(temper: Temper, random: np.random.Generator) -> str:
    """Return what somebody of this temper does with the card."""
    lot = random.random()
    if lot < temper.answers:
        return ANSWERS
    if lot < temper.answers + temper.refuses:
        return REFUSES
    return ANSWERS_LATE if random.random() < LATE_SHARE else NEVER_COMES
