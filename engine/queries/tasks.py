"""One task of a person, with all its page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, select

from engine import access, forms
from engine.access import Actor
from engine.errors import Message, NotFound, Rejection
from engine.model.casework import Case
from engine.model.repository import ProcessDefinition
from engine.model.runtime import Draft, HumanTask, ProcessInstance, TaskCandidate
from engine.queries import history, privacy, running
from engine.queries.context import QueryContext
from engine.queries.due import ClockRow, Due, clock_row, clocks_of, due_with

# In one statement: each of the rows asked for alone takes as long as all of them.
WHOLE = (
    select(HumanTask, ProcessInstance, ProcessDefinition, Case, Draft)
    .join(ProcessInstance, ProcessInstance.id == HumanTask.instance_id)
    .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
    .outerjoin(Case, Case.id == HumanTask.case_id)
    .outerjoin(Draft, and_(Draft.task_id == HumanTask.id, Draft.username == bindparam("username")))
    .where(HumanTask.id == bindparam("task_id"))
)


@dataclass(frozen=True, kw_only=True)
class DraftRow:
    """What the person typed before, and when."""

    data: Mapping[str, Any]
    saved_at: datetime


@dataclass(frozen=True, kw_only=True)
class TaskDetail:
    """A task with all its page shows. `refusal` says why the person can neither claim nor complete it."""

    task_id: int
    state: str
    step: str
    documentation: str
    number: str | None
    case_id: int | None
    title: str
    process: str
    process_id: str
    element_id: str
    instance_id: int
    unit: str | None
    candidate_groups: tuple[str, ...]
    assignee: str | None
    assignee_username: str | None
    assigned_to_me: bool
    can_claim: bool
    can_release: bool
    can_complete: bool
    refusal: Message | None
    priority: int
    due: Due | None
    follow_up_at: datetime | None
    created_at: datetime
    completed_at: datetime | None
    completed_by: str | None
    legal_basis: str | None
    outcomes: str | None
    form: forms.Form | None
    variables: Mapping[str, Any]
    draft: DraftRow | None
    facts: tuple[Any, ...]
    history: tuple[history.HistoryLine, ...]
    clocks: tuple[ClockRow, ...]


def detail(context: QueryContext, actor: Actor, task_id: int) -> TaskDetail:
    """One task. Raises NotFound also where the person may not know of it."""
    found = context.session.execute(WHOLE, {"task_id": task_id, "username": actor.username}).first()
    may_take = _candidates(context, task_id)
    if found is None or not _may_see(context, actor, found[0], may_take):
        raise NotFound("Expected to find task {task}, but there is none for you", task=task_id)
    task, instance, definition, case, draft = found
    variables = running.visible_variables(context, instance, task)
    element = context.definitions.element(context.session, instance, task.element_id, task.process_id)
    process = context.definitions.element(context.session, instance, task.process_id)
    clocks = [clock for clock in clocks_of(context, [task.case_id]) if task.case_id]
    groups = tuple(context.group_names.get(name, name) for kind, name in sorted(may_take) if kind == "group")
    refusal = _refusal(task, actor, may_take)
    mine = task.assignee == actor.username and task.status == "open"
    properties = task.properties or {}
    variables.pop(task.outcome_field or "", None)  # is decided anew, also where somebody decided it before
    return TaskDetail(
        task_id=task.id,
        state=task.status,
        step=task.name,
        documentation=(element and element.documentation) or "",
        number=case.number if case else instance.business_key,
        case_id=task.case_id,
        title=(case.title if case else "") or definition.name,
        process=(process and process.name) or definition.name,
        process_id=task.process_id,
        element_id=task.element_id,
        instance_id=task.instance_id,
        unit=groups[0] if groups else None,
        candidate_groups=groups,
        assignee=context.person(task.assignee),
        assignee_username=task.assignee,
        assigned_to_me=mine,
        can_claim=task.status == "open" and task.assignee is None and refusal is None,
        can_release=mine and bool(may_take),
        can_complete=mine and actor.username not in (task.excluded_users or ()),
        refusal=refusal,
        priority=task.priority,
        due=due_with(context, task, clocks),
        follow_up_at=task.follow_up_at,
        created_at=task.created_at,
        completed_at=task.closed_at,
        completed_by=context.person(task.completed_by),
        legal_basis=properties.get("legalBasis"),
        outcomes=properties.get("outcomes"),
        form=context.definitions.form(context.session, task.form_id) if task.form_id else None,
        variables=variables,
        draft=DraftRow(data=dict(draft.data), saved_at=draft.saved_at) if draft else None,
        facts=privacy.case_facts(context, actor, case, instance) if case else (),
        history=history.of_instance(context, instance, limit=20),
        clocks=tuple(clock_row(context, clock) for clock in clocks),
    )


def _candidates(context: QueryContext, task_id: int) -> set[tuple[str, str]]:
    rows = select(TaskCandidate.kind, TaskCandidate.name).where(TaskCandidate.task_id == task_id)
    return {(kind, name) for kind, name in context.session.execute(rows)}


def _may_see(context: QueryContext, actor: Actor, task: HumanTask, candidates: set[tuple[str, str]]) -> bool:
    if actor.username in (task.assignee, task.completed_by) or access.is_candidate(candidates, actor):
        return True
    if task.case_id is None:
        return actor.may("operate") or actor.may("case:read_all")
    return privacy.may_read(context, actor, task.case_id)


def _refusal(task: HumanTask, actor: Actor, candidates: set[tuple[str, str]]) -> Message | None:
    try:
        task.ensure_open("work on")
        task.ensure_not_excluded("work on", actor.username)
        if task.assignee not in (None, actor.username):
            task.ensure_assignee("work on", actor.username)
        if task.assignee is None:
            access.ensure_candidate(task.id, candidates, actor, "work on")
    except Rejection as refusal:
        return refusal.message
    return None
