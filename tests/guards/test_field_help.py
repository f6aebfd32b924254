"""Every field of every form says in plain words what it is for.

That the pages show the words and tie them to their fields, the role walk looks at.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.fields.core import UnboundField

import survey
from survey.accounts.log_in import UsernameLoginForm
from survey.field_help import Help

# Nobody sees them: the page that an entry is shown after, and what the library's form brings along.
UNSEEN = {
    "FilterForm.before",
    "UsernameLoginForm.email",
    "UsernameLoginForm.remember",
    "UsernameLoginForm.password",  # the library's own, described where it is shown
    "UsernameLoginForm.submit",
}


def list_forms() -> list[type[FlaskForm]]:
    """Return every form of the site."""
    names = [found.name for found in pkgutil.walk_packages(survey.__path__, "survey.")]
    modules = [importlib.import_module(name) for name in names if name.endswith(".forms")]
    forms = {
        form
        for module in modules
        for _, form in inspect.getmembers(module, inspect.isclass)
        if issubclass(form, FlaskForm) and form.__module__ == module.__name__
    }
    return [*sorted(forms, key=lambda form: (form.__module__, form.__name__)), UsernameLoginForm]


def test_every_field_is_explained() -> None:
    fields = {
        f"{form.__name__}.{name}": field
        for form in list_forms()
        for name, field in inspect.getmembers(form, lambda found: isinstance(found, UnboundField))
        if not issubclass(field.field_class, HiddenField)
        and f"{form.__name__}.{name}" not in UNSEEN
    }
    assert len(fields) > 60
    assert [
        place
        for place, field in fields.items()
        if not isinstance(field.kwargs.get("description"), Help)
    ] == []
