"""Reading the site's pages as a browser without JavaScript does: their forms and fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Form:
    """A form of a page: hidden values, choices by question, names of the text fields."""

    action: str
    method: str
    hidden: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)


class FormReader(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or a field of the form that is open."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(values.get("action", ""), values.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open is not None and values.get("name"):
            note_field(self._open, tag, values)

    def handle_endtag(self, tag: str) -> None:
        """Close the form."""
        if tag == "form":
            self._open = None


def note_field(form: Form, tag: str, values: dict[str, str]) -> None:
    """Add a field to its form."""
    name, kind = values["name"], values.get("type", "text")
    if tag == "textarea":
        form.texts.append(name)
    elif tag == "input" and kind == "radio":
        form.options.setdefault(name, []).append(values.get("value", ""))
    elif tag in ("input", "button") and kind in ("hidden", "submit"):
        form.hidden[name] = values.get("value", "")


def read_forms(page: str) -> list[Form]:
    """Return the forms of an HTML page, in order.

    >>> [form] = read_forms('<form method=post action=/a><input type=radio name=q value=1>')
    >>> form.action, form.options
    ('/a', {'q': ['1']})
    """
    reader = FormReader()
    reader.feed(page)
    reader.close()
    return reader.forms
