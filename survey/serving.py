"""The site on waitress: threads, one process, for one county."""

from __future__ import annotations

import logging
import socket

from flask import Flask
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

THREADS = 8
# Says at each request that it had to wait for a thread; that is what the threads are for.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
Server = BaseWSGIServer | MultiSocketServer


def make_server(app: Flask, host: str = "127.0.0.1", port: int = 8000) -> Server:
    """Return a server that is listening; `run()` serves until `close()`.

    Waitress writes no access log: the address of a link holds a respondent's code.
    """
    return create_server(
        app,
        host=host,
        port=port,
        threads=THREADS,
        ident="",
        clear_untrusted_proxy_headers=True,
    )


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
