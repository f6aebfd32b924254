"""How many respondents the site bears: python -m benchmarks.respond [--database sqlite postgresql]

Open loop on the loopback: respondents come at random (Poisson), each with a code of their own,
whether or not the ones before have been served; a visit's time runs from its place in the schedule.
One flow of "open + submit" is three requests: the card's link (GET /a/CODE, a redirect), the paper
(GET /a/paper) and the submission (POST /a/paper, answered after the commit). With --saves 12 each
answer is saved (POST /a/save) before. The bare site answers as many requests with as many bytes
(benchmarks.bare), in the same run. --capacity offers more than can be borne and tells how much was;
--minutes is a soak that tells memory on the way. The generator shares the machine with the server;
its processor time is counted apart, and so is the longest time that it did not get round to look
at answers: on a busy machine it is kept waiting itself, and what came meanwhile seems late.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from benchmarks.bare import STORED
from benchmarks.load import Load, Result, Visit, arrivals, percentile
from benchmarks.processes import Usage, find_free_port, read_usage, serving
from benchmarks.visits import Fields, answer, fill_round
from survey.database import Database
from survey.migrate import upgrade
from survey.responses.models import Envelope
from survey.settings import load_settings
from tests.postgresql_server import fresh_database, private_server

OURS, BARE = "renkedu", "bare"
ENTRY = "from survey.commands import main; main()"
DURABLE = dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "on")
WARM_UP = 2.0  # seconds at 50 visits a second, in no figure
TOO_MUCH = 2000.0  # visits a second, for the capacity
HEADINGS = (
    "site, database        offered  flows/s   flow p50   flow p99  request p99  failed"
    "  CPU ms/flow  (database)  (generator)  its longest pause  bytes/flow  memory MB"
)


@contextmanager
def new_database(kind: str, home: Path) -> Iterator[str]:
    """Yield the address of a fresh database that keeps what it was told in a power cut."""
    if kind == "sqlite":
        yield f"sqlite:///{home / 'renkedu.db'}"
        return
    with private_server(DURABLE) as server, fresh_database(server) as url:
        yield url


def find_database_server(url: str) -> int | None:
    """Return the process number of PostgreSQL's server, or None for SQLite."""
    directory = make_url(url).query.get("host")
    if not isinstance(directory, str):
        return None
    return int((Path(directory) / "data" / "postmaster.pid").read_text().split()[0])


def command(site: str, url: str, port: int, given: argparse.Namespace) -> list[str]:
    """Return how a site is started."""
    common = ["--port", str(port), "--processes", str(given.processes)]
    if site == OURS:
        return ["-c", ENTRY, "serve", *common]
    return ["-m", "benchmarks.bare", "--database", url, "--page-size", str(given.page), *common]


def measure(site: str, kind: str, given: argparse.Namespace) -> None:
    """Measure one site on one kind of database, in a home of its own; print a line."""
    home = Path(tempfile.mkdtemp(prefix="renkedu-respond-", dir=given.directory))
    try:
        with new_database(kind, home) as url:
            upgrade(url)
            database = Database(url)
            people = int(min(given.rate, 800) * given.seconds * 1.2) + 500
            codes = fill_round(database, load_settings(home).link_key, people)
            database.engine.dispose()
            environment = {"RENKEDU_HOME": str(home), "RENKEDU_DATABASE_URL": url}
            port = find_free_port()
            with serving(command(site, url, port, given), port, environment) as process:
                run(site, kind, url, port, process.pid, codes, given)
            count_stored(database, site, given)
    finally:
        shutil.rmtree(home)


def run(  # noqa: PLR0917 - what a run is made of
    site: str,
    kind: str,
    url: str,
    port: int,
    pid: int,
    codes: list[str],
    given: argparse.Namespace,
) -> None:
    """Warm up, then measure; for a soak, once a minute."""
    choices: Fields = {} if site == OURS else {b"q%d" % n: b"mostly" for n in range(12)}
    offered = codes if site == OURS else itertools.cycle(codes)
    visits: Iterator[Visit] = (answer(code, choices, given.saves) for code in offered)
    given.acknowledged = len(Load(port, 8).run(arrivals(50, WARM_UP), visits, WARM_UP).visits)
    server = find_database_server(url)
    parts = max(1, given.minutes)
    seconds = given.seconds / parts
    for part in range(parts):
        before, before_database = read_usage(pid), read_usage(server) if server else Usage(0, 0)
        until = seconds if given.capacity else float("inf")
        schedule = arrivals(given.rate, seconds, seed=part)
        result = Load(port, given.most).run(schedule, visits, until)
        after, after_database = read_usage(pid), read_usage(server) if server else Usage(0, 0)
        given.acknowledged += len(result.visits)
        used = Usage(after.processor - before.processor, after.memory)
        tell(
            f"{site}, {kind}",
            given.rate,
            result,
            used,
            after_database.processor - before_database.processor,
        )


def tell(name: str, rate: float, result: Result, used: Usage, database: float) -> None:
    """Print one line of the table."""
    done = max(1, len(result.visits))
    failed = ", ".join(f"{count} {reason}" for reason, count in result.failures.items()) or "0"
    print(
        f"{name:20}  {rate:7.0f}  {result.rate:7.1f}"
        f"  {1000 * percentile(result.visits, 0.5):6.1f} ms"
        f"  {1000 * percentile(result.visits, 0.99):6.1f} ms"
        f"  {1000 * percentile(result.requests, 0.99):8.1f} ms"
        f"  {failed:>6}"
        f"  {1000 * used.processor / done:11.2f}"
        f"  {1000 * database / done:10.2f}"
        f"  {1000 * result.processor / done:11.2f}"
        f"  {1000 * result.pause:14.1f} ms"
        f"  {(result.bytes_in + result.bytes_out) // done:10}"
        f"  {used.memory / 2**20:9.0f}",
        flush=True,
    )


def count_stored(database: Database, site: str, given: argparse.Namespace) -> None:
    """End the benchmark if an answer that was acknowledged is not there, or is there twice."""
    table = Envelope.__table__ if site == OURS else STORED
    stored = database.read(lambda c: c.scalar(select(func.count()).select_from(table)))
    database.engine.dispose()
    expected = given.acknowledged * (1 if site == OURS else given.saves + 1)
    if stored != expected:
        sys.exit(f"{expected} answers were acknowledged, {stored} are stored")


def read_arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", nargs="+", default=["sqlite"], help="sqlite, postgresql")
    parser.add_argument("--site", nargs="+", default=[OURS, BARE], choices=[OURS, BARE])
    parser.add_argument("--rate", type=float, default=420, help="flows offered a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--saves", type=int, default=0, help="answers saved before the submission")
    parser.add_argument("--minutes", type=int, default=0, help="a soak; a line for each minute")
    parser.add_argument("--capacity", action="store_true", help="offer more than can be borne")
    parser.add_argument("--processes", type=int, default=2, help="of the server")
    parser.add_argument("--most", type=int, default=64, help="visitors let in at a time")
    parser.add_argument("--page", type=int, default=9_900, help="bytes of the bare site's paper")
    parser.add_argument("--rounds", type=int, default=1, help="how often each takes its turn")
    parser.add_argument("--directory", help="where the databases are made")
    given = parser.parse_args()
    if given.minutes:
        given.seconds = 60.0 * given.minutes
    if given.capacity:
        given.rate = TOO_MUCH
    return given


def main() -> None:
    """Let the sites take turns, so that a busy machine is busy for both."""
    given = read_arguments()
    print(HEADINGS)
    for _, kind, site in itertools.product(range(given.rounds), given.database, given.site):
        measure(site, kind, given)


if __name__ == "__main__":
    main()
