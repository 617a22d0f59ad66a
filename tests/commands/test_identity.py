"""Accounts, sessions and tokens."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.identity import CloseSession, CreateToken, CreateUser, SetPreferences, TouchSession
from engine.errors import Forbidden, InvalidInput, NotFound
from engine.model.history import AuditEvent
from engine.model.identity import ApiToken, LoginSession, User
from engine.queries import people
from engine.signin import sign_in
from tests.support.driver import PASSWORD, Driver


@pytest.fixture
def office(driver: Driver) -> Driver:
    driver.groups(clerks=("case:open",), heads=("case:read_all",))
    driver.person("rita", "clerks", "heads")
    return driver


def test_signing_in_gives_a_session_with_groups_and_permissions(office: Driver) -> None:
    token = sign_in(office.engine, "rita", PASSWORD)

    person = office.engine.ask(people.by_session, token).person

    assert person.username == "rita"
    assert person.actor.groups == {"clerks", "heads"}
    assert person.permissions == {"case:open", "case:read_all"}
    assert token not in str(office.one(select(LoginSession.token_sha256)))


def test_signing_out_ends_the_session(office: Driver) -> None:
    token = sign_in(office.engine, "rita", PASSWORD)

    office.engine.execute(CloseSession(token=token), actor=SYSTEM)

    assert office.engine.ask(people.by_session, token) is None


def test_an_unused_session_ends_after_an_hour_and_a_used_one_after_twelve(office: Driver) -> None:
    token = sign_in(office.engine, "rita", PASSWORD)
    for _ in range(13):
        office.later(minutes=50)
        alive = office.engine.ask(people.by_session, token) is not None
        office.engine.execute(TouchSession(token=token), actor=SYSTEM)
    assert alive

    office.later(minutes=70)
    assert office.engine.ask(people.by_session, token) is None
    idle = sign_in(office.engine, "rita", PASSWORD)
    office.later(minutes=61)
    assert office.engine.ask(people.by_session, idle) is None


@pytest.mark.parametrize(("username", "password"), [("rita", "wrong password"), ("nobody", PASSWORD)])
def test_a_wrong_name_or_password_is_refused_in_the_same_words(office: Driver, username: str, password: str) -> None:
    with pytest.raises(Forbidden, match="Expected a known name and its password"):
        sign_in(office.engine, username, password)

    assert office.all(select(AuditEvent.subject).where(AuditEvent.action == "failed sign in")) == [username]


def test_five_wrong_passwords_make_the_account_wait(office: Driver) -> None:
    for _ in range(5):
        with pytest.raises(Forbidden):
            sign_in(office.engine, "rita", "wrong password")

    with pytest.raises(Forbidden, match="too many attempts"):
        sign_in(office.engine, "rita", PASSWORD)

    office.later(minutes=6)
    assert sign_in(office.engine, "rita", PASSWORD)


def test_a_token_signs_the_api_in_until_it_is_over(office: Driver) -> None:
    token = office.engine.execute(CreateToken(username="rita", days=30), actor=SYSTEM)

    assert office.engine.ask(people.by_token, token).username == "rita"
    assert office.one(select(ApiToken.token_sha256)) != token
    office.later(days=31)
    assert office.engine.ask(people.by_token, token) is None
    assert office.engine.ask(people.by_token, "lx_guess") is None


def test_accounts_want_permission_known_groups_and_a_long_password(office: Driver) -> None:
    with pytest.raises(Forbidden, match="accounts:manage"):
        office.execute(CreateUser(username="omar", password=PASSWORD), by="rita")
    with pytest.raises(NotFound, match="Expected groups that exist, but wizards do not"):
        office.person("omar", "wizards")
    with pytest.raises(InvalidInput, match="at least 12 characters"):
        office.engine.execute(CreateUser(username="omar", password="short"), actor=SYSTEM)
    with pytest.raises(InvalidInput, match="1 to 64"):
        office.engine.execute(CreateUser(username=" ", password=PASSWORD), actor=SYSTEM)
    assert office.all(select(User.username)) == ["rita"]


def test_preferences_are_kept(office: Driver) -> None:
    office.execute(SetPreferences(locale="en", shortcuts=False), by="rita")

    person = office.engine.ask(people.get, "rita")
    assert (person.language, person.shortcuts) == ("en", False)
    with pytest.raises(InvalidInput, match="Expected one of zh, en"):
        office.execute(SetPreferences(locale="xx"), by="rita")


def test_changing_an_account_keeps_its_groups_unless_they_are_named(office: Driver) -> None:
    office.engine.execute(CreateUser(username="rita", names={"en": "Rita the second"}), actor=SYSTEM)
    assert office.actor("rita").groups == {"clerks", "heads"}

    office.engine.execute(CreateUser(username="rita", groups=("heads",)), actor=SYSTEM)
    assert office.actor("rita").groups == {"heads"}
