"""A private PostgreSQL server for the tests, from the binaries of Debian's package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

# The server lives for one run of the tests: it may forget everything in a power cut.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",  # a socket in its own directory: no port to collide on
    "max_connections": "120",
}
_database_numbers = count(1)


def find_binaries() -> Path:
    """Return the directory of the newest installed server, or fail the test that asked for it."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    versions = sorted(found, key=lambda path: int(path.parts[-3]))
    if not versions:
        pytest.fail("PostgreSQL's server is missing: install Debian's package postgresql")
    return versions[-1].parent


def run_as_server(program: Path, *arguments: str, directory: Path) -> None:
    """Run one of the server's programs; as the user postgres if we are root, whom it refuses."""
    log = directory / "log"
    with log.open("a") as output:
        finished = subprocess.run(
            [program, *arguments],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user="postgres" if os.getuid() == 0 else None,
            check=False,
        )
    if finished.returncode:
        pytest.fail(f"PostgreSQL's {program.name} failed:\n{log.read_text()}")


@contextmanager
def private_server(more: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start a server in a new directory, yield the URL of its database, and stop it.

    `more` are settings that differ from those above.
    """
    binaries = find_binaries()
    # Never below a home directory, which the user postgres may not enter; and short, because a
    # socket's path has 107 bytes at most.
    directory = Path(tempfile.mkdtemp(prefix="renkedu-postgresql-", dir="/tmp"))
    if os.getuid() == 0:
        shutil.chown(directory, "postgres", "postgres")
    data = str(directory / "data")
    settings = {**SETTINGS, **(more or {}), "unix_socket_directories": str(directory)}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    try:
        run_as_server(
            binaries / "initdb",
            *("--pgdata", data, "--username", "postgres", "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            directory=directory,
        )
        control = binaries / "pg_ctl"
        run_as_server(control, "start", "-w", "-D", data, "-o", options, directory=directory)
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={directory}"
        finally:
            run_as_server(control, "stop", "-m", "immediate", "-D", data, directory=directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """Create an empty database on the server, yield its URL, and drop it with its sessions."""
    name = f"test_{next(_database_numbers)}"
    plain_url = server_url.replace("postgresql+psycopg", "postgresql")
    identifier = sql.Identifier(name)
    with psycopg.connect(plain_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        yield re.sub(r"/postgres\?", f"/{name}?", server_url)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))
