"""What came of a scenario: where it differs from what was expected, and which elements it passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from engine import bpmn
from engine.errors import InvalidDeployment, InvalidInput, Message, Rejection
from engine.packs import Pack, kind_of
from engine.rehearsal.office import Office
from engine.rehearsal.scenario import Scenario
from engine.rehearsal.view import View, look

# Drawn around or beside what is passed; nothing goes through them.
_NOT_PASSED = {"process", "lane", "participant", "textAnnotation", "group", "dataObjectReference", "dataStoreReference"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A scenario was rehearsed: `problems` in words, none where all came as expected; `view` is how it ended."""

    scenario: Scenario
    problems: tuple[Message, ...]
    view: View | None
    seen: Mapping[str, frozenset[str]]

    @property
    def passed(self) -> bool:
        return not self.problems


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of a process its scenarios pass. `missed`: (id, name) of elements that none does."""

    process_id: str
    total: int
    passed: frozenset[str]
    missed: tuple[tuple[str, str], ...]

    @property
    def percent(self) -> int:
        return 100 if not self.total else 100 * (self.total - len(self.missed)) // self.total


def rehearse(packs: Sequence[Pack], scenario: Scenario) -> Outcome:
    """Take all steps of a scenario and compare. A pack that can't be deployed or a refused step is a problem."""
    try:
        office = Office(packs, scenario.setup)
    except Rejection as refusal:
        return Outcome(scenario=scenario, problems=(_said(refusal),), view=None, seen={})
    with office:
        for number, step in enumerate(scenario.steps, 1):
            try:
                office.do(step)
            except Rejection as refusal:
                why = Message(
                    "Expected step {number} ({verb} {what}) to be taken, but it was refused: {why}",
                    number=number, verb=step.verb, what=step.what, why=_said(refusal),
                )  # fmt: skip
                return _outcome(office, scenario, [why])
        return _outcome(office, scenario, [])


def expected_of(view: View) -> dict[str, Any]:
    """What a scenario that ends like this would expect."""
    decided: dict[str, list[int]] = {}
    for decision in reversed(view.decided):
        decided[decision.decision_id] = _rules(decision.decisions, decision.decision_id)
    found: dict[str, Any] = {
        "path": list(view.path),
        "tasks": _open_tasks(view),
        "clocks": {
            clock.name: {"light": clock.light, "legal_due": clock.legal_due.isoformat()} for clock in view.clocks
        },
        "decisions": decided,
        "ended": _ended(view),
        "incidents": _stuck(view),
    }
    return {name: value for name, value in found.items() if value not in ([], {})}


def coverage(pack: Pack, seen: Iterable[Mapping[str, frozenset[str]]]) -> tuple[Coverage, ...]:
    """How much of the pack's processes was passed by these, by process."""
    passed: dict[str, set[str]] = {}
    for one in seen:
        for process_id, elements in one.items():
            passed.setdefault(process_id, set()).update(elements)
    diagrams = pack.of_kind("process")
    found = []
    for process in bpmn.processes(diagrams):
        model = bpmn.parse(diagrams, process.id)
        nodes = {
            element.id: element.name or element.id
            for element in model.elements.values()
            if element.process_id == process.id and element.type not in _NOT_PASSED
        }
        here = passed.get(process.id, set())
        found.append(
            Coverage(
                process_id=process.id,
                total=len(nodes),
                passed=frozenset(here),
                missed=tuple((id, name) for id, name in nodes.items() if id not in here),
            )
        )
    return tuple(found)


def drawn_in(files: Mapping[str, bytes]) -> dict[str, str]:
    """Process id -> the path of the file it is drawn in; files that can't be read are left out."""
    found: dict[str, str] = {}
    for path, content in files.items():
        if kind_of(path) != "process":
            continue
        with suppress(bpmn.UnreadableXml):
            found |= {process.id: path for process in bpmn.processes({path: content})}
    return found


def _outcome(office: Office, scenario: Scenario, problems: list[Message]) -> Outcome:
    view = look(office)
    if not problems:
        expected = {"incidents": [], **scenario.expect}
        problems = [problem for name, wanted in expected.items() for problem in _COMPARED[name](view, wanted)]
    return Outcome(scenario=scenario, problems=tuple(problems), view=view, seen=view.seen)


def _differs(what: str, wanted: Any, found: Any) -> list[Message]:
    if wanted == found:
        return []
    return [Message("Expected {what} to be {wanted}, but it is {found}", what=what, wanted=wanted, found=found)]


def _entries(what: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[Message]:
    return [problem for name, value in wanted.items() for problem in _differs(f"{what} {name}", value, found.get(name))]


def _clocks(view: View, wanted: Mapping[str, Any]) -> list[Message]:
    clocks = {clock.name: clock for clock in view.clocks}
    problems = []
    for name, facts in wanted.items():
        if name not in clocks:
            problems.append(Message("Expected a clock {name}, but there is none", name=name))
            continue
        clock = clocks[name]
        found = {
            "light": clock.light,
            "legal_due": clock.legal_due.isoformat(),
            "safe_due": clock.safe_due.isoformat(),
            "state": clock.state,
        }
        problems += _entries(f"clock {name}:", facts, found)
    return problems


def _decisions(view: View, wanted: Mapping[str, Any]) -> list[Message]:
    found: dict[str, list[int]] = {}
    for decision in reversed(view.decided):
        found[decision.decision_id] = _rules(decision.decisions, decision.decision_id)
    return _entries("the rules of", wanted, found)


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


def _incidents(view: View, wanted: Any) -> list[Message]:
    stuck = {waiting.element_id: waiting.what for waiting in view.waiting if waiting.kind == "incident"}
    if sorted(stuck) == sorted(wanted):
        return []
    if not wanted:
        return [Message("Expected no incident, but {element} is stuck: {why}", element=id, why=why)
                for id, why in stuck.items()]  # fmt: skip
    return _differs("the incidents", sorted(wanted), sorted(stuck))


_COMPARED: Mapping[str, Any] = {
    "path": lambda view, wanted: _differs("the path", wanted, list(view.path)),
    "tasks": lambda view, wanted: _differs("the open tasks", sorted(wanted), _open_tasks(view)),
    "variables": lambda view, wanted: _entries("variable", wanted, view.variables),
    "clocks": _clocks,
    "decisions": _decisions,
    "case": lambda view, wanted: _entries("the case's", wanted, view.cases[0] if view.cases else {}),
    "ended": lambda view, wanted: _differs("whether everything ended", wanted, _ended(view)),
    "incidents": _incidents,
}


def _said(refusal: Rejection) -> Message:
    if isinstance(refusal, InvalidDeployment):
        return refusal.findings[0].message if refusal.findings else refusal.message
    if isinstance(refusal, InvalidInput) and refusal.errors:
        details = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in refusal.errors.items())
        return Message("{sentence} ({details})", sentence=refusal.message, details=details)
    return refusal.message
