"""Spark, for rosters of hundreds of millions: the same expression, on this machine or a cluster.

It comes with the extra `renkedu[spark]` and needs Java 17 or later. The workers of a cluster must
see the frame's file under the same path.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from sampling.engines import Search
from sampling.engines.expression import select_smallest, tabulate_targets
from sampling.frame import Frame
from sampling.frame_columns import tabulate_units
from sampling.problems import N_, Problem
from sampling.staged_frame import StagedFrame

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL = "local[*]"  # all cores of this machine


class SparkEngine:
    """Runs the expression in a Spark session, which it starts and stops."""

    def __init__(self, master: str) -> None:
        self._master = master

    def find_smallest(self, frame: Frame | StagedFrame, search: Search) -> list[tuple[int, str]]:
        """See `sampling.engines.Engine`."""
        with warnings.catch_warnings():
            # Ibis loads Spark's pandas functions, which warn of new versions; none is used here.
            warnings.filterwarnings("ignore", "PySpark does not yet", FutureWarning)
            return self._find_in(frame, search)

    def _find_in(self, frame: Frame | StagedFrame, search: Search) -> list[tuple[int, str]]:
        if isinstance(frame, StagedFrame):
            return self._find(frame.path, search)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "frame.parquet"
            pq.write_table(tabulate_units(frame.eligible), path)
            return self._find(path, search)

    def _find(self, path: Path, search: Search) -> list[tuple[int, str]]:
        session = start_session(self._master)
        try:
            connection = ibis.pyspark.connect(session)
            units = connection.read_parquet(str(path.resolve()))
            expression = select_smallest(units, _make_lookup(session, connection, search), search)
            rows = session.sql(connection.compile(expression)).collect()
        finally:
            session.stop()
        return [(row["stratum"], row["id"]) for row in rows]


def _make_lookup(
    session: SparkSession, connection: ibis.backends.pyspark.Backend, search: Search
) -> ir.Table:
    # Rows, not a data frame: Spark follows new versions of pandas slowly.
    table = tabulate_targets(search)
    kinds = ", ".join(
        f"{f.name} {'string' if f.type == pa.string() else 'bigint'}" for f in table.schema
    )
    rows = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    session.createDataFrame(rows, kinds).createOrReplaceTempView("targets")
    return connection.table("targets")


def start_session(master: str) -> SparkSession:
    """Start Spark at `master`; raise `Problem` when it or Java is missing or does not answer."""
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise Problem(
            N_("the engine spark is not installed; pip install 'renkedu[spark]'")
        ) from error
    builder = SparkSession.Builder().master(master).appName("renkedu draw")
    try:
        return builder.config(map=_make_settings(master)).getOrCreate()
    except (PySparkException, Py4JError, OSError) as error:
        raise Problem(
            N_("Spark at {master} does not start (it needs Java 17 or later): {reason}"),
            master=master,
            reason=" ".join(" ".join(str(error).splitlines()[:2]).split()),
        ) from error


def _make_settings(master: str) -> dict[str, bool | float | int | str | None]:
    settings: dict[str, bool | float | int | str | None] = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    if master.startswith("local"):
        # One machine talks to itself: its own name need not be known to any name server.
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        settings["spark.sql.shuffle.partitions"] = "4"  # only a sliver is ever sorted
    return settings


def make_engine(master: str | None) -> SparkEngine:
    """Return the engine for the cluster at `master`, or on this machine."""
    return SparkEngine(master or LOCAL)
