"""The printed sheets: every category and language that can be printed, codes as on the cards."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from sampling.problems import Problem
from scoring.answers import CATEGORIES
from survey.assessments.models import Round
from survey.frames.identity import Identity
from survey.frames.models import Person
from survey.paper_entry import sheets
from survey.paper_entry.sheets import describe, make_blank_sheet, make_sheets
from survey.questionnaires.edition import load_edition
from survey.questionnaires.paper import MULTIPLE, NUMBER, Condition, Language
from survey.responses.codes import group_code, new_code
from survey.samples.cards import Writer
from survey.samples.links import IssuedLink
from survey.samples.models import Selection
from tests.survey.frames.rosters import make_county
from tests.survey.samples.desk import Desk

EDITION = load_edition("national-2026")
ROUND = Round(county="宜州区", year=2026, is_rehearsal=False)
CHINESE, ENGLISH = EDITION.languages[:2]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every line that is printed, before it is cut to its space."""
    lines: list[str] = []
    write = Writer.write

    def note(self: Writer, left: float, base: float, text: str, size: float, width: float) -> None:
        lines.append(text)
        write(self, left, base, text, size, width)

    monkeypatch.setattr(Writer, "write", note)
    return lines


def make_issued(name: str, category: str = "parent") -> IssuedLink:
    person = Person(category=category, township="庆远镇", school="第一小学")
    return IssuedLink(new_code(), Selection(person=person), Identity("7", name, "0001", "3班"))


def count_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("language", [CHINESE, ENGLISH], ids=["zh", "en"])
def test_every_question_and_option_is_on_the_sheet(
    category: str, language: Language, printed: list[str]
) -> None:
    paper = EDITION.paper_for(category)
    pdf = make_blank_sheet(ROUND, paper, language, category)
    assert pdf.startswith(b"%PDF")
    assert 1 <= count_pages(pdf) <= 3
    together = "".join(printed).replace(" ", "")
    for item in paper.items:
        assert item.text[language.code].replace(" ", "") in together
        for option in item.options:
            assert option.text[language.code] in printed


def test_the_name_is_on_the_strip_and_nowhere_below(printed: list[str]) -> None:
    links = [make_issued("王小明"), make_issued("李小红", "teacher")]
    pdf = make_sheets(ROUND, EDITION, links, "https://survey.example", CHINESE)
    assert sum("王小明" in line for line in printed) == 1
    assert printed[0].startswith("王小明")
    assert "撕下" in printed[1]
    for link in links:
        assert sum(group_code(link.code) in line for line in printed) == 1
    assert count_pages(pdf) >= 2


def test_the_same_links_give_the_same_bytes() -> None:
    links = [make_issued("王小明")]
    made = [make_sheets(ROUND, EDITION, links, "https://s.example", CHINESE) for _ in range(2)]
    assert made[0] == made[1]


def test_a_rehearsal_says_so(printed: list[str]) -> None:
    rehearsal = Round(county="宜州区", year=2026, is_rehearsal=True)
    make_blank_sheet(rehearsal, EDITION.papers[0], CHINESE, "parent")
    assert any("演练" in line for line in printed)


@pytest.mark.parametrize("direction", ["rtl", "vertical", "ltr"])
def test_a_language_that_cannot_be_printed_is_refused(direction: str) -> None:
    paper = EDITION.paper_for("parent")
    language = Language("zh" if direction != "ltr" else "mn-Mong", "ᠮᠣᠩᠭᠣᠯ", direction)
    worded = replace(paper, title={**paper.title, "mn-Mong": "ᠮᠣᠩᠭᠣᠯ"})
    if direction == "ltr":
        worded = replace(
            worded,
            note={**paper.note, "mn-Mong": "x"},
            items=tuple(
                replace(item, text={**item.text, "mn-Mong": "x"}, hint={}, options=())
                for item in paper.items
            ),
        )
    with pytest.raises(Problem, match="cannot be printed"):
        make_blank_sheet(ROUND, worded, language, "parent")


def test_what_a_question_wants_is_said() -> None:
    paper = EDITION.paper_for("parent")
    first = paper.items[0]
    many = replace(first, kind=MULTIPLE, required=False)
    number = replace(first, kind=NUMBER, least=1, most=9, required=True, options=())
    routed = replace(first, when=Condition(first.id, (first.option_ids[0],)), required=False)
    words = sheets.WORDS["en"]
    assert "several may be chosen" in describe(paper, 2, many, words, ENGLISH)
    assert "must be answered; 1-9" in describe(paper, 2, number, words, ENGLISH)
    text = describe(paper, 2, routed, words, ENGLISH)
    assert f"only if question 1 is answered with: {first.options[0].text['en']}" in text


def test_blank_sheets_can_be_had_for_every_category(supervisor: FlaskClient, round_id: str) -> None:
    for category in CATEGORIES:
        answer = supervisor.get(f"/rounds/{round_id}/sheets/{category}.pdf?paper=en")
        assert answer.mimetype == "application/pdf"
    assert supervisor.get(f"/rounds/{round_id}/sheets/nobody.pdf").status_code == 404


def test_sheets_with_codes_are_made_with_the_links(desk: Desk) -> None:
    desk.upload(make_county())
    desk.freeze()
    desk.post("draw", seed="s")
    answer = desk.make_links(medium="sheets")
    assert answer.mimetype == "application/pdf"
    assert count_pages(answer.data) >= 120
