"""The rows that what happened to an instance writes, collected so that each table is written once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select

from engine import events, model
from engine.model.casework import CaseAccess
from engine.model.runtime import NEVER, HumanTask, Job, ProcessInstance
from engine.workers import WORKERS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.context import CommandContext

# Made once, and of tables: to make a statement takes longer than to carry it out.
CANDIDATES, DRAFTS = model.metadata.tables["task_candidate"], model.metadata.tables["draft"]
ADD_CANDIDATES = insert(CANDIDATES)
REMOVE_CANDIDATES = delete(CANDIDATES).where(CANDIDATES.c.task_id.in_(bindparam("tasks", expanding=True)))
REMOVE_DRAFTS = delete(DRAFTS).where(DRAFTS.c.task_id.in_(bindparam("tasks", expanding=True)))
STEPS_TOLD = 2_000  # of one command


class Rows:
    """The rows of one instance, collected so that `write_all` writes each table once."""

    def __init__(self, instance: ProcessInstance, context: CommandContext) -> None:
        self.instance = instance
        self.context = context
        self.session = context.session
        self.opened: list[tuple[HumanTask, events.UserTaskCreated]] = []
        self.closed: list[HumanTask] = []
        self.jobs: list[Job] = []
        self.steps = 0

    def ids(self, event: events.Event) -> dict[str, Any]:
        return {
            "instance_id": self.instance.id,
            "element_id": event.element_id,
            "element_instance_id": event.element_instance_id,
        }

    def tells(self, event: events.Event) -> bool:
        """Whether the history still tells of this: of a loop that ran away it tells the beginning."""
        self.steps += isinstance(event, events.ElementCompleted | events.FlowTaken)
        return self.steps <= STEPS_TOLD or not isinstance(event, events.ElementCompleted | events.FlowTaken)

    def history(self, kind: str, event: events.Event, data: dict[str, Any] | None) -> None:
        if isinstance(event, events.DecisionEvaluated):
            data = {**(data or {}), "trace": self.context.take_trace(event.decision_id)}
        own = self.instance.definition_id
        version = event.definition_id or own
        if version != own:
            data = {**(data or {}), "definition": version}
        element = self.context.definitions.model(self.session, version).elements.get(event.element_id)
        self.context.remember(
            kind,
            instance_id=self.instance.id,
            case_id=self.instance.case_id,
            element_id=event.element_id,
            name=element.name if element else None,
            data=data,
        )

    def note_called(self, versions: set[int | None]) -> None:
        """Keep which versions the instance has called, for whoever draws its diagrams later."""
        known = self.context.definitions.called_by(self.session, self.instance)
        if called := versions - {None, self.instance.definition_id, *known}:
            self.instance.called_definitions = [*known, *sorted(filter(None, called))]

    def grant_access(self) -> None:
        """Who may do one of the tasks may read their case from now on."""
        wanted = {
            (kind, name)
            for _, event in self.opened
            for kind, names in (
                ("group", event.candidate_groups),
                ("user", (*event.candidate_users, *filter(None, [event.assignee]))),
            )
            for name in names
        }
        if not wanted:
            return
        case_id = self.instance.case_id
        known = set(
            self.session.execute(select(CaseAccess.kind, CaseAccess.name).where(CaseAccess.case_id == case_id)).all()
        )
        rows = [{"case_id": case_id, "kind": kind, "name": name} for kind, name in sorted(wanted - known)]
        if rows:
            self.session.execute(insert(CaseAccess), rows)


def write_all(every: Sequence[Rows], session: Session) -> None:
    """Write what was collected, of several instances at once."""
    session.flush()
    if closed := [task.id for rows in every for task in rows.closed]:
        session.execute(REMOVE_CANDIDATES, {"tasks": closed})
        session.execute(REMOVE_DRAFTS, {"tasks": closed})
    candidates = [
        {
            "task_id": task.id,
            "kind": kind,
            "name": name,
            "free": task.assignee is None,
            "due_by": task.due_at or NEVER,
            "priority": task.priority,
            "created_at": task.created_at,
        }
        for rows in every
        for task, event in rows.opened
        if task.status == "open"
        for kind, names in (("group", event.candidate_groups), ("user", event.candidate_users))
        for name in dict.fromkeys(names)
    ]
    if candidates:
        session.execute(ADD_CANDIDATES, candidates)
    for rows in every:
        if rows.instance.case_id is not None:
            rows.grant_access()
        for job in rows.jobs:
            if job.type in WORKERS:
                rows.context.defer("run_job", job_id=job.id)
            else:
                rows.context.offer(job.type)
