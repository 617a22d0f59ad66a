"""Facts about an instance, in the past tense, as the execution reports them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened at one element.

    element_id: the id in the diagram. element_instance_id: this passage through the element, unique in the instance.
    process_id: the process the element is drawn in, which differs from the instance's own inside a call activity.
    definition_id: the version of that process, or None where it was not deployed.
    """

    element_id: str
    element_instance_id: str = ""
    process_id: str = ""
    definition_id: int | None = None


class InstanceStarted(Event): ...


@dataclass(frozen=True, kw_only=True)
class InstanceEnded(Event):
    """No token is left. `status` is "completed" or "cancelled"; `variables` are those of the instance scope."""

    status: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ElementCompleted(Event):
    """A flow node was left. `element_type` is the BPMN name, such as userTask."""

    element_type: str
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class FlowTaken(Event):
    """A sequence flow was taken; element_id is the flow's id. Reported for flows out of gateways only."""


@dataclass(frozen=True, kw_only=True)
class UserTaskCreated(Event):
    """A person has something to do. Dates are aware; `assignee` and candidates are names, already evaluated.

    form_binding: "latest", or "deployment" for the form as it was deployed with the process.
    """

    name: str
    form_id: str | None = None
    form_binding: str = "latest"
    assignee: str | None = None
    candidate_groups: tuple[str, ...] = ()
    candidate_users: tuple[str, ...] = ()
    excluded_users: tuple[str, ...] = ()
    due_at: datetime | None = None
    follow_up_at: datetime | None = None
    priority: int = 50
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class UserTaskClosed(Event):
    """`outcome` is "completed" or "cancelled" (an interrupting event, a cancelled instance)."""

    outcome: str


@dataclass(frozen=True, kw_only=True)
class TimerScheduled(Event):
    """A timer runs. `due_at` is aware. Of a cycle, `rounds_left` are to come after this one (-1: for ever)."""

    due_at: datetime
    rounds_left: int = 0


class TimerClosed(Event):
    """The timer fired or is no longer needed."""


@dataclass(frozen=True, kw_only=True)
class JobCreated(Event):
    """Work for a worker. `variables` is what it gets: the input mappings, or without them the visible variables."""

    job_type: str
    retries: int = 3
    headers: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)


class JobClosed(Event):
    """The job was completed or is no longer needed."""


@dataclass(frozen=True, kw_only=True)
class MessageSubscribed(Event):
    """The instance waits for a message of this name and correlation key ("" where the message has none)."""

    message_name: str
    correlation_key: str


class MessageUnsubscribed(Event): ...


@dataclass(frozen=True, kw_only=True)
class MessageThrown(Event):
    """The instance sends a message to whoever waits for it."""

    message_name: str
    correlation_key: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SignalSubscribed(Event):
    """The instance waits for a signal of this name; everyone who does gets it."""

    signal_name: str


class SignalUnsubscribed(Event): ...


@dataclass(frozen=True, kw_only=True)
class SignalThrown(Event):
    """The instance throws a signal: its own catchers have it already, other instances and start events have not."""

    signal_name: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EscalationThrown(Event):
    """An escalation was thrown. `caught_by`: the element that caught it, or None where nobody did and it went on."""

    code: str
    caught_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class DecisionEvaluated(Event):
    """A decision was evaluated. `matched` are 1-based rule numbers with their annotations."""

    decision_id: str
    inputs: Mapping[str, Any]
    output: Any
    matched: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class InlineWorkDone(Event):
    """A built-in job type that needs no outside world was done in this transaction (clock:open, ...)."""

    job_type: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class IncidentRaised(Event):
    """The token is stuck here until an operator helps. `code` such as EXPRESSION_FAILED, `message` a sentence."""

    code: str
    message: str


class IncidentResolved(Event): ...


@dataclass(frozen=True, kw_only=True)
class ElementMigrated(Event):
    """An element instance stands in another version of its process now; element_id is its id there.

    wait: what it waits for (a key of engine.bpmn.wait_states). stuck: whether it has an incident. task: what the user
    task is now; `reassign`: who may do it is decided anew.
    """

    wait: str | None = None
    stuck: bool = False
    task: UserTaskCreated | None = None
    reassign: bool = False


@dataclass(frozen=True, kw_only=True)
class VariablesChanged(Event):
    """Variables of the instance scope that were written since the last report; element_id is where."""

    variables: Mapping[str, Any]
