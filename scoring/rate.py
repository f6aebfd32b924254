"""社会认可度: the recognition rate of a round, judged exactly, with what it is worth beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sampling.problems import N_, Problem
from scoring.answers import CATEGORIES, AnswerStratum, Paper
from scoring.counting_rule import MEAN_SCORE, CountingRule, Tally, tally
from scoring.estimation import Estimate
from scoring.intervals import Interval, korn_graubard
from scoring.judgement import (
    ci_record,
    is_met,
    judge_categories,
    judgement_record,
    rounded,
    words,
)
from scoring.official_estimate import (
    category_estimate,
    group_rows,
    official_estimate,
    population_estimate,
)
from scoring.publication import PARENTS, Row, fills_cells, open_categories, publishable_rows
from scoring.readings import depends_on, outcomes_differ, read_all, reading_record
from scoring.rule_set import RuleSet
from scoring.sensitivity import count_non_respondents, sensitivity_record

WEIGHTED_LABEL = "population-weighted: each category by its size in the frame; not judged"

Record = dict[str, object]


def recognition_rate(
    papers: Sequence[Paper],
    answer_strata: Sequence[AnswerStratum],
    rule_set: RuleSet,
    *,
    county: str = "",
    round_name: str = "",
    rehearsal: bool = False,
    items: Sequence[str] = (),
    issued: Mapping[str, int] | None = None,
) -> Record:
    """Return the rate record (rate.json, format 1) of a closed round.

    Parameters
    ----------
    county, round_name, rehearsal
        Stand in the record, so that its digest covers them: a rehearsal's rate can be no other
        round's.
    items
        The choice items that papers carry beside the overall one; the readings by items look at
        them where the rule set names none.
    issued
        People who were issued a paper, per answer stratum, everybody who was ever issued one
        among them; without it nothing is said of non-respondents.

    The record has

    - `rule`: the rule set, its digest, and how papers are counted;
    - `official`: `numerator`, `denominator` and `met`, the pooled count that is judged;
      `parents`; and `estimate`, `se`, `n_eff`, `df`, `ci` of the design estimate with the
      categories' shares of the denominator held fixed. `parents_ci` is the parents';
    - `weighted`: another quantity, which judges nothing; `withheld` where categories share a row;
    - `categories`, `readings`, `depends_on_reading`, `blank`, `excluded`;
    - `words`: met, missed or neither is shown (`scoring.judgement.words`);
    - `judgement`: of the pooled rate (`judgement_record`) with `depends_on`, `non_response` (None
      without `issued`, and where answers or points are counted), and `categories`.

    Every estimate is made from publishable rows (`scoring.publication`), so that it says nothing
    that these do not. Counts that would show fewer than the rule set's minimum of papers are
    None; the two official rows never are. Whole numbers are integers
    (`scoring.figures.whole_or_float`). Raises `Problem` for papers that do not fit their answer
    strata, answers that are no options, and issued people that do not fit the papers.
    """
    rule = _with_items(rule_set.counting_rule, items)
    rows = publishable_rows(papers, answer_strata, rule, rule_set.min_cell)
    total = tally(papers, rule)
    estimate = official_estimate(rows)
    interval = _interval(estimate, rule_set)
    sizes = {c: sum(paper.category == c for paper in papers) for c in CATEGORIES}
    shown_readings = _readings(papers, rule, rule_set, rows)
    return {
        "format": 1,
        "kind": "rate",
        "county": county,
        "round": round_name,
        "rehearsal": rehearsal,
        "rule": _rule_record(rule, rule_set),
        "papers": total.papers,
        "official": _official(papers, rule, rule_set, total, estimate),
        "parents_ci": ci_record(_interval(category_estimate(rows, PARENTS), rule_set)),
        "weighted": _weighted(rows, sizes, answer_strata, rule_set),
        "categories": _categories(sizes, open_categories(rows)),
        "readings": shown_readings,
        "depends_on_reading": outcomes_differ(shown_readings),
        "words": words(interval, rule_set.survey_rule),
        "judgement": {
            **judgement_record(total, interval, estimate.share if estimate else None, rule_set),
            "depends_on": depends_on(shown_readings),
            "non_response": _non_response(papers, answer_strata, issued, total, rule_set),
            "categories": judge_categories(rows, sizes, rule_set),
        },
        **_not_counted(total, rule_set),
    }


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


def _with_items(rule: CountingRule, items: Sequence[str]) -> CountingRule:
    """Return `rule` with the items that papers carry, where the rule set names none."""
    if rule.items:
        return rule
    return replace(rule, items=tuple(item for item in items if item != rule.item))


def _not_counted(total: Tally, rule_set: RuleSet) -> Record:
    """Return blank and excluded papers; both or neither, for their sum is published."""
    is_open = fills_cells((total.blank, total.excluded), rule_set.min_cell)
    return {
        "blank": total.blank if is_open else None,
        "excluded": total.excluded if is_open else None,
    }


def _rule_record(counting: CountingRule, rule_set: RuleSet) -> Record:
    rule = rule_set.survey_rule
    return {
        "rule_set": rule_set.id,
        "digest": rule_set.digest,
        "id": rule.id,
        "item": counting.item,
        "mode": counting.mode,
        "unit": counting.unit,
        "items": list(counting.items),
        "satisfied": list(counting.satisfied),
        "excluded": list(counting.excluded),
        "points": dict(counting.points) if counting.mode == MEAN_SCORE else None,
        "comparison": rule.comparison,
        "limit": rule.limit_text,
        "article": rule.article,
        "source": rule.source.number,
        "quote": rule.quote,
    }


def _interval(estimate: Estimate | None, rule_set: RuleSet) -> Interval | None:
    return korn_graubard(estimate, rule_set.level) if estimate else None


def _official(
    papers: Sequence[Paper],
    rule: CountingRule,
    rule_set: RuleSet,
    total: Tally,
    estimate: Estimate | None,
) -> Record:
    parents = tally((p for p in papers if p.category == PARENTS), rule)
    return {
        "numerator": total.numerator,
        "denominator": total.denominator,
        "met": is_met(total.numerator, total.denominator, rule_set.survey_rule),
        "parents": {"numerator": parents.numerator, "denominator": parents.denominator},
        **_estimate_record(estimate, rule_set),
    }


def _weighted(
    rows: Sequence[Row],
    sizes: Mapping[str, int],
    answer_strata: Sequence[AnswerStratum],
    rule_set: RuleSet,
) -> Record:
    """Return the population-weighted rate; withheld where categories share a row.

    What is published then holds no share of such a category that its people could weight.
    """
    united = [list(g.categories) for g in group_rows(rows) if len(g.categories) > 1]
    silent = {stratum.category for stratum in answer_strata if not sizes[stratum.category]}
    silent |= {c for c, counts in open_categories(rows).items() if not counts.valid}
    return {
        **_estimate_record(population_estimate(rows), rule_set),
        "label": WEIGHTED_LABEL,
        "withheld": bool(united),
        "united": united,
        "categories_without_papers": [c for c in CATEGORIES if c in silent],
    }


def _estimate_record(estimate: Estimate | None, rule_set: RuleSet) -> Record:
    if estimate is None:
        return {"estimate": None, "se": None, "n_eff": None, "df": None, "ci": None}
    interval = korn_graubard(estimate, rule_set.level)
    return {
        "estimate": rounded(float(estimate.share)),
        "se": rounded(float(estimate.variance) ** 0.5),
        "n_eff": None if interval.n_eff is None else rounded(interval.n_eff, 1),
        "df": estimate.df,
        "ci": ci_record(interval),
    }


def _categories(sizes: Mapping[str, int], shown: Mapping[str, Tally]) -> list[Record]:
    """Return a row per category with papers; a closed one shows its number of papers only."""
    closed = {c for c in CATEGORIES if c not in shown}
    return [
        {
            "category": c,
            "papers": sizes[c],
            "numerator": None if c in closed else shown[c].numerator,
            "denominator": None if c in closed else shown[c].denominator,
        }
        for c in CATEGORIES
        if sizes[c]
    ]


def _readings(
    papers: Sequence[Paper], rule: CountingRule, rule_set: RuleSet, rows: Sequence[Row]
) -> list[Record]:
    shown = open_categories(rows)
    are_open = all(paper.category in shown for paper in papers)
    return [
        reading_record(reading, rule, rule_set.survey_rule, are_categories_open=are_open)
        for reading in read_all(papers, rule, rule_set.min_cell)
    ]


def _non_response(
    papers: Sequence[Paper],
    answer_strata: Sequence[AnswerStratum],
    issued: Mapping[str, int] | None,
    total: Tally,
    rule_set: RuleSet,
) -> Record | None:
    limit = rule_set.survey_rule.limit
    if issued is None or limit is None:
        return None
    counts = dict.fromkeys((stratum.name for stratum in answer_strata), 0)
    for paper in papers:
        counts[paper.answer_stratum] += 1
    response = count_non_respondents(issued, counts)
    if not rule_set.counting_rule.counts_papers or not total.valid:
        return None
    return sensitivity_record(total.satisfied, total.valid, response, limit)
