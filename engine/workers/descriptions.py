"""What the built-in job types take and give, as designers are told: element templates and completion read it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import Message


@dataclass(frozen=True, kw_only=True)
class Input:
    """A variable that a job type reads. `example`: a FEEL text behind "=", else the text itself. `choices`: all."""

    name: str
    label: Message
    hint: Message | None = None
    example: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JobType:
    """A job type in a designer's words. `results`: names that its job answers."""

    type: str
    name: Message
    purpose: Message | None = None
    inputs: tuple[Input, ...] = ()
    results: tuple[str, ...] = ()


DESCRIPTIONS: dict[str, JobType] = {
    "clock:open": JobType(
        type="clock:open",
        name=Message("Start a clock"),
        purpose=Message("Starts a statutory deadline, counted in calendar or working days."),
        inputs=(
            Input(
                name="clock",
                label=Message("Name of the clock"),
                hint=Message("A clock is stopped by this name."),
                required=True,
            ),
            Input(
                name="rule",
                label=Message("Rule"),
                hint=Message("A count and a unit, calendar_day or working_day; best an entry of the profile."),
                example='={count: 15, unit: "calendar_day"}',
                required=True,
            ),
            Input(name="start", label=Message("First day"), hint=Message("A date; today where it is empty.")),
        ),
        results=(
            "name", "start", "raw_last_day", "legal_due", "safe_due", "legal_due_at", "safe_due_at", "provisional",
            "why", "reasons",
        ),
    ),
    "clock:stop": JobType(
        type="clock:stop",
        name=Message("Stop a clock"),
        purpose=Message("Stops the running clocks of this name in the instance."),
        inputs=(
            Input(
                name="clock",
                label=Message("Name of the clock"),
                hint=Message("The name it was started with."),
                required=True,
            ),
        ),
        results=("stopped_at",),
    ),
    "log": JobType(
        type="log",
        name=Message("Write to the log"),
        purpose=Message("Writes a line to the service's log; for trying a service task out."),
        inputs=(Input(name="message", label=Message("What to write"), example="Reached", required=True),),
    ),
    "mail:send": JobType(
        type="mail:send",
        name=Message("Send a mail"),
        purpose=Message("Sends a plain mail over the mail server that the operator has set."),
        inputs=(
            Input(
                name="to",
                label=Message("Recipients"),
                hint=Message("An address, or a list of them."),
                example="desk@example.org",
                required=True,
            ),
            Input(name="subject", label=Message("Subject of the mail"), required=True),
            Input(name="text", label=Message("Text of the mail"), required=True),
        ),
        results=("message_id", "refused"),
    ),
    "webhook:send": JobType(
        type="webhook:send",
        name=Message("Call a webhook"),
        purpose=Message("Posts a value as JSON to another program, at a host that the operator allows."),
        inputs=(
            Input(
                name="url", label=Message("Address"), example="https://hooks.example.org/matters", required=True
            ),
            Input(
                name="body", label=Message("What is sent"), hint=Message("Any value; a context becomes an object."),
                example="={status: \"done\"}",
            ),
        ),
        results=("status", "body"),
    ),
}  # fmt: skip
