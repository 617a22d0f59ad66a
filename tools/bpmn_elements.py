"""Write docs/bpmn-elements.md: every BPMN element, executed or refused (`python -m tools.bpmn_elements`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.bpmn import registry

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "bpmn-elements.md"
TESTS = "tests/unit/bpmn"

HEADING = """\
# BPMN elements

Written by `python -m tools.bpmn_elements` from `engine/bpmn/registry.py`; do not edit.

What a diagram may contain to be executed. Everything else is refused at deployment, with the id of the element: nothing
is executed otherwise than it is drawn. Each element links to a test that runs it, each refusal to the one that sees it
refused. The checks, this page and the designer's palette read the same table.
"""

WHERE = {
    ("startEvent", "process"): "start of a process",
    ("startEvent", "subProcess"): "start of a sub-process",
    ("startEvent", "eventSubProcess"): "start of an event sub-process, interrupting",
    ("startEvent", "eventSubProcessBeside"): "start of an event sub-process, non-interrupting",
    ("intermediateCatchEvent", "anywhere"): "intermediate catch",
    ("intermediateThrowEvent", "anywhere"): "intermediate throw",
    ("boundaryEvent", "interrupting"): "boundary, interrupting",
    ("boundaryEvent", "nonInterrupting"): "boundary, non-interrupting",
    ("endEvent", "anywhere"): "end",
}

REFUSAL = "test_lint.py::test_an_element_that_is_not_executed_is_refused"
EVENT_REFUSAL = "test_lint.py::test_every_event_is_executed_or_refused_as_the_registry_says"

# element -> the test that runs it
ELEMENT_TESTS = {
    "task": "test_flow.py::test_a_person_works_and_documented_work_passes_by_itself",
    "manualTask": "test_flow.py::test_a_person_works_and_documented_work_passes_by_itself",
    "userTask": "test_work.py::test_a_user_task_says_who_may_do_it_until_when",
    "serviceTask": "test_work.py::test_a_job_waits_for_a_worker",
    "sendTask": "test_events.py::test_messages_are_thrown_with_key_and_payload",
    "receiveTask": "test_events.py::test_a_receive_task_waits_too",
    "scriptTask": "test_work.py::test_a_script_is_an_expression",
    "businessRuleTask": "test_work.py::test_a_decision_is_asked",
    "subProcess": "test_flow.py::test_a_sub_process_ends_with_its_last_token",
    "transaction": "test_compensation.py::test_a_cancelled_transaction_stops_what_runs_and_undoes_what_was_completed",
    "adHocSubProcess": "test_ad_hoc.py::test_an_ad_hoc_sub_process_offers_all_at_once",
    "callActivity": "test_scopes.py::test_a_called_process_has_variables_of_its_own",
    "exclusiveGateway": "test_flow.py::test_an_exclusive_gateway_takes_the_first_true_flow",
    "parallelGateway": "test_flow.py::test_parallel_branches_meet_and_lose_nothing",
    "inclusiveGateway": "test_flow.py::test_an_inclusive_join_waits_for_those_that_can_arrive",
    "eventBasedGateway": "test_events.py::test_the_first_event_wins",
    "multiInstanceLoopCharacteristics": "test_scopes.py::test_every_unit_is_asked_at_once",
    "standardLoopCharacteristics": "test_loops.py::test_a_standard_loop",
    "globalTask": "test_loops.py::test_global_tasks_are_called",
    "globalManualTask": "test_loops.py::test_global_tasks_are_called",
    "globalUserTask": "test_loops.py::test_a_global_user_task_survives_storing",
    "globalScriptTask": "test_loops.py::test_global_tasks_are_called",
    "globalBusinessRuleTask": "test_loops.py::test_global_tasks_are_called",
}

INTERRUPTING = "test_event_sub_processes.py::test_an_interrupting_one_is_all_that_is_left_in_its_scope"
BESIDE = "test_event_sub_processes.py::test_one_beside_happens_every_time"
ESCALATION = "test_event_sub_processes.py::test_an_escalation_in_the_scope"
CALLED = "test_event_sub_processes.py::test_an_escalation_out_of_a_called_process"
MULTIPLE = "test_signals.py::test_several_events_beside_an_activity_each_fire"

# (position as the page says it, event) -> the test that runs it; None: any position
EVENT_TESTS: dict[tuple[str | None, str], str] = {
    ("start of a process", "none"): "test_flow.py::test_what_happened_is_told_in_order",
    ("start of a process", "message"): "test_events.py::test_a_message_starts_an_instance",
    ("start of a process", "timer"): "test_loops.py::test_timers_start_instances_when_somebody_says_so",
    ("start of a process", "signal"): "test_signals.py::test_a_signal_starts_instances",
    ("start of a process", "conditional"): "test_conditional_start.py::test_a_condition_starts_an_instance",
    ("start of a process", "multiple"): "test_signals.py::test_any_of_several_starts_instances",
    ("start of a sub-process", "none"): "test_flow.py::test_a_sub_process_ends_with_its_last_token",
    ("start of an event sub-process, interrupting", "message"): INTERRUPTING,
    ("start of an event sub-process, interrupting", "timer"): INTERRUPTING,
    ("start of an event sub-process, interrupting", "signal"): INTERRUPTING,
    ("start of an event sub-process, interrupting", "conditional"): INTERRUPTING,
    ("start of an event sub-process, interrupting", "error"): (
        "test_event_sub_processes.py::test_an_error_in_the_scope_is_caught"
    ),
    ("start of an event sub-process, interrupting", "escalation"): ESCALATION,
    ("start of an event sub-process, interrupting", "compensate"): (
        "test_compensation.py::test_an_event_sub_process_says_how_a_sub_process_is_undone"
    ),
    ("start of an event sub-process, interrupting", "multiple"): (
        "test_event_sub_processes.py::test_several_events_may_begin_one"
    ),
    ("start of an event sub-process, non-interrupting", "message"): BESIDE,
    ("start of an event sub-process, non-interrupting", "timer"): "test_event_sub_processes.py::test_a_cycle_beside",
    ("start of an event sub-process, non-interrupting", "signal"): BESIDE,
    ("start of an event sub-process, non-interrupting", "conditional"): BESIDE,
    ("start of an event sub-process, non-interrupting", "escalation"): ESCALATION,
    ("start of an event sub-process, non-interrupting", "multiple"): (
        "test_event_sub_processes.py::test_several_events_may_begin_one"
    ),
    ("intermediate catch", "message"): "test_events.py::test_a_message_is_correlated_by_its_key",
    ("intermediate catch", "timer"): "test_events.py::test_a_timer_is_computed_when_waiting_begins",
    ("intermediate catch", "signal"): "test_signals.py::test_a_signal_from_elsewhere_brings_its_variables",
    ("intermediate catch", "conditional"): "test_event_sub_processes.py::test_conditions",
    ("intermediate catch", "multiple"): "test_signals.py::test_several_signals_in_one_event",
    ("intermediate throw", "none"): "test_events.py::test_a_milestone_passes",
    ("intermediate throw", "message"): "test_events.py::test_messages_are_thrown_with_key_and_payload",
    ("intermediate throw", "signal"): "test_signals.py::test_a_signal_reaches_all_who_wait_in_the_instance",
    ("intermediate throw", "escalation"): ESCALATION,
    ("intermediate throw", "compensate"): "test_compensation.py::test_the_latest_is_undone_first",
    ("intermediate throw", "multiple"): "test_signals.py::test_a_throw_event_throws_all_it_says",
    ("boundary, interrupting", "message"): "test_events.py::test_a_message_interrupts_a_task",
    ("boundary, interrupting", "timer"): "test_events.py::test_an_interrupting_timer_takes_the_task_away",
    ("boundary, interrupting", "signal"): "test_signals.py::test_a_signal_may_interrupt_its_own_thrower",
    ("boundary, interrupting", "conditional"): (
        "test_event_sub_processes.py::test_a_condition_reads_the_variables_of_its_activity"
    ),
    ("boundary, interrupting", "error"): "test_work.py::test_a_worker_reports_a_business_error",
    ("boundary, interrupting", "escalation"): CALLED,
    ("boundary, interrupting", "compensate"): "test_compensation.py::test_the_latest_is_undone_first",
    ("boundary, interrupting", "cancel"): (
        "test_compensation.py::test_a_cancelled_transaction_stops_what_runs_and_undoes_what_was_completed"
    ),
    ("boundary, interrupting", "multiple"): "test_signals.py::test_the_first_of_several_events_interrupts",
    ("boundary, non-interrupting", "message"): "test_events.py::test_messages_beside_a_task_are_heard_every_time",
    ("boundary, non-interrupting", "timer"): "test_events.py::test_reminders_come_in_turn_from_where_the_cycle_began",
    ("boundary, non-interrupting", "signal"): (
        "test_signals.py::test_a_watcher_beside_its_activity_hears_every_signal"
    ),
    ("boundary, non-interrupting", "conditional"): "test_event_sub_processes.py::test_a_condition_beside_its_activity",
    ("boundary, non-interrupting", "escalation"): CALLED,
    ("boundary, non-interrupting", "multiple"): MULTIPLE,
    ("end", "none"): "test_flow.py::test_what_happened_is_told_to_the_end",
    ("end", "message"): "test_events.py::test_messages_are_thrown_with_key_and_payload",
    ("end", "signal"): "test_signals.py::test_a_signal_end_tells_its_payload",
    ("end", "error"): "test_work.py::test_the_nearest_event_for_the_code_catches_before_one_for_any_error",
    ("end", "escalation"): CALLED,
    ("end", "compensate"): "test_compensation.py::test_only_what_was_completed_is_undone",
    ("end", "cancel"): (
        "test_compensation.py::test_a_cancelled_transaction_stops_what_runs_and_undoes_what_was_completed"
    ),
    ("end", "terminate"): "test_flow.py::test_terminate_ends_its_own_scope_only",
    ("end", "multiple"): "test_signals.py::test_an_end_event_throws_all_it_says",
    (None, "link"): "test_compensation.py::test_links_lead_the_token_on",
}


def main() -> None:
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")


def page() -> str:
    return "\n".join((HEADING, *_elements(), *_events(), *_refused()))


def tests() -> set[str]:
    """Every test the page links to, as file::function."""
    return {REFUSAL, EVENT_REFUSAL, *ELEMENT_TESTS.values(), *EVENT_TESTS.values()}


def test_of(row: registry.Row) -> str:
    """The test that runs this element or sees it refused."""
    if row.tag not in registry.POSITIONS:
        return ELEMENT_TESTS[row.tag] if row.executed else REFUSAL
    if not row.executed:
        return EVENT_REFUSAL
    return EVENT_TESTS.get((WHERE[row.tag, row.position], row.event)) or EVENT_TESTS[None, row.event]


def _elements() -> Iterator[str]:
    yield "## Activities, gateways and markers\n"
    yield "| Element | What it does | Test |"
    yield "|---|---|---|"
    for row in registry.rows():
        if row.executed and row.tag not in registry.POSITIONS:
            yield f"| {row.tag} | executed: {row.note} | {_link(test_of(row))} |"
    yield ""


def _events() -> Iterator[str]:
    yield "## Events\n"
    yield "A multiple event may join message, timer, signal and conditional events where it catches, and message,"
    yield "signal and escalation events where it throws.\n"
    yield "| Event | Position | | Test |"
    yield "|---|---|---|---|"
    rows = [row for row in registry.rows() if row.tag in registry.POSITIONS]
    for event in registry.EVENTS:
        for row in rows:
            if row.event == event:
                where = WHERE[row.tag, row.position]
                verdict = "executed" if row.executed else "refused"
                yield f"| {event} | {where} | {verdict} | {_link(test_of(row))} |"
    yield ""


def _refused() -> Iterator[str]:
    yield "## Refused\n"
    yield "| Element | Instead | Test |"
    yield "|---|---|---|"
    for row in registry.rows():
        if row.tag in registry.REFUSED:
            yield f"| {row.tag} | {row.note} | {_link(test_of(row))} |"
    yield ""


def _link(test: str) -> str:
    file, _, function = test.partition("::")
    return f"[{function.removeprefix('test_').replace('_', ' ')}](../{TESTS}/{file})"


if __name__ == "__main__":
    main()
