"""Everything that is made up for the demonstration, from one seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.rule_set import load_rule_set
from scoring.schools import School
from survey.demo.county import County, Size, load_county
from survey.demo.people import RosterRow, make_roster
from survey.demo.school_network import lay_out_schools
from survey.demo.schools import make_schools

RULE_SET = "national-2017"


@dataclass(frozen=True, slots=True)
class Invention:
    """A real county with made-up people and schools; the same seed gives the same ones."""

    county: County
    size: Size
    seed: int
    roster: list[RosterRow]
    schools: list[School]

    @property
    def residents(self) -> int:
        """Residents that the sample size is computed from; fewer for a small county."""
        return round(self.county.residents * self.size.residents_share)


def invent(seed: int, scale: float = 1.0) -> Invention:
    """Return the county's roster and school table.

    This is simulation: its random numbers never touch the draw, which is made from hashes.
    """
    county, size = load_county(), Size(scale)
    random = np.random.default_rng(seed)
    sites = lay_out_schools(county, size, random)
    roster = make_roster(county, sites, size, random)
    schools = make_schools(sites, load_rule_set(RULE_SET), random)
    return Invention(county, size, seed, roster, schools)
