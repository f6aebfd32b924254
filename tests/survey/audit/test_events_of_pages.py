"""Every action of weight has an event: each address that takes a form names its own.

That the event is really written, `write_watch` sees to in every test that sends a form.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import survey
from survey.access import CLOSED, RESPONDENTS, read_mark
from survey.audit.words import ACTION_NAMES

pytestmark = pytest.mark.one_engine

SOURCES = Path(survey.__file__).parent
RECORDERS = ("record_event", "plan_event")
# Actions that the code puts together or keeps under a name of its own.
NAMED_ELSEWHERE = {
    *("ledger.measure", "ledger.plan", "ledger.undertake", "relief.off", "relief.on"),
    *(f"procedure.{action}" for action in ("submitted", "decided", "published", "returned")),
    *("round.submissions", "sheets.type"),
}

EVENTS = {
    "accounts.activate_user": {"user.activate"},
    "accounts.deactivate_user": {"user.deactivate"},
    "accounts.end_user_sessions": {"session.end-all"},
    "accounts.invite": {"user.invite"},
    "accounts.reset_user": {"user.reset"},
    "accounts.user": {"user.rights"},
    "assessments.close": {"round.close"},
    "assessments.delete": {"round.delete"},
    "assessments.edit": {"round.change"},
    "assessments.extend": {"round.extend"},
    "assessments.key": {"round.key"},
    "assessments.new": {"round.create"},
    "frames.assign": {"roster.columns", "roster.view"},
    "frames.begin": {"roster.begin", "roster.import"},
    "frames.correct": {"roster.correct", "roster.view"},
    "frames.discard": {"roster.discard"},
    "frames.look_up": {"roster.look-up"},
    "frames.remove": {"roster.remove"},
    "frames.upload": {"roster.upload"},
    "my_account.end_one": {"session.end"},
    "my_account.end_others": {"session.end-all"},
    "my_account.invitation": {"user.accept"},
    "places.change": {"place.make", "place.withdraw"},
    "procedures.add_year": {"procedure.open"},
    "procedures.decide": {"procedure.decided"},
    "procedures.enter": {"procedure.enter"},
    "procedures.publish": {"procedure.published"},
    "procedures.send_back": {"procedure.returned"},
    "procedures.submit": {"procedure.submitted"},
    "questionnaires.take_edition": {"edition.upload"},
    "results.find_way_out": {"way_out.find"},
    "reaching.add_opt_out": {"opt-outs.add"},
    "reaching.new_card": {"links.reissue"},
    "reaching.note": {"dispositions.note"},
    "reaching.opt_out": {"opt-outs.add"},
    "reaching.order_texts": {"texts.order", "texts.drop", "texts.send"},
    "reaching.outstanding": {"outstanding.export"},
    "reaching.search": {"people.search"},
    "reaching.take_outcomes": {"dispositions.import"},
    "results.judge": {"round.judge"},
    "results.measure_ledger": {"ledger.measure"},
    "results.open_now": {"round.open", "round.destroy"},
    "results.plan_ledger": {"ledger.plan"},
    "results.set_reliefs": {"relief.off", "relief.on"},
    "results.undertake": {"ledger.undertake"},
    "samples.draw_now": {"sample.draw"},
    "samples.make_links": {"links.issue", "links.export"},
    "samples.mark": {"dispositions.unreachable"},
    "samples.release": {"reserves.release"},
    "samples.set_plan": {"plan.freeze", "plan.keep", "plan.undo"},
    "samples.take_step": {
        "ceremony.abandon",
        "ceremony.announce",
        "ceremony.begin",
        "ceremony.end",
        "ceremony.seed",
        "ceremony.stamp",
        "sample.draw",
    },
    "schools.upload": {"schools.hold", "schools.import"},
    "security.change_password": {"password.change"},
    "security.login": {"session.begin"},
    "security.logout": {"session.end"},
    "security.mf_recovery": {"recovery-codes.use", "session.begin"},
    "security.mf_recovery_codes": {"recovery-codes.make"},
    "security.two_factor_setup": {"second-factor.off"},
    "security.two_factor_setup_validate": {"second-factor.set"},
    "security.two_factor_token_validation": {"second-factor.wrong", "session.begin"},
}
EXCEPTIONS = {
    "paper_entry.store_sheet": "counted by clerk and hour (sheets.type): a timed entry would tie a "
    "person to an answer",
    "paper_entry.take_code": "looks a code up; nothing changes but the own cookie",
    "security.verify": "gives one's password again; nothing changes but the own cookie",
}


def takes_forms(site: Flask) -> set[str]:
    """Return the endpoints of the staff that take a form."""
    return {
        rule.endpoint
        for rule in site.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and read_mark(site, rule.endpoint) not in (RESPONDENTS, CLOSED)
    }


def recorded_actions() -> Iterator[str]:
    """Yield the action of every event that the site's code records."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node.func) in RECORDERS:
                texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
                yield from (text for text in texts if isinstance(text, str) and "." in text)


def name_of(node: ast.expr) -> str:
    """Return the name of a function that is called."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_every_form_names_its_event_or_why_it_has_none(app: Flask) -> None:
    assert takes_forms(app) == EVENTS.keys() | EXCEPTIONS.keys()


def test_the_events_are_recorded_somewhere() -> None:
    assert set[str]().union(*EVENTS.values()) <= set(recorded_actions()) | NAMED_ELSEWHERE


def test_every_event_has_words() -> None:
    assert set(recorded_actions()) | NAMED_ELSEWHERE == ACTION_NAMES.keys()
