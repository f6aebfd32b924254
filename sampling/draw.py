"""The draw (抽样): the n smallest tickets of each stratum, and the next ones in reserve.

An engine finds them (`sampling.engines`). No random number is involved: the seed is text, a
ticket is a hash, and anybody who holds the frame can redo it (`sampling.verification`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sampling.canonical import digest
from sampling.coverage import sort_by_stratum
from sampling.engines import Engine, Search, Target, load_engine
from sampling.frame import Frame
from sampling.groups import Group, count_groups, list_columns
from sampling.problems import N_, Problem
from sampling.record import FORMAT, Draw, DrawnStratum, Plan, StratumRecord
from sampling.reserve import Reserve
from sampling.staged_frame import StagedFrame
from sampling.tickets import bound_tickets, check_seed

MAX_WIDENING = 20  # by then every bound is above all tickets


def draw_sample(
    frame: Frame | StagedFrame,
    plan: Plan,
    seed: str,
    engine: Engine | None = None,
    reserve: Reserve | None = None,
) -> Draw:
    """Draw the sample that `plan` asks for from `frame`, and return the draw certificate.

    Parameters
    ----------
    frame
        The frame that the plan was made for; any other is refused. In memory, or on disk
        (`sampling.staged_frame`) when it is too big for that.
    plan
        A plan as `plan_quota` makes it or `read_plan` reads it.
    seed
        One line of printable text, fixed before anybody could know which people it favours.
    engine
        What finds the tickets, DuckDB by default; the certificate is the same with each.
    reserve
        How deep the reserves are, as deep as the sample by default.

    Each stratum gets its n smallest tickets as sample and the next ones, as deep as `reserve`
    says or all there are, as reserve, in the order of the tickets. Raises `Problem` when seed,
    plan and frame do not fit.
    """
    check_seed(seed)
    columns = list_columns(plan["strata"])
    groups = _check_fit(frame, plan, columns)
    wanted = [_count_wanted(stratum, reserve) for stratum in plan["strata"]]
    chosen = engine or load_engine("duckdb")
    picked = _pick(
        groups, wanted, lambda targets: chosen.find_smallest(frame, Search(seed, columns, targets))
    )
    return Draw(
        format=FORMAT,
        kind="draw",
        seed=seed,
        n=plan["n"],
        rules=plan["rules"],
        plan_digest=digest(plan),
        frame_digest=frame.digest,
        strata=[
            _record_stratum(stratum, ids, reserve)
            for stratum, ids in zip(plan["strata"], picked, strict=True)
        ],
    )


def _record_stratum(
    stratum: StratumRecord, ids: list[str], reserve: Reserve | None
) -> DrawnStratum:
    drawn = DrawnStratum(
        stratum=stratum["stratum"],
        cell=stratum["cell"],
        N=stratum["N"],
        n=stratum["n"],
        sample=ids[: stratum["n"]],
        reserve=ids[stratum["n"] :],
    )
    if reserve is not None:
        drawn["reserve_depth"] = reserve.count(stratum["n"])
    return drawn


def _count_wanted(stratum: StratumRecord, reserve: Reserve | None) -> int:
    depth = stratum["n"] if reserve is None else reserve.count(stratum["n"])
    return min(stratum["n"] + depth, stratum["N"])


def _pick(
    groups: Sequence[Sequence[Group]],
    wanted: Sequence[int],
    find: Callable[[Mapping[tuple[str, ...], Target]], list[tuple[int, str]]],
) -> list[list[str]]:
    """Return the ids with the smallest tickets of each stratum, as many as `wanted`.

    A stratum in which too few tickets lie below the bound is searched again with a wider one.
    """
    picked: list[list[str]] = [[] for _ in groups]
    for widening in range(MAX_WIDENING):
        missing = [index for index, ids in enumerate(picked) if len(ids) < wanted[index]]
        if not missing:
            return picked
        for index in missing:
            picked[index] = []
        for index, unit_id in find(_set_targets(groups, wanted, missing, widening)):
            picked[index].append(unit_id)
    raise Problem(N_("people are missing from the frame; did its file change during the draw?"))


def _set_targets(
    groups: Sequence[Sequence[Group]], wanted: Sequence[int], missing: Sequence[int], widening: int
) -> dict[tuple[str, ...], Target]:
    targets: dict[tuple[str, ...], Target] = {}
    for index in missing:
        size = sum(group.count for group in groups[index])
        target = Target(index, wanted[index], bound_tickets(size, wanted[index], widening))
        targets |= dict.fromkeys((group.values for group in groups[index]), target)
    return targets


def _check_fit(frame: Frame | StagedFrame, plan: Plan, columns: Sequence[str]) -> list[list[Group]]:
    """Return the groups of each stratum.

    Raises `Problem` unless the plan was made for `frame` and its numbers hold together.
    """
    groups = {group.first: group for group in count_groups(frame, columns)}
    sorted_units = sort_by_stratum(sorted(groups), plan["strata"])
    found = [[groups[unit] for unit in units] for units in sorted_units]
    for stratum, members in zip(plan["strata"], found, strict=True):
        size = sum(group.count for group in members)
        if size != stratum["N"]:
            raise Problem(
                N_(
                    "the plan was made for another frame: {stratum} has {expected} people in the "
                    "plan and {got} in this frame; plan again"
                ),
                stratum=stratum["stratum"],
                expected=stratum["N"],
                got=size,
            )
    if frame.digest != plan["frame_digest"]:
        raise Problem(
            N_(
                "the plan was made for another frame: every stratum has as many people, but the "
                "digest is {got}, not {expected}; plan again"
            ),
            got=frame.digest,
            expected=plan["frame_digest"],
        )
    _check_numbers(plan)
    return found


def _check_numbers(plan: Plan) -> None:
    for stratum in plan["strata"]:
        if not 1 <= stratum["n"] <= stratum["N"]:
            raise Problem(
                N_("the plan asks for {n} of the {size} people in {stratum}"),
                n=stratum["n"],
                size=stratum["N"],
                stratum=stratum["stratum"],
            )
    total = sum(stratum["n"] for stratum in plan["strata"])
    if total != plan["n"] or not total:
        raise Problem(
            N_("the plan's strata add up to {got}, but its sample is {n}"), got=total, n=plan["n"]
        )
