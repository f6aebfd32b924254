"""What a plan foresees, as it stands in its record: precision and response (精度与应答预估)."""

from __future__ import annotations

from typing import TypedDict


class Worth(TypedDict):
    """What a judgement of a category by itself would be worth.

    `why` is `message` with `values` filled in; shares are text with as many decimals as shown.
    """

    category: str
    N: int
    n: int
    half_widths: dict[str, str]
    chances: dict[str, str]
    why: str
    message: str
    values: dict[str, str | int]


class Outlook(TypedDict):
    """The same for all categories together."""

    N: int
    n: int
    half_widths: dict[str, str]
    chances: dict[str, str]


class Precision(TypedDict):
    """What a sample of this plan can tell, if everybody answers.

    `half_widths` by the true share, `chances` of reaching `limit` by the true share.
    """

    level: str
    limit: str
    overall: Outlook
    categories: list[Worth]
    assumptions: list[str]


class CategoryIssue(TypedDict):
    """How many of a category must be asked so that `n` of them answer."""

    category: str
    rate: str
    N: int
    n: int
    issue: int
    reserve: int
    chance: str


class StratumIssue(TypedDict):
    """The same in one stratum, for a reserve is released where people were lost."""

    stratum: str
    N: int
    n: int
    issue: int
    reserve: int


class ResponsePlan(TypedDict):
    """How many to ask and how deep the reserve must be, if people answer at the expected rates."""

    confidence: str
    categories: list[CategoryIssue]
    strata: list[StratumIssue]
    reserve_depth: int
    assumptions: list[str]
