"""事件记录: a log that is appended and never rewritten, a JSON line each, bound to the line before.

`previous` is the SHA-256 of the line before with its newline, empty in line 1. A chain shows a line
that was changed, taken out or put elsewhere; it does not show that lines were cut off at the end.
For that the digest of the last line has to be published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

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
from sampling.timestamps import read_time
from sampling.toml_table import Table

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

    def make_next(before: list[Line]) -> Line:
        verify_chain(before)
        return next_line(kind, before, make(before))

    parse = partial(_parse_log, name=path.name, kind=kind)
    return append_to_log(path, parse, make_next, is_new=is_new)


def create_log(path: Path, kind: str, content: Mapping[str, object]) -> Line:
    """Write the first line of a new log; raise `Problem` where the file exists already."""

    def make(before: list[Line]) -> Mapping[str, object]:
        if before:
            raise Problem(N_("is there already; a log is never begun anew"), where=str(path))
        return content

    return append_line(path, kind, make, is_new=True)


def read_lines(path: Path, kind: str) -> list[Line]:
    """Return the lines of a log; raise `Problem` with file and line for one that is broken."""
    return read_log(path, partial(_parse_log, name=path.name, kind=kind))


def verify_chain(lines: Lines) -> None:
    """Raise `Difference` at the first line that is not bound to the one before it."""
    for number, line in enumerate(lines, start=1):
        previous = digest(lines[number - 2]) if number > 1 else ""
        for key, expected in (("number", number), ("previous", previous)):
            expect_same(line, key, expected, number)


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
    return {name: read_digest(entries, name) for name in entries.keys}


def read_digest(table: Table, key: str) -> str:
    """Return a SHA-256 as 64 lower-case hex digits; `Problem` for anything else."""
    text = table.text(key)
    if len(text) != 64 or not set(text) <= HEX_DIGITS:
        raise table.problem(key, "a SHA-256 of 64 hex digits", text)
    return text


def _parse_log(content: bytes, name: str, kind: str) -> list[Line]:
    return [_parse_line(line, kind, where) for where, line in split_log(content, name)]


def _parse_line(line: bytes, kind: str, where: str) -> Line:
    record = parse_line(line, kind, where, N_("is not a line of a log in JSON: {reason}"))
    if "kind" not in record:
        raise Problem(N_("key {key!r} is missing"), where=where, key="kind")
    check_canonical(record, line, where)
    return record
