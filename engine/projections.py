"""Which rows each event writes: human tasks, jobs, timers, subscriptions, incidents, clocks, the case, and history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from engine import events, message_starts
from engine.case_description import describe_case
from engine.model.casework import Clock
from engine.model.runtime import (
    HumanTask,
    Incident,
    Job,
    MessageSubscription,
    ProcessInstance,
    SignalSubscription,
    TaskCandidate,
    Timer,
)
from engine.remembering import remembered
from engine.rows import Rows

if TYPE_CHECKING:
    from engine.bpmn import Execution
    from engine.context import CommandContext


def project(execution: Execution, instance: ProcessInstance, context: CommandContext) -> None:
    """Write the rows of everything that happened to this instance, in order."""
    rows = Rows(instance, context)
    for event in execution.events:
        if write := WRITERS.get(type(event)):
            write(event, rows)
        if (told := remembered(event)) and rows.tells(event):
            rows.history(told[0], event, told[1])
    rows.note_called({event.definition_id for event in execution.events})
    context.finish(rows)
    if instance.case_id is not None:
        describe_case(execution, instance, context)


THROWN_LIVE_MS = 3_600_000  # an hour: how long a message thrown by an instance waits for its receiver


def _end_instance(event: events.InstanceEnded, rows: Rows) -> None:
    rows.instance.status = event.status
    rows.instance.ended_at = rows.context.now
    message_starts.release(rows.instance, rows.context)


def _open_task(event: events.UserTaskCreated, rows: Rows) -> None:
    form = _form(event, rows) if event.form_id else None
    task = HumanTask(
        **rows.ids(event),
        case_id=rows.instance.case_id,
        process_id=event.process_id,
        name=event.name,
        form_id=form and form.id,
        assignee=event.assignee,
        status="open",
        priority=event.priority,
        due_at=event.due_at,
        follow_up_at=event.follow_up_at,
        created_at=rows.context.now,
        excluded_users=list(event.excluded_users),
        properties=dict(event.properties),
    )
    rows.session.add(task)
    rows.opened.append((task, event))


def _form(event: events.UserTaskCreated, rows: Rows) -> Any:
    definitions, form_id = rows.context.definitions, str(event.form_id)
    if event.form_binding == "deployment" and event.definition_id is not None:
        return definitions.form_beside(rows.session, form_id, event.definition_id)
    return definitions.latest_form(rows.session, form_id)


def _close_task(event: events.UserTaskClosed, rows: Rows) -> None:
    task = _find(HumanTask, event, rows)
    if task is None:
        return
    task.status = event.outcome
    task.closed_at = rows.context.now
    task.completed_by = rows.context.actor.username if event.outcome == "completed" else None
    rows.closed.append(task)


def _migrate_element(event: events.ElementMigrated, rows: Rows) -> None:
    """The rows of an element instance follow it to another version; who has claimed a task keeps it."""
    rows.session.flush()
    tables: list[type[Any]] = [TABLES[event.wait]] if event.wait else []
    for table in tables + [Incident] * event.stuck:
        rows.session.execute(
            update(table)
            .where(table.instance_id == rows.instance.id, table.element_instance_id == event.element_instance_id)
            .values(element_id=event.element_id)
        )
    if event.task is not None and (task := _find(HumanTask, event, rows)) is not None:
        _change_task(task, event.task, event.reassign, rows)


def _change_task(task: HumanTask, now: events.UserTaskCreated, reassign: bool, rows: Rows) -> None:
    form = _form(now, rows) if now.form_id else None
    task.element_id, task.process_id, task.name = now.element_id, now.process_id, now.name
    task.form_id, task.properties = form and form.id, dict(now.properties)
    if not reassign:
        return
    task.assignee = task.assignee or now.assignee
    task.priority, task.excluded_users = now.priority, list(now.excluded_users)
    rows.session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == task.id))
    rows.opened.append((task, now))


def _create_job(event: events.JobCreated, rows: Rows) -> None:
    job = Job(
        **rows.ids(event),
        type=event.job_type,
        headers=dict(event.headers),
        variables=dict(event.variables),
        retries=event.retries,
        created_at=rows.context.now,
    )
    rows.session.add(job)
    rows.jobs.append(job)


def _close_job(event: events.JobClosed, rows: Rows) -> None:
    job = _find(Job, event, rows)
    if job is not None and job.status in ("open", "failed"):
        job.status, job.closed_at = "cancelled", rows.context.now


def _schedule_timer(event: events.TimerScheduled, rows: Rows) -> None:
    rows.session.add(Timer(**rows.ids(event), due_at=event.due_at))


def _close_timer(event: events.TimerClosed, rows: Rows) -> None:
    timer = (rows.instance.id, event.element_instance_id)
    if timer in rows.context.fired:
        rows.context.fired.remove(timer)  # Its row went with those of the others that fire.
        return
    closed = rows.session.scalars(
        delete(Timer)
        .where(Timer.instance_id == rows.instance.id, Timer.element_instance_id == event.element_instance_id)
        .returning(Timer.status),
        execution_options={"synchronize_session": False},  # It would look through all the session holds.
    ).all()
    if "failed" in closed:
        _resolve_incident(event, rows)


def _subscribe(event: events.MessageSubscribed, rows: Rows) -> None:
    rows.session.add(
        MessageSubscription(**rows.ids(event), message_name=event.message_name, correlation_key=event.correlation_key)
    )
    rows.context.defer("deliver_buffered", name=event.message_name, correlation_key=event.correlation_key)


def _subscribe_signal(event: events.SignalSubscribed, rows: Rows) -> None:
    rows.session.add(SignalSubscription(**rows.ids(event), signal_name=event.signal_name))


def _throw_signal(event: events.SignalThrown, rows: Rows) -> None:
    rows.context.defer(
        "broadcast_signal", name=event.signal_name, variables=dict(event.variables), thrown_by=rows.instance.id
    )


def _throw_message(event: events.MessageThrown, rows: Rows) -> None:
    # Another instance's lock may not be taken while we hold ours, so the message goes out as a job. It is kept a while:
    # whoever it is for may reach the place where it waits a little later, and a job done twice must not publish twice.
    rows.context.defer(
        "publish_message",
        name=event.message_name,
        correlation_key=event.correlation_key,
        variables=dict(event.variables),
        message_id=f"{rows.instance.id}/{event.element_instance_id}",
        time_to_live_ms=THROWN_LIVE_MS,
    )


def _remove(row: type[Any]) -> Callable[[Any, Rows], None]:
    def remove(event: events.Event, rows: Rows) -> None:
        rows.session.execute(
            delete(row).where(row.instance_id == rows.instance.id, row.element_instance_id == event.element_instance_id)
        )

    return remove


def _raise_incident(event: events.IncidentRaised, rows: Rows) -> None:
    rows.session.add(Incident(**rows.ids(event), code=event.code, message=event.message, raised_at=rows.context.now))


def _resolve_incident(event: events.IncidentResolved | events.TimerClosed, rows: Rows) -> None:
    rows.session.flush()
    rows.session.execute(
        update(Incident)
        .where(
            Incident.instance_id == rows.instance.id,
            Incident.element_instance_id == event.element_instance_id,
            Incident.resolved_at.is_(None),
        )
        .values(resolved_at=rows.context.now, resolved_by=rows.context.actor.username)
    )


def _keep_clock(event: events.InlineWorkDone, rows: Rows) -> None:
    if event.job_type == "clock:open":
        result, rule = event.result, dict(event.variables.get("rule") or {})
        rows.session.add(
            Clock(
                case_id=rows.instance.case_id,
                instance_id=rows.instance.id,
                name=result["name"],
                rule=rule,
                start=date.fromisoformat(result["start"]),
                count=rule["count"],
                unit=rule.get("unit", "calendar_day"),
                raw_last_day=date.fromisoformat(result["raw_last_day"]),
                legal_due=date.fromisoformat(result["legal_due"]),
                safe_due=date.fromisoformat(result["safe_due"]),
                provisional=result["provisional"],
                why=list(result["reasons"]),
            )
        )
    elif event.job_type == "clock:stop":
        rows.session.flush()
        rows.session.execute(
            update(Clock)
            .where(
                Clock.instance_id == rows.instance.id,
                Clock.name == event.variables["clock"],
                Clock.status != "stopped",
            )
            .values(status="stopped", stopped_at=rows.context.now)
        )


def _find(row: type[Any], event: events.Event, rows: Rows) -> Any:
    where = {"instance_id": rows.instance.id, "element_instance_id": event.element_instance_id}
    for known in (*rows.session.new, *rows.session.identity_map.values()):
        if isinstance(known, row) and all(getattr(known, name) == value for name, value in where.items()):
            return known
    return rows.session.scalars(select(row).filter_by(**where)).first()


# What an element waits for -> its rows.
TABLES: dict[str, type[Any]] = {
    "user": HumanTask,
    "job": Job,
    "timer": Timer,
    "message": MessageSubscription,
    "signal": SignalSubscription,
}

WRITERS: dict[type[events.Event], Callable[[Any, Rows], None]] = {
    events.InstanceEnded: _end_instance,
    events.UserTaskCreated: _open_task,
    events.UserTaskClosed: _close_task,
    events.JobCreated: _create_job,
    events.JobClosed: _close_job,
    events.TimerScheduled: _schedule_timer,
    events.TimerClosed: _close_timer,
    events.MessageSubscribed: _subscribe,
    events.MessageUnsubscribed: _remove(MessageSubscription),
    events.MessageThrown: _throw_message,
    events.SignalSubscribed: _subscribe_signal,
    events.SignalUnsubscribed: _remove(SignalSubscription),
    events.SignalThrown: _throw_signal,
    events.IncidentRaised: _raise_incident,
    events.IncidentResolved: _resolve_incident,
    events.InlineWorkDone: _keep_clock,
    events.ElementMigrated: _migrate_element,
}
