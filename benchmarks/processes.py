"""Servers that are measured: started, found again with all their processes, read, stopped."""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 60  # seconds for a server to listen


@dataclass(frozen=True, slots=True)
class Usage:
    """What a family of processes has used: processor seconds so far, memory in bytes now."""

    processor: float
    memory: int


def find_family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended
        return []
    return [pid, *itertools.chain.from_iterable(find_family(int(child)) for child in children)]


def read_usage(pid: int) -> Usage:
    """Return what a process and its descendants use; shared memory is shared out among them."""
    processor, memory = 0.0, 0
    for member in find_family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        processor += (int(fields[11]) + int(fields[12])) / TICKS
        rollup = Path(f"/proc/{member}/smaps_rollup").read_text()
        found = re.search(r"^Pss: +(\d+)", rollup, re.MULTILINE)
        memory += int(found[1]) * 1024 if found else 0
    return Usage(processor, memory)


@contextmanager
def serving(
    arguments: Sequence[str], port: int, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a Python program that serves, wait until it listens, stop it in the end."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, **environment},  # noqa: TID251 - handed on, not read
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until_it_listens(process, port)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    """Return when somebody can connect; raise `RuntimeError` if the server ends or takes long."""
    for _ in range(10 * PATIENCE):
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server does not listen")


def find_free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
