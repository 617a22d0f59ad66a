"""What the inbox page costs with ten thousand open tasks behind it, over HTTP with one client."""

from __future__ import annotations

import http.client
import http.cookiejar
import re
import time
import urllib.parse
import urllib.request
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import insert, inspect, select
from sqlalchemy.orm import Session

from bench.office import PASSWORD, USER, Office, office
from engine.access import SYSTEM
from engine.commands.instance import StartInstance
from engine.model.casework import Case, Party
from engine.model.runtime import HumanTask, ProcessInstance, TaskCandidate

TASKS, WARM, REQUESTS = 10_000, 5, 40
PAGE = "/inbox?view=group"


def measure(database: str) -> dict[str, tuple[float, int]]:
    """Wall time of the page of a group's tasks, with its counts, sorted by due date."""
    with office(database) as prepared:
        fill(prepared, TASKS)
        with prepared.serving() as served:
            cookie = signed_in(served.url)
            connection = http.client.HTTPConnection(urllib.parse.urlsplit(served.url).netloc, timeout=60)
            walls = [request(connection, cookie) for _ in range(WARM + REQUESTS)][WARM:]
        return {"inbox.10k.ms": (median(walls), REQUESTS)}


def signed_in(url: str, username: str = USER, password: str = PASSWORD) -> str:
    """The Cookie header of a browser that has signed in by the form."""
    jar = http.cookiejar.CookieJar()
    visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    token = re.search(r'name="csrf-token" content="([^"]+)"', visitor.open(f"{url}/login").read().decode())
    assert token, "The page to sign in has no CSRF token"
    answers = urllib.parse.urlencode({"username": username, "password": password}).encode()
    visitor.open(urllib.request.Request(f"{url}/login", answers, {"X-CSRFToken": token[1]}))
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def request(connection: http.client.HTTPConnection, cookie: str) -> float:
    begin = time.perf_counter()
    connection.request("GET", PAGE, headers={"Cookie": cookie})
    answer = connection.getresponse()
    content = answer.read().decode()
    taken = (time.perf_counter() - begin) * 1000
    assert answer.status == 200 and str(TASKS) in content.replace(",", ""), f"{answer.status}: {content[:500]}"
    return taken


def fill(prepared: Office, tasks: int) -> None:
    """Start one case by command and copy its rows: ten thousand commands would take minutes and give the same rows."""
    started = prepared.service.engine.execute(StartInstance(process_key="bench_flow"), actor=SYSTEM)
    with prepared.service.engine.database.write() as session:
        instance = session.get_one(ProcessInstance, started.instance_id)
        task = session.scalars(select(HumanTask).where(HumanTask.instance_id == instance.id)).one()
        numbers = range(1, tasks)
        cases = add(session, Case, [case(number, task) for number in numbers])
        session.execute(
            insert(Party), [{"case_id": key, "role": "petitioner", "name": f"Person {key}"} for key in cases]
        )
        instances = add(session, ProcessInstance, [{**columns(instance), "case_id": key} for key in cases])
        copies = [
            {
                **columns(task),
                "instance_id": instance_id,
                "case_id": case_id,
                "due_at": task.created_at + timedelta(hours=case_id % 1440),
            }
            for case_id, instance_id in zip(cases, instances, strict=True)
        ]
        keys = add(session, HumanTask, copies)
        session.execute(insert(TaskCandidate), [{"task_id": key, "kind": "group", "name": "bench"} for key in keys])


def add(session: Session, table: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Insert the rows and answer their keys."""
    return list(session.scalars(insert(table).returning(table.id, sort_by_parameter_order=True), rows))


def columns(row: Any) -> dict[str, Any]:
    """A copy of a row's columns, less its key."""
    return {column.key: getattr(row, column.key) for column in inspect(row).mapper.column_attrs if column.key != "id"}


def case(number: int, task: HumanTask) -> dict[str, Any]:
    return {
        "number": f"B-{number:06}",
        "type": "bench",
        "pack": "models",
        "title": f"Water for village {number}",
        "opened_at": task.created_at,
        "opened_by": USER,
    }
