"""A questionnaire's file as TOML text, for editions that were made from something else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def write_toml(data: Mapping[str, object]) -> str:
    """Return `data` as TOML: texts, whole numbers, true and false, lists of them, and tables.

    >>> print(write_toml({"id": "pupil", "title": {"zh": "学生卷"}, "items": [{"id": "moral"}]}))
    id = "pupil"
    title.zh = "学生卷"
    <BLANKLINE>
    [[items]]
    id = "moral"
    <BLANKLINE>
    """
    return "\n".join(_lines(data, "")) + "\n"


def _lines(data: Mapping[str, object], path: str) -> Iterator[str]:
    """Yield what a table holds itself, then the tables inside it."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            if _is_flat(value):
                for part, inner in value.items():
                    yield f"{_key(key)}.{_key(part)} = {_value(inner)}"
        elif not _is_tables(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in data.items():
        place = f"{path}.{_key(key)}" if path else _key(key)
        if isinstance(value, Mapping) and not _is_flat(value):
            yield from ("", f"[{place}]", *_lines(value, place))
        elif isinstance(value, list | tuple) and _is_tables(value):
            for entry in value:
                yield from ("", f"[[{place}]]", *_lines(entry, place))


def _is_flat(value: Mapping[str, object]) -> bool:
    return not any(isinstance(inner, Mapping) or _is_tables(inner) for inner in value.values())


def _is_tables(value: object) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(entry, Mapping) for entry in value)


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else _value(key)


def _value(value: object) -> str:
    """Return a value; a text in JSON's spelling is one in TOML's, but for the letter DEL."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
