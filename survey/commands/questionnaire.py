"""`renkedu questionnaire`: editions checked, shown, taken to XLSForm and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from sampling.problems import N_, Problem
from survey.commands.option_types import ListType
from survey.commands.text_table import align
from survey.questionnaires.edition import load_edition, read_edition, shipped_editions
from survey.questionnaires.paper import Edition, Item, Paper
from survey.questionnaires.shelf import store_edition

folder_path = click.Path(path_type=Path, file_okay=False)
name_argument = click.argument("name", metavar="ID|FOLDER")


@click.group(short_help="Questionnaires: check, show, XLSForm in and out.")
def questionnaire() -> None:
    """Questionnaires (问卷) as folders of TOML files: check, show, XLSForm in and out.

    \b
    Example:
      renkedu questionnaire check ours-2027

    \b
    Exit codes:
      0  done
      2  bad input or usage
    """


@questionnaire.command(short_help="Read an edition as strictly as a round would.")
@name_argument
def check(name: str) -> None:
    """Read an edition as strictly as a round would, and say what it holds.

    A fault is told with the file, the key and what was expected.

    \b
    Example:
      renkedu questionnaire check ours-2027

    \b
    Exit codes:
      0  the edition can be used
      2  it cannot, or bad usage
    """
    edition = find(name)
    click.echo(f"{edition.id}: {edition.title['zh']}")
    languages = " · ".join(f"{each.name} ({each.code})" for each in edition.languages)
    click.echo(f"languages: {languages}")
    rows = [
        (paper.id, f"{len(paper.items)} items", "/".join(paper.categories))
        for paper in edition.papers
    ]
    for line in align(rows, left=(0, 2)):
        click.echo(line)
    click.echo(f"digest: {edition.digest}")


@questionnaire.command(short_help="Every question of an edition.")
@name_argument
@click.option("--language", default="zh", show_default=True, metavar="CODE")
@click.option("--json", "is_json", is_flag=True, help="Print the files' content as JSON.")
def show(name: str, *, language: str, is_json: bool) -> None:
    """Print every paper with its questions, options and conditions.

    \b
    Example:
      renkedu questionnaire show national-2026 --language en

    \b
    Exit codes:
      0  done
      2  bad input or usage
    """
    edition = find(name)
    if is_json:
        head = {"id": edition.id, "digest": edition.digest, "files": edition.content}
        click.echo(json.dumps(head, ensure_ascii=False, indent=2))
        return
    known = [each.code for each in edition.languages]
    if language not in known:
        raise Problem(
            N_("the edition is not worded in {got!r}; known are: {known}"),
            where=edition.id,
            got=language,
            known=", ".join(known),
        )
    for paper in edition.papers:
        for line in tell_paper(paper, language):
            click.echo(line)


@questionnaire.command("export-xlsform", short_help="One XLSForm workbook for each paper.")
@name_argument
@click.option("--out", "out_path", required=True, type=folder_path, metavar="FOLDER")
def export_xlsform(name: str, *, out_path: Path) -> None:
    """Write FOLDER/PAPER.xlsx for each paper, for KoboToolbox, ODK and whatever reads XLSForm.

    \b
    Example:
      renkedu questionnaire export-xlsform national-2026 --out forms

    \b
    Exit codes:
      0  written
      2  bad input or usage, or a file is there already; nothing was written
    """
    from survey.questionnaires.xlsform_out import write_form

    edition = find(name)
    paths = {paper.id: out_path / f"{paper.id}.xlsx" for paper in edition.papers}
    for path in paths.values():
        if path.exists():
            raise Problem(N_("is there already; name another folder"), where=str(path))
    out_path.mkdir(parents=True, exist_ok=True)
    for paper in edition.papers:
        write_form(paths[paper.id], edition, paper)
        click.echo(str(paths[paper.id]))


@questionnaire.command("import-xlsform", short_help="An edition out of XLSForm workbooks.")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FORM.xlsx...",
)
@click.option("--out", "out_path", required=True, type=folder_path, metavar="FOLDER")
@click.option("--id", "edition_id", default="", help="Id of the edition; else the workbooks' own.")
@click.option(
    "--for",
    "audiences",
    nargs=2,
    type=(str, ListType()),
    multiple=True,
    metavar="PAPER CATEGORIES",
    help="For whom a paper is, where its workbook does not say.",
)
def import_xlsform(
    files: tuple[Path, ...],
    *,
    out_path: Path,
    edition_id: str,
    audiences: tuple[tuple[str, tuple[str, ...]], ...],
) -> None:
    """Make an edition of XLSForm workbooks, one paper each, in FOLDER under its id.

    A kind, a condition or a column that a paper has no place for is told with sheet and row;
    nothing is written then.

    \b
    Example:
      renkedu questionnaire import-xlsform forms/*.xlsx --out instance/editions
      renkedu questionnaire import-xlsform kobo/*.xlsx --id ours-2027 --for pupil student --out .

    \b
    Exit codes:
      0  written
      2  bad input or usage, or the edition is there already; nothing was written
    """
    from survey.questionnaires.xlsform_in import edition_files, import_forms

    contents = {path.name: path.read_bytes() for path in files}
    if len(contents) < len(files):
        raise Problem(N_("two workbooks have the same name"))
    made = import_forms(contents, edition_id=edition_id, categories=dict(audiences))
    edition = store_edition(out_path, edition_files(made))
    click.echo(f"{out_path / edition.id}: {len(edition.papers)} papers, digest {edition.digest}")


def find(name: str) -> Edition:
    """Return an edition that ships, or one in a folder."""
    path = Path(name)
    if name in shipped_editions() or not path.is_dir():
        return load_edition(name)
    return read_edition(path)


def tell_paper(paper: Paper, language: str) -> Iterator[str]:
    """Yield a paper as lines of text."""
    yield f"{paper.title[language]}  [{paper.id}: {', '.join(paper.categories)}]"
    yield f"  {paper.note[language]}"
    yield f"  = {' / '.join(option.text[language] for option in paper.options)}"
    for item in paper.items:
        yield from tell_item(paper, item, language)
    yield ""


def tell_item(paper: Paper, item: Item, language: str) -> Iterator[str]:
    """Yield a question as lines of text: its own options, for the paper's stand at its head."""
    marks = [item.kind, *(["required"] if item.required else [])]
    yield f"  {paper.number_of(item)}. {item.text[language]}  [{item.id}: {', '.join(marks)}]"
    if item.when:
        asked = paper.number_of(paper.find_item(item.when.item))
        yield f"     only if {asked} was answered with: {', '.join(item.when.options)}"
    if item.hint:
        yield f"     {item.hint[language]}"
    if item.options and not item.is_rated:
        yield f"     = {' / '.join(option.text[language] for option in item.options)}"
