"""How long a roster of 300,000 rows takes from the upload to the frame, and how much memory.

    python -m benchmarks.roster [rows] [faults]

First a file with faults of every kind is read, staged and checked, then the sound one is taken in.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import func, select

from survey.assessments.models import DRAFT, Round
from survey.database import Database
from survey.frames.models import FaultyRow, Person
from survey.frames.staging import KIND, discard_files, keep_file
from survey.frames.work import IMPORT, work_on_roster
from survey.jobs import run_job
from survey.migrate import upgrade
from survey.settings import Settings, load_settings
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


def write_files(folder: str, n_rows: int, n_faults: int) -> None:
    """Write a roster with faults and one without."""
    for name, faults in (("faulty", n_faults), ("sound", 0)):
        content = write_xlsx(HEADERS, make_rows(n_rows, faults))
        (Path(folder) / name).write_bytes(content)


def measure(
    database: Database, settings: Settings, round_id: str, content: bytes
) -> tuple[float, int, int]:
    """Return seconds of one way in, and how many rows are faulty and people taken in."""
    begun = time.perf_counter()
    with database.transaction() as session:
        keep_file(session, settings, session.get_one(Round, round_id), "roster.xlsx", content)
    work = partial(work_on_roster, database, settings, round_id, IMPORT, actor="benchmark")
    run_job(database, KIND, round_id, work)
    seconds = time.perf_counter() - begun
    with database.sessions() as session:
        faulty = session.scalar(select(func.count()).select_from(FaultyRow)) or 0
        people = session.scalar(select(func.count()).select_from(Person)) or 0
    return seconds, faulty, people


def main(n_rows: int = 300_000, n_faults: int = 1000) -> None:
    """Print what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        # in another process, whose memory is not counted
        make = get_context("spawn").Process(target=write_files, args=(folder, n_rows, n_faults))
        make.start()
        make.join()
        sys.stdout.write(f"{n_rows} rows; memory before {read_peak()} MB\n")
        settings = load_settings(Path(folder) / "home")
        database = Database(settings.database_url)
        upgrade(settings.database_url)
        with database.transaction() as session:
            round_ = Round(region="451203", county="宜州区", year=2026, residents=1, status=DRAFT)
            round_.is_rehearsal = False
            session.add(round_)
        for name in ("faulty", "sound"):
            content = (Path(folder) / name).read_bytes()
            seconds, faulty, people = measure(database, settings, round_.id, content)
            sys.stdout.write(f"{name}: {seconds:.1f} s, {faulty} faulty rows, {people} people\n")
            with database.transaction() as session:
                discard_files(session, round_.id)
        sys.stdout.write(f"peak {read_peak()} MB\n")


def read_peak() -> int:
    """Return the most memory this process held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
