"""The frames that `renkedu` reads besides CSV and Parquet: a workbook, a database table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from sampling.frame import COLUMNS, find_columns
from sampling.frame_source import CHUNK_ROWS, Chunk, FrameSource, open_file
from sampling.problems import N_, Problem
from survey.workbook import read_xlsx


def open_source(text: str, table: str | None) -> FrameSource:
    """Return the source that a person names: a file, or a database's address and a table."""
    if "://" in text:
        return TableSource(_read_address(text), _need_table(table))
    if table is not None:
        raise Problem(
            N_("a table belongs to a database, like sqlite:///people.db, not to a file"), where=text
        )
    path = Path(text)
    return XlsxSource(path) if path.suffix.lower() == ".xlsx" else open_file(path)


@dataclass(frozen=True, slots=True)
class XlsxSource:
    """The first sheet of a workbook: a line with the names of the columns, then one per person."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def read_chunks(self) -> Iterator[Chunk]:
        """Yield the rows as the sheet numbers them; a workbook holds a million at most."""
        rows = list(enumerate(read_xlsx(self.name, self.path.read_bytes()), start=1))
        rows = [(number, row) for number, row in rows if any(map(str.strip, map(str, row)))]
        if not rows:
            raise Problem(
                N_("is empty, expected a header line and one line per person"), where=self.name
            )
        order = find_columns([str(value) for value in rows[0][1]], self.name)
        places = [f"{self.name} row {number}" for number, _ in rows[1:]]
        values = [[row[index] for index in order] for _, row in rows[1:]]
        yield make_chunk(values, lambda: places)


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table of a database, read through SQLAlchemy in the order of its ids."""

    url: sa.URL
    table: str

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table

    def read_chunks(self) -> Iterator[Chunk]:
        """Yield the rows; they are counted from 1 in the order of the ids."""
        try:
            yield from self._read_table()
        except (SQLAlchemyError, ImportError) as error:
            reason = getattr(error, "orig", None) or error
            raise Problem(
                N_("cannot be read: {reason}"),
                where=f"{self.url.render_as_string(hide_password=True)} {self.table}",
                reason=" ".join(str(reason).split()),
            ) from error

    def _read_table(self) -> Iterator[Chunk]:
        engine = sa.create_engine(self.url)
        schema, _, name = self.table.rpartition(".")
        try:
            found = [c["name"] for c in sa.inspect(engine).get_columns(name, schema or None)]
            names = [found[index] for index in find_columns(found, self.name)]
            columns: list[sa.ColumnClause[str]] = [sa.column(column) for column in names]
            query = sa.select(*columns).select_from(sa.table(name, *columns, schema=schema or None))
            with engine.connect().execution_options(yield_per=CHUNK_ROWS) as connection:
                first = 1
                for rows in connection.execute(query.order_by(columns[0])).partitions():
                    yield make_chunk(rows, _count_rows(self.name, first, len(rows)))
                    first += len(rows)
        finally:
            engine.dispose()


def make_chunk(rows: Sequence[Sequence[object]], locate: Callable[[], Sequence[str]]) -> Chunk:
    """Return rows of six values as a chunk; whole numbers become their digits, None a blank.

    Raises `Problem` for a date, a fraction or any other value that is no text.
    """
    values = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    columns = [
        pa.array(_make_texts(column, name, locate), pa.string())
        for name, column in zip(COLUMNS, values, strict=True)
    ]
    return Chunk(pa.record_batch(columns, names=list(COLUMNS)), locate)


def _make_texts(
    values: Sequence[object], column: str, locate: Callable[[], Sequence[str]]
) -> list[str]:
    texts = []
    for index, value in enumerate(values):
        text = _make_text(value)
        if text is None:
            raise Problem(
                N_("{column}: expected text, got the {kind} {value}"),
                where=locate()[index],
                column=column,
                kind=type(value).__name__,
                value=value,
            )
        texts.append(text)
    return texts


def _make_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return None
    # A spreadsheet knows no whole numbers: 12 comes as 12.0.
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return f"{value:.0f}" if is_whole else None


def _count_rows(name: str, first: int, count: int) -> Callable[[], Sequence[str]]:
    return lambda: [f"{name} row {number} by id" for number in range(first, first + count)]


def _need_table(table: str | None) -> str:
    if not table:
        raise Problem(N_("a database needs the name of a table, --table NAME"))
    return table


def _read_address(text: str) -> sa.URL:
    try:
        url = sa.make_url(text)
        url.get_dialect()
    except (SQLAlchemyError, NoSuchModuleError) as error:
        raise Problem(
            N_("the address of the database is not understood: {reason}"), reason=error
        ) from error
    # SQLite would make a file that is not there.
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise Problem(N_("cannot be read: {reason}"), where=text, reason="no such file")
    return url
