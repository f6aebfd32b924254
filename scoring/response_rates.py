"""AAPOR's outcome rates, exact: response, cooperation, refusal and contact.

Reference: AAPOR, Standard Definitions, 10th edition (2023): RR1-RR6, COOP1-COOP4, REF1-REF3,
CON1-CON3. `e` is the share of eligible people among those of unknown eligibility; its default is
the proportional allocation (CASRO) method: as among the cases whose eligibility is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from sampling.problems import N_, Problem
from scoring.answers import CATEGORIES
from scoring.dispositions import GROUP_OF, Case, Dispositions, Number, sort_dispositions
from scoring.figures import exact_text, whole_or_float

Record = dict[str, object]
RATES = (
    *(f"rr{i}" for i in range(1, 7)),
    *(f"coop{i}" for i in range(1, 5)),
    *(f"ref{i}" for i in range(1, 4)),
    *(f"con{i}" for i in range(1, 4)),
)
SHOWN_DIGITS = 4


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """The rates of one group: of everybody, one category, or one stratum.

    `rates` has every name of `RATES`; None where its denominator is 0.
    """

    level: str
    name: str
    dispositions: Dispositions
    e: Fraction
    rates: Mapping[str, Fraction | None]


def estimate_eligibility(counts: Dispositions) -> Fraction:
    """Return e: eligible over all cases of known eligibility; 1 where none is known.

    >>> estimate_eligibility(Dispositions(complete=80, refusal=10, not_eligible=10))
    Fraction(9, 10)
    """
    known = counts.eligible + counts.not_eligible
    return Fraction(counts.eligible) / known if known else Fraction(1)


def outcome_rates(counts: Dispositions, e: Fraction) -> dict[str, Fraction | None]:
    """Return all rates of `RATES`; `Problem` unless 0 <= e <= 1.

    RR1, RR3, RR5 count complete answers, RR2, RR4, RR6 partial ones too. Of unknown eligibility
    RR1 and RR2 take everybody as eligible, RR3 and RR4 the share `e`, RR5 and RR6 nobody.

    >>> counts = Dispositions(complete=80, refusal=10, unknown_other=10)
    >>> rates = outcome_rates(counts, Fraction(1, 2))
    >>> [str(rates[name]) for name in ("rr1", "rr3", "rr5", "coop1")]
    ['4/5', '16/19', '8/9', '8/9']
    """
    if not 0 <= e <= 1:
        raise Problem(N_("the share of eligible people e: expected 0 to 1, got {got}"), got=e)
    completes, interviews, refusals = counts.complete, counts.interviews, counts.refusal
    bases = [counts.eligible + share * counts.unknown for share in (1, e, 0)]
    contacts = interviews + refusals + counts.other
    asked = interviews + refusals
    pairs: list[tuple[Number, Number]] = [
        *((number, base) for base in bases for number in (completes, interviews)),
        *((number, base) for base in (contacts, asked) for number in (completes, interviews)),
        *((refusals, base) for base in bases),
        *((contacts, base) for base in bases),
    ]
    return {name: _ratio(*pair) for name, pair in zip(RATES, pairs, strict=True)}


def response_rates(
    cases: Iterable[Case],
    e: Fraction | Mapping[str, Fraction] | None = None,
    group_of: Mapping[str, str] = GROUP_OF,
) -> list[ResponseRow]:
    """Return the rates of everybody, then of each category, then of each stratum.

    Parameters
    ----------
    cases
        Everybody issued, released reserves among them (`scoring.dispositions.Case`).
    e
        One share for all, or one for each category; by default estimated from all cases
        together, because a stratum is too small for an estimate of its own. With shares by
        category the row of everybody uses their mean, weighted by cases of unknown eligibility.

    Raises `Problem` for an unknown disposition or category, a stratum in two categories, a
    category without e, or no case at all.
    """
    cases = list(cases)
    _check(cases)
    by_category = _group(cases, lambda case: case.category, group_of)
    shares = _shares(by_category, e)
    total = sum(by_category.values(), Dispositions())
    categories = [c for c in CATEGORIES if c in by_category]
    strata = _group(cases, lambda case: case.stratum, group_of)
    category_of = {case.stratum: case.category for case in cases}
    return [
        _row("total", "", total, _mean_share(by_category, shares)),
        *(_row("category", c, by_category[c], shares[c]) for c in categories),
        *(_row("stratum", s, strata[s], shares[category_of[s]]) for s in strata),
    ]


def response_record(rows: Iterable[ResponseRow]) -> Record:
    """Return the rates as a record (format 1): counts, e exactly, rates with four decimals."""
    return {
        "format": 1,
        "kind": "response rates",
        "definitions": "AAPOR Standard Definitions, 10th edition (2023)",
        "rows": [_row_record(row) for row in rows],
    }


def _row(level: str, name: str, counts: Dispositions, e: Fraction) -> ResponseRow:
    return ResponseRow(level, name, counts, e, outcome_rates(counts, e))


def _ratio(number: Number, base: Number) -> Fraction | None:
    return Fraction(number) / base if base else None


def _group(
    cases: Iterable[Case], key: Callable[[Case], str], group_of: Mapping[str, str]
) -> dict[str, Dispositions]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(key(case), []).append(case)
    return {name: sort_dispositions(group, group_of) for name, group in groups.items()}


def _shares(
    counts: Mapping[str, Dispositions], e: Fraction | Mapping[str, Fraction] | None
) -> Mapping[str, Fraction]:
    if isinstance(e, Mapping):
        missing = sorted(set(counts) - set(e))
        if missing:
            raise Problem(
                N_("the share of eligible people e is missing for {categories}"),
                categories=", ".join(missing),
            )
        return e
    one = estimate_eligibility(sum(counts.values(), Dispositions())) if e is None else e
    return dict.fromkeys(counts, one)


def _mean_share(counts: Mapping[str, Dispositions], shares: Mapping[str, Fraction]) -> Fraction:
    unknown = sum(c.unknown for c in counts.values())
    if not unknown:
        return max(shares[name] for name in counts)
    return Fraction(sum(shares[name] * c.unknown for name, c in counts.items())) / unknown


def _check(cases: list[Case]) -> None:
    if not cases:
        raise Problem(N_("nobody was issued: there is nothing to compute a response rate from"))
    category_of: dict[str, str] = {}
    for case in cases:
        if case.category not in CATEGORIES:
            raise Problem(
                N_("stratum {stratum}: expected one of the categories {known}, got {got!r}"),
                stratum=case.stratum,
                known=", ".join(CATEGORIES),
                got=case.category,
            )
        if category_of.setdefault(case.stratum, case.category) != case.category:
            raise Problem(N_("stratum {stratum} is in two categories"), stratum=case.stratum)


def _row_record(row: ResponseRow) -> Record:
    counts = row.dispositions
    return {
        "level": row.level,
        "name": row.name,
        "issued": _number(counts.issued),
        "eligible": _number(counts.eligible),
        "unknown": _number(counts.unknown),
        "not_eligible": _number(counts.not_eligible),
        "complete": _number(counts.complete),
        "partial": _number(counts.partial),
        "refusal": _number(counts.refusal),
        "non_contact": _number(counts.non_contact),
        "other": _number(counts.other),
        "e": exact_text(row.e),
        **{name: None if rate is None else _shown(rate) for name, rate in row.rates.items()},
    }


def _number(value: Number) -> int | float:
    return value if isinstance(value, int) else whole_or_float(float(value))


def _shown(rate: Fraction) -> int | float:
    return whole_or_float(round(float(rate), SHOWN_DIGITS))
