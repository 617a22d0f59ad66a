"""Two hundred starts and claims at once: `python -m tests.concurrency.crowds`."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from sqlalchemy import func, select

from engine.model.runtime import HumanTask, ProcessInstance
from tests.concurrency.offices import DATABASES, PEOPLE, Office, counted, temporary_office

REQUESTS, CLIENTS = 200, 32


def run(office: Office, requests: int = REQUESTS) -> dict[str, Any]:
    """Half of them starts, half claims of the same tasks by two people; every claim is won once."""
    for _ in range(requests // 4):
        assert office.start().status == 200
    before = office.driver.one(select(func.count(ProcessInstance.id)))
    claims = [partial(claim, office, name, task) for task in office.open_tasks() for name in PEOPLE]
    calls = [call for claimed in claims for call in (office.start, claimed)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        replies = list(pool.map(lambda call: call(), calls))
    starts, claimed = replies[0::2], replies[1::2]
    return {
        "requests": len(calls),
        "starts": counted(starts),
        "claims": counted(claimed),
        "started": office.driver.one(select(func.count(ProcessInstance.id))) - before,
        "claimed": office.driver.one(select(func.count(HumanTask.id)).where(HumanTask.assignee.is_not(None))),
    }


def claim(office: Office, name: str, task: str) -> Any:
    body = {"assignee": name, "allowOverride": False}
    return office.send(name, "POST", f"/v2/user-tasks/{task}/assignment", body)


if __name__ == "__main__":
    for database in DATABASES:
        with temporary_office(database) as served:
            print(json.dumps({"database": database, **run(served)}), flush=True)
