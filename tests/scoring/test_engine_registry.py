from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sampling.problems import Problem
from scoring.builtin_engine import BuiltinEngine
from scoring.engine_checks import check_engine
from scoring.engine_registry import GROUP, engine_names, find_engine
from scoring.record import make_verdict, verify_verdict
from scoring.schools import parse_schools
from tests.guards import ROOT
from tests.scoring.makers import NATIONAL, make_row, number_rows

EXAMPLE = Path(__file__).parents[1] / "example_engine"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example engine, installed as a stranger would install it."""
    place = tmp_path_factory.mktemp("site")
    install = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-cache-dir",
               "--no-build-isolation", "--target", str(place), str(EXAMPLE))  # fmt: skip
    subprocess.run([sys.executable, *install], check=True, capture_output=True)
    sys.path.insert(0, str(place))
    yield place
    sys.path.remove(str(place))
    sys.modules.pop("example_engine", None)


def test_the_built_in_engine_comes_through_the_same_door() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"][GROUP] == {"built-in": "scoring.builtin_engine:BuiltinEngine"}
    engine = find_engine("built-in")
    assert isinstance(engine, BuiltinEngine)
    assert engine.distribution == project["name"]


def test_an_installed_engine_is_found_by_name_and_keeps_the_checks(example: Path) -> None:
    assert {"built-in", "rooms-only"} <= set(engine_names())
    engine = find_engine("rooms-only")
    assert (engine.distribution, engine.version) == ("example-indicator-engine", "1.0")
    check_engine(engine)


def test_what_an_engine_does_not_measure_is_missing_and_never_a_default(example: Path) -> None:
    schools = parse_schools(number_rows([make_row("1", primary=100)]), "x")
    engine = find_engine("rooms-only")
    record = make_verdict("宜州区", None, schools, NATIONAL, engine=engine)
    assert record["engine"] == {
        "name": "rooms-only", "distribution": "example-indicator-engine", "version": "1.0"
    }  # fmt: skip
    assert record["verdict"] == "undecided"
    missing = record["missing"]
    assert isinstance(missing, list)
    assert {"resources.school", "difference.rooms_m2.primary", "guarantee.04"} <= set(missing)
    verify_verdict(record, engine=engine)
    with pytest.raises(Problem, match="the verdict was made by engine"):
        verify_verdict(record)


def test_a_name_that_nobody_offers_is_told_with_those_that_there_are() -> None:
    with pytest.raises(Problem, match=r"no indicator engine 'spark'; installed are: .*built-in"):
        find_engine("spark")


def offer(place: Path, distribution: str, code: str) -> None:
    """Put a distribution with an engine `stray` where Python looks."""
    module = distribution.replace("-", "_")
    info = place / f"{module}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nstray = {module}:Engine\n")
    (place / f"{module}.py").write_text(code)


STRANGE = "class Engine:\n    name, distribution, version = 'other', 'stray-engine', '1'\n"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (STRANGE, "calls itself other of stray-engine, it was installed as stray of stray-engine"),
        ("raise RuntimeError('no licence')", "'stray' cannot be loaded: no licence"),
        ("", "'stray' cannot be loaded"),
    ],
)
def test_an_engine_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, message: str
) -> None:
    offer(tmp_path, "stray-engine", code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "stray_engine", raising=False)
    with pytest.raises(Problem, match=message):
        find_engine("stray")


def test_a_name_that_two_distributions_offer_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(tmp_path, "stray-one", STRANGE)
    offer(tmp_path, "stray-two", STRANGE)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Problem, match="offered by stray-one, stray-two"):
        find_engine("stray")
