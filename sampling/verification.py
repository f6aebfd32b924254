"""The check of a draw: everything redone in plain Python, without the engine that drew it.

Only the standard library is used here, so that two implementations must agree before a draw is
called right. `docs/verify_draw.py` is a third one, in one file, for whoever trusts neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest

from sampling.canonical import digest
from sampling.frame import COLUMNS, Frame, Unit
from sampling.problems import N_, Problem
from sampling.record import Draw, DrawnStratum, Plan, StratumRecord, check_draw
from sampling.tickets import ticket


class Difference(Problem):
    """The first place where a record is not what the frame and the seed give."""


def verify_draw(draw: Draw, frame: Frame, plan: Plan | None = None) -> None:
    """Return when `draw` is what its seed gives from `frame`; raise `Difference` when it is not.

    Parameters
    ----------
    draw
        A draw certificate, made by whatever program; it needs the documented keys only.
    frame
        The frame it is said to be drawn from.
    plan
        Its plan; without one, the strata and numbers are checked against frame and total only.

    Checked in this order: the frame's digest, the plan, the totals, that every eligible unit
    stands in exactly one stratum, and each stratum's size, sample and reserve, id by id. The
    reserve is as deep as the sample, or all there are. Raises `Problem` for a malformed record.
    """
    check_draw(draw, "draw")
    _compare(N_("the frame's digest: the record has {recorded}, the frame gives {found}"),
             draw["frame_digest"], frame.digest)
    if plan is not None:
        _verify_plan(draw, plan)
    _verify_seed(draw["seed"])
    _verify_totals(draw)
    for stratum, units in zip(draw["strata"], sort_by_stratum(frame.eligible, draw["strata"]), strict=True):
        _verify_stratum(stratum, units, draw["seed"])


def redraw(units: Sequence[Unit], n: int, seed: str) -> list[str]:
    """Return the ids with the `n` smallest tickets among `units`, in the order of the tickets."""
    tickets = ((ticket(seed, unit.id), unit.id) for unit in units)
    return [unit_id for _, unit_id in nsmallest(n, tickets)]
