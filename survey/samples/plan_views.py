"""Pages of the quotas: the whole table, what a number breaks, numbers kept, the freeze."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session

from sampling.canonical import digest
from sampling.forecast import ResponsePlan
from sampling.problems import N_, Problem, Problems
from sampling.record import Compromise, Plan
from sampling.response_plan import plan_response
from sampling.survey_rules import load_survey_rules
from survey.access import roles
from survey.accounts.models import SUPERVISOR
from survey.assessments.models import DRAFT, Round
from survey.assessments.operations import load_round
from survey.context import current_database, signed_in_user
from survey.localization import fill, tell_all, tell_stratum
from survey.samples.blueprint import samples
from survey.samples.forms import MOST, TargetsForm
from survey.samples.plan import Targets, count_cells, freeze_plan, plan_cells, read_frame
from survey.samples.plan_draft import PlanDraft, find_draft, keep_numbers, take_back
from survey.samples.plan_table import list_areas, make_table, read_people
from survey.samples.presets import PRESETS, pin_areas
from survey.samples.records import read_plan

RULE_NAMES = {
    "categories_equal": lazy_gettext("the six other categories about equal"),
    "grade_bands_equal": lazy_gettext("grade bands about equal"),
    "areas_in_proportion": lazy_gettext("areas in proportion"),
    "sample_size": lazy_gettext("sample size"),
    "min_answer_stratum": lazy_gettext("answer strata large enough"),
    "min_drawn": lazy_gettext("two or more drawn in each category"),
}


@samples.app_template_global()
def tell_why(item: Compromise) -> str:
    """Return why a rule could not be kept exactly, in the reader's language."""
    values = dict(item["values"])
    if isinstance(values.get("set"), str):
        values["set"] = tell_set(str(values["set"]))
    return fill(item["message"], values)


def tell_set(text: str) -> str:
    """Return numbers set by hand in words: ``parent/urban=40`` -> 家长 · 城区 = 40."""
    parts = [one.partition("=") for one in text.split(", ")]
    return ", ".join(f"{tell_stratum(name)} = {number}" for name, _, number in parts)


@dataclass(slots=True)
class Sheet:
    """The numbers as they stand on a page, and what is wrong with them."""

    form: TargetsForm
    typed: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    others: PlanDraft | None = None  # what somebody else kept meanwhile

    @property
    def is_wrong(self) -> bool:
        """Say whether something has to be mended."""
        return bool(self.messages or self.form.errors)

    def read_pins(self) -> dict[str, int]:
        """Return the numbers for areas and bands; raise `Problems` for those that are none."""
        wrong = [name for name, text in self.typed.items() if not is_count(text)]
        if wrong:
            message = N_("expected a whole number from 0 up, got {got!r}")
            raise Problems(
                [Problem(message, where=tell_stratum(one), got=self.typed[one]) for one in wrong]
            )
        return {name: int(text) for name, text in self.typed.items()}


def is_count(text: str) -> bool:
    """Say whether a text is a number of people."""
    return text.isascii() and text.isdigit() and int(text) <= MOST


@samples.get("/rounds/<round_id>/plan")
@roles(SUPERVISOR)
def plan(round_id: str) -> ResponseReturnValue:
    """Show the quotas: frozen, kept, or as a preset gives them."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        sheet = Sheet(TargetsForm(formdata=None))
        if round_.status != DRAFT:
            return show_frozen(session, round_)
        drafted = None
        try:
            sheet.form.frame_digest.data = read_frame(session, round_).digest
            drafted = begin_sheet(session, round_, sheet, request.args.get("preset", ""))
        except (Problem, Problems) as error:
            sheet.messages += tell_all(error)
        return show_sheet(session, round_, sheet, drafted)


@samples.post("/rounds/<round_id>/plan")
@roles(SUPERVISOR)
def set_plan(round_id: str) -> ResponseReturnValue:
    """Show what the numbers typed would break, keep them, take a change back, or freeze them."""
    sheet = Sheet(TargetsForm(), TargetsForm.read_typed())
    act = ACTS.get(request.form.get("act", ""))
    is_valid = sheet.form.validate()
    if act is not None and (is_valid or act is undo):
        try:
            act(round_id, sheet)
        except (Problem, Problems) as error:
            sheet.messages += tell_all(error)
        else:
            return redirect(url_for("samples.plan", round_id=round_id), 303)
    return show_typed(round_id, sheet, is_look=act is None)


def freeze(round_id: str, sheet: Sheet) -> None:
    """Freeze the quotas for the roster and the kept numbers that were shown."""
    pins, form = sheet.read_pins(), sheet.form
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user())
        freeze_plan(
            session,
            round_,
            form.read_targets(),
            signed_in_user().username,
            form.frame_digest.data or "",
            pins=pins,
            seen_version=form.seen_version,
        )


def keep(round_id: str, sheet: Sheet) -> None:
    """Keep the numbers typed."""
    pins, form = sheet.read_pins(), sheet.form
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user())
        actor = signed_in_user().username
        seen = form.seen_version
        keep_numbers(session, round_, form.read_targets(), pins, seen_version=seen, actor=actor)
    flash(gettext("The numbers are kept."))


def undo(round_id: str, sheet: Sheet) -> None:
    """Take the last kept change back."""
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user())
        take_back(session, round_, sheet.form.seen_version, signed_in_user().username)
    flash(gettext("The last change is taken back."))


ACTS = {"freeze": freeze, "keep": keep, "undo": undo}


def begin_sheet(session: Session, round_: Round, sheet: Sheet, preset: str) -> Plan:
    """Fill the numbers in, as they were kept or as a preset has them; return their plan."""
    draft = find_draft(session, round_)
    form = sheet.form
    form.version.data = str(draft.version)
    targets: Targets = None if preset else draft.targets
    pins = {} if preset else draft.pins
    sheet.typed = {name: str(number) for name, number in pins.items()}
    form.fill(targets or {})
    cells, frame_digest = count_cells(session, round_), form.frame_digest.data or ""
    if preset:
        drafted = plan_cells(cells, frame_digest, round_, None, None)
        form.fill(drafted["categories"])
        areas = list_areas(cells, load_survey_rules(round_.survey_rules))
        pins = pin_areas(preset, drafted["categories"], areas, round_.areas)
        sheet.typed = {name: str(number) for name, number in pins.items()}
        targets = drafted["categories"]
    drafted = plan_cells(cells, frame_digest, round_, targets, pins)
    form.fill(drafted["categories"])
    return drafted


def show_typed(round_id: str, sheet: Sheet, *, is_look: bool) -> ResponseReturnValue:
    """Show the numbers typed: what they break, or what is wrong with them."""
    form = sheet.form
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        if round_.status != DRAFT:
            return show_frozen(session, round_, sheet.messages), 422 if sheet.is_wrong else 200
        drafted = None
        try:
            if not (is_look and form.frame_digest.data):
                form.frame_digest.data = read_frame(session, round_).digest
            find_others(session, round_, sheet)
            if not form.errors:
                drafted = plan_typed(session, round_, sheet)
        except (Problem, Problems) as error:
            sheet.messages = sheet.messages or tell_all(error)
        if request.headers.get("HX-Request"):
            return show_sheet(session, round_, sheet, drafted, "samples/plan_live.html")
        page = show_sheet(session, round_, sheet, drafted)
    return page, 422 if sheet.is_wrong else 200


def plan_typed(session: Session, round_: Round, sheet: Sheet) -> Plan:
    """Return the plan that the numbers typed give."""
    return plan_cells(
        count_cells(session, round_),
        sheet.form.frame_digest.data or "",
        round_,
        sheet.form.read_targets(),
        sheet.read_pins(),
    )


def find_others(session: Session, round_: Round, sheet: Sheet) -> None:
    """Note what somebody else kept meanwhile; the next press is made knowing it."""
    draft = find_draft(session, round_)
    if draft.version == sheet.form.seen_version:
        return
    sheet.others = draft
    if not request.headers.get("HX-Request"):
        sheet.form.version.data = str(draft.version)


def show_sheet(
    session: Session,
    round_: Round,
    sheet: Sheet,
    drafted: Plan | None,
    template: str = "samples/plan.html",
) -> str:
    """Return the page of the numbers, or the part of it that changes with each of them."""
    rules = load_survey_rules(round_.survey_rules)
    return render_template(
        template,
        round=round_,
        form=sheet.form,
        messages=sheet.messages,
        table=make_table(count_cells(session, round_), drafted, rules, sheet.typed),
        plan=drafted,
        plan_digest=digest(drafted) if drafted else "",
        response=foresee_response(drafted, sheet.form.response.data),
        draft=find_draft(session, round_),
        others=sheet.others,
        differences=list_differences(sheet),
        presets=PRESETS,
        rules=rules,
        rule_names=RULE_NAMES,
        is_open=True,
    )


def show_frozen(session: Session, round_: Round, messages: Sequence[str] = ()) -> str:
    """Return the page of frozen quotas."""
    frozen = read_plan(session, round_)
    rules = load_survey_rules(round_.survey_rules)
    return render_template(
        "samples/plan.html",
        round=round_,
        form=None,
        messages=messages,
        table=make_table(read_people(frozen), frozen, rules, {}),
        plan=frozen,
        plan_digest=digest(frozen),
        response=None,
        rules=rules,
        rule_names=RULE_NAMES,
        is_open=False,
    )


def foresee_response(drafted: Plan | None, percentage: int | None) -> ResponsePlan | None:
    """Return how many to ask if so many of a hundred answer."""
    if drafted is None or not percentage or not 0 < percentage <= 100:
        return None
    rate = Fraction(percentage, 100)
    return plan_response(drafted, dict.fromkeys(drafted["categories"], rate))


def list_differences(sheet: Sheet) -> list[tuple[str, str, str]]:
    """Return name, their number and this page's, where somebody else kept another one."""
    if sheet.others is None:
        return []
    theirs = {**(sheet.others.targets or {}), **sheet.others.pins}
    targets = {name: sheet.form[name].data for name in (sheet.others.targets or {})}
    mine = {name: str(n) for name, n in targets.items() if n is not None} | sheet.typed
    return [
        (tell_stratum(name), str(theirs.get(name, "–")), mine.get(name, "–"))
        for name in {**theirs, **mine}
        if str(theirs.get(name, "–")) != mine.get(name, "–")
    ]
