"""The supervisor's way through the pages: roster, quotas, draw, cards, progress, release."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from sampling.survey_rules import load_survey_rules
from survey.assessments.models import DRAFT, FIELD, FROZEN, Round
from survey.database import Database
from survey.frames.models import Person
from survey.responses.codes import is_well_formed, normalize_code
from survey.samples.models import REFUSED, Link, Release, Selection
from survey.tables import XLSX_TYPE, read_table
from tests.survey.conftest import COUNTY, read_token
from tests.survey.factories import make_round
from tests.survey.frames.rosters import make_county, make_csv, make_row

CATEGORIES = load_survey_rules().categories


class Desk:
    """A supervisor at the pages of one round."""

    def __init__(self, client: FlaskClient, round_id: str) -> None:
        self.client = client
        self.way = f"/rounds/{round_id}"

    def get(self, page: str) -> str:
        """Open a page."""
        answer = self.client.get(f"{self.way}/{page}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, page: str, **data: object) -> TestResponse:
        """Send a page's form."""
        token = read_token(self.client.get(f"{self.way}/{page.partition('/')[0]}").text)
        return self.client.post(f"{self.way}/{page}", data={"csrf_token": token, **data})

    def upload(self, content: bytes, act: str = "import", name: str = "名册.csv") -> TestResponse:
        """Upload a roster."""
        return self.post("roster", file=(io.BytesIO(content), name), act=act)

    def read_targets(self) -> dict[str, int]:
        """Return the numbers that the page of the quotas proposes."""
        page = self.get("plan")
        inputs = [tag for tag in re.findall(r"<input[^>]*>", page) if 'type="number"' in tag]
        found = {}
        for tag in inputs:
            name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="(\d*)"', tag)
            assert name is not None
            found[name[1]] = int(value[1]) if value and value[1] else 0
        return {name: found[name] for name in CATEGORIES}

    def freeze(self) -> TestResponse:
        """Freeze the numbers proposed."""
        return self.post("plan", act="freeze", **self.read_targets())


@pytest.fixture
def round_id(app: Flask, database: Database) -> str:
    """A round in preparation, 120 people to be drawn."""
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
        round_.residents, round_.region = 80_000, COUNTY
        return round_.id


@pytest.fixture
def desk(supervisor: FlaskClient, round_id: str) -> Desk:
    """The supervisor at that round."""
    return Desk(supervisor, round_id)


def test_the_whole_way(desk: Desk, database: Database) -> None:
    assert desk.upload(make_county()).status_code == 303
    assert "840" in desk.get("roster")
    targets = desk.read_targets()
    assert (sum(targets.values()), targets["parent"]) == (120, 60)
    assert desk.freeze().status_code == 303
    assert 'value="freeze"' not in desk.get("plan")

    assert re.search(r"[0-9a-f]{64}", desk.get("draw"))
    assert desk.post("draw", seed="2026-11-22 开奖 07 12").status_code == 303
    assert "draw.json" in desk.get("draw")

    cards = desk.post("links", scope="new", medium="cards")
    assert (cards.mimetype, cards.data[:4]) == ("application/pdf", b"%PDF")
    assert "120" in desk.get("links")

    with database.transaction() as session:
        people = select(Selection.id).where(Selection.issued).limit(3)
        session.execute(
            update(Selection).where(Selection.id.in_(people)).values(disposition=REFUSED)
        )
    assert desk.post("progress/unreachable").status_code == 303
    assert desk.post("progress/release", reason="第一轮结束").status_code == 303
    with database.sessions() as session:
        released = sum(len(entry.unit_ids) for entry in session.scalars(select(Release)))
    assert released > 3
    assert f">{120 + released}<" in desk.get("progress")

    file = desk.post("links", scope="new", medium="file")
    rows = read_table("links.xlsx", file.data).rows
    assert len(rows) == released
    assert all(is_well_formed(normalize_code(cells["答题码"])) for _, cells in rows)


def test_faults_are_shown_and_nothing_is_imported(desk: Desk, database: Database) -> None:
    answer = desk.upload(make_csv([make_row("1", "教师"), make_row("1", "校工")]))
    assert answer.status_code == 422
    assert "3 · 编号" in answer.text
    assert "3 · 类别" in answer.text
    with database.sessions() as session:
        assert session.scalar(select(Person)) is None


def test_two_hundred_faults_are_shown_all_are_in_the_file(desk: Desk) -> None:
    content = make_csv([make_row(str(index), "校工") for index in range(250)])
    page = desk.upload(content).text
    assert page.count("校工") == 200
    file = desk.upload(content, act="check")
    rows = read_table("faults.xlsx", file.data).rows
    assert len(rows) == 250
    number, cells = rows[0]
    assert number == 2
    assert next(iter(cells.values())).startswith("2 · 类别: ")
    assert cells["编号"] == "0"


def test_a_check_without_faults_imports_nothing(desk: Desk, database: Database) -> None:
    assert desk.upload(make_county(), act="check").status_code == 303
    with database.sessions() as session:
        assert session.scalar(select(Person)) is None


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "r.csv"),
        (b"PK\x03\x04", "r.xlsx"),
        (b"x", "r.docx"),
        (b"\xff\xfe", "r.csv"),
    ],
)
def test_files_that_are_no_roster(desk: Desk, content: bytes, name: str) -> None:
    assert desk.upload(content, name=name).status_code == 422
    assert desk.upload(content, "check", name).mimetype == XLSX_TYPE


def test_a_roster_in_gbk_comes_in(desk: Desk) -> None:
    assert desk.upload(make_county().decode().encode("gbk")).status_code == 303
    assert "GB18030" in desk.get("roster")


def test_no_file_chosen(desk: Desk) -> None:
    assert desk.post("roster", act="import").status_code == 422


def test_own_numbers_that_do_not_add_up_are_shown_again(desk: Desk) -> None:
    desk.upload(make_county())
    targets = desk.read_targets() | {"parent": 70}
    for act in ("look", "freeze"):
        answer = desk.post("plan", act=act, **targets)
        assert answer.status_code == 422
        assert 'value="70"' in answer.text
        assert "130" in answer.text
    assert desk.post("plan", act="look", **(targets | {"parent": "x"})).status_code == 422


def test_own_numbers_show_what_they_break(desk: Desk) -> None:
    desk.upload(make_county())
    targets = desk.read_targets()
    targets["teacher"] -= 5
    targets["resident"] += 5
    answer = desk.post("plan", act="look", **targets)
    assert answer.status_code == 200
    assert f'value="{targets["resident"]}"' in answer.text
    assert "<strong>" in answer.text.split("</form>")[-1]


def test_too_few_parents_are_told_before_anything_is_frozen(desk: Desk) -> None:
    desk.upload(make_county(parents=40))
    assert 'role="alert"' in desk.get("plan")


def test_a_page_before_its_time_says_so(desk: Desk) -> None:
    for page in ("plan", "draw", "links", "progress"):
        desk.get(page)
    assert desk.post("draw", seed="s").status_code == 422
    assert desk.post("links", scope="new", medium="cards").status_code == 422
    assert desk.post("progress/release", reason="r").status_code == 422
    assert desk.post("progress/unreachable").status_code == 400


@pytest.mark.parametrize("seed", ["", "a\nb", "a\r\nb"])
def test_a_seed_that_is_none(desk: Desk, database: Database, round_id: str, seed: str) -> None:
    desk.upload(make_county())
    desk.freeze()
    assert desk.post("draw", seed=seed).status_code == 422
    with database.sessions() as session:
        assert session.get_one(Round, round_id).status == FROZEN


def test_posting_twice_does_it_once(desk: Desk, database: Database, round_id: str) -> None:
    desk.upload(make_county())
    targets = desk.read_targets()
    assert desk.freeze().status_code == 303
    assert desk.post("plan", act="freeze", **targets).status_code == 422
    assert desk.post("draw", seed="s").status_code == 303
    assert desk.post("draw", seed="t").status_code == 422
    assert desk.post("links", scope="new", medium="file").status_code == 200
    assert desk.post("links", scope="new", medium="file").status_code == 422
    with database.sessions() as session:
        assert len(list(session.scalars(select(Link)))) == 120
        assert session.get_one(Round, round_id).status == FIELD


PAGES = (
    *("roster", "roster/template.xlsx", "frame.csv"),
    *("plan", "draw", "links", "progress"),
)


def test_another_region_finds_nothing(log_in: Callable[[str], FlaskClient], round_id: str) -> None:
    client = log_in("elsewhere")
    for page in PAGES:
        assert client.get(f"/rounds/{round_id}/{page}").status_code == 404, page


def test_nobody_enters_without_a_log_in(client: FlaskClient, round_id: str) -> None:
    for page in PAGES:
        assert client.get(f"/rounds/{round_id}/{page}").status_code in (302, 401), page


def test_the_official_watches_but_does_not_touch(official: FlaskClient, round_id: str) -> None:
    assert official.get(f"/rounds/{round_id}/progress").status_code == 200
    for page in ("roster", "plan", "draw", "links"):
        assert official.get(f"/rounds/{round_id}/{page}").status_code == 403


def test_a_form_without_its_token_does_nothing(supervisor: FlaskClient, round_id: str) -> None:
    answer = supervisor.post(f"/rounds/{round_id}/draw", data={"seed": "s"})
    assert answer.status_code == 400


def test_progress_never_tells_an_answer(desk: Desk) -> None:
    page = desk.get("progress").split("<main", 1)[1]
    assert "satisfied" not in page
    assert "满意" not in page
