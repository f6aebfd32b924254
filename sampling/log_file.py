"""A log that is appended and never rewritten: a line of canonical JSON each.

What binds a line to the one before it is the matter of each log. A chain shows a line that was
changed, taken out or put elsewhere; that lines were cut off at the end shows only against a
published digest of the last one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

from sampling.canonical import canonical_json
from sampling.problems import N_, Problem
from sampling.record import check_head, parse_json
from sampling.verification import Difference

Line = TypeVar("Line", bound=Mapping[str, object])
"""A line as its log knows it."""


def append_to_log(
    path: Path,
    parse: Callable[[bytes], list[Line]],
    make: Callable[[list[Line]], Line],
    *,
    is_new: bool,
) -> Line:
    """Append what `make` returns for the lines so far and return it; several processes may.

    The log is locked, read and handed to `parse`, then one line is added and flushed to the disk.
    Only with `is_new` is a file made that is not there. Raises `Problem` where it cannot be
    written; what `parse` and `make` raise leaves the log as it was.
    """
    with _locked(path, is_new=is_new) as file:
        line = make(parse(file.read()))
        file.write(canonical_json(line).encode())
        file.flush()
        os.fsync(file.fileno())
    return line


def read_log(path: Path, parse: Callable[[bytes], list[Line]]) -> list[Line]:
    """Return the lines of a log as `parse` finds them; raise `Problem` where it cannot be read."""
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise Problem(
            N_("cannot be read: {reason}"), where=str(path), reason=error.strerror or error
        ) from error


def split_log(content: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield each line without its newline, and its place, "FILE line 7".

    Raises `Problem` for a last line that has no newline.
    """
    lines = content.split(b"\n")
    if lines.pop():
        raise Problem(
            N_("is cut off: it does not end in a newline"), where=f"{name} line {len(lines) + 1}"
        )
    for number, line in enumerate(lines, start=1):
        yield f"{name} line {number}", line


def parse_line(line: bytes, kind: str, where: str, message: str) -> dict[str, object]:
    """Return a line as a record of `kind`; raise `Problem`, for no JSON with `message`."""
    try:
        value = parse_json(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Problem(message, where=where, reason=error) from error
    return check_head(value, kind, where)


def check_canonical(record: Mapping[str, object], line: bytes, where: str) -> None:
    """Raise `Problem` unless `line` is `record` as canonical JSON."""
    if canonical_json(record).encode() != line + b"\n":
        raise Problem(N_("is not canonical JSON: it was written by hand"), where=where)


def expect_same(line: Mapping[str, object], key: str, expected: object, number: int) -> None:
    """Raise `Difference` unless the line of that number has `expected` under `key`."""
    if line.get(key) != expected:
        raise Difference(
            N_("{key} should be {expected!r}, the log has {got!r}"),
            where=f"line {number}",
            key=key,
            expected=expected,
            got=line.get(key),
        )


@contextmanager
def _locked(path: Path, *, is_new: bool) -> Iterator[BinaryIO]:
    try:
        file = path.open("a+b" if is_new else "r+b")
    except OSError as error:
        raise Problem(
            N_("cannot be written: {reason}"), where=str(path), reason=error.strerror or error
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        yield file
