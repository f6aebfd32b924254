"""The first place in which a record differs from what its own inputs give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sampling.problems import N_
from sampling.record import Difference


def compare_records(recorded: object, computed: object, place: str = "") -> None:
    """Raise `Difference` at the first place where the two differ, in the computed one's order.

    Mappings are compared by key and lists by position; a finding is named by its rule and
    subject, so that the message can be read without counting.
    """
    if isinstance(recorded, Mapping) and isinstance(computed, Mapping):
        _compare_mappings(recorded, computed, place)
    elif _is_list(recorded) and _is_list(computed):
        _compare_lists(list(recorded), list(computed), place)
    elif type(recorded) is not type(computed) or recorded != computed:
        raise Difference(
            N_("{place}: the record has {recorded}, its inputs give {computed}"),
            place=place,
            recorded=_short(recorded),
            computed=_short(computed),
        )
