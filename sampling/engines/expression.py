"""The draw as one Ibis expression, which DuckDB and Spark run alike.

Tickets are compared as lower-case hex text, so that every engine orders them as bytes do. Each
person's stratum is looked up by the values of the columns that decide it: a join with a table of
a few hundred rows costs a tenth of a case expression with as many branches.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from sampling.engines import Search


def select_smallest(units: ir.Table, lookup: ir.Table, search: Search) -> ir.Table:
    """Return the expression of `Engine.find_smallest`: `stratum` and `id`, sorted as it says.

    `units` holds the columns of the frame, as text without nulls; `lookup` see `tabulate_targets`.
    """
    ticket = (ibis.literal(f"{search.seed}\n") + units.id).hexdigest("sha256")
    joined = units.join(lookup, search.columns)
    hashed = joined.select("id", "stratum", "depth", "bound", ticket=ticket)
    # Before anything is sorted: nearly everybody falls out here.
    below = hashed.filter(hashed.ticket < hashed.bound)
    window = ibis.window(group_by="stratum", order_by=["ticket", "id"])
    placed = below.mutate(place=ibis.row_number().over(window))
    kept = placed.filter(placed.place < placed.depth)
    return kept.order_by("stratum", "place").select("stratum", "id")


def tabulate_targets(search: Search) -> pa.Table:
    """Return the lookup of `select_smallest`: the columns of `search`, and each one's target."""
    columns = zip(*search.targets, strict=True)
    values = [pa.array(column, pa.string()) for column in columns]
    targets = search.targets.values()
    return pa.table(
        [
            *values,
            pa.array([target.stratum for target in targets], pa.int64()),
            pa.array([target.depth for target in targets], pa.int64()),
            pa.array([target.bound for target in targets], pa.string()),
        ],
        names=[*search.columns, "stratum", "depth", "bound"],
    )
