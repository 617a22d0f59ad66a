"""What may be expected of a rehearsal, and how it compares with what came: side by side, part by part."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import tomli_w

from engine.errors import InvalidInput, Message

if TYPE_CHECKING:
    from engine.rehearsal.view import View

# What may be expected, and as what it is written.
EXPECTATIONS: Mapping[str, type] = {
    "path": list,  # the elements that were completed, in order, all of them; in a step those that it completed
    "tasks": list,  # the elements whose forms wait, sorted
    "variables": dict,  # the values of these variables (and no word of others)
    "clocks": dict,  # by name: any of light, legal_due, safe_due, state
    "decisions": dict,  # by decision: the rules that matched last
    "case": dict,  # any of title, status, category, outcome, open, …
    "ended": bool,  # whether every instance has ended
    "incidents": list,  # the elements that are stuck; none where this is not said
}
CASE_FACTS = ("open", "status", "outcome")
# What a sentence calls them; of each the template counts.
VARIABLE = Message("variable {name}", name="").template
RULES = Message("the rules of {name}", name="").template
FACT = Message("the matter's {name}", name="").template


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One thing that was expected, beside what came. `name`: of a variable, clock, decision, fact; empty for a whole.

    fact: what of the clock. problem: a sentence where they differ. step: after which step, None at the end.
    """

    part: str
    name: str = ""
    fact: str = ""
    wanted: Any
    found: Any
    problem: Message | None = None
    step: int | None = None

    @property
    def first(self) -> int | None:
        """Of two lists that differ: the place, from 0, of the first entry that does."""
        if self.problem is None or not isinstance(self.wanted, list) or not isinstance(self.found, list):
            return None
        return _first(self.wanted, self.found)


def read_expect(raw: Any, where: str) -> dict[str, Any]:
    """What a scenario or a step of it expects. Raises InvalidInput."""
    if not isinstance(raw, Mapping):
        raise unfit(where, "Expected expect to be a table in {path}", path=where)
    for name, value in raw.items():
        if name not in EXPECTATIONS:
            raise unfit(
                where, "Expected {path} to expect only {allowed}, but it says {name}",
                path=where, allowed=", ".join(EXPECTATIONS), name=name,
            )  # fmt: skip
        if not isinstance(value, EXPECTATIONS[name]):
            raise unfit(
                where, "Expected what is expected of {name} in {path} to be a {kind}",
                path=where, name=name, kind=EXPECTATIONS[name].__name__,
            )  # fmt: skip
        if name == "clocks" and not all(isinstance(facts, Mapping) for facts in raw["clocks"].values()):
            raise unfit(
                where, "Expected what is expected of {name} in {path} to be a {kind}",
                path=where, name="clocks", kind="dict of dicts",
            )  # fmt: skip
    return _iso(dict(raw))


def expected_of(view: View) -> dict[str, Any]:
    """What a scenario that ends like this would expect; only what a scenario file can say."""
    case = view.cases[0] if view.cases else {}
    found: dict[str, Any] = {
        "path": list(view.path),
        "tasks": _open_tasks(view),
        "variables": {name: value for name, value in view.variables.items() if _can_be_written(value)},
        "clocks": {
            clock.name: {"light": clock.light, "legal_due": clock.legal_due.isoformat()} for clock in view.clocks
        },
        "decisions": _decided(view),
        "case": {name: case[name] for name in CASE_FACTS if case.get(name) is not None},
        "ended": _ended(view),
        "incidents": _stuck(view),
    }
    return {name: value for name, value in found.items() if value not in ([], {})}


def compare(
    view: View, expect: Mapping[str, Any], *, step: int | None = None, path: Sequence[str] = ()
) -> list[Compared]:
    """All that is expected beside what came. `path`: what the step completed, where it is about a step."""
    found: list[Compared] = []
    for name, wanted in expect.items():
        if name == "path" and step is not None:
            found.append(_path(wanted, list(path)))
        else:
            found += COMPARED[name](view, wanted)
    if step is None:
        return found
    return [_after(each, step) for each in found]


def unfit(where: str, template: str, /, **params: Any) -> InvalidInput:
    """A refusal about a place in a file."""
    return InvalidInput({where: [Message(template, **params)]}, template, **params)


def _after(each: Compared, step: int) -> Compared:
    problem = each.problem and Message("After step {number}: {problem}", number=step, problem=each.problem)
    return replace(each, problem=problem, step=step)


def _path(wanted: list[Any], found: list[Any]) -> Compared:
    problem = None
    if wanted != found:
        place = _first(wanted, found)
        one, other = ([*path, Message("nothing more")][place] for path in (wanted, found))
        problem = Message(
            "Expected {wanted} as number {place} of the path, but it is {found}",
            wanted=one, place=place + 1, found=other,
        )  # fmt: skip
    return Compared(part="path", wanted=wanted, found=found, problem=problem)


def _first(wanted: list[Any], found: list[Any]) -> int:
    pairs = enumerate(zip(wanted, found, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(wanted), len(found)))


def _list(part: str, what: Message, wanted: list[Any], found: list[Any]) -> list[Compared]:
    return [Compared(part=part, wanted=wanted, found=found, problem=_differs(what, wanted, found))]


def _entries(part: str, what: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[Compared]:
    return [
        Compared(
            part=part, name=name, wanted=value, found=found.get(name),
            problem=_differs(Message(what, name=name), value, found.get(name)),
        )
        for name, value in wanted.items()
    ]  # fmt: skip


def _differs(what: Message, wanted: Any, found: Any) -> Message | None:
    if wanted == found:
        return None
    return Message(
        "Expected {what} to be {wanted}, but it is {found}", what=what, wanted=_plain(wanted), found=_plain(found)
    )


def _plain(value: Any) -> str:
    if value is None or value in ([], {}):
        return Message("nothing")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _clocks(view: View, wanted: Mapping[str, Any]) -> list[Compared]:
    clocks = {clock.name: clock for clock in view.clocks}
    compared: list[Compared] = []
    for name, facts in wanted.items():
        clock = clocks.get(name)
        if clock is None:
            missing = Message("Expected a clock {name}, but there is none", name=name)
            compared.append(Compared(part="clocks", name=name, wanted=dict(facts), found=None, problem=missing))
            continue
        found = {
            "light": clock.light,
            "legal_due": clock.legal_due.isoformat(),
            "safe_due": clock.safe_due.isoformat(),
            "state": clock.state,
        }
        compared += [
            Compared(
                part="clocks", name=name, fact=fact, wanted=value, found=found.get(fact),
                problem=_differs(Message("{fact} of clock {name}", fact=fact, name=name), value, found.get(fact)),
            )
            for fact, value in facts.items()
        ]  # fmt: skip
    return compared


def _incidents(view: View, wanted: Any) -> list[Compared]:
    stuck = {waiting.element_id: waiting.what for waiting in view.waiting if waiting.kind == "incident"}
    if sorted(stuck) == sorted(wanted):
        return [Compared(part="incidents", wanted=sorted(wanted), found=sorted(stuck))]
    if not wanted:
        return [
            Compared(part="incidents", name=id, wanted=[], found=why,
                     problem=Message("Expected no incident, but {element} is stuck: {why}", element=id, why=why))
            for id, why in stuck.items()
        ]  # fmt: skip
    return _list("incidents", Message("the places where it is stuck"), sorted(wanted), sorted(stuck))


def _end(view: View, wanted: bool) -> list[Compared]:
    found, problem = _ended(view), None
    if wanted and not found:
        problem = Message("Expected everything to have ended, but it goes on")
    elif found and not wanted:
        problem = Message("Expected it to go on, but everything has ended")
    return [Compared(part="ended", wanted=wanted, found=found, problem=problem)]


def _decided(view: View) -> dict[str, list[int]]:
    decided: dict[str, list[int]] = {}
    for decision in reversed(view.decided):
        decided[decision.decision_id] = _rules(decision.decisions, decision.decision_id)
    return decided


def _rules(decisions: Iterable[Mapping[str, Any]], decision_id: str) -> list[int]:
    for decision in decisions:
        if decision.get("id") == decision_id:
            return [matched["rule"] for matched in decision.get("matched", ())]
    return []


def _open_tasks(view: View) -> list[str]:
    return sorted(task.element_id for task in view.tasks)


def _stuck(view: View) -> list[str]:
    return sorted(waiting.element_id for waiting in view.waiting if waiting.kind == "incident")


def _ended(view: View) -> bool:
    return bool(view.instances) and all(instance.status != "running" for instance in view.instances)


COMPARED: Mapping[str, Callable[[View, Any], list[Compared]]] = {
    "path": lambda view, wanted: [_path(wanted, list(view.path))],
    "tasks": lambda view, wanted: _list("tasks", Message("the open tasks"), sorted(wanted), _open_tasks(view)),
    "variables": lambda view, wanted: _entries("variables", VARIABLE, wanted, view.variables),
    "clocks": _clocks,
    "decisions": lambda view, wanted: _entries("decisions", RULES, wanted, _decided(view)),
    "case": lambda view, wanted: _entries("case", FACT, wanted, view.cases[0] if view.cases else {}),
    "ended": _end,
    "incidents": _incidents,
}


def _can_be_written(value: Any) -> bool:
    """Whether a file would say the same: TOML has no null, and numbers of its own."""
    try:
        return bool(tomllib.loads(tomli_w.dumps({"value": value}))["value"] == value)
    except (TypeError, ValueError, RecursionError):
        return False


def _iso(value: Any) -> Any:
    """Dates as the variables have them: text."""
    if isinstance(value, Mapping):
        return {name: _iso(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_iso(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
