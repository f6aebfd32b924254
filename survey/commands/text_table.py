"""Rows as lines of text in columns, for a terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rich.cells import cell_len


def align(rows: Sequence[Sequence[str]], left: Collection[int] = (0,)) -> Iterator[str]:
    """Yield the rows, the columns numbered in `left` set to the left and the others to the right.

    A Chinese character is as wide as two letters. No row: no line.

    >>> list(align([("name", "people"), ("家长", "7")]))
    ['name  people', '家长       7']
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            _pad(text, width, is_left=place in left)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def indent(lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines, two blanks further in."""
    return (f"  {line}".rstrip() for line in lines)


def _pad(text: str, width: int, *, is_left: bool) -> str:
    blanks = " " * (width - cell_len(text))
    return text + blanks if is_left else blanks + text
