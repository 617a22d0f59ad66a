"""What is done in a rehearsal: one step is one thing a person, a worker, another system or the calendar does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from engine.errors import Message
from engine.rehearsal.expectations import read_expect, unfit

# verb -> the fields that may come with it, besides `expect`: what is to be so after the step. `by` is a group's key,
# "group/2" another person of it, or a username.
VERBS: Mapping[str, tuple[str, ...]] = {
    "open": ("by", "answers"),  # register a matter of this case type
    "start": ("by", "variables"),  # start this process
    "task": ("by", "answers", "nth"),  # hand in the open task of this element; who has none claims it first
    "claim": ("by", "nth"),  # take the open task of this element, and leave it open
    "release": ("by", "nth"),  # give it back
    "job": ("result", "nth"),  # what a worker of this element answers
    "fail": ("message", "retries", "nth"),  # the worker of this element fails
    "error": ("code", "message", "nth"),  # the worker of this element reports a business error
    "message": ("key", "variables"),  # another system publishes this message
    "signal": ("variables",),  # somebody broadcasts this signal
    "extend": ("by", "days", "reason", "nth"),  # add days to the running clock of this name
    "pause": ("by", "reason", "nth"),  # days don't count for the clock of this name
    "resume": ("by", "nth"),  # they count again
    "retry": ("nth",),  # an operator tries the incident at this element again
    "wait": (),  # time passes: a duration such as P3D, a date or moment to reach, or "next" for the next that counts
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step. verb: a key of VERBS; what: the element, process, case type, name or time it is about."""

    verb: str
    what: str
    by: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    code: str = ""
    message: str = ""
    retries: int = 0
    days: int = 0
    reason: str = ""
    nth: int = 1
    expect: Mapping[str, Any] = field(default_factory=dict)

    def as_mapping(self) -> dict[str, Any]:
        """As scenario files have it: only what the verb needs and says something."""
        said = asdict(self)
        empty = Step(verb="", what="")
        return {
            self.verb: self.what,
            **{
                name: _plain(said[name]) for name in (*VERBS[self.verb], "expect") if said[name] != getattr(empty, name)
            },
        }


def read_step(raw: Any, where: str = "step") -> Step:
    """A step of a mapping such as {"task": "talk", "by": "reception", "answers": {…}}. Raises InvalidInput."""
    if not isinstance(raw, Mapping):
        raise unfit(where, "Expected {where} to be a table", where=where)
    verbs = [verb for verb in VERBS if verb in raw and not (verb == "message" and ("fail" in raw or "error" in raw))]
    if len(verbs) != 1:
        raise unfit(
            where, "Expected {where} to say one of {verbs}, but it says {found}",
            where=where, verbs=", ".join(VERBS), found=", ".join(verbs) or ", ".join(map(str, raw)) or "nothing",
        )  # fmt: skip
    verb = verbs[0]
    fields = {name: value for name, value in raw.items() if name != verb}
    expect = read_expect(fields.pop("expect", {}), where)
    if unknown := [name for name in fields if name not in VERBS[verb]]:
        raise unfit(
            where, "Expected {where} ({verb}) to have only {fields}, but it has {found}",
            where=where, verb=verb, fields=", ".join(VERBS[verb]) or Message("no more"), found=", ".join(unknown),
        )  # fmt: skip
    wanted = Step(verb="", what="")
    for name, value in (("what", raw[verb]), *fields.items()):
        kind = Mapping if isinstance(getattr(wanted, name), Mapping | dict) else type(getattr(wanted, name))
        if not isinstance(value, kind) or isinstance(value, bool):
            raise unfit(where, "Expected {name} of {where} to be a {kind}", name=name, where=where, kind=kind.__name__)
    return Step(verb=verb, what=raw[verb], expect=expect, **{name: _plain(value) for name, value in fields.items()})


def _plain(value: Any) -> Any:
    """JSON-like: TOML's dates as text; what is null is left out, as TOML has no word for it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
