"""The door that indicator engines come through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from scoring.county_data import NOTHING, CountyData
from scoring.findings import Finding
from scoring.rule_set import RuleSet
from scoring.schools import School


class IndicatorEngine(Protocol):
    """What measures a county against a rule set.

    `name`, `distribution` and `version` stand in every verdict. `assess` is a function of its
    arguments: same county in any order, same findings in the same order; unrounded; what was not
    given is "not_measured", never a default. It may measure every rule but the survey's: the
    recognition rate never passes through an engine. Decisive rules that it gives no finding for
    are listed as not measured. `scoring.engine_checks.check_engine` holds an engine to all this.
    """

    @property
    def name(self) -> str:
        """The name that it is chosen by, e.g. ``"built-in"``."""
        ...

    @property
    def distribution(self) -> str:
        """The installed distribution that it comes from, e.g. ``"renkedu"``."""
        ...

    @property
    def version(self) -> str:
        """The engine's version; a new one whenever a finding can come out differently."""
        ...

    def assess(
        self,
        schools: Sequence[School],
        rule_set: RuleSet,
        data: CountyData = NOTHING,
        reliefs: Sequence[str] = (),
    ) -> list[Finding]:
        """Return the findings for all schools and for the county.

        Parameters
        ----------
        schools
            The school table, in any order.
        data
            The county's figures, tables and judgements; nothing of it where none was handed in.
        reliefs
            The switches of reliefs that are on, each one known to the rule set.
        """
        ...
