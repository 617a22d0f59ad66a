"""Whatever the palette and the menus of the BPMN editor make, the engine executes: tried entry by entry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.bpmn import registry
from tests.browser.staff import Visit
from tests.browser.test_modeler import PROCESS, begun, edit, put, saved, token

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PRESS = Path(__file__).with_name("menus.js").read_text()


def test_every_entry_makes_something_that_is_executed(visit: Visit) -> None:
    page = begun(visit("yang")).page
    put(page, "menus.bpmn", PROCESS)
    edit(page, "menus.bpmn")

    pressed: list[str] = page.evaluate(PRESS, [*registry.ACTIVITIES, *registry.GATEWAYS])
    found = findings(page.request, token(page), saved(page))
    put(page, "menus.bpmn", PROCESS)  # other tests see the findings of the same pack

    assert len(pressed) > 300
    assert {one["element"]: one["message"] for one in found if one["code"] == "NOT_EXECUTED"} == {}


def findings(request: Any, csrf: str, xml: str) -> list[dict[str, str]]:
    headers = {"X-CSRFToken": csrf, "Content-Type": "text/plain; charset=utf-8"}
    answer = request.post("/workshop/drawings/check?path=menus.bpmn", data=xml.encode(), headers=headers)
    found: list[dict[str, str]] = json.loads(answer.text())["findings"]
    return found
