"""Every route has a rule, and every rule is kept."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from webui.security import PROBE, PUBLIC, RULES, SIGNED_IN, TOKEN

GROUPS = ("nobody", "rita", "hana", "dora", "otto")
# endpoint -> a request for it, and who of GROUPS it lets through; everybody else gets a page that says no
TABLE: dict[str, tuple[str, str, set[str]]] = {
    "auth.about": ("GET", "/about", set(GROUPS)),
    "inbox.show": ("GET", "/inbox", set(GROUPS)),
    "inbox.assign": ("POST", "/tasks/1/assign", set()),
    "cases.search": ("GET", "/cases", {"rita", "hana"}),
    "cases.register": ("GET", "/register", {"rita"}),
    "cases.start": ("POST", "/register/permit", {"rita"}),
    "cases.fields": ("POST", "/register/permit/fields", {"rita"}),
    "cases.similar": ("POST", "/register/permit/similar", {"rita"}),
    "cases.reveal": ("POST", "/cases/1/reveal", {"hana"}),
    "operate.overview": ("GET", "/operate", {"otto"}),
    "operate.retry_incident": ("POST", "/operate/incidents/1/retry", {"otto"}),
    "instances.listing": ("GET", "/operate/instances", {"otto"}),
    "instances.show": ("GET", "/operate/instances/1", {"otto"}),
    "instances.cancel": ("POST", "/operate/instances/1/cancel", {"otto"}),
    "instances.modify": ("GET", "/operate/instances/1/modify", {"otto"}),
    "instances.retry": ("POST", "/operate/instances/1/incidents/1/retry", {"otto"}),
    "health.live": ("GET", "/healthz", set(GROUPS)),
    "health.scrape": ("GET", "/metrics", set(GROUPS)),  # who comes from elsewhere is refused: see test_health.py
    "workshop.listing": ("GET", "/workshop", {"dora"}),
    "workshop.show": ("GET", "/workshop/roads", {"dora"}),
    "workshop_rehearsal.begin": ("GET", "/workshop/roads/rehearse", {"dora"}),
    "workshop_rehearsal.go_on": ("POST", "/workshop/roads/rehearse", {"dora"}),
    "workshop_rehearsal.keep": ("POST", "/workshop/roads/rehearse/keep", {"dora"}),
    "workshop_scenarios.show": ("GET", "/workshop/roads/scenarios", {"dora"}),
    "workshop_scenarios.what_if": ("POST", "/workshop/roads/scenarios", {"dora"}),
    "workshop_files.check": ("POST", "/workshop/roads/check", {"dora"}),
    "workshop_files.content": ("GET", "/workshop/roads/content/process.bpmn", {"dora"}),
    "workshop_files.edit": ("GET", "/workshop/roads/files/process.bpmn", {"dora"}),
    "workshop_files.offered": ("POST", "/workshop/roads/offers", {"dora"}),
    "workshop.begin": ("POST", "/workshop", {"dora"}),
    "workshop.bring": ("GET", "/workshop/roads/import", {"dora"}),
    "workshop.commit": ("POST", "/workshop/roads/revisions", {"dora"}),
    "workshop.export": ("GET", "/workshop/roads/export.zip", {"dora"}),
    "workshop_compare.show": ("GET", "/workshop/roads/compare", {"dora"}),
    "workshop_deploying.again": ("POST", "/design/deployments/1/again", {"dora"}),
    "workshop_deploying.deploy": ("POST", "/workshop/roads/deploy", {"dora"}),
    "workshop_deploying.listing": ("GET", "/design/deployments", {"dora"}),
    "workshop_deploying.look": ("GET", "/workshop/roads/deploy", {"dora"}),
    "workshop_deploying.rehearse": ("POST", "/workshop/roads/rehearsal", {"dora"}),
    "workshop_deploying.show": ("GET", "/design/deployments/1", {"dora"}),
    "workshop_help.contents": ("GET", "/workshop/help", {"dora"}),
    "workshop_help.show": ("GET", "/workshop/help/elements", {"dora"}),
    "workshop_history.restore": ("POST", "/workshop/roads/restore", {"dora"}),
    "workshop_history.show": ("GET", "/workshop/roads/history", {"dora"}),
    "workshop_labels.save": ("POST", "/workshop/roads/labels", {"dora"}),
    "workshop_labels.show": ("GET", "/workshop/roads/labels", {"dora"}),
    "workshop_previews.decision": ("POST", "/workshop/roads/try/a.dmn", {"dora"}),
    "workshop_previews.feel": ("GET", "/workshop/feel", {"dora"}),
    "workshop_previews.form": ("POST", "/workshop/roads/preview", {"dora"}),
    "workshop_tree.add": ("POST", "/workshop/roads/files", {"dora"}),
    "workshop_tree.discard": ("POST", "/workshop/roads/discard", {"dora"}),
    "workshop_tree.remove": ("POST", "/workshop/roads/remove", {"dora"}),
    "workshop_tree.rename": ("POST", "/workshop/roads/rename", {"dora"}),
    "workshop_tree.settle": ("POST", "/workshop/roads/conflict", {"dora"}),
    "workshop_tree.upload": ("POST", "/workshop/roads/uploads", {"dora"}),
    "workshop_tree.write": ("POST", "/workshop/roads/text", {"dora"}),
    "instance_migrations.listing": ("GET", "/operate/migrations", {"otto"}),
    "instance_migrations.plan": ("GET", "/operate/migrations/new?source=1&target=1", {"otto"}),
    "instance_migrations.show": ("GET", "/operate/migrations/1", {"otto"}),
    "instance_migrations.stop": ("POST", "/operate/migrations/1/stop", {"otto"}),
    "design.listing": ("GET", "/design", {"dora"}),
    "design.show": ("GET", "/design/process/1", {"dora"}),
    "design.xml": ("GET", "/definitions/1.bpmn", {"rita", "hana", "dora", "otto"}),
}


def test_every_route_has_a_rule(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}

    assert sorted(endpoints - set(RULES)) == []
    assert sorted(set(RULES) - endpoints) == []


def test_a_route_without_a_rule_is_refused_to_everybody(app: Flask, visit: Callable) -> None:
    app._got_first_request = False
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")

    assert visit().get("/forgotten").status_code == 403
    assert visit("hana").get("/forgotten").status_code == 403


@pytest.mark.parametrize("name", GROUPS)
def test_routes_by_role(visit: Callable, name: str) -> None:
    visitor = visit(name)

    for method, path, allowed in TABLE.values():
        answer = visitor.get(path) if method == "GET" else visitor.send(path)
        refused = answer.status_code == 403
        assert refused == (name not in allowed), f"{name} got {answer.status_code} from {path}"
        visitor.get("/about")  # a page with a token for the next form


def test_strangers_are_sent_to_sign_in(app: Flask, visit: Callable) -> None:
    visitor = visit()

    for rule in app.url_map.iter_rules():
        if RULES[rule.endpoint] in (PUBLIC, PROBE, TOKEN):
            continue
        path = re.sub(r"<(\w+:)?", "<", rule.rule).replace("<kind>", "process").replace("<case_type>", "permit")
        for argument in rule.arguments:
            path = path.replace(f"<{argument}>", "1")
        method = next(method for method in ("GET", "POST", "PUT", "DELETE", "PATCH") if method in (rule.methods or ()))
        answer = visitor.client.open(path, method=method, headers={"X-CSRFToken": visitor.token})
        assert answer.location.startswith("/login"), path


def test_signed_in_is_a_rule_of_its_own() -> None:
    assert RULES["inbox.show"] == SIGNED_IN
