"""Reserves (备用样本): who is released next, the log of releases, and the weights that follow.

Reserves are released inside their stratum, in drawn order, from dispositions and never from
answers. The log is appended, never rewritten: a JSON line each, bound to the line before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypedDict, cast

from sampling.canonical import digest
from sampling.log_file import (
    append_to_log,
    check_canonical,
    expect_same,
    parse_line,
    read_log,
    split_log,
)
from sampling.problems import N_, Problem
from sampling.record import (
    FORMAT,
    Draw,
    DrawnStratum,
    check_keys,
    check_texts,
)
from sampling.timestamps import read_time
from sampling.verification import Difference

LONGEST_REASON = 200


class Release(TypedDict):
    """One line of the log. `previous` is the digest of the line before, at first of the draw.

    `time` is asserted by whoever released; `released` are the ids, in drawn order.
    """

    format: int
    kind: Literal["release"]
    number: int
    draw_digest: str
    previous: str
    stratum: str
    count: int
    released: list[str]
    reason: str
    time: str


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    """What is to be released: `count` (1 or more) of `stratum`, and why.

    `reason` is one line of up to 200 characters that names the dispositions (拒访 2, 无法联系 1);
    `time` is an ISO 8601 time with its offset, asserted by whoever releases.
    """

    stratum: str
    count: int
    reason: str
    time: str


def next_reserves(
    draw: Draw, stratum: str, already_released: Sequence[str], count: int
) -> list[str]:
    """Return the next `count` ids of the reserve of `stratum`.

    Parameters
    ----------
    draw
        The draw certificate.
    stratum
        Name of the stratum in which people were lost; reserves never cross into another.
    already_released
        The ids released in it so far, in any order; they must be the first ones of the reserve.
    count
        How many are to be released now, from 0; decided from dispositions, never from answers.

    Raises `Problem` for an unknown stratum, a release out of order, or a reserve that has fewer.
    """
    reserve = _find_stratum(draw, stratum)["reserve"]
    released = len(already_released)
    if set(already_released) != set(reserve[:released]):
        raise Problem(
            N_("stratum {stratum}: reserves were released out of their drawn order"),
            stratum=stratum,
        )
    left = len(reserve) - released
    if not 0 <= count <= left:
        raise Problem(
            N_("stratum {stratum}: {count} reserves are wanted, {left} are left"),
            stratum=stratum,
            count=count,
            left=left,
        )
    return reserve[released : released + count]


def make_release(draw: Draw, before: Sequence[Release], order: ReleaseOrder) -> Release:
    """Return the next line of the log: the next reserves of a stratum, as `order` says.

    `before` is the log so far. Raises `Problem` as `next_reserves` does, for a count below 1 and
    for a reason that is not one line.
    """
    return _make_line(draw, digest(draw), before, order)


def append_release(path: Path, draw: Draw, order: ReleaseOrder) -> Release:
    """Append a release to the log at `path` and return it; several processes may do so at once.

    The log is locked, read and checked whole, then one line is added and flushed to the disk.
    Raises `Problem` or `Difference`, with nothing written, for a log that is broken or of another
    draw and for everything that `make_release` refuses.
    """
    if not path.exists():
        make_release(draw, (), order)  # what is refused leaves no empty log behind

    def make(before: list[Release]) -> Release:
        verify_releases(draw, before)
        return make_release(draw, before, order)

    return append_to_log(path, lambda content: _parse_log(content, path.name), make, is_new=True)


def read_releases(path: Path) -> list[Release]:
    """Read a log of releases; raise `Problem` with file and line for a line that is broken."""
    return read_log(path, lambda content: _parse_log(content, path.name))


def verify_releases(draw: Draw, releases: Sequence[Release]) -> None:
    """Raise `Difference` at the first line that is not bound to the one before, or out of order.

    A chain does not show that lines were cut off at its end: compare the digest of the last line
    with one that was published.
    """
    draw_digest = digest(draw)
    for number, recorded in enumerate(releases, start=1):
        try:
            expected = _make_line(draw, draw_digest, releases[: number - 1], _order(recorded))
        except Problem as problem:
            raise Difference(problem.message, where=f"line {number}", **problem.values) from problem
        for key, right in expected.items():
            expect_same(cast(dict[str, object], recorded), key, right, number)


def count_released(releases: Sequence[Release]) -> Counter[str]:
    """Return how many reserves were released in each stratum."""
    counts: Counter[str] = Counter()
    for release in releases:
        counts[release["stratum"]] += release["count"]
    return counts


def issued_weights(draw: Draw, releases: Sequence[Release] = ()) -> dict[str, Fraction]:
    """Return the weight of everybody issued in each stratum: N over issued, exactly.

    Issued are the sample and the released reserves: people who answered and people who did not.
    Raises `Problem` for a draw of another design, whose weights differ inside a stratum, and
    `Difference` for a log that is not right.
    """
    if "design" in draw:
        raise Problem(
            N_("weights are not N over issued in the design {design!r}"),
            design=draw["design"]["name"],
        )
    verify_releases(draw, releases)
    released = count_released(releases)
    return {
        stratum["stratum"]: Fraction(stratum["N"], stratum["n"] + released[stratum["stratum"]])
        for stratum in draw["strata"]
    }


def _order(line: Release) -> ReleaseOrder:
    return ReleaseOrder(line["stratum"], line["count"], line["reason"], line["time"])


def _make_line(
    draw: Draw, draw_digest: str, before: Sequence[Release], order: ReleaseOrder
) -> Release:
    _check_reason(order.reason)
    read_time(order.time)
    if order.count < 1:
        raise Problem(N_("expected at least 1 to be released, got {count}"), count=order.count)
    gone = [
        unit for line in before if line["stratum"] == order.stratum for unit in line["released"]
    ]
    return Release(
        format=FORMAT,
        kind="release",
        number=len(before) + 1,
        draw_digest=draw_digest,
        previous=digest(before[-1]) if before else draw_digest,
        stratum=order.stratum,
        count=order.count,
        released=next_reserves(draw, order.stratum, gone, order.count),
        reason=order.reason,
        time=order.time,
    )


def _find_stratum(draw: Draw, name: str) -> DrawnStratum:
    for stratum in draw["strata"]:
        if stratum["stratum"] == name:
            return stratum
    raise Problem(N_("the draw has no stratum {stratum!r}"), stratum=name)


def _check_reason(reason: str) -> None:
    if not reason.strip() or not reason.isprintable() or len(reason) > LONGEST_REASON:
        raise Problem(
            N_("the reason must be one line of 1 to {limit} characters, got {got!r}"),
            limit=LONGEST_REASON,
            got=reason,
        )


def _parse_log(content: bytes, name: str) -> list[Release]:
    return [_parse_line(line, where) for where, line in split_log(content, name)]


def _parse_line(line: bytes, where: str) -> Release:
    record = parse_line(line, "release", where, N_("is not a release in JSON: {reason}"))
    texts = ("draw_digest", "previous", "stratum", "reason", "time")
    check_keys(record, {"number": int, "count": int, **dict.fromkeys(texts, str)}, where)
    check_texts(record.get("released"), "released", where)
    check_canonical(record, line, where)
    return cast(Release, record)
