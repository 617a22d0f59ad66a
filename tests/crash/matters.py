"""A matter with everything in it that can get lost: two people's tasks, two jobs, a timer and a message."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.access import SYSTEM
from engine.commands.identity import CreateToken
from tests.crash.client import Client
from tests.support.driver import Driver
from tests.support.models import sequence

TASK = """<bpmn:userTask id="{id}" name="{id}"><bpmn:extensionElements><zeebe:userTask/>
  <zeebe:assignmentDefinition assignee="=clerk" candidateGroups="clerks"/></bpmn:extensionElements></bpmn:userTask>"""
JOB = """<bpmn:serviceTask id="{id}"><bpmn:extensionElements><zeebe:taskDefinition type="{type}"/>
  <zeebe:ioMapping><zeebe:input source="=number" target="message"/></zeebe:ioMapping>
  </bpmn:extensionElements></bpmn:serviceTask>"""
WAIT = """<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition>
  <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1S</bpmn:timeDuration>
  </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""
ANSWER = """<bpmn:intermediateCatchEvent id="answer"><bpmn:messageEventDefinition messageRef="m"/>
  </bpmn:intermediateCatchEvent>"""
MESSAGE = """<bpmn:message id="m" name="answer"><bpmn:extensionElements>
  <zeebe:subscription correlationKey="=number"/></bpmn:extensionElements></bpmn:message>"""
LETTER = "letter"  # done by a worker of ours over HTTP; `log` is built in and leaves its key in the server's log
MATTER = (
    sequence(
        TASK.format(id="look"),
        JOB.format(id="note", type="log"),
        JOB.format(id="letter", type=LETTER),
        WAIT,
        TASK.format(id="sign"),
        ANSWER,
        process_id="matter",
    )
    + MESSAGE
)
OPEN_AT_ONCE = 6  # matters of one clerk
KEPT = 3_600_000  # ms that a message waits for who is to take it


def prepare(office: Driver, clerks: int) -> dict[str, str]:
    """Deploy the process and make so many clerks; their tokens by name. The first ones also does the letters."""
    office.groups(clerks=("operate", "jobs:work", "case:open", "case:read_all"))
    office.deploy(MATTER, name="matters", manifest__toml=f'job_types = ["{LETTER}"]')
    names = [f"clerk{number}" for number in range(1, clerks + 1)]
    for name in names:
        office.person(name, "clerks")
    return {name: office.engine.execute(CreateToken(username=name), actor=SYSTEM) for name in names}


@dataclass(kw_only=True)
class Clerk:
    """Brings matters to their end, and knows what was acknowledged: keys of instances and of tasks."""

    name: str
    client: Client
    started: dict[str, str] = field(default_factory=dict)  # number of a matter -> key of its instance
    completed: dict[str, str] = field(default_factory=dict)  # key of a task -> its element
    answered: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def work(self, matters: int) -> Clerk:
        """Until so many were started and all of their tasks are done."""
        while len(self.answered) < matters and not self.client.gone.is_set():
            if len(self.started) < min(matters, len(self.answered) + OPEN_AT_ONCE):
                self.start()
            if not self.complete_open_tasks():
                time.sleep(0.05)
        return self

    def start(self) -> None:
        number = f"{self.name}-{next(self._numbers)}"
        body = {"processDefinitionId": "matter", "variables": {"clerk": self.name, "number": number}}
        reply = self.client.order("/v2/process-instances", body)
        assert reply.status == 200, reply
        self.started[number] = reply.body["processInstanceKey"]

    def open_tasks(self) -> list[dict[str, Any]]:
        body = {"filter": {"state": "CREATED", "assignee": self.name}, "page": {"limit": 50}}
        return list(self.client.ask("/v2/user-tasks/search", body)["items"])

    def complete_open_tasks(self) -> int:
        """Complete all there are; who signs also sees to the answer."""
        tasks = self.open_tasks()
        for task in tasks:
            self.complete(task)
        return len(tasks)

    def complete(self, task: dict[str, Any]) -> None:
        key, element = task["userTaskKey"], task["elementId"]
        assert key not in self.completed, f"Task {key} was reported as completed, and is open again"
        reply = self.client.order(f"/v2/user-tasks/{key}/completion", {"variables": {element: key}})
        assert reply.status == 204, reply
        self.completed[key] = element
        if element == "sign":
            number = next(number for number, key in self.started.items() if key == task["processInstanceKey"])
            self.answer(number)

    def answer(self, number: str) -> None:
        body = {"name": "answer", "correlationKey": number, "messageId": number, "timeToLive": KEPT}
        reply = self.client.order("/v2/messages/publication", body)
        assert reply.status == 200, reply
        self.answered.add(number)


@dataclass(kw_only=True)
class LetterWriter:
    """A worker from outside. `sent` is what the world has seen of it: keys of jobs, in order, with repetitions."""

    client: Client
    lease: float = 5.0  # seconds; a taking whose answer was lost holds the jobs up so long
    sent: list[str] = field(default_factory=list)

    def work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            if not self.send_some():
                stop.wait(0.1)

    def send_some(self) -> int:
        """Take the jobs there are, do them, and report them."""
        lease = int(self.lease * 1000)
        body = {"type": LETTER, "worker": "post", "timeout": lease, "maxJobsToActivate": 20, "requestTimeout": -1}
        jobs = self.client.ask("/v2/jobs/activation", body)["jobs"]
        for job in jobs:
            self.sent.append(job["jobKey"])
            reply = self.client.order(f"/v2/jobs/{job['jobKey']}/completion", {"variables": {}})
            # 409: it took so long that the job was offered again, and is done.
            assert reply.status in (204, 409), reply
        return len(jobs)
