"""Rights: nobody raises themselves, nobody touches another region, an administrator remains."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from sampling.problems import Problem
from survey.accounts.invitations import reset
from survey.accounts.models import ADMINISTRATOR, OFFICIAL, SUPERVISOR, User
from survey.accounts.operations import create_user
from survey.accounts.rights import (
    change_rights,
    deactivate,
    describe_rights,
    list_administrators,
)
from survey.database import Database
from tests.survey.accounts.people import actions, enter, find, invite, is_in, post
from tests.survey.conftest import PASSWORD

pytestmark = pytest.mark.one_engine

COUNTY = "451203"
CITY = "4512"
ELSEWHERE = "150603"


@pytest.fixture
def people(app: Flask, database: Database) -> Iterator[Database]:
    """Two administrators of a city, one of its county, one of another; a supervisor."""
    everybody = (
        ("city.one", ADMINISTRATOR, CITY),
        ("city.two", ADMINISTRATOR, CITY),
        ("county.one", ADMINISTRATOR, COUNTY),
        ("far.one", ADMINISTRATOR, ELSEWHERE),
        ("wang", SUPERVISOR, COUNTY),
    )
    with app.app_context():
        with database.transaction() as session:
            for name, role, region in everybody:
                create_user(session, name, role, region=region, password=PASSWORD, actor="test")
        yield database


def act(
    database: Database, what: Callable[..., object], actor: str, user: str, **more: str
) -> None:
    """Let one person do something about another, in a transaction of its own."""
    with database.transaction() as session:
        found = {name: session.scalars(by_name(name)).one() for name in (actor, user)}
        what(session, found[actor], found[user], **more)


def by_name(name: str):  # type: ignore[no-untyped-def] # a query
    return select(User).where(User.username == name)


def raise_rights(
    session: object, actor: User, user: User, role: str = ADMINISTRATOR, region: str = CITY
) -> None:
    change_rights(session, actor, user, role=role, region=region, seen=describe_rights(user))  # type: ignore[arg-type] # a session


@pytest.mark.parametrize("what", [deactivate, reset, raise_rights])
def test_nobody_changes_their_own_rights(people: Database, what: Callable[..., object]) -> None:
    with pytest.raises(Problem, match="their own rights"):
        act(people, what, "city.one", "city.one")


@pytest.mark.parametrize("what", [deactivate, reset, raise_rights])
@pytest.mark.parametrize(
    ("actor", "user"),
    [("county.one", "city.one"), ("far.one", "wang"), ("wang", "county.one")],
)
def test_nobody_is_touched_by_who_may_not(
    people: Database, what: Callable[..., object], actor: str, user: str
) -> None:
    with pytest.raises(Problem, match="may not do this"):
        act(people, what, actor, user)


def test_rights_stay_within_those_of_who_gives_them(people: Database) -> None:
    with pytest.raises(Problem, match="not within your own"):
        act(people, raise_rights, "county.one", "wang", region=CITY)
    act(people, raise_rights, "county.one", "wang", region=COUNTY)
    assert find(people, "wang").role == ADMINISTRATOR


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(people: Database) -> None:
    act(people, raise_rights, "city.one", "wang", role=OFFICIAL, region=COUNTY)
    with pytest.raises(Problem, match="meanwhile"):
        act(
            people,
            change_rights,
            "city.two",
            "wang",
            role=SUPERVISOR,
            region=CITY,
            seen=f"{SUPERVISOR} {COUNTY}",
        )


def test_an_administrator_whom_nobody_stands_in_for_remains(people: Database, app: Flask) -> None:
    with people.transaction() as session:
        create_user(session, "nation", ADMINISTRATOR, region="", password=PASSWORD, actor="test")
    act(people, deactivate, "nation", "far.one")  # the nation's can stand in
    with people.transaction() as session:
        session.scalars(by_name("nation")).one().active = False
    act(people, deactivate, "city.one", "county.one")
    act(people, deactivate, "city.one", "city.two")
    with people.sessions() as session:
        assert [user.username for user in list_administrators(session)] == ["city.one"]


@pytest.mark.parametrize("round_", range(3))
def test_two_who_switch_each_other_off_leave_one(people: Database, round_: int) -> None:
    start = Barrier(2)

    def switch_off(actor: str, user: str) -> str:
        start.wait()
        try:
            act(people, deactivate, actor, user)
        except Problem as problem:
            return problem.message
        return ""

    with ThreadPoolExecutor(2) as pool:
        tries = [
            pool.submit(switch_off, *pair)
            for pair in (("city.one", "city.two"), ("city.two", "city.one"))
        ]
        said = sorted(found.result() for found in tries)
    assert said == ["", "you may not do this any more"]
    with people.sessions() as session:
        left = {user.username for user in list_administrators(session)}
    assert len(left & {"city.one", "city.two"}) == 1


def test_somebody_invited_counts_for_nobody_yet(people: Database) -> None:
    act(people, deactivate, "city.one", "county.one")
    with people.transaction() as session:
        reset(session, *(session.scalars(by_name(n)).one() for n in ("city.one", "city.two")))
    with people.sessions() as session:
        names = {user.username for user in list_administrators(session)}
    assert names == {"city.one", "far.one"}


def test_an_administrator_changes_rights_on_the_page(
    app: Flask, log_in: Callable[[str], FlaskClient], supervisor: FlaskClient, database: Database
) -> None:
    administrator = log_in("administrator")
    page = administrator.get("/users/supervisor")
    assert "宜州区" in page.text
    data = {"role": OFFICIAL, "region": "宜州区", "seen": "supervisor 451203"}
    assert post(administrator, "/users/supervisor", **data).status_code == 303
    assert find(database, "supervisor").role == OFFICIAL
    assert not is_in(supervisor)  # they log in anew
    stale = post(administrator, "/users/supervisor", **data)
    assert stale.status_code == 422
    for step, active in (("deactivate", False), ("activate", True)):
        assert post(administrator, f"/users/supervisor/{step}").status_code == 303
        assert find(database, "supervisor").active is active
        browser = app.test_client()
        enter(browser, "supervisor")
        assert is_in(browser) is active
    assert [a for a in actions(database, "supervisor") if a.startswith("user.")] == [
        "user.create",
        "user.rights",
        "user.deactivate",
        "user.activate",
    ]


def test_people_of_another_region_are_not_there(log_in: Callable[[str], FlaskClient]) -> None:
    administrator = log_in("administrator")
    log_in("elsewhere")
    assert "elsewhere" not in administrator.get("/users").text
    assert administrator.get("/users/elsewhere").status_code == 404
    for step in ("", "/deactivate", "/activate", "/reset", "/sessions/end"):
        assert post(administrator, f"/users/elsewhere{step}").status_code == 404


def test_a_second_person_of_a_name_is_told_and_loses_nothing(
    log_in: Callable[[str], FlaskClient],
) -> None:
    administrator = log_in("administrator")
    assert invite(administrator).status_code == 200
    answer = invite(administrator)
    assert answer.status_code == 422
    assert 'value="li.na"' in answer.text
