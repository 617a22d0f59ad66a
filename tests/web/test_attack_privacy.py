"""What somebody may not read they don't see sideways either: in likely repeats, or as variables of the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from engine.access import SYSTEM
from engine.commands.identity import CreateToken
from engine.model.casework import Case
from engine.model.runtime import HumanTask, ProcessInstance
from tests.support.driver import Driver
from tests.support.models import form, sequence, text_field, user_task

NUMBER = "211324196801010027"
MANIFEST = """
[[case_types]]
key = "visit"
name = "Visit"
process = "steps"
form = "visit"
number = "V-{year}-{sequence:04d}"
fields = { title = "=subject" }
parties = [{ role = '="applicant"', name = "=who.name", id_number = "=who.id_number" }]
"""


@pytest.fixture
def omars(office: Driver) -> int:
    """A matter that omar registered; rita is in another unit, and neither reads every matter."""
    office.groups(other=("case:open", "case:read_own"), bosses=("case:read_all",))
    office.person("rita", "other")
    office.person("tom", "bosses")
    opened = office.open_case("permit", "omar", applicant="Wang Xiaoming", phone="13800001234", subject="Shed at home")
    return opened.case_id


@pytest.fixture
def ask(office: Driver, app: Flask) -> Callable[..., Any]:
    """The variables of an instance or a task over the API, by name, as somebody reads them."""

    def ask(username: str, path: str, **given: Any) -> dict[str, Any]:
        token = office.engine.execute(CreateToken(username=username), actor=SYSTEM)
        reply = app.test_client().post(path, json={"filter": given}, headers={"Authorization": f"Bearer {token}"})
        assert reply.status_code == 200, reply.text
        return {row["name"]: json.loads(row["value"]) for row in reply.json["items"]}

    return ask


@pytest.mark.parametrize(
    "typed", [{"applicant": "Wang Xiaoming"}, {"phone": "13800001234"}, {"subject": "Shed at home"}]
)
def test_repeats_are_sought_among_readable_matters_only(visit: Callable, omars: int, typed: dict[str, str]) -> None:
    rita, omar = visit("rita"), visit("omar")

    assert "Nothing similar was found" in rita.send("/register/permit/similar", **typed).text
    assert "P-2026-0001" in omar.send("/register/permit/similar", **typed).text


@pytest.mark.parametrize("path", ["/cases/{case}", "/tasks/{task}", "/inbox?task={task}"])
def test_matters_of_others_are_not_found(office: Driver, visit: Callable, path: str) -> None:
    office.groups(desk2=("case:open", "case:read_own"))
    office.person("lena", "desk2")
    opened = office.open_case("permit", "omar", applicant="Wang", subject="Shed")
    task = office.one(select(HumanTask.id).where(HumanTask.case_id == opened.case_id))

    assert visit("lena").get(path.format(case=opened.case_id, task=task)).status_code == 404
    assert "P-2026-0001" not in visit("lena").get("/cases?q=Shed").text


def test_the_api_masks_personal_values_for_whom_pages_mask_them(office: Driver, omars: int, ask: Callable) -> None:
    instance = office.one(select(ProcessInstance.id).where(ProcessInstance.case_id == omars))
    task = office.one(select(HumanTask.id).where(HumanTask.case_id == omars))

    for path, given in (
        ("/v2/variables/search", {"processInstanceKey": str(instance)}),
        (f"/v2/user-tasks/{task}/variables/search", {}),
    ):
        seen = ask("tom", path, **given)
        assert "Wang" not in str(seen) and "13800001234" not in str(seen)
        assert seen["applicant"] == "W*** X*******"
        assert seen["subject"] == "Shed at home"
        assert ask("hana", path, **given)["applicant"] == "Wang Xiaoming"
    # Nor does a filter tell.
    assert ask("tom", "/v2/variables/search", processInstanceKey=str(instance), value="Wang Xiaoming") == {}


def test_identity_numbers_are_masked_for_everybody_and_in_copies_too(office: Driver, ask: Callable) -> None:
    sensitive = {**text_field("id_number"), "properties": {"sensitivity": "sensitive"}}
    inside = {"type": "group", "path": "who", "label": "Who", "components": [text_field("name"), sensitive]}
    copied = '<zeebe:ioMapping><zeebe:input source="=who.id_number" target="copy"/></zeebe:ioMapping>'
    office.deploy(
        sequence(user_task("examine", groups="desk", extra=copied)),
        name="visits",
        manifest__toml=MANIFEST,
        visit__form=form("visit", inside, text_field("subject")),
    )
    opened = office.open_case("visit", "omar", who={"name": "Wang", "id_number": NUMBER}, subject="Roof")
    assert office.one(select(Case.title).where(Case.id == opened.case_id)) == "Roof"
    instance = office.one(select(ProcessInstance.id).where(ProcessInstance.case_id == opened.case_id))
    task = office.one(select(HumanTask.id).where(HumanTask.case_id == opened.case_id))

    for path, given in (
        ("/v2/variables/search", {"processInstanceKey": str(instance)}),
        (f"/v2/user-tasks/{task}/variables/search", {}),
    ):
        seen = ask("hana", path, **given)
        assert NUMBER not in str(seen)
        assert seen["who"]["id_number"] == "211324**********27"
        assert seen["copy"] == "211324**********27"
