"""A stranger's engine that misbehaves: told in a line, and no verdict is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from sampling.problems import Problem
from scoring.builtin_engine import BuiltinEngine
from scoring.county_data import NOTHING, CountyData
from scoring.findings import Finding
from scoring.record import make_verdict
from scoring.rule_set import RuleSet
from scoring.schools import School
from tests.scoring.makers import NATIONAL, make_row
from tests.scoring.unit_costs import county


class Faulty:
    """The built-in engine with one fault; what it is given and gives is not to be trusted."""

    name, distribution, version = "faulty", "stranger", "1"

    def __init__(self, fault: str) -> None:
        self._fault = fault

    def assess(
        self,
        schools: Sequence[School],
        rule_set: RuleSet,
        data: CountyData = NOTHING,
        reliefs: Sequence[str] = (),
    ) -> list[Finding]:
        found: list[Any] = BuiltinEngine().assess(schools, rule_set, data, reliefs)
        shared: Any = schools[0].shared
        match self._fault:
            case "raises":
                raise ZeroDivisionError("division by zero")
            case "nothing":
                return None  # type: ignore[return-value]  # what a stranger's engine may do
            case "words":
                return ["met" for _ in found]  # type: ignore[misc]  # as above
            case "numbers":
                return [replace(found[0], measured={"exact": 4.2, "display": "4.20"}), *found[1:]]
            case "changes":
                shared["rooms_m2"] = 99999
            case "outcome":
                return [replace(found[0], outcome="passed"), *found[1:]]
        return found


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("raises", "engine faulty failed: ZeroDivisionError: division by zero"),
        ("nothing", "engine faulty failed: TypeError"),
        ("words", "engine faulty gave 'met', which is no finding"),
        ("numbers", "which is no finding"),
        ("changes", "engine faulty changed the county's figures"),
        ("outcome", "engine faulty gave 'passed'"),
    ],
)
def test_a_fault_is_told_and_no_verdict_is_made(fault: str, message: str) -> None:
    schools = county(make_row("1", primary=360))
    with pytest.raises(Problem, match=message):
        make_verdict("", None, schools, NATIONAL, engine=Faulty(fault))


def test_a_sound_one_is_taken() -> None:
    schools = county(make_row("1", primary=360))
    record = make_verdict("", None, schools, NATIONAL, engine=Faulty(""))
    assert record["engine"] == {"name": "faulty", "distribution": "stranger", "version": "1"}
