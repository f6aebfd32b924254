"""How long do estimates take, and how much memory, side by side with other programs?

    python benchmarks/estimate.py [--answers 2100000] [--repeats 3] [--only NAME ...]

A made survey: answers to 20 items of 0 and 1 in 7 categories, 20,000 strata, 100,000 clusters.
Each measure runs in a process of its own that loads the same files; the best of the repeats is
printed, without the loading, and the process's peak memory with the data in it. A program that is
not installed is named as missing. Standard errors of those that estimate all items are compared.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

SEED = 85
CATEGORIES = 7
REPLICATES = 500
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """The made survey: weights, strata, clusters and categories (n,), items (n, k)."""

    weights: Floats
    strata: npt.NDArray[np.int64]
    clusters: npt.NDArray[np.int64]
    categories: npt.NDArray[np.int64]
    items: Floats


@dataclass(frozen=True, slots=True)
class Measure:
    """What is timed: `run` gets what `prepare` makes of the sample, and returns standard errors
    (categories, items), or None where it does not give all of them."""

    program: str
    task: str
    prepare: Callable[[Sample], Any]
    run: Callable[[Any], Floats | None]
    needs: str = ""


def make_sample(answers: int, items: int, strata: int, clusters: int) -> Sample:
    """Return a sample in which neighbours in a cluster agree a little more than strangers."""
    rng = np.random.default_rng(SEED)
    of_rows = rng.integers(0, clusters, answers)
    chance = np.clip(rng.normal(0.85, 0.08, clusters), 0.02, 0.98)[of_rows]
    values = np.empty((answers, items))
    for j in range(items):
        values[:, j] = rng.random(answers) < chance
    return Sample(
        weights=rng.uniform(1, 5, answers),
        strata=of_rows % strata,
        clusters=of_rows,
        categories=rng.integers(0, CATEGORIES, answers),
        items=values,
    )


# Ours


def _as_is(sample: Sample) -> Sample:
    return sample


def taylor(sample: Sample) -> Floats:
    """Everything from the columns on: design, domains, estimates with variances."""
    from scoring.domain_estimates import estimate_means
    from scoring.domains import cross_classify
    from scoring.sample_design import make_design

    design = make_design(
        weights=sample.weights, strata=sample.strata, clusters=[sample.clusters], lonely="adjust"
    )
    domains = cross_classify({"category": sample.categories})
    return estimate_means(design, sample.items, domains).se


def prepare_design(sample: Sample) -> Any:
    """Return design, domains and items, so that the estimate alone is timed."""
    from scoring.domains import cross_classify
    from scoring.sample_design import make_design

    design = make_design(
        weights=sample.weights, strata=sample.strata, clusters=[sample.clusters], lonely="adjust"
    )
    return design, sample.items, cross_classify({"category": sample.categories})


def taylor_of_design(prepared: Any) -> Floats:
    """The estimate alone."""
    from scoring.domain_estimates import estimate_means

    return estimate_means(*prepared).se


def prepare_bootstrap(sample: Sample) -> Any:
    """Return a design without lone strata (pairs of clusters are enough), items and domains."""
    from dataclasses import replace

    design, items, domains = prepare_design(sample)
    return replace(design, lonely="certainty"), items, domains


def bootstrap_estimates(prepared: Any) -> Floats:
    """500 replicates drawn and estimated."""
    from scoring.bootstrap import bootstrap
    from scoring.replicate_estimates import replicate_means
    from scoring.replication import replicate

    design, items, domains = prepared
    sample = replicate(design, bootstrap(design, REPLICATES, SEED))
    return replicate_means(sample, items, domains).estimates.se


def prepare_margins(sample: Sample) -> Any:
    """Return what `prepare_bootstrap` does and four margins with their targets."""
    prepared = prepare_bootstrap(sample)
    rng = np.random.default_rng(SEED + 1)
    columns, targets = {}, {}
    for name, size in (("category", CATEGORIES), ("area", 3), ("sex", 2), ("band", 4)):
        labels = np.array([f"{name} {k}" for k in range(size)], dtype=object)
        codes = (
            sample.categories if name == "category" else rng.integers(0, size, len(sample.items))
        )
        people = np.bincount(codes, sample.weights, size) * rng.uniform(0.9, 1.1, size)
        columns[name] = labels[codes]
        people *= sample.weights.sum() / people.sum()
        targets[name] = dict(zip(labels, people.tolist(), strict=True))
    return *prepared, columns, targets


def raked(prepared: Any) -> None:
    """Weights raked to four margins, from the labels on."""
    from scoring.raking import rake

    design, _, _, columns, targets = prepared
    rake(design.weights, columns, targets)


def taylor_of_raked(prepared: Any) -> Floats:
    """Raked weights, and errors by residuals."""
    from scoring.calibration import calibrated_design
    from scoring.domain_estimates import estimate_means
    from scoring.raking import rake

    design, items, domains, columns, targets = prepared
    after = calibrated_design(design, rake(design.weights, columns, targets))
    return estimate_means(after, items, domains).se


def bootstrap_of_raked(prepared: Any) -> Floats:
    """500 replicates drawn, each raked again, and estimated."""
    from scoring.bootstrap import bootstrap
    from scoring.raking import rake
    from scoring.recalibration import recalibrate
    from scoring.replicate_estimates import replicate_means
    from scoring.replication import replicate

    design, items, domains, columns, targets = prepared
    sample = replicate(design, bootstrap(design, REPLICATES, SEED))
    sample = recalibrate(sample, rake(design.weights, columns, targets))
    return replicate_means(sample, items, domains).estimates.se


# Peers


def prepare_svy(sample: Sample) -> Any:
    """Return svy's sample."""
    import polars as pl
    import svy

    columns: dict[str, npt.NDArray[Any]] = {
        f"y{j}": sample.items[:, j] for j in range(sample.items.shape[1])
    }
    columns |= {"w": sample.weights, "s": sample.strata, "c": sample.clusters}
    frame = pl.DataFrame({**columns, "category": sample.categories})
    return svy.Sample(frame, svy.Design(stratum="s", psu="c", wgt="w", singleton="center"))


def taylor_svy(sample: Any) -> Floats:
    """All items by category in one call."""
    names = [name for name in sample.data.columns if name.startswith("y")]
    found = sample.estimation.mean(names, by="category")
    return np.array([one.to_polars().sort("category")["se"].to_numpy() for one in found]).T


def taylor_samplics(sample: Sample) -> None:
    """The first item only."""
    from samplics import PopParam
    from samplics.estimation import TaylorEstimator

    TaylorEstimator(PopParam.mean).estimate(
        y=sample.items[:, 0],
        samp_weight=sample.weights,
        stratum=sample.strata,
        psu=sample.clusters,
        domain=sample.categories,
    )


R_SCRIPT = """
suppressPackageStartupMessages(library(survey))
options(survey.lonely.psu="adjust")
d <- read.csv(commandArgs(TRUE)[1])
t <- system.time({
  s <- svydesign(id=~c, strata=~s, weights=~w, data=d, nest=TRUE)
  svyby(~y, ~category, s, svymean)
})
cat(t["elapsed"])
"""


def prepare_r(sample: Sample) -> Path:
    """Write the first item's columns as CSV for R."""
    import pandas as pd

    path = Path(tempfile.mkdtemp()) / "sample.csv"
    pd.DataFrame(
        {
            "y": sample.items[:, 0],
            "category": sample.categories,
            "w": sample.weights,
            "s": sample.strata,
            "c": sample.clusters,
        }
    ).to_csv(path, index=False)
    return path


def taylor_r(path: Path) -> None:
    """The first item only, R's start and reading included."""
    script = path.with_suffix(".R")
    script.write_text(R_SCRIPT, encoding="utf-8")
    subprocess.run([str(shutil.which("Rscript")), str(script), str(path)], check=True)


MEASURES = (
    Measure("renkedu", "Taylor, columns to errors", _as_is, taylor),
    Measure("renkedu", "Taylor, design given", prepare_design, taylor_of_design),
    Measure("renkedu", "500 bootstrap replicates", prepare_bootstrap, bootstrap_estimates),
    Measure("renkedu", "raking to 4 margins", prepare_margins, raked),
    Measure("renkedu", "raking, Taylor", prepare_margins, taylor_of_raked),
    Measure("renkedu", "500 replicates, each raked", prepare_margins, bootstrap_of_raked),
    Measure("svy", "Taylor, design given", prepare_svy, taylor_svy, "svy"),
    Measure("samplics", "Taylor, 1 item", _as_is, taylor_samplics, "samplics"),
    Measure("R survey", "Taylor, 1 item", prepare_r, taylor_r, "Rscript"),
)


def main() -> None:
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, default=2_100_000)
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--strata", type=int, default=20_000)
    parser.add_argument("--clusters", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="*", metavar="NAME", help="programs to run")
    parser.add_argument("--measure", type=int, help="run one measure (used by the program itself)")
    parser.add_argument("--folder", type=Path, help="where the sample lies (likewise)")
    options = parser.parse_args()
    if options.measure is not None:
        tell(json.dumps(run(MEASURES[options.measure], options.folder, options.repeats)))
        return
    with tempfile.TemporaryDirectory() as folder:
        sample = make_sample(options.answers, options.items, options.strata, options.clusters)
        for name in Sample.__slots__:
            np.save(Path(folder) / f"{name}.npy", getattr(sample, name))
        del sample
        compare(Path(folder), options.repeats, options.only)


def compare(folder: Path, repeats: int, only: list[str] | None) -> None:
    """Print a line for each measure, and how far its standard errors are from the first's."""
    reference: Floats | None = None
    tell(f"{'program':<10} {'task':<28} {'seconds':>8} {'peak MB':>8}  largest relative gap of SE")
    for place, measure in enumerate(MEASURES):
        if only and measure.program not in only:
            continue
        if not is_there(measure.needs):
            tell(f"{measure.program:<10} {measure.task:<28} {'missing':>8}")
            continue
        found = in_own_process(place, folder, repeats)
        errors = None if found["errors"] is None else np.array(found["errors"])
        gap = ""
        if errors is not None:
            reference = errors if reference is None else reference
            gap = f"{np.abs(errors / reference - 1).max():.1e}"
        tell(
            f"{measure.program:<10} {measure.task:<28} {found['seconds']:>8.2f} "
            f"{found['megabytes']:>8.0f}  {gap}"
        )


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def is_there(needed: str) -> bool:
    """Return whether a module or a program of that name is installed."""
    return not needed or bool(importlib.util.find_spec(needed) or shutil.which(needed))


def in_own_process(place: int, folder: Path, repeats: int) -> Any:
    """Return what `run` gives for a measure, in a fresh process."""
    command = [sys.executable, __file__, "--measure", str(place)]
    command += ["--folder", str(folder), "--repeats", str(repeats)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def run(measure: Measure, folder: Path, repeats: int) -> dict[str, Any]:
    """Return the best time, the process's peak memory and the standard errors."""
    sample = Sample(*(np.load(folder / f"{name}.npy") for name in Sample.__slots__))
    prepared = measure.prepare(sample)
    seconds = []
    errors = None
    for _ in range(repeats):
        begin = time.perf_counter()
        errors = measure.run(prepared)
        seconds.append(time.perf_counter() - begin)
    return {
        "seconds": min(seconds),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "errors": None if errors is None else errors.tolist(),
    }


if __name__ == "__main__":
    main()
