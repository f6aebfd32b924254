"""Pages of the links: cards and the link file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import cast

from flask import (
    current_app,
    render_template,
)
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from sampling.problems import Problem, Problems
from survey.access import roles
from survey.accounts.models import SUPERVISOR
from survey.assessments.models import DRAWN, FIELD, Round
from survey.assessments.operations import load_round
from survey.audit_log import AuditEvent, record_event
from survey.context import current_database, current_settings, signed_in_user
from survey.downloads import hand_out
from survey.localization import tell_all
from survey.paper_entry.sheets import make_sheets
from survey.questionnaires.frozen import read_round_edition
from survey.samples.blueprint import samples
from survey.samples.cards import make_cards, make_cards_by_place, write_link_file
from survey.samples.forms import LinksForm
from survey.samples.handover import Handover, LinkFile
from survey.samples.links import IssuedLink, count_links, issue_links, list_places
from survey.tables import XLSX_TYPE

HANDOVER = "renkedu_handover"
SHOWN = 5  # files on the page; the audit log has them all


@samples.record
def keep_handover(state: BlueprintSetupState) -> None:
    """Give the app its store of files just handed over."""
    state.app.extensions[HANDOVER] = Handover()


def current_handover() -> Handover:
    """Return the store of the running site."""
    return cast(Handover, current_app.extensions[HANDOVER])


@samples.get("/rounds/<round_id>/links")
@roles(SUPERVISOR)
def links(round_id: str) -> ResponseReturnValue:
    """Show how many links there are and what making them means."""
    with current_database().sessions() as session:
        return show_links(session, round_id, LinksForm())


@samples.post("/rounds/<round_id>/links")
@roles(SUPERVISOR)
def make_links(round_id: str) -> ResponseReturnValue:
    """Make links and hand them over in this one answer: the codes are kept nowhere."""
    form = LinksForm()
    if not form.validate():
        with current_database().sessions() as session:
            return show_links(session, round_id, form), 422
    with current_database().sessions() as session:
        load_round(session, round_id, signed_in_user())  # a file held is for those who may see it
    scope = "\n".join((form.scope.data, *sorted(form.places.data or ())))
    order = (signed_in_user().username, form.nonce.data or "", scope, form.medium.data)
    try:
        file = current_handover().hand_over(round_id, order, lambda: make_file(round_id, form))
    except (Problem, Problems) as error:
        with current_database().sessions() as session:
            return show_links(session, round_id, form, tell_all(error)), 422
    return hand_out(file.content, file.name, file.media_type)


def make_file(round_id: str, form: LinksForm) -> LinkFile:
    """Make links and print them, before the commit: links nobody holds must not come about."""
    settings, replace = current_settings(), form.scope.data == "all"
    with current_database().transaction() as session:
        round_, actor = load_round(session, round_id, signed_in_user()), signed_in_user().username
        places = form.places.data or ()
        issued = issue_links(session, settings, round_, actor, replace, places=places)
        file = write_file(session, round_, issued, form.medium.data)
        digest = hashlib.sha256(file.content).hexdigest()
        told = {"file": file.name, "rows": len(issued), "sha256": digest}
        record_event(session, actor, "links.export", round_.id, **told)
        return file


def write_file(
    session: Session, round_: Round, issued: Sequence[IssuedLink], medium: str
) -> LinkFile:
    """Return links as what they are handed over."""
    address = current_settings().public_url
    if medium == "cards":
        return LinkFile(make_cards(round_, issued, address), "application/pdf", "cards.pdf")
    if medium == "zip":
        return LinkFile(
            make_cards_by_place(round_, issued, address)[0], "application/zip", "cards.zip"
        )
    if medium == "sheets":
        edition = read_round_edition(session, round_.id, round_.edition)
        language = edition.find_language("zh")  # as the cards are
        sheets = make_sheets(round_, edition, issued, address, language)
        return LinkFile(sheets, "application/pdf", "sheets.pdf")
    return LinkFile(write_link_file(issued, address), XLSX_TYPE, "links.xlsx")


def show_links(
    session: Session, round_id: str, form: LinksForm, messages: Sequence[str] = ()
) -> str:
    """Return the page of the links."""
    round_ = load_round(session, round_id, signed_in_user())
    places = list_places(session, round_)
    form.places.choices = [(place, f"{place} ({people})") for place, people in places.items()]
    return render_template(
        "samples/links.html",
        round=round_,
        form=form,
        messages=messages,
        counts=count_links(session, round_),
        exports=list_exports(session, round_),
        is_open=round_.status in (DRAWN, FIELD),
    )


def list_exports(session: Session, round_: Round) -> list[AuditEvent]:
    """Return the last files of links and names that left the site, from the audit log."""
    actions = ("links.export", "outstanding.export")
    query = select(AuditEvent).where(
        AuditEvent.subject == round_.id, AuditEvent.action.in_(actions)
    )
    return list(session.scalars(query.order_by(AuditEvent.number.desc()).limit(SHOWN)))
