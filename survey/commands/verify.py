"""`renkedu verify`: a draw redone from its frame, and what stands around it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from sampling.ceremony import read_ceremony, verify_ceremony
from sampling.frame import Frame
from sampling.public_frame import (
    PublicFrame,
    read_public_frame,
    verify_public_draw,
    verify_public_frame,
)
from sampling.record import Draw, Plan, read_draw, read_plan
from sampling.release import count_released, read_releases, verify_releases
from sampling.verification import Difference, verify_draw, verify_rules
from scoring.merkle import merkle_root
from survey.commands import DIFFERENT, tell
from survey.commands.whole_frame import find_rules, read_whole_frame
from survey.responses.receipts import is_set_aside, read_published, read_receipt

file_path = click.Path(path_type=Path)


@click.command()
@click.argument("draw_path", type=file_path, metavar="draw.json|answers.json|receipts.txt")
@click.option("--receipt", metavar="CODE", help="Look a receipt up; spaces do not matter.")
@click.option("--frame", "frame_path", type=file_path, metavar="FRAME.csv")
@click.option(
    "--public", "public_path", type=file_path, metavar="public.csv", help="The public frame."
)
@click.option("--plan", "plan_path", type=file_path, metavar="plan.json", help="Check this too.")
@click.option("--rules", metavar="NAME|FILE.toml", help="In place of those the draw names.")
@click.option("--ceremony", "ceremony_path", type=file_path, metavar="ceremony.json")
@click.option("--releases", "releases_path", type=file_path, metavar="releases.jsonl")
@click.option(
    "--trust",
    "root_paths",
    type=file_path,
    multiple=True,
    metavar="ROOT.pem",
    help="A time-stamp authority that you trust.",
)
def verify(
    *,
    draw_path: Path,
    receipt: str | None,
    frame_path: Path | None,
    public_path: Path | None,
    plan_path: Path | None,
    rules: str | None,
    ceremony_path: Path | None,
    releases_path: Path | None,
    root_paths: Sequence[Path],
) -> None:
    """Redo a draw from its frame, or from its public frame, and say whether it is right (核验).

    Everything is computed again in plain Python, without the engine that drew the sample. With
    --ceremony it is said of each point whether it was checked, is proved, or is only asserted.

    With --receipt, the file is an answers certificate or the published list of receipts, and it
    is said whether the receipt (回执) is in it: whether that sealed answer was among those opened.

    \b
    Example:
      renkedu verify draw.json --frame FRAME.csv
      renkedu verify draw.json --public public.csv --ceremony ceremony.json
      renkedu verify receipts.txt --receipt "01ab 23cd ..."

    Exit codes: 0 the draw is right, 1 it is not (the first difference is told), 2 bad input.
    """
    if receipt is not None:
        look_up_receipt(draw_path, receipt)
        return
    if frame_path is None and public_path is None:
        raise click.UsageError("Missing option '--frame' (or '--public').")
    record = read_draw(draw_path)
    plan = read_plan(plan_path) if plan_path else None
    public = read_public_frame(public_path) if public_path else None
    roots = [path.read_bytes() for path in root_paths]
    chosen = find_rules(rules, record["rules"]["id"] if "rules" in record else None)
    frame = read_whole_frame(frame_path, chosen) if frame_path else None
    try:
        if "rules" in record:
            verify_rules(record["rules"], chosen)
        said = _redo(record, frame, public, plan)
        if releases_path:
            said += _follow_releases(record, releases_path)
        if ceremony_path:
            found = verify_ceremony(
                read_ceremony(ceremony_path),
                record,
                plan=plan,
                public_digest=public.digest if public else None,
                roots=roots,
            )
            said += [str(finding) for finding in found]
    except Difference as difference:
        tell(f"{draw_path} is not right: {difference}")
        sys.exit(DIFFERENT)
    click.echo(
        f"{draw_path} is right: {record['n']} people in {len(record['strata'])} strata, "
        f"every ticket redone from {frame_path or public_path}"
    )
    for line in said:
        click.echo(line)


def look_up_receipt(path: Path, receipt: str) -> None:
    """Say whether a receipt is in a certificate or a list, and what that shows."""
    leaf = read_receipt(receipt)
    leaves = read_published(path)
    if leaf not in leaves:
        tell(f"{path}: this receipt is not among the {len(leaves)}")
        sys.exit(DIFFERENT)
    if is_set_aside(path, leaf):
        tell(f"{path}: the envelope of this receipt could not be opened; its answer is not counted")
        sys.exit(DIFFERENT)
    click.echo(
        f"{path}: the receipt is among the {len(leaves)}; Merkle root {merkle_root(leaves)}\n"
        "This sealed answer was among those opened. What it held, and that it was counted as "
        "given, is not shown by it: renkedu tally verify redoes that, with the key of the round."
    )


def _redo(
    draw: Draw, frame: Frame | None, public: PublicFrame | None, plan: Plan | None
) -> list[str]:
    """Raise `Difference` unless the draw follows from what there is; say what else was seen."""
    if frame is not None:
        verify_draw(draw, frame, plan)
    if public is None:
        return []
    said = [f"public frame: sha256 {public.digest}"]
    if frame is None:
        verify_public_draw(draw, public, plan)
    else:
        verify_public_frame(public, frame, draw["strata"])
        said.append("checked: the public frame holds everybody eligible in their stratum")
    return said


def _follow_releases(draw: Draw, path: Path) -> list[str]:
    releases = read_releases(path)
    verify_releases(draw, releases)
    total = sum(count_released(releases).values())
    return [f"checked: {total} reserves released in {len(releases)} steps, each in drawn order"]
