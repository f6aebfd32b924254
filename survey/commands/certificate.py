"""`renkedu certificate show`: a draw as a page that a person can read."""

from __future__ import annotations

import gettext
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
from rich.cells import cell_len

from sampling.canonical import digest
from sampling.ceremony import Ceremony, Finding, read_ceremony, verify_ceremony
from sampling.record import Draw, read_draw
from sampling.release import (
    Release,
    count_released,
    issued_weights,
    read_releases,
    verify_releases,
)
from sampling.verification import Difference
from survey.commands import DIFFERENT, tell
from survey.commands.certificate_words import WORDS
from survey.commands.text_table import align, indent

TRANSLATIONS = Path(__file__).resolve().parents[1] / "translations"

file_path = click.Path(path_type=Path)
Words = Mapping[str, str]


@click.group()
def certificate() -> None:
    """Draw certificates (抽样证书) for people to read.

    \b
    Example:  renkedu certificate show draw.json --ceremony ceremony.json
    Exit codes: 0 done, 1 a check found a difference, 2 bad input.
    """


@certificate.command()
@click.argument("draw_path", type=file_path, metavar="draw.json")
@click.option("--ceremony", "ceremony_path", type=file_path, metavar="ceremony.json")
@click.option("--releases", "releases_path", type=file_path, metavar="releases.jsonl")
@click.option("--trust", "root_paths", type=file_path, multiple=True, metavar="ROOT.pem")
@click.option("--language", type=click.Choice(sorted(WORDS)), default="zh", show_default=True)
@click.option("--ids", is_flag=True, help="List the ids of sample and reserve as well.")
def show(
    *,
    draw_path: Path,
    ceremony_path: Path | None,
    releases_path: Path | None,
    root_paths: Sequence[Path],
    language: str,
    ids: bool,
) -> None:
    """Print a certificate as a page, with its ceremony and its releases where they are named.

    The page shows what the record says; `renkedu verify` checks the sample against a frame.

    \b
    Example:
      renkedu certificate show draw.json --ceremony ceremony.json --language en

    Exit codes: 0 printed, 1 ceremony or releases do not belong to this draw, 2 bad input.
    """
    words = WORDS[language]
    draw = read_draw(draw_path)
    releases = read_releases(releases_path) if releases_path else []
    pages = [_write_head(draw, words), _write_strata(draw, releases, words, ids=ids)]
    try:
        verify_releases(draw, releases)
        if releases:
            pages.append(_write_releases(releases, words))
        if ceremony_path:
            record = read_ceremony(ceremony_path)
            roots = [path.read_bytes() for path in root_paths]
            findings = verify_ceremony(record, draw, roots=roots)
            pages += [_write_steps(record, words), _write_findings(findings, words, language)]
    except Difference as difference:
        tell(f"{draw_path} is not right: {difference}")
        sys.exit(DIFFERENT)
    pages.append(iter(["", words["redo"], "  " + words["how"], "  " + _write_recipe(draw)]))
    for page in pages:
        for line in page:
            click.echo(line)
    click.echo("  " + words["who"])


def _write_head(draw: Draw, words: Words) -> Iterator[str]:
    yield words["title"]
    yield "=" * cell_len(words["title"])
    yield f"{words['people']}: {draw['n']}"
    yield f"{words['seed']}: {draw['seed']}"
    yield f"{words['draw']}: {digest(draw)}"
    yield f"{words['plan']}: {draw['plan_digest']}"
    yield f"{words['frame']}: {draw['frame_digest']}"
    if "rules" in draw:
        yield f"{words['rules']}: {draw['rules']['id']}"
    if "design" in draw:
        yield f"{words['design']}: {draw['design']['name']}"
        for remark in draw["design"]["remarks"]:
            yield f"  {words['remark']}: {remark}"


def _write_strata(
    draw: Draw, releases: Sequence[Release], words: Words, *, ids: bool
) -> Iterator[str]:
    released = count_released(releases)
    rows = [[words[key] for key in ("stratum", "eligible", "drawn", "reserve", "released")]]
    rows += [
        [
            stratum["stratum"],
            str(stratum["N"]),
            str(stratum["n"]),
            str(len(stratum["reserve"])),
            str(released[stratum["stratum"]]),
        ]
        for stratum in draw["strata"]
    ]
    numbers = [[int(text) for text in row[1:]] for row in rows[1:]]
    rows.append([words["total"], *(str(sum(column)) for column in zip(*numbers, strict=True))])
    if "design" not in draw:
        _add_weights(rows, draw, releases, words)
    yield ""
    yield words["strata"]
    yield from indent(align(rows))
    if ids:
        for stratum in draw["strata"]:
            yield f"  {stratum['stratum']}"
            yield f"    {words['drawn']}: {' '.join(stratum['sample'])}"
            yield f"    {words['reserve']}: {' '.join(stratum['reserve'])}"


def _add_weights(
    rows: list[list[str]], draw: Draw, releases: Sequence[Release], words: Words
) -> None:
    weights = issued_weights(draw, releases).values()
    column = [words["weight"], *(str(weight) for weight in weights), ""]
    for row, text in zip(rows, column, strict=True):
        row.append(text)


def _write_releases(releases: Sequence[Release], words: Words) -> Iterator[str]:
    yield ""
    yield words["releases"]
    for line in releases:
        yield f"  {line['number']}. {line['time']} {line['stratum']}: {line['count']}"
        yield f"     {line['reason']}"
    yield f"  SHA-256: {digest(releases[-1])}"


def _write_steps(ceremony: Ceremony, words: Words) -> Iterator[str]:
    yield ""
    yield f"{words['ceremony']}: {ceremony['county']} {ceremony['round']} {ceremony['stage']}"
    for number, step in enumerate(ceremony["steps"], start=1):
        stamped = f" ({words['stamped']})" if "timestamp" in step else ""
        yield f"  {number}. {step['time']} {words['step ' + step['step']]}{stamped}"
        for key, value in step["content"].items():
            yield from _write_entry(key, value, words)


def _write_entry(key: str, value: object, words: Words) -> Iterator[str]:
    if isinstance(value, list):
        for entry in value:
            yield f"     {' '.join(str(part) for part in entry.values())}"
    elif key == "source":
        yield f"     {words[str(value)]}"
    else:
        yield f"     {key}: {value}"


def _write_findings(findings: Sequence[Finding], words: Words, language: str) -> Iterator[str]:
    yield ""
    yield words["shown"]
    catalogue = gettext.translation("messages", TRANSLATIONS, [language], fallback=True)
    for finding in findings:
        message = catalogue.gettext(finding.message)
        values = dict(finding.values)
        if "step" in values:
            values["step"] = words[f"step {values['step']}"]
        yield f"  [{words[finding.level]}] {message.format(**values)}"


def _write_recipe(draw: Draw) -> str:
    seed = draw["seed"].replace("'", "'\\''")
    return f"printf '%s\\n%s' '{seed}' ID | sha256sum"
