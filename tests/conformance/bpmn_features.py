"""Run BPMN engine feature tests: `python -m tests.conformance.bpmn_features FOLDER`, a folder with tests.json.

Prints a line per failed process and `N passed, M failed`. Script tasks there carry a token instead of a script; they
become jobs, which a worker answers by adding the token to the trace. Traces are compared as multisets: branches that
run side by side have no order. A process of group "constraints" passes when it is refused with an element id.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree

from engine import events, feel
from engine.bpmn import Execution, Known, ProcessModel, Runtime, check, parse, processes

NOW = datetime(2024, 5, 17, 9, 30, tzinfo=UTC)
MOST_STEPS = 1_000
MARKER = "MARKER_exists"
BPMN, ZEEBE = "http://www.omg.org/spec/BPMN/20100524/MODEL", "http://camunda.org/schema/zeebe/1.0"
REFUSED_GROUP = "constraints"

# Misprints of the pack, each printed when it is put right: process -> element, token it should carry.
ERRATA = {"AdHocSubProcess_Sequential": ("ScriptTask1", "SCRIPT_task3")}

_CONTAINS = re.compile(r"(!?)(\w+)\.contains\((\"[^\"]*\")\)")
_CONDITIONS = ("conditionExpression", "loopCondition", "condition", "activationCondition", "completionCondition")
_INCIDENTS = {"UNHANDLED_ERROR": "ERROR_thrownErrorEvent"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a process; `failure` is None when it passed."""

    group: str
    name: str
    failure: str | None


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or not (folder := tests_folder(Path(arguments[0]))):
        sys.exit("Expected a folder with tests.json: python -m tests.conformance.bpmn_features FOLDER")
    outcomes = []
    for outcome in run(folder):
        outcomes.append(outcome)
        if outcome.name in ERRATA:
            print("{0}: misprint put right, element {1[0]} carries {1[1]}".format(outcome.name, ERRATA[outcome.name]))
        if outcome.failure:
            print(f"FAILED {outcome.group}/{outcome.name}: {outcome.failure}")
    for kind, wanted in (("features", False), ("must be refused", True)):
        failures = [outcome.failure for outcome in outcomes if (outcome.group == REFUSED_GROUP) is wanted]
        if failures:
            print(f"{kind}: {failures.count(None)} of {len(failures)}")
    failed = sum(outcome.failure is not None for outcome in outcomes)
    print(f"{len(outcomes) - failed} passed, {failed} failed")


def tests_folder(folder: Path) -> Path | None:
    """The folder itself or the one just below that holds tests.json."""
    found = [folder / "tests.json", *sorted(folder.glob("*/tests.json"))]
    return next((path.parent for path in found if path.is_file()), None)


def run(folder: Path) -> Iterator[Outcome]:
    for test in json.loads((folder / "tests.json").read_text("utf-8")):
        try:
            failure = _failure(folder, test)
        except Exception as error:  # a crash is that process's failure, and the others are still to be run
            failure = f"crashed: {type(error).__name__}: {error}"
        yield Outcome(group=test["group"], name=test["name"], failure=failure)


def _failure(folder: Path, test: Mapping[str, Any]) -> str | None:
    data = translated((folder / test["file"]).read_bytes(), ERRATA.get(test["name"]))
    resources = {test["file"]: data}
    known = Known(job_types=set(_job_types(data)))
    errors = [finding for finding in check(resources, known) if finding.severity == "error"]
    if test["group"] == REFUSED_GROUP:
        if not errors:
            return "should be refused, but is executed"
        return None if any(error.element_id for error in errors) else f"is refused without an element: {errors[0]}"
    for case in test["cases"]:
        if errors:
            trace, why = ["ERROR"], "; ".join(f"{error.element_id}: {error.message}" for error in errors)
        else:
            trace, why = World(resources, case).run(test["process"]), ""
        if Counter(trace) != Counter(case["expect"]):
            return f"{case['input'] or ''} should trace {case['expect']}, but does {trace} {why}".strip()
    return None


@dataclass
class World:
    """All instances of one case, with a worker and a clock that turns when nothing else is to be done."""

    resources: Mapping[str, bytes]
    case: Mapping[str, Any]
    trace: list[str] = field(default_factory=list)
    now: datetime = NOW

    def run(self, process: str) -> list[str]:
        executables = [executable.id for executable in processes(self.resources)]
        self.models = {id: parse(self.resources, id) for id in executables}
        self.instances: list[tuple[ProcessModel, bytes]] = []
        self.open: dict[tuple[int, str], events.Event] = {}
        self.buffered: list[events.MessageThrown] = []
        others = [id for id in executables if id != process] if self.case["parallel"] else []
        for id in (*others, process):
            variables = {"test": self.case["input"] or "", "integerVariable": self.case["integerVariable"]}
            self._start(self.models[id], variables)
        for _ in range(MOST_STEPS):
            if not self._step():
                return self.trace
        return [*self.trace, "ENDLESS"]

    def _step(self) -> bool:
        """Answer the oldest job, else let the earliest timer fire."""
        jobs = [(at, event) for at, event in self.open.items() if isinstance(event, events.JobCreated)]
        if jobs:
            (instance, id), job = jobs[0]
            self._answer(instance, id, job, [other.job_type for _, other in jobs[1:]])
            return True
        timers = [(event.due_at, at) for at, event in self.open.items() if isinstance(event, events.TimerScheduled)]
        if timers:
            due, (instance, id) = min(timers)
            self.now = max(self.now, due)
            self._move(instance, lambda execution: execution.trigger_timer(id))
        return bool(timers)

    def _answer(self, instance: int, id: str, job: events.JobCreated, others: list[str]) -> None:
        token, results = job.job_type, {}
        if token == "THROW_ERROR":
            self._move(instance, lambda execution: execution.throw_error(id, "ERR_CODE"))
            return
        if token.startswith("SCRIPT_"):
            self.trace.append(token)
        elif token.startswith("INCREMENT_"):
            results = {"integerVariable": job.variables["integerVariable"] + 1}
            if token.endswith("LOG"):
                self.trace.append("INCREMENT_correct")
        elif token == "SET_STRING_DATA":
            results = {"data": "String"}
        elif token == "LOG_DATA" and job.variables.get("data") == "String":
            self.trace.append("DATA_correct")
        elif token == "CREATE_MARKER_FILE" and MARKER in self.case["expect"]:  # a marker is looked for where expected
            self.trace.append(MARKER)
        elif token.startswith("CREATE_TIMESTAMP") and any(other.startswith("CREATE_TIMESTAMP") for other in others):
            self.trace.append("EXECUTION_parallel")
        self._move(instance, lambda execution: execution.complete_job(id, results))

    @property
    def _runtime(self) -> Runtime:
        return Runtime(env=feel.Environment(now=self.now))

    def _start(self, model: ProcessModel, variables: Mapping[str, Any], start_event: str | None = None) -> None:
        execution = Execution.start(model, dict(variables), self._runtime, start_event)
        self.instances.append((model, b""))
        self._store(len(self.instances) - 1, execution)

    def _move(self, instance: int, command: Any) -> None:
        model, state = self.instances[instance]
        execution = Execution.load(model, state, self._runtime)
        command(execution)
        self._store(instance, execution)

    def _store(self, instance: int, execution: Execution) -> None:
        """Keep the state, and give others what they are to hear."""
        model, _ = self.instances[instance]
        self.instances[instance] = (model, execution.dump())
        waiting = {(instance, event.element_instance_id): event for event in execution.waits()}
        self.open = {at: event for at, event in self.open.items() if at[0] != instance or at in waiting}
        self.open |= {at: event for at, event in waiting.items() if at not in self.open or self.open[at] != event}
        for event in tuple(execution.events):
            if isinstance(event, events.IncidentRaised):
                self.trace.append(_INCIDENTS.get(event.code, "ERROR_runtime"))
            elif isinstance(event, events.MessageThrown):
                self._deliver_message(event)
            elif isinstance(event, events.SignalThrown):
                self._broadcast(instance, event)

    def _deliver_message(self, thrown: events.MessageThrown) -> None:
        for (instance, id), event in tuple(self.open.items()):
            if isinstance(event, events.MessageSubscribed) and event.message_name == thrown.message_name:
                self._move(instance, lambda execution, id=id: execution.correlate_message(id, thrown.variables))
                return
        for model in self.models.values():
            if thrown.message_name in model.start_messages:
                self._start(model, thrown.variables, model.start_messages[thrown.message_name])
                return

    def _broadcast(self, thrower: int, thrown: events.SignalThrown) -> None:
        for (instance, id), event in tuple(self.open.items()):
            hears = isinstance(event, events.SignalSubscribed) and event.signal_name == thrown.signal_name
            if hears and instance != thrower and (instance, id) in self.open:
                self._move(instance, lambda execution, id=id: execution.receive_signal(id, thrown.variables))
        for model in self.models.values():
            if thrown.signal_name in model.start_signals:
                self._start(model, thrown.variables, model.start_signals[thrown.signal_name])


def translated(data: bytes, erratum: tuple[str, str] | None = None) -> bytes:
    """The file with tokens of script tasks as job types and Java conditions as FEEL."""
    root = etree.fromstring(data)
    if erratum is not None:
        for script in root.findall(f".//{{{BPMN}}}scriptTask[@id='{erratum[0]}']/{{{BPMN}}}script"):
            script.text = erratum[1]
    for task in root.iter(f"{{{BPMN}}}scriptTask", f"{{{BPMN}}}globalScriptTask"):
        for script in task.findall(f"{{{BPMN}}}script"):
            task.remove(script)
            if (script.text or "").strip():
                _add_job_type(task, str(script.text).strip())
    for condition in root.iter(*(f"{{{BPMN}}}{tag}" for tag in _CONDITIONS)):
        if condition.text and condition.text.strip():
            condition.text = _feel(condition.text)
    return etree.tostring(root)


def _add_job_type(task: Any, token: str) -> None:
    holder = etree.Element(f"{{{BPMN}}}extensionElements")
    etree.SubElement(holder, f"{{{ZEEBE}}}taskDefinition", {"type": token}, {"zeebe": ZEEBE})
    after_documentation = len(task.findall(f"{{{BPMN}}}documentation"))
    task.insert(after_documentation, holder)


def _feel(condition: str) -> str:
    text = condition.strip().removesuffix(">")  # one file has a bracket too many
    if text.startswith("${") and text.endswith("}"):
        text = text[2:-1]
    return "=" + _CONTAINS.sub(lambda m: f"{'not' if m[1] else ''}(contains({m[2]}, {m[3]}))", text)


def _job_types(data: bytes) -> Iterator[str]:
    for definition in etree.fromstring(data).iter(f"{{{ZEEBE}}}taskDefinition"):
        yield str(definition.get("type"))


if __name__ == "__main__":
    main(sys.argv[1:])
