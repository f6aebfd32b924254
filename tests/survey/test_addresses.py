"""Addresses: whatever a form is sent to can be opened as well.

A form that is refused leaves its page at the address it was sent to, where a reader may reload it,
choose the other language or come back by the address bar.
"""

from __future__ import annotations

import pytest
from flask import Flask

pytestmark = pytest.mark.one_engine

EXCEPTIONS = (
    "security.logout",  # by a button only: a mere link must not log anybody out
    "security.two_factor_setup_validate",  # right or wrong, it always leads on
    "responses.save",  # by the paper's script only, which shows no page for its answer
)


def test_whatever_takes_a_form_can_be_opened(app: Flask) -> None:
    methods: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in EXCEPTIONS:
            methods.setdefault(rule.rule, set()).update(rule.methods or ())
    assert len(methods) > 20
    assert [address for address, known in methods.items() if "GET" not in known] == []
