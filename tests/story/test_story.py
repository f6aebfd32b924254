"""The whole way of a small county through the supervisor's and the official's pages.

Nothing here calls an operation: what a person would do in a browser is done over the pages, the
respondents come over real HTTP, and what came out is checked by the command line.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.audit_log import find_breaks
from survey.commands import main_group
from survey.database import Database
from survey.demo.invention import Invention, invent
from survey.demo.opinions import ANSWERS, ANSWERS_LATE, REFUSES
from survey.demo.respondents import ANSWERED, FAILED, REFUSED, Respondent, Wave, send_wave
from survey.demo.workbooks import write_roster, write_schools
from survey.tables import read_table
from tests.survey.conftest import COUNTY, read_token

SEED = 20261122
SCALE = 0.02
COMING = (ANSWERS, REFUSES, ANSWERS_LATE)


class Desk:
    """Somebody at the pages of one round, who reads English."""

    def __init__(self, client: FlaskClient, round_path: str = "") -> None:
        self.client = client
        self.round_path = round_path

    def get(self, page: str = "") -> TestResponse:
        """Open a page of the round."""
        return self.client.get(f"{self.round_path}{page}?lang=en")

    def post(
        self, page: str, fields: Mapping[str, object] | None = None, *, at: str = ""
    ) -> TestResponse:
        """Send a form, with the token of the page it stands on: `page`, or the one named."""
        token = read_token(self.get(at or page).text)
        return self.client.post(
            f"{self.round_path}{page}?lang=en",
            data={**(fields or {}), "csrf_token": token},
            content_type="multipart/form-data",
        )

    def save(self, page: str, path: Path) -> Path:
        """Download a file."""
        answer = self.get(page)
        assert answer.status_code == 200, answer.text
        path.write_bytes(answer.data)
        return path


@pytest.fixture(scope="module")
def invention() -> Invention:
    return invent(SEED, SCALE)


@pytest.fixture
def desk(supervisor: FlaskClient, invention: Invention) -> Desk:
    """A supervisor who has just made a round."""
    desk = Desk(supervisor)
    made = desk.post(
        "/rounds/new",
        {
            "region": COUNTY,
            "county": "宜州区",
            "year": "2026",
            "residents": str(invention.residents),
            "residents_source": "census bulletin",
            "is_rehearsal": "y",
        },
    )
    assert made.status_code == 303, made.text
    return Desk(supervisor, urlsplit(made.headers["Location"]).path)


def upload(desk: Desk, page: str, content: bytes, name: str) -> TestResponse:
    return desk.post(page, {"file": (io.BytesIO(content), name)})


def read_numbers(page: str) -> dict[str, int]:
    """Return the number fields of a page and what stands in them."""
    tags = re.findall(r'<input[^>]*type="number"[^>]*>', page)
    return {
        name: int(value)
        for tag in tags
        for name in re.findall(r'name="(\w+)"', tag)
        for value in re.findall(r'value="(\d+)"', tag)
    }


def read_hidden(page: str, name: str) -> str:
    """Return a hidden field's value."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found, page
    return found[1]


def run(*arguments: str) -> str:
    """Run the command line; return what it said."""
    result = CliRunner().invoke(main_group, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def take_codes(desk: Desk) -> list[str]:
    """Take the link file; return the code of each new link."""
    answer = desk.post("/links", {"scope": "new", "medium": "file"})
    assert answer.status_code == 200, answer.text
    table = read_table("links.xlsx", answer.data)
    found = []
    for _, row in table.rows:
        code = re.search(r"/a/(\w+)", " ".join(row.values()))
        assert code, row
        found.append(code[1])
    return found


def answer_all(codes: list[str], site: str) -> Wave:
    """Let everybody with a code come who would."""
    people = [Respondent(code, "parent", "story", number) for number, code in enumerate(codes)]
    return send_wave(people, urlsplit(site).port or 0, SEED, COMING)


FAULTY_ROSTER = "编号,类别,姓名,电话,乡镇,区域,年级,学校,班级,人员标识\n1,家长\n1,国王\n,教师\n"


def test_the_whole_way(
    desk: Desk,
    official: FlaskClient,
    live_site: str,
    database: Database,
    invention: Invention,
    tmp_path: Path,
) -> None:
    bring_roster_in(desk, invention, tmp_path)
    n = set_quotas(desk, invention, tmp_path)
    draw(desk, invention, tmp_path)
    answered = collect_answers(desk, live_site, n)
    close(desk, invention, tmp_path)
    judge(Desk(official, desk.round_path), tmp_path, answered)
    with database.sessions() as session:
        assert list(find_breaks(session)) == []


def bring_roster_in(desk: Desk, invention: Invention, folder: Path) -> None:
    """A file with faults changes nothing and each row is told; then the good one is taken."""
    sent = upload(desk, "/roster", FAULTY_ROSTER.encode("gb18030"), "faulty.csv")
    file = sent.location.removesuffix("/columns").partition("/roster")[2]
    desk.post("/roster/work", {"act": "import"}, at="/roster")
    assert "国王" in desk.get(f"/roster{file}/faults").text
    desk.post(f"/roster{file}/discard", at="/roster")
    assert desk.get("/plan").text.count('type="number"') in (0, 7)
    roster = folder / "roster.xlsx"
    write_roster(roster, invention.roster)
    taken = upload(desk, "/roster", roster.read_bytes(), "roster.xlsx")
    assert taken.status_code == 303, taken.text
    done = desk.post("/roster/work", {"act": "import"}, at="/roster")
    assert done.status_code == 303, done.text
    assert "庆远镇" in desk.get("/roster").text


def set_quotas(desk: Desk, invention: Invention, folder: Path) -> int:
    """What a number breaks is said; then the quotas are frozen as the rules give them."""
    page = desk.get("/plan").text
    targets = read_numbers(page)
    n = sum(targets.values())
    assert len(targets) == 7, page
    assert n == -(-invention.residents * 15 // 10_000)
    bent = {**targets, "parent": targets["parent"] + 2, "principal": targets["principal"] - 2}
    shown = desk.post("/plan", bent)
    assert shown.status_code == 200, shown.text
    assert "equal share" in shown.text
    assert desk.post("/plan", {**targets, "parent": 1}).status_code == 422
    digest = read_hidden(page, "frame_digest")
    assert desk.post("/plan", {**targets, "act": "freeze"}).status_code == 422
    frozen = desk.post("/plan", {**targets, "act": "freeze", "frame_digest": digest})
    assert frozen.status_code == 303
    content = (folder / "roster.xlsx").read_bytes()
    assert upload(desk, "/roster", content, "roster.xlsx").status_code == 400
    return n


def draw(desk: Desk, invention: Invention, folder: Path) -> None:
    """Digests come first, a seed of two lines is refused, and anybody can check what came out."""
    plan = desk.save("/records/plan.json", folder / "plan.json")
    assert json.loads(plan.read_bytes())["frame_digest"] in desk.get("/draw").text
    assert desk.post("/draw", {"seed": "two\nlines"}).status_code == 422
    assert desk.post("/draw", {"seed": "宜州 2026 story"}).status_code == 303
    drawn = desk.save("/records/draw.json", folder / "draw.json")
    frame = desk.save("/frame.csv", folder / "frame.csv")
    run("verify", str(drawn), "--frame", str(frame), "--plan", str(plan))
    again = folder / "again.json"
    run("plan", "--residents", str(invention.residents), "--frame", str(frame), "--out", str(again))
    assert again.read_bytes() == plan.read_bytes()


def collect_answers(desk: Desk, site: str, n: int) -> int:
    """Links are handed out once; people answer; the missing are replaced from their own strata."""
    codes = take_codes(desk)
    assert len(codes) == n
    assert desk.post("/links", {"scope": "new", "medium": "file"}).status_code == 422
    wave = answer_all(codes, site)
    assert wave.outcomes[FAILED] == 0, wave.failures
    assert wave.outcomes[ANSWERED] > n // 2
    assert wave.outcomes[REFUSED] > 0
    progress = desk.get("/progress").text
    assert f">{wave.outcomes[ANSWERED]}<" in progress
    assert "satisfied" not in progress  # who was heard of, never what was said
    silent = desk.get("/progress/unreachable").text
    people = read_hidden(silent, "people")
    assert int(people) == n - wave.outcomes[ANSWERED] - wave.outcomes[REFUSED]
    assert desk.post("/progress/unreachable", {"people": people}).status_code == 303
    assert (
        desk.post("/progress/release", {"reason": "wave 1 over"}, at="/progress").status_code == 303
    )
    cards = desk.post("/links", {"scope": "new", "medium": "cards"})
    assert cards.data.startswith(b"%PDF")
    assert desk.post("/links", {"scope": "all", "medium": "file"}).status_code == 200
    return wave.outcomes[ANSWERED]


def close(desk: Desk, invention: Invention, folder: Path) -> None:
    """The school table is there, the survey ends; the supervisor sees no result."""
    schools = folder / "schools.xlsx"
    write_schools(schools, invention.schools)
    assert upload(desk, "/schools", schools.read_bytes(), "schools.xlsx").status_code == 303
    assert desk.post("/close").status_code == 303
    assert desk.post("/close", at="/progress").status_code == 400
    assert desk.get("/results").status_code == 403


def judge(desk: Desk, folder: Path, answered: int) -> None:
    """An official opens, judges and reads; the certificates stand on their own."""
    assert "not been opened" in desk.get("/results").text
    assert desk.post("/opening").status_code == 303
    assert desk.post("/opening", at="/results").status_code == 422
    assert desk.post("/verdict", at="/results").status_code == 303
    results = desk.get("/results").text
    assert "The standard is not met" in results
    assert "第六条" in results
    verdict = desk.save("/records/verdict.json", folder / "verdict.json")
    answers = desk.save("/records/answers.json", folder / "answers.json")
    run("verdict", "verify", str(verdict), "--answers", str(answers))
    record = json.loads(verdict.read_bytes())
    assert json.loads(answers.read_bytes())["papers"] == answered
    assert record["inputs"]["rate"]["official"]["denominator"] <= answered
    assert record["rehearsal"] is True
    school = re.search(rf'{desk.round_path}(/results/schools/[^"?]+)', results)
    assert school
    assert desk.get(school[1]).status_code == 200
