"""The check of a draw: everything redone in plain Python, without the engine that drew it.

Only the standard library is used here, so that two implementations must agree before a draw is
called right. `docs/verify_draw.py` is a third one, in one file, for whoever trusts neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from heapq import nsmallest
from itertools import zip_longest

from sampling.canonical import digest
from sampling.coverage import sort_by_stratum
from sampling.designs import KNOWN
from sampling.frame import Frame, Unit
from sampling.problems import N_, Problem
from sampling.record import (
    Draw,
    DrawnStratum,
    Plan,
    RulesReference,
    StratumRecord,
    check_draw,
    check_plan,
)
from sampling.survey_rules import SurveyRules
from sampling.tickets import ticket

Redrawn = tuple[list[str], list[str]]
Redraw = Callable[[Sequence[Unit], DrawnStratum, str, Mapping[str, object]], Redrawn]


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

    Checked in this order: the frame's digest, the plan and its rules, the seed, the totals, that
    somebody is drawn from every stratum and every eligible unit stands in exactly one, and each
    stratum's size, sample and reserve, id by id. The reserve is as deep as `reserve_depth` says
    (without it, as the sample), or all there are. Raises `Problem` for a malformed record and for
    a design that is not among `DESIGNS`.
    """
    check_draw(draw, "draw")
    if draw["frame_digest"] != frame.digest:
        raise Difference(
            N_("the frame is another one: its digest is {found}, the record says {recorded}"),
            found=frame.digest,
            recorded=draw["frame_digest"],
        )
    verify_numbers(draw, plan)
    verify_strata(draw, _sort_units(draw, frame))


def verify_numbers(draw: Draw, plan: Plan | None = None) -> None:
    """Raise `Difference` unless plan, seed and totals of `draw` hold together."""
    if plan is not None:
        _verify_plan(draw, plan)
    _verify_seed(draw["seed"])
    _verify_totals(draw)


def verify_strata(draw: Draw, members: Sequence[Sequence[Unit]]) -> None:
    """Raise `Difference` unless each stratum of `draw` is what the seed gives from its members.

    `members` are the eligible units of each stratum, in the order of the record's strata.
    """
    redo, options = find_design(draw)
    for stratum, units in zip(draw["strata"], members, strict=True):
        _verify_size(stratum, len(units))
        _verify_stratum(stratum, redo(units, stratum, draw["seed"], options), draw["seed"])


def verify_rules(reference: RulesReference, rules: SurveyRules, where: str = "") -> None:
    """Raise `Difference` unless `rules` are the edition that a record refers to."""
    if reference["digest"] != rules.digest:
        raise Difference(
            N_(
                "made under another edition of the rules {id}: "
                "their digest is {found}, the record says {recorded}"
            ),
            where=where,
            id=rules.id,
            found=rules.digest,
            recorded=reference["digest"],
        )


def redraw(units: Sequence[Unit], n: int, seed: str) -> list[str]:
    """Return the ids with the `n` smallest tickets among `units`, in the order of the tickets."""
    tickets = ((ticket(seed, unit.id), unit.id) for unit in units)
    return [unit_id for _, unit_id in nsmallest(n, tickets)]


def redraw_simple(
    units: Sequence[Unit], stratum: DrawnStratum, seed: str, _options: Mapping[str, object]
) -> Redrawn:
    """Return the sample and the reserve of the plain draw: the n smallest tickets, the next ones.

    The reserve is as deep as `reserve_depth` says, by default n, or all there are.
    """
    n = stratum["n"]
    ids = redraw(units, n + stratum.get("reserve_depth", n), seed)
    return ids[:n], ids[n:]


def _verify_plan(draw: Draw, plan: Plan) -> None:
    check_plan(plan, "plan")
    if draw["plan_digest"] != digest(plan):
        raise Difference(
            N_("the plan is another one: its digest is {found}, the record says {recorded}"),
            found=digest(plan),
            recorded=draw["plan_digest"],
        )
    if plan["frame_digest"] != draw["frame_digest"]:
        raise Difference(
            N_("the plan was made for another frame, with the digest {found}"),
            found=plan["frame_digest"],
        )
    if draw.get("rules", plan["rules"]) != plan["rules"]:
        raise Difference(
            N_("the record names the rules {recorded}, the plan {found}"),
            recorded=_name_rules(draw["rules"]),
            found=_name_rules(plan["rules"]),
        )
    for planned, drawn in zip_longest(plan["strata"], draw["strata"]):
        if planned is None or drawn is None or _identify(planned) != _identify(drawn):
            raise Difference(
                N_("the stratum {stratum} is not the one in the plan"),
                stratum=(drawn or planned)["stratum"],
            )
    if draw["n"] != plan["n"]:
        raise Difference(
            N_("the record says n = {recorded}, the plan {found}"),
            recorded=draw["n"],
            found=plan["n"],
        )


def _name_rules(reference: RulesReference) -> str:
    return f"{reference['id']} ({reference['digest']})"


def _identify(stratum: StratumRecord) -> tuple[str, dict[str, list[str]], int, int]:
    return stratum["stratum"], stratum["cell"], stratum["N"], stratum["n"]


def _verify_seed(seed: str) -> None:
    if "\n" in seed or "\r" in seed or not _is_unicode(seed):
        raise Difference(N_("the seed {seed!r} is not one line of text"), seed=seed)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _verify_totals(draw: Draw) -> None:
    for stratum in draw["strata"]:
        if stratum["n"] < 1:
            raise Difference(
                N_("stratum {stratum}: nobody is drawn from it"), stratum=stratum["stratum"]
            )
        if stratum["n"] != len(stratum["sample"]):
            raise Difference(
                N_("stratum {stratum}: n is {n}, but the sample holds {got} ids"),
                stratum=stratum["stratum"],
                n=stratum["n"],
                got=len(stratum["sample"]),
            )
    if not draw["strata"]:
        raise Difference(N_("there is no stratum, so nobody is drawn"))
    total = sum(stratum["n"] for stratum in draw["strata"])
    if total != draw["n"]:
        raise Difference(
            N_("the strata add up to {got}, but the record says n = {n}"), got=total, n=draw["n"]
        )


def _sort_units(draw: Draw, frame: Frame) -> list[list[Unit]]:
    try:
        return sort_by_stratum(frame.eligible, draw["strata"])
    except Problem as problem:
        difference = Difference(problem.message)
        difference.values = problem.values
        raise difference from problem


def find_design(draw: Draw) -> tuple[Redraw, Mapping[str, object]]:
    """Return how `draw` is redone, and its options; raise `Problem` for an unknown design."""
    if "design" not in draw:
        return redraw_simple, {}
    name = draw["design"]["name"]
    if name not in DESIGNS:
        raise Problem(
            N_(
                "the draw has the design {design!r}, which this version cannot redo; known: {known}"
            ),
            design=name,
            known=", ".join(["simple", *sorted(DESIGNS)]),
        )
    return DESIGNS[name], draw["design"]["options"]


def _verify_size(stratum: DrawnStratum, size: int) -> None:
    if stratum["N"] != size:
        raise Difference(
            N_("stratum {stratum}: the record says N = {recorded}, the frame has {found}"),
            stratum=stratum["stratum"],
            recorded=stratum["N"],
            found=size,
        )


def _verify_stratum(stratum: DrawnStratum, redrawn: Redrawn, seed: str) -> None:
    name, (sample, reserve) = stratum["stratum"], redrawn
    _verify_order(sample, stratum["sample"], f"stratum {name}, sample", seed)
    _verify_order(reserve, stratum["reserve"], f"stratum {name}, reserve", seed)


def _verify_order(expected: Sequence[str], recorded: Sequence[str], where: str, seed: str) -> None:
    for number, (right, got) in enumerate(zip_longest(expected, recorded), start=1):
        if right == got:
            continue
        if right is None:
            message = N_("position {position}: the record has {got!r}, which is one too many")
        elif got is None:
            message = N_(
                "position {position} should be {right!r} (ticket {ticket}), but is missing"
            )
        else:
            message = N_(
                "position {position} should be {right!r} (ticket {ticket}), the record has {got!r}"
            )
        first = ticket(seed, right)[:16] + "…" if right is not None else ""
        raise Difference(message, where=where, position=number, right=right, ticket=first, got=got)


# Designs other than the plain one, by the name that stands in the record, each with the function
# that redoes a stratum. It is the function that drew, so this shows that a record is unaltered and
# follows from its seed; that the function is right is what its tests and docs/designs.md are for.
DESIGNS: dict[str, Redraw] = {name: design.redraw for name, design in KNOWN.items()}
