"""Designs other than the plain draw, by name: how each is redone and what its record says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sampling import rotation, systematic, two_stage
from sampling.coverage import sort_by_stratum
from sampling.frame import Unit
from sampling.problems import N_, Problem
from sampling.record import Design, Draw, DrawnStratum

Redraw = Callable[
    [Sequence[Unit], DrawnStratum, str, Mapping[str, object]], tuple[list[str], list[str]]
]


@dataclass(frozen=True, slots=True)
class KnownDesign:
    """What the program knows of a design; `defaults` names all its options."""

    redraw: Redraw
    check_options: Callable[[Mapping[str, object]], object]
    defaults: Mapping[str, object]
    remarks: tuple[str, ...]


KNOWN = {
    module.NAME: KnownDesign(module.redraw, module.check_options, module.DEFAULTS, module.REMARKS)
    for module in (two_stage, systematic, rotation)
}


def make_design(name: str, options: Mapping[str, object]) -> Design:
    """Return what a certificate says of its design: name, all options, remarks.

    Options left out take the design's defaults. Raises `Problem` for an unknown name or option
    and for a value that the design cannot have.
    """
    if name not in KNOWN:
        raise Problem(
            N_("unknown design {name!r}; known are: {known}"), name=name, known=", ".join(KNOWN)
        )
    known = KNOWN[name]
    complete = {**known.defaults, **options}
    known.check_options(complete)
    return Design(name=name, options=complete, remarks=list(known.remarks))


def redraw_by_design(draw: Draw, units: Sequence[Unit], design: Design) -> Draw:
    """Return `draw`, which was made plainly, with sample and reserve drawn by `design`.

    `units` are all who are eligible, in any order. Seed, strata, numbers and the depth of the
    reserve stay. Raises `Problem` when the design
    cannot be drawn from this frame.
    """
    known = KNOWN[design["name"]]
    parts = sort_by_stratum(units, draw["strata"])
    strata = []
    for stratum, members in zip(draw["strata"], parts, strict=True):
        sample, reserve = known.redraw(members, stratum, draw["seed"], design["options"])
        strata.append(DrawnStratum({**stratum, "sample": sample, "reserve": reserve}))
    return Draw({**draw, "design": design, "strata": strata})
