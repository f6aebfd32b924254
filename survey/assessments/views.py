"""Pages of the rounds: list, new round, where a round stands, its records, its close."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from sampling.problems import Problem
from survey.access import roles
from survey.accounts.models import OFFICIAL, ROLES, SUPERVISOR
from survey.assessments.closing import (
    count_envelopes,
    extend_round,
    list_checks,
    list_openers,
)
from survey.assessments.forms import ExtensionForm, KeyForm, RoundForm, SettingsForm
from survey.assessments.models import (
    ANSWERS,
    DRAFT,
    DRAWN,
    FIELD,
    FROZEN,
    OPEN_ANSWERS,
    RATE,
    RECORD_KINDS,
    VERDICT,
    Round,
)
from survey.assessments.operations import (
    change_round,
    close_round,
    create_round,
    delete_round,
    find_record,
    list_rounds,
    load_round,
    set_public_key,
)
from survey.assessments.steps import list_steps, next_step
from survey.context import current_database, current_settings, signed_in_user
from survey.downloads import hand_out
from survey.frames.contacts import count_contacts, find_erasure_date
from survey.localization import STATUS_NAMES, choose_language, tell_all
from survey.questionnaires.shelf import list_choices

assessments = Blueprint("assessments", __name__)

# What tells of answers is for officials; a supervisor sees progress and what the draw left.
SEALED_KINDS = (ANSWERS, RATE, OPEN_ANSWERS, VERDICT)


@assessments.app_template_global()
def round_status(round_: Round) -> str:
    """Return where a round stands, in the reader's language."""
    return str(STATUS_NAMES[round_.status])


@assessments.get("/rounds")
@roles(*ROLES)
def list_all() -> ResponseReturnValue:
    """Show the rounds of the visitor's region."""
    with current_database().sessions() as session:
        user = signed_in_user()
        rounds = [
            (round_, next_step(list_steps(session, round_, user)))
            for round_ in list_rounds(session, user)
        ]
        return render_template("assessments/list.html", rounds=rounds)


@assessments.route("/rounds/new", methods=["GET", "POST"])
@roles(SUPERVISOR)
def new() -> ResponseReturnValue:
    """Make a round."""
    form = RoundForm()
    form.edition.choices = list_choices(current_settings().editions, choose_language())
    user = signed_in_user()
    if form.validate_on_submit() and not user.may_see(form.region.data or ""):
        form.region.errors = [gettext("this county is not in your region")]
    if not form.is_submitted() or form.errors:
        return render_template("assessments/new.html", form=form), 422 if form.errors else 200
    with current_database().transaction() as session:
        round_ = create_round(
            session,
            current_settings(),
            form.read(),
            region=form.region.data or "",
            is_rehearsal=form.is_rehearsal.data,
            public_key=form.public_key.data or "",
            actor=user.username,
        )
    return redirect(url_for("assessments.show", round_id=round_.id), 303)


@assessments.route("/rounds/<round_id>/settings", methods=["GET", "POST"])
@roles(SUPERVISOR)
def edit(round_id: str) -> ResponseReturnValue:
    """Change what a round is about, until its quotas are frozen."""
    form = SettingsForm()
    form.edition.choices = list_choices(current_settings().editions, choose_language())
    messages: Sequence[str] = ()
    if form.validate_on_submit():
        try:
            with current_database().transaction() as session:
                round_ = load_round(session, round_id, signed_in_user())
                seen = int(form.version.data) if (form.version.data or "").isdecimal() else 0
                change_round(session, round_, form.read(), seen, signed_in_user().username)
        except Problem as problem:
            messages = tell_all(problem)
        else:
            flash(gettext("Your changes are kept."))
            return redirect(url_for("assessments.show", round_id=round_id), 303)
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        if not form.is_submitted():
            form.fill(round_)
        page = render_template("assessments/edit.html", round=round_, form=form, messages=messages)
    return page, 422 if form.errors or messages else 200


@assessments.route("/rounds/<round_id>/key", methods=["GET", "POST"])
@roles(SUPERVISOR)
def key(round_id: str) -> ResponseReturnValue:
    """Take the public key of the round from the level above."""
    form = KeyForm()
    messages: Sequence[str] = ()
    if form.validate_on_submit():
        try:
            with current_database().transaction() as session:
                round_ = load_round(session, round_id, signed_in_user())
                actor = signed_in_user().username
                set_public_key(session, round_, form.public_key.data or "", actor)
        except Problem as problem:
            messages = tell_all(problem)
        else:
            flash(gettext("The key is taken. Compare its letters with the level above."))
            return redirect(url_for("assessments.key", round_id=round_id), 303)
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        is_open = round_.status in (DRAFT, FROZEN, DRAWN) and not round_.is_rehearsal
        page = render_template(
            "assessments/key.html", round=round_, form=form, messages=messages, is_open=is_open
        )
    return page, 422 if form.errors or messages else 200


@assessments.get("/rounds/<round_id>/delete")
@roles(SUPERVISOR)
def confirm_delete(round_id: str) -> ResponseReturnValue:
    """Ask once more before a round that came to nothing is removed."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        return render_template(
            "assessments/delete.html", round=round_, is_open=round_.status == DRAFT
        )


@assessments.post("/rounds/<round_id>/delete")
@roles(SUPERVISOR)
def delete(round_id: str) -> ResponseReturnValue:
    """Remove a round in preparation, with its roster."""
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user(), lock=True)
        delete_round(session, current_settings(), round_, signed_in_user().username)
    flash(gettext("The round and its roster are removed."))
    return redirect(url_for("assessments.list_all"), 303)


@assessments.get("/rounds/<round_id>")
@roles(*ROLES)
def show(round_id: str) -> ResponseReturnValue:
    """Show where a round stands: what is done, what is next."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        steps = list_steps(session, round_, signed_in_user())
        return render_template(
            "assessments/show.html",
            round=round_,
            steps=steps,
            following=next_step(steps),
            records=[
                record
                for kind in RECORD_KINDS
                if may_read(kind) and (record := find_record(session, round_, kind))
            ],
        )


def may_read(kind: str) -> bool:
    """Say whether the visitor may read a record of this kind."""
    return kind not in SEALED_KINDS or signed_in_user().has_role(OFFICIAL)


@assessments.get("/rounds/<round_id>/records/<kind>.json")
@roles(SUPERVISOR, OFFICIAL)
def download_record(round_id: str, kind: str) -> ResponseReturnValue:
    """Hand a certificate out in its exact bytes."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        record = find_record(session, round_, kind) if kind in RECORD_KINDS else None
        if record is None or not may_read(kind):
            abort(404)
        return hand_out(record.body, f"{kind}-{round_.id}.json", "application/json")


@assessments.get("/rounds/<round_id>/close")
@roles(SUPERVISOR)
def confirm_close(round_id: str) -> ResponseReturnValue:
    """Show what is still open, and ask once more before the survey ends."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        is_open = round_.status == FIELD
        return render_template(
            "assessments/close.html",
            round=round_,
            is_open=is_open,
            checks=list_checks(session, round_) if is_open else [],
            erasure_date=find_erasure_date(current_settings(), round_),
            keep_days=current_settings().keep_contacts_days,
        )


@assessments.post("/rounds/<round_id>/close")
@roles(SUPERVISOR)
def close(round_id: str) -> ResponseReturnValue:
    """End the survey; the envelopes stay sealed."""
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user(), lock=True)
        close_round(session, round_, signed_in_user().username)
    return redirect(url_for("assessments.hand_over", round_id=round_id), 303)


@assessments.route("/rounds/<round_id>/extension", methods=["GET", "POST"])
@roles(SUPERVISOR)
def extend(round_id: str) -> ResponseReturnValue:
    """Move the last day of the survey to a later one, with the reason."""
    form = ExtensionForm()
    messages: Sequence[str] = ()
    if form.validate_on_submit() and form.closes_on.data:
        try:
            with current_database().transaction() as session:
                round_ = load_round(session, round_id, signed_in_user())
                seen = int(form.version.data) if (form.version.data or "").isdecimal() else 0
                actor, reason = signed_in_user().username, form.reason.data or ""
                extend_round(session, round_, form.closes_on.data, reason, seen, actor=actor)
        except Problem as problem:
            messages = tell_all(problem)
        else:
            flash(gettext("The survey now ends on %(day)s.", day=form.closes_on.data.isoformat()))
            return redirect(url_for("assessments.confirm_close", round_id=round_id), 303)
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        if not form.is_submitted():
            form.version.data = str(round_.version)
        page = render_template(
            "assessments/extension.html",
            round=round_,
            form=form,
            messages=messages,
            is_open=round_.status == FIELD,
        )
    return page, 422 if form.errors or messages else 200


@assessments.get("/rounds/<round_id>/hand-over")
@roles(SUPERVISOR, OFFICIAL)
def hand_over(round_id: str) -> ResponseReturnValue:
    """Say who opens the envelopes, where, with which key; what stays and what is erased."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        return render_template(
            "assessments/hand_over.html",
            round=round_,
            openers=list_openers(session, round_),
            envelopes=count_envelopes(session, round_),
            contacts=count_contacts(session, round_),
            erasure_date=find_erasure_date(current_settings(), round_),
            keep_days=current_settings().keep_contacts_days,
            address=current_settings().public_url
            + url_for("results.open_envelopes", round_id=round_id),
        )
