"""Instances whose stored states are kept for later: how they get to where they wait, and how they go on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from engine import dmn, events, feel
from engine.bpmn import Execution, ProcessModel, Runtime, parse
from engine.calendar import Calendar, feel_functions
from engine.packs import Pack
from engine.workers import INLINE, Tools

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
STATES = Path(__file__).parent / "states"

# verb, element, variables; of several waits at one element the first is meant
Step = tuple[str, str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Story:
    """A process of a folder of diagrams, what happens before its state is kept, and after."""

    process: str
    diagrams: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()


class Office:
    """What the diagrams of a folder lend to their instances: decisions, the profile, built-in job types."""

    def __init__(self, folder: Path) -> None:
        pack = Pack(name=folder.name, resources={path.name: path.read_bytes() for path in sorted(folder.iterdir())})
        self.diagrams = pack.of_kind("process")
        self.decisions = [dmn.parse(content) for content in pack.of_kind("decision").values()]
        tools = Tools(now=NOW, zone=ZoneInfo("Asia/Shanghai"), calendar=Calendar())
        self.env = feel.Environment(now=NOW, functions=feel_functions(Calendar()))
        self.runtime = Runtime(
            env=self.env,
            constants={"profile": _profile(folder), "case": None, "task": None},
            decide=self._decide,
            inline={kind: lambda given, work=work: work(given, tools) for kind, work in INLINE.items()},
        )

    def model(self, process: str) -> ProcessModel:
        return parse(self.diagrams, process)

    def _decide(self, decision_id: str, variables: Mapping[str, Any], *_: Any) -> Any:
        model = next(model for model in self.decisions if decision_id in model.decisions)
        return model.evaluate(decision_id, variables, self.env)


def _profile(folder: Path) -> Any:
    found = sorted(folder.glob("*.yaml"))
    return yaml.safe_load(found[0].read_text("utf-8")) if found else {}


def do(execution: Execution, step: Step) -> None:
    """Move the instance by one step."""
    verb, element, variables = step
    if verb == "set":
        execution.set_variables(variables)
        return
    waits, move = VERBS[verb]
    found = [wait for wait in execution.waits() if isinstance(wait, waits) and wait.element_id == element]
    assert found, f"expected to {verb} {element}, but it does not wait for that"
    move(execution, found[0].element_instance_id, dict(variables))


def trace(execution: Execution) -> list[str]:
    """The elements that were passed, in order."""
    return [event.element_id for event in execution.events if isinstance(event, events.ElementCompleted)]


VERBS: dict[str, tuple[type[events.Event], Any]] = {
    "complete": (events.UserTaskCreated, Execution.complete_user_task),
    "job": (events.JobCreated, Execution.complete_job),
    "message": (events.MessageSubscribed, Execution.correlate_message),
    "signal": (events.SignalSubscribed, Execution.receive_signal),
    "fire": (events.TimerScheduled, lambda execution, id, _: execution.trigger_timer(id)),
    "retry": (events.IncidentRaised, lambda execution, id, _: execution.retry(id)),
}

_MATTER: dict[str, Any] = {
    "name": "刘建国", "phone": "13898210001", "address": "六官营子镇", "summary": "养老补贴多年未发",
    "claims": "要求补发乡镇企业退休人员养老补贴", "category": "LS", "place": "六官营子镇", "people_present": 5,
    "people_involved": 56, "circumstances": ["facts_clear", "unit_reachable"], "received_on": "2026-03-02",
}  # fmt: skip
_ITEMS = [
    {"unit": "hrss", "task": "逐乡镇核实人员", "due": "2026-03-20"},
    {"unit": "finance", "task": "安排补发资金", "due": "2026-03-25"},
]
_TOPIC: Step = ("complete", "topic", {"question": "补发资金由谁承担", "member_units": ["hrss", "finance"]})
_EXAMINED: Step = ("complete", "examine_topic", {"topic_ready": "yes"})
_OPINION: Step = ("complete", "member_opinion", {"position": "agree", "opinion_text": "本单位职责内配合"})
_MEETING: Step = ("complete", "meeting", {"decision": "分两批补发", "action_items": _ITEMS})
_MINUTES: Step = ("complete", "approve_minutes", {"minutes_approval": "approve"})
_REPORTED: Step = ("complete", "do_item", {"item_report": "已核实156人"})
_VERIFIED: Step = ("complete", "verify_item", {"verified": "yes", "verification_note": "抽查二十人"})
_TOLD: Step = ("complete", "inform_petitioner", {"told": "分两批补发", "told_on": "2026-03-26"})
_ESCALATED: Step = ("complete", "confirm_route", {"route": "escalate"})
_ACCEPTED: tuple[Step, ...] = (
    ("complete", "confirm_route", {"route": "refer", "unit": "hrss"}),
    ("complete", "receive_and_check", {"unit_decision": "accept"}),
)
_ANSWERED: tuple[Step, ...] = (
    ("complete", "handle", {"heard_on": "2026-03-05", "findings": "核实属实"}),
    ("complete", "draft_opinion", {"opinion_summary": "支持"}),
    ("complete", "approve_opinion", {"approval": "approve"}),
    ("complete", "serve_opinion", {"served_on": "2026-03-20"}),
)
_CONFERENCE = (_TOPIC, _EXAMINED, _OPINION, _OPINION, _MEETING, _MINUTES)
_ITEMS_DONE = (_REPORTED, _REPORTED, _VERIFIED, _VERIFIED, _TOLD)

STORIES = {
    "matter_registered": Story(
        process="matter_lifecycle", diagrams="petition", variables=_MATTER, after=(*_ACCEPTED, *_ANSWERED)
    ),
    "matter_referred": Story(
        process="matter_lifecycle", diagrams="petition", variables=_MATTER, before=_ACCEPTED, after=_ANSWERED
    ),
    "conference_members_asked": Story(
        process="matter_lifecycle", diagrams="petition", variables=_MATTER,
        before=(_ESCALATED, *_CONFERENCE[:3]), after=(*_CONFERENCE[3:], *_ITEMS_DONE),
    ),
    "conference_items_out": Story(
        process="matter_lifecycle", diagrams="petition", variables=_MATTER,
        before=(_ESCALATED, *_CONFERENCE, _REPORTED), after=_ITEMS_DONE[1:],
    ),
    "waiting_everywhere": Story(
        process="waits", diagrams="waits", variables={"number": "7", "items": ["a", "b", "c"]},
        before=(("complete", "each_item", {"said": "first"}), ("fire", "reminder", {})),
        after=(
            ("fire", "reminder", {}),
            ("complete", "each_item", {"said": "second"}),
            ("complete", "each_item", {"said": "third"}),
            ("message", "keeps_listenings", {"page": 2}),
            ("complete", "watched", {"watched_by": "me"}),
            ("message", "answer", {"answered": True}),
            ("signal", "alarm", {"loud": True}),
            ("job", "letter", {"sent": 1}),
            ("set", "", {"known": 4}),
            ("retry", "compute", {}),
            ("complete", "one_by_one", {"told": "x"}),
            ("complete", "one_by_one", {"told": "y"}),
            ("complete", "one_by_one", {"told": "z"}),
        ),
    ),
    "timer_interrupts": Story(
        process="waits", diagrams="waits", variables={"number": "7", "items": ["a"], "known": 4},
        before=(("message", "keeps_listenings", {"page": 1}), ("complete", "watched", {})),
        after=(
            ("fire", "too_late", {}),
            ("fire", "patience", {}),
            ("complete", "one_by_one", {"told": "x"}),
            ("signal", "alarm", {}),
            ("job", "letter", {}),
        ),
    ),
    "undone_after_a_cancel": Story(
        process="booking", diagrams="waits", before=(("complete", "book", {"room": 12}),),
        after=(("complete", "decide", {"ok": False}), ("complete", "unbook", {}), ("complete", "explain", {})),
    ),
    "event_sub_process_took_over": Story(
        process="stoppable", diagrams="waits", variables={"number": "9"},
        before=(("message", "stoppeds", {"why": "withdrawn"}),),
        after=(("complete", "tidy_up", {"tidy": True}),),
    ),
    "a_global_task_and_a_call_by_name": Story(
        process="calling", diagrams="waits", variables={"which": "inner", "secret": 1},
        after=(("complete", "inside", {"answer": 42}), ("complete", "ask_once", {"asked": True})),
    ),
}  # fmt: skip
