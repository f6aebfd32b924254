"""Inclusion probabilities (入样概率) and weights, as each design states them, in fractions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sampling import rotation, two_stage
from sampling.coverage import sort_by_stratum
from sampling.frame import Unit
from sampling.problems import N_, Problem
from sampling.record import Design, Draw, DrawnStratum


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The probability of each person of a stratum, by id, to be asked; exact or approximate.

    Probabilities are over the seed; in a rotation also over the groups (see
    `state_turn_inclusion` for those once the groups are known).
    """

    probabilities: Mapping[str, Fraction]
    is_exact: bool


def state_inclusion(
    units: Sequence[Unit], stratum: DrawnStratum, design: Design | None = None, released: int = 0
) -> Inclusion:
    """Return the inclusion probabilities of the `units` of one stratum.

    Parameters
    ----------
    units
        Everybody in the stratum.
    stratum
        The stratum as drawn.
    design
        The certificate's `design`; None for the plain draw.
    released
        How many of the reserve were released, from 0; decided without regard to answers.

    Plain, systematic and rotation: (n + released) / N, exactly. Two stages: for each group of
    schools the people asked over its people, exact where every school is drawn. Raises `Problem`
    when more were released than the reserve holds.
    """
    _check_released(stratum, released)
    if design is not None and design["name"] == two_stage.NAME:
        return _state_two_stage(units, stratum, design["options"], released)
    asked = min(stratum["n"] + released, len(units))
    probability = Fraction(asked, len(units)) if units else Fraction(0)
    return Inclusion({unit.id: probability for unit in units}, is_exact=True)


def state_turn_inclusion(
    units: Sequence[Unit], stratum: DrawnStratum, options: Mapping[str, object]
) -> Inclusion:
    """Return the probabilities of a rotation once the groups are known, before reserves.

    n / N of the own group for those whose turn it is, exactly. For everybody else 0, unless the
    groups whose turn it is are too few for the sample.
    """
    turn = rotation.check_options(options)
    in_turn, others = rotation.split_groups([unit.id for unit in units], turn)
    counts = rotation.share_turn(stratum["n"], [len(ids) for ids in in_turn])
    missing = min(stratum["n"], len(units)) - sum(counts)
    parts = [*zip(in_turn, counts, strict=True), (others, missing)]
    return Inclusion(
        {unit_id: Fraction(count, len(ids)) for ids, count in parts for unit_id in ids},
        is_exact=True,
    )


def weigh_issued(
    draw: Draw, units: Sequence[Unit], released: Mapping[str, int] | None = None
) -> dict[str, Fraction]:
    """Return the weight of everybody asked, by id: 1 over the stated inclusion probability.

    `units` are all who are eligible, `released` is the number of reserves released by stratum.
    Raises `Problem` for a stratum that the draw does not have and for more reserves than there
    are.
    """
    counts = dict(released or {})
    unknown = sorted(set(counts) - {stratum["stratum"] for stratum in draw["strata"]})
    if unknown:
        raise Problem(N_("the draw has no stratum {stratum!r}"), stratum=unknown[0])
    parts = sort_by_stratum(units, draw["strata"])
    weights: dict[str, Fraction] = {}
    for stratum, members in zip(draw["strata"], parts, strict=True):
        count = counts.get(stratum["stratum"], 0)
        stated = state_inclusion(members, stratum, draw.get("design"), count).probabilities
        asked = stratum["sample"] + stratum["reserve"][:count]
        weights |= {unit_id: 1 / stated[unit_id] for unit_id in asked}
    return weights


def _state_two_stage(
    units: Sequence[Unit], stratum: DrawnStratum, options: Mapping[str, object], released: int
) -> Inclusion:
    groups = two_stage.form_groups(units, stratum, options)
    group_of = {
        unit_id: index
        for index, group in enumerate(groups)
        for cluster in group.clusters
        for unit_id in cluster.ids
    }
    more = Counter(group_of[unit_id] for unit_id in stratum["reserve"][:released])
    shares = [
        Fraction(group.n + more[index], group.size) if group.size else Fraction(0)
        for index, group in enumerate(groups)
    ]
    return Inclusion(
        {unit_id: shares[index] for unit_id, index in group_of.items()},
        is_exact=all(group.is_certain for group in groups),
    )


def _check_released(stratum: DrawnStratum, released: int) -> None:
    if not 0 <= released <= len(stratum["reserve"]):
        raise Problem(
            N_("stratum {stratum}: {released} reserves released, but there are {got}"),
            stratum=stratum["stratum"],
            released=released,
            got=len(stratum["reserve"]),
        )
