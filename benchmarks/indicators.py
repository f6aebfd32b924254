"""How long a nation's indicators take: python -m benchmarks.indicators [--schools 220000]

220,000 made-up schools in 2,844 counties, as columns of doubles: what a Parquet file or a workbook
gives. Ours judges all of them in whole numbers (`scoring.bulk_assessment`); a plain pandas program
does it in doubles, once as they are and once rounded as the form prints them, two decimals for
indicators and three for coefficients. Each runs in a process of its own and takes turns with the
others. Printed: medians, ratios, peak memory, and where the outcomes differ. A few counties are
judged by the built-in engine as well, which must say the same.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.builtin_engine import BuiltinEngine
from scoring.bulk_assessment import OUTCOMES, BulkFindings, assess_in_bulk
from scoring.bulk_table import read_columns
from scoring.figures import exact_text, read_cell
from scoring.findings import Finding
from scoring.rule_set import Rule, RuleSet, load_rule_set
from scoring.schools import COMPULSORY, SCHOOL_COLUMNS, SECTIONS, parse_schools

RULES = "national-2017"
SCHOOLS, COUNTIES = 220_000, 2_844
SEED = 2017
KIND_SHARES = {
    "primary": 0.62, "junior": 0.20, "nine_year": 0.08, "complete_secondary": 0.02,
    "twelve_year": 0.01, "point": 0.05, "special": 0.01, "vocational": 0.01,
}  # fmt: skip
CHECKED_COUNTIES = 12
KINDS = ("indicator", "school", "difference")
OURS = "renkedu, whole numbers"
Floats = NDArray[np.float64]
Columns = dict[str, NDArray[Any]]
Outcomes = dict[str, NDArray[np.bool_]]
"""Whether each rule is met: by section for indicators and the school rule, else by county."""


def make_nation(schools: int, counties: int, rule_set: RuleSet) -> pd.DataFrame:
    """Return made-up schools: amounts spread round their limits, in the digits people write."""
    random = np.random.default_rng(SEED)
    kind = random.choice(list(KIND_SHARES), schools, p=list(KIND_SHARES.values()))
    pupils = {
        "primary": random.lognormal(5.8, 0.9, schools).clip(10, 3000).round(),
        "junior": random.lognormal(6.2, 0.7, schools).clip(30, 3000).round(),
        "senior": random.lognormal(6.8, 0.5, schools).clip(200, 4000).round(),
    }
    has = {
        "primary": np.isin(kind, ["primary", "nine_year", "twelve_year", "point"]),
        "junior": np.isin(kind, ["junior", "nine_year", "complete_secondary", "twelve_year",
                                 "special", "vocational"]),
        "senior": np.isin(kind, ["complete_secondary", "twelve_year", "vocational"]),
    }  # fmt: skip
    table: Columns = {"county": random.integers(0, counties, schools), "kind": kind}
    for section in SECTIONS:
        table[f"{section}_pupils"] = np.where(has[section], pupils[section], 0.0)
    weighted = sum(
        weight * table[f"{section}_pupils"]
        for section, weight in zip(SECTIONS, (1.0, 1.1, 1.32), strict=True)
    )
    wealth = random.lognormal(0.15, 0.15, counties)[table["county"]]
    for indicator in rule_set.indicators:
        decimals = 0 if float(indicator.per_pupils) == 100 or indicator.unit == "元" else 2
        for stage in COMPULSORY:
            limit = rule_set.rule(f"resources.{indicator.id}.{stage}").limit or Fraction()
            per_pupil = float(limit / indicator.per_pupils)
            base = weighted if indicator.shared else table[f"{stage}_pupils"]
            amount = (base * per_pupil * wealth * random.lognormal(0.1, 0.35, schools)).round(
                decimals
            )
            # Some schools are built to the norm, to the last digit: to the limit or its floor.
            built = random.choice([0.0, 0.85, 1.0], schools, p=[0.94, 0.03, 0.03])
            amount = np.where(built > 0, (base * per_pupil * built).round(4), amount)
            name = indicator.id if indicator.shared else f"{stage}_{indicator.id}"
            table.setdefault(name, amount)
    return pd.DataFrame(table)


def prepare_ours(nation: pd.DataFrame, rule_set: RuleSet) -> Callable[[], BulkFindings]:
    """Reading the doubles as decimals is part of what is measured."""
    columns = {str(name): nation[name].to_numpy() for name in nation.columns}
    return lambda: assess_in_bulk(read_columns(columns, rule_set), rule_set)


def prepare_pandas(rounded: bool) -> Callable[[pd.DataFrame, RuleSet], Callable[[], Outcomes]]:
    """A plain program: the same rules in doubles, rounded before comparing or not."""

    def prepare(nation: pd.DataFrame, rule_set: RuleSet) -> Callable[[], Outcomes]:
        return lambda: judge_in_pandas(nation, rule_set, rounded)

    return prepare


def judge_in_pandas(nation: pd.DataFrame, rule_set: RuleSet, rounded: bool) -> Outcomes:
    """Judge as a spreadsheet would."""
    outcomes: Outcomes = {}
    total = nation[[f"{section}_pupils" for section in SECTIONS]].sum(axis=1)
    is_out = nation["kind"].isin(rule_set.scope.kinds_out)
    is_small = (nation["kind"] == "point") & (total < rule_set.scope.point_min_pupils)
    for stage in COMPULSORY:
        rows = nation[(nation[f"{stage}_pupils"] > 0) & ~is_out & ~is_small]
        amounts = divide_in_pandas(rows, stage, rule_set)
        outcomes |= judge_stage(rows, amounts, stage, rule_set, rounded)
    return outcomes


def divide_in_pandas(rows: pd.DataFrame, stage: str, rule_set: RuleSet) -> dict[str, pd.Series]:
    """Return each indicator's amount of the sections of a stage."""
    part = pd.Series(1.0, index=rows.index)
    for kind, weights in rule_set.splits.items():
        of_kind = rows[rows["kind"] == kind]
        shares = {s: float(w) * of_kind[f"{s}_pupils"] for s, w in weights.items()}
        if stage in shares:
            part.loc[of_kind.index] = shares[stage] / sum(shares.values())
    return {
        i.id: rows[i.id] * part if i.shared else rows[f"{stage}_{i.id}"]
        for i in rule_set.indicators
    }


def judge_stage(
    rows: pd.DataFrame,
    amounts: Mapping[str, pd.Series],
    stage: str,
    rule_set: RuleSet,
    rounded: bool,
) -> Outcomes:
    """Return the outcomes of one stage."""
    outcomes: Outcomes = {}
    pupils, county = rows[f"{stage}_pupils"], rows["county"]
    (school_rule,) = rule_set.of_kind("school")
    met, is_low = pd.Series(0, index=rows.index), pd.Series(False, index=rows.index)
    for rule in find_rules(rule_set, "indicator", stage):
        per = next(float(i.per_pupils) for i in rule_set.indicators if i.id == rule.indicator)
        value, limit = amounts[rule.indicator] * per / pupils, float(rule.limit or 0)
        value = value.round(2) if rounded else value
        outcomes[rule.id] = (value >= limit).to_numpy()
        met += value >= limit
        is_low |= value < float(school_rule.floor or 0) * limit
    passes = (met >= float(school_rule.limit or 0)) & ~is_low
    outcomes[f"{school_rule.id}.{stage}"] = np.asarray(passes)
    for rule in find_rules(rule_set, "difference", stage):
        value = amounts[rule.indicator] / pupils
        total = pupils.groupby(county).sum()
        mean = amounts[rule.indicator].groupby(county).sum() / total
        deviation = pupils * (value - county.map(mean)) ** 2
        coefficient = np.sqrt(deviation.groupby(county).sum() / total) / mean
        coefficient = coefficient.round(3) if rounded else coefficient
        outcomes[rule.id] = np.asarray(coefficient <= float(rule.limit or 0))
    return outcomes


def find_rules(rule_set: RuleSet, kind: str, stage: str) -> list[Rule]:
    return [rule for rule in rule_set.of_kind(kind) if rule.stage == stage]


def tell_outcomes(findings: BulkFindings, rule_set: RuleSet) -> Outcomes:
    """Return our outcomes as the pandas version gives its own; every stage has schools here."""
    (school_rule,) = rule_set.of_kind("school")
    outcomes: Outcomes = {}
    for name, stage in findings.stages.items():
        for column, rule in enumerate(stage.rules):
            outcomes[rule.id] = stage.outcomes[:, column] == 1
        outcomes[f"{school_rule.id}.{name}"] = np.asarray(stage.passes) == 1
    for one in findings.coefficients:
        outcomes[one.rule.id] = one.outcomes[one.outcomes < 2] == 1
    return outcomes


def check_counties(nation: pd.DataFrame, rule_set: RuleSet) -> float:
    """Judge a few counties by the built-in engine too; return its seconds for each of them."""
    findings = prepare_ours(nation, rule_set)()
    seconds = 0.0
    for county in range(CHECKED_COUNTIES):
        rows = nation[nation["county"] == county]
        schools = parse_schools(
            [(at, make_row(at, rows.iloc[at])) for at in range(len(rows))], "nation"
        )
        begin = time.perf_counter()
        expected = BuiltinEngine().assess(schools, rule_set)
        seconds += time.perf_counter() - begin
        for finding in (one for one in expected if one.rule.kind in KINDS):
            found = find_outcome(findings, finding, county, rows.index)
            if found != finding.outcome:
                raise SystemExit(f"{finding.rule.id} {finding.subject}: {found}")
    return seconds / CHECKED_COUNTIES


def make_row(number: object, row: pd.Series) -> dict[str, str]:
    """Return a school's row as the school table has it."""
    cells = dict.fromkeys((column.name for column in SCHOOL_COLUMNS), "")
    cells |= {"school_id": str(number), "name": str(number), "ownership": "public"}
    cells |= {str(name): text_of(row[name]) for name in row.index if name != "county"}
    for stage in COMPULSORY:
        if not row[f"{stage}_pupils"]:
            cells |= {name: "" for name in cells if name.startswith(f"{stage}_")}
    return cells


def text_of(value: object) -> str:
    return value if isinstance(value, str) else exact_text(read_cell(repr(float(str(value)))))


def find_outcome(findings: BulkFindings, finding: Finding, county: int, rows: pd.Index) -> str:
    """Return what the bulk path says of the finding's rule and subject; `rows` are the county's."""
    rule, subject = finding.rule, finding.subject
    if rule.kind == "difference":
        one = next(one for one in findings.coefficients if one.rule is rule)
        return OUTCOMES[one.outcomes[county]]
    stage = findings.stages[subject.stage]
    at = int(np.flatnonzero(stage.school == rows[int(subject.id)])[0])
    if rule.kind == "school":
        return OUTCOMES[np.asarray(stage.passes)[at]]
    return OUTCOMES[stage.outcomes[at, stage.rules.index(rule)]]


CONTENDERS: dict[str, Callable[[pd.DataFrame, RuleSet], Callable[[], object]]] = {
    OURS: prepare_ours,
    "pandas, doubles": prepare_pandas(rounded=False),
    "pandas, rounded first": prepare_pandas(rounded=True),
}


def measure(name: str, path: Path, repeats: int) -> dict[str, Any]:
    """Run one contender in this process: once to warm up, then a few times."""
    rule_set = load_rule_set(RULES)
    with np.load(path) as columns:
        nation = pd.DataFrame(dict(columns))
    judge = CONTENDERS[name](nation, rule_set)
    seconds = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        judge()
        seconds.append(time.perf_counter() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds[1:], "first": seconds[0], "peak_kb": peak}


def start(name: str, path: Path, repeats: int) -> dict[str, Any]:
    """Run one contender in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.indicators", "--run", name]
    done = subprocess.run(
        [*command, "--repeats", str(repeats), str(path)], capture_output=True, text=True, check=True
    )
    outcome: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return outcome


def compare_times(path: Path, rounds: int, repeats: int) -> None:
    """Print medians, ratios and peaks."""
    seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    peaks = dict.fromkeys(CONTENDERS, 0)
    for name in [name for _ in range(rounds) for name in CONTENDERS]:
        outcome = start(name, path, repeats)
        seconds[name] += outcome["seconds"]
        peaks[name] = max(peaks[name], outcome["peak_kb"] >> 10)
    ours = statistics.median(seconds[OURS])
    print("| | median s | best s | this / ours | peak MB |\n|---|---:|---:|---:|---:|")
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"| {name} | {median:.2f} | {min(times):.2f} | {median / ours:.2f} | {peaks[name]} |")


def compare_outcomes(nation: pd.DataFrame, rule_set: RuleSet) -> None:
    """Print how many outcomes the float versions turn."""
    findings = prepare_ours(nation, rule_set)()
    exact = tell_outcomes(findings, rule_set)
    n = sum(len(outcome) for outcome in exact.values())
    decided = sum(one.n_exact for one in findings.coefficients)
    print(f"\n{n:,} outcomes; {decided} coefficients were near enough to ask fractions")
    for name, rounded in (("doubles", False), ("rounded first", True)):
        other = judge_in_pandas(nation, rule_set, rounded)
        turned = {rule: int((exact[rule] != other[rule]).sum()) for rule in exact}
        by_kind = {
            kind: sum(count for rule, count in turned.items() if rule.startswith(prefix))
            for kind, prefix in (
                ("school rule", "resources.school"),
                ("indicators", "resources."),
                ("coefficients", "difference."),
            )
        }
        by_kind["indicators"] -= by_kind["school rule"]
        print(f"pandas, {name}: {sum(turned.values())} outcomes differ: {by_kind}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=SCHOOLS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3, help="runs in each round")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("path", nargs="?", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        print(json.dumps(measure(arguments.run, arguments.path, arguments.repeats)))
        return
    rule_set = load_rule_set(RULES)
    counties = max(1, arguments.schools * COUNTIES // SCHOOLS)
    nation = make_nation(arguments.schools, counties, rule_set)
    print(f"{arguments.schools:,} schools, {counties:,} counties, {os.cpu_count()} cores,",
          f"numpy {np.__version__}, pandas {pd.__version__}, load", *os.getloadavg())  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nation.npz"
        columns = {str(name): nation[name].to_numpy() for name in nation.columns}
        columns["kind"] = columns["kind"].astype(str)
        np.savez(path, allow_pickle=False, **columns)
        compare_times(path, arguments.rounds, arguments.repeats)
    compare_outcomes(nation, rule_set)
    each = check_counties(nation, rule_set)
    print(f"built-in engine: {each:.3f} s a county, the same outcomes in {CHECKED_COUNTIES}")


if __name__ == "__main__":
    main()
