"""`renkedu ceremony`: the record of a public draw, kept step by step while it happens."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from sampling.canonical import digest
from sampling.ceremony import (
    Ceremony,
    add_step,
    add_timestamp,
    disclose_seed,
    find_head,
    open_ceremony,
    read_ceremony,
)
from sampling.drand import QUICKNET, find_round_time
from sampling.problems import N_, Problem
from sampling.public_frame import read_public_frame
from sampling.record import read_draw, read_json, read_plan, write_record
from sampling.seed_sources import Reveal, commit

NONCE_BYTES = 32

file_path = click.Path(path_type=Path)
ceremony_argument = click.argument("ceremony_path", type=file_path, metavar="ceremony.json")
time_option = click.option("--time", metavar="TIME", help="Asserted time; by default now.")


@click.group()
def ceremony() -> None:
    """The ceremony of a draw (抽签仪式): frame, source of the seed, seed, draw, in this order.

    \b
    Example:
      renkedu ceremony open --county 宜州区 --round 2026 --stage 省级 --plan plan.json \\
        --public public.csv --out ceremony.json
      renkedu ceremony announce ceremony.json --drand 30000000
      renkedu ceremony seed ceremony.json --signature HEX
      renkedu ceremony close ceremony.json --draw draw.json

    Exit codes: 0 done, 2 bad input.
    """


@ceremony.command("open")
@click.option("--county", required=True, metavar="NAME")
@click.option("--round", "round_name", required=True, metavar="NAME")
@click.option("--stage", required=True, metavar="NAME")
@click.option("--plan", "plan_path", required=True, type=file_path, metavar="plan.json")
@click.option("--public", "public_path", required=True, type=file_path, metavar="public.csv")
@click.option("--out", "out_path", required=True, type=file_path, metavar="ceremony.json")
@time_option
def begin(
    *,
    county: str,
    round_name: str,
    stage: str,
    plan_path: Path,
    public_path: Path,
    out_path: Path,
    time: str | None,
) -> None:
    """Begin with the digests of the public frame and the plan, which are published now.

    \b
    Example:
      renkedu ceremony open --county 宜州区 --round 2026 --stage 省级 --plan plan.json \\
        --public public.csv --out ceremony.json

    Exit codes: 0 written, 2 bad input (a ceremony that is there is not overwritten).
    """
    if out_path.exists():
        raise Problem(N_("is there already"), where=str(out_path))
    plan = read_plan(plan_path)
    content: dict[str, object] = {
        "public_frame_digest": read_public_frame(public_path).digest,
        "frame_digest": plan["frame_digest"],
        "plan_digest": digest(plan),
        "n": plan["n"],
    }
    _save(add_step(open_ceremony(county, round_name, stage), content, _asserted(time)), out_path)


@ceremony.command("commit")
@click.option("--party", required=True, metavar="NAME")
@click.option("--text", required=True, metavar="TEXT", help="Any line; told to nobody until later.")
@click.option("--out", "out_path", required=True, type=file_path, metavar="reveal.json")
def make_commitment(party: str, text: str, out_path: Path) -> None:
    """Make a party's commitment: it is announced now, and the file is shown later.

    Each party runs this on a machine of its own and keeps the file to itself.

    \b
    Example:
      renkedu ceremony commit --party 家长代表 --text "春江水暖鸭先知" --out reveal.json

    Exit codes: 0 the commitment is printed, 2 bad input.
    """
    reveal = Reveal(party=party, text=text, nonce=secrets.token_hex(NONCE_BYTES))
    commitment = commit(reveal)
    try:
        descriptor = os.open(out_path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise Problem(N_("is there already"), where=str(out_path)) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(reveal, stream, ensure_ascii=False)
    click.echo(commitment)


@ceremony.command()
@ceremony_argument
@click.option("--drand", "beacon", type=int, metavar="ROUND", help="A round of drand's quicknet.")
@click.option("--event", metavar="TEXT", help="A public event, e.g. a lottery and its issue.")
@click.option("--commitment", "commitments", multiple=True, metavar="PARTY=HEX")
@time_option
def announce(
    ceremony_path: Path,
    beacon: int | None,
    event: str | None,
    commitments: tuple[str, ...],
    time: str | None,
) -> None:
    """Name the source of the seed before anybody can know it.

    \b
    Example:
      renkedu ceremony announce ceremony.json --event "双色球第2026045期"

    Exit codes: 0 written, 2 bad input (nothing is changed).
    """
    chosen = [value for value in (beacon, event, commitments) if value not in (None, ())]
    if len(chosen) != 1:
        raise click.UsageError("name one source: --drand, --event or --commitment")
    content: dict[str, object]
    if beacon is not None:
        content = {"source": "drand", "chain": QUICKNET.chain_hash, "round": beacon}
    elif event is not None:
        content = {"source": "public-event", "event": event}
    else:
        content = {"source": "commit-reveal", "parties": _split(commitments)}
    _save(add_step(read_ceremony(ceremony_path), content, _asserted(time)), ceremony_path)
    if beacon is not None:
        click.echo(f"round {beacon} is due at {find_round_time(beacon).isoformat()}")


@ceremony.command()
@ceremony_argument
@click.option("--signature", metavar="HEX", help="The signature of the drand round.")
@click.option("--value", metavar="TEXT", help="The outcome of the event.")
@click.option("--reveal", "reveals", type=file_path, multiple=True, metavar="reveal.json")
@time_option
def seed(
    ceremony_path: Path,
    signature: str | None,
    value: str | None,
    reveals: tuple[Path, ...],
    time: str | None,
) -> None:
    """Disclose the seed and print it: it goes into `renkedu draw --seed`.

    \b
    Example:
      renkedu ceremony seed ceremony.json --value "03 11 17 22 28 31 + 09"

    Exit codes: 0 the seed is printed, 2 bad input (nothing is changed).
    """
    record = read_ceremony(ceremony_path)
    given = {"signature": signature, "value": value}
    disclosure: dict[str, object] = {key: text for key, text in given.items() if text is not None}
    if reveals:
        disclosure["reveals"] = [read_json(path, "reveal") for path in reveals]
    text = disclose_seed(record, disclosure)
    _save(add_step(record, {**disclosure, "seed": text}, _asserted(time)), ceremony_path)
    click.echo(text)


@ceremony.command()
@ceremony_argument
@click.option("--draw", "draw_path", required=True, type=file_path, metavar="draw.json")
@time_option
def close(ceremony_path: Path, draw_path: Path, time: str | None) -> None:
    """End with the digest of the draw.

    \b
    Example:
      renkedu ceremony close ceremony.json --draw draw.json

    Exit codes: 0 written, 2 bad input (nothing is changed).
    """
    content: dict[str, object] = {"draw_digest": digest(read_draw(draw_path))}
    _save(add_step(read_ceremony(ceremony_path), content, _asserted(time)), ceremony_path)


@ceremony.command()
@ceremony_argument
@click.option("--token", "token_path", required=True, type=file_path, metavar="FILE.tsr")
def stamp(ceremony_path: Path, token_path: Path) -> None:
    """Attach an outside time stamp (RFC 3161) to the last step.

    What is stamped is the digest that the step printed, e.g. with
    `openssl ts -query -digest HEX -sha256 -cert -out FILE.tsq`.

    \b
    Example:
      renkedu ceremony stamp ceremony.json --token source.tsr

    Exit codes: 0 written, 2 bad input (nothing is changed).
    """
    token = base64.b64encode(token_path.read_bytes()).decode("ascii")
    _save(add_timestamp(read_ceremony(ceremony_path), token), ceremony_path)


def _asserted(time: str | None) -> str:
    return time or datetime.now(UTC).isoformat(timespec="seconds")


def _split(commitments: Sequence[str]) -> list[Mapping[str, str]]:
    pairs = [text.rpartition("=") for text in commitments]
    return [{"party": party, "commitment": commitment} for party, _, commitment in pairs]


def _save(record: Ceremony, path: Path) -> None:
    write_record(record, path)
    last = record["steps"][-1]
    click.echo(f"{path} step {last['step']}: sha256 {find_head(record)}", err=True)
