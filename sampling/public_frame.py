"""The public frame (公开抽样框): pseudonym, stratum and commitment of everybody eligible.

It shows nobody's place, school or name, and it is enough to redo a draw: a ticket needs the id
alone, and the stratum stands beside it. Its digest is published before there is a seed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sampling.canonical import sha256_text
from sampling.commitments import make_commitment, write_line
from sampling.coverage import sort_by_stratum
from sampling.frame import Frame, Unit
from sampling.problems import N_, Problem
from sampling.record import Draw, Plan, StratumRecord, check_draw
from sampling.verification import Difference, verify_numbers, verify_strata

PUBLIC_COLUMNS = ("id", "stratum", "commitment")
_COMMITMENT = re.compile(r"[0-9a-f]{32}")


class PublicLine(NamedTuple):
    """One eligible person as everybody may see them."""

    id: str
    stratum: str
    commitment: str


@dataclass(frozen=True, slots=True)
class PublicFrame:
    """The lines sorted by id (by code point) and the SHA-256 of the file they make."""

    lines: tuple[PublicLine, ...]
    digest: str


def make_public_frame(
    frame: Frame,
    strata: Sequence[StratumRecord],
    salts: Mapping[str, str],
    persons: Mapping[str, str] | None = None,
) -> PublicFrame:
    """Return the public frame of the eligible units.

    Parameters
    ----------
    frame, strata
        The frame and the strata of its plan.
    salts
        A salt (32 hex digits) by id, for each eligible unit.
    persons
        What tells a person apart, by id, as agreed; None to commit to the frame's values alone.

    Raises `Problem` for a unit without a salt (or without its entry in `persons`).
    """
    lines = []
    members = sort_by_stratum(frame.eligible, strata)
    for stratum, units in zip(strata, members, strict=True):
        for unit in units:
            line = write_line(unit, "" if persons is None else _find(persons, unit.id, "person"))
            commitment = make_commitment(_find(salts, unit.id, "salt"), line)
            lines.append(PublicLine(unit.id, stratum["stratum"], commitment))
    return _build(lines)


def render_public_frame(public: PublicFrame) -> str:
    """Return the file: UTF-8 CSV, a header, sorted by id; ``sha256sum`` prints its digest."""
    return _render(public.lines)


def read_public_frame(path: Path) -> PublicFrame:
    """Read a public frame; raise `Problem` with file and line for the first thing wrong in it."""
    rows = list(read_table(path, PUBLIC_COLUMNS))
    lines = [_check_line(PublicLine(*values), place) for place, values in rows]
    first_places: dict[str, str] = {}
    for (place, _), line in zip(rows, lines, strict=True):
        first = first_places.setdefault(line.id, place)
        if first != place:
            raise Problem(
                N_("the id {id!r} stands twice, first at {first}"),
                where=place,
                id=line.id,
                first=first,
            )
    return _build(lines)


def read_table(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield ``(place, values)`` of a UTF-8 CSV file whose header is exactly `columns`.

    A place is "FILE line 7". Raises `Problem` for a file that is anything else.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(N_("cannot be read: {reason}"), where=str(path), reason=error) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if header != list(columns):
            raise Problem(
                N_("expected the header {expected}, got {got}"),
                where=f"{path.name} line 1",
                expected=",".join(columns),
                got=",".join(header) or "nothing",
            )
        for values in reader:
            place = f"{path.name} line {reader.line_num}"
            if len(values) != len(columns):
                raise Problem(
                    N_("expected {expected} values, got {got}"),
                    where=place,
                    expected=len(columns),
                    got=len(values),
                )
            yield place, values
    except csv.Error as error:
        raise Problem(
            N_("is not a well-formed CSV line: {reason}"),
            where=f"{path.name} line {reader.line_num}",
            reason=error,
        ) from error


def verify_public_draw(draw: Draw, public: PublicFrame, plan: Plan | None = None) -> None:
    """Return when `draw` is what its seed gives from `public`; raise `Difference` when it is not.

    Nobody needs the frame itself for this. That the frame's digest is the one in the record is
    left to whoever may see the frame. Raises `Problem` for a malformed record and for a design that
    goes by more than id and stratum.
    """
    check_draw(draw, "draw")
    if "design" in draw:
        raise Problem(
            N_("the design {design!r} can be redone from the full frame only"),
            design=draw["design"]["name"],
        )
    verify_numbers(draw, plan)
    members: dict[str, list[Unit]] = {stratum["stratum"]: [] for stratum in draw["strata"]}
    if len(members) < len(draw["strata"]):
        raise Difference(N_("a stratum stands twice in the record"))
    for line in public.lines:
        if line.stratum not in members:
            raise Difference(
                N_("the person {id!r} is in the stratum {stratum}, which the record does not have"),
                id=line.id,
                stratum=line.stratum,
            )
        members[line.stratum].append(Unit(line.id, "", "", "", "", ""))
    verify_strata(draw, list(members.values()))


def verify_public_frame(public: PublicFrame, frame: Frame, strata: Sequence[StratumRecord]) -> None:
    """Raise `Difference` unless `public` holds every eligible unit of `frame` in its stratum.

    This is for whoever holds the frame; a commitment is checked by the person with the salt.
    """
    expected = {
        unit.id: stratum["stratum"]
        for stratum, units in zip(strata, sort_by_stratum(frame.eligible, strata), strict=True)
        for unit in units
    }
    found = {line.id: line.stratum for line in public.lines}
    for unit_id in sorted(expected.keys() | found.keys()):
        if expected.get(unit_id) != found.get(unit_id):
            raise Difference(
                N_("the person {id!r}: the public frame has {found}, the frame {expected}"),
                id=unit_id,
                found=found.get(unit_id, "nobody"),
                expected=expected.get(unit_id, "nobody"),
            )


def find_line(public: PublicFrame, unit_id: str) -> PublicLine:
    """Return the line of `unit_id`; raise `Difference` when there is none."""
    for line in public.lines:
        if line.id == unit_id:
            return line
    raise Difference(N_("the public frame has nobody with the id {id!r}"), id=unit_id)


def _build(lines: Sequence[PublicLine]) -> PublicFrame:
    ordered = tuple(sorted(lines))
    return PublicFrame(ordered, sha256_text(_render(ordered)))


def _render(lines: Sequence[PublicLine]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PUBLIC_COLUMNS)
    writer.writerows(lines)
    return text.getvalue()


def _check_line(line: PublicLine, where: str) -> PublicLine:
    if not line.id or not line.stratum:
        raise Problem(N_("the id or the stratum is empty"), where=where)
    if not _COMMITMENT.fullmatch(line.commitment):
        raise Problem(
            N_("a commitment is 32 hex digits in lower case, got {got!r}"),
            where=where,
            got=line.commitment,
        )
    return line


def _find(values: Mapping[str, str], unit_id: str, what: str) -> str:
    if not values.get(unit_id):
        raise Problem(N_("the person {id!r} has no {what}"), id=unit_id, what=what)
    return values[unit_id]
