"""Performing the demonstration on a terminal: step by step, one screen, then the site."""

from __future__ import annotations

import time
from pathlib import Path

import click
from rich.console import Console

from survey.demo.home import prepare_home
from survey.demo.invention import invent
from survey.demo.screen import show_outcome, tell_summary
from survey.demo.story import STEPS, Story, set_stage

WIDTH_OFF_TERMINAL = 120


def perform(home: Path, *, seed: int, port: int, is_once: bool, scale: float = 1.0) -> Path:
    """Tell the whole story in `home`; return the path of summary.json, which is printed last.

    Unless `is_once`, the site is served until Ctrl-C. Raises `Problem` where a step finds fault.
    """
    screen = make_console(stderr=False)
    with prepare_home(home) as ready:
        story = set_stage(ready, invent(seed, scale), port)
        try:
            tell(story, make_console(stderr=True))
            show_outcome(story, screen)
            click.echo(tell_summary(story.files))
            if not is_once:
                wait()
        finally:
            story.leave()
    return story.files


def make_console(*, stderr: bool) -> Console:
    """Return a console; without a terminal it is wide enough for the tables."""
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=WIDTH_OFF_TERMINAL)


def tell(story: Story, console: Console) -> None:
    """Take the steps one by one; print what each did and how long it took."""
    for title, step in STEPS:
        started = time.perf_counter()
        with console.status(title):
            told = step(story)
        seconds = time.perf_counter() - started
        console.print(f"{seconds:6.1f} s  {title}: {told}", highlight=False, soft_wrap=True)


def wait() -> None:
    """Let the site serve until Ctrl-C."""
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
