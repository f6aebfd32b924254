"""Options of `renkedu draw` that choose another design than the plain one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from sampling import rotation as rotation_design
from sampling import systematic, two_stage
from sampling.designs import make_design
from sampling.problems import N_, Problem
from sampling.record import Design

OPTIONS = (
    click.option("--by", metavar="COLUMN", help="Two stages: clusters are school or township."),
    click.option("--take", type=int, metavar="N", help="With --by: people per cluster. [5]"),
    click.option(
        "--order", metavar="NAME", help="With --by: pareto or sequential-poisson. [pareto]"
    ),
    click.option(
        "--spread", metavar="COLUMNS", help="Every N/n-th of a list sorted by township,school."
    ),
    click.option(
        "--rotation", metavar="TEXT", help="In turn between years: groups=8,turn=3,stay=1."
    ),
    click.option(
        "--earlier-seed",
        "earlier_seeds",
        multiple=True,
        metavar="TEXT",
        help="With --rotation: seed of the year before, then the one before that.",
    ),
)


NAMES = ("by", "take", "order", "spread", "rotation", "earlier_seeds")


def with_design(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of designs; it takes the chosen one, or None, as `design`."""

    @wraps(command)
    def choose_and_run(**parameters: Any) -> None:
        given = {name: parameters.pop(name) for name in NAMES}
        command(design=choose_design(**given), **parameters)

    for option in reversed(OPTIONS):
        choose_and_run = option(choose_and_run)
    return choose_and_run


def choose_design(
    *,
    by: str | None,
    take: int | None,
    order: str | None,
    spread: str | None,
    rotation: str | None,
    earlier_seeds: tuple[str, ...],
) -> Design | None:
    """Return the design that the options choose, None without; raise `Problem` for several."""
    if by is None and (take is not None or order is not None):
        raise Problem(N_("{options} needs {option}"), options="--take, --order", option="--by")
    if rotation is None and earlier_seeds:
        raise Problem(N_("{options} needs {option}"), options="--earlier-seed", option="--rotation")
    chosen: dict[str, dict[str, object]] = {}
    if by is not None:
        given = {"by": by, "take": take, "order": order}
        chosen[two_stage.NAME] = {key: value for key, value in given.items() if value is not None}
    if spread is not None:
        chosen[systematic.NAME] = {"spread": spread.split(",")}
    if rotation is not None:
        earlier = {"earlier_seeds": list(earlier_seeds)}
        chosen[rotation_design.NAME] = read_rotation(rotation) | earlier
    if len(chosen) > 1:
        raise Problem(
            N_("a draw has one design, but options of {designs} were given"),
            designs=", ".join(chosen),
        )
    return next((make_design(name, options) for name, options in chosen.items()), None)


def read_rotation(text: str) -> dict[str, object]:
    """Read "groups=8,turn=3,stay=1"; raise `Problem` for anything but names and whole numbers."""
    options: dict[str, object] = {}
    for part in text.split(","):
        name, _, number = part.strip().partition("=")
        if name in options or not (number.isascii() and number.isdigit()):
            raise Problem(
                N_("rotation: expected a text like {example}, got {got!r}"),
                example="groups=8,turn=3,stay=1",
                got=text,
            )
        options[name] = int(number)
    if "turn" not in options:
        raise Problem(N_("rotation: say which turn it is, one more each year, like turn=3"))
    return options
