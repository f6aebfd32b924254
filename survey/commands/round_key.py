"""`renkedu round-key`: the key pair of a round, made where the answers are not kept."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

import click

from sampling.problems import N_, Problem
from survey.responses.envelope import find_public_key, new_round_key
from survey.responses.key_words import CHINESE, ENGLISH, read_private_key, to_words

file_path = click.Path(dir_okay=False, path_type=Path)
sheet_option = click.option(
    "--sheet", type=file_path, metavar="SHEET.html", help="Write a page to print, too."
)

SHEET = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 12pt/1.5 sans-serif; max-width: 19cm; margin: 1cm auto; color: #000; }}
ol {{ columns: 4; font-size: 15pt; line-height: 1.9; padding-left: 2.2em; }}
ol.hanzi {{ font-size: 19pt; }}
code {{ overflow-wrap: anywhere; }}
</style></head><body>
<h1>{title}</h1>
<p>本轮私钥 · Private key of the round</p>
<p>二十四个字，按次序，任选一种写法。
Twenty-four words in this order; either list is the whole key.</p>
<ol class="hanzi">{hanzi}</ol>
<ol lang="en">{english}</ol>
<p>公钥（交给系统）· Public key, which is given to the site:<br><code>{public_key}</code></p>
<p>谁持有这张纸，就能打开答卷；没有它，谁也打不开。由上级保管，与数据库及其备份分开存放；
公示期满后销毁。Whoever has this sheet can open the answers; without it nobody can. The level above
keeps it, apart from the database and its backups, and destroys it when the matter is closed.</p>
</body></html>
"""


@click.group("round-key")
def round_key() -> None:
    """The key that opens a round's answers.

    \b
    Example:  renkedu round-key new yizhou-2026.key
    Exit codes: 0 done, 2 bad input.
    """


@round_key.command("new")
@click.argument("file", type=file_path)
@sheet_option
@click.option("--quiet", is_flag=True, help="Do not show the words.")
def make_round_key(file: Path, sheet: Path | None, quiet: bool) -> None:
    """Write a new private key to FILE (mode 600) and print the public key.

    The level above runs this on a machine of its own and keeps FILE; the site is given the public
    key only. Whoever has FILE can open the answers; without FILE nobody ever can. So its 24 words
    are shown as well (on standard error), in Chinese and in English: write them down, or print
    the sheet. They are taken wherever the key is asked for.

    \b
    Example:  renkedu round-key new yizhou-2026.key --sheet yizhou-2026.html
    Exit codes: 0 made, 2 bad input (FILE is there already; a key is never overwritten).
    """
    if sheet and sheet.exists():
        raise Problem(N_("is there already; a key is never overwritten"), where=str(sheet))
    private_key, public_key = new_round_key()
    write_private(file, private_key + "\n")
    if sheet:
        write_private(sheet, make_sheet(file.stem, private_key))
    click.echo(public_key)
    if not quiet:
        show_words(private_key, to_error=True)


@round_key.command("words")
@click.argument("file", type=file_path)
@sheet_option
def tell_words(file: Path, sheet: Path | None) -> None:
    """Print the 24 words of the key in FILE, which may hold the key or its words.

    \b
    Example:  renkedu round-key words yizhou-2026.key
    Exit codes: 0 printed, 2 bad input.
    """
    private_key = read_key(file)
    if sheet:
        write_private(sheet, make_sheet(file.stem, private_key))
    show_words(private_key)


@round_key.command("public")
@click.argument("file", type=file_path)
def tell_public_key(file: Path) -> None:
    """Print the public key that belongs to the key in FILE, to see that it is the right one.

    \b
    Example:  renkedu round-key public yizhou-2026.key
    Exit codes: 0 printed, 2 bad input.
    """
    click.echo(find_public_key(read_key(file)))


def read_key(path: Path) -> str:
    """Return the private key in a file, given in hex or in words; raise `Problem` naming it."""
    try:
        return read_private_key(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Problem(N_("is no text"), where=str(path)) from error
    except Problem as problem:
        raise Problem(problem.message, where=str(path), **problem.values) from problem


def write_private(file: Path, text: str) -> None:
    """Write a new file that only its owner reads; raise `Problem` if there is one already."""
    if not file.name:
        raise Problem(N_("the name of the file is empty"))
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise Problem(
            N_("is there already; a key is never overwritten"), where=str(file)
        ) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def show_words(private_key: str, *, to_error: bool = False) -> None:
    """Print the words of a key, in Chinese and in English."""
    click.echo(" ".join(to_words(private_key, CHINESE)), err=to_error)
    click.echo(" ".join(to_words(private_key, ENGLISH)), err=to_error)


def make_sheet(title: str, private_key: str) -> str:
    """Return a page to print, which loads nothing from anywhere."""
    hanzi, english = (
        "".join(f"<li>{word}</li>" for word in to_words(private_key, words))
        for words in (CHINESE, ENGLISH)
    )
    public_key = find_public_key(private_key)
    return SHEET.format(title=escape(title), hanzi=hanzi, english=english, public_key=public_key)
