"""What people do with their tasks: claim, release, assign, draft, complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import access, forms
from engine.access import Actor
from engine.errors import NotFound
from engine.model.identity import Membership, User
from engine.model.runtime import Draft, HumanTask, ProcessInstance, TaskCandidate

if TYPE_CHECKING:
    from engine.context import CommandContext


@dataclass(frozen=True, kw_only=True)
class ClaimTask:
    """Take a task that is nobody's."""

    task_id: int


@dataclass(frozen=True, kw_only=True)
class ReleaseTask:
    """Give one's task back to its candidates."""

    task_id: int


@dataclass(frozen=True, kw_only=True)
class AssignTask:
    """Give a task to a person, or with None take it back; for those who distribute work.

    Everybody may so claim a task and give it back. Without `allow_override` nobody loses a task by it.
    """

    task_id: int
    assignee: str | None
    allow_override: bool = True


@dataclass(frozen=True, kw_only=True)
class SaveDraft:
    """Keep what was typed so far, unchecked; only its owner sees it."""

    task_id: int
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CompleteTask:
    """Hand in a task. Its form checks the data; without a form every variable is taken. `claim`: take it first."""

    task_id: int
    data: Mapping[str, Any] = field(default_factory=dict)
    claim: bool = False


@dataclass(frozen=True, kw_only=True)
class Completion:
    """Where the work goes on: an open task of the same case that the actor may do now."""

    case_id: int | None
    next_task_id: int | None


def claim_task(command: ClaimTask, context: CommandContext) -> None:
    task = context.lock_task(command.task_id)

    task.ensure_open("claim")
    if task.assignee != context.actor.username:
        access.ensure_candidate(task.id, candidates(context, task.id), context.actor, "claim")
    had_it = task.assignee == context.actor.username
    task.claim(context.actor.username)

    if not had_it:
        _remember(context, task, "task claimed")


def release_task(command: ReleaseTask, context: CommandContext) -> None:
    task = context.lock_task(command.task_id)

    task.release(context.actor.username)

    _remember(context, task, "task released")


def assign_task(command: AssignTask, context: CommandContext) -> None:
    task = context.lock_task(command.task_id)

    task.ensure_open("assign")
    if not (_is_claim(command, context, task) or _is_release(command, context, task)):
        access.ensure(context.actor, "case:assign", f"assign task {task.id}")
    if command.assignee is not None:
        _ensure_active_user(context, command.assignee)
        task.ensure_not_excluded("assign", command.assignee)
        _ensure_is_candidate(context, task, command.assignee)
        if not command.allow_override and task.assignee not in (None, command.assignee):
            task.claim(command.assignee)
    task.assignee = command.assignee

    if command.assignee is None:
        _remember(context, task, "task released")
    else:
        _remember(context, task, "task assigned", {"assignee": command.assignee})


def save_draft(command: SaveDraft, context: CommandContext) -> None:
    task = context.lock_task(command.task_id)

    task.ensure_open("save a draft of")
    task.ensure_assignee("save a draft of", context.actor.username)

    draft = context.session.get(Draft, (task.id, context.actor.username))
    if draft is None:
        draft = Draft(task_id=task.id, username=context.actor.username)
        context.session.add(draft)
    draft.data, draft.saved_at = dict(command.data), context.now


def complete_task(command: CompleteTask, context: CommandContext) -> Completion:
    task = context.lock_task(command.task_id)
    form = context.definitions.form(context.session, task.form_id) if task.form_id else None

    task.ensure_open("complete")
    if command.claim and task.assignee is None:
        access.ensure_candidate(task.id, candidates(context, task.id), context.actor, "complete")
        task.claim(context.actor.username)
    task.ensure_assignee("complete", context.actor.username)
    task.ensure_not_excluded("complete", context.actor.username)

    with context.running(task.instance_id, task) as execution:
        data = dict(command.data)
        if form is not None:
            visible = {
                **execution.variables(task.element_instance_id),
                **context.constants(context.session.get_one(ProcessInstance, task.instance_id), task),
            }
            visible.pop(task.outcome_field or "", None)  # is decided anew: an earlier round's answer is no answer
            data = forms.validate(form, command.data, context=visible, env=context.environment)
        _remember(context, task, "task completed", data)
        execution.complete_user_task(task.element_instance_id, data)
    return Completion(case_id=task.case_id, next_task_id=next_task(context, task.case_id))


def next_task(context: CommandContext, case_id: int | None) -> int | None:
    """An open task of the case that the actor has or may claim, most urgent first."""
    if case_id is None:
        return None
    tasks = context.session.scalars(
        select(HumanTask)
        .where(HumanTask.case_id == case_id, HumanTask.status == "open")
        .order_by(HumanTask.priority.desc(), HumanTask.id)
    ).all()
    for task in tasks:
        if task.assignee == context.actor.username or (task.assignee is None and _may_claim(context, task)):
            return task.id
    return None


def candidates(context: CommandContext, task_id: int) -> set[tuple[str, str]]:
    rows = context.session.execute(
        select(TaskCandidate.kind, TaskCandidate.name).where(TaskCandidate.task_id == task_id)
    )
    return {(kind, name) for kind, name in rows}


def _may_claim(context: CommandContext, task: HumanTask) -> bool:
    actor: Actor = context.actor
    return actor.username not in task.excluded_users and access.is_candidate(candidates(context, task.id), actor)


def _is_claim(command: AssignTask, context: CommandContext, task: HumanTask) -> bool:
    """Whether a candidate takes the task as one would claim it: not out of somebody else's hands."""
    me = context.actor.username
    free = task.assignee in (None, me) or not command.allow_override
    return command.assignee == me and free and _may_claim(context, task)


def _is_release(command: AssignTask, context: CommandContext, task: HumanTask) -> bool:
    return command.assignee is None and task.assignee == context.actor.username


def _ensure_active_user(context: CommandContext, username: str) -> None:
    if not context.session.scalar(select(User.id).where(User.username == username, User.active)):
        raise NotFound("Expected to assign to {who}, but there is no such active account", who=username)


def _ensure_is_candidate(context: CommandContext, task: HumanTask, username: str) -> None:
    """Who distributes work chooses among those whose work it is; where the process names nobody, among everybody."""
    known = candidates(context, task.id)
    if known:
        groups = context.session.scalars(
            select(Membership.group_key).join(User, User.id == Membership.user_id).where(User.username == username)
        )
        access.ensure_candidate(task.id, known, Actor(username=username, groups=frozenset(groups)), "assign")


def _remember(context: CommandContext, task: HumanTask, kind: str, data: dict[str, Any] | None = None) -> None:
    context.remember(
        kind,
        instance_id=task.instance_id,
        case_id=task.case_id,
        element_id=task.element_id,
        name=task.name,
        data=data,
    )
