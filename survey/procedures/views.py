"""Pages of the procedure: years of provinces, a county's way, decisions between the levels."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from sampling.problems import Problem
from scoring.procedure_events import DECIDED, PUBLISHED, RETURNED, SUBMITTED, Event
from scoring.rule_set import load_rule_set
from survey.access import roles
from survey.accounts.models import OFFICIAL, SUPERVISOR
from survey.assessments.models import VERDICT, Round
from survey.assessments.operations import find_record, load_round, read_body
from survey.context import current_database, signed_in_user
from survey.downloads import hand_out
from survey.event_logs import head_digest, read_bodies, read_lines
from survey.localization import tell
from survey.procedures.forms import (
    DecisionForm,
    PublicationForm,
    StageForm,
    SubmissionForm,
    YearForm,
)
from survey.procedures.models import Entrant, Paper
from survey.procedures.operations import (
    acting_stage,
    enter_year,
    follow_year,
    level_of,
    list_entrants,
    list_years,
    load_entrant,
    load_year,
    may_open,
    now_in_china,
    open_year,
    record_step,
    require_level,
    schemes,
    years_for,
)
from survey.procedures.papers import certificate_evidence, find_papers, keep_papers
from survey.procedures.way import list_events, list_stages
from survey.procedures.wording import (
    ACTION_NAMES,
    LEVEL_NAMES,
    STATUS_NAMES,
    step_titles,
    tell_step,
    titles_of,
)

procedures = Blueprint("procedures", __name__)

COUNTY = "/procedures/<log_id>/counties/<region>"
PREFIXES = {action: f"{action}-" for action in (DECIDED, SUBMITTED, RETURNED, PUBLISHED)}
"""Several forms stand on a county's page; their fields are told apart by these."""


@procedures.get("/procedures")
@roles(SUPERVISOR, OFFICIAL)
def years() -> ResponseReturnValue:
    """List the years of provinces, with a form to begin one for those who may."""
    return render_years(make_year_form())


@procedures.post("/procedures")
@roles(OFFICIAL)
def add_year() -> ResponseReturnValue:
    """Begin a province's year."""
    form, user = make_year_form(), signed_in_user()
    if not form.validate():
        return render_years(form), 422
    try:
        with current_database().transaction() as session:
            log = open_year(
                session,
                user,
                region=form.region.data or "",
                province=(form.province.data or "").strip(),
                year=form.year.data or 0,
                rule_set_id=form.rules.data,
                is_rehearsal=form.is_rehearsal.data,
            )
    except Problem as problem:
        return render_years(form, [tell(problem)]), 422
    return redirect(url_for("procedures.year", log_id=log.id), 303)


@procedures.get("/procedures/<log_id>")
@roles(SUPERVISOR, OFFICIAL)
def year(log_id: str) -> ResponseReturnValue:
    """Show the counties of a year and where each stands."""
    user = signed_in_user()
    with current_database().sessions() as session:
        log = load_year(session, log_id, user)
        rule_set = load_rule_set(log.rule_set)
        found = follow_year(session, log)
        seen = list_entrants(session, log, user)
        return render_template(
            "procedures/year.html",
            log=log,
            rule_set=rule_set,
            year=found,
            entrants=seen,
            ended_by=next(
                (one for one in seen if found.ended and one.name == found.ended.county), None
            ),
            head=head_digest(read_bodies(session, log)),
            titles=titles_of(rule_set),
            status_names=STATUS_NAMES,
            level_names=LEVEL_NAMES,
            may_download=user.may_see(log.region),
        )


@procedures.get("/procedures/<log_id>/log.jsonl")
@roles(SUPERVISOR, OFFICIAL)
def download_log(log_id: str) -> ResponseReturnValue:
    """Hand the whole log out in its exact bytes, to those who may see every county in it."""
    with current_database().sessions() as session:
        log = load_year(session, log_id, signed_in_user())
        if not signed_in_user().may_see(log.region):
            abort(404)
        name = f"procedure-{log.region}-{log.year}.jsonl"
        return hand_out("".join(read_bodies(session, log)), name, "application/jsonl")


@procedures.get("/rounds/<round_id>/procedure")
@roles(SUPERVISOR, OFFICIAL)
def of_round(round_id: str) -> ResponseReturnValue:
    """Show the years that a round's county can take part in, or does."""
    user = signed_in_user()
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, user)
        logs = years_for(session, round_)
        return render_template(
            "procedures/enter.html",
            round=round_,
            logs=logs,
            entrants={log.id: session.get(Entrant, (log.id, round_.region)) for log in logs},
            may_enter=user.has_role(OFFICIAL) and level_of(user) == "county",
        )


@procedures.post("/rounds/<round_id>/procedure/<log_id>")
@roles(OFFICIAL)
def enter(round_id: str, log_id: str) -> ResponseReturnValue:
    """Let the county take part in a year with this round."""
    user = signed_in_user()
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, user)
        entrant = enter_year(session, load_year(session, log_id, user), round_, user)
    return redirect(url_for("procedures.county", log_id=log_id, region=entrant.region), 303)


@procedures.get(COUNTY)
@roles(SUPERVISOR, OFFICIAL)
def county(log_id: str, region: str) -> ResponseReturnValue:
    """Show a county's way, with forms for what the reader may do now."""
    with current_database().sessions() as session:
        return render_county(session, log_id, region)


@procedures.post(f"{COUNTY}/decisions")
@roles(OFFICIAL)
def decide(log_id: str, region: str) -> ResponseReturnValue:
    """Decide a step: passed or not, with evidence."""
    form = DecisionForm(prefix=PREFIXES[DECIDED])
    event = make_event(DECIDED, form, outcome=form.outcome.data or "")
    files = [("", file) for file in form.files.data or () if file]
    return act(log_id, region, form, event, files)


@procedures.post(f"{COUNTY}/submissions")
@roles(OFFICIAL)
def submit(log_id: str, region: str) -> ResponseReturnValue:
    """Hand the papers of a stage on to the level above."""
    form = SubmissionForm(prefix=PREFIXES[SUBMITTED])
    user = signed_in_user()
    with current_database().sessions() as session:
        rule_set = load_rule_set(load_year(session, log_id, user).rule_set)
    names = [name for one in rule_set.stages if one.id == form.stage.data for name in one.submits]
    fields = zip(names, form.papers, strict=False)
    files = [(name, field.data) for name, field in fields if field.data]
    return act(log_id, region, form, make_event(SUBMITTED, form), files)


@procedures.post(f"{COUNTY}/returns")
@roles(OFFICIAL)
def send_back(log_id: str, region: str) -> ResponseReturnValue:
    """Send the papers of a stage back, with a reason."""
    form = StageForm(prefix=PREFIXES[RETURNED])
    return act(log_id, region, form, make_event(RETURNED, form))


@procedures.post(f"{COUNTY}/publications")
@roles(OFFICIAL)
def publish(log_id: str, region: str) -> ResponseReturnValue:
    """Note that something was made public, and for how long."""
    form = PublicationForm(prefix=PREFIXES[PUBLISHED])
    event = make_event(PUBLISHED, form, name=form.name.data or "", days=form.days.data or 0)
    return act(log_id, region, form, event)


@procedures.get(f"{COUNTY}/papers/<digest>")
@roles(SUPERVISOR, OFFICIAL)
def paper(log_id: str, region: str, digest: str) -> ResponseReturnValue:
    """Hand a paper out as it came in; a browser never opens it by itself."""
    with current_database().sessions() as session:
        log = load_year(session, log_id, signed_in_user())
        entrant = load_entrant(session, log, region, signed_in_user())
        found = session.get(Paper, (log.id, entrant.region, digest))
        if found is None:
            abort(404)
        return hand_out(found.content, found.filename, "application/octet-stream")


def make_event(action: str, form: StageForm, **more: object) -> Event:
    """Return the event of a form; its county and evidence are added once they are known."""
    return Event(
        action,
        county="?",
        stage=form.stage.data or "",
        by=signed_in_user().username,
        time=now_in_china(),
        step=(form.step.data or "") if action == DECIDED else "",
        reason=form.reason_line,
        **more,  # type: ignore[arg-type]  # outcome, name and days, as the views give them
    )


def act(
    log_id: str,
    region: str,
    form: StageForm,
    event: Event,
    files: list[tuple[str, FileStorage]] | None = None,
) -> ResponseReturnValue:
    """Bring an event about with the papers that came with it; all of it, or nothing."""
    user, messages = signed_in_user(), []
    if form.validate():
        try:
            with current_database().transaction() as session:
                log = load_year(session, log_id, user)
                entrant = load_entrant(session, log, region, user)
                require_level(user, acting_stage(load_rule_set(log.rule_set), event))
                evidence = keep_papers(session, log, entrant, files or [], user.username)
                record_step(
                    session, log, entrant, complete(session, entrant, event, evidence), user
                )
        except Problem as problem:
            messages.append(problem)
        else:
            return redirect(url_for("procedures.county", log_id=log_id, region=region), 303)
    with current_database().sessions() as session:
        return render_county(session, log_id, region, form, messages), 422


def complete(session: Session, entrant: Entrant, event: Event, evidence: dict[str, str]) -> Event:
    """Return an event with the county's name in the log and its evidence.

    The county's own decision rests on its verdict certificate, where there is one.
    """
    if event.action == DECIDED and level_of(signed_in_user()) == "county":
        evidence = {**certificate_evidence(session, entrant), **evidence}
    return Event(
        event.action,
        entrant.name,
        event.stage,
        event.by,
        event.time,
        event.step,
        event.outcome,
        event.name,
        event.days,
        evidence,
        event.reason,
    )


def make_year_form() -> YearForm:
    """Return the form of a year, with the rule sets that have a procedure."""
    form = YearForm()
    form.rules.choices = [(one.id, one.title_zh) for one in schemes()]
    return form


def render_years(form: YearForm, messages: list[str] | None = None) -> str:
    """Return the page of years."""
    user = signed_in_user()
    with current_database().sessions() as session:
        return render_template(
            "procedures/list.html",
            form=form,
            logs=list_years(session, user),
            messages=messages or [],
            may_open=may_open(user),
        )


def render_county(
    session: Session,
    log_id: str,
    region: str,
    form: StageForm | None = None,
    problems: list[Problem] | None = None,
) -> str:
    """Return a county's page; a form that was refused keeps what was typed."""
    user = signed_in_user()
    log = load_year(session, log_id, user)
    entrant = load_entrant(session, log, region, user)
    rule_set = load_rule_set(log.rule_set)
    found = follow_year(session, log)
    round_ = session.get_one(Round, entrant.round_id)
    verdict = find_record(session, round_, VERDICT)
    return render_template(
        "procedures/county.html",
        log=log,
        entrant=entrant,
        rule_set=rule_set,
        round=round_,
        verdict=read_body(verdict)["verdict"] if verdict else "",
        states=list_stages(found, rule_set, entrant.name, user),
        events=list_events(read_lines(session, log), entrant.name),
        papers=find_papers(session, log, entrant),
        forms=make_forms(form),
        refused=form,
        messages=[tell_step(problem, rule_set) for problem in problems or ()],
        tell_hindrance=lambda problem: tell_step(problem, rule_set),
        titles=titles_of(rule_set),
        step_titles=step_titles(rule_set),
        status_names=STATUS_NAMES,
        action_names=ACTION_NAMES,
        level_names=LEVEL_NAMES,
    )


def make_forms(refused: StageForm | None) -> dict[str, StageForm]:
    """Return the forms of the page by action, the refused one with what was typed."""
    makers = {
        DECIDED: DecisionForm,
        SUBMITTED: SubmissionForm,
        RETURNED: StageForm,
        PUBLISHED: PublicationForm,
    }
    return {
        action: refused
        if refused is not None and type(refused) is make
        else make(formdata=None, prefix=PREFIXES[action])
        for action, make in makers.items()
    }


@procedures.get(f"{COUNTY}/decisions")
@procedures.get(f"{COUNTY}/submissions")
@procedures.get(f"{COUNTY}/returns")
@procedures.get(f"{COUNTY}/publications")
@roles(SUPERVISOR, OFFICIAL)
def go_to_county(log_id: str, region: str) -> ResponseReturnValue:
    """Lead back to the page that the acts are done on, for whoever reloads one that was refused."""
    return redirect(url_for("procedures.county", log_id=log_id, region=region), 303)


@procedures.get("/rounds/<round_id>/procedure/<log_id>")
@roles(SUPERVISOR, OFFICIAL)
def go_to_years(round_id: str, log_id: str) -> ResponseReturnValue:  # noqa: ARG001
    """Lead back to the page on which a county takes part."""
    return redirect(url_for("procedures.of_round", round_id=round_id), 303)
