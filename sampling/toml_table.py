"""Strict reading of TOML: each key by its kind, nothing left over, numbers exact."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from sampling.problems import N_, Problem

NUMBER = 'a number in quotes, such as "0.85" or "1/2"'


def read_toml(path: Path) -> dict[str, object]:
    """Return the content of a TOML file; raise `Problem` naming the file if it is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(
            N_("cannot be read: {reason}"), where=path.name, reason=error.strerror or error
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(
            N_("is not TOML in UTF-8: {reason}"), where=path.name, reason=error
        ) from error


def read_fraction(text: str) -> Fraction | None:
    """Return the exact value of ``"0.0015"`` or ``"3/2000"``, None when `text` is neither.

    >>> read_fraction("0.0015") == read_fraction("3/2000")
    True
    """
    if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20}|/[0-9]*[1-9][0-9]*)?", text):
        return None
    return Fraction(text)


class Table:
    """A table of a TOML file that knows its file and path, for messages that a person can use."""

    def __init__(self, data: Mapping[str, object], file: str, path: str = "") -> None:
        self._data = dict(data)
        self._file = file
        self._path = path
        self._read: set[str] = set()

    def text(self, key: str, *, empty: bool = False) -> str:
        """Return the text under `key`, which may be empty only where `empty` says so."""
        value = self._take(key)
        if not isinstance(value, str) or not (value.strip() or empty):
            raise self.problem(key, "a text", value)
        return value

    def number(self, key: str) -> Fraction:
        """Return a number written as text; a bare TOML number has been rounded already."""
        value = self._take(key)
        number = read_fraction(value) if isinstance(value, str) else None
        if number is None:
            raise self.problem(key, NUMBER, value)
        return number

    def share(self, key: str) -> Fraction:
        """Return a number strictly between 0 and 1."""
        value = self.number(key)
        if not 0 < value < 1:
            raise self.problem(key, "a number between 0 and 1", self._data[key])
        return value

    def whole(self, key: str, *, least: int, most: int | None = None) -> int:
        """Return a whole number from `least` to `most`."""
        value = self._take(key)
        if type(value) is not int or value < least or (most is not None and value > most):
            bound = f" to {most}" if most is not None else " up"
            raise self.problem(key, f"a whole number from {least}{bound}", value)
        return value

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self._take(key)
        if not isinstance(value, bool):
            raise self.problem(key, "true or false", value)
        return value

    def choice(self, key: str, options: Sequence[str]) -> str:
        """Return one of `options`."""
        value = self._take(key)
        if not isinstance(value, str) or value not in options:
            raise self.problem(key, f"one of {', '.join(options)}", value)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._take(key)
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.problem(key, "a list of texts", value)
        return tuple(value)

    def names(self, key: str) -> tuple[str, ...]:
        """Return a list of different texts, at least one."""
        value = self.texts(key)
        if not value or not all(value) or len(set(value)) < len(value):
            raise self.problem(key, "a list of different names", list(value))
        return value

    def choices(self, key: str, options: Sequence[str]) -> tuple[str, ...]:
        """Return a list of texts, each one of `options`."""
        value = self.texts(key)
        if not set(value) <= set(options):
            raise self.problem(key, f"a list of {', '.join(options)}", list(value))
        return value

    def numbers(self, keys: Iterable[str]) -> dict[str, Fraction]:
        """Return those of `keys` that stand here, as numbers; any other key is an error."""
        found = {key: self.number(key) for key in keys if key in self._data}
        self.finish()
        return found

    def table(self, key: str) -> Table:
        """Return the table under `key`."""
        value = self._take(key)
        if not isinstance(value, dict):
            raise self.problem(key, "a table", value)
        return Table(value, self._file, self._at(key))

    def tables(self, key: str) -> dict[str, Table]:
        """Return the tables inside the table under `key`, by name."""
        return self.table(key).rest()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that stand here, in the order of the file."""
        return tuple(self._data)

    def rest(self) -> dict[str, Table]:
        """Return every key not read yet, each a table."""
        return {key: self.table(key) for key in self._data if key not in self._read}

    def entries(self, key: str) -> list[Table]:
        """Return the entries of an array of tables, at least one."""
        value = self._take(key)
        if not isinstance(value, list) or not value:
            raise self.problem(key, "at least one table", value)
        return [self._entry(key, number, entry) for number, entry in enumerate(value, start=1)]

    def _entry(self, key: str, number: int, value: object) -> Table:
        if not isinstance(value, dict):
            raise self.problem(f"{key}[{number}]", "a table", value)
        name = value.get("id", number)
        return Table(value, self._file, f"{self._at(key)}[{name}]")

    def finish(self) -> None:
        """Raise `Problem` for a key that nobody reads: a slip of the pen must not pass."""
        unknown = sorted(set(self._data) - self._read)
        if unknown:
            raise Problem(
                N_("unknown key {key!r}; known are: {known}"),
                where=self._file,
                key=self._at(unknown[0]),
                known=", ".join(sorted(self._read)),
            )

    def _take(self, key: str) -> object:
        self._read.add(key)
        if key not in self._data:
            raise Problem(N_("key {key!r} is missing"), where=self._file, key=self._at(key))
        return self._data[key]

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def problem(self, key: str, expected: str, got: object) -> Problem:
        """Return what to raise for a key that holds something else than was expected."""
        return Problem(
            N_("key {key!r}: expected {expected}, got {got!r}"),
            where=self._file,
            key=self._at(key),
            expected=expected,
            got=got,
        )
