"""What two rule sets say differently: every entry added, removed or changed, key by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scoring.overlays import LISTS, name_entry
from scoring.rule_set import RuleSet

SETTINGS = ("sources", "survey", "scope", "splits")
"""Parts of a rule set that are tables and not lists of entries."""


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key inside an entry with its value in both rule sets, None where it does not stand."""

    key: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that differs: `section` and `id` say which, `kind` is added, removed or changed.

    `keys` lists what differs inside a changed entry. `reason` is the citation of a rule that the
    second rule set removes in so many words.
    """

    section: str
    id: str
    kind: str
    keys: tuple[KeyChange, ...] = ()
    reason: str = ""


def compare_rule_sets(first: RuleSet, second: RuleSet) -> list[Change]:
    """Return how `second` differs from `first`, in the order of rules, data, procedure, settings.

    Titles, ids and dates of the rule sets themselves are left out: they differ always.
    """
    return [
        change
        for section in ("rules", *(name for name in LISTS if name != "rules"), *SETTINGS)
        for change in _compare_section(section, first, second)
    ]


def change_record(change: Change) -> dict[str, object]:
    """Return a change for a JSON document."""
    keys = [{"key": k.key, "before": k.before, "after": k.after} for k in change.keys]
    return {
        "section": change.section,
        "id": change.id,
        "change": change.kind,
        "keys": keys,
        "reason": change.reason,
    }


def _compare_section(section: str, first: RuleSet, second: RuleSet) -> Iterator[Change]:
    before, after = _entries(section, first.content), _entries(section, second.content)
    for name, entry in before.items():
        if name not in after:
            reason = _removal(name, second) if section == "rules" else ""
            yield Change(section, name, "removed", reason=reason)
        elif keys := _compare_entries(entry, after[name]):
            yield Change(section, name, "changed", keys)
    for name in after:
        if name not in before:
            yield Change(section, name, "added")


def _entries(section: str, content: Mapping[str, object]) -> dict[str, object]:
    """Return the entries of a section by name; keys of a setting are its entries."""
    found = content.get(section)
    if isinstance(found, dict):
        return {str(key): value for key, value in found.items()}
    if not isinstance(found, list):
        return {}
    return {".".join(map(str, name_entry(entry, LISTS[section]))): entry for entry in found}


def _compare_entries(before: object, after: object) -> tuple[KeyChange, ...]:
    first, second = dict(_flatten("", before)), dict(_flatten("", after))
    keys = [*first, *(key for key in second if key not in first)]
    return tuple(
        KeyChange(key, first.get(key), second.get(key))
        for key in keys
        if first.get(key) != second.get(key)
    )


def _flatten(path: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield every leaf with its path; entries of a list go by their id, or else their number."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        for number, inner in enumerate(value, start=1):
            name = inner.get("id", number) if isinstance(inner, dict) else number
            yield from _flatten(f"{path}[{name}]", inner)
    else:
        yield path, value


def _removal(rule_id: str, rule_set: RuleSet) -> str:
    for removal in rule_set.removed:
        if removal.id == rule_id:
            citation = removal.citation
            return f"{citation.source.number} {citation.article}: {citation.quote}"
    return ""
