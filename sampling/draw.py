"""The draw (抽样): the n smallest tickets of each stratum, and the next ones in reserve.

One Ibis expression on the embedded DuckDB. No random number is involved: the seed is text, a
ticket is a hash, and anybody who holds the frame can redo it (`sampling.verification`).
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from sampling.canonical import digest
from sampling.coverage import sort_by_stratum
from sampling.frame import COLUMNS, Frame, Unit
from sampling.problems import N_, Problem
from sampling.record import FORMAT, Draw, DrawnStratum, Plan, StratumRecord
from sampling.tickets import check_seed


def draw_sample(frame: Frame, plan: Plan, seed: str) -> Draw:
    """Draw the sample that `plan` asks for from `frame`, and return the draw certificate.

    Parameters
    ----------
    frame
        The frame that the plan was made for; any other is refused.
    plan
        A plan as `plan_quota` makes it or `read_plan` reads it.
    seed
        One line of printable text, fixed before anybody could know which people it favours.

    Each stratum gets its n smallest tickets as sample and the next n, or all there are, as
    reserve, in the order of the tickets. Raises `Problem` when seed, plan and frame do not fit.
    """
    check_seed(seed)
    _check_fit(frame, plan)
    picked = _pick(frame.eligible, plan["strata"], seed)
    return Draw(
        format=FORMAT,
        kind="draw",
        seed=seed,
        n=plan["n"],
        rules=plan["rules"],
        plan_digest=digest(plan),
        frame_digest=frame.digest,
        strata=[
            DrawnStratum(
                stratum=stratum["stratum"],
                cell=stratum["cell"],
                N=stratum["N"],
                n=stratum["n"],
                sample=ids[: stratum["n"]],
                reserve=ids[stratum["n"] :],
            )
            for stratum, ids in zip(plan["strata"], picked, strict=True)
        ],
    )


def select_tickets(units: ir.Table, strata: Sequence[StratumRecord], seed: str) -> ir.Table:
    """Return the expression of a draw: `stratum` (index), `place` (from 0), `id`, in that order.

    `units` holds the eligible units in the columns of the frame. Kept are the 2 n smallest tickets
    of each stratum: the sample and a reserve as deep.
    """
    index = ibis.cases(
        *((_matches(units, stratum), number) for number, stratum in enumerate(strata)), else_=-1
    )
    ticket = (ibis.literal(f"{seed}\n") + units.id).hexdigest("sha256")
    hashed = units.select("id", stratum=index, ticket=ticket)
    window = ibis.window(group_by="stratum", order_by=["ticket", "id"])
    placed = hashed.mutate(place=ibis.row_number().over(window))
    depth = ibis.cases(
        *((placed.stratum == number, 2 * stratum["n"]) for number, stratum in enumerate(strata)),
        else_=0,
    )
    kept = placed.filter(placed.place < depth)
    return kept.select("stratum", "place", "id").order_by("stratum", "place")


def _matches(units: ir.Table, stratum: StratumRecord) -> ir.BooleanValue:
    conditions = [units[column].isin(values) for column, values in stratum["cell"].items()]
    return ibis.and_(*conditions)


def _pick(units: Sequence[Unit], strata: Sequence[StratumRecord], seed: str) -> list[list[str]]:
    columns = dict(zip(COLUMNS, zip(*units, strict=True), strict=True))
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    connection = ibis.duckdb.connect()
    try:
        expression = select_tickets(ibis.memtable(table), strata, seed)
        result = connection.to_pyarrow(expression)
    finally:
        connection.disconnect()
    picked: list[list[str]] = [[] for _ in strata]
    for row in zip(result["stratum"].to_pylist(), result["id"].to_pylist(), strict=True):
        picked[row[0]].append(row[1])
    return picked


def _check_fit(frame: Frame, plan: Plan) -> None:
    """Raise `Problem` unless the plan was made for `frame` and its numbers hold together."""
    found = [len(units) for units in sort_by_stratum(frame.eligible, plan["strata"])]
    for stratum, size in zip(plan["strata"], found, strict=True):
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
