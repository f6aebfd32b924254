"""How many of those who did not answer would have to think otherwise to turn the outcome.

The interval speaks of sampling error only. This is the other half, in whole people and without
a model: Manski, Partial Identification of Probability Distributions (2003), chapter 1; the
tipping point is that of Yan, Lee and Li, Journal of Biopharmaceutical Statistics 19 (2009).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from sampling.problems import N_, Problem


@dataclass(frozen=True, slots=True)
class NonResponse:
    """People who were issued a paper and gave none; whom a reserve stands in for stays one."""

    issued: int
    papers: int

    @property
    def people(self) -> int:
        """Those who did not answer."""
        return self.issued - self.papers


def count_non_respondents(issued: Mapping[str, int], papers: Mapping[str, int]) -> NonResponse:
    """Return issued people and papers, from both per answer stratum.

    Raises `Problem` where they are not of the same strata, or a stratum gave more papers than
    were issued.
    """
    for stratum in {**issued, **papers}:
        if stratum not in issued:
            raise Problem(N_("answer stratum {stratum}: nobody says how many were issued"),
                          stratum=stratum)  # fmt: skip
        if stratum not in papers:
            raise Problem(N_("there is no answer stratum {stratum!r}"), stratum=stratum)
        if not papers[stratum] <= issued[stratum]:
            raise Problem(
                N_("answer stratum {stratum}: {papers} papers from {issued} people issued"),
                stratum=stratum,
                papers=papers[stratum],
                issued=issued[stratum],
            )
    return NonResponse(sum(issued.values()), sum(papers.values()))


def turning_number(satisfied: int, valid: int, limit: Fraction) -> int:
    """Return the smallest number of further papers, all of one mind, that turns the outcome.

    Where the share reaches `limit` (0 < limit < 1), papers that are not satisfied and take it
    below; else satisfied papers that lift it there. The other non-respondents stay out.

    >>> turning_number(87, 100, Fraction(17, 20)), turning_number(84, 100, Fraction(17, 20))
    (3, 7)
    """
    if satisfied >= limit * valid:
        return floor(satisfied / limit - valid) + 1
    return ceil((limit * valid - satisfied) / (1 - limit))


def needed_satisfied(satisfied: int, valid: int, people: int, limit: Fraction) -> int:
    """Return how many of `people` more papers must be satisfied for the share to reach `limit`.

    Below 0 is told as 0: the share then reaches it whatever they think. Above `people`: never.

    >>> needed_satisfied(870, 1000, 200, Fraction(17, 20))
    150
    """
    return max(0, ceil(limit * (valid + people) - satisfied))


def sensitivity_record(
    satisfied: int, valid: int, response: NonResponse, limit: Fraction
) -> dict[str, object]:
    """Return what non-response could do to the outcome, for a record.

    `turned_by` people that answer `answer` turn it, the other non-respondents staying out;
    `can_turn` says whether so many there are. `needed_satisfied` of them all, had all answered,
    would have to be satisfied for the share to reach the limit; None where not even all could.
    """
    is_reached = satisfied >= limit * valid
    turning = turning_number(satisfied, valid, limit)
    needed = needed_satisfied(satisfied, valid, response.people, limit)
    return {
        "issued": response.issued,
        "papers": response.papers,
        "non_respondents": response.people,
        "answer": "not_satisfied" if is_reached else "satisfied",
        "turned_by": turning,
        "can_turn": turning <= response.people,
        "needed_satisfied": needed if needed <= response.people else None,
    }
