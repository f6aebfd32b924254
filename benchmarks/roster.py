"""How long a roster of 300,000 rows takes from the upload to the frame, and how much memory.

    python -m benchmarks.roster [--rows N] [--faults N] [--database sqlite postgresql] [--naive]

A file with faults of every kind is read, staged and checked; a sound one is taken in, then again
over itself; each in a process of its own, as .xlsx and as .csv. Another process writes to the
database meanwhile and tells how long it had to wait. Beside it stands, if asked for, what a script
does: pandas, then a loop over the rows, nothing staged, encrypted or kept.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

from sqlalchemy import func, select, text

from benchmarks.respond import new_database
from survey.assessments.models import DRAFT, Round
from survey.database import Database
from survey.frames.models import FaultyRow, Person
from survey.frames.staging import KIND, discard_files, keep_file
from survey.frames.work import IMPORT, work_on_roster
from survey.jobs import Progress, run_job
from survey.migrate import upgrade
from survey.settings import load_settings
from survey.tables import write_xlsx

HEADERS = ["编号", "类别", "姓名", "电话", "乡镇", "区域", "年级", "学校", "班级", "人员标识"]
AREAS = ("城区", "镇区", "乡村")
# Column and what stands in it: each its own kind of fault.
FAULTS = (
    (0, ""),
    (0, "P1"),
    (0, "=1"),
    (0, "9" * 201),
    (1, "国王"),
    (1, ""),
    (2, "王" * 201),
    (2, "王\u202e明"),
    (3, "无"),
    (3, "1" * 201),
    (4, "@镇"),
    (4, "镇" * 81),
    (5, "郊区"),
    (5, ""),
    (6, "高一"),
    (6, ""),
    (7, "=学校"),
    (7, "校" * 121),
    (8, "班" * 201),
    (9, "键" * 201),
)
PAUSE = 0.02  # seconds between two writes of the other writer
START = multiprocessing.get_context("spawn")


def make_rows(n_rows: int, n_faults: int) -> list[list[str]]:
    """Return parents of a county, the last rows with faults of each kind in turn."""
    rows = [
        [
            f"P{number}",
            "家长",
            f"姓名{number}",
            f"139{number:08}",
            f"第{number % 20}镇",
            AREAS[number % 3],
            str(number % 9 + 1),
            f"第{number % 300}小学",
            f"{number % 6 + 1}班",
            f"K{number // 2}" if number % 50 < 2 else "",
        ]
        for number in range(n_rows)
    ]
    for number, row in enumerate(rows[len(rows) - n_faults :]):
        column, value = FAULTS[number % len(FAULTS)]
        row[column] = value
    return rows


def write_files(folder: Path, n_rows: int, n_faults: int) -> None:
    """Write a roster with faults and one without, each in both forms."""
    for name, faults in (("faulty", n_faults), ("sound", 0)):
        rows = make_rows(n_rows, faults)
        (folder / f"{name}.xlsx").write_bytes(write_xlsx(HEADERS, rows))
        with (folder / f"{name}.csv").open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows([HEADERS, *rows])


# Ours


class Stages(Progress):
    """Prints how long each stage took, by the clock and of the processor."""

    name, begun, worked = "upload", 0.0, 0.0

    def step(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Print the stage before, if this is another one."""
        if stage != self.name:
            self.end(stage)
        super().step(stage, done, total)

    def end(self, following: str = "") -> None:
        """Print the stage that ends."""
        wall, cpu = time.perf_counter(), time.process_time()
        if self.begun:
            tell(f"  {self.name}: {wall - self.begun:.1f} s, processor {cpu - self.worked:.1f} s")
        self.name, self.begun, self.worked = following, wall, cpu


def import_files(folder: Path, suffix: str, url: str) -> None:
    """Take the faulty file, the sound one, and that again; print what it costs."""
    settings = load_settings(folder / "home")
    database = Database(url)
    with database.transaction() as session:
        round_ = Round(region="451203", county="宜州区", year=2026, residents=1, status=DRAFT)
        round_.is_rehearsal = False
        session.add(round_)
    tell(f"{suffix} on {database.engine.dialect.name}; memory before {read_peak()} MB")
    for name in ("faulty", "sound", "sound"):
        begun, worked = time.perf_counter(), time.process_time()
        with database.transaction() as session:
            content = (folder / f"{name}.{suffix}").read_bytes()
            keep_file(session, settings, session.get_one(Round, round_.id), f"r.{suffix}", content)
            del content
        stages = Stages(database, KIND, round_.id)

        def work(_: Progress, stages: Stages = stages) -> None:
            work_on_roster(database, settings, round_.id, IMPORT, stages, actor="benchmark")

        stages.end("begin")
        run_job(database, KIND, round_.id, work)
        stages.end()
        wall, cpu = time.perf_counter() - begun, time.process_time() - worked
        with database.sessions() as session:
            faulty, people = (
                session.scalar(select(func.count()).select_from(model)) or 0
                for model in (FaultyRow, Person)
            )
        tell(f"  = {name}: {wall:.1f} s, processor {cpu:.1f} s; {faulty} faulty, {people} people")
        with database.transaction() as session:
            discard_files(session, round_.id)
    tell(f"  peak {read_peak()} MB")


def write_meanwhile(url: str, stop: Event, told: Connection) -> None:
    """Write every now and then, as somebody who answers does; tell the longest wait."""
    database = Database(url)
    longest = 0.0
    while not stop.wait(PAUSE):
        begun = time.perf_counter()
        database.write(lambda connection: connection.execute(text("UPDATE job SET done = done")))
        longest = max(longest, time.perf_counter() - begun)
    told.send(longest)


def measure(folder: Path, suffix: str, url: str) -> None:
    """Import in one process while another writes."""
    upgrade(url)
    stop, (ours, theirs) = START.Event(), START.Pipe()
    other = START.Process(target=write_meanwhile, args=(url, stop, theirs))
    other.start()
    run_apart(import_files, folder, suffix, url)
    stop.set()
    tell(f"  the longest wait of another writer: {ours.recv():.2f} s")
    other.join()


# The naive way


def read_naively(path: Path) -> None:
    """Read with pandas and look at row after row."""
    import pandas as pd

    begun, worked = time.perf_counter(), time.process_time()
    if path.suffix == ".xlsx":
        frame = pd.read_excel(path, dtype=str, engine="openpyxl", keep_default_na=False)
    else:
        frame = pd.read_csv(path, dtype=str, encoding="gb18030", keep_default_na=False)
    seen: set[str] = set()
    faulty = 0
    for _, row in frame.iterrows():
        number = row["编号"].strip()
        is_sound = bool(number) and number not in seen and row["类别"].strip() == "家长"
        is_sound &= row["区域"].strip() in AREAS and row["年级"].strip() in set("123456789")
        is_sound &= any(map(str.isdigit, row["电话"])) and all(len(value) <= 80 for value in row)
        is_sound &= all(row[name][:1] not in tuple("=+-@") for name in ("编号", "乡镇", "学校"))
        seen.add(number)
        faulty += not is_sound
    wall, cpu = time.perf_counter() - begun, time.process_time() - worked
    tell(f"pandas and a loop, {path.name}: {wall:.1f} s, processor {cpu:.1f} s, {faulty} faulty")
    tell(f"  peak {read_peak()} MB")


def run_apart(work: Callable[..., None], *arguments: object) -> None:
    """Run in a process of its own, so that its memory is its own."""
    process = START.Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def read_peak() -> int:
    """Return the most memory this process held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.roster")
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--database", nargs="+", default=["sqlite"], help="sqlite, postgresql")
    parser.add_argument("--naive", action="store_true", help="what a script does, too")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_apart(partial(write_files, n_rows=given.rows, n_faults=given.faults), folder)
        for suffix in ("xlsx", "csv"):
            for kind in given.database:
                home = folder / f"{suffix}-{kind}"
                home.mkdir()
                with new_database(kind, home) as url:
                    measure(folder, suffix, url)
            if given.naive:
                run_apart(read_naively, folder / f"faulty.{suffix}")


if __name__ == "__main__":
    main()
