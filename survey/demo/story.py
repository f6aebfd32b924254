"""The story of the demonstration: a county's whole way, through the operations the pages call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from sampling.frame import write_frame
from sampling.problems import N_, Problem
from sampling.survey_rules import load_survey_rules
from scoring.answers import CATEGORIES
from survey.accounts.models import OFFICIAL, SUPERVISOR
from survey.accounts.operations import create_user, make_password
from survey.app import create_app
from survey.assessments.models import ANSWERS, DRAW, PLAN, RATE, VERDICT, Round
from survey.assessments.operations import (
    Particulars,
    close_round,
    create_round,
    find_record,
    find_rehearsal_key,
)
from survey.database import Database
from survey.demo import opinions
from survey.demo.certificates import check_certificates
from survey.demo.home import FILES, make_settings
from survey.demo.invention import Invention
from survey.demo.respondents import ANSWERED, FAILED, REFUSED, Respondent, Wave, send_wave
from survey.demo.summary import make_summary
from survey.demo.workbooks import write_roster, write_schools
from survey.frames.operations import import_roster, read_frame_of
from survey.jobs import run_job
from survey.migrate import upgrade
from survey.responses.counted import count_papers_of
from survey.responses.opening import OPENING, open_round
from survey.results.operations import judge_round
from survey.samples.cards import make_cards
from survey.samples.draw import draw_round
from survey.samples.links import IssuedLink, issue_links
from survey.samples.plan import freeze_plan
from survey.samples.progress import progress
from survey.samples.release import mark_unreachable, release_reserves
from survey.schools.operations import import_schools
from survey.serving import Server, find_free_port, make_server
from survey.settings import Settings

HOST = "127.0.0.1"
SUPERVISOR_NAME = "demo.supervisor"
OFFICIAL_NAME = "demo.official"
ROSTER_FILE = "roster-made-up.xlsx"
SCHOOLS_FILE = "schools-made-up.xlsx"
RECORD_KINDS = (PLAN, DRAW, ANSWERS, RATE, VERDICT)
FIRST_WAVE = (opinions.ANSWERS, opinions.REFUSES)
CAME = (ANSWERED, REFUSED, FAILED)
SECOND_WAVE = (*FIRST_WAVE, opinions.ANSWERS_LATE)


@dataclass(slots=True)
class Story:
    """What the steps of one demonstration share. Each step returns a line that tells what it did.

    Codes live in `respondents` only, which is never written anywhere.
    """

    home: Path
    invention: Invention
    settings: Settings
    site: Flask
    port: int
    server: Server
    service: threading.Thread
    passwords: dict[str, str] = field(default_factory=dict)
    round_id: str = ""
    links: list[IssuedLink] = field(default_factory=list)
    wave: Wave = field(default_factory=Wave)
    checks: list[str] = field(default_factory=list)

    @property
    def files(self) -> Path:
        """Where the demonstration leaves its files."""
        return self.home / FILES

    @property
    def database(self) -> Database:
        """The database of the site."""
        found: Database = self.site.extensions["renkedu_database"]
        return found

    @property
    def address(self) -> str:
        """The address of the site."""
        return self.settings.public_url

    @property
    def draw_seed(self) -> str:
        """The seed of the draw; a real one is stated in public, out of everybody's hands."""
        return f"renkedu demo {self.invention.seed}"

    @contextmanager
    def work(self) -> Iterator[tuple[Session, Round]]:
        """Yield a transaction and the round, as a page of the site has them."""
        with self.site.app_context(), self.database.transaction() as session:
            yield session, session.get_one(Round, self.round_id)

    def leave(self) -> None:
        """Stop the site and let go of the database."""
        self.server.close()
        self.service.join(timeout=10)
        self.database.engine.dispose()


def set_stage(home: Path, invention: Invention, port: int) -> Story:
    """Return a story with an empty database and a site that answers at its address."""
    port = find_free_port(HOST, port)
    settings = make_settings(home, f"http://{HOST}:{port}")
    upgrade(settings.database_url)
    site = create_app(settings)
    server = make_server(site, HOST, port)
    service = threading.Thread(target=server.run, daemon=True)
    service.start()
    return Story(home, invention, settings, site, port, server, service)


def write_workbooks(story: Story) -> str:
    """Write the roster and the school table as a county would hand them in."""
    write_roster(story.files / ROSTER_FILE, story.invention.roster)
    write_schools(story.files / SCHOOLS_FILE, story.invention.schools)
    people, schools = len(story.invention.roster), len(story.invention.schools)
    return f"{people:,} rows of people, {schools} schools, all made up"


def make_accounts(story: Story) -> str:
    """Make a supervisor and an official with passwords that are shown once."""
    region = story.invention.county.region
    with story.site.app_context(), story.database.transaction() as session:
        for name, role in ((SUPERVISOR_NAME, SUPERVISOR), (OFFICIAL_NAME, OFFICIAL)):
            story.passwords[name] = make_password()
            create_user(
                session,
                name,
                role,
                region=region,
                password=story.passwords[name],
                actor="demo",
            )
    return f"{SUPERVISOR_NAME}, {OFFICIAL_NAME}"


def make_round(story: Story) -> str:
    """Make the round, a rehearsal for ever."""
    county = story.invention.county
    with story.site.app_context(), story.database.transaction() as session:
        round_ = create_round(
            session,
            story.settings,
            Particulars(
                county=county.name,
                year=datetime.now(UTC).year,
                residents=story.invention.residents,
                residents_source=county.source,
            ),
            region=county.region,
            is_rehearsal=True,
            public_key="",
            actor=SUPERVISOR_NAME,
        )
        story.round_id = round_.id
    return f"{county.name}, {story.invention.residents:,} residents, a rehearsal"


def bring_roster_in(story: Story) -> str:
    """Import the roster and write the frame, which names nobody."""
    content = (story.files / ROSTER_FILE).read_bytes()
    with story.work() as (session, round_):
        import_roster(session, story.settings, round_, ROSTER_FILE, content, actor=SUPERVISOR_NAME)
        frame = read_frame_of(session, round_, load_survey_rules(round_.survey_rules))
    write_frame(frame, story.files / "frame.csv")
    return f"{len(frame.units):,} people, {len(frame.eligible):,} may be drawn"


def plan(story: Story) -> str:
    """Freeze the quotas that the planner proposes."""
    with story.work() as (session, round_):
        record = freeze_plan(session, round_, None, actor=SUPERVISOR_NAME)
    quotas = " ".join(f"{name} {record['categories'][name]}" for name in CATEGORIES)
    return f"n = {record['n']}: {quotas}; {len(record['strata'])} strata"


def draw(story: Story) -> str:
    """Draw the sample with the stated seed."""
    with story.work() as (session, round_):
        draw_round(session, round_, story.draw_seed, actor=SUPERVISOR_NAME)
    return f"seed “{story.draw_seed}”"


def hand_links_out(story: Story) -> str:
    """Make a link for each person drawn and print the cards."""
    with story.work() as (session, round_):
        story.links = issue_links(session, story.settings, round_, actor=SUPERVISOR_NAME)
        cards = make_cards(round_, story.links, story.settings.public_url)
    (story.files / "cards.pdf").write_bytes(cards)
    return f"{len(story.links)} links, each for one person and one answer"


def answer_first(story: Story) -> str:
    """Let the sample come, over HTTP."""
    story.wave = send(story, story.links, FIRST_WAVE)
    return tell_wave(story.wave)


def release(story: Story) -> str:
    """Note who was not reached, and release reserves for the missing in their own strata."""
    with story.work() as (session, round_):
        mark_unreachable(session, round_, actor=SUPERVISOR_NAME)
        released = release_reserves(
            session, round_, actor=SUPERVISOR_NAME, reason="first wave over"
        )
    return f"{sum(released.values())} people in {len(released)} strata, each for one not reached"


def answer_again(story: Story) -> str:
    """Let the reserves come, and those of the sample who take their time."""
    with story.work() as (session, round_):
        reserves = issue_links(session, story.settings, round_, actor=SUPERVISOR_NAME)
    late = send(story, story.links, (opinions.ANSWERS_LATE,))
    new = send(story, reserves, SECOND_WAVE)
    story.links += reserves
    story.wave = story.wave + new + late
    return tell_wave(new + late)


def send(story: Story, links: Sequence[IssuedLink], coming: Sequence[str]) -> Wave:
    """Let the holders of links come whose intention is among `coming`."""
    return send_wave(
        [make_respondent(link) for link in links],
        story.port,
        story.invention.seed,
        coming,
    )


def make_respondent(link: IssuedLink) -> Respondent:
    """Return the simulated holder of a link."""
    drawn = link.selection
    return Respondent(link.code, drawn.person.category, drawn.stratum, drawn.position)


def tell_wave(wave: Wave) -> str:
    """Return how a wave went."""
    told = ", ".join(f"{wave.outcomes[outcome]} {outcome}" for outcome in CAME)
    return f"{told}; {wave.failures[0]}" if wave.failures else told


def close(story: Story) -> str:
    """End the survey; what the server counted is what the respondents saw."""
    with story.work() as (session, round_):
        total = progress(session, round_).total
        close_round(session, round_, actor=SUPERVISOR_NAME)
    counted = {ANSWERED: total.answered, REFUSED: total.refused}
    for name, n in counted.items():
        if n != story.wave.outcomes[name]:
            raise Problem(
                N_("the respondents saw {seen} {outcome}, the site counted {counted}"),
                seen=story.wave.outcomes[name],
                outcome=name,
                counted=n,
            )
    return f"{counted[ANSWERED]} answered, {counted[REFUSED]} refused; envelopes sealed"


def open_envelopes(story: Story) -> str:
    """Open the envelopes with the key that a rehearsal keeps on disk, and destroy them."""
    with story.work() as (_, round_):
        key = find_rehearsal_key(story.settings, round_) or ""
    work = partial(open_round, story.database, story.round_id, key, OFFICIAL_NAME)
    run_job(story.database, OPENING, story.round_id, work)
    with story.work() as (session, round_):
        return f"{count_papers_of(session, round_)} papers"


def judge(story: Story) -> str:
    """Bring the school table in, run the engine, decide."""
    content = (story.files / SCHOOLS_FILE).read_bytes()
    with story.work() as (session, round_):
        import_schools(session, round_, SCHOOLS_FILE, content, actor=SUPERVISOR_NAME)
        verdict = judge_round(session, round_, actor=OFFICIAL_NAME)
    return str(verdict["verdict"])


def write_certificates(story: Story) -> str:
    """Write the certificates and the summary, and check them as anybody can."""
    with story.work() as (session, round_):
        for kind in RECORD_KINDS:
            record = find_record(session, round_, kind)
            if record is not None:
                (story.files / f"{kind}.json").write_bytes(record.body.encode("utf-8"))
        make_summary(session, round_, story.files, story.wave)
    story.checks = check_certificates(story.files)
    return "; ".join(story.checks)


STEPS: tuple[tuple[str, Callable[[Story], str]], ...] = (
    ("虚构名单与学校 · writing the made-up roster and schools", write_workbooks),
    ("建立账号 · accounts", make_accounts),
    ("新建一轮(演练) · new round", make_round),
    ("导入名单 · importing the roster", bring_roster_in),
    ("定配额 · quotas", plan),
    ("抽样 · draw", draw),
    ("发链接 · links and cards", hand_links_out),
    ("第一批答卷 · first wave, over HTTP", answer_first),
    ("启用备用样本 · releasing reserves", release),
    ("第二批答卷 · second wave", answer_again),
    ("截止 · close", close),
    ("开封 · opening the envelopes", open_envelopes),
    ("学校表与认定 · schools and verdict", judge),
    ("证书与验证 · certificates, checked", write_certificates),
)
