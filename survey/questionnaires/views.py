"""Pages of the questionnaires, for supervisors: which there are, a preview, one's own."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from sampling.problems import N_, Problem, Problems
from survey.access import roles
from survey.accounts.models import OFFICIAL, SUPERVISOR
from survey.audit_log import record_event
from survey.context import current_database, current_settings, signed_in_user
from survey.localization import choose_language, tell_all
from survey.questionnaires.forms import EditionForm
from survey.questionnaires.paper import MULTIPLE, NUMBER, SINGLE, TEXT, Edition
from survey.questionnaires.shelf import find_edition, list_editions, store_edition
from survey.questionnaires.xlsform_in import edition_files, import_forms

questionnaires = Blueprint("questionnaires", __name__, url_prefix="/questionnaires")


WORDS = "words"  # in the address: the language of a preview, whatever the site's own is
KIND_NAMES = {
    SINGLE: lazy_gettext("one answer"),
    MULTIPLE: lazy_gettext("several answers"),
    NUMBER: lazy_gettext("a number"),
    TEXT: lazy_gettext("open answer"),
}


@questionnaires.get("")
@roles(SUPERVISOR, OFFICIAL)
def list_all() -> ResponseReturnValue:
    """Show the editions that a round can have."""
    return show_list(EditionForm())


@questionnaires.post("")
@roles(SUPERVISOR)
def take_edition() -> ResponseReturnValue:
    """Take an edition of one's own."""
    form = EditionForm()
    if not form.validate_on_submit():
        return show_list(form), 422
    try:
        with current_database().transaction() as session:
            edition = keep_edition(session, form)
    except (Problem, Problems) as error:
        return show_list(form, tell_all(error)), 422
    return redirect(url_for("questionnaires.show", edition_id=edition.id), 303)


def keep_edition(session: Session, form: EditionForm) -> Edition:
    """Put the uploaded files on the shelf and note it; raise what is wrong with them."""
    files = read_uploads(form.files.data)
    if all(name.endswith(".xlsx") for name in files):
        files = edition_files(import_forms(files, edition_id=form.edition_id.data or ""))
    elif form.edition_id.data:
        raise Problem(N_("an id is given for workbooks only; TOML files name their own"))
    edition = store_edition(current_settings().editions, files)
    actor = signed_in_user().username
    record_event(session, actor, "edition.upload", edition.id, digest=edition.digest)
    return edition


def read_uploads(uploads: list[FileStorage]) -> dict[str, bytes]:
    """Return the files by name, without folders; raise `Problem` for the same name twice."""
    files: dict[str, bytes] = {}
    for upload in uploads:
        name = (upload.filename or "").replace("\\", "/").rpartition("/")[2].lower()
        if name in files:
            raise Problem(N_("two files are called {name!r}"), name=name)
        files[name] = upload.read()
    return files


def show_list(form: EditionForm, messages: list[str] | None = None) -> str:
    """Return the list of editions with the form below it."""
    return render_template(
        "questionnaires/list.html",
        editions=list_editions(current_settings().editions),
        form=form,
        messages=messages or [],
    )


@questionnaires.get("/<edition_id>")
@roles(SUPERVISOR, OFFICIAL)
def show(edition_id: str) -> ResponseReturnValue:
    """Show what an edition holds: its papers and languages."""
    edition = find_or_abort(edition_id)
    return render_template("questionnaires/show.html", edition=edition, kind_names=KIND_NAMES)


@questionnaires.get("/<edition_id>/<paper_id>")
@roles(SUPERVISOR, OFFICIAL)
def preview(edition_id: str, paper_id: str) -> ResponseReturnValue:
    """Show a paper as respondents see it; nothing can be sent from here, nothing is stored."""
    edition = find_or_abort(edition_id)
    paper = next((paper for paper in edition.papers if paper.id == paper_id), None)
    if paper is None:
        abort(404)
    return render_template(
        "questionnaires/preview.html",
        edition=edition,
        paper=paper,
        language=edition.find_language(request.args.get(WORDS), choose_language()),
        answers={},
        faults={},
    )


def find_or_abort(edition_id: str) -> Edition:
    """Return an edition that can be used; 404 for one that cannot."""
    try:
        return find_edition(current_settings().editions, edition_id)
    except Problem:
        abort(404, gettext("There is no such questionnaire."))
