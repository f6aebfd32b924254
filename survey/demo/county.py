"""The demonstration county: real townships and residents; how many people are made up for it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COUNTIES = Path(__file__).with_name("counties.csv")
YIZHOU = "宜州区"
YIZHOU_REGION = "451203"  # GB/T 2260

MADE_UP_ZH = "演示数据:人员与学校均为虚构"
MADE_UP_EN = "Demonstration: all people and schools are made up"


@dataclass(frozen=True, slots=True)
class Township:
    """A township (乡镇 街道) and its residents by the census."""

    name: str
    residents: int

    @property
    def is_seat(self) -> bool:
        """Whether the county government sits here: the one township with an urban area."""
        return self.name == "庆远镇"

    @property
    def is_town(self) -> bool:
        """Whether it is a 镇, which has a town area, or a 乡, which is all rural."""
        return self.name.endswith("镇")


@dataclass(frozen=True, slots=True)
class County:
    """A county, its GB/T 2260 code, its townships, and where the figures come from."""

    name: str
    region: str
    townships: tuple[Township, ...]
    source: str

    @property
    def residents(self) -> int:
        """Resident population (常住人口): the sum over the townships."""
        return sum(township.residents for township in self.townships)


@dataclass(frozen=True, slots=True)
class Size:
    """How many people are made up; `scale` is 1 for the whole county.

    A small county, for tests, keeps as many of the rare categories as a draw needs; its figure of
    residents is then as made up as its people.
    """

    scale: float = 1.0

    def count(self, full: int, least: int = 20) -> int:
        """Return `full` scaled, but at least `least`."""
        return max(round(full * self.scale), least)

    @property
    def residents_share(self) -> float:
        """Share of the residents that sets the sample size: at least 7 %, or n would be tiny."""
        return min(1.0, max(self.scale, 0.07))

    @property
    def pupils(self) -> int:
        """Pupils of grades 1 to 9, and as many rows of parents."""
        return self.count(60_000, 600)

    @property
    def teachers(self) -> int:
        """Teachers of all schools."""
        return self.count(4_500, 60)

    @property
    def principals(self) -> int:
        """Principals; never fewer than schools."""
        return self.count(120)

    @property
    def deputies(self) -> int:
        """Deputies to the county's people's congress."""
        return self.count(250)

    @property
    def members(self) -> int:
        """Members of the county's CPPCC committee."""
        return self.count(240)

    @property
    def others(self) -> int:
        """Other residents on the list."""
        return self.count(30_000, 200)


def load_county() -> County:
    """Return Yizhou (宜州区) with its 16 townships, from the packaged table.

    >>> county = load_county()
    >>> len(county.townships), county.residents
    (16, 549359)
    """
    with COUNTIES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["county"] == YIZHOU]
    townships = tuple(Township(row["township"], int(row["residents"])) for row in rows)
    return County(YIZHOU, YIZHOU_REGION, townships, rows[0]["source"])


def spread(total: int, weights: Sequence[float]) -> list[int]:
    """Share `total` out in whole numbers in proportion to `weights` (largest remainder).

    >>> spread(10, [1, 1, 2])
    [3, 2, 5]
    """
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares
