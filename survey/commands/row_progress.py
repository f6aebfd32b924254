"""How far the reading of tables is, on a terminal; elsewhere nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scoring.row_progress import Watch


@contextmanager
def show_progress() -> Iterator[Watch]:
    """Show a bar for each table while it is read, on standard error, and take it away after."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:
        tasks = {}

        def watch(place: str, done: int, total: int) -> None:
            if place not in tasks:
                tasks[place] = bars.add_task(place, total=total)
            bars.update(tasks[place], completed=done)

        yield watch
