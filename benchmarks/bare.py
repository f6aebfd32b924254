"""The least that a respondent's visit can be: a bare Flask site that inserts the same bytes.

It answers the same three requests with as many bytes as ours, checks nothing, seals nothing, and
stores its bytes by the same group commit. What ours costs beyond it is what ours does beyond it.
"""

from __future__ import annotations

import argparse
import hashlib
import secrets
from http import HTTPStatus

from flask import Flask, redirect, request
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, insert
from werkzeug import Response

from survey.database import Database
from survey.serving import open_sockets, serve

STORED = Table(
    "bare_envelope",
    MetaData(),
    Column("leaf", String(64), primary_key=True),
    Column("ciphertext", LargeBinary, nullable=False),
)
SEALED_SIZE = 4145  # bytes of an envelope


def make_bare_site(database_url: str, page_size: int) -> Flask:
    """Return a site of three views on a table of its own."""
    site = Flask("bare")
    database = Database(database_url)
    STORED.metadata.create_all(database.engine)
    store = insert(STORED)
    page = "x" * page_size

    @site.get("/a/<code>")
    def open_link(code: str) -> Response:
        answer = redirect("/a/", HTTPStatus.SEE_OTHER)
        answer.set_cookie("card", code, path="/a", httponly=True)
        return answer

    @site.get("/a/paper")
    def show_paper() -> str:
        return page

    @site.post("/a/save")
    @site.post("/a/paper")
    def submit_paper() -> Response:
        sealed = "".join(request.form.values()).encode().ljust(SEALED_SIZE - 16)
        sealed += secrets.token_bytes(16)
        row = {"leaf": hashlib.sha256(sealed).hexdigest(), "ciphertext": sealed}
        database.write(lambda connection: connection.execute(store, row).rowcount)
        is_save = request.path == "/a/save"
        return Response() if is_save else redirect("/a/thanks", HTTPStatus.SEE_OTHER)

    return site


def main() -> None:
    """Serve it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--page-size", type=int, default=9_900)
    given = parser.parse_args()
    site = make_bare_site(given.database, given.page_size)
    serve(site, open_sockets("127.0.0.1", given.port), given.processes)


if __name__ == "__main__":
    main()
