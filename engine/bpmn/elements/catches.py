"""What events can wait for: a message, an instant, a signal, a condition, or several of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import events, feel
from engine.bpmn import expressions, scopes, timers
from engine.bpmn.expressions import Text
from engine.bpmn.stuck import Stuck

if TYPE_CHECKING:
    from engine.bpmn.passage import Passage


class MessageCatch:
    """Waits for a message: its name is fixed, its key is evaluated when waiting begins."""

    kind = "message"

    def __init__(self, name: str, key: Text | None) -> None:
        self.name = name
        self.key = key

    def arm(self, passage: Passage, reader: Passage) -> None:
        instance = passage.workflow
        key = ""
        if self.key is not None:
            value = self.key.json(scopes.visible(reader), instance.runtime.env)
            if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
                raise Stuck(
                    "CORRELATION_FAILED",
                    f"Expected the correlation key {self.key.raw} of message {self.name} to be a text or whole number, "
                    f"but it is {value!r}",
                )
            key = str(value)
        passage.internal_data["key"] = key
        instance.open_wait(passage, self.kind, self.waits_for(passage))

    def waits_for(self, passage: Passage) -> events.Event:
        key = passage.internal_data["key"]
        return events.MessageSubscribed(**passage.ids(), message_name=self.heard(passage), correlation_key=key)

    def heard(self, passage: Passage) -> str:
        """The name it waits for: an instance that was migrated may have kept that of an earlier version."""
        return passage.internal_data.get("name", self.name)


class TimerCatch:
    """Waits for an instant, which is computed here once; somebody outside watches the clock."""

    kind = "timer"

    def __init__(self, style: str, text: Text) -> None:
        self.style = style  # date, duration or cycle
        self.text = text

    def arm(self, passage: Passage, reader: Passage) -> None:
        env = passage.workflow.runtime.env
        value = self.text.json(scopes.visible(reader), env)
        self._schedule(passage, timers.schedule(self.style, value, env))

    def rearm(self, passage: Passage, fired: dict[str, Any]) -> None:
        """The next turn of a cycle, counted from where the cycle began: months do not drift."""
        self._schedule(passage, timers.following(fired, passage.workflow.runtime.env))

    def first_start(self, env: feel.Environment) -> dict[str, Any] | None:
        """When a process that begins with this timer is to be started: a schedule for `timers.due_at`.

        Of a cycle that began before now it is the next turn; None where all turns are over. A date may have passed.
        Raises Stuck where the text gives no time; it can read no variables.
        """
        first = timers.schedule(self.style, self.text.json({}, env), env)
        return timers.upcoming(first, env) if "every" in first and timers.has_passed(first, env) else first

    def next_start(self, started: dict[str, Any], env: feel.Environment) -> dict[str, Any] | None:
        """The first schedule after this one that is still to come, or None where it was the last."""
        return timers.upcoming(started, env) if started.get("left", 0) != 0 else None

    def is_like(self, other: TimerCatch | None) -> bool:
        """Whether both were drawn with the same text."""
        return other is not None and (self.style, self.text.raw) == (other.style, other.text.raw)

    def _schedule(self, passage: Passage, schedule: dict[str, Any]) -> None:
        passage.internal_data["timer"] = schedule
        passage.workflow.open_wait(passage, self.kind, self.waits_for(passage))

    def waits_for(self, passage: Passage) -> events.Event:
        schedule = passage.internal_data["timer"]
        due_at = timers.due_at(schedule)
        return events.TimerScheduled(**passage.ids(), due_at=due_at, rounds_left=schedule.get("left", 0))


class SignalCatch:
    """Waits for a signal, as everybody may who wants to."""

    kind = "signal"

    def __init__(self, name: str) -> None:
        self.name = name

    def arm(self, passage: Passage, reader: Passage) -> None:
        passage.workflow.open_wait(passage, self.kind, self.waits_for(passage))

    def waits_for(self, passage: Passage) -> events.Event:
        return events.SignalSubscribed(**passage.ids(), signal_name=self.heard(passage))

    def heard(self, passage: Passage) -> str:
        """The name it waits for, as for messages."""
        return passage.internal_data.get("name", self.name)


class ConditionCatch:
    """Waits until a condition becomes true; looked at whenever variables were written, nobody outside is asked.

    The passage remembers `is`, whether it held when it was last looked at, and `reader`, whose variables it reads.
    """

    kind = "condition"

    def __init__(self, condition: Text) -> None:
        self.condition = condition

    def arm(self, passage: Passage, reader: Passage) -> None:
        passage.internal_data["is"] = False
        if reader is not passage:
            passage.internal_data["reader"] = reader.id
        passage.workflow.changed = True

    def waits_for(self, passage: Passage) -> None:
        return None

    def becomes_true(self, passage: Passage) -> bool:
        """Whether the condition holds now and did not before."""
        instance = passage.workflow
        reader = instance.tasks.get(passage.internal_data.get("reader", passage.id), passage)
        before = passage.internal_data["is"]
        now = self.holds(scopes.visible(reader), instance.runtime.env)
        passage.internal_data["is"] = now
        return now and not before

    def holds(self, variables: Mapping[str, Any], env: feel.Environment) -> bool:
        """Whether it is true of these variables; Stuck where it is neither true nor false."""
        return expressions.is_true(self.condition, variables, env)


class MultipleCatch:
    """Waits for the first of several, or with `parallel` for all of them; each is a part of the passage."""

    kind = "multiple"

    def __init__(self, parts: tuple[Catch, ...], *, parallel: bool) -> None:
        self.parts = parts
        self.parallel = parallel

    def arm(self, passage: Passage, reader: Passage) -> None:
        for index, part in enumerate(self.parts):
            waiting = passage.workflow.place(passage.task_spec, passage, part=index)
            part.arm(waiting, waiting if reader is passage else reader)

    def waits_for(self, passage: Passage) -> None:
        return None


Catch = MessageCatch | TimerCatch | SignalCatch | ConditionCatch | MultipleCatch


def conditions_in(catch: Catch | None) -> bool:
    """Whether this waits for a condition."""
    parts = catch.parts if isinstance(catch, MultipleCatch) else (catch,)
    return any(isinstance(part, ConditionCatch) for part in parts)
