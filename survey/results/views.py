"""Pages of the results, for officials: opening, rate, indicators, verdict, a school."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from sampling.problems import Problem
from survey.access import roles
from survey.accounts.models import OFFICIAL
from survey.assessments.models import CLOSED, OPEN_ANSWERS, OPENED, Round
from survey.assessments.operations import find_record, find_rehearsal_key, load_round
from survey.context import current_database, current_settings, signed_in_user
from survey.database import Database
from survey.jobs import DONE, FAILED, INTERRUPTED, find_job, start_job
from survey.localization import choose_language, tell
from survey.questionnaires.frozen import read_round_edition
from survey.responses.counted import count_set_aside
from survey.responses.opening import OPENING, check_key, count_envelopes, open_round
from survey.results.forms import OpeningForm
from survey.results.operations import judge_round, read_results
from survey.results.reliefs import switched_on
from survey.results.wording import rule_set_title
from survey.schools.versions import find_judged, find_newest

results = Blueprint("results", __name__)

PATIENCE = 3.0  # seconds that a request waits for an opening; what takes longer is polled for


@results.get("/rounds/<round_id>/opening")
@roles(OFFICIAL)
def open_envelopes(round_id: str) -> ResponseReturnValue:
    """Ask for the private key; while the job runs, say how far it is."""
    return render_opening(round_id, OpeningForm())


@results.post("/rounds/<round_id>/opening")
@roles(OFFICIAL)
def open_now(round_id: str) -> ResponseReturnValue:
    """Open all envelopes, shuffle, count, destroy, as a job; or finish one that was interrupted."""
    form = OpeningForm()
    database = current_database()
    actor = signed_in_user().username
    try:
        with database.sessions() as session:
            round_ = load_round(session, round_id, signed_in_user())
            key = find_rehearsal_key(current_settings(), round_) or form.private_key.data or ""
            if not (round_.status == OPENED and is_unfinished(database, round_id)):
                check_key(session, round_, key)
        work = partial(open_round, database, round_id, key, actor)
        start_job(database, OPENING, round_id, work).join(PATIENCE)
    except Problem as problem:
        return render_opening(round_id, form, [tell(problem)]), 422
    job = find_job(database, OPENING, round_id)
    if job and job.state == FAILED:
        return render_opening(round_id, form), 422
    is_done = job and job.state == DONE
    page = "results.show" if is_done else "results.open_envelopes"
    return redirect(url_for(page, round_id=round_id), 303)


def is_unfinished(database: Database, round_id: str) -> bool:
    """Say whether envelopes, or traces of them, are left of a round that is counted."""
    job = find_job(database, OPENING, round_id)
    is_stopped = job is not None and job.state in (FAILED, INTERRUPTED)
    return is_stopped or count_envelopes(database, round_id) > 0


def render_opening(round_id: str, form: OpeningForm, messages: Sequence[str] = ()) -> str:
    """Return the page that asks for the key, or shows the progress."""
    database = current_database()
    with database.sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        is_rehearsal_key = find_rehearsal_key(current_settings(), round_) is not None
        set_aside = count_set_aside(session, round_)
    job = find_job(database, OPENING, round_id)
    return render_template(
        "results/opening.html",
        round=round_,
        form=form,
        messages=messages,
        job=job,
        is_closed=round_.status == CLOSED,
        is_unfinished=round_.status == OPENED and is_unfinished(database, round_id),
        key_is_here=is_rehearsal_key,
        set_aside=set_aside,
    )


@results.get("/rounds/<round_id>/results")
@roles(OFFICIAL)
def show(round_id: str) -> ResponseReturnValue:
    """Show rate, indicators and verdict."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        found = read_results(session, round_)
        verdict = found.verdict if found else None
        newest = find_newest(session, round_)
        return render_template(
            "results/show.html",
            round=round_,
            results=found,
            question=find_question(session, round_, found.rate["rule"]["item"]) if found else "",
            judged_version=find_judged(session, round_, verdict) if verdict else None,
            newest_version=newest.number if newest else None,
            rules_title=rule_set_title(round_.rule_set),
            n_reliefs=len(switched_on(session, round_)),
            set_aside=count_set_aside(session, round_),
            has_places=find_record(session, round_, OPEN_ANSWERS) is not None,
        )


def find_question(session: Session, round_: Round, item_id: str) -> str:
    """Return the wording of an item, as the parents' paper asks it, in the reader's language."""
    edition = read_round_edition(session, round_.id, round_.edition)
    return edition.paper_for("parent").find_item(item_id).text[choose_language()]


@results.post("/rounds/<round_id>/verdict")
@roles(OFFICIAL)
def judge(round_id: str) -> ResponseReturnValue:
    """Run the indicator engine and decide."""
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user(), lock=True)
        engine = current_settings().indicator_engine
        judge_round(session, round_, signed_in_user().username, engine)
    return redirect(url_for("results.show", round_id=round_id), 303)


@results.get("/rounds/<round_id>/verdict")
@roles(OFFICIAL)
def go_to_results(round_id: str) -> ResponseReturnValue:
    """Lead back to the page that the verdict is asked for on."""
    return redirect(url_for("results.show", round_id=round_id), 303)


@results.get("/rounds/<round_id>/results/schools/<school_id>")
@roles(OFFICIAL)
def school(round_id: str, school_id: str) -> ResponseReturnValue:
    """Show what was found of one school."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        found = read_results(session, round_)
        findings = found.of_school(school_id) if found else []
        if not findings:
            abort(404)
        return render_template(
            "results/school.html", round=round_, findings=findings, results=found
        )
