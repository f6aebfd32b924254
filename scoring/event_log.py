"""事件记录: a log that is appended and never rewritten, a JSON line each, bound to the line before.

`previous` is the SHA-256 of the line before with its newline, empty in line 1. A chain shows a line
that was changed, taken out or put elsewhere; it does not show that lines were cut off at the end.
For that the digest of the last line has to be published.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sampling.canonical import canonical_json, digest
from sampling.problems import N_, Problem
from sampling.record import check_head, parse_json
from sampling.timestamps import read_time
from sampling.toml_table import Table
from sampling.verification import Difference

FORMAT = 1
LONGEST_LINE = 400
HEX_DIGITS = frozenset("0123456789abcdef")
HEAD = ("format", "kind", "number", "previous")

Line = dict[str, object]
Lines = Sequence[Mapping[str, object]]


def next_line(kind: str, before: Lines, content: Mapping[str, object]) -> Line:
    """Return the next line of a log: its head, bound to the line before, and its content."""
    return {
        "format": FORMAT,
        "kind": kind,
        "number": len(before) + 1,
        "previous": digest(before[-1]) if before else "",
        **content,
    }


def append_line(
    path: Path,
    kind: str,
    make: Callable[[list[Line]], Mapping[str, object]],
    *,
    is_new: bool = False,
) -> Line:
    """Append what `make` returns for the lines so far, and return the new line.

    The log is locked, read, its chain checked, and one line is added and flushed to the disk, so
    that several processes may append. Only `is_new` makes a file. Raises `Problem` or
    `Difference`, with nothing written, for a log that is broken and for what `make` refuses.
    """
    with _locked(path, is_new=is_new) as file:
        before = parse_lines(file.read(), path, kind)
        verify_chain(before)
        line = next_line(kind, before, make(before))
        file.write(canonical_json(line).encode())
        file.flush()
        os.fsync(file.fileno())
    return line


def create_log(path: Path, kind: str, content: Mapping[str, object]) -> Line:
    """Write the first line of a new log; raise `Problem` where the file exists already."""

    def make(before: list[Line]) -> Mapping[str, object]:
        if before:
            raise Problem(N_("is there already; a log is never begun anew"), where=str(path))
        return content

    return append_line(path, kind, make, is_new=True)


def read_lines(path: Path, kind: str) -> list[Line]:
    """Return the lines of a log; raise `Problem` with file and line for one that is broken."""
    try:
        return parse_lines(path.read_bytes(), path, kind)
    except OSError as error:
        raise Problem(
            N_("cannot be read: {reason}"), where=str(path), reason=error.strerror or error
        ) from error


def verify_chain(lines: Lines) -> None:
    """Raise `Difference` at the first line that is not bound to the one before it."""
    for number, line in enumerate(lines, start=1):
        previous = digest(lines[number - 2]) if number > 1 else ""
        for key, expected in (("number", number), ("previous", previous)):
            expect_same(line, key, expected, number)


def expect_same(line: Mapping[str, object], key: str, expected: object, number: int) -> None:
    """Raise `Difference` unless `line` has `expected` under `key`."""
    if line.get(key) != expected:
        raise Difference(
            N_("{key} should be {expected!r}, the log has {got!r}"),
            where=f"line {number}",
            key=key,
            expected=expected,
            got=line.get(key),
        )


def content_of(line: Mapping[str, object], where: str) -> Table:
    """Return what a line says beside its head, to be read key by key and nothing left over."""
    return Table({key: value for key, value in line.items() if key not in HEAD}, where)


def read_words(table: Table, key: str, *, empty: bool = False) -> str:
    """Return one printable line of up to 400 characters, which is what a person wrote."""
    text = table.text(key, empty=empty)
    if not text.isprintable() or len(text) > LONGEST_LINE:
        raise table.problem(key, f"one line of up to {LONGEST_LINE} characters", text)
    return text


def read_event_time(table: Table, key: str = "time") -> str:
    """Return the text of an ISO 8601 time with its offset; `Problem` for anything else."""
    text = table.text(key)
    read_time(text)
    return text


def read_digests(table: Table, key: str = "evidence") -> dict[str, str]:
    """Return the names of evidence with the SHA-256 of each, 64 lower-case hex digits."""
    entries = table.table(key)
    found = {}
    for name in entries.keys:
        found[name] = text = entries.text(name)
        if len(text) != 64 or not set(text) <= HEX_DIGITS:
            raise entries.problem(name, "a SHA-256 of 64 hex digits", text)
    return found


def parse_lines(content: bytes, path: Path, kind: str) -> list[Line]:
    """Return the lines in `content`; `Problem` for one that is cut off or not canonical."""
    lines = content.split(b"\n")
    if lines.pop():
        raise Problem(
            N_("is cut off: it does not end in a newline"),
            where=f"{path.name} line {len(lines) + 1}",
        )
    return [
        _parse_line(line, kind, f"{path.name} line {number}")
        for number, line in enumerate(lines, start=1)
    ]


def _parse_line(line: bytes, kind: str, where: str) -> Line:
    try:
        value = parse_json(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Problem(
            N_("is not a line of a log in JSON: {reason}"), where=where, reason=error
        ) from error
    record = check_head(value, kind, where)
    if "kind" not in record:
        raise Problem(N_("key {key!r} is missing"), where=where, key="kind")
    if canonical_json(record).encode() != line + b"\n":
        raise Problem(N_("is not canonical JSON: it was written by hand"), where=where)
    return record


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
