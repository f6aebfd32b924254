"""`renkedu frame`: people on two lists, the public frame, the slip to check one's own line."""

from __future__ import annotations

import csv
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from sampling.commitments import make_commitment, write_line
from sampling.frame import Frame, Unit, make_frame, write_frame
from sampling.persons import merge_persons
from sampling.problems import N_, Problem
from sampling.public_frame import (
    find_line,
    make_public_frame,
    read_public_frame,
    read_table,
    render_public_frame,
)
from sampling.record import read_plan, write_whole
from sampling.verification import Difference
from survey.commands import DIFFERENT, tell
from survey.commands.outputs import spare_inputs
from survey.commands.whole_frame import find_rules, read_whole_frame

SALT_BYTES = 16

file_path = click.Path(path_type=Path)


@click.group()
def frame() -> None:
    """The frame (抽样框): each person once, and in public without saying who that is.

    \b
    Example:  renkedu frame publish FRAME.csv --plan plan.json --salts salts.csv --out public.csv
    Exit codes: 0 done, 1 a check found a difference, 2 bad input.
    """


@frame.command()
@click.argument("frame_path", type=file_path, metavar="FRAME.csv")
@click.option(
    "--persons",
    "persons_path",
    required=True,
    type=file_path,
    metavar="persons.csv",
    help="Columns id,person: ids with the same person key are one person. Secret.",
)
@click.option("--rules", metavar="NAME|FILE.toml", help="The survey's rules, where not national.")
@click.option("--out", "out_path", required=True, type=file_path, metavar="FRAME.csv")
def merge(frame_path: Path, persons_path: Path, rules: str | None, out_path: Path) -> None:
    """Write a frame in which people who stand on two lists, or twice on one, stand once.

    The rules' order of precedence says on which list they stay. Ids without a key stand alone.

    \b
    Example:
      renkedu frame merge lists.csv --persons persons.csv --out frame.csv

    Exit codes: 0 written, 2 bad input (nothing is written).
    """
    spare_inputs(out_path, frame_path, persons_path, *_list_files(rules))
    chosen = find_rules(rules, None)
    lists = read_whole_frame(frame_path, chosen)
    persons = _read_pairs(persons_path, "person")
    unknown = sorted(persons.keys() - {unit.id for unit in lists.units})
    if unknown:
        raise Problem(
            N_("the frame has nobody with the id {id!r}"), where=str(persons_path), id=unknown[0]
        )
    lines = (ListedUnit(unit, persons.get(unit.id, "").strip()) for unit in lists.units)
    people, mergers = merge_persons(lines, chosen)
    merged = make_frame((line.unit for line in people), chosen)
    write_frame(merged, out_path)
    for merger in mergers:
        click.echo(f"left out: {merger.rows} on the list {merger.dropped}, kept as {merger.kept}")
    click.echo(f"{len(merged.units)} people from {len(lists.units)} lines")
    click.echo(f"{out_path}: frame digest {merged.digest}")


@frame.command()
@click.argument("frame_path", type=file_path, metavar="FRAME.csv")
@click.option("--plan", "plan_path", required=True, type=file_path, metavar="plan.json")
@click.option(
    "--salts",
    "salts_path",
    required=True,
    type=file_path,
    metavar="salts.csv",
    help="Secret. Made if it is not there; kept, it gives the same public frame again.",
)
@click.option(
    "--persons",
    "persons_path",
    type=file_path,
    metavar="persons.csv",
    help="Columns id,person: what tells people apart, as agreed. Secret.",
)
@click.option("--rules", metavar="NAME|FILE.toml", help="In place of those the plan names.")
@click.option("--out", "out_path", required=True, type=file_path, metavar="public.csv")
def publish(
    *,
    frame_path: Path,
    plan_path: Path,
    salts_path: Path,
    persons_path: Path | None,
    rules: str | None,
    out_path: Path,
) -> None:
    """Write the public frame: pseudonym, stratum and commitment of everybody eligible.

    Its digest is published before there is a seed. Anybody can redo the draw from it, and each
    person can check their own line with the salt on their card.

    \b
    Example:
      renkedu frame publish FRAME.csv --plan plan.json --salts salts.csv --out public.csv

    Exit codes: 0 written, 2 bad input (nothing is written).
    """
    spare_inputs(out_path, frame_path, plan_path, salts_path, *_list_files(persons_path, rules))
    plan = read_plan(plan_path)
    people = read_whole_frame(frame_path, find_rules(rules, plan["rules"]["id"]))
    if people.digest != plan["frame_digest"]:
        raise Problem(N_("the plan was made for another frame; plan again"), where=str(plan_path))
    persons = _read_pairs(persons_path, "person") if persons_path else None
    is_new = not salts_path.exists()
    salts = _draw_salts(people) if is_new else _read_pairs(salts_path, "salt")
    public = make_public_frame(people, plan["strata"], salts, persons)
    if is_new:
        _write_salts(salts, salts_path)
    write_whole(render_public_frame(public), out_path)
    click.echo(f"{len(public.lines)} people in {len(plan['strata'])} strata")
    click.echo(f"{out_path}: sha256 {public.digest}")


@frame.command()
@click.argument("frame_path", type=file_path, metavar="FRAME.csv")
@click.option("--salts", "salts_path", required=True, type=file_path, metavar="salts.csv")
@click.option("--persons", "persons_path", type=file_path, metavar="persons.csv")
@click.option("--id", "unit_id", required=True, metavar="ID")
@click.option("--rules", metavar="NAME|FILE.toml", help="The survey's rules, where not national.")
def slip(
    frame_path: Path,
    salts_path: Path,
    persons_path: Path | None,
    unit_id: str,
    rules: str | None,
) -> None:
    """Print what a person needs to check their own line: the salt and the line, two lines.

    \b
    Example:
      renkedu frame slip FRAME.csv --salts salts.csv --id p-0001

    Exit codes: 0 printed, 2 bad input.
    """
    people = read_whole_frame(frame_path, find_rules(rules, None))
    unit = next((unit for unit in people.eligible if unit.id == unit_id), None)
    if unit is None:
        raise Problem(N_("nobody eligible has the id {id!r}"), where=str(frame_path), id=unit_id)
    salts = _read_pairs(salts_path, "salt")
    persons = _read_pairs(persons_path, "person") if persons_path else {}
    for name, found in ((salts_path, salts), (persons_path, persons)):
        if name is not None and unit_id not in found:
            raise Problem(N_("has no line for {id!r}"), where=str(name), id=unit_id)
    click.echo(salts[unit_id])
    click.echo(write_line(unit, persons.get(unit_id, "")))


@frame.command()
@click.argument("public_path", type=file_path, metavar="public.csv")
@click.option("--id", "unit_id", required=True, metavar="ID", help="The pseudonym on the card.")
@click.option("--salt", required=True, metavar="SALT", help="The salt on the card.")
@click.option("--line", required=True, metavar="LINE", help="The line on the card, as it stands.")
def check(public_path: Path, unit_id: str, salt: str, line: str) -> None:
    """Check one's own line of the public frame with the salt on one's card.

    \b
    Example:
      renkedu frame check public.csv --id t-01 --salt SALT --line '["t-01","teacher", ...]'

    Exit codes: 0 the line is there and says this, 1 it does not, 2 bad input.
    """
    public = read_public_frame(public_path)
    commitment = make_commitment(salt, line)
    try:
        found = find_line(public, unit_id)
        if found.commitment != commitment:
            raise Difference(
                N_("the public frame commits to {found}, these words give {expected}"),
                found=found.commitment,
                expected=commitment,
            )
    except Difference as difference:
        tell(f"{public_path}: {difference}")
        sys.exit(DIFFERENT)
    click.echo(
        f"{unit_id} stands in {public_path} in the stratum {found.stratum}, as the line says"
    )
    click.echo(f"{public_path}: sha256 {public.digest}")


@dataclass(frozen=True, slots=True)
class ListedUnit:
    """A line of the frame with the key of the person, "" for none."""

    unit: Unit
    person: str

    @property
    def id(self) -> str:
        """The line's own id."""
        return self.unit.id

    @property
    def category(self) -> str:
        """The list it stands on."""
        return self.unit.category


def _list_files(*named: Path | str | None) -> list[Path]:
    return [Path(name) for name in named if name is not None]


def _read_pairs(path: Path, column: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for place, (unit_id, value) in read_table(path, ("id", column)):
        if unit_id in pairs:
            raise Problem(N_("the id {id!r} stands twice"), where=place, id=unit_id)
        pairs[unit_id] = value
    return pairs


def _draw_salts(people: Frame) -> dict[str, str]:
    return {unit.id: secrets.token_hex(SALT_BYTES) for unit in people.eligible}


def _write_salts(salts: dict[str, str], path: Path) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("id", "salt"))
        writer.writerows(sorted(salts.items()))
