"""Records as files (JSON): read strictly, each key by its kind."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from sampling.problems import N_, Problem
from scoring.figures import whole_or_float

FORMAT = 1
Record = dict[str, object]


def read_record(path: Path, kind: str) -> Record:
    """Return a certificate of that kind from a JSON file; `Problem` with the file otherwise.

    Whole numbers are read as integers however they are written: to JSON, 1.0 and 1 are one.
    """
    try:
        record = json.loads(
            path.read_bytes().decode("utf-8-sig"),
            parse_constant=_refuse_constant,
            parse_float=_read_number,
        )
        json.dumps(record, ensure_ascii=False).encode("utf-8")
    except (OSError, ValueError, RecursionError) as error:
        raise Problem(
            N_("cannot be read as a JSON record: {reason}"), where=str(path), reason=error
        ) from error
    check_head(record, kind, where=str(path))
    return cast(Record, record)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number")


def _read_number(text: str) -> int | float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return whole_or_float(value)


def check_head(record: object, kind: str, *, where: str = "") -> None:
    """Raise `Problem` unless `record` is a record of that kind in a format known here."""
    if not isinstance(record, Mapping) or record.get("kind") != kind:
        raise Problem(N_("expected a record of kind {kind!r}"), where=where, kind=kind)
    if type(record.get("format")) is not int or record["format"] != FORMAT:
        raise Problem(
            N_("expected format {expected}, got {got!r}"),
            where=where,
            expected=FORMAT,
            got=record.get("format"),
        )


def mapping(record: Mapping[str, object], key: str) -> Mapping[str, object]:
    """Return the table under a key."""
    value = record.get(key)
    if not isinstance(value, dict):
        raise Problem(N_("key {key!r}: expected a table"), key=key)
    return value


def text(record: Mapping[str, object], key: str) -> str:
    """Return the text under a key."""
    value = record.get(key)
    if not isinstance(value, str):
        raise Problem(N_("key {key!r}: expected a text"), key=key)
    return value


def texts(record: Mapping[str, object], key: str) -> list[str]:
    """Return the list of texts under a key."""
    value = record.get(key)
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise Problem(N_("key {key!r}: expected a list of texts"), key=key)
    return value


def tables(record: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    """Return the list of tables under a key."""
    value = record.get(key)
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Problem(N_("key {key!r}: expected a list"), key=key)
    return value


def text_rows(value: object, key: str) -> list[tuple[int, Mapping[str, str]]]:
    """Return numbered rows of texts."""
    if not isinstance(value, list):
        raise Problem(N_("key {key!r}: expected a list"), key=key)
    for row in value:
        if not isinstance(row, dict) or not all(isinstance(cell, str) for cell in row.values()):
            raise Problem(N_("key {key!r}: expected rows of texts"), key=key)
    return list(enumerate(value, start=1))
