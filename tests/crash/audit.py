"""After a crash run: is everything that was acknowledged there, once, and nothing else?"""

from __future__ import annotations

import re
import time
from collections import Counter
from contextlib import suppress
from typing import Any

from sqlalchemy import func, select, text

from engine import rebuilding
from engine.access import SYSTEM
from engine.commands.incident import RetryIncident
from engine.errors import Rejection
from engine.model.history import HistoryEvent
from engine.model.runtime import HumanTask, Incident, Job, ProcessInstance
from tests.crash.matters import LETTER
from tests.crash.staff import Staff
from tests.support.driver import Driver

NOTE = re.compile(r"job (\d+/\d+) says")
# What one matter leaves in its history, whatever happened on the way.
STORY = [
    ("instance started", "matter"),
    ("task completed", "look"),
    ("job created", "note"),
    ("element completed", "note"),
    ("job created", "letter"),
    ("element completed", "letter"),
    ("timer scheduled", "wait"),
    ("timer fired", "wait"),
    ("element completed", "wait"),
    ("task completed", "sign"),
    ("element completed", "answer"),
    ("instance ended", "matter"),
]
OF_OPERATORS = ("incident raised", "incident retried", "incident resolved")


def drain(office: Driver, seconds: float) -> int:
    """Wait until nothing runs any more; as an operator would, try what is stuck again. How often that was needed."""
    retried, end = 0, time.monotonic() + seconds
    while running(office) or queued(office):
        retried += retry_stuck(office)
        assert time.monotonic() < end, f"{running(office)} instances still run, and {queued(office)} jobs wait"
        time.sleep(0.2)
    return retried


def retry_stuck(office: Driver) -> int:
    """Try every incident again, such as that of a job whose worker was killed three times. How many there were."""
    retried = 0
    for incident in office.all(select(Incident.id).where(Incident.resolved_at.is_(None))):
        with suppress(Rejection):  # it was resolved meanwhile
            office.engine.execute(RetryIncident(incident_id=incident), actor=SYSTEM)
            retried += 1
    return retried


def running(office: Driver) -> int:
    return int(office.one(select(func.count()).where(ProcessInstance.status == "running")))


def queued(office: Driver) -> int:
    return int(office.one(text("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")))


def audit(office: Driver, staff: Staff, logs: str) -> dict[str, Any]:
    """Figures; of a good run `lost`, `doubled`, `wrong_histories` and `differences` are 0."""
    clerks, letters = staff.clerks, staff.letters
    instances = {str(key) for key in office.all(select(ProcessInstance.id))}
    acknowledged = {key for clerk in clerks for key in clerk.started.values()}
    done = {str(key) for key in office.all(select(HumanTask.id).where(HumanTask.status == "completed"))}
    reported = {key for clerk in clerks for key in clerk.completed}
    jobs = {str(key) for key in office.all(select(Job.id).where(Job.type == LETTER))}
    notes = Counter(NOTE.findall(logs))
    noted = {key.split("/")[0] for key in notes}
    histories = told(office)
    wrong = [key for key in instances if histories.get(int(key)) != STORY]
    return {
        "matters": len(acknowledged),
        "completions": len(reported),
        "lost": len(acknowledged - instances)
        + len(reported - done)
        + len(instances - noted)
        + len(jobs - set(letters.sent)),
        "doubled": len(instances - acknowledged)
        + len(done - reported)
        + (len(notes) - len(noted))
        + len(set(letters.sent) - jobs)
        + abs(len(jobs) - len(instances)),
        "wrong_histories": len(wrong),
        "first_wrong": [(key, histories.get(int(key))) for key in wrong[:3]],
        "differences": [str(each.sentence) for each in rebuilding.check(office.engine)],
        "not_completed": int(office.one(select(func.count()).where(ProcessInstance.status != "completed"))),
        "notes_repeated": sum(notes.values()) - len(notes),
        "letters_repeated": len(letters.sent) - len(set(letters.sent)),
    }


def told(office: Driver) -> dict[int, list[tuple[str, str | None]]]:
    """Of each instance its history in order; a completion that holds another task's answers is told as such."""
    found: dict[int, list[tuple[str, str | None]]] = {}
    tasks = {(task.instance_id, task.element_id): str(task.id) for task in office.all(select(HumanTask))}
    query = select(HistoryEvent).where(HistoryEvent.type.not_in(OF_OPERATORS)).order_by(HistoryEvent.id)
    for event in office.all(query.where(HistoryEvent.instance_id.is_not(None))):
        kind = event.type
        if kind == "task completed" and event.data != {event.element_id: tasks[event.instance_id, event.element_id]}:
            kind = f"completed with {event.data}"
        found.setdefault(event.instance_id, []).append((kind, event.element_id))
    return found
