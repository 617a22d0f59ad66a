"""Operators find instances, look at one, cancel it and correct it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import select

from engine.model.runtime import HumanTask, ProcessInstance
from tests.support.driver import Driver


@pytest.fixture
def permit(office: Driver) -> int:
    """The instance of a matter that rita registered."""
    opened = office.open_case("permit", "rita", applicant="Ada Lovelace", phone="13800138000", subject="A shed")
    return office.one(select(ProcessInstance.id).where(ProcessInstance.case_id == opened.case_id))


def hidden_orders(text: str) -> str:
    found = re.search(r'name="orders" value="([^"]*)"', text)
    assert found, text
    return unescape(found[1])


def test_the_overview_leads_to_the_lists_it_counts(permit: int, visit: Callable) -> None:
    otto = visit("otto")

    overview = otto.get("/operate")
    links = re.findall(r'href="(/operate/instances\?[^"]*)">([^<]+)<b>(\d+)</b>', overview.text)
    counted = {text: int(number) for _, text, number in links}

    assert counted["Running"] == 1 and len(links) == 7
    for link, _, number in links:
        found = otto.get(unescape(link))
        assert found.status_code == 200
        if number == "0":
            assert "No instance matches" in otto.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("?process=steps&version=1&status=running", True),
        ("?process=steps&element=examine", True),
        ("?process=steps&element=sign", False),
        ("?q=P-2026-0001", True),
        ("?q=nothing", False),
        ("?incident=1", False),
        ("?late=1&timer=1&failed_job=1", False),
        ("?status=cancelled", False),
        ("?version=x&status=y&before=z&after=-1", True),
    ],
)
def test_instances_are_found_by_what_they_are(permit: int, visit: Callable, query: str, found: bool) -> None:
    otto = visit("otto")

    page = otto.get(f"/operate/instances{query}")

    assert page.status_code == 200
    assert (f'href="/operate/instances/{permit}"' in page.text) == found


def test_an_instance_is_shown_with_what_it_waits_for_and_masked_values(permit: int, visit: Callable) -> None:
    otto = visit("otto")

    page = otto.get(f"/operate/instances/{permit}")

    assert page.status_code == 200
    assert "User task Examine" in otto.text and "A shed" in otto.text
    assert "Ada Lovelace" not in page.text and "13800138000" not in page.text
    assert otto.get("/operate/instances/999").status_code == 404


def test_cancelling_wants_a_reason_and_closes_the_matter(office: Driver, permit: int, visit: Callable) -> None:
    otto = visit("otto")
    otto.get(f"/operate/instances/{permit}")

    assert otto.send(f"/operate/instances/{permit}/cancel", reason=" ").status_code == 422
    assert "Expected a reason" in otto.text
    otto.send(f"/operate/instances/{permit}/cancel", reason="Registered twice")

    assert "The instance is cancelled." in otto.text and "Registered twice" in otto.text
    assert office.one(select(ProcessInstance.status).where(ProcessInstance.id == permit)) == "cancelled"
    assert otto.get(f"/operate/instances/{permit}/modify").request.path == f"/operate/instances/{permit}"


def test_a_modification_is_put_together_looked_at_and_ordered(office: Driver, permit: int, visit: Callable) -> None:
    otto, path = visit("otto"), f"/operate/instances/{permit}/modify"
    otto.get(path)

    page = otto.send(path, orders="", lx__do="add", kind="cancel", element="steps examine")
    assert page.status_code == 422 and "its last token would be cancelled" in otto.text
    page = otto.send(path, orders="", lx__do="add", kind="start", element="steps sign", variables='{"note": "ü"}')
    orders = hidden_orders(page.text)
    page = otto.send(path, orders=orders, lx__do="add", kind="cancel", element="steps examine")
    orders = hidden_orders(page.text)

    assert "Opens: User task · Sign" in otto.text and "Closes: User task · Examine" in otto.text
    assert office.all(select(HumanTask.element_id).where(HumanTask.status == "open")) == ["examine"]
    assert otto.send(path, orders=orders, lx__do="apply", reason="").status_code == 422
    otto.send(path, orders=orders, lx__do="apply", reason="Examined on paper")

    assert "The instance is corrected." in otto.text and "Examined on paper" in otto.text
    assert "Corrected: took Examine away" in otto.text and "Corrected: started Sign" in otto.text
    assert office.all(select(HumanTask.element_id).where(HumanTask.status == "open")) == ["sign"]


def test_instructions_can_be_removed_and_mended(permit: int, visit: Callable) -> None:
    otto, path = visit("otto"), f"/operate/instances/{permit}/modify"
    otto.get(path)
    two = json.dumps([{"do": "start", "element": "sign"}, {"do": "set", "variables": {"n": 1}}])

    page = otto.send(path, orders=two, lx__do="remove-0")

    assert json.loads(hidden_orders(page.text)) == [{"do": "set", "variables": {"n": 1}}]
    first = re.search(r'<button[^>]* name="lx-do" value="([^"]*)"', page.text)
    assert first is not None and first[1] == "look", "Enter presses the first button, which must change nothing"
    assert "Values of the instance that change: n" in otto.text
    for fields in (
        {"orders": "nonsense"},
        {"orders": '[{"do": "harm"}]'},
        {"orders": "[1]"},
        {"lx__do": "add", "kind": "set", "variables": "{"},
        {"lx__do": "add", "kind": "set", "variables": "[]"},
        {"lx__do": "add", "kind": "set"},
        {"lx__do": "add", "kind": "start"},
        {"lx__do": "add", "kind": "start", "element": "steps start"},
        {"lx__do": "add", "kind": "start", "element": "steps nowhere"},
        {"lx__do": "add", "kind": "start", "element": "other sign"},
        {"lx__do": "add", "kind": "cancel", "element": "steps examine", "within": "99"},
    ):
        assert otto.send(path, **fields).status_code == 422, fields
        assert "This can't be done" in otto.text


def test_others_may_not(permit: int, visit: Callable) -> None:
    rita = visit("rita")

    assert rita.get(f"/operate/instances/{permit}").status_code == 403
    assert rita.send(f"/operate/instances/{permit}/cancel", reason="mine").status_code == 403
