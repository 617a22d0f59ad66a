"""What a modification would do to an instance: the same run, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine import access, events
from engine.access import Actor
from engine.bpmn import Element, Token
from engine.bpmn.instructions import Instruction, refusal
from engine.context import CommandContext
from engine.errors import NotFound
from engine.model.runtime import ProcessInstance
from engine.queries import running
from engine.queries.context import QueryContext

Find = Callable[[str], Element | None]  # an element of the instance's processes by its id

# fact -> (what it is about, whether it begins or ends); signals and messages only begin
CHANGES: Mapping[type[events.Event], tuple[str, bool]] = {
    events.UserTaskCreated: ("user task", True),
    events.UserTaskClosed: ("user task", False),
    events.JobCreated: ("job", True),
    events.JobClosed: ("job", False),
    events.TimerScheduled: ("timer", True),
    events.TimerClosed: ("timer", False),
    events.MessageSubscribed: ("message", True),
    events.MessageUnsubscribed: ("message", False),
    events.SignalSubscribed: ("signal", True),
    events.SignalUnsubscribed: ("signal", False),
    events.IncidentRaised: ("incident", True),
    events.IncidentResolved: ("incident", False),
    events.MessageThrown: ("message sent", True),
    events.SignalThrown: ("signal sent", True),
    events.InlineWorkDone: ("work done", True),
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How many tokens are at an element before and after; `state` is "active" or "incident", afterwards if possible."""

    element_id: str
    element_name: str
    element_type: str
    process_id: str
    before: int
    after: int
    state: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something opens (`begins`) or closes at an element; `detail` a date, a job type, a name, a message."""

    what: str
    begins: bool
    element_id: str
    element_name: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """Before and after. `ends`: the status the instance would end with; `written`: names of variables."""

    standings: tuple[Standing, ...]
    changes: tuple[Change, ...]
    passed: tuple[str, ...]
    written: tuple[str, ...]
    ends: str | None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An element a modification can name; before, after, cancel: whether that can be done there now."""

    process_id: str
    element_id: str
    name: str
    type: str
    before: bool
    after: bool
    cancel: bool


@dataclass(frozen=True, kw_only=True)
class Scope:
    """An open scope to start in or to set variables of: the instance, a sub-process, an iteration, a called process."""

    element_instance_id: str
    element_id: str
    name: str
    type: str


def modification(
    context: QueryContext, actor: Actor, instance_id: int, instructions: Sequence[Instruction]
) -> Rehearsal:
    """What these instructions would do. Raises what ModifyInstance would be refused with."""
    instance = _instance(context, actor, instance_id)
    instance.ensure_running("modify")
    stage = CommandContext(
        session=context.session,
        actor=actor,
        now=context.now,
        zone=context.zone,
        definitions=context.definitions,
        enqueue=_nothing,
    )
    execution = stage.rehearse(instance)
    before = execution.tokens()
    execution.modify(instructions)
    find = partial(context.definitions.element, context.session, instance)
    ended = [event.status for event in execution.events if isinstance(event, events.InstanceEnded)]
    return Rehearsal(
        standings=tuple(_standings(find, before, execution.tokens())),
        changes=tuple(
            Change(
                what=CHANGES[type(event)][0],
                begins=CHANGES[type(event)][1],
                element_id=event.element_id,
                element_name=_name(find, event.element_id),
                detail=_detail(context, event),
            )
            for event in execution.events
            if type(event) in CHANGES
        ),
        passed=tuple(
            _name(find, event.element_id) for event in execution.events if isinstance(event, events.ElementCompleted)
        ),
        written=tuple(
            dict.fromkeys(
                name
                for event in execution.events
                if isinstance(event, events.VariablesChanged)
                for name in event.variables
            )
        ),
        ends=ended[0] if ended else None,
    )


def choices(context: QueryContext, actor: Actor, instance_id: int) -> tuple[tuple[Choice, ...], tuple[Scope, ...]]:
    """What can be named in a modification: elements of the open processes, in the order of the file, and scopes."""
    instance = _instance(context, actor, instance_id)
    if instance.status != "running":
        return (), ()
    find = partial(context.definitions.element, context.session, instance)
    execution = running.load(context, instance)
    here = {(token.process_id, token.element_id) for token in execution.tokens()}
    scopes = execution.open_scopes()
    here |= {(process_id, element_id) for _, process_id, element_id in scopes}
    found = []
    for process_id, spec in execution.open_processes():
        for node in spec.task_specs.values():
            before, after = refusal(node, after=False) is None, refusal(node, after=True) is None
            at = (process_id, node.name) in here and not node.is_root
            if before or after or at:
                found.append(
                    Choice(
                        process_id=process_id,
                        element_id=node.name,
                        name=node.bpmn_name or "",
                        type=node.element_type,
                        before=before,
                        after=after,
                        cancel=at,
                    )
                )
    return tuple(found), tuple(
        Scope(
            element_instance_id=id,
            element_id=element_id,
            name=_name(find, element_id),
            type=_type(find, element_id),
        )
        for id, _, element_id in scopes
    )


def _instance(context: QueryContext, actor: Actor, instance_id: int) -> ProcessInstance:
    access.ensure(actor, "operate", f"modify instance {instance_id}")
    found = context.session.get(ProcessInstance, instance_id)
    if found is None:
        raise NotFound("Expected to find {kind} {id}, but there is none", kind="instance", id=instance_id)
    return found


def _standings(find: Find, before: list[Token], after: list[Token]) -> Iterator[Standing]:
    for process_id, element_id in dict.fromkeys((token.process_id, token.element_id) for token in (*after, *before)):
        at = [
            [token for token in tokens if (token.process_id, token.element_id) == (process_id, element_id)]
            for tokens in (before, after)
        ]
        element = find(element_id)
        yield Standing(
            element_id=element_id,
            element_name=_name(find, element_id),
            element_type=element.type if element else "",
            process_id=process_id,
            before=len(at[0]),
            after=len(at[1]),
            state="incident" if any(token.state == "incident" for token in at[1] or at[0]) else "active",
        )


def _name(find: Find, element_id: str) -> str:
    element = find(element_id)
    return (element and element.name) or element_id


def _type(find: Find, element_id: str) -> str:
    element = find(element_id)
    return element.type if element else ""


def _detail(context: QueryContext, event: Any) -> str:
    if isinstance(event, events.TimerScheduled):
        return event.due_at.astimezone(context.zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(event, events.JobCreated | events.InlineWorkDone):
        return event.job_type
    if isinstance(event, events.MessageSubscribed | events.MessageThrown):
        return f"{event.message_name} {event.correlation_key}".strip()
    if isinstance(event, events.SignalSubscribed | events.SignalThrown):
        return event.signal_name
    if isinstance(event, events.IncidentRaised):
        return event.message
    return ""


def _nothing(*_: Any, **__: Any) -> None:
    """What would be deferred is not."""
