"""Pages of reaching people: somebody found, a lost card, outcomes, opt-outs, texts."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from sampling.problems import Problem, Problems
from survey.access import roles
from survey.accounts.models import SUPERVISOR
from survey.assessments.models import DRAWN, FIELD
from survey.assessments.operations import load_round
from survey.audit_log import record_event
from survey.context import current_database, current_settings, signed_in_user
from survey.downloads import hand_out
from survey.jobs import find_job, start_job
from survey.localization import tell_all
from survey.reaching import outbox
from survey.reaching.drivers import make_driver
from survey.reaching.faults import explain_fault
from survey.reaching.forms import OUTCOME_NAMES, OptOutForm, OutcomesForm, SearchForm, TextsForm
from survey.reaching.opt_outs import count_opt_outs, opt_out_person, opt_out_phone
from survey.reaching.people import (
    Found,
    find_people,
    import_outcomes,
    load_selection,
    note_outcome,
    read_outcomes,
    read_pasted,
    write_outstanding,
)
from survey.samples.cards import make_cards
from survey.samples.handover import LinkFile
from survey.samples.link_views import current_handover
from survey.samples.links import reissue_link
from survey.tables import XLSX_TYPE

reaching = Blueprint("reaching", __name__)


# Somebody


@reaching.get("/rounds/<round_id>/find")
@roles(SUPERVISOR)
def people(round_id: str) -> ResponseReturnValue:
    """Ask whom to find."""
    with current_database().sessions() as session:
        return show_people(session, round_id, SearchForm())


@reaching.post("/rounds/<round_id>/find")
@roles(SUPERVISOR)
def search(round_id: str) -> ResponseReturnValue:
    """Show whoever was drawn and is meant, names and numbers masked."""
    form, found = SearchForm(), None
    if form.validate():
        try:
            with current_database().transaction() as session:
                round_ = load_round(session, round_id, signed_in_user())
                actor, wanted = signed_in_user().username, form.wanted.data or ""
                found = find_people(session, current_settings(), round_, wanted, actor)
        except Problem as error:
            form.wanted.errors = tell_all(error)
    with current_database().sessions() as session:
        page = show_people(session, round_id, form, found=found)
    return page if found is not None else (page, 422)


@reaching.get("/rounds/<round_id>/find/outcome")
@reaching.get("/rounds/<round_id>/find/opt-out")
@reaching.get("/rounds/<round_id>/find/card")
@roles(SUPERVISOR)
def go_to_people(round_id: str) -> ResponseReturnValue:
    """Lead back to the page that a refused form was shown on."""
    return redirect(url_for("reaching.people", round_id=round_id), 303)


@reaching.post("/rounds/<round_id>/find/outcome")
@roles(SUPERVISOR)
def note(round_id: str) -> ResponseReturnValue:
    """Note what became of somebody."""
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, signed_in_user())
            selection = load_selection(session, round_, request.form.get("unit", ""))
            outcome, actor = request.form.get("outcome", "?"), signed_in_user().username
            note_outcome(session, round_, selection, outcome, actor)
    except Problem as error:
        return refuse(round_id, error)
    return go_on(round_id, gettext("The outcome is noted."))


@reaching.post("/rounds/<round_id>/find/opt-out")
@roles(SUPERVISOR)
def opt_out(round_id: str) -> ResponseReturnValue:
    """Note that somebody is not to be asked again, ever."""
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, signed_in_user())
            selection = load_selection(session, round_, request.form.get("unit", ""))
            actor = signed_in_user().username
            opt_out_person(session, current_settings(), round_, selection, actor)
    except Problem as error:
        return refuse(round_id, error)
    return go_on(round_id, gettext("Noted: this person is not asked again, in no later round."))


@reaching.post("/rounds/<round_id>/find/card")
@roles(SUPERVISOR)
def new_card(round_id: str) -> ResponseReturnValue:
    """Print a new card for somebody who lost theirs; the same form brings the same card again."""
    unit, nonce = request.form.get("unit", ""), request.form.get("nonce", "")
    with current_database().sessions() as session:
        load_round(session, round_id, signed_in_user())  # a file held is for those who may see it
    order = (signed_in_user().username, nonce, unit, "card")
    try:
        file = current_handover().hand_over(round_id, order, lambda: make_card(round_id, unit))
    except Problem as error:
        return refuse(round_id, error)
    return hand_out(file.content, file.name, file.media_type)


def make_card(round_id: str, unit: str) -> LinkFile:
    """Make somebody's new link and print it before the commit."""
    settings = current_settings()
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user())
        selection = load_selection(session, round_, unit)
        issued = reissue_link(session, settings, round_, selection, signed_in_user().username)
        card = make_cards(round_, [issued], settings.public_url)
        return LinkFile(card, "application/pdf", "card.pdf")


def refuse(round_id: str, error: Problem) -> ResponseReturnValue:
    """Return the page of the people with what was wrong."""
    with current_database().sessions() as session:
        return show_people(session, round_id, SearchForm(formdata=None), tell_all(error)), 422


def go_on(round_id: str, message: str) -> ResponseReturnValue:
    """Lead back to the search and say what was done."""
    flash(message)
    return redirect(url_for("reaching.people", round_id=round_id), 303)


def show_people(
    session: Session,
    round_id: str,
    form: SearchForm,
    messages: Sequence[str] = (),
    found: Sequence[Found] | None = None,
) -> str:
    """Return the page of the people."""
    round_ = load_round(session, round_id, signed_in_user())
    return render_template(
        "reaching/people.html",
        round=round_,
        form=form,
        messages=messages,
        found=found,
        nonce=TextsForm(formdata=None).nonce.data,
        outcomes=OUTCOME_NAMES,
        is_field=round_.status == FIELD,
    )


# Many at once


@reaching.get("/rounds/<round_id>/outcomes")
@roles(SUPERVISOR)
def outcomes(round_id: str) -> ResponseReturnValue:
    """Ask for a table of outcomes."""
    with current_database().sessions() as session:
        return show_outcomes(session, round_id, OutcomesForm())


@reaching.post("/rounds/<round_id>/outcomes")
@roles(SUPERVISOR)
def take_outcomes(round_id: str) -> ResponseReturnValue:
    """Note the outcomes of a table, all or none."""
    form, messages = OutcomesForm(), []
    if form.validate():
        upload = form.file.data
        try:
            rows = (
                read_outcomes(upload.filename, upload.read())
                if upload
                else read_pasted(form.text.data or "")
            )
            with current_database().transaction() as session:
                round_ = load_round(session, round_id, signed_in_user())
                actor, settings = signed_in_user().username, current_settings()
                number = import_outcomes(session, settings, round_, rows, actor=actor)
        except (Problem, Problems) as error:
            messages = tell_all(error)
        else:
            flash(gettext("Outcomes noted: %(number)s.", number=number))
            return redirect(url_for("reaching.outcomes", round_id=round_id), 303)
    with current_database().sessions() as session:
        return show_outcomes(session, round_id, form, messages), 422


def show_outcomes(
    session: Session, round_id: str, form: OutcomesForm, messages: Sequence[str] = ()
) -> str:
    """Return the page of a table of outcomes."""
    round_ = load_round(session, round_id, signed_in_user())
    is_field = round_.status == FIELD
    return render_template(
        "reaching/outcomes.html", round=round_, form=form, messages=messages, is_field=is_field
    )


@reaching.get("/rounds/<round_id>/outstanding")
@roles(SUPERVISOR)
def go_to_outcomes(round_id: str) -> ResponseReturnValue:
    """Lead back to the page of the list: it comes for the asking, not for an address."""
    return redirect(url_for("reaching.outcomes", round_id=round_id), 303)


@reaching.post("/rounds/<round_id>/outstanding")
@roles(SUPERVISOR)
def outstanding(round_id: str) -> ResponseReturnValue:
    """Hand over the list of whoever may be reminded."""
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, signed_in_user())
            content, rows = write_outstanding(session, current_settings(), round_)
            digest, actor = sha256(content).hexdigest(), signed_in_user().username
            told = {"file": "outstanding.xlsx", "rows": rows, "sha256": digest}
            record_event(session, actor, "outstanding.export", round_.id, **told)
    except Problem as error:
        with current_database().sessions() as session:
            return show_outcomes(session, round_id, OutcomesForm(), tell_all(error)), 422
    return hand_out(content, "outstanding.xlsx", XLSX_TYPE)


# Opt-outs


@reaching.get("/rounds/<round_id>/opt-outs")
@roles(SUPERVISOR)
def opt_outs(round_id: str) -> ResponseReturnValue:
    """Show how many opted out; nobody's number can be read."""
    with current_database().sessions() as session:
        return show_opt_outs(session, round_id, OptOutForm())


@reaching.post("/rounds/<round_id>/opt-outs")
@roles(SUPERVISOR)
def add_opt_out(round_id: str) -> ResponseReturnValue:
    """Note a number that gets no more texts."""
    form = OptOutForm()
    if form.validate():
        try:
            with current_database().transaction() as session:
                round_ = load_round(session, round_id, signed_in_user())
                actor, typed = signed_in_user().username, form.phone.data or ""
                number = opt_out_phone(session, current_settings(), round_, typed, actor)
        except Problem as error:
            form.phone.errors = tell_all(error)
        else:
            flash(gettext("Noted. People of this round it speaks for: %(number)s.", number=number))
            return redirect(url_for("reaching.opt_outs", round_id=round_id), 303)
    with current_database().sessions() as session:
        return show_opt_outs(session, round_id, form), 422


def show_opt_outs(session: Session, round_id: str, form: OptOutForm) -> str:
    """Return the page of the opt-outs."""
    round_ = load_round(session, round_id, signed_in_user())
    counts = count_opt_outs(session, round_)
    return render_template("reaching/opt_outs.html", round=round_, form=form, counts=counts)


# Texts


@reaching.get("/rounds/<round_id>/texts")
@roles(SUPERVISOR)
def texts(round_id: str) -> ResponseReturnValue:
    """Show what became of the texts, and who may get one."""
    with current_database().sessions() as session:
        return show_texts(session, round_id, TextsForm())


@reaching.post("/rounds/<round_id>/texts")
@roles(SUPERVISOR)
def order_texts(round_id: str) -> ResponseReturnValue:
    """Order texts, send on what waits, or drop it."""
    form, act, actor = TextsForm(), request.form.get("act", "order"), signed_in_user().username
    database, settings = current_database(), current_settings()
    try:
        if not form.validate():
            with database.sessions() as session:
                return show_texts(session, round_id, form), 422
        with database.transaction() as session:
            round_ = load_round(session, round_id, signed_in_user())
            if act == "drop":
                outbox.drop_waiting(session, round_, actor)
            elif act == "order" and settings.text_service:
                kind, batch = form.kind.data or "", (form.nonce.data or "")[:32]
                outbox.order_messages(session, settings, round_, kind, batch, actor=actor)
        if act != "drop":
            begin_sending(round_id, actor)
    except Problem as error:
        with database.sessions() as session:
            return show_texts(session, round_id, form, tell_all(error)), 422
    return redirect(url_for("reaching.texts", round_id=round_id), 303)


def begin_sending(round_id: str, actor: str) -> None:
    """Start the job that sends what waits."""
    database, settings = current_database(), current_settings()
    if settings.text_service is None:
        raise Problem(outbox.NO_SERVICE)
    drivers = [make_driver(settings.text_service) for _ in range(outbox.AT_ONCE)]
    start_job(
        database,
        outbox.JOB,
        round_id,
        lambda progress: outbox.send_waiting(
            database, settings, round_id, drivers, actor=actor, progress=progress
        ),
    )


def show_texts(
    session: Session, round_id: str, form: TextsForm, messages: Sequence[str] = ()
) -> str:
    """Return the page of the texts."""
    round_ = load_round(session, round_id, signed_in_user())
    job = find_job(current_database(), outbox.JOB, round_.id)
    is_open = round_.status in (DRAWN, FIELD)
    kinds = outbox.KINDS if is_open and not (job and job.is_running) else ()
    return render_template(
        "reaching/texts.html",
        round=round_,
        form=form,
        messages=messages,
        service=current_settings().text_service,
        counts=outbox.count_messages(session, round_),
        faults=outbox.list_faults(session, round_),
        job=job,
        is_open=is_open,
        people={kind: len(outbox.find_recipients(session, round_, kind)) for kind in kinds},
        explain_fault=explain_fault,
    )
