"""Records on disk: the plan and the draw certificate as canonical JSON, and their check.

A record outlives the program: it has a format number, and a reader refuses what it does not know.
`docs/records.md` explains every key, `docs/schemas` defines them for other programs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NotRequired, TypedDict, cast

from sampling.canonical import canonical_json
from sampling.forecast import Precision, ResponsePlan
from sampling.problems import N_, Problem

FORMAT = 1


class RulesReference(TypedDict):
    """Which rules a record was made under."""

    id: str
    digest: str


class CellRecord(TypedDict):
    """`N` eligible people in a cell and the `n` to be drawn; `cell` is values by column."""

    cell: dict[str, list[str]]
    N: int
    n: int


class StratumRecord(CellRecord):
    """A cell that is drawn from as one list, with its name."""

    stratum: str


class DrawnStratum(StratumRecord):
    """A stratum with its sampled ids and its reserve, both in the order of their tickets.

    `reserve_depth` is how many ids were to be kept in reserve; without it, as many as `n`.
    """

    sample: list[str]
    reserve: list[str]
    reserve_depth: NotRequired[int]


class AnswerStratum(TypedDict):
    """A union of strata of one category: the only thing about a person an answer carries."""

    answer_stratum: str
    category: str
    strata: list[str]
    N: int
    n: int


class Compromise(TypedDict):
    """A rule that could not be met exactly.

    `why` is `message` with `values` filled in; a page translates `message` and fills in itself.
    """

    rule: str
    subject: str
    target: int
    reached: int
    why: str
    message: str
    values: dict[str, str | int]


class Collapse(TypedDict):
    """A stratum that unites several planned cells; `why`, `message`, `values` as in Compromise."""

    stratum: str
    cells: list[CellRecord]
    why: str
    message: str
    values: dict[str, str | int]


class Eligibility(TypedDict):
    """People of one category in the frame, by whether they may be drawn."""

    eligible: int
    ineligible: int


class IneligibleCount(TypedDict):
    """Ineligible people of one category in one band, the band being the reason."""

    category: str
    grade_band: str
    N: int


class SizeRecord(TypedDict):
    """Residents times rate, `asked`, where the rules' floor or cap made another number of it."""

    asked: int
    floor: int | None
    cap: int | None


class Plan(TypedDict):
    """A quota plan; `docs/draw-protocol.md` explains each key.

    `sample_size`, `areas` (residents by area) and `set` (numbers set by hand) are there only
    where they were used, `response` only where it was asked for.
    """

    format: int
    kind: Literal["plan"]
    residents: int
    rate: str
    n: int
    rules: RulesReference
    frame_digest: str
    frame: dict[str, Eligibility]
    ineligible: list[IneligibleCount]
    categories: dict[str, int]
    cells: list[CellRecord]
    strata: list[StratumRecord]
    answer_strata: list[AnswerStratum]
    compromises: list[Compromise]
    collapses: list[Collapse]
    sample_size: NotRequired[SizeRecord]
    areas: NotRequired[dict[str, int]]
    set: NotRequired[dict[str, int]]
    precision: NotRequired[Precision]
    response: NotRequired[ResponsePlan]


class Design(TypedDict):
    """How a draw differs from n smallest tickets per stratum: what a check needs to redo it.

    `remarks` says what the design costs, e.g. that inclusion probabilities are approximate.
    """

    name: str
    options: dict[str, object]
    remarks: list[str]


class Draw(TypedDict):
    """A draw certificate; what is not required may be missing in one made by another program.

    Without `design` each stratum's sample is its n smallest tickets.
    """

    format: int
    kind: NotRequired[Literal["draw"]]
    seed: str
    n: int
    rules: NotRequired[RulesReference]
    plan_digest: str
    frame_digest: str
    design: NotRequired[Design]
    strata: list[DrawnStratum]


def read_plan(path: Path) -> Plan:
    """Read a plan; raise `Problem` with the file and the first thing that is wrong in it."""
    record = read_json(path, "plan")
    check_plan(record, str(path))
    return cast(Plan, record)


def read_draw(path: Path) -> Draw:
    """Read a draw certificate; raise `Problem` with the file and the first thing wrong in it."""
    record = read_json(path, "draw")
    check_draw(record, str(path))
    return cast(Draw, record)


def write_record(record: Mapping[str, object], path: Path) -> None:
    """Write `record` as canonical JSON: the whole file or, when that fails, nothing of it.

    ``sha256sum`` of the file prints the record's digest. Raises `Problem` when
    it cannot be written.
    """
    write_whole(canonical_json(record), path)


def write_whole(text: str, path: Path) -> None:
    """Write a text file in UTF-8, whole or not at all; raise `Problem` when it cannot be."""
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise Problem(N_("is not a regular file"), where=str(path))
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Problem(
            N_("cannot be written: {reason}"), where=str(path), reason=error.strerror or error
        ) from error


def check_plan(record: object, where: str) -> None:
    """Raise `Problem` unless `record` has the shape of a plan, as far as a draw relies on it."""
    plan = check_head(record, "plan", where)
    check_keys(plan, {"n": int, "frame_digest": str, "strata": list}, where)
    _check_rules(plan, where)
    _check_strata(plan["strata"], where, ())


def check_draw(record: object, where: str) -> None:
    """Raise `Problem` unless `record` has the shape of a draw certificate."""
    draw = check_head(record, "draw", where)
    keys = {"seed": str, "n": int, "plan_digest": str, "frame_digest": str, "strata": list}
    check_keys(draw, keys, where)
    if "rules" in draw:
        _check_rules(draw, where)
    _check_strata(draw["strata"], where, ("sample", "reserve"))
    if "design" in draw:
        check_keys(draw, {"design": dict}, where)
        design = cast(dict[str, object], draw["design"])
        check_keys(design, {"name": str, "options": dict, "remarks": list}, f"{where} design")


def read_json(path: Path, kind: str) -> object:
    """Return what the file holds; raise `Problem` when it is not UTF-8 and JSON.

    `kind` is the record's name in the message, e.g. "plan". A key that stands twice in an object
    and numbers such as NaN are refused, for two programs would read them differently.
    """
    try:
        return parse_json(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise Problem(
            N_("cannot be read: {reason}"), where=str(path), reason=error.strerror or error
        ) from error
    except (ValueError, RecursionError) as error:
        raise Problem(
            N_("is not a {kind} in JSON: {reason}"), where=str(path), kind=kind, reason=error
        ) from error


def parse_json(text: str) -> object:
    """Return the value that `text` is as JSON; raise ValueError for text that is not strict."""
    record = json.loads(text, object_pairs_hook=_refuse_twins, parse_constant=_refuse_constant)
    # Half a character ("\\ud800") or 1e999 is JSON, but has no bytes of which to take a digest.
    canonical_json(record).encode("utf-8")
    return record


def _refuse_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return record


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number")


def check_head(record: object, kind: str, where: str) -> dict[str, object]:
    """Return `record` as an object; raise `Problem` unless it is a `kind` in format 1."""
    if not isinstance(record, dict):
        raise Problem(N_("expected a JSON object"), where=where)
    if record.get("format") != FORMAT or type(record["format"]) is not int:
        raise Problem(
            N_("expected format {expected}, got {got!r}"),
            where=where,
            expected=FORMAT,
            got=record.get("format"),
        )
    if record.get("kind", kind) != kind:
        raise Problem(
            N_("expected a {expected}, got a {got}"), where=where, expected=kind, got=record["kind"]
        )
    return record


def check_keys(record: Mapping[str, object], keys: Mapping[str, type], where: str) -> None:
    """Raise `Problem` unless each of `keys` has a value of its type, no number below 0."""
    for key, kind in keys.items():
        value = record.get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise Problem(
                N_("key {key!r}: expected {expected}, got {got}"),
                where=where,
                key=key,
                expected=_NAMES[kind],
                got=_NAMES.get(type(value), type(value).__name__) if key in record else "nothing",
            )
        if isinstance(value, int) and value < 0:
            raise Problem(N_("key {key!r}: {got} is below 0"), where=where, key=key, got=value)


_NAMES: dict[type, str] = {int: "a whole number", str: "text", dict: "an object", list: "a list"}


def _check_rules(record: Mapping[str, object], where: str) -> None:
    check_keys(record, {"rules": dict}, where)
    rules = cast(dict[str, object], record["rules"])
    check_keys(rules, {"id": str, "digest": str}, f"{where} rules")


def _check_strata(strata: object, where: str, lists: Sequence[str]) -> None:
    for index, stratum in enumerate(cast(list[object], strata)):
        place = f"{where} strata[{index}]"
        if not isinstance(stratum, dict):
            raise Problem(N_("expected a JSON object"), where=place)
        check_keys(stratum, {"stratum": str, "cell": dict, "N": int, "n": int}, place)
        for column, values in stratum["cell"].items():
            check_texts(values, column, f"{place} cell")
        for key in lists:
            check_texts(stratum.get(key), key, place)
        if "reserve_depth" in stratum:
            check_keys(stratum, {"reserve_depth": int}, place)


def check_texts(values: object, key: str, where: str) -> None:
    """Raise `Problem` unless `values`, which stand under `key`, are a list of texts."""
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Problem(N_("key {key!r}: expected a list of texts"), where=where, key=key)
