"""Nobody raises their own permissions, guesses on while an account waits, or stays signed in on an old password."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.deployment import DeployPack
from engine.commands.identity import CreateUser
from engine.errors import Forbidden
from engine.model.history import AuditEvent
from engine.model.identity import Group
from engine.packs import Pack
from engine.queries import people
from engine.signin import sign_in
from tests.support.driver import PASSWORD, Driver

GREEDY = """
[[groups]]
key = "makers"
permissions = ["deploy", "accounts:manage", "case:read_all", "personal_data:read"]
"""


@pytest.fixture
def office(driver: Driver) -> Driver:
    driver.groups(makers=("deploy",), admins=("deploy", "accounts:manage"))
    driver.person("dora", "makers")
    driver.person("root", "admins")
    return driver


def deploy(office: Driver, manifest: str, by: str) -> None:
    office.execute(DeployPack(pack=Pack(name="evil", resources={"manifest.toml": manifest.encode()})), by=by)


def test_a_designer_does_not_give_their_own_group_more(office: Driver) -> None:
    with pytest.raises(Forbidden, match="dora lacks the permission accounts:manage"):
        deploy(office, GREEDY, by="dora")

    assert office.actor("dora").permissions == {"deploy"}


def test_a_designer_does_not_take_from_others_either(office: Driver) -> None:
    with pytest.raises(Forbidden):
        deploy(office, '[[groups]]\nkey = "admins"\npermissions = []\n', by="dora")

    assert office.actor("root").may("accounts:manage")


def test_a_designer_may_name_known_groups_and_make_new_ones(office: Driver) -> None:
    deploy(
        office,
        '[[groups]]\nkey = "makers"\nname = "Makers of diagrams"\npermissions = ["deploy"]\n'
        '[[groups]]\nkey = "clerks"\npermissions = ["case:open"]\n',
        by="dora",
    )

    assert sorted(office.all(select(Group.name))) == ["Admins", "Makers of diagrams", "clerks"]


def test_who_manages_accounts_changes_permissions_and_it_is_logged(office: Driver) -> None:
    deploy(office, GREEDY, by="root")

    assert office.actor("dora").may("accounts:manage")
    assert office.all(select(AuditEvent.subject).where(AuditEvent.action == "permissions")) == ["makers"]


def test_the_right_password_is_answered_like_a_wrong_one_while_the_account_waits(office: Driver) -> None:
    for _ in range(5):
        with pytest.raises(Forbidden) as wrong:
            sign_in(office.engine, "dora", "wrong password")

    with pytest.raises(Forbidden) as right:
        sign_in(office.engine, "dora", PASSWORD)
    with pytest.raises(Forbidden) as stranger:
        sign_in(office.engine, "nobody", PASSWORD)

    assert str(right.value) == str(wrong.value) == str(stranger.value)


def test_tries_while_the_account_waits_do_not_make_it_wait_longer(office: Driver) -> None:
    for _ in range(5):
        with pytest.raises(Forbidden):
            sign_in(office.engine, "dora", "wrong password")
    office.later(minutes=4)
    for _ in range(6):
        with pytest.raises(Forbidden):
            sign_in(office.engine, "dora", "wrong password")

    office.later(minutes=2)
    assert sign_in(office.engine, "dora", PASSWORD)


def test_a_new_password_ends_the_sessions_of_the_old_one(office: Driver) -> None:
    token = sign_in(office.engine, "dora", PASSWORD)

    office.engine.execute(CreateUser(username="dora", groups=("makers",)), actor=SYSTEM)
    assert office.engine.ask(people.by_session, token)

    office.engine.execute(CreateUser(username="dora", password=PASSWORD + "!", groups=("makers",)), actor=SYSTEM)
    assert office.engine.ask(people.by_session, token) is None
