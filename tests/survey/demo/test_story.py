"""The whole way on a small county: the same steps, the same HTTP, the same certificates."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console
from sqlalchemy import select

from scoring.answers import CATEGORIES
from survey.commands import main_group
from survey.demo.home import prepare_home
from survey.demo.invention import invent
from survey.demo.opinions import ANSWERS, make_mind
from survey.demo.performance import perform, tell
from survey.demo.respondents import FAILED, Visitor, send_wave
from survey.demo.screen import show_outcome, tell_summary
from survey.demo.story import OFFICIAL_NAME, SUPERVISOR_NAME, Story, make_respondent, set_stage
from survey.samples.models import Selection
from tests.survey.conftest import read_token

SCALE = 0.02
SEED = 11


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A story told to its end, its site still serving."""
    with prepare_home(tmp_path_factory.mktemp("demo") / "home") as home:
        told = set_stage(home, invent(SEED, SCALE), port=8000)
        tell(told, Console(file=io.StringIO()))
        yield told
        told.leave()


@pytest.fixture(scope="module")
def summary(story: Story) -> dict[str, Any]:
    """What summary.json says."""
    found: dict[str, Any] = json.loads((story.files / "summary.json").read_text(encoding="utf-8"))
    return found


def test_summary_has_what_is_promised(summary: dict[str, Any]) -> None:
    assert summary["county"] == "宜州区"
    assert summary["made_up"] is True
    assert list(summary["categories"]) == list(CATEGORIES)
    assert sum(row["target"] for row in summary["categories"].values()) == summary["n"]
    assert summary["categories"]["parent"]["target"] * 2 >= summary["n"]
    for row in summary["categories"].values():
        assert row["issued"] >= row["target"]
        assert row["answered"] + row["refused"] <= row["issued"]
    assert summary["verdict"] == "not_met"
    assert all(Path(path).is_file() for path in summary["files"].values())
    assert {"frame", "plan", "draw", "answers", "verdict"} <= set(summary["files"])


def test_rate_counts_papers(summary: dict[str, Any]) -> None:
    rate = summary["rate"]
    answered = sum(row["answered"] for row in summary["categories"].values())
    assert 0 < rate["numerator"] <= rate["denominator"] <= answered
    assert rate["parents"]["denominator"] <= rate["denominator"]


def test_no_visit_failed_and_reserves_were_released(story: Story, summary: dict[str, Any]) -> None:
    assert story.wave.failures == ()
    rows = summary["categories"].values()
    assert sum(row["issued"] for row in rows) == len(story.links) > summary["n"]
    assert sum(row["refused"] for row in rows) > 0


def test_renkedu_verifies_the_certificates(summary: dict[str, Any]) -> None:
    files = summary["files"]
    for command in (
        ["verify", files["draw"], "--frame", files["frame"], "--plan", files["plan"]],
        ["verdict", "verify", files["verdict"], "--answers", files["answers"]],
    ):
        result = CliRunner().invoke(main_group, command)
        assert result.exit_code == 0, result.output


def test_renkedu_refuses_a_draw_with_another_seed(summary: dict[str, Any], tmp_path: Path) -> None:
    draw = json.loads(Path(summary["files"]["draw"]).read_text(encoding="utf-8"))
    forged = tmp_path / "draw.json"
    forged.write_text(json.dumps(draw | {"seed": "luckier"}), encoding="utf-8")
    result = CliRunner().invoke(
        main_group, ["verify", str(forged), "--frame", summary["files"]["frame"]]
    )
    assert result.exit_code == 1


def test_no_code_and_no_password_is_on_disk(story: Story) -> None:
    # The cards are meant to hold codes: they are what is handed out.
    paths = [p for p in story.home.rglob("*") if p.is_file() and p.name != "cards.pdf"]
    content = b"".join(path.read_bytes() for path in paths)
    secrets = [link.code for link in story.links] + list(story.passwords.values())
    assert not [secret for secret in secrets if secret.encode() in content]


def test_a_round_of_made_up_people_is_a_rehearsal(story: Story) -> None:
    with story.work() as (_, round_):
        assert round_.is_rehearsal


@pytest.mark.parametrize("name", [SUPERVISOR_NAME, OFFICIAL_NAME])
def test_the_credentials_open_the_round(story: Story, name: str) -> None:
    client = story.site.test_client()
    token = read_token(client.get("/login").text)
    form = {"username": name, "password": story.passwords[name], "csrf_token": token}
    assert client.post("/login", data=form).status_code == 302
    assert client.get(f"/rounds/{story.round_id}").status_code == 200


def test_a_link_that_was_used_says_so(story: Story) -> None:
    with story.work() as (session, _):
        answered = session.scalars(select(Selection.id).where(Selection.disposition == "answered"))
        used = set(answered)
    link = next(link for link in story.links if link.selection.id in used)
    visitor = Visitor(HTTPConnection("127.0.0.1", story.port, timeout=10))
    visitor.get(f"/a/{link.code}")
    page = visitor.get("/a/?lang=en")
    visitor.connection.close()
    assert page.status == 200
    assert "Your answer has been received" in page.text


def test_visits_that_lead_nowhere_are_counted_and_told(story: Story) -> None:
    willing = [
        respondent
        for respondent in map(make_respondent, story.links)
        if make_mind(SEED, respondent.category, respondent.stratum, respondent.position).intention
        == ANSWERS
    ]
    stranger = replace(willing[0], code="2" * 13)
    wave = send_wave([willing[0], stranger], story.port, SEED, (ANSWERS,))
    assert wave.outcomes == {FAILED: 2}
    assert "status 404" in wave.failures[1]


def test_screen_tells_it_all(story: Story, summary: dict[str, Any]) -> None:
    out = io.StringIO()
    show_outcome(story, Console(file=out, width=120))
    screen = out.getvalue()
    rate = summary["rate"]
    told = (
        "虚构",
        "made up",
        "宜州区",
        f"n = {summary['n']}",
        f"{rate['numerator']}/{rate['denominator']}",
        "korn-graubard",
        "第六条",
        "未达到",
        str(story.files),
        story.address,
        story.passwords[OFFICIAL_NAME],
    )
    assert [text for text in told if text not in screen] == []
    assert tell_summary(story.files) == f"summary: {story.files / 'summary.json'}"


def test_once_prints_the_summary_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    perform(tmp_path / "home", seed=SEED, port=8000, is_once=True, scale=0.01)
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"summary: {tmp_path / 'home' / 'files' / 'summary.json'}"
    assert Path(last.removeprefix("summary: ")).is_file()
