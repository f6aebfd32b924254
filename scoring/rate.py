"""社会认可度: the recognition rate of a round, judged exactly, with what it is worth beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, floor

from sampling.problems import N_, Problem
from scoring.answers import CATEGORIES, AnswerStratum, Paper, check_papers
from scoring.counting_rule import CountingRule, Tally, readings, tally, tally_by_stratum
from scoring.estimation import Estimate, StratumCount, estimate_share
from scoring.figures import whole_or_float
from scoring.intervals import Interval, korn_graubard
from scoring.publication import (
    PARENTS,
    are_all_published,
    fills_cells,
    open_categories,
    publishable_rows,
)
from scoring.rule_set import Rule, RuleSet

SHOWN_MET = "shown to be met"
NOT_SHOWN = "not shown either way"
SHOWN_MISSED = "shown to be missed"
WEIGHTED_LABEL = "population-weighted: each category by its size in the frame; not judged"
PUBLISHED_DIGITS = 4
"""Decimals of the published estimates where every answer stratum's counts are published."""
COARSE_DIGITS = 2
"""Decimals of the interval's ends where they are not: rounded outwards, whole percents."""

Record = dict[str, object]


def recognition_rate(
    papers: Sequence[Paper],
    answer_strata: Sequence[AnswerStratum],
    rule_set: RuleSet,
    *,
    county: str = "",
    round_name: str = "",
    rehearsal: bool = False,
) -> Record:
    """Return the rate record (rate.json, format 1) of a closed round.

    `county`, `round` and `rehearsal` stand in it, so that its digest covers them: a rehearsal's
    rate can be no other round's.

    `official` is the pooled count that is judged, in whole papers; its interval is that of the
    design estimate with the categories' shares among valid papers held fixed. `weighted` is
    another quantity and judges nothing. Counts that would show fewer than the rule set's
    minimum of papers are None (`scoring.publication`); the two official rows never are. Whole
    numbers are integers (`scoring.figures.whole_or_float`).
    Raises `Problem` for papers that do not fit their answer strata.
    """
    check_papers(papers, answer_strata)
    rule = rule_set.counting_rule
    rows = publishable_rows(papers, answer_strata, rule, rule_set.min_cell)
    is_sharp = are_all_published(papers, rows)
    total = tally(papers, rule)
    counts = _stratum_counts(papers, answer_strata, rule)
    interval = _interval(estimate_share(counts, _paper_shares(counts)), rule_set)
    shown_readings, depends = _readings(papers, rule_set, total)
    return {
        "format": 1,
        "kind": "rate",
        "county": county,
        "round": round_name,
        "rehearsal": rehearsal,
        "rule": _rule_record(rule_set),
        "papers": total.papers,
        "official": _official(papers, counts, rule_set, total, is_sharp=is_sharp),
        "parents_ci": _parents_ci(counts, rule_set, is_sharp=is_sharp),
        "weighted": _weighted(counts, answer_strata, rule_set, is_sharp=is_sharp),
        "categories": _categories(papers, open_categories(rows)),
        "readings": shown_readings,
        "depends_on_reading": depends,
        "words": words(interval, rule_set.survey_rule),
        **_not_counted(total, rule_set),
    }


def is_met(numerator: int, denominator: int, rule: Rule) -> bool | None:
    """Return whether the pooled count keeps the rule, exactly; None where nothing was counted.

    >>> from scoring.rule_set import load_rule_set
    >>> rule = load_rule_set("national-2017").survey_rule
    >>> is_met(17, 20, rule), is_met(96, 113, rule), is_met(0, 0, rule)
    (True, False, None)
    """
    return rule.holds(Fraction(numerator, denominator)) if denominator else None


def words(interval: Interval | None, rule: Rule) -> str:
    """Return what the interval shows about the limit, in one of three phrases.

    It speaks of sampling error only: non-response and pressure are not in the interval.
    """
    if interval is None or rule.limit is None:
        return NOT_SHOWN
    limit = float(rule.limit)
    if interval.low >= limit:
        return SHOWN_MET
    return SHOWN_MISSED if interval.high < limit else NOT_SHOWN


def check_rate(rate: Mapping[str, object], rule_set: RuleSet) -> tuple[int, int]:
    """Return numerator and denominator of a rate record made under `rule_set`.

    Raises `Problem` for another kind of record, another rule set, or impossible counts.
    """
    rule, official = rate.get("rule"), rate.get("official")
    if rate.get("kind") != "rate" or not isinstance(rule, dict) or not isinstance(official, dict):
        raise Problem(N_("expected a rate record, got kind {got!r}"), got=rate.get("kind"))
    if rule.get("digest") != rule_set.digest:
        raise Problem(
            N_("the rate was counted under rule set {got}, the verdict is under {expected}"),
            got=rule.get("rule_set"),
            expected=rule_set.id,
        )
    numerator, denominator = official.get("numerator"), official.get("denominator")
    if type(numerator) is not int or type(denominator) is not int:
        raise Problem(N_("the rate's numerator and denominator are not whole numbers"))
    if not 0 <= numerator <= denominator:
        raise Problem(
            N_("the rate says {numerator} of {denominator} papers"),
            numerator=numerator,
            denominator=denominator,
        )
    if official.get("met") is not is_met(numerator, denominator, rule_set.survey_rule):
        raise Problem(
            N_("the rate's outcome is not that of {numerator} of {denominator} papers"),
            numerator=numerator,
            denominator=denominator,
        )
    return numerator, denominator


def _not_counted(total: Tally, rule_set: RuleSet) -> Record:
    """Return blank and excluded papers; both or neither, for their sum is published."""
    is_open = fills_cells((total.blank, total.excluded), rule_set.min_cell)
    return {
        "blank": total.blank if is_open else None,
        "excluded": total.excluded if is_open else None,
    }


def _rule_record(rule_set: RuleSet) -> Record:
    counting, rule = rule_set.counting_rule, rule_set.survey_rule
    return {
        "rule_set": rule_set.id,
        "digest": rule_set.digest,
        "id": rule.id,
        "item": counting.item,
        "mode": counting.mode,
        "satisfied": list(counting.satisfied),
        "excluded": list(counting.excluded),
        "comparison": rule.comparison,
        "limit": rule.limit_text,
        "article": rule.article,
        "source": rule.source.number,
        "quote": rule.quote,
    }


def _stratum_counts(
    papers: Sequence[Paper], answer_strata: Sequence[AnswerStratum], rule: CountingRule
) -> list[StratumCount]:
    tallies = tally_by_stratum(papers, rule)
    counted = [(stratum, tallies.get(stratum.name, Tally())) for stratum in answer_strata]
    return [StratumCount(s.category, s.N, t.valid, t.satisfied) for s, t in counted]


def _paper_shares(counts: Sequence[StratumCount]) -> dict[str, Fraction]:
    """Return each category's share among the valid papers."""
    return _shares({c: sum(s.n for s in counts if s.category == c) for c in CATEGORIES})


def _people_shares(counts: Sequence[StratumCount]) -> dict[str, Fraction]:
    """Return each category's share among the people of the categories with valid papers."""
    with_papers = {count.category for count in counts if count.n}
    return _shares({c: sum(s.N for s in counts if s.category == c) for c in with_papers})


def _shares(sizes: Mapping[str, int]) -> dict[str, Fraction]:
    total = sum(sizes.values())
    return {c: Fraction(sizes[c], total) for c in CATEGORIES if sizes.get(c)}


def _interval(estimate: Estimate | None, rule_set: RuleSet) -> Interval | None:
    return korn_graubard(estimate, rule_set.level) if estimate else None


def _official(
    papers: Sequence[Paper],
    counts: Sequence[StratumCount],
    rule_set: RuleSet,
    total: Tally,
    *,
    is_sharp: bool,
) -> Record:
    estimate = estimate_share(counts, _paper_shares(counts))
    parents = tally((p for p in papers if p.category == PARENTS), rule_set.counting_rule)
    return {
        "numerator": total.satisfied,
        "denominator": total.valid,
        "met": is_met(total.satisfied, total.valid, rule_set.survey_rule),
        "parents": {"numerator": parents.satisfied, "denominator": parents.valid},
        **_estimate_record(estimate, rule_set, is_sharp=is_sharp),
    }


def _parents_ci(
    counts: Sequence[StratumCount], rule_set: RuleSet, *, is_sharp: bool
) -> Record | None:
    parents = [count for count in counts if count.category == PARENTS]
    estimate = estimate_share(parents, _paper_shares(parents))
    return _ci_record(_interval(estimate, rule_set), is_sharp=is_sharp)


def _weighted(
    counts: Sequence[StratumCount],
    answer_strata: Sequence[AnswerStratum],
    rule_set: RuleSet,
    *,
    is_sharp: bool,
) -> Record:
    """Return the population-weighted rate; withheld where an answer stratum is not published.

    Each category has another weight in it: beside the counts it would be an equation that small
    counts can be solved from.
    """
    shares = _people_shares(counts)
    estimate = estimate_share(counts, shares) if is_sharp else None
    missing = {stratum.category for stratum in answer_strata} - set(shares)
    return {
        **_estimate_record(estimate, rule_set, is_sharp=is_sharp),
        "label": WEIGHTED_LABEL,
        "withheld": not is_sharp,
        "categories_without_papers": [c for c in CATEGORIES if c in missing],
    }


def _estimate_record(estimate: Estimate | None, rule_set: RuleSet, *, is_sharp: bool) -> Record:
    """Return an estimate as it is published: whole, or its interval in whole percents only."""
    record: Record = {"estimate": None, "se": None, "n_eff": None, "df": None, "ci": None}
    if estimate is None:
        return record
    interval = korn_graubard(estimate, rule_set.level)
    record |= {"df": estimate.df, "ci": _ci_record(interval, is_sharp=is_sharp)}
    if is_sharp:
        record |= {
            "estimate": _rounded(float(estimate.share)),
            "se": _rounded(float(estimate.variance) ** 0.5),
            "n_eff": None if interval.n_eff is None else _rounded(interval.n_eff, 1),
        }
    return record


def _ci_record(interval: Interval | None, *, is_sharp: bool) -> Record | None:
    if interval is None:
        return None
    scale = 10**COARSE_DIGITS
    low, high = interval.low, interval.high
    return {
        "method": interval.method,
        "level": whole_or_float(float(interval.level)),
        "low": _rounded(low if is_sharp else floor(low * scale) / scale),
        "high": _rounded(high if is_sharp else ceil(high * scale) / scale),
    }


def _rounded(value: float, digits: int = PUBLISHED_DIGITS) -> int | float:
    """Return a figure as a record writes it."""
    return whole_or_float(round(value, digits))


def _categories(papers: Sequence[Paper], shown: Mapping[str, Tally]) -> list[Record]:
    """Return a row per category with papers; a closed one shows its number of papers only."""
    sizes = {c: sum(paper.category == c for paper in papers) for c in CATEGORIES}
    closed = {c for c in CATEGORIES if c not in shown}
    return [
        {
            "category": c,
            "papers": sizes[c],
            "numerator": None if c in closed else shown[c].satisfied,
            "denominator": None if c in closed else shown[c].valid,
        }
        for c in CATEGORIES
        if sizes[c]
    ]


def _readings(
    papers: Sequence[Paper], rule_set: RuleSet, total: Tally
) -> tuple[list[Record], bool]:
    """Return all readings side by side, and whether the outcome differs between them.

    The outcome of each is always shown. Counts are shown where no option that tells the
    readings apart was chosen by fewer than the minimum of papers, and no cell is small that the
    official count does not print anyway.
    """
    counted = [(rule, tally(papers, rule)) for rule in readings(rule_set.counting_rule)]
    shown = [
        _reading(rule, counts, rule_set, is_open=_is_open(rule, counts, rule_set, total))
        for rule, counts in counted
    ]
    return shown, len({record["met"] for record in shown}) > 1


def _is_open(rule: CountingRule, counts: Tally, rule_set: RuleSet, official: Tally) -> bool:
    """Return whether the options that this reading counts otherwise fill a cell each.

    So must its own cells, which are satisfied, not satisfied, and all papers but these two.
    """
    own = [mine for mine, told in zip(counts.cells, official.cells, strict=True) if mine != told]
    if not fills_cells(own, rule_set.min_cell):
        return False
    moved = []
    if rule.satisfied != rule_set.counting_rule.satisfied:
        moved.append(counts.satisfied - official.satisfied)
    if rule.excluded != rule_set.counting_rule.excluded:
        moved.append(counts.excluded - official.excluded)
    return all(abs(step) >= rule_set.min_cell for step in moved)


def _reading(rule: CountingRule, counts: Tally, rule_set: RuleSet, *, is_open: bool) -> Record:
    return {
        "satisfied": list(rule.satisfied),
        "excluded": list(rule.excluded),
        "is_official": rule == rule_set.counting_rule,
        "numerator": counts.satisfied if is_open else None,
        "denominator": counts.valid if is_open else None,
        "met": is_met(counts.satisfied, counts.valid, rule_set.survey_rule),
    }
