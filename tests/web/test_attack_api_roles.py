"""Every address of the API wants a token, whatever browser session there is, and refuses roles that lack the right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from engine.access import SYSTEM
from engine.commands.identity import CreateToken
from tests.support.driver import Driver
from webui.security import RULES, TOKEN

# address, body -> who of the office is let through to the engine; others get 403, or 404 where they may not know of it
ORDERS: dict[tuple[str, str], tuple[dict[str, Any], set[str]]] = {
    ("POST", "/v2/process-instances"): ({"processDefinitionId": "steps"}, {"otto"}),
    ("POST", "/v2/messages/publication"): ({"name": "x"}, {"otto"}),
    ("POST", "/v2/variables/search"): ({"filter": {"processInstanceKey": "1"}}, {"rita", "omar", "hana", "otto"}),
    ("GET", "/v2/process-instances/1"): ({}, {"rita", "omar", "hana", "otto"}),
    ("GET", "/v2/user-tasks/1"): ({}, {"rita", "omar", "hana", "otto"}),
    ("GET", "/v2/user-tasks/1/form"): ({}, {"rita", "omar", "hana", "otto"}),
    ("POST", "/v2/user-tasks/1/variables/search"): ({}, {"rita", "omar", "hana", "otto"}),
    ("POST", "/v2/user-tasks/1/completion"): ({"variables": {"outcome": "no such"}}, {"rita", "omar"}),
    ("DELETE", "/v2/user-tasks/1/assignee"): ({}, set()),
    ("POST", "/v2/process-instances/1/cancellation"): ({}, {"otto"}),
}


def test_every_address_wants_a_token(app: Flask, visit: Callable) -> None:
    browser = visit("hana").client
    tried = 0
    for rule in app.url_map.iter_rules():
        if RULES[rule.endpoint] != TOKEN:
            continue
        path = rule.rule.replace("<int:key>", "1").replace("<path:rest>", "nowhere")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert browser.open(path, method=method, json={}).status_code == 401, (method, path)
            tried += 1
    assert tried >= len([rule for rule in RULES.values() if rule == TOKEN])


@pytest.mark.parametrize("name", ["nobody", "rita", "omar", "hana", "dora", "otto"])
def test_the_engine_refuses_roles(office: Driver, app: Flask, name: str) -> None:
    office.open_case("permit", "omar", applicant="Li", subject="Shed")
    token = office.engine.execute(CreateToken(username=name), actor=SYSTEM)

    for (method, path), (body, allowed) in ORDERS.items():
        answer = app.test_client().open(path, method=method, json=body, headers={"Authorization": f"Bearer {token}"})
        refused = answer.status_code in (403, 404)
        assert refused == (name not in allowed), f"{name} got {answer.status_code} from {method} {path}: {answer.text}"
