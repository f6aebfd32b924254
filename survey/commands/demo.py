"""`renkedu demo`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="A county's whole way with made-up people, then the site.")
@click.option("--once", is_flag=True, help="Stop at the end instead of serving the site.")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Directory for the database and the files; an earlier demonstration there is replaced.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=2026,
    show_default=True,
    help="What people and schools are made up from; the draw's seed names it too.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="Port of the site on 127.0.0.1; a free one if it is taken.",
)
def demo(once: bool, home: Path, seed: int, port: int) -> None:
    """Take the county Yizhou (宜州区) from a roster to a verdict, then serve the site.

    The townships and their residents are real; people and schools are made up. Simulated
    respondents answer over HTTP on this machine; nothing leaves it. Progress goes to standard
    error; the last line of standard output is `summary: PATH`.

    \b
    Example:
      renkedu demo --once --home /tmp/renkedu-demo

    \b
    Exit codes:
      0  done (with --once), or stopped by Ctrl-C
      2  bad input: a directory that holds something else, a demonstration already running there
    """
    from survey.demo.performance import perform

    perform(home, seed=seed, port=port, is_once=once)
