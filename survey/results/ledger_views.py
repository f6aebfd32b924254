"""Pages of the ledger (台账): gaps per school and rule, measures, who answers, deadlines."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from sampling.problems import Problem
from scoring.ledger import LedgerLine
from scoring.ledger_log import Undertaking
from scoring.rule_set import RuleSet, load_rule_set
from survey.access import roles
from survey.accounts.models import OFFICIAL
from survey.assessments.operations import load_round
from survey.context import current_database, signed_in_user
from survey.downloads import hand_out
from survey.event_logs import head_digest, read_bodies
from survey.localization import choose_language, tell
from survey.procedures.operations import now_in_china
from survey.results.forms import AsOfForm, MeasureForm, PlanForm
from survey.results.ledgers import (
    bring_up_to_date,
    carry_plan,
    find_county_ledger,
    follow,
    open_gaps,
    ordered_lines,
    read_county,
    undertake_measure,
)
from survey.results.views import results
from survey.results.way_out import find_plan

KEY = ("school", "stage", "rule", "part")


@results.get("/rounds/<round_id>/ledger")
@roles(OFFICIAL)
def ledger(round_id: str) -> ResponseReturnValue:
    """Show the gaps of the verdict, and the county's ledger where it has one."""
    return render_ledger(round_id)


@results.post("/rounds/<round_id>/ledger")
@roles(OFFICIAL)
def measure_ledger(round_id: str) -> ResponseReturnValue:
    """Hold the ledger against the round's verdict."""
    form, user = AsOfForm(), signed_in_user()
    if not form.validate():
        return render_ledger(round_id, as_of_form=form), 422
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, user)
            bring_up_to_date(session, round_, form.as_of.data.isoformat(), user.username)
    except Problem as problem:
        return render_ledger(round_id, as_of_form=form, messages=[tell(problem)]), 422
    return redirect(url_for("results.ledger", round_id=round_id), 303)


@results.post("/rounds/<round_id>/ledger/plan")
@roles(OFFICIAL)
def plan_ledger(round_id: str) -> ResponseReturnValue:
    """Carry the way out into the ledger."""
    form, user = PlanForm(), signed_in_user()
    if not form.validate():
        return render_ledger(round_id, plan_form=form), 422
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, user)
            _, plan = find_plan(session, round_)
            if plan is None:
                abort(404)
            lines, idle = carry_plan(
                session,
                round_,
                plan,
                answers=" ".join((form.answers.data or "").split()),
                deadline=form.deadline.data.isoformat(),
                actor=user.username,
            )
    except Problem as problem:
        return render_ledger(round_id, plan_form=form, messages=[tell(problem)]), 422
    flash(
        gettext(
            "Measures for %(lines)s lines; %(idle)s additions serve a coefficient alone.",
            lines=lines,
            idle=len(idle),
        )
    )
    return redirect(url_for("results.ledger", round_id=round_id), 303)


@results.get("/rounds/<round_id>/ledger/line")
@roles(OFFICIAL)
def ledger_line(round_id: str) -> ResponseReturnValue:
    """Show one line with the form for its measure."""
    return render_line(round_id)


@results.post("/rounds/<round_id>/ledger/line")
@roles(OFFICIAL)
def undertake(round_id: str) -> ResponseReturnValue:
    """Say what is done about a line, who answers for it and by when."""
    form, user = MeasureForm(), signed_in_user()
    if not form.validate():
        return render_line(round_id, form), 422
    undertaking = Undertaking(
        read_key(),
        " ".join((form.measure.data or "").split()),
        " ".join((form.answers.data or "").split()),
        form.deadline.data.isoformat(),
    )
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, user)
            undertake_measure(session, round_, undertaking, user.username)
    except Problem as problem:
        return render_line(round_id, form, [tell(problem)]), 422
    return redirect(url_for("results.ledger", round_id=round_id), 303)


@results.get("/rounds/<round_id>/ledger.jsonl")
@roles(OFFICIAL)
def download_ledger(round_id: str) -> ResponseReturnValue:
    """Hand the ledger's log out in its exact bytes."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        log = find_county_ledger(session, round_)
        if log is None:
            abort(404)
        return hand_out(
            "".join(read_bodies(session, log)), f"ledger-{log.region}.jsonl", "application/jsonl"
        )


def render_ledger(
    round_id: str,
    *,
    as_of_form: AsOfForm | None = None,
    plan_form: PlanForm | None = None,
    messages: list[str] | None = None,
) -> str:
    """Return the page of the ledger; a form that was refused keeps what was typed."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        rule_set = load_rule_set(round_.rule_set)
        measured = read_county(session, round_)
        log = find_county_ledger(session, round_)
        today = now_in_china()[:10]
        _, plan = find_plan(session, round_)
        return render_template(
            "results/ledger.html",
            round=round_,
            gaps=open_gaps(measured) if measured else None,
            log=log,
            lines=ordered_lines(follow(session, log), today) if log else (),
            today=today,
            head=head_digest(read_bodies(session, log)) if log else "",
            gap_title=lambda key: gap_title(rule_set, key),
            as_of_form=as_of_form or AsOfForm(formdata=None),
            plan_form=plan_form or PlanForm(formdata=None),
            refused=as_of_form or plan_form,
            has_plan=plan is not None,
            messages=messages or [],
        )


def render_line(
    round_id: str, form: MeasureForm | None = None, messages: list[str] | None = None
) -> str:
    """Return the page of one line; 404 without a ledger, or without that line in it."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        log = find_county_ledger(session, round_)
        line = follow(session, log).lines.get(read_key()) if log else None
        if line is None:
            abort(404)
        return render_template(
            "results/ledger_line.html",
            round=round_,
            line=line,
            title=gap_title(load_rule_set(round_.rule_set), line.gap.key),
            form=form or fill_form(line),
            messages=messages or [],
        )


def fill_form(line: LedgerLine) -> MeasureForm:
    """Return the form with what was undertaken so far."""
    return MeasureForm(formdata=None, data={"measure": line.measure, "answers": line.answers})


def read_key() -> tuple[str, str, str, str]:
    """Return which line the address is about."""
    school, stage, rule, part = (request.args.get(name, "") for name in KEY)
    return school, stage, rule, part


def gap_title(rule_set: RuleSet, key: tuple[str, str, str, str]) -> str:
    """Return what a line is about in the reader's language: its rule, or the part of one."""
    _, _, rule_id, part_id = key
    is_chinese = choose_language() == "zh"
    rule = rule_set.rule(rule_id)
    for part in rule.parts:
        if part.id == part_id:
            return part.title.zh if is_chinese else part.title.en
    return rule.title_zh if is_chinese else rule.title_en


@results.get("/rounds/<round_id>/ledger/plan")
@roles(OFFICIAL)
def go_to_ledger(round_id: str) -> ResponseReturnValue:
    """Lead back to the ledger, for whoever reloads a page that was refused."""
    return redirect(url_for("results.ledger", round_id=round_id), 303)
