"""Pages of the sample: quotas, draw, links, progress and release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import cast

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from sampling.problems import Problem, Problems
from sampling.record import Compromise, Plan
from survey.access import roles
from survey.accounts.models import OFFICIAL, SUPERVISOR
from survey.assessments.models import DRAFT, DRAW, DRAWN, FIELD, FRAME, FROZEN, PLAN, Round
from survey.assessments.operations import find_record, load_round
from survey.context import current_database, current_settings, signed_in_user
from survey.frames.operations import find_report
from survey.localization import fill, tell_all
from survey.samples.cards import make_cards, write_link_file
from survey.samples.forms import LinksForm, ReleaseForm, SeedForm, TargetsForm
from survey.samples.handover import Handover, LinkFile
from survey.samples.operations import (
    count_links,
    count_silent,
    draft_plan,
    draw_round,
    freeze_plan,
    issue_links,
    mark_unreachable,
    release_reserves,
)
from survey.samples.progress import find_shortages
from survey.samples.progress import progress as count_progress
from survey.samples.records import read_plan
from survey.tables import XLSX_TYPE

samples = Blueprint("samples", __name__)

HANDOVER = "renkedu_handover"
RULE_NAMES = {
    "categories_equal": lazy_gettext("the six other categories about equal"),
    "grade_bands_equal": lazy_gettext("grade bands about equal"),
    "areas_in_proportion": lazy_gettext("areas in proportion"),
    "sample_size": lazy_gettext("sample size"),
    "min_answer_stratum": lazy_gettext("answer strata large enough"),
    "min_drawn": lazy_gettext("two or more drawn in each category"),
}


@samples.record
def keep_handover(state: BlueprintSetupState) -> None:
    """Give the app its store of files just handed over."""
    state.app.extensions[HANDOVER] = Handover()


def current_handover() -> Handover:
    """Return the store of the running site."""
    return cast(Handover, current_app.extensions[HANDOVER])


@samples.app_template_global()
def tell_why(item: Compromise) -> str:
    """Return why a rule could not be kept exactly, in the reader's language."""
    return fill(item["message"], item["values"])


# Quotas


@samples.get("/rounds/<round_id>/plan")
@roles(SUPERVISOR)
def plan(round_id: str) -> ResponseReturnValue:
    """Show the quotas: frozen, or as the rules give them."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        form = TargetsForm()
        try:
            drafted = find_plan(session, round_, None)
        except (Problem, Problems) as error:
            return show_plan(session, round_, form, None, tell_all(error))
        form.fill(drafted["categories"])
        return show_plan(session, round_, form, drafted)


@samples.post("/rounds/<round_id>/plan")
@roles(SUPERVISOR)
def set_plan(round_id: str) -> ResponseReturnValue:
    """Show what the numbers typed would break, or freeze them."""
    form = TargetsForm()
    messages: Sequence[str] = ()
    if form.validate() and request.form.get("act") == "freeze":
        try:
            return freeze(round_id, form)
        except (Problem, Problems) as error:
            messages = tell_all(error)
    return show_typed(round_id, form, messages)


def freeze(round_id: str, form: TargetsForm) -> ResponseReturnValue:
    """Freeze the quotas for the roster that was shown."""
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user())
        seen = form.frame_digest.data or ""
        freeze_plan(session, round_, form.read_targets(), signed_in_user().username, seen)
    return redirect(url_for("samples.plan", round_id=round_id), 303)


def show_typed(
    round_id: str, form: TargetsForm, messages: Sequence[str] = ()
) -> ResponseReturnValue:
    """Show the numbers typed: what they break, or what is wrong with them."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        drafted = None
        if not form.errors:
            try:
                drafted = find_plan(session, round_, form.read_targets())
            except (Problem, Problems) as error:
                messages = messages or tell_all(error)
        page = show_plan(session, round_, form, drafted, messages)
    return page, 422 if messages or form.errors else 200


def find_plan(session: Session, round_: Round, targets: Mapping[str, int] | None) -> Plan:
    """Return the frozen plan, or a draft while nothing is frozen."""
    if round_.status == DRAFT:
        return draft_plan(session, round_, targets)
    return read_plan(session, round_)


def show_plan(
    session: Session,
    round_: Round,
    form: TargetsForm,
    drafted: Plan | None,
    messages: Sequence[str] = (),
) -> str:
    """Return the page of the quotas; what is frozen from it is the frame of the plan it shows."""
    if drafted is not None:
        form.frame_digest.data = drafted["frame_digest"]
    return render_template(
        "samples/plan.html",
        round=round_,
        form=form,
        plan=drafted,
        report=find_report(session, round_),
        messages=messages,
        rule_names=RULE_NAMES,
        is_open=round_.status == DRAFT,
    )


# Draw


@samples.get("/rounds/<round_id>/draw")
@roles(SUPERVISOR)
def draw(round_id: str) -> ResponseReturnValue:
    """Show the digests that the seed must come after; then what was drawn."""
    with current_database().sessions() as session:
        return show_draw(session, round_id, SeedForm())


@samples.post("/rounds/<round_id>/draw")
@roles(SUPERVISOR)
def draw_now(round_id: str) -> ResponseReturnValue:
    """Draw with the seed, exactly as it was typed."""
    form = SeedForm()
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, signed_in_user())
            draw_round(session, round_, form.seed.data or "", signed_in_user().username)
    except (Problem, Problems) as error:
        with current_database().sessions() as session:
            return show_draw(session, round_id, form, tell_all(error)), 422
    return redirect(url_for("samples.draw", round_id=round_id), 303)


def show_draw(session: Session, round_id: str, form: SeedForm, messages: Sequence[str] = ()) -> str:
    """Return the page of the draw."""
    round_ = load_round(session, round_id, signed_in_user())
    records = {kind: find_record(session, round_, kind) for kind in (FRAME, PLAN, DRAW)}
    plan_record = records[PLAN]
    return render_template(
        "samples/draw.html",
        round=round_,
        form=form,
        messages=messages,
        records=records,
        plan=read_plan(session, round_) if plan_record else None,
        shortages=find_shortages(session, round_) if records[DRAW] else [],
        is_open=round_.status == FROZEN,
    )


# Links


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
    order = (signed_in_user().username, form.nonce.data or "", form.scope.data, form.medium.data)
    try:
        file = current_handover().hand_over(round_id, order, lambda: make_file(round_id, form))
    except (Problem, Problems) as error:
        with current_database().sessions() as session:
            return show_links(session, round_id, form, tell_all(error)), 422
    return send_file(
        BytesIO(file.content), file.media_type, as_attachment=True, download_name=file.name
    )


def make_file(round_id: str, form: LinksForm) -> LinkFile:
    """Make links and print them, before the commit: links nobody holds must not come about."""
    settings, replace = current_settings(), form.scope.data == "all"
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user())
        issued = issue_links(session, settings, round_, signed_in_user().username, replace)
        if form.medium.data == "cards":
            cards = make_cards(round_, issued, settings.public_url)
            return LinkFile(cards, "application/pdf", "cards.pdf")
        return LinkFile(write_link_file(issued, settings.public_url), XLSX_TYPE, "links.xlsx")


def show_links(
    session: Session, round_id: str, form: LinksForm, messages: Sequence[str] = ()
) -> str:
    """Return the page of the links."""
    round_ = load_round(session, round_id, signed_in_user())
    return render_template(
        "samples/links.html",
        round=round_,
        form=form,
        messages=messages,
        counts=count_links(session, round_),
        is_open=round_.status in (DRAWN, FIELD),
    )


# Progress and release


@samples.get("/rounds/<round_id>/progress")
@roles(SUPERVISOR, OFFICIAL)
def progress(round_id: str) -> ResponseReturnValue:
    """Show who has answered, by category and township; never what."""
    with current_database().sessions() as session:
        return show_progress(session, round_id, ReleaseForm())


@samples.get("/rounds/<round_id>/progress/unreachable")
@roles(SUPERVISOR)
def confirm_mark(round_id: str) -> ResponseReturnValue:
    """Ask once more, with the number of people, before anybody is noted as not reached."""
    with current_database().sessions() as session:
        return show_mark(session, round_id)


@samples.post("/rounds/<round_id>/progress/unreachable")
@roles(SUPERVISOR)
def mark(round_id: str) -> ResponseReturnValue:
    """Note as not reached whoever has not been heard of, up to the number confirmed."""
    confirmed = request.form.get("people", 0, type=int)
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, signed_in_user())
            number = mark_unreachable(session, round_, signed_in_user().username, confirmed)
    except (Problem, Problems) as error:
        with current_database().sessions() as session:
            return show_mark(session, round_id, tell_all(error)), 422
    flash(gettext("Noted as not reached: %(number)s. Their links stay open.", number=number))
    return redirect(url_for("samples.progress", round_id=round_id), 303)


def show_mark(session: Session, round_id: str, messages: Sequence[str] = ()) -> str:
    """Return the page that asks whether the outstanding are noted as not reached."""
    round_ = load_round(session, round_id, signed_in_user())
    return render_template(
        "samples/unreachable.html",
        round=round_,
        messages=messages,
        people=count_silent(session, round_) if round_.status == FIELD else 0,
    )


@samples.get("/rounds/<round_id>/progress/release")
@roles(SUPERVISOR)
def go_to_progress(round_id: str) -> ResponseReturnValue:
    """Lead back to the page that a refused release was shown on."""
    return redirect(url_for("samples.progress", round_id=round_id), 303)


@samples.post("/rounds/<round_id>/progress/release")
@roles(SUPERVISOR)
def release(round_id: str) -> ResponseReturnValue:
    """Release reserves where people were lost."""
    form = ReleaseForm()
    messages: Sequence[str] = ()
    if form.validate():
        try:
            with current_database().transaction() as session:
                round_ = load_round(session, round_id, signed_in_user())
                actor = signed_in_user().username
                released = release_reserves(session, round_, actor, form.reason.data or "")
        except (Problem, Problems) as error:
            messages = tell_all(error)
        else:
            current_handover().forget(round_id)  # the same form now makes links for others
            flash(tell_released(sum(released.values())))
            return redirect(url_for("samples.progress", round_id=round_id), 303)
    with current_database().sessions() as session:
        return show_progress(session, round_id, form, messages), 422


def tell_released(number: int) -> str:
    """Return what a release did, in a sentence."""
    if not number:
        return str(gettext("Nobody was released: no stratum lacks people it has reserves for."))
    return str(gettext("Reserves released: %(number)s. Make links for them now.", number=number))


def show_progress(
    session: Session, round_id: str, form: ReleaseForm, messages: Sequence[str] = ()
) -> str:
    """Return the page of the progress."""
    round_ = load_round(session, round_id, signed_in_user())
    has_draw = find_record(session, round_, DRAW) is not None
    return render_template(
        "samples/progress.html",
        round=round_,
        form=form,
        messages=messages,
        progress=count_progress(session, round_),
        shortages=find_shortages(session, round_) if has_draw else [],
        is_open=round_.status == FIELD and signed_in_user().has_role(SUPERVISOR),
    )
