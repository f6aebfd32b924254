"""The quota plan (配额方案): from residents and a frame to whole numbers in every cell.

Hard rules: the total, the majority's least share, nobody drawn twice, nobody without a chance.
Soft rules: at least two drawn in each category or all of it, the other six equal within 1, grade
bands equal within 1, areas in proportion. A soft rule that cannot be met exactly is reported as a
compromise; a hard one that cannot be met is a `Problem` and there is no plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from sampling.allocation import allocate_grid
from sampling.categories import check_counts, check_targets, check_total, share_categories
from sampling.compromises import judge_areas, judge_bands, judge_categories
from sampling.frame import Frame
from sampling.problems import N_
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
from sampling.sample_size import compute_sample_size, format_rate
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


def plan_quota(
    frame: Frame,
    residents: int,
    rules: SurveyRules,
    rate: Fraction | None = None,
    targets: Mapping[str, int] | None = None,
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

    Raises `Problem` when a hard rule cannot be met. The same input gives the same plan, byte for
    byte. Source: 教督〔2017〕6号 art. 9 and the notices that `rules` quotes.
    """
    rate = rules.rate if rate is None else rate
    n = compute_sample_size(residents, rate)
    eligible = frame.count_eligible()
    sizes = {name: eligible[name] for name in rules.categories}
    check_total(n, sizes)
    counts = check_targets(targets, rules) if targets else share_categories(n, sizes, rules)
    check_counts(counts, n, sizes, rules)
    grids = [_plan_grid(frame, name, counts[name], rules) for name in rules.categories]
    compromises = judge_categories(counts, sizes, rules)
    for grid in grids:
        compromises += judge_bands(grid, rules) + judge_areas(grid)
    plan = Plan(
        format=FORMAT,
        kind="plan",
        residents=residents,
        rate=format_rate(rate),
        n=n,
        rules={"id": rules.id, "digest": rules.digest},
        frame_digest=frame.digest,
        frame=_count_frame(frame, rules),
        ineligible=_count_ineligible(frame),
        categories=counts,
        cells=[],
        strata=[],
        answer_strata=[],
        compromises=compromises,
        collapses=[],
    )
    for grid in grids:
        _add_strata(plan, grid, rules)
    return plan


def _plan_grid(frame: Frame, category: str, count: int, rules: SurveyRules) -> Grid:
    sizes = Counter(
        (unit.grade_band, unit.area) for unit in frame.eligible if unit.category == category
    )
    bands = [band for band in ("", *rules.grade_bands) if any(band == key[0] for key in sizes)]
    areas = [area for area in ("", *rules.areas) if any(area == key[1] for key in sizes)]
    table = allocate_grid(count, [[sizes[band, area] for area in areas] for band in bands])
    cells = [
        Cell(category, area, band, sizes[band, area], table[row][column])
        for column, area in enumerate(areas)
        for row, band in enumerate(bands)
    ]
    return Grid(category, tuple(areas), tuple(bands), tuple(cell for cell in cells if cell.N))


def _count_frame(frame: Frame, rules: SurveyRules) -> dict[str, Eligibility]:
    eligible = frame.count_eligible()
    everybody = Counter(unit.category for unit in frame.units)
    return {
        name: Eligibility(eligible=eligible[name], ineligible=everybody[name] - eligible[name])
        for name in rules.categories
    }


def _count_ineligible(frame: Frame) -> list[IneligibleCount]:
    return [
        IneligibleCount(category=category, grade_band=band, N=count)
        for (category, band), count in sorted(frame.count_ineligible().items())
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
