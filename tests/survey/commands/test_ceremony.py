"""The way of a public draw on the command line: frame, ceremony, draw, releases, certificate."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from sampling.survey_rules import RULES_FOLDER
from survey.commands.certificate_words import WORDS
from tests.sampling.rosters import make_units
from tests.sampling.test_ceremony import CASES
from tests.survey.commands.outcomes import Run

NAMES = ("--county", "宜州区", "--round", "2026", "--stage", "省级")


def do(run: Run, *arguments: str) -> str:
    """Run a command that must succeed and return what it printed."""
    code, out, err = run(*arguments)
    assert code == 0, err
    return out


def refuse(run: Run, *arguments: str) -> str:
    """Run a command that must be refused as bad input and return what it said."""
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    return err


def publish(run: Run, *more: str) -> str:
    plan = ("--residents", "80000", "--frame", "frame.csv", "--out", "plan.json")
    do(run, "plan", *plan)
    files = ("--plan", "plan.json", "--salts", "salts.csv", "--out", "public.csv")
    return do(run, "frame", "publish", "frame.csv", *files, *more)


def open_ceremony(run: Run) -> None:
    files = ("--plan", "plan.json", "--public", "public.csv", "--out", "ceremony.json")
    do(run, "ceremony", "open", *NAMES, *files)


def hold(run: Run) -> None:
    """The whole way with a lottery as the source of the seed."""
    publish(run)
    open_ceremony(run)
    do(run, "ceremony", "announce", "ceremony.json", "--event", "双色球第2026045期")
    seed = do(run, "ceremony", "seed", "ceremony.json", "--value", "03 11 17 + 09").strip()
    assert seed == "宜州区|2026|省级|03 11 17 + 09"
    do(run, "draw", "frame.csv", "--plan", "plan.json", "--seed", seed, "--out", "draw.json")
    do(run, "ceremony", "close", "ceremony.json", "--draw", "draw.json")


def release(run: Run, count: str = "2", stratum: str = "teacher/urban") -> tuple[object, str, str]:
    more = ("--count", count, "--reason", "拒访 2", "--log", "releases.jsonl")
    return run("release", "draw.json", "--stratum", stratum, *more)


def test_the_public_frame_is_the_same_again_from_the_same_salts(run: Run) -> None:
    first = publish(run)
    salts = Path("salts.csv").read_bytes()
    assert stat.S_IMODE(Path("salts.csv").stat().st_mode) == 0o600
    assert publish(run) == first
    assert Path("salts.csv").read_bytes() == salts
    Path("salts.csv").unlink()
    assert publish(run) != first
    digest = subprocess.run(["sha256sum", "public.csv"], capture_output=True, check=True).stdout
    assert digest.decode().split()[0] != first


@pytest.mark.parametrize("name", ["persons.csv", "salts.csv", "new.csv"])
def test_secrets_are_not_overwritten_by_what_is_published(run: Run, name: str) -> None:
    publish(run)
    persons = "id,person\n" + "".join(f"{unit.id},{unit.id}\n" for unit in make_units())
    Path("persons.csv").write_text(persons, encoding="utf-8")
    salts = "new.csv" if name == "new.csv" else "salts.csv"
    before = {path: path.read_bytes() for path in Path().iterdir()}
    files = ("--plan", "plan.json", "--salts", salts, "--persons", "persons.csv")
    err = refuse(run, "frame", "publish", "frame.csv", *files, "--out", name)
    assert "would be overwritten" in err
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_a_record_cannot_bring_its_own_rules(run: Run) -> None:
    text = (RULES_FOLDER / "national-2017.toml").read_text(encoding="utf-8")
    Path("own.toml").write_text(text.replace('"national-2017"', '"own.toml"'), encoding="utf-8")
    rules = ("--rules", "own.toml")
    do(run, "plan", "--residents", "80000", "--frame", "frame.csv", "--out", "plan.json", *rules)
    files = ("--plan", "plan.json", "--seed", "2026", "--out", "draw.json")
    assert "no rules named 'own.toml'" in refuse(run, "draw", "frame.csv", *files)
    do(run, "draw", "frame.csv", *files, *rules)
    check = ("verify", "draw.json", "--frame", "frame.csv")
    assert "no rules named 'own.toml'" in refuse(run, *check)
    do(run, *check, *rules)


def test_a_person_checks_the_card(run: Run) -> None:
    persons = "id,person\n" + "".join(f"{unit.id},韦 {unit.id}\n" for unit in make_units())
    Path("persons.csv").write_text(persons, encoding="utf-8")
    publish(run, "--persons", "persons.csv")
    secrets = ("--salts", "salts.csv", "--persons", "persons.csv")
    slip = do(run, "frame", "slip", "frame.csv", *secrets, "--id", "teacher-00001")
    salt, line = slip.splitlines()
    assert "韦 teacher-00001" in line
    card = ("--id", "teacher-00001", "--salt", salt)
    out = do(run, "frame", "check", "public.csv", *card, "--line", line)
    assert "teacher-00001 stands in public.csv in the stratum teacher/" in out
    code, _, err = run("frame", "check", "public.csv", *card, "--line", line.replace("韦", "覃"))
    assert code == 1
    assert "the public frame commits to" in err


def test_the_whole_ceremony_is_verified(run: Run) -> None:
    hold(run)
    release(run)
    more = ("--ceremony", "ceremony.json", "--releases", "releases.jsonl", "--plan", "plan.json")
    out = do(run, "verify", "draw.json", "--public", "public.csv", *more)
    assert out.startswith("draw.json is right: 120 people")
    assert "checked: 2 reserves released in 1 steps" in out
    assert "asserted: the outcome of '双色球第2026045期' was typed in" in out
    assert "proved" not in out
    both = do(run, "verify", "draw.json", "--frame", "frame.csv", "--public", "public.csv")
    assert "checked: the public frame holds everybody eligible" in both


def test_a_ceremony_of_another_draw_exits_with_one(run: Run) -> None:
    hold(run)
    draw = ("draw", "frame.csv", "--plan", "plan.json", "--seed", "another", "--out", "draw.json")
    do(run, *draw)
    for command in (("verify", "draw.json", "--frame", "frame.csv"), ("certificate", "show")):
        words = command if command[0] == "verify" else (*command, "draw.json")
        code, out, err = run(*words, "--ceremony", "ceremony.json")
        assert (code, out) == (1, "")
        assert "draw_digest: the ceremony has" in err
        assert len(err.splitlines()) == 1


def test_parties_commit_on_their_own_machines(run: Run) -> None:
    publish(run)
    open_ceremony(run)
    options: list[str] = []
    for party in ("督导办", "家长=代表"):
        words = ("--party", party, "--text", f"{party}的话", "--out", f"{party}.json")
        commitment = do(run, "ceremony", "commit", *words).strip()
        assert stat.S_IMODE(Path(f"{party}.json").stat().st_mode) == 0o600
        assert "is there already" in refuse(run, "ceremony", "commit", *words)
        options += ["--commitment", f"{party}={commitment}"]
    do(run, "ceremony", "announce", "ceremony.json", *options)
    before = Path("ceremony.json").read_bytes()
    one = ("--reveal", "督导办.json")
    assert "with one missing" in refuse(run, "ceremony", "seed", "ceremony.json", *one)
    assert Path("ceremony.json").read_bytes() == before
    seed = do(run, "ceremony", "seed", "ceremony.json", *one, "--reveal", "家长=代表.json")
    assert seed.startswith("宜州区|2026|省级|")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("announce", "ceremony.json"), "name one source"),
        (("announce", "ceremony.json", "--event", "a", "--drand", "9"), "name one source"),
        (("announce", "ceremony.json", "--drand", "1"), "before it was named"),
        (("announce", "ceremony.json", "--event", "a", "--time", "now"), "expected a time like"),
        (("seed", "ceremony.json", "--value", "1"), "was not announced yet"),
        (("close", "ceremony.json", "--draw", "none.json"), "none.json: cannot be read"),
        (("announce", "none.json", "--event", "a"), "none.json: cannot be read"),
    ],
)
def test_wrong_steps_change_nothing(run: Run, arguments: tuple[str, ...], part: str) -> None:
    publish(run)
    open_ceremony(run)
    before = Path("ceremony.json").read_bytes()
    assert part in refuse(run, "ceremony", *arguments)
    assert Path("ceremony.json").read_bytes() == before
    again = ("--plan", "plan.json", "--public", "public.csv", "--out", "ceremony.json")
    assert "is there already" in refuse(run, "ceremony", "open", *NAMES, *again)


def test_releases_print_ids_and_are_logged(run: Run) -> None:
    hold(run)
    record = json.loads(Path("draw.json").read_text(encoding="utf-8"))
    reserve = next(s["reserve"] for s in record["strata"] if s["stratum"] == "teacher/urban")
    code, out, _ = release(run)
    assert (code, out.split()) == (0, reserve[:2])
    assert release(run, "1")[1].split() == reserve[2:3]
    shown = do(run, "release", "show", "draw.json", "--log", "releases.jsonl")
    assert "teacher/urban: 3 released, weight 15/4" in shown
    page = do(run, "certificate", "show", "draw.json", "--releases", "releases.jsonl")
    assert "递补记录" in page


def test_releases_of_another_design_are_shown_without_weights(run: Run) -> None:
    hold(run)
    files = ("--plan", "plan.json", "--seed", "2026", "--out", "draw.json")
    do(run, "draw", "frame.csv", *files, "--by", "school")
    assert release(run)[0] == 0
    shown = do(run, "release", "show", "draw.json", "--log", "releases.jsonl")
    assert "teacher/urban: 2 released\n" in shown
    assert "releases.jsonl line 1: sha256 " in shown


@pytest.mark.parametrize(
    ("count", "stratum", "part"),
    [
        ("60", "teacher/urban", "60 reserves are wanted"),
        ("0", "teacher/urban", "at least 1"),
        ("1", "teacher/moon", "no stratum 'teacher/moon'"),
        ("many", "teacher/urban", "not a valid integer"),
    ],
)
def test_refused_releases_write_nothing(run: Run, count: str, stratum: str, part: str) -> None:
    hold(run)
    release(run)
    before = Path("releases.jsonl").read_bytes()
    code, out, err = release(run, count, stratum)
    assert (code, out) == (2, "")
    assert part in err
    assert Path("releases.jsonl").read_bytes() == before


def test_a_tampered_log_exits_with_one(run: Run) -> None:
    hold(run)
    release(run)
    log = Path("releases.jsonl")
    log.write_text(log.read_text(encoding="utf-8").replace("拒访 2", "拒访 1"), encoding="utf-8")
    more = ("--frame", "frame.csv", "--releases", "releases.jsonl")
    do(run, "verify", "draw.json", *more)  # the last line is bound to nothing: its digest is public
    log.write_text(log.read_text(encoding="utf-8").replace('"count":2', '"count":1'))
    code, out, err = run("verify", "draw.json", *more)
    assert (code, out) == (1, "")
    assert "line 1: released should be" in err


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_page_can_be_read_in_both_languages(run: Run, language: str) -> None:
    more = ("--ceremony", str(CASES / "ceremony.json"), "--ids", "--language", language)
    trust = ("--trust", str(CASES / "time_stamp_root.pem"))
    page = do(run, "certificate", "show", str(CASES / "draw.json"), *more, *trust)
    words = WORDS[language]
    assert page.startswith(words["title"])
    assert f"[{words['proved']}]" in page
    assert f"[{words['asserted']}]" in page
    assert ("抽样框和种子来源不晚于" in page) is (language == "zh")
    for part in (
        "宜州区|2023|试验|fc1873a1",
        "t-05 t-04",
        "5/2",
        "2023-09-15T09:40:01",
        "sha256sum",
    ):
        assert part in page
    # Figures stand in columns though a Chinese character is as wide as two letters.
    assert ("  层       合格人数  样本" in page) is (language == "zh")


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()


def test_frames_of_other_kinds_are_verified_and_published_alike(run: Run) -> None:
    hold(run)
    csv_digest = Path("public.csv").read_bytes()
    pq.write_table(csv.read_csv("frame.csv"), "frame.parquet")
    do(run, "verify", "draw.json", "--frame", "frame.parquet", "--plan", "plan.json")
    files = ("--plan", "plan.json", "--salts", "salts.csv", "--out", "public.csv")
    do(run, "frame", "publish", "frame.parquet", *files)
    assert Path("public.csv").read_bytes() == csv_digest


def test_rules_of_a_file_can_be_named(run: Run) -> None:
    hold(run)
    frame = ("verify", "draw.json", "--frame", "frame.csv", "--rules")
    assert "no rules named 'moon'" in refuse(run, *frame, "moon")
    shutil.copy(RULES_FOLDER / "national-2017.toml", "ours.toml")
    do(run, *frame, "ours.toml")


def test_a_frame_is_needed_to_verify(run: Run) -> None:
    assert "--frame" in refuse(run, "verify", str(CASES / "draw.json"))
