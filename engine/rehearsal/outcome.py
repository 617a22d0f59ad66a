"""What came of a scenario: where it differs from what was expected, and which elements it passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from time import perf_counter

from engine import bpmn
from engine.errors import InvalidDeployment, InvalidInput, InvalidState, Message, Rejection
from engine.packs import Pack, kind_of
from engine.rehearsal.expectations import Compared, compare
from engine.rehearsal.office import Office
from engine.rehearsal.scenario import Scenario
from engine.rehearsal.steps import Step
from engine.rehearsal.view import View, look

# Drawn around or beside what is passed; nothing goes through them.
_NOT_PASSED = {"process", "lane", "participant", "textAnnotation", "group", "dataObjectReference", "dataStoreReference"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A scenario was rehearsed: `problems` in words, none where all came as expected; `view` is how it ended.

    compared: all that was expected beside what came, also what is equal, in the order of the steps. taken: so many
    steps were.
    """

    scenario: Scenario
    problems: tuple[Message, ...]
    compared: tuple[Compared, ...] = ()
    taken: int = 0
    view: View | None
    seen: Mapping[str, frozenset[str]]

    @property
    def passed(self) -> bool:
        return not self.problems


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of a process its scenarios pass. `missed`: (id, name) of what none does; `names` of all.

    Counted are the elements, and the flows among which a gateway chooses: a way back passes no element of its own.
    """

    process_id: str
    total: int
    passed: frozenset[str]
    missed: tuple[tuple[str, str], ...]
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def percent(self) -> int:
        return 100 if not self.total else 100 * (self.total - len(self.missed)) // self.total


def rehearse(packs: Sequence[Pack], scenario: Scenario, *, most_seconds: float | None = None) -> Outcome:
    """Take all steps of a scenario and compare. A pack that can't be deployed or a refused step is a problem."""
    began = perf_counter()
    try:
        office = Office(packs, scenario.setup)
    except Rejection as refusal:
        return Outcome(scenario=scenario, problems=(said(refusal),), view=None, seen={})
    compared: list[Compared] = []
    with office:
        for number, step in enumerate(scenario.steps, 1):
            try:
                if most_seconds is not None and perf_counter() - began > most_seconds:
                    raise InvalidState(
                        "Expected an end after {seconds} s, but there are more steps", seconds=most_seconds
                    )
                office.do(step)
            except Rejection as refusal:
                return _outcome(office, scenario, compared, not_taken(number, step, refusal))
            if step.expect:
                compared += compare(look(office), step.expect, step=number, path=office.came)
        return _outcome(office, scenario, compared)


def with_expectations(packs: Sequence[Pack], scenario: Scenario) -> Scenario:
    """The scenario with what each step leads to: what it completes, and which forms wait then. Raises what refuses."""
    steps = []
    with Office(packs, scenario.setup) as office:
        for step in scenario.steps:
            office.do(step)
            tasks = sorted(task.element_id for task in look(office).tasks)
            expect = {"path": list(office.came), "tasks": tasks}
            steps.append(replace(step, expect={name: value for name, value in expect.items() if value}))
    return replace(scenario, steps=tuple(steps))


def not_taken(number: int, step: Step, refusal: Rejection) -> Message:
    """What is said of a step that was refused."""
    return Message(
        "Expected step {number} ({verb} {what}) to be taken, but it was refused: {why}",
        number=number, verb=step.verb, what=step.what, why=said(refusal),
    )  # fmt: skip


def said(refusal: Rejection) -> Message:
    """A refusal in one sentence, with the fields it is about."""
    if isinstance(refusal, InvalidDeployment):
        return refusal.findings[0].message if refusal.findings else refusal.message
    if isinstance(refusal, InvalidInput) and refusal.errors:
        details = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in refusal.errors.items())
        return Message("{sentence} ({details})", sentence=refusal.message, details=details)
    return refusal.message


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
            for element in (*model.elements.values(), *model.branches)
            if element.process_id == process.id and element.type not in _NOT_PASSED
        }
        here = passed.get(process.id, set())
        found.append(
            Coverage(
                process_id=process.id,
                total=len(nodes),
                passed=frozenset(here),
                missed=tuple((id, name) for id, name in nodes.items() if id not in here),
                names=nodes,
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


def _outcome(office: Office, scenario: Scenario, compared: list[Compared], refused: Message | None = None) -> Outcome:
    view = look(office)
    if refused is None:
        compared = [*compared, *compare(view, {"incidents": [], **scenario.expect})]
    problems = [each.problem for each in compared if each.problem is not None]
    return Outcome(
        scenario=scenario,
        problems=tuple([*problems, refused] if refused is not None else problems),
        compared=tuple(compared),
        taken=len(office.steps),
        view=view,
        seen=view.seen,
    )
