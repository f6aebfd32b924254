"""The tree: it runs anywhere, it stays readable, its documents point at what exists."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.guards import ROOT, list_files

MOST_LINES = 400
CORES = ("sampling", "scoring")

MACHINE_PATH = re.compile(r"(?<![\w./~-])/(?:home|root|Users|work|workspace|builds)/\w")
INDEX_HOSTS = re.compile(
    r"pythonhosted\.org|pypi\.(?:org|tuna|doubanio|mirrors)|(?:mirrors?|repo|index)\.[\w.-]+/"
    r"(?:pypi|simple|npm)|registry\.npm|--(?:extra-)?index-url[ =]\S",
)


def read_text(file: Path) -> str:
    """Return a file's text, or nothing for a picture."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def find_lines(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file in list_files()
        for number, line in enumerate(read_text(file).splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    here = re.compile(re.escape(str(ROOT)) + r"(?![\w-])")
    assert find_lines(MACHINE_PATH) + find_lines(here) == []


def test_no_file_names_a_package_index() -> None:
    """Which index pip asks is this machine's affair; versions and hashes are ours."""
    assert find_lines(INDEX_HOSTS) == []


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (MACHINE_PATH, "open('/home/" + "li/frame.csv')", True),
        (MACHINE_PATH, "/root/" + "x", True),
        (MACHINE_PATH, "docs/work/list.md", False),
        (MACHINE_PATH, "/usr/bin/chromium", False),
        (INDEX_HOSTS, "--index-url" + "=file:x", True),
        (INDEX_HOSTS, "https://files.python" + "hosted.org/a.whl", True),
        (INDEX_HOSTS, "www.moe.gov.cn", False),
    ],
)
def test_the_patterns_find_what_they_are_for(
    pattern: re.Pattern[str], text: str, found: bool
) -> None:
    assert bool(pattern.search(text)) is found


def test_no_module_outgrows_its_reader() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for file in list_files("*.py")
        if (lines := len(read_text(file).splitlines())) > MOST_LINES
    }
    assert long == {}


def test_tests_stand_where_the_code_stands() -> None:
    """`tests/scoring/...` mirrors `scoring/...`; what spans rooms has a directory of its own."""
    rooms = ("survey", *CORES)
    tested = {file.parent.relative_to(ROOT / "tests") for file in list_files("tests/**/test_*.py")}
    strays = [place for place in tested if place.parts[:1] and place.parts[0] in rooms]
    assert [str(place) for place in strays if not (ROOT / place).is_dir()] == []


def names_used(file: Path) -> set[str]:
    """Return every name and attribute that the code of a file speaks of."""
    nodes = list(ast.walk(ast.parse(read_text(file))))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("core", CORES)
def test_a_core_asks_no_clock_and_no_environment(core: str) -> None:
    """Same input, same bytes. Imports are the import contracts' matter, calls are this one's."""
    forbidden = {"now", "utcnow", "today", "environ", "getenv"}
    if core == "sampling":
        forbidden |= {"random", "default_rng", "shuffle"}
    used = {
        str(file.relative_to(ROOT)): forbidden & names_used(file)
        for file in list_files(f"{core}/**.py", f"{core}/*.py")
    }
    assert used, f"no files in {core}"
    assert {file: names for file, names in used.items() if names} == {}


DOCUMENTS = list_files("*.md")
LINK = re.compile(r"!?\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(document: Path) -> None:
    targets = LINK.findall(read_text(document))
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_make_commands_in_the_readme_exist() -> None:
    makefile = read_text(ROOT / "Makefile")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    mentioned = set(
        re.findall(r"(?:`|^\s*(?:\$ )?)make ([a-z]+)", read_text(ROOT / "README.md"), re.M)
    )
    assert {"demo", "test"} <= mentioned
    assert mentioned <= targets


def test_continuous_integration_runs_everything() -> None:
    script = read_text(ROOT / ".ci" / "run")
    assert re.search(r"^exec make --no-print-directory test$", script, re.MULTILINE)
    planned = subprocess.run(
        ["make", "--dry-run", "--always-make", "test"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    checks = ["ruff check", "ruff format --check", "djlint", "mypy", "lint-imports", "pytest"]
    assert [check for check in checks if check not in planned] == []


def test_style_sheets_close_what_they_open() -> None:
    """A brace too few puts the rest of a sheet under the last condition, a narrow screen say."""
    counts = {
        str(file.relative_to(ROOT)): read_text(file).count("{") - read_text(file).count("}")
        for file in list_files("survey/static/*.css")
    }
    assert counts
    assert {name for name, open_ones in counts.items() if open_ones} == set()
