"""The test driver: an installation on a real database with a clock that tests move, in the words of the domain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine.access import SYSTEM, Actor
from engine.clock import FixedClock
from engine.commands.casework import OpenCase
from engine.commands.deployment import Deployed, DeployPack
from engine.commands.human_task import ClaimTask, CompleteTask, Completion, ReleaseTask, SaveDraft
from engine.commands.identity import CreateUser
from engine.commands.instance import StartInstance
from engine.commands.job import CompleteJob, FailJob
from engine.commands.start_timer import StartByTimer
from engine.commands.timer import TriggerTimer
from engine.config import Settings
from engine.model.history import HistoryEvent
from engine.model.identity import Group
from engine.model.runtime import HumanTask, Incident, Job, ProcessInstance, Timer
from engine.model.starts import StartTimer
from engine.packs import Pack, read_pack
from engine.queries import people, running
from engine.service import Service, open_service

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # nine in the morning in Shanghai
PASSWORD = "correct horse battery"
BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  id="defs" targetNamespace="http://lianxi/tests">{body}</bpmn:definitions>"""


@dataclass(kw_only=True)
class Driver:
    """An open installation. Whoever is named to act is made first, see `person`."""

    service: Service
    clock: FixedClock

    @property
    def engine(self) -> Any:
        return self.service.engine

    def deploy(self, folder_or_body: Path | str, name: str = "tests", **resources: str | bytes) -> Deployed:
        """Deploy a pack's folder, or the inside of one BPMN file with more resources (leave__form is leave.form)."""
        if isinstance(folder_or_body, Path):
            pack = read_pack(folder_or_body)
        else:
            named = {key.replace("__", "."): value for key, value in resources.items()}
            contents = {"process.bpmn": BPMN.format(body=folder_or_body), **named}
            pack = Pack(
                name=name,
                resources={key: text.encode() if isinstance(text, str) else text for key, text in contents.items()},
            )
        return self.engine.execute(DeployPack(pack=pack), actor=SYSTEM)

    def groups(self, **permissions: tuple[str, ...]) -> None:
        with self.service.database.write() as session:
            for key, allowed in permissions.items():
                session.merge(Group(key=key, name=key.title(), kind="unit", permissions=list(allowed)))

    def person(self, username: str, *groups: str) -> Actor:
        names = {"en": username.title(), "zh": username}
        command = CreateUser(username=username, password=PASSWORD, names=names, groups=groups)
        self.engine.execute(command, actor=SYSTEM)
        return self.actor(username)

    def actor(self, username: str) -> Actor:
        return self.engine.ask(people.get, username).actor

    def start(self, process_key: str, **variables: Any) -> InstanceDriver:
        started = self.engine.execute(StartInstance(process_key=process_key, variables=variables), actor=SYSTEM)
        return InstanceDriver(driver=self, id=started.instance_id)

    def open_case(self, case_type: str, by: str, **data: Any) -> Completion:
        return self.engine.execute(OpenCase(case_type=case_type, data=data), actor=self.actor(by))

    def case_instance(self, case_id: int) -> InstanceDriver:
        return InstanceDriver(driver=self, id=self.one(select(ProcessInstance.id).filter_by(case_id=case_id)))

    def execute(self, command: Any, by: str) -> Any:
        return self.engine.execute(command, actor=self.actor(by))

    def later(self, **step: float) -> None:
        self.clock.advance(timedelta(**step))

    def fire_due_timers(self) -> int:
        """What the sweep and the worker do, at once."""
        due = self.all(select(Timer.id).where(Timer.due_at <= self.clock.now()).order_by(Timer.due_at))
        return sum(self.engine.execute(TriggerTimer(timer_id=timer_id), actor=SYSTEM) for timer_id in due)

    def start_due_processes(self) -> list[int]:
        """What the sweep and the worker do with timers of process starts, at once; the instances started."""
        due = self.all(select(StartTimer).where(StartTimer.due_at <= self.clock.now()).order_by(StartTimer.due_at))
        turns = [StartByTimer(start_timer_id=timer.id, due_at=timer.due_at) for timer in due]
        return [self.engine.execute(turn, actor=SYSTEM) for turn in turns]

    def all(self, statement: Any) -> list[Any]:
        with self.service.database.read() as session:
            return list(session.scalars(statement))

    def one(self, statement: Any) -> Any:
        with self.service.database.read() as session:
            return session.scalars(statement).one()


@dataclass(kw_only=True)
class InstanceDriver:
    """A running instance."""

    driver: Driver
    id: int

    def task(self, element_id: str, *, index: int = 0) -> TaskDriver:
        """The open task of this element, or of several the one at `index`, oldest first."""
        found = self.driver.all(
            select(HumanTask.id)
            .where(HumanTask.instance_id == self.id, HumanTask.element_id == element_id, HumanTask.status == "open")
            .order_by(HumanTask.id)
        )
        assert len(found) > index, f"expected an open task {element_id}, but open are {self.open_tasks}"
        return TaskDriver(driver=self.driver, id=found[index])

    @property
    def open_tasks(self) -> list[str]:
        return self.driver.all(
            select(HumanTask.element_id)
            .where(HumanTask.instance_id == self.id, HumanTask.status == "open")
            .order_by(HumanTask.id)
        )

    @property
    def row(self) -> ProcessInstance:
        return self.driver.one(select(ProcessInstance).where(ProcessInstance.id == self.id))

    @property
    def variables(self) -> dict[str, Any]:
        return self.driver.engine.ask(lambda context: running.load(context, self.row).variables())

    @property
    def history(self) -> list[str]:
        return [event.type for event in self.events]

    @property
    def events(self) -> list[HistoryEvent]:
        return self.driver.all(
            select(HistoryEvent).where(HistoryEvent.instance_id == self.id).order_by(HistoryEvent.id)
        )

    @property
    def job(self) -> JobDriver:
        job_id = self.driver.one(select(Job.id).where(Job.instance_id == self.id, Job.status == "open"))
        return JobDriver(driver=self.driver, id=job_id)

    @property
    def incident(self) -> Incident:
        return self.driver.one(select(Incident).where(Incident.instance_id == self.id, Incident.resolved_at.is_(None)))


@dataclass(kw_only=True)
class TaskDriver:
    """A human task."""

    driver: Driver
    id: int

    @property
    def row(self) -> HumanTask:
        return self.driver.one(select(HumanTask).where(HumanTask.id == self.id))

    def claimed_by(self, username: str) -> TaskDriver:
        self.driver.execute(ClaimTask(task_id=self.id), by=username)
        return self

    def released_by(self, username: str) -> TaskDriver:
        self.driver.execute(ReleaseTask(task_id=self.id), by=username)
        return self

    def drafted_by(self, username: str, **data: Any) -> TaskDriver:
        self.driver.execute(SaveDraft(task_id=self.id, data=data), by=username)
        return self

    def complete(self, as_user: str, **data: Any) -> Completion:
        return self.driver.execute(CompleteTask(task_id=self.id, data=data), by=as_user)

    def done_by(self, username: str, **data: Any) -> Completion:
        return self.claimed_by(username).complete(username, **data)


@dataclass(kw_only=True)
class JobDriver:
    """A job of an outside worker."""

    driver: Driver
    id: int

    @property
    def row(self) -> Job:
        return self.driver.one(select(Job).where(Job.id == self.id))

    def complete(self, **variables: Any) -> None:
        self.driver.engine.execute(CompleteJob(job_id=self.id, variables=variables), actor=SYSTEM)

    def fail(self, message: str, retries: int | None = None) -> int:
        return self.driver.engine.execute(FailJob(job_id=self.id, message=message, retries=retries), actor=SYSTEM)


def open_driver(url: str, folder: Path, now: datetime = MONDAY) -> Driver:
    """An installation on this database, brought up to date, on a clock that stands at `now`."""
    clock = FixedClock(now)
    settings = Settings(
        database_url=url, data_folder=folder, secret_key="a secret for tests only", time_zone=ZoneInfo("Asia/Shanghai")
    )
    return Driver(service=open_service(settings, clock=clock), clock=clock)
