"""The ceremony of a draw: every source of a seed, the order of the steps, what can be verified."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.test import TestResponse

from sampling.drand import find_round
from sampling.seed_sources import Reveal, commit
from survey.assessments.models import FROZEN, Round
from survey.commands.verify import verify
from survey.database import Database
from survey.localization import BEIJING
from survey.samples import ceremony
from tests.survey.frames.rosters import make_county
from tests.survey.samples.desk import Desk

pytestmark = pytest.mark.one_engine

PARTIES = [
    Reveal(party="督导办", text="春江水暖", nonce="0a" * 16),
    Reveal(party="家长代表", text="山高水长", nonce="1b" * 16),
]
COMMITMENTS = {
    "source": "commit-reveal",
    **{f"party-{i}": one["party"] for i, one in enumerate(PARTIES)},
    **{f"commitment-{i}": commit(one) for i, one in enumerate(PARTIES)},
}
REVEALS = {
    **{f"text-{i}": one["text"] for i, one in enumerate(PARTIES)},
    **{f"nonce-{i}": one["nonce"] for i, one in enumerate(PARTIES)},
}


@pytest.fixture
def stage(desk: Desk) -> Desk:
    """The supervisor at a round whose quotas are frozen."""
    desk.upload(make_county())
    assert desk.freeze().status_code == 303
    return desk


def step(desk: Desk, name: str, **fields: str) -> TestResponse:
    """Take a step."""
    return desk.post("ceremony", step=name, **fields)


def begin(desk: Desk) -> None:
    """Take the first step."""
    assert step(desk, "frame", stage="县级自评").status_code == 303


def run_verify(desk: Desk, folder: Path, *kinds: str) -> str:
    """Download the files as anybody can and check the draw on the command line."""
    round_id = desk.way.rpartition("/")[2]
    stranger = desk.client.application.test_client()
    arguments = []
    for name in ("draw.json", "plan.json", "ceremony.json", "public.csv"):
        answer = stranger.get(f"/check/{round_id}/{name}")
        assert answer.status_code == 200, name
        (folder / name).write_bytes(answer.data)
    frame = desk.client.get(f"{desk.way}/frame.csv")
    (folder / "frame.csv").write_bytes(frame.data)
    for kind in kinds:
        file = "frame.csv" if kind == "frame" else "public.csv"
        arguments += [f"--{kind}", str(folder / file)]
    result = CliRunner().invoke(
        verify,
        [str(folder / "draw.json"), *arguments, "--plan", str(folder / "plan.json"),
         "--ceremony", str(folder / "ceremony.json")],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    return result.output


def test_parties_commit_and_reveal(stage: Desk, tmp_path: Path) -> None:
    begin(stage)
    page = stage.get("ceremony?lang=en")
    assert len(set(re.findall(r"[0-9a-f]{64}", page))) >= 3
    assert step(stage, "source", **COMMITMENTS).status_code == 303
    assert "春江水暖" not in stage.get("ceremony")
    wrong = step(stage, "seed", **REVEALS | {"text-1": "别的"})
    assert wrong.status_code == 422
    assert 'value="别的"' in wrong.text
    assert 'value="春江水暖"' in wrong.text
    assert step(stage, "seed", **REVEALS).status_code == 303
    assert "宜州区|2026|县级自评|" in stage.get("ceremony")
    assert step(stage, "draw").status_code == 303
    page = stage.get("ceremony?lang=en")
    assert re.search(r"u[0-9a-f]{14} u[0-9a-f]{14}", page)
    assert "<svg" in page
    assert "checked" in run_verify(stage, tmp_path, "frame")
    assert "public frame" in run_verify(stage, tmp_path, "frame", "public")
    assert "unbroken chain" in run_verify(stage, tmp_path, "public")


def test_an_outside_time_stamp_is_kept_with_its_step(stage: Desk, tmp_path: Path) -> None:
    begin(stage)
    assert step(stage, "source", source="public-event", event="双色球 2026045").status_code == 303
    head = re.findall(r'class="code">([0-9a-f]{64})<', stage.get("ceremony"))[-1]

    def give(token: bytes) -> int:
        return stage.post("ceremony", step="stamp", token=(io.BytesIO(token), "a.tsr")).status_code

    assert give(b"a stamp of something else") == 422
    assert give(b"0" + bytes.fromhex(head) + b"0") == 303
    assert step(stage, "seed", value="03 11 17 22 28 31 09").status_code == 303
    assert step(stage, "draw").status_code == 303
    assert give(b"0" + bytes.fromhex(head) + b"0") == 422  # too late
    assert "time stamp" in run_verify(stage, tmp_path, "public")


def test_a_public_event(stage: Desk, tmp_path: Path) -> None:
    begin(stage)
    event = {"source": "public-event", "event": "双色球第2026045期"}
    assert step(stage, "source", **event).status_code == 303
    assert step(stage, "seed", value=" ").status_code == 422
    assert step(stage, "seed", value="03 11 17 22 28 31 + 09").status_code == 303
    assert step(stage, "draw").status_code == 303
    assert "双色球第2026045期" in run_verify(stage, tmp_path, "public")


def test_a_beacon_is_named_ahead_and_its_signature_checked(
    stage: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(stage)
    past = (datetime.now(BEIJING) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    assert step(stage, "source", source="drand", moment=past).status_code == 422
    assert step(stage, "source", source="drand", moment="soon").status_code == 422
    due = datetime.now(BEIJING) + timedelta(hours=1)
    moment = due.strftime("%Y-%m-%dT%H:%M")
    assert step(stage, "source", source="drand", moment=moment).status_code == 303
    named = datetime.strptime(moment, "%Y-%m-%dT%H:%M").replace(tzinfo=BEIJING)
    assert str(find_round(named)) in stage.get("ceremony")
    assert step(stage, "seed", signature="ab" * 48).status_code == 422  # nobody signed this
    monkeypatch.setattr(ceremony, "is_signed", lambda *_: True)
    assert step(stage, "seed", signature="ab" * 48).status_code == 422  # it is not due yet


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"source": "moon"},
        {"source": "public-event", "event": " "},
        {"source": "commit-reveal"},
        {**COMMITMENTS, "commitment-1": COMMITMENTS["commitment-0"]},
        {**COMMITMENTS, "party-1": "督导办"},
        {**COMMITMENTS, "commitment-1": "12"},
    ],
)
def test_a_source_that_is_none(stage: Desk, fields: dict[str, str]) -> None:
    begin(stage)
    answer = step(stage, "source", **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    for name in ("party-0", "commitment-1"):
        if name in fields:
            assert f'value="{fields[name]}"' in answer.text


def test_steps_come_in_their_order_and_once(stage: Desk) -> None:
    for name in ("source", "seed", "draw", "abandon", "jump"):
        assert step(stage, name, **COMMITMENTS, **REVEALS, reason="r").status_code == 422, name
    assert step(stage, "frame", stage="登月").status_code == 422
    begin(stage)
    assert step(stage, "frame", stage="县级自评").status_code == 422
    assert step(stage, "draw").status_code == 422
    assert step(stage, "source", **COMMITMENTS).status_code == 303
    assert step(stage, "source", **COMMITMENTS).status_code == 422


def test_who_has_begun_a_ceremony_draws_with_its_seed(
    stage: Desk, database: Database, round_id: str
) -> None:
    begin(stage)
    assert stage.post("ceremony", step="abandon", reason=" ").status_code == 422
    token_page = stage.get("ceremony")
    refused = stage.client.post(
        f"{stage.way}/draw",
        data={"seed": "s", "csrf_token": re.search(r'csrf_token" value="([^"]+)', token_page)[1]},  # type: ignore[index] # is there
    )
    assert refused.status_code == 422
    with database.sessions() as session:
        assert session.get_one(Round, round_id).status == FROZEN
    assert step(stage, "abandon", reason="一方离席").status_code == 303
    assert stage.post("draw", seed="s").status_code == 303
    assert "renkedu verify" in stage.get("draw")
    assert stage.get("ceremony")


def test_a_known_seed_cannot_be_given_up(stage: Desk) -> None:
    begin(stage)
    step(stage, "source", **COMMITMENTS)
    step(stage, "seed", **REVEALS)
    assert step(stage, "abandon", reason="不满意").status_code == 422


def test_a_rehearsal_says_so_in_its_seed(stage: Desk, database: Database, round_id: str) -> None:
    with database.transaction() as session:
        session.get_one(Round, round_id).is_rehearsal = True
    assert step(stage, "frame", stage="国家认定").status_code == 303
    record = json.loads(stage.client.get(f"/check/{round_id}/ceremony.json").data)
    assert record["stage"] == "演练"


def test_the_certificate_is_a_page_in_chinese(stage: Desk) -> None:
    assert stage.client.get(f"{stage.way}/draw/certificate.pdf").status_code == 404
    begin(stage)
    step(stage, "source", **COMMITMENTS)
    step(stage, "seed", **REVEALS)
    step(stage, "draw")
    first, again = (stage.client.get(f"{stage.way}/draw/certificate.pdf") for _ in range(2))
    assert first.mimetype == "application/pdf"
    assert first.data == again.data
    assert io.BytesIO(first.data).read(5) == b"%PDF-"


def test_a_stranger_sees_no_ceremony_and_a_round_without_one_has_no_public_frame(
    stage: Desk, round_id: str
) -> None:
    stranger = stage.client.application.test_client()
    assert stranger.get(f"{stage.way}/ceremony").status_code in (302, 401)
    assert stranger.get(f"/check/{round_id}/public.csv").status_code == 404
    assert stranger.get(f"/check/{round_id}/ceremony.json").status_code == 404
    begin(stage)
    page = stranger.get(f"/check/{round_id}").text
    assert "public.csv" in page
    lines = stranger.get(f"/check/{round_id}/public.csv").text.splitlines()
    assert lines[0] == "id,stratum,commitment"
    assert len(lines) == 1 + 800  # everybody eligible of the 840
