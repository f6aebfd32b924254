"""The first place in which a record differs from what its own inputs give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from sampling.problems import N_
from sampling.verification import Difference

LONGEST_SHOWN = 80
MISSING = object()


def compare_records(recorded: object, computed: object, place: str = "") -> None:
    """Raise `Difference` at the first place where the two differ.

    Mappings are compared key by key and lists entry by entry; a finding is named by its rule
    and subject, so that the message can be read without counting.
    """
    if isinstance(recorded, Mapping) and isinstance(computed, Mapping):
        _compare_mappings(recorded, computed, place)
    elif isinstance(recorded, list) and isinstance(computed, list):
        _compare_lists(recorded, computed, place)
    elif type(recorded) is not type(computed) or recorded != computed:
        raise Difference(
            N_("{place}: the record has {recorded}, its inputs give {computed}"),
            place=place,
            recorded=_short(recorded),
            computed=_short(computed),
        )


def _compare_mappings(
    recorded: Mapping[object, object], computed: Mapping[object, object], place: str
) -> None:
    for key in [*computed, *(key for key in recorded if key not in computed)]:
        name = f"{place}, {key}" if place else str(key)
        compare_records(recorded.get(key, MISSING), computed.get(key, MISSING), name)


def _compare_lists(recorded: Sequence[object], computed: Sequence[object], place: str) -> None:
    pairs = zip_longest(recorded, computed, fillvalue=MISSING)
    for number, (old, new) in enumerate(pairs, start=1):
        compare_records(old, new, f"{place} {_name(new if new is not MISSING else old, number)}")


def _name(entry: object, number: int) -> str:
    """Return the words for an entry of a list."""
    if not isinstance(entry, Mapping) or "rule" not in entry:
        return str(number)
    subject = entry.get("subject")
    if not isinstance(subject, Mapping):
        return f"({entry['rule']})"
    parts = [subject.get("name") or subject.get("kind"), subject.get("stage")]
    return f"({' '.join(str(part) for part in (entry['rule'], *parts) if part)})"


def _short(value: object) -> str:
    if value is MISSING:
        return "nothing"
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
