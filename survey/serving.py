"""The site on waitress: one process with threads, or several that share a listening socket."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
import time
from typing import Any

import structlog
from flask import Flask
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

THREADS = 16  # most of them wait for a commit, and the more wait the more one commit holds
BACKLOG = 1024  # connections that the kernel keeps until a process takes them
MOST_CONNECTIONS = 1000  # of one process; waitress counts visitors that keep theirs open, too
LONGEST_HEAD = 32 * 1024  # bytes; a card, a draft and a language are far below it
STOP = {signal.SIGTERM, signal.SIGINT}
LAST_WORDS = 5  # seconds for what is under way when the server is told to stop
PAUSE = 1.0  # seconds before a process that fell over is started again
# Says at each request that it had to wait for a thread; that is what the threads are for.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
log = structlog.get_logger()
Server = BaseWSGIServer | MultiSocketServer


def make_server(
    app: Flask,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    sockets: list[socket.socket] | None = None,
) -> Server:
    """Return a server that is listening; `run()` serves until `close()`.

    Waitress writes no access log: the address of a link holds a respondent's code.
    """
    where: dict[str, Any] = {"sockets": sockets} if sockets else {"host": host, "port": port}
    return create_server(
        app,
        **where,
        threads=THREADS,
        backlog=BACKLOG,
        connection_limit=MOST_CONNECTIONS,
        asyncore_use_poll=True,
        max_request_header_size=LONGEST_HEAD,
        ident="",
        clear_untrusted_proxy_headers=not app.config.get("PROXIES"),
    )


def open_sockets(host: str, port: int) -> list[socket.socket]:
    """Return sockets that listen on every address of `host`; raise `OSError` if one cannot."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return [
        socket.create_server(address[:2], family=family, backlog=BACKLOG)
        for family, _, _, _, address in found
    ]


def serve(app: Flask, sockets: list[socket.socket], processes: int = 1) -> None:
    """Serve until SIGTERM or Ctrl-C; what is being answered then is answered first.

    Several processes share the sockets; one that falls over is replaced. Each has memory and a
    line of writers of its own, and the database between them.
    """
    # The signals are waited for, in one place. A handler would raise wherever the program is, and
    # what it raises in the middle of a destructor is lost.
    gc.collect()
    gc.freeze()  # the modules stay: looked through no more, and shared by the processes
    signal.pthread_sigmask(signal.SIG_BLOCK, {*STOP, signal.SIGCHLD})
    if processes == 1:
        serve_here(app, sockets)
    else:
        Family(app, sockets).keep(processes)
        gc.unfreeze()  # a parent ends as every program does


def serve_here(app: Flask, sockets: list[socket.socket]) -> None:
    """Serve in this process until it is told to stop; it ends here."""
    server = make_server(app, sockets=sockets)

    def stop() -> None:
        signal.sigwait(STOP)
        # No new work; what is under way is finished, while the main thread sends it off.
        server.task_dispatcher.shutdown(timeout=LAST_WORDS)
        time.sleep(PAUSE / 2)
        os._exit(0)

    threading.Thread(target=stop, name="stop", daemon=True).start()
    server.run()


class Family:
    """A parent that only waits, and children that serve."""

    def __init__(self, app: Flask, sockets: list[socket.socket]) -> None:
        self.app = app
        self.sockets = sockets
        self.children: set[int] = set()

    def keep(self, processes: int) -> None:
        """Keep as many children at work until this process is told to stop."""
        while True:
            while len(self.children) < processes:
                self.children.add(self.fork())
            told = signal.sigwait({*STOP, signal.SIGCHLD})
            if told != signal.SIGCHLD:
                break
            if self.bury():
                log.error("server.process_ended")
                time.sleep(PAUSE)
        for child in self.children:
            os.kill(child, signal.SIGTERM)
        for child in self.children:
            os.waitpid(child, 0)

    def bury(self) -> bool:
        """Take note of children that have ended; say whether there were any."""
        ended = {child for child in self.children if os.waitpid(child, os.WNOHANG)[0]}
        self.children -= ended
        return bool(ended)

    def fork(self) -> int:
        """Start a child that serves and never returns; return its number."""
        child = os.fork()
        if child == 0:
            try:
                serve_here(self.app, self.sockets)
            finally:
                os._exit(1)  # nothing of the parent's is the child's to tidy up
        return child


def find_free_port(host: str, wanted: int) -> int:
    """Return `wanted` if nobody listens there, else a free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return wanted
