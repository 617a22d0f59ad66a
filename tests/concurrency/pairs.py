"""Two people complete one task in the same moment, a hundred times: `python -m tests.concurrency.pairs`."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from sqlalchemy import func, select

from engine.model.history import HistoryEvent
from engine.model.runtime import ProcessInstance
from tests.concurrency.offices import DATABASES, PEOPLE, Office, temporary_office, together

PAIRS = 100


def run(office: Office, pairs: int = PAIRS) -> dict[str, Any]:
    """One wins, the other is told by 409 who and when: how often that was so, and what else happened."""
    with ThreadPoolExecutor(2) as pool:
        for _ in range(pairs):
            assert office.start().status == 200
        one_each, won, others = 0, dict.fromkeys(PEOPLE, 0), []
        for task in office.open_tasks():
            replies = together([partial(office.complete, name, task) for name in PEOPLE], pool)
            by_status = {reply.status: (name, reply) for name, reply in zip(PEOPLE, replies, strict=True)}
            if set(by_status) == {204, 409}:
                winner, refusal = by_status[204][0], by_status[409][1].body
                one_each += refusal["who"] == winner and "T" in refusal["when"] and winner in refusal["detail"]
                won[winner] += 1
            else:
                others.append([reply.status for reply in replies])
    count = office.driver.one
    return {
        "pairs": pairs,
        "one_winner_one_409": one_each,
        "won": won,
        "others": others,
        "completed_instances": count(
            select(func.count(ProcessInstance.id)).where(ProcessInstance.status == "completed")
        ),
        "completions_in_history": count(
            select(func.count()).select_from(HistoryEvent).where(HistoryEvent.type == "task completed")
        ),
    }


if __name__ == "__main__":
    for database in DATABASES:
        with temporary_office(database) as served:
            print(json.dumps({"database": database, **run(served)}), flush=True)
