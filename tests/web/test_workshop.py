"""The workshop over HTTP: contents with their tags, drafts that don't overwrite each other, findings as one types."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from engine.commands.workshop import CreateModelPack
from tests.support.driver import BPMN, Driver
from tests.support.models import sequence, user_task

PATH = "/workshop/roads/content/process.bpmn"


def drawn(*steps: str, groups: str = "desk") -> bytes:
    return BPMN.format(body=sequence(*(user_task(step, groups=groups) for step in steps))).encode()


def send(dora: Any, path: str, content: bytes, tag: str = "", method: str = "PUT", csrf: bool = True) -> Any:
    headers = {"X-CSRFToken": dora.token} if csrf else {}
    if tag:
        headers["If-Match"] = tag
    return dora.client.open(path, method=method, data=content, headers=headers)


@pytest.fixture
def dora(office: Driver, visit: Callable) -> Any:
    files = {"process.bpmn": drawn("look"), "notes.md": "读我".encode()}
    office.execute(CreateModelPack(name="roads", message="Begin", files=files), by="dora")
    return visit("dora")


def test_a_file_is_fetched_with_its_tag_and_saved_as_a_draft(dora: Any) -> None:
    opened = dora.client.get(PATH)
    saved = send(dora, PATH, drawn("look", "answer"), tag=opened.headers["ETag"])

    assert saved.status_code == 200
    assert dora.client.get(PATH).data == drawn("look", "answer")
    assert dora.client.get(PATH).headers["ETag"] == saved.headers["ETag"] != opened.headers["ETag"]
    assert dora.client.get(PATH + "?state=head").data == drawn("look")


def test_a_stale_save_is_a_conflict_and_changes_nothing(dora: Any) -> None:
    opened = dora.client.get(PATH)
    send(dora, PATH, drawn("look", "answer"), tag=opened.headers["ETag"])

    stale = send(dora, PATH, drawn("other"), tag=opened.headers["ETag"])

    assert stale.status_code == 409
    assert "process.bpmn" in stale.json["error"]
    assert dora.client.get(PATH).data == drawn("look", "answer")


def test_a_draft_is_checked_before_it_is_saved(dora: Any) -> None:
    found = send(dora, "/workshop/roads/check?path=process.bpmn", drawn("look", groups="nobody"), method="POST").json

    assert [(finding["severity"], finding["element"], finding["code"]) for finding in found["findings"]] == [
        ("error", "look", "UNKNOWN_GROUP")
    ]
    assert "nobody" in found["findings"][0]["message"]


BROKEN = (
    '<bpmn:process id="p" isExecutable="true">'
    '<bpmn:startEvent id="s"><bpmn:signalEventDefinition/><bpmn:timerEventDefinition>'
    "<bpmn:timeDate>soon</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:startEvent>"
    '<bpmn:complexGateway id="g"/><bpmn:exclusiveGateway id="x"/>'
    '<bpmn:sequenceFlow id="f" sourceRef="x" targetRef="g"><bpmn:conditionExpression>= = 1</bpmn:conditionExpression>'
    '</bpmn:sequenceFlow><bpmn:userTask id="t"><bpmn:extensionElements><zeebe:userTask/><zeebe:ioMapping>'
    '<zeebe:input source="=1" target="two words"/></zeebe:ioMapping></bpmn:extensionElements></bpmn:userTask>'
    "</bpmn:process>"
)
ENGLISH = re.compile(r"[a-z]+ [a-z]+ [a-z]+")


def test_findings_are_chinese_down_to_their_parts(dora: Any) -> None:
    path, drawn = "/workshop/roads/check?path=process.bpmn", BPMN.format(body=BROKEN).encode()
    headers = {"X-CSRFToken": dora.token, "Accept-Language": "zh-CN"}

    found = dora.client.post(path, data=drawn, headers=headers).json["findings"]

    assert {"NOT_EXECUTED", "FEEL", "NAME"} <= {finding["code"] for finding in found}
    assert [finding["message"] for finding in found if ENGLISH.search(finding["message"])] == []


def test_without_a_token_of_the_page_nothing_is_saved(dora: Any) -> None:
    assert send(dora, PATH, b"x", csrf=False).status_code == 400


def test_paths_outside_are_no_files(dora: Any) -> None:
    assert dora.client.get("/workshop/roads/content/../../etc/passwd").status_code == 404
    assert send(dora, "/workshop/roads/content/x.exe", b"x").status_code == 422
