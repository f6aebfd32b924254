"""An open-loop load generator, cheap enough to share two cores with what it measures.

Visitors arrive when the schedule says, not when the server has answered the one before: whoever
waits for a connection waits on the clock. One thread, one selector, connections kept alive; a
visit is a Python generator that yields requests and is sent answers. Loopback only.
"""

from __future__ import annotations

import random
import re
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, repeat

CHUNK = 65_536
LONGEST_WAIT = 30.0  # seconds without any answer at all: the server is gone
STATUS = slice(9, 12)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
COOKIE = re.compile(rb"\r\nset-cookie: *([^=;\r]+)=([^;\r]*)", re.IGNORECASE)
LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the head as it was sent, and the body."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        """The number in the first line."""
        return int(self.head[STATUS])

    @property
    def location(self) -> bytes:
        """Where a redirect leads, or nothing."""
        found = LOCATION.search(self.head)
        return found[1] if found else b""

    @property
    def cookies(self) -> dict[bytes, bytes]:
        """The cookies set."""
        return dict(COOKIE.findall(self.head))


Visit = Generator[bytes, Answer, bool]  # yields requests, returns whether all went well


@dataclass(slots=True)
class Result:
    """What a run measured; times in seconds, a visit's from its place in the schedule."""

    seconds: float = 0.0
    visits: list[float] = field(default_factory=list)
    requests: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    bytes_out: int = 0
    bytes_in: int = 0
    processor: float = 0.0
    pause: float = 0.0  # the longest that the generator itself did not get round to looking

    @property
    def rate(self) -> float:
        """Visits that ended well, a second."""
        return len(self.visits) / self.seconds


@dataclass(slots=True, eq=False)
class Line:
    """A connection, the visit on it, and what of its answer has come so far."""

    socket: socket.socket
    visit: Visit
    due: float
    sent: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    expected: int = 0  # bytes of the whole answer, once its head is there


def arrivals(rate: float, seconds: float, seed: int = 1) -> Iterator[float]:
    """Return when visitors come: at random (Poisson), `rate` a second on average."""
    chance = random.Random(seed)  # noqa: S311 - a schedule, not a secret
    gaps = (chance.expovariate(rate) for _ in repeat(None))
    for moment in accumulate(gaps):
        if moment > seconds:
            return
        yield moment


class Load:
    """Visits on a schedule, at most `most` at a time; the others wait, with the clock running."""

    def __init__(self, port: int, most: int) -> None:
        self.address = ("127.0.0.1", port)
        self.most = most
        self.selector = selectors.EpollSelector()
        self.idle: list[socket.socket] = []
        self.busy = 0
        self.result = Result()

    def run(self, schedule: Iterator[float], visits: Iterator[Visit], until: float) -> Result:
        """Let visitors come by `schedule` (seconds from now), wait for the last; say how it went.

        Whoever has not been let in by `until` stays away and is in no figure: with more offered
        than can be borne, what is measured is capacity.
        """
        waiting: deque[float] = deque()
        began, processor = time.perf_counter(), time.process_time()
        coming = next(schedule, None)
        last_news = began
        while coming is not None or waiting or self.busy:
            now = time.perf_counter()
            while coming is not None and began + coming <= now:
                waiting.append(began + coming)
                coming = next(schedule, None)
            if now - began > until:
                waiting.clear()
            while waiting and self.busy < self.most:
                self.begin(next(visits), waiting.popleft())
            pause = 0.05 if coming is None else min(0.05, max(0.0, began + coming - now))
            ready = self.selector.select(pause)
            looked = time.perf_counter()
            for key, _ in ready:
                self.receive(key.data)
                last_news = now
            self.result.pause = max(self.result.pause, time.perf_counter() - looked)
            if self.busy and now - last_news > LONGEST_WAIT:
                raise TimeoutError("the server has stopped answering")
        self.result.seconds = time.perf_counter() - began
        self.result.processor = time.process_time() - processor
        for connection in self.idle:
            connection.close()
        self.selector.close()
        return self.result

    def begin(self, visit: Visit, due: float) -> None:
        """Let a visitor in, on a connection that is idle or new."""
        try:
            connection = self.idle.pop() if self.idle else self.connect()
        except OSError as error:
            self.result.failures[type(error).__name__] += 1
            return
        self.busy += 1
        line = Line(connection, visit, due)
        self.selector.register(connection, selectors.EVENT_READ, line)
        self.send(line, next(visit))

    def connect(self) -> socket.socket:
        """Open a connection; small packets go out at once."""
        connection = socket.create_connection(self.address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def send(self, line: Line, request: bytes) -> None:
        """Send a request; a paper is a few kilobytes and fits into the socket's buffer."""
        line.sent = time.perf_counter()
        self.result.bytes_out += len(request)
        try:
            line.socket.sendall(request)
        except OSError as error:
            self.fail(line, type(error).__name__)

    def receive(self, line: Line) -> None:
        """Take what has come; go on with the visit when the answer is whole."""
        try:
            part = line.socket.recv(CHUNK)
        except OSError as error:
            self.fail(line, type(error).__name__)
            return
        if not part:
            self.fail(line, "closed")
            return
        self.result.bytes_in += len(part)
        received = line.received
        received += part
        if not line.expected:
            end = received.find(b"\r\n\r\n")
            if end < 0:
                return
            length = LENGTH.search(received, 0, end)
            line.expected = end + 4 + (int(length[1]) if length else 0)
        if len(received) >= line.expected:
            end = received.find(b"\r\n\r\n")
            answer = Answer(bytes(received[:end]), bytes(received[end + 4 :]))
            received.clear()
            line.expected = 0
            self.result.requests.append(time.perf_counter() - line.sent)
            self.go_on(line, answer)

    def go_on(self, line: Line, answer: Answer) -> None:
        """Send what the visitor does next, or end the visit."""
        try:
            request = line.visit.send(answer)
        except StopIteration as end:
            self.selector.unregister(line.socket)
            self.idle.append(line.socket)
            self.busy -= 1
            if end.value:
                self.result.visits.append(time.perf_counter() - line.due)
            else:
                self.result.failures[f"status {answer.status}"] += 1
        else:
            self.send(line, request)

    def fail(self, line: Line, reason: str) -> None:
        """Count a visit that the network ended."""
        self.selector.unregister(line.socket)
        line.socket.close()
        self.busy -= 1
        self.result.failures[reason] += 1


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of `values` do not exceed, 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
