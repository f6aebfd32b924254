"""How long a draw takes, beside what others do: python -m benchmarks.draw [--size 1e6 1e7 1e8]

140 strata, 1.5 per mille of each, from one and the same made-up frame. Every contender runs in a
process of its own, which loads what it needs, draws once to warm up and then a few times; the
median of these is told, its ratio to ours, and the peak memory of the process with its children.
Contenders take turns, round by round, so that a busy machine is busy for all of them. What is not
installed is listed as missing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which
from typing import Any, cast

import duckdb

from sampling.draw import draw_sample
from sampling.engines import load_engine
from sampling.frame_source import open_file
from sampling.groups import count_groups
from sampling.record import Plan, StratumRecord
from sampling.staged_frame import StagedFrame, stage_frame
from sampling.survey_rules import load_survey_rules

SEED = "宜州区 2026 第一轮 31 05 17 22"
CATEGORIES = ("parent", "teacher", "principal", "deputy", "cppcc", "student", "resident")
TOWNSHIPS = 20
ONE_IN = (15, 10_000)
OURS = "renkedu, DuckDB"
MISSING = 3  # exit code of a contender that is not installed
Draw = Callable[[], object]  # a float it returns is its own measure, in seconds


def make_frame(path: Path, size: int) -> None:
    """Write a frame of `size` people in 7 categories and 20 townships, sorted by id."""
    names = ", ".join(f"'{name}'" for name in CATEGORIES)
    query = f"""
        COPY (
          SELECT 'u' || lpad(i::VARCHAR, 11, '0') AS id,
                 [{names}][1 + (hash(i) % 7)::INT] AS category,
                 't' || (hash(i) // 7 % {TOWNSHIPS})::VARCHAR AS township,
                 ['urban', 'town', 'rural'][1 + (hash(i) // 7 % 3)::INT] AS area,
                 '' AS grade_band,
                 's' || (hash(i) // 420 % 500)::VARCHAR AS school
          FROM range({size}) AS people(i)
        ) TO '{path}' (FORMAT parquet)"""
    duckdb.connect(config={"memory_limit": "1GB"}).execute(query)


def prepare_ours(engine: str) -> Callable[[Path], Draw]:
    """Our draw; the frame was checked and digested before, as `stage` measures."""

    def prepare(path: Path) -> Draw:
        with stage_frame(open_file(path), load_survey_rules()) as frame:
            plan = make_plan(frame)
        chosen = load_engine(engine)
        return lambda: draw_sample(frame, plan, SEED, chosen)

    return prepare


def make_plan(frame: StagedFrame) -> Plan:
    """Return a plan with a stratum for each category in each township."""
    rules = frame.rules
    strata = [
        StratumRecord(
            stratum="/".join(group.values[:2]),
            cell={"category": [group.values[0]], "township": [group.values[1]]},
            N=group.count,
            n=count_drawn(group.count),
        )
        for group in count_groups(frame, ("category", "township", "grade_band"))
    ]
    plan = {
        "format": 1,
        "kind": "plan",
        "n": sum(stratum["n"] for stratum in strata),
        "rules": {"id": rules.id, "digest": rules.digest},
        "frame_digest": frame.digest,
        "strata": strata,
    }
    return cast(Plan, plan)  # what a draw relies on; the rest is the planner's


def count_drawn(size: int) -> int:
    return max(1, size * ONE_IN[0] // ONE_IN[1])


def prepare_stage(path: Path) -> Draw:
    """Reading, checking and digesting the frame, which a draw of ours needs once before it."""

    def stage() -> str:
        with stage_frame(open_file(path), load_survey_rules()) as frame:
            return frame.digest

    return stage


def prepare_pandas(path: Path) -> Draw:
    """Groups of a data frame, sampled by pandas; the same share of each."""
    import pandas as pd

    units = pd.read_parquet(path, columns=["id", "category", "township"])
    for column in ("category", "township"):
        units[column] = units[column].astype("category")
    groups = units.groupby(["category", "township"], observed=True)
    return lambda: groups.sample(frac=ONE_IN[0] / ONE_IN[1], random_state=1)


def prepare_polars(path: Path) -> Draw:
    """The places of a shuffle within each stratum, as far as n."""
    import polars as pl

    units = pl.read_parquet(path, columns=["id", "category", "township"])
    place = pl.int_range(pl.len()).shuffle(seed=1).over("category", "township")
    size = pl.len().over("category", "township") * ONE_IN[0] // ONE_IN[1]
    return lambda: units.filter(place < size)


def prepare_svy(path: Path) -> Draw:
    """A stratified simple random sample by svy."""
    import polars as pl
    import svy

    stratum = pl.concat_str("category", "township", separator="/")
    units = pl.read_parquet(path, columns=["id", "category", "township"])
    units = units.select("id", stratum.alias("stratum"))
    sizes = {name: count_drawn(size) for name, size in units.group_by("stratum").len().iter_rows()}

    def draw() -> object:
        sample = svy.Sample(units, svy.Design(stratum="stratum"))
        return sample.sampling.srs(sizes, rstate=1)

    return draw


def prepare_r(path: Path) -> Draw:
    """sampling::strata in R, which times itself; the process prints one number per draw."""
    program = which("Rscript")
    if program is None:
        raise ModuleNotFoundError("Rscript")
    table = path.with_suffix(".r.csv")
    query = f"COPY (SELECT category || township AS s FROM '{path}' ORDER BY s) TO '{table}'"
    duckdb.connect().execute(query)
    script = (
        "suppressMessages(library(sampling)); f <- read.csv(commandArgs(TRUE)[1]);"
        " n <- pmax(1, floor(table(f$s)[unique(f$s)] * 0.0015));"
        " for (i in 1:4) { t <- proc.time()[3];"
        " strata(f, 's', as.vector(n), method = 'srswor'); cat(proc.time()[3] - t, '\\n') }"
    )
    result = subprocess.run(
        [program, "-e", script, table], capture_output=True, text=True, check=False
    )
    table.unlink()
    if result.returncode:
        raise ModuleNotFoundError(f"sampling in R: {result.stderr.strip().splitlines()[-1:]}")
    times = iter([float(line) for line in result.stdout.split()])
    return lambda: next(times)


def prepare_hash(path: Path) -> Draw:
    """What DuckDB needs to make every ticket and nothing else."""
    connection = duckdb.connect()
    query = f"SELECT count(*) FROM '{path}' WHERE sha256('{SEED}\n' || id) < '0001'"
    return lambda: connection.execute(query).fetchall()


def prepare_processor(path: Path) -> Draw:
    """What all cores together need for as many blocks of SHA-256, in the processor's own way.

    A ticket of up to 55 bytes is one block of 64. One core is measured on one long text.
    """
    text = bytes(1 << 26)
    share = count_rows(path) * 64 / len(text) / (os.cpu_count() or 1)

    def hash_blocks() -> float:
        begin = time.perf_counter()
        hashlib.sha256(text).digest()
        return (time.perf_counter() - begin) * share

    return hash_blocks


def count_rows(path: Path) -> int:
    """Return the number of people in the frame."""
    found: int = duckdb.connect().execute(f"SELECT count(*) FROM '{path}'").fetchall()[0][0]
    return found


CONTENDERS: dict[str, Callable[[Path], Draw]] = {
    OURS: prepare_ours("duckdb"),
    "renkedu, Spark": prepare_ours("spark"),
    "svy": prepare_svy,
    "polars": prepare_polars,
    "pandas groupby.sample": prepare_pandas,
    "R sampling::strata": prepare_r,
    "every ticket in DuckDB": prepare_hash,
    "as many blocks, all cores": prepare_processor,
    "reading and checking (ours)": prepare_stage,
}


def measure(name: str, path: Path, repeats: int) -> dict[str, object]:
    """Run one contender in this process."""
    draw = CONTENDERS[name](path)
    seconds = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        result = draw()
        taken = time.perf_counter() - begin
        seconds.append(result if isinstance(result, float) else taken)
    return {"seconds": seconds[1:], "peak": measure_peak()}


def measure_peak() -> int:
    """Return the peak resident memory of this process and its children in bytes."""
    parents = {int(p.name): _read_status(p) for p in Path("/proc").iterdir() if p.name.isdigit()}
    family, peak = {os.getpid()}, 0
    for pid, (parent, memory) in sorted(parents.items()):
        if pid in family or parent in family:
            family.add(pid)
            peak += memory
    return peak


def _read_status(process: Path) -> tuple[int, int]:
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return 0, 0
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(fields.get("PPid", "0")), int(fields.get("VmHWM", "0 kB").split()[0]) * 1024


def start(name: str, path: Path, repeats: int) -> dict[str, Any] | str:
    """Run one contender in a process of its own; return what it says, or why it cannot run."""
    command = [sys.executable, "-m", "benchmarks.draw", "--run", name, "--repeats", str(repeats)]
    result = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
    lines = result.stdout.strip().splitlines()
    if result.returncode:
        why = lines if result.returncode == MISSING else result.stderr.strip().splitlines()
        return why[-1] if why else f"exit code {result.returncode}"
    outcome: dict[str, Any] = json.loads(lines[-1])
    return outcome


def compare(size: int, folder: Path, *, rounds: int, repeats: int, only: Sequence[str]) -> None:
    """Measure all contenders at one size and print the table."""
    path = folder / f"frame-{size}.parquet"
    make_frame(path, size)
    seconds: dict[str, list[float]] = {}
    peaks: dict[str, int] = {}
    missing: dict[str, str] = {}
    for name in [name for _ in range(rounds) for name in only or CONTENDERS]:
        outcome = missing.get(name) or start(name, path, repeats)
        if isinstance(outcome, str):
            missing[name] = outcome
        else:
            seconds.setdefault(name, []).extend(outcome["seconds"])
            peaks[name] = max(peaks.get(name, 0), outcome["peak"])
    print(f"\n{size:,} people, 140 strata, {rounds} x {repeats} draws each\n")
    print_table(seconds, peaks, missing)
    path.unlink()


def print_table(
    seconds: Mapping[str, Sequence[float]], peaks: Mapping[str, int], missing: Mapping[str, str]
) -> None:
    """Print medians, the best, how many times as long ours takes, and peaks, as Markdown."""
    ours = statistics.median(seconds[OURS])
    print("| | median s | best s | ours / this | peak MB |\n|---|---:|---:|---:|---:|")
    for name, times in seconds.items():
        median = statistics.median(times)
        row = (f"{median:.3f}", f"{min(times):.3f}", f"{ours / median:.2f}", f"{peaks[name] >> 20}")
        print(f"| {name} | {' | '.join(row)} |")
    for name, why in missing.items():
        print(f"| {name} | missing: {why} | | | |")


def describe_machine() -> str:
    """Return processor, cores and versions."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    names = ("duckdb", "ibis-framework", "pyspark", "polars", "svy", "pandas", "pyarrow")
    found = [f"{name} {find_version(name)}" for name in names]
    return (
        f"{os.cpu_count()} cores, {models[0]}, Python {sys.version.split()[0]}, {', '.join(found)}"
    )


def find_version(name: str) -> str:
    """Return the version of an installed package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", nargs="*", default=["1e6", "1e7"], help="people in the frame")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3, help="draws in each round")
    parser.add_argument("--only", nargs="*", default=[], help="names of contenders; ours is needed")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("path", nargs="?", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        try:
            print(json.dumps(measure(arguments.run, arguments.path, arguments.repeats)))
        except ImportError as error:
            print(error)
            sys.exit(MISSING)
        return
    print(describe_machine())
    print("load average at the start:", *os.getloadavg())
    with tempfile.TemporaryDirectory() as folder:
        for size in arguments.size:
            compare(
                int(float(size)),
                Path(folder),
                rounds=arguments.rounds,
                repeats=arguments.repeats,
                only=arguments.only,
            )


if __name__ == "__main__":
    main()
