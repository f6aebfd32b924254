"""The default engine: DuckDB, inside this process, on all cores, in bounded memory."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from sampling.engines import Search
from sampling.engines.expression import select_smallest, tabulate_targets
from sampling.frame import Frame
from sampling.frame_columns import tabulate_units
from sampling.inspection import MEMORY_LIMIT
from sampling.staged_frame import StagedFrame


class DuckDBEngine:
    """Runs the expression on a DuckDB of its own, which is gone afterwards."""

    def find_smallest(self, frame: Frame | StagedFrame, search: Search) -> list[tuple[int, str]]:
        """See `sampling.engines.Engine`."""
        connection = ibis.duckdb.connect(memory_limit=MEMORY_LIMIT)
        try:
            units = self._open_table(connection, frame)
            lookup = ibis.memtable(tabulate_targets(search))
            result = connection.to_pyarrow(select_smallest(units, lookup, search))
        finally:
            connection.disconnect()
        return list(zip(result["stratum"].to_pylist(), result["id"].to_pylist(), strict=True))

    def _open_table(
        self, connection: ibis.backends.duckdb.Backend, frame: Frame | StagedFrame
    ) -> ir.Table:
        if isinstance(frame, StagedFrame):
            return connection.read_parquet(str(frame.path))
        return ibis.memtable(tabulate_units(frame.eligible))


def make_engine(_master: str | None) -> DuckDBEngine:
    """Return the engine."""
    return DuckDBEngine()
