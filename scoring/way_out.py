"""出路: the cheapest whole additions with which every school passes and every coefficient holds.

Given unit costs, what is looked for is a number of teachers, rooms, square metres and yuan for
each school such that all sections pass the school rule (六项达标, the seventh at 85 %) *and* the
difference coefficient of every indicator and stage keeps its limit. Without the coefficients each
school stands alone and `cheapest_pass` is the optimum. With them HiGHS solves a programme of
tangents (`cone_programme`), and whatever it says is rounded, repaired and checked in fractions.

Adding alone always suffices where nothing limits it. Adding N P_s units to every section leaves
all differences as they are and raises the mean by N, so every coefficient falls below any limit
above 0 once N is large enough. Sections that share their totals cannot be raised apart, but under
weights 1 : 1.1 : 1.32 the primary sections can be raised by N and the junior ones by 1.1 N per
pupil in every kind of school alike. A scheme whose kinds divide in other ratios, and limits on
additions, can leave no way out; then the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from math import inf

from sampling.problems import N_, Problem
from scoring.additions import Spread, find_spreads
from scoring.cone_programme import Choice, Column, ConeProgramme, Solution
from scoring.county_data import NOTHING, CountyData
from scoring.gaps import Gap, Place, check_measured, find_gaps, school_rule
from scoring.rounding import least_units, repair, round_units
from scoring.rule_set import Rule, RuleSet
from scoring.school_pass import SchoolPass, allowed_below, cheapest_pass, total_cost
from scoring.schools import School
from scoring.unit_costs import UnitCosts

OPTIMAL, FEASIBLE, INFEASIBLE, UNKNOWN = "optimal", "feasible", "infeasible", "unknown"
"""What is known: a plan within the gap; one within a larger gap; that there is none; nothing."""

GAP = Fraction(1, 500)
NODES = 300
"""Nodes of each search: its length is counted, not timed, so that it ends alike everywhere."""
LINEAR_ROUNDS = 12
ALONE_ROUNDS = 3
WHOLE_ROUNDS = 2
CLOSE = 1e-5
"""How far above its limit the square of a coefficient may be before tangents are added."""
SAFETY = Fraction(1, 10**6)
"""Taken off the solver's bound, for it is computed in doubles."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """A plan: whole units by place, what it costs, and what nothing can cost less than.

    `status` is optimal (the cost is within `GAP` of the bound), feasible, infeasible or unknown;
    the last two carry no units. `bound` is exact where no coefficient bound, else the solver's.
    `blocked` names the schools that cannot pass within the limits on additions.
    """

    status: str
    units: Mapping[Place, int]
    cost: Fraction
    bound: Fraction
    blocked: tuple[str, ...] = ()

    @property
    def gap(self) -> Fraction:
        """The share of the cost that a better plan might save, at most."""
        return 1 - self.bound / self.cost if self.cost else Fraction()


def find_way_out(
    schools: Sequence[School],
    rule_set: RuleSet,
    costs: UnitCosts,
    *,
    gap: Fraction = GAP,
    nodes: int = NODES,
    reliefs: Sequence[str] = (),
    data: CountyData = NOTHING,
) -> WayOut:
    """Return the cheapest plan, checked exactly.

    Parameters
    ----------
    gap
        Above 0: how near to the bound, as a share of the cost, is near enough.
    nodes
        How far the solver searches at most, each of a few times.
    reliefs, data
        The switches that are on, and what they may ask of a school besides the school table.
        Coefficients stay on the plain amounts.

    Raises `Problems` naming every amount that was not measured, and `Problem` for a table without
    a school in scope, for a scheme with rules that additions cannot mend, and for one with a limit
    on a composite coefficient.
    """
    _check_composites(rule_set)
    gaps = find_gaps(schools, rule_set, reliefs, data)
    if not gaps:
        raise Problem(N_("the table has no school that the indicators look at"))
    check_measured(gaps)
    spreads = find_spreads(schools, gaps, rule_set)
    rule = school_rule(rule_set)
    passes = _passes(gaps, rule, costs)
    blocked = tuple(school_id for school_id, one in passes.items() if one is None)
    if blocked:
        return WayOut(INFEASIBLE, {}, Fraction(), Fraction(), blocked)
    alone = {p: n for one in passes.values() if one for p, n in one.additions.items()}
    cost = total_cost(alone, costs)
    if all(spread.holds(alone) for spread in spreads):
        return WayOut(OPTIMAL, alone, cost, cost)
    return _Search(gaps, rule, costs, spreads, floor=cost).run(alone, gap, nodes)


def _passes(
    gaps: Sequence[Gap], rule: Rule | None, costs: UnitCosts
) -> dict[str, SchoolPass | None]:
    by_school = groupby(gaps, key=lambda gap: gap.section.school_id)
    return {school_id: cheapest_pass([*own], rule, costs) for school_id, own in by_school}


class _Search:
    """Solve, cut, round, repair, check, until the plan is near enough to the bound."""

    def __init__(
        self,
        gaps: Sequence[Gap],
        rule: Rule | None,
        costs: UnitCosts,
        spreads: Sequence[Spread],
        floor: Fraction,
    ) -> None:
        self._costs = costs
        self._spreads = spreads
        self._columns = _columns(gaps, costs)
        self._scales = [_usual_value(spread, gaps) for spread in spreads]
        sections = _choices(gaps, rule, self._columns)
        self._programme = ConeProgramme(self._columns, sections, spreads, self._scales)
        self._bound = floor
        self._best: tuple[Fraction, dict[Place, int]] | None = None

    def run(self, start: Mapping[Place, int], gap: Fraction, nodes: int) -> WayOut:
        """Return the best plan found; `start` passes every school and breaks a coefficient.

        First everything is divisible, which gives the choices and nearly the bound. Under these
        choices each indicator stands alone, and its whole numbers are found fast. Only if that
        is not near enough all indicators are searched together.
        """
        self._keep({column.place: start.get(column.place, 0) for column in self._columns})
        solution = _relax(self._programme, float(gap * self._bound))
        if solution is None:
            return self._give_up()
        self._raise_bound(solution)
        self._keep(self._round(solution))
        self._keep(self._separate(solution, gap, nodes))
        for _ in range(WHOLE_ROUNDS):
            if self._is_near(gap):
                break
            solution = self._programme.solve(is_whole=True, gap=float(gap / 4), nodes=nodes)
            if solution is None:
                return self._give_up()
            self._raise_bound(solution)
            self._keep(self._round(solution))
            if not self._programme.cut(solution.units, 0.0):
                break
        return self._answer(gap)

    def _round(self, solution: Solution) -> dict[Place, int]:
        return round_units(solution, self._columns, self._programme.choices)

    def _separate(self, solution: Solution, gap: Fraction, nodes: int) -> dict[Place, int]:
        """Return the best units under the choices of `solution`, indicator by indicator."""
        units = least_units(solution, self._columns, self._programme.choices)
        for indicator in dict.fromkeys(spread.rule.indicator for spread in self._spreads):
            spreads = [s for s in self._spreads if s.rule.indicator == indicator]
            if all(spread.holds(units) for spread in spreads):
                continue
            columns = [
                replace(column, least=units[column.place])
                for column in self._columns
                if column.place[2] == indicator
            ]
            scales = [
                scale
                for spread, scale in zip(self._spreads, self._scales, strict=True)
                if spread.rule.indicator == indicator
            ]
            slack = float(gap * self._bound / 4)
            units |= _search_alone(ConeProgramme(columns, (), spreads, scales), slack, nodes)
        return units

    def _raise_bound(self, solution: Solution) -> None:
        self._bound = max(self._bound, Fraction(solution.bound) * (1 - SAFETY))

    def _keep(self, units: Mapping[Place, int]) -> None:
        """Repair a candidate and keep it if it is the cheapest so far."""
        repaired = repair(units, self._spreads, self._columns)
        if repaired is None:
            return
        cost = total_cost(repaired, self._costs)
        if self._best is None or cost < self._best[0]:
            self._best = cost, repaired

    def _is_near(self, gap: Fraction) -> bool:
        return self._best is not None and self._best[0] * (1 - gap) <= self._bound

    def _give_up(self) -> WayOut:
        """Without a solution of the tangents there is none at all, unless one was found before."""
        if self._best is None:
            return WayOut(INFEASIBLE, {}, Fraction(), Fraction())
        return self._answer(Fraction())

    def _answer(self, gap: Fraction) -> WayOut:
        if self._best is None:
            return WayOut(UNKNOWN, {}, Fraction(), self._bound)
        cost, units = self._best
        status = OPTIMAL if self._is_near(gap) else FEASIBLE
        added = {place: number for place, number in units.items() if number}
        return WayOut(status, added, cost, min(self._bound, cost))


def _relax(programme: ConeProgramme, slack: float) -> Solution | None:
    """Return the optimum with everything divisible, tangents added until they fit.

    `slack` is an amount of money: once the bound rises by less than a tenth of it, it is enough.
    """
    last = -inf
    for _ in range(LINEAR_ROUNDS):
        solution = programme.solve(is_whole=False, gap=0.0, nodes=1)
        if solution is None or not programme.cut(solution.units, CLOSE):
            break
        if solution.bound - last < slack / 10:
            break
        last = solution.bound
    return solution


def _search_alone(programme: ConeProgramme, slack: float, nodes: int) -> dict[Place, int]:
    """Return the whole units of one indicator, dearer than need be by `slack` at most if found."""
    solution = _relax(programme, slack)
    for _ in range(ALONE_ROUNDS):
        if solution is None:
            return {}
        near = slack / max(solution.bound, slack, 1.0)
        solution = programme.solve(is_whole=True, gap=near, nodes=nodes)
        if solution is None or not programme.cut(solution.units, CLOSE):
            break
    return {} if solution is None else round_units(solution, programme.columns, ())


def _columns(gaps: Sequence[Gap], costs: UnitCosts) -> list[Column]:
    """Return the unknowns, one for each place, in order of the gaps."""
    by_place: dict[Place, list[Gap]] = {}
    for gap in gaps:
        by_place.setdefault(gap.place, []).append(gap)
    return [
        Column(
            place=place,
            least=max(gap.to_floor or 0 for gap in found),
            most=costs.most(place),
            cost=costs.cost(place),
            usual=float(max(_usual_amount(gap) / gap.part for gap in found)),
        )
        for place, found in by_place.items()
    ]


def _choices(
    gaps: Sequence[Gap], rule: Rule | None, columns: Sequence[Column]
) -> list[tuple[list[Choice], int]]:
    """Return, for each section in which not all may stay below, its choices and how many may."""
    least = {column.place: column.least for column in columns}
    found = []
    for _, own in groupby(gaps, key=lambda gap: (gap.section.school_id, gap.section.stage)):
        section = list(own)
        allowed = allowed_below(section, rule)
        choices = [
            Choice(gap.place, gap.to_limit or 0)
            for gap in section
            if (gap.to_limit or 0) > least[gap.place]
        ]
        if len(choices) > allowed:
            found.append((choices, allowed))
    return found


def _usual_amount(gap: Gap) -> Fraction:
    """Return the section's amount at the limit."""
    return (gap.rule.limit or Fraction(1)) * gap.section.pupils / gap.indicator.per_pupils


def _usual_value(spread: Spread, gaps: Sequence[Gap]) -> Fraction:
    """Return the limit per pupil of the coefficient's indicator and stage."""
    rule = spread.rule
    gap = next(
        g for g in gaps if g.indicator.id == rule.indicator and g.section.stage == rule.stage
    )
    return (gap.rule.limit or Fraction(1)) / gap.indicator.per_pupils


def _check_composites(rule_set: RuleSet) -> None:
    for rule in rule_set.of_kind("composite"):
        if rule.limit is not None:
            raise Problem(
                N_("rule {rule}: no way out is computed for a limit on a composite coefficient"),
                rule=rule.id,
            )
