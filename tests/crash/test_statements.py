"""Whatever statement of a command fails: nothing has changed, and the same command succeeds afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, inspect, select, text

from engine import rebuilding
from engine.access import SYSTEM
from engine.commands.human_task import CompleteTask
from engine.commands.instance import StartInstance
from engine.commands.job import CompleteJob
from engine.commands.message import PublishMessage
from engine.commands.timer import TriggerTimers
from engine.database import Database
from engine.model.runtime import HumanTask, Job, Timer
from tests.crash.matters import LETTER, MATTER
from tests.support.databases import any_database, postgres_server, postgres_url  # noqa: F401 - fixtures
from tests.support.driver import Driver, open_driver

VARIABLES = {"clerk": "rita", "number": "1"}


class Failure(Exception):
    """What the test lets happen."""


@pytest.fixture
def office(any_database: Database, tmp_path: Any) -> Iterator[Driver]:  # noqa: F811 - a fixture
    driver = open_driver(any_database.url, tmp_path)
    driver.groups(clerks=("operate",))
    driver.person("rita", "clerks")
    driver.deploy(MATTER, name="matters", manifest__toml=f'job_types = ["{LETTER}"]')
    yield driver
    driver.service.close()


def start(office: Driver) -> Any:
    return StartInstance(process_key="matter", variables=VARIABLES)


def complete(office: Driver) -> Any:
    started = office.start("matter", **VARIABLES)
    return CompleteTask(task_id=started.task("look").id, data={"look": "1"}, claim=True)


def fire(office: Driver) -> Any:
    waiting(office)
    office.later(seconds=2)
    return TriggerTimers(timer_ids=tuple(office.all(select(Timer.id))))


def publish(office: Driver) -> Any:
    waiting(office)
    office.later(seconds=2)
    office.fire_due_timers()
    sign = office.one(select(HumanTask.id).where(HumanTask.status == "open"))
    office.execute(CompleteTask(task_id=sign, data={"sign": "1"}, claim=True), by="rita")
    return PublishMessage(name="answer", correlation_key="1", message_id="1", time_to_live_ms=60_000)


def waiting(office: Driver) -> None:
    """A matter that has come to its timer."""
    office.execute(complete(office), by="rita")
    for job in ("note", "letter"):
        job_id = office.one(select(Job.id).where(Job.element_id == job, Job.status == "open"))
        office.engine.execute(CompleteJob(job_id=job_id), actor=SYSTEM)


COMMANDS: dict[str, Callable[[Driver], Any]] = {
    "start": start,
    "completion": complete,
    "timer": fire,
    "message": publish,
}


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_command_is_done_wholly_or_not_at_all(kind: str, office: Driver) -> None:
    command = COMMANDS[kind](office)
    actor = office.actor("rita") if kind == "completion" else SYSTEM
    before, number = contents(office), 0
    while True:
        number += 1
        assert number < 200, "it never came through"
        try:
            with failing_at(office, number) as reached:
                office.engine.execute(command, actor=actor)
        except Failure:
            assert contents(office) == before, f"statement {number} left something behind"
            continue
        break

    assert reached() < number, "the last run was to come through because it has fewer statements"
    assert number > 5, "that many statements can fail"
    assert contents(office) != before
    assert list(rebuilding.check(office.engine)) == []


@contextmanager
def failing_at(office: Driver, number: int) -> Iterator[Callable[[], int]]:
    """The n-th statement fails, the commit counted as one; the block gets how many there were."""
    bind = office.service.database.bind
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            raise Failure

    event.listen(bind, "before_cursor_execute", count)
    event.listen(bind, "commit", count)
    try:
        yield lambda: seen
    finally:
        event.remove(bind, "before_cursor_execute", count)
        event.remove(bind, "commit", count)


def contents(office: Driver) -> dict[str, Any]:
    """Every row of every table."""
    with office.service.database.read() as session:
        tables = sorted(inspect(session.connection()).get_table_names())
        return {table: sorted(map(repr, session.execute(text(f'SELECT * FROM "{table}"')).all())) for table in tables}
