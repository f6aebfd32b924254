"""The quota plan (配额方案): from residents and a frame to whole numbers in every cell.

Hard rules: the total, the majority's least share, nobody drawn twice, nobody without a chance, the
numbers set by hand. Soft rules: at least two drawn in each category or all of it, the other six
equal within 1, grade bands equal, areas in proportion. A soft rule that cannot be met exactly is
reported as a compromise; a hard one that cannot be met is a `Problem` and there is no plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from sampling.areas import check_areas, share_areas
from sampling.categories import check_counts, check_targets, check_total, share_categories
from sampling.compromises import Case, judge_plan
from sampling.frame import Frame
from sampling.pins import CellKey, Sizes, resolve_pins
from sampling.precision import foresee_precision
from sampling.problems import N_
from sampling.quota_table import fill_table, find_bounds
from sampling.record import (
    FORMAT,
    AnswerStratum,
    CellRecord,
    Collapse,
    Eligibility,
    IneligibleCount,
    Plan,
    StratumRecord,
)
from sampling.sample_size import SampleSize, format_rate, size_sample
from sampling.strata import (
    Cell,
    Grid,
    Stratum,
    count_people,
    define_cell,
    form_answer_strata,
    form_strata,
    name_cell,
)
from sampling.survey_rules import SurveyRules

Counts = Mapping[tuple[str, ...], int]


def plan_quota(
    frame: Frame,
    residents: int,
    rules: SurveyRules,
    rate: Fraction | None = None,
    *,
    targets: Mapping[str, int] | None = None,
    pins: Mapping[str, int] | None = None,
    areas: Mapping[str, int] | None = None,
) -> Plan:
    """Return the quota plan for a county of `residents` people and the people in `frame`.

    Parameters
    ----------
    frame
        Everybody who may be asked.
    residents
        Resident population (常住人口), 1 to 11 digits.
    rules
        The survey's rules; the plan names them with their digest.
    rate
        People drawn per resident, in place of the rules' own.
    targets
        A supervisor's own number for each of the categories, in place of the planned ones.
    pins
        A supervisor's own numbers for single cells, e.g. ``{"parent/urban/1-2": 40}``; the plan
        keeps them and says what they break.
    areas
        Residents of each area; without them areas are in proportion to the people in the frame.

    Raises `Problem` when a hard rule cannot be met. The same input gives the same plan, byte for
    byte. Source: 教督〔2017〕6号 art. 9 and the notices that `rules` quotes.
    """
    counts: Counter[tuple[str, ...]] = Counter(
        (unit.category, unit.area, unit.grade_band) for unit in frame.units
    )
    return plan_counts(
        counts,
        frame.digest,
        residents,
        rules,
        rate,
        targets=targets,
        pins=pins,
        areas=areas,
    )


def plan_counts(
    counts: Counts,
    frame_digest: str,
    residents: int,
    rules: SurveyRules,
    rate: Fraction | None = None,
    *,
    targets: Mapping[str, int] | None = None,
    pins: Mapping[str, int] | None = None,
    areas: Mapping[str, int] | None = None,
) -> Plan:
    """Return the plan for a frame of which only the counts by category, area and band are known.

    Everything else is as `plan_quota` says; it is the way to plan for a frame too big for memory.
    """
    rate = rules.rate if rate is None else rate
    check_areas(areas, residents, rules)
    sizes = _count_cells(counts, rules)
    people = _sum_categories(sizes, rules)
    size = size_sample(residents, rate, rules, sum(people.values()))
    check_total(size.n, people)
    by_hand = check_targets(targets, rules) if targets else {}
    if by_hand:
        check_counts(by_hand, size.n, people, rules)
    resolved = resolve_pins({**by_hand, **(pins or {})}, sizes, rules)
    bounds = find_bounds(sizes, resolved, rules)
    drawn = share_categories(size.n, people, rules, bounds)
    check_counts(drawn, size.n, people, rules)
    fair = share_categories(size.n, people, rules, {rules.majority: bounds[rules.majority]})
    shares = share_areas(sizes, areas, rules)
    table = fill_table(sizes, drawn, shares, resolved, rules)
    grids = [_make_grid(name, sizes, table, rules) for name in rules.categories]
    case = Case(people, drawn, fair, resolved, rules, residents_known=areas is not None)
    plan = Plan(
        format=FORMAT,
        kind="plan",
        residents=residents,
        rate=format_rate(rate),
        n=size.n,
        rules={"id": rules.id, "digest": rules.digest},
        frame_digest=frame_digest,
        frame=_describe_frame(counts, people, rules),
        ineligible=_count_ineligible(counts, rules),
        categories=drawn,
        cells=[],
        strata=[],
        answer_strata=[],
        compromises=judge_plan(size, grids, shares, case),
        collapses=[],
    )
    _add_options(plan, size, areas, pins)
    for grid in grids:
        _add_strata(plan, grid, rules)
    plan["precision"] = foresee_precision(plan)
    return plan


def _add_options(
    plan: Plan,
    size: SampleSize,
    areas: Mapping[str, int] | None,
    pins: Mapping[str, int] | None,
) -> None:
    """Record what was asked for beyond the rules, and a sample size that is not the rate's own."""
    if size.n != size.asked:
        plan["sample_size"] = {"asked": size.asked, "floor": size.floor, "cap": size.cap}
    if areas:
        plan["areas"] = dict(areas)
    if pins:
        plan["set"] = dict(pins)


def _count_cells(counts: Counts, rules: SurveyRules) -> dict[CellKey, int]:
    """Return the eligible people of each cell that has any, in the order of the rules."""
    cells = [CellKey(*key) for key in counts]
    orders = [("", *rules.categories), ("", *rules.areas), ("", *rules.grade_bands)]
    cells.sort(
        key=lambda cell: [order.index(name) for order, name in zip(orders, cell, strict=True)]
    )
    return {
        cell: counts[cell]
        for cell in cells
        if counts[cell] and rules.is_eligible(cell.category, cell.grade_band)
    }


def _sum_categories(sizes: Sizes, rules: SurveyRules) -> dict[str, int]:
    people = dict.fromkeys(rules.categories, 0)
    for cell, size in sizes.items():
        people[cell.category] += size
    return people


def _make_grid(
    category: str, sizes: Sizes, table: Mapping[CellKey, int], rules: SurveyRules
) -> Grid:
    cells = [Cell(*cell, N=sizes[cell], n=table[cell]) for cell in sizes if cell[0] == category]
    areas = [area for area in ("", *rules.areas) if any(area == cell.area for cell in cells)]
    bands = [
        band for band in ("", *rules.grade_bands) if any(band == cell.grade_band for cell in cells)
    ]
    return Grid(category, tuple(areas), tuple(bands), tuple(cells))


def _describe_frame(
    counts: Counts, people: Mapping[str, int], rules: SurveyRules
) -> dict[str, Eligibility]:
    everybody: Counter[str] = Counter()
    for (category, _, _), count in counts.items():
        everybody[category] += count
    return {
        name: Eligibility(eligible=people[name], ineligible=everybody[name] - people[name])
        for name in rules.categories
    }


def _count_ineligible(counts: Counts, rules: SurveyRules) -> list[IneligibleCount]:
    shut_out: Counter[tuple[str, str]] = Counter()
    for (category, _, band), count in counts.items():
        if count and not rules.is_eligible(category, band):
            shut_out[category, band] += count
    return [
        IneligibleCount(category=category, grade_band=band, N=count)
        for (category, band), count in sorted(shut_out.items())
    ]


def _add_strata(plan: Plan, grid: Grid, rules: SurveyRules) -> None:
    if not grid.cells:
        return
    strata = form_strata(grid, rules.min_drawn)
    plan["cells"] += [_describe_cell((cell,), grid) for cell in grid.cells]
    plan["strata"] += [_describe_stratum(stratum, grid) for stratum in strata]
    plan["collapses"] += [
        _describe_collapse(stratum, grid, rules.min_drawn) for stratum in strata if len(stratum) > 1
    ]
    plan["answer_strata"] += [
        _describe_answer_stratum(union, grid)
        for union in form_answer_strata(strata, rules.min_answer_stratum)
    ]


def _describe_cell(cells: Stratum, grid: Grid) -> CellRecord:
    size, drawn = count_people(cells)
    return CellRecord(cell=define_cell(cells, grid), N=size, n=drawn)


def _describe_stratum(cells: Stratum, grid: Grid) -> StratumRecord:
    record = _describe_cell(cells, grid)
    return StratumRecord(stratum=name_cell(record["cell"]), **record)


def _describe_collapse(stratum: Stratum, grid: Grid, minimum: int) -> Collapse:
    message = N_(
        "drawn as one list: a stratum needs {minimum} people drawn, or everybody in it, "
        "and these cells alone would not all have had that"
    )
    values: dict[str, str | int] = {"minimum": minimum}
    return Collapse(
        stratum=name_cell(define_cell(stratum, grid)),
        cells=[_describe_cell((cell,), grid) for cell in stratum],
        why=message.format(**values),
        message=message,
        values=values,
    )


def _describe_answer_stratum(union: Sequence[Stratum], grid: Grid) -> AnswerStratum:
    cells = tuple(cell for stratum in union for cell in stratum)
    size, drawn = count_people(cells)
    return AnswerStratum(
        answer_stratum=name_cell(define_cell(cells, grid)),
        category=grid.category,
        strata=[name_cell(define_cell(stratum, grid)) for stratum in union],
        N=size,
        n=drawn,
    )
