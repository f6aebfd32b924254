"""What is seen of a sheet while it is copied: how far it spans, whether it computes.

Two ways to see the same. `PlainSheet` looks for tags in the bytes as spreadsheets write them, and
gives up at whatever else XML allows; `Sheet` is told every element by a parser, at several times
the cost. Either is only true of a document that a parser found to be well-formed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol
from xml.parsers import expat

REFERENCE = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")
ROW_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
MAX_FORMULAS_TOLD = 200

# No "<" stands within a tag of a well-formed document without comments: each begins one.
DECLARATION = re.compile(rb"\s*<\?xml [^<>]*\?>")
PREFIXED = re.compile(rb":(?:c|row|f|si|sst)[\s/>]")
TOLD_SLOWLY = re.compile(rb"<f[\s/>]|<row[^<>]*/>")
PLAIN_CELL = re.compile(rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"')
ANY_CELL = re.compile(rb"<c[\s/>]")
PLAIN_ROW = re.compile(rb'<row r="([1-9][0-9]{0,6})"')
ROW_TAG = re.compile(rb"<(/?row)[\s/>]")
STRING = re.compile(rb"<si[\s/>]")
STRING_COUNT = re.compile(rb'uniqueCount="([0-9]{1,18})"')


class UnusualError(Exception):
    """The bytes hold something that only a parser understands."""


class Seen(Protocol):
    """How far a sheet spans and where it computes."""

    formulas: list[str]
    cells: int
    last_row: int
    last_column: int


class TagReader:
    """Cuts bytes that come piece by piece where a tag begins, so that none is cut in two."""

    def __init__(self) -> None:
        self._rest = b""
        self._is_begun = False

    def feed(self, chunk: bytes) -> None:
        """Look at the next bytes; raises `UnusualError`."""
        data = self._rest + chunk
        end = data.rfind(b"<")
        self._rest = data[end:] if end > 0 else data
        if end > 0:
            self._look(data[:end])

    def close(self) -> None:
        """Look at the last bytes."""
        self._look(self._rest)

    def _look(self, data: bytes) -> None:
        if not self._is_begun:
            self._is_begun = True
            data = DECLARATION.sub(b"", data, count=1) if data[:5] == b"<?xml" else data
        if b"<!" in data or b"<?" in data or PREFIXED.search(data):  # comments, sections, prefixes
            raise UnusualError
        self.take(data)

    def take(self, data: bytes) -> None:
        """Look at bytes that hold whole tags."""
        raise NotImplementedError


class PlainStrings(TagReader):
    """How many strings cells share, and how many the part says they are."""

    def __init__(self) -> None:
        super().__init__()
        self.present = 0
        self.declared = 0

    def take(self, data: bytes) -> None:
        counts = STRING_COUNT.findall(data)
        if len(counts) != data.count(b"uniqueCount"):
            raise UnusualError
        self.declared = max(self.declared, *map(int, counts), 0)
        self.present += len(STRING.findall(data))


class PlainSheet(TagReader):
    """A sheet of rows and cells that all say where they stand, without formulas."""

    def __init__(self) -> None:
        super().__init__()
        self.formulas: list[str] = []
        self.cells = 0
        self.last_row = 1
        self.last_column = 1
        self._in_row = False

    def take(self, data: bytes) -> None:
        if TOLD_SLOWLY.search(data):
            raise UnusualError
        self._take_rows(data)
        places = PLAIN_CELL.findall(data)
        if len(places) != len(ANY_CELL.findall(data)):
            raise UnusualError
        if places:
            letters, rows = map(set, zip(*places, strict=True))
            columns = [column_number(each.decode()) for each in letters]
            self.cells += len(places)
            self.last_row = max(self.last_row, *map(int, rows))
            self.last_column = max(self.last_column, *columns)

    def _take_rows(self, data: bytes) -> None:
        tags = ROW_TAG.findall(data)
        opening, closing = (tags[1::2], tags[::2]) if self._in_row else (tags[::2], tags[1::2])
        numbers = PLAIN_ROW.findall(data)
        if set(opening) - {b"row"} or set(closing) - {b"/row"} or len(opening) != len(numbers):
            raise UnusualError
        self._in_row ^= len(tags) % 2 == 1
        self.last_row = max(self.last_row, *map(int, numbers), 0)


class Sheet:
    """A sheet as its elements go by.

    A cell stands where its own reference says, whatever the row says that it is in; without one
    it comes next in its row, and a row without a number next below.
    """

    def __init__(self) -> None:
        self.formulas: list[str] = []
        self.cells = 0
        self.last_row = 1
        self.last_column = 1
        self._column = 0
        self._cell = "?"
        self._in_row = False

    def start_row(self, attributes: dict[str, str]) -> None:
        if self._in_row:
            raise expat.ExpatError("a row within a row")
        self._in_row = True
        self._column = 0
        number = attributes.get("r")
        if number is None:
            self.last_row += 1
        elif ROW_NUMBER.fullmatch(number):
            self.last_row = max(self.last_row, int(number))
        else:
            raise expat.ExpatError("row number")

    def end_row(self, _: dict[str, str]) -> None:
        self._in_row = False

    def take_cell(self, attributes: dict[str, str]) -> None:
        self.cells += 1
        self._cell = attributes.get("r", "?")
        if "r" in attributes:
            found = REFERENCE.fullmatch(self._cell)
            if not found:
                raise expat.ExpatError("cell reference")
            letters, row = found.groups()
            self._column = column_number(letters)
            self.last_row = max(self.last_row, int(row))
        else:
            self._column += 1
        self.last_column = max(self.last_column, self._column)

    def take_formula(self, _: dict[str, str]) -> None:
        if len(self.formulas) < MAX_FORMULAS_TOLD:
            self.formulas.append(self._cell)


@lru_cache(maxsize=1024)
def column_number(letters: str) -> int:
    """Return the number of a column.

    >>> column_number("A"), column_number("AB"), column_number("XFD")
    (1, 28, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter.upper()) - 64
    return number
