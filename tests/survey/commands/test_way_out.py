"""`renkedu way-out`, as the shell sees it."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from sampling.canonical import canonical_json
from scoring.schools import School, school_row
from tests.scoring.makers import make_row
from tests.scoring.unit_costs import COSTS, county
from tests.survey.commands.outcomes import Run

SCHOOLS = county(
    make_row("1", primary=360, shares=("1", "1", "1", "0.9", "0.9", "1", "1")),
    make_row("2", primary=100, primary_backbone_teachers="20"),
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Put a school table and unit costs where the command runs."""
    write_schools(tmp_path / "schools.csv", SCHOOLS)
    write_costs(tmp_path / "costs.toml")
    return tmp_path


def write_schools(path: Path, schools: Sequence[School]) -> None:
    rows = [school_row(school) for school in schools]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_costs(path: Path, more: str = "") -> None:
    lines = [f'{name} = "{cost}"' for name, cost in COSTS.items()]
    path.write_text(
        'format = 1\ncurrency = "元"\n[costs]\n' + "\n".join(lines) + more, encoding="utf-8"
    )


def test_the_plan_is_printed_and_written(run: Run, files: Path) -> None:
    done = run("way-out", "schools.csv", "--costs", "costs.toml", "--out", "plan.json")
    assert (done.code, done.err) == (0, "")
    assert "school  name   stage    add  unit    indicator          cost" in done.out
    assert "1       学校1           270  平方米  grounds_m2         108000" in done.out
    assert "difference.backbone_teachers.primary: 1.528 -> 0.492 (limit 0.50)" in done.out
    assert "proved: no plan costs less than" in done.out
    text = (files / "plan.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert text == canonical_json(record)
    assert (record["format"], record["kind"], record["status"]) == (1, "way_out", "optimal")
    assert sum(int(entry["cost"]) for entry in record["additions"]) == int(record["cost"])


def test_without_a_way_out_the_schools_are_named(run: Run, files: Path) -> None:
    write_costs(files / "costs.toml", "\n[most]\nrooms_m2 = 1\ngrounds_m2 = 1\n")
    done = run("way-out", "schools.csv", "--costs", "costs.toml")
    assert (done.code, done.err) == (1, "")
    assert "school 1 cannot pass within the limits on additions" in done.out
    assert "there is no plan" in done.out


def test_bad_input_is_told(run: Run, files: Path) -> None:
    write_costs(files / "costs.toml", '\nbooks = "30"\n')
    done = run("way-out", "schools.csv", "--costs", "costs.toml", "--out", "plan.json")
    assert done.code == 2
    assert done.err == (
        "renkedu: costs.toml: unknown key 'costs.books'; known are: "
        + ", ".join(sorted(COSTS))
        + "\n"
    )
    assert not (files / "plan.json").exists()


def test_inputs_are_spared(run: Run, files: Path) -> None:
    before = (files / "costs.toml").read_bytes()
    done = run("way-out", "schools.csv", "--costs", "costs.toml", "--out", "costs.toml")
    assert done.code == 2
    assert (files / "costs.toml").read_bytes() == before
