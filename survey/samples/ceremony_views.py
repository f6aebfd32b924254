"""Pages of the ceremony: one to project on a wall, step by step, and the certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import segno
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from sampling.ceremony import Ceremony, Content, Finding, find_head, find_step, step_digest
from sampling.drand import find_round_time
from sampling.problems import N_, Problem, Problems
from survey.access import roles
from survey.accounts.models import SUPERVISOR
from survey.assessments.models import DRAW, FROZEN, PLAN, Round
from survey.assessments.operations import find_record, load_round
from survey.audit_log import read_head
from survey.context import current_database, current_settings, signed_in_user
from survey.downloads import hand_out
from survey.localization import BEIJING, fill, tell_all
from survey.samples.blueprint import samples
from survey.samples.ceremony import (
    REHEARSAL_STAGE,
    STAGES,
    abandon_ceremony,
    announce_beacon,
    announce_event,
    announce_parties,
    announce_source,
    begin_ceremony,
    disclose,
    disclose_parts,
    draw_in_ceremony,
    find_ceremony,
    judge_ceremony,
    next_step,
    stamp_step,
)
from survey.samples.certificate import Certificate, make_certificate
from survey.samples.records import read_draw, read_plan

PARTIES = 6  # rows of the form; two are enough
SHOWN = 3  # pseudonyms shown of each category

Form = Mapping[str, str]
Act = Callable[[Session, Round, Form, str], object]


@samples.app_template_global()
def tell_finding(finding: Finding) -> str:
    """Return what a ceremony shows, in the reader's language."""
    return fill(finding.message, finding.values)


@samples.get("/rounds/<round_id>/ceremony")
@roles(SUPERVISOR)
def ceremony(round_id: str) -> ResponseReturnValue:
    """Show the ceremony as far as it has come, in big letters."""
    with current_database().sessions() as session:
        return show_ceremony(session, load_round(session, round_id, signed_in_user()), {})


@samples.post("/rounds/<round_id>/ceremony")
@roles(SUPERVISOR)
def take_step(round_id: str) -> ResponseReturnValue:
    """Take the next step of the ceremony, or give it up."""
    form = request.form.to_dict()
    try:
        act = ACTS.get(form.get("step", ""))
        if act is None:
            raise Problem(N_("there is no such step"))
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, signed_in_user())
            act(session, round_, form, signed_in_user().username)
    except (Problem, Problems) as error:
        with current_database().sessions() as session:
            round_ = load_round(session, round_id, signed_in_user())
            return show_ceremony(session, round_, form, tell_all(error)), 422
    return redirect(url_for("samples.ceremony", round_id=round_id), 303)


def begin(session: Session, round_: Round, form: Form, actor: str) -> None:
    """Fix the digests."""
    begin_ceremony(session, round_, form.get("stage", ""), actor)


def announce(session: Session, round_: Round, form: Form, actor: str) -> None:
    """Name the source."""
    announce_source(session, round_, read_source(form), actor)


def show_seed(session: Session, round_: Round, form: Form, actor: str) -> None:
    """Take what the source gave."""
    disclose(session, round_, read_disclosure(find_ceremony(session, round_), form), actor)


def draw_at_last(session: Session, round_: Round, _form: Form, actor: str) -> None:
    """Draw."""
    draw_in_ceremony(session, round_, actor)


def give_up(session: Session, round_: Round, form: Form, actor: str) -> None:
    """Give the ceremony up for a reason."""
    reason = form.get("reason", "").strip()
    if not reason or len(reason) > 200:
        raise Problem(N_("say in one sentence why the ceremony is given up"))
    abandon_ceremony(session, round_, reason, actor)
    flash(gettext("The ceremony is given up; the audit log keeps the reason."))


def stamp(session: Session, round_: Round, _form: Form, actor: str) -> None:
    """Take an outside time stamp of the last step."""
    upload = request.files.get("token")
    stamp_step(session, round_, upload.read() if upload else b"", actor)
    flash(gettext("The time stamp is kept with the step."))


ACTS: dict[str, Act] = {
    "frame": begin,
    "source": announce,
    "seed": show_seed,
    "draw": draw_at_last,
    "stamp": stamp,
    "abandon": give_up,
}


def read_source(form: Form) -> Content:
    """Return the announcement that was typed."""
    kind = form.get("source", "")
    if kind == "commit-reveal":
        rows = [
            (form.get(f"party-{i}", "").strip(), form.get(f"commitment-{i}", "").strip().lower())
            for i in range(PARTIES)
        ]
        return announce_parties([row for row in rows if any(row)])
    if kind == "public-event":
        return announce_event(form.get("event", "").strip())
    if kind == "drand":
        return announce_beacon(read_moment(form.get("moment", "")))
    raise Problem(N_("choose where the seed comes from"))


def read_moment(text: str) -> datetime:
    """Return a day and time in Beijing as a browser sends it."""
    try:
        return datetime.strptime(text.strip().replace(" ", "T"), "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - Beijing
    except ValueError as error:
        raise Problem(
            N_("expected a day and time like 2026-05-07 09:30, got {got!r}"), got=text[:40]
        ) from error


def read_disclosure(ceremony: Ceremony | None, form: Form) -> Content:
    """Return what the announced source gave, as it was typed."""
    step = find_step(ceremony, "source") if ceremony else None
    source = step["content"] if step else {}
    if source.get("source") == "drand":
        return {"signature": "".join(form.get("signature", "").split()).lower()}
    if source.get("source") == "public-event":
        return {"value": form.get("value", "").strip()}
    return disclose_parts(
        [
            {
                "party": name,
                "text": form.get(f"text-{i}", "").strip(),
                "nonce": "".join(form.get(f"nonce-{i}", "").split()).lower(),
            }
            for i, name in enumerate(list_parties(source))
        ]
    )


def list_parties(source: Content) -> list[str]:
    """Return the names of the parties that committed themselves."""
    parties = source.get("parties", [])
    return [str(one["party"]) for one in parties] if isinstance(parties, list) else []


def show_ceremony(
    session: Session, round_: Round, typed: Form, messages: Sequence[str] = ()
) -> str:
    """Return the page of the ceremony; `typed` is what stood in a refused form."""
    found = find_ceremony(session, round_)
    plan_record = find_record(session, round_, PLAN)
    steps = {step["step"]: step for step in found["steps"]} if found else {}
    source = steps["source"]["content"] if "source" in steps else {}
    number = source.get("round")
    address = check_address(round_)
    commitment_address = f"{current_settings().public_url}{url_for('public.commitment')}"
    return render_template(
        "samples/ceremony.html",
        round=round_,
        ceremony=found,
        steps=steps,
        digests={name: step_digest(step) for name, step in steps.items()},
        following=next_step(found),
        source=source,
        due=find_round_time(number).astimezone(BEIJING) if isinstance(number, int) else None,
        parties=list_parties(source),
        rows=range(PARTIES),
        plan=read_plan(session, round_) if plan_record else None,
        plan_digest=plan_record.digest if plan_record else "",
        results=list_results(session, round_) if "draw" in steps else [],
        findings=judge_ceremony(session, round_),
        stages=STAGES,
        rehearsal_stage=REHEARSAL_STAGE,
        is_open=round_.status == FROZEN,
        typed=typed,
        messages=messages,
        address=address,
        qr=draw_qr_code(address),
        commitment_address=commitment_address,
        commitment_qr=draw_qr_code(commitment_address),
    )


def check_address(round_: Round) -> str:
    """Return the address where everybody checks the draw."""
    way = url_for("public.check_round", round_id=round_.id)
    return f"{current_settings().public_url}{way}"


def draw_qr_code(address: str) -> Markup:
    """Return an address as a QR code to stand in the page."""
    code = segno.make_qr(address, error="m")
    return Markup(code.svg_inline(border=4, light="#fff", omitsize=True))  # noqa: S704 - our own SVG


def list_results(session: Session, round_: Round) -> list[dict[str, object]]:
    """Return what was drawn by category: how many, how many in reserve, the first pseudonyms."""
    drawn: dict[str, dict[str, object]] = {}
    for stratum in read_draw(session, round_)["strata"]:
        (category,) = stratum["cell"]["category"]
        row = drawn.setdefault(
            category, {"category": category, "n": 0, "reserve": 0, "N": 0, "first": []}
        )
        for key, more in (("n", stratum["n"]), ("N", stratum["N"])):
            row[key] = int(str(row[key])) + more
        row["reserve"] = int(str(row["reserve"])) + len(stratum["reserve"])
        first = [*(row["first"] if isinstance(row["first"], list) else []), *stratum["sample"]]
        row["first"] = first[:SHOWN]
    return list(drawn.values())


@samples.get("/rounds/<round_id>/draw/certificate.pdf")
@roles(SUPERVISOR)
def certificate(round_id: str) -> ResponseReturnValue:
    """Hand the draw certificate out as a PDF to print, seal and hang up; 404 before the draw."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        record = find_record(session, round_, DRAW)
        if record is None:
            abort(404)
        found = find_ceremony(session, round_)
        content = make_certificate(
            Certificate(
                round_,
                read_plan(session, round_),
                read_draw(session, round_),
                record.digest,
                found,
                find_head(found) if found else "",
                judge_ceremony(session, round_),
                str(read_head(session)),
                check_address(round_),
            )
        )
    name = f"draw-{round_id}.pdf"
    return hand_out(content, name, "application/pdf")
