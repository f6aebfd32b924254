"""`renkedu release`: reserves released from a draw, and the log of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from sampling.canonical import digest
from sampling.record import Draw, read_draw
from sampling.release import (
    Release,
    ReleaseOrder,
    append_release,
    count_released,
    issued_weights,
    read_releases,
    verify_releases,
)

file_path = click.Path(path_type=Path)


class ReleaseGroup(click.Group):
    """`renkedu release draw.json ...` releases; `renkedu release show ...` shows the log."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a first word that is no command for the draw of the command `reserves`."""
        if args and args[0] not in self.commands:
            return super().resolve_command(ctx, ["reserves", *args])
        return super().resolve_command(ctx, args)


@click.group(cls=ReleaseGroup)
def release() -> None:
    """Reserves (备用样本), released within their stratum in drawn order, and the log of releases.

    \b
    Example:
      renkedu release draw.json --stratum parent/urban/1-2 --count 2 \\
        --reason "拒访 1,无法联系 1" --log releases.jsonl
      renkedu release show draw.json --log releases.jsonl

    Exit codes: 0 done, 2 bad input.
    """


@release.command()
@click.argument("draw_path", type=file_path, metavar="draw.json")
@click.option("--stratum", required=True, metavar="NAME", help="Where people were lost.")
@click.option("--count", required=True, type=int, metavar="N", help="How many to release now.")
@click.option("--reason", required=True, metavar="TEXT", help="The dispositions, never answers.")
@click.option("--log", "log_path", required=True, type=file_path, metavar="releases.jsonl")
@click.option("--time", metavar="TIME", help="Asserted time; by default this machine's.")
def reserves(
    *, draw_path: Path, stratum: str, count: int, reason: str, log_path: Path, time: str | None
) -> None:
    """Append a release to the log and print the ids that are released, in drawn order.

    The word `reserves` may be left out. The log is never rewritten: each line is bound to the one
    before it, and the printed digest of the last one is worth publishing.

    \b
    Example (the same as: renkedu release reserves draw.json ...):
      renkedu release draw.json --stratum principal/urban --count 1 --reason "拒访 1" \\
        --log releases.jsonl

    Exit codes: 0 released, 2 bad input (nothing is written).
    """
    asserted = time or datetime.now(UTC).isoformat(timespec="seconds")
    order = ReleaseOrder(stratum, count, reason, asserted)
    line = append_release(log_path, read_draw(draw_path), order)
    for unit_id in line["released"]:
        click.echo(unit_id)
    click.echo(f"{log_path} line {line['number']}: sha256 {digest(line)}", err=True)


@release.command()
@click.argument("draw_path", type=file_path, metavar="draw.json")
@click.option("--log", "log_path", required=True, type=file_path, metavar="releases.jsonl")
def show(draw_path: Path, log_path: Path) -> None:
    """Show the log: what was released when and why, and the weights that follow from it.

    \b
    Example:
      renkedu release show draw.json --log releases.jsonl

    Exit codes: 0 shown, 2 bad input (a log that is broken or of another draw).
    """
    draw, releases = read_draw(draw_path), read_releases(log_path)
    verify_releases(draw, releases)
    for line in releases:
        click.echo(f"{line['number']} {line['time']} {line['stratum']}: {line['count']} released")
        click.echo(f"  {line['reason']}: {' '.join(line['released'])}")
    _show_weights(draw, releases)
    if releases:
        click.echo(f"{log_path} line {len(releases)}: sha256 {digest(releases[-1])}")


def _show_weights(draw: Draw, releases: list[Release]) -> None:
    released = count_released(releases)
    if "design" in draw:
        for stratum, count in released.items():
            click.echo(f"{stratum}: {count} released")
        click.echo(f"weights differ inside a stratum in the design {draw['design']['name']}")
        return
    for stratum, weight in issued_weights(draw, releases).items():
        if released[stratum]:
            click.echo(f"{stratum}: {released[stratum]} released, weight {weight}")
