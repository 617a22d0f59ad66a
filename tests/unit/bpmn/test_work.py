"""User tasks, jobs, work done inline, scripts and decisions."""

from datetime import datetime
from typing import Any

import pytest

from engine import dmn, events
from engine.bpmn import BpmnError, Execution, parse
from engine.errors import Rejection
from tests.unit.bpmn.support import (
    END,
    NOW,
    START,
    Run,
    boundary,
    diagram,
    ext,
    flow,
    io,
    path,
    runtime,
    script,
    service,
    user,
    z,
)

ERROR = '<error id="err" errorCode="GONE"/>'
CAUGHT = '<errorEventDefinition errorRef="err"/>'


def one(task: str, lanes: str = "") -> bytes:
    return diagram(lanes + START + task + END + path("s", "t", "e"))


def test_a_user_task_says_who_may_do_it_until_when():
    task = user(
        "t",
        z("userTask"),
        z("formDefinition", formId="form"),
        z("assignmentDefinition", assignee="=chief", candidateGroups="desk, staff", candidateUsers='=["omar", "lin"]'),
        z("taskSchedule", dueDate='=date("2026-03-01")', followUpDate="2026-02-01T08:00:00"),
        z("priorityDefinition", priority="=40 + 35"),
        z("properties", z("property", name="excludedUsers", value="=[drafted_by]"),
          z("property", name="legalBasis", value="Art. 22"), z("property", name="n", value="=1 + 1")),
    )  # fmt: skip
    created = Run(one(task), variables={"chief": "rita", "drafted_by": "omar"}).of(events.UserTaskCreated)[0]

    assert (created.name, created.form_id, created.assignee) == ("T", "form", "rita")
    assert (created.candidate_groups, created.candidate_users) == (("desk", "staff"), ("omar", "lin"))
    assert created.excluded_users == ("omar",)
    assert created.due_at == datetime(2026, 3, 1, 23, 59, 59, tzinfo=NOW.tzinfo), "a due date ends with its day"
    assert created.follow_up_at == datetime(2026, 2, 1, 8, tzinfo=NOW.tzinfo)
    assert created.priority == 75
    assert created.properties == {"legalBasis": "Art. 22", "n": 2}


LANES = '<laneSet id="ls"><lane id="staff"><flowNodeRef>t</flowNodeRef></lane></laneSet>'


@pytest.mark.parametrize(
    ("assigned", "groups"),
    [
        ({}, ("staff",)),
        ({"candidateGroups": "desk"}, ("desk",)),
        ({"candidateUsers": "lin"}, ()),
        ({"assignee": "=nobody"}, ("staff",)),
    ],
)
def test_a_lane_is_the_group_where_a_task_names_nobody(assigned, groups):
    created = Run(one(user("t", z("assignmentDefinition", **assigned)), LANES)).of(events.UserTaskCreated)[0]

    assert created.candidate_groups == groups


@pytest.mark.parametrize(
    "part",
    [
        z("taskSchedule", dueDate="=1"),
        z("taskSchedule", dueDate='="soon"'),
        z("priorityDefinition", priority="=300"),
        z("priorityDefinition", priority='="high"'),
        z("assignmentDefinition", candidateGroups="=[1]"),
        z("assignmentDefinition", candidateGroups="=1"),
    ],
)
def test_a_task_that_cannot_be_offered_is_an_incident(part):
    run = Run(one(user("t", part)))

    assert list(run.incidents) == ["t"]
    assert run.of(events.UserTaskCreated) == []


def test_a_job_waits_for_a_worker():
    headers = z("taskHeaders", z("header", key="template", value="receipt"))
    run = Run(
        one(service("t", "mail", headers, io({"to": "=phone"}), retries="5")), variables={"phone": "123", "secret": 1}
    )
    created = run.of(events.JobCreated)[0]
    assert (created.job_type, created.retries, created.headers, created.variables) == (
        "mail",
        5,
        {"template": "receipt"},
        {"to": "123"},
    )

    run.complete_job("t", sent=True)

    assert run.finished
    assert run.variables == {"phone": "123", "secret": 1, "sent": True}
    assert [type(event).__name__ for event in run.events[:2]] == ["JobClosed", "ElementCompleted"]


def test_a_job_without_mappings_sees_all_variables_but_no_constants():
    created = Run(one(service("t")), variables={"a": 1}, constants={"case": {"id": 7}}).of(events.JobCreated)[0]

    assert (created.retries, created.variables) == (3, {"a": 1})


def test_work_of_the_house_is_done_at_once():
    asked = []

    def open_clock(variables):
        asked.append(variables)
        return {"clock_id": 12}

    task = service("t", "clock:open", z("taskHeaders", z("header", key="rule", value="acceptance")),
                   io({"days": "=15"}, {"clock": "=clock_id"}))  # fmt: skip
    run = Run(one(task), inline={"clock:open": open_clock})

    assert run.finished
    assert asked[0] == {"days": 15, "headers": {"rule": "acceptance"}}
    assert run.variables == {"clock": 12}
    done = run.of(events.InlineWorkDone)[0]
    assert (done.job_type, done.variables, done.result) == ("clock:open", {"days": 15}, {"clock_id": 12})
    assert run.of(events.JobCreated) == []


def test_work_of_the_house_that_is_refused_is_an_incident():
    answers: list[Any] = [Rejection("Expected a rule, but there is none"), {}]

    def refuse(variables):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    execution = Execution.start(
        parse({"a": one(service("t", "clock:open"))}, "p"), {}, runtime(inline={"clock:open": refuse})
    )
    incident = next(event for event in execution.events if isinstance(event, events.IncidentRaised))
    assert incident.message == "Expected clock:open to be done, but: Expected a rule, but there is none"

    execution.retry(incident.element_instance_id)
    assert execution.finished


def test_a_worker_reports_a_business_error():
    body = (
        START
        + service("t")
        + boundary("gone", "t", CAUGHT)
        + user("after")
        + END
        + path("s", "t", "e")
        + flow("gone", "after")
    )
    run = Run(diagram(body, extra=ERROR))

    run.do(lambda e: e.throw_error(run.id("t"), "GONE", "moved away", {"since": 2020}))

    assert run.where == ["after"]
    assert run.variables == {"since": 2020}


def test_an_error_nobody_catches_is_an_incident_and_the_job_can_be_tried_again():
    body = (
        START
        + service("t")
        + boundary("gone", "t", CAUGHT)
        + user("after")
        + END
        + path("s", "t", "e")
        + flow("gone", "after")
    )
    run = Run(diagram(body, extra=ERROR))
    run.do(lambda e: e.throw_error(run.id("t"), "OTHER", "odd"))
    assert run.incidents == {"t": "UNHANDLED_ERROR"}
    assert "(odd)" in run.of(events.IncidentRaised)[0].message

    run.retry("t")
    assert len(run.of(events.JobCreated)) == 2
    run.complete_job("t")
    assert run.finished


def test_the_nearest_event_for_the_code_catches_before_one_for_any_error():
    inner = (
        '<startEvent id="s2"/>'
        + user("u")
        + '<endEvent id="e2"><errorEventDefinition errorRef="err"/></endEvent>'
        + path("s2", "u", "e2")
    )
    body = START + f'<subProcess id="sub">{inner}</subProcess>' + boundary("any", "sub", "<errorEventDefinition/>")
    body += boundary("gone", "sub", CAUGHT) + user("a") + user("b") + END
    data = diagram(body + path("s", "sub", "e") + path("any", "a") + path("gone", "b"), extra=ERROR)

    assert Run(data).complete("u").where == ["b"]
    other = data.replace(
        b'<error id="err" errorCode="GONE"/>', b'<error id="err" errorCode="GONE"/><error id="odd" errorCode="ODD"/>'
    )
    other = other.replace(
        b'<endEvent id="e2"><errorEventDefinition errorRef="err"/>',
        b'<endEvent id="e2"><errorEventDefinition errorRef="odd"/>',
    )
    assert Run(other).complete("u").where == ["a"]


def test_an_error_leaves_a_called_process_and_a_loop():
    end = f'<endEvent id="x">{CAUGHT}</endEvent>'
    child = diagram(START + user("u") + end + path("s", "u", "x"), id="child", extra=ERROR)
    around = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    body = START + f'<callActivity id="call">{ext(z("calledElement", processId="child"))}{around}</callActivity>'
    body += boundary("gone", "call", CAUGHT) + user("after") + END + path("s", "call", "e") + path("gone", "after")
    run = Run(diagram(body, extra=ERROR), child)
    assert run.where == ["u", "u", "u"]

    run.complete("u", 1)

    assert run.where == ["after"]
    assert sum(event.outcome == "cancelled" for event in run.of(events.UserTaskClosed)) == 2


def test_an_error_end_without_catcher_is_an_incident():
    run = Run(
        diagram(
            START
            + user("u")
            + '<endEvent id="x"><errorEventDefinition errorRef="err"/></endEvent>'
            + path("s", "u", "x"),
            extra=ERROR,
        )
    )

    assert run.complete("u").incidents == {"x": "UNHANDLED_ERROR"}


def test_inline_work_may_throw_a_business_error():
    def gone(variables):
        raise BpmnError("GONE", "no such person")

    body = (
        START
        + service("t", "clock:open")
        + boundary("gone", "t", CAUGHT)
        + user("after")
        + END
        + path("s", "t", "e")
        + flow("gone", "after")
    )

    assert Run(diagram(body, extra=ERROR), inline={"clock:open": gone}).where == ["after"]


def test_a_script_is_an_expression():
    run = Run(one(script("t", "=for n in 1..3 return n * factor", "numbers")), variables={"factor": 2})

    assert run.variables["numbers"] == [2, 4, 6]


ROUTE = dmn.parse(
    b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:test">
    <decision id="route" name="Route"><decisionTable id="t" hitPolicy="UNIQUE">
      <input id="i"><inputExpression id="ie" typeRef="number"><text>n</text></inputExpression></input>
      <output id="o" name="way" typeRef="string"/>
      <rule id="r1"><inputEntry id="a"><text>&lt; 5</text></inputEntry>
        <outputEntry id="b"><text>"desk"</text></outputEntry></rule>
      <rule id="r2"><description>many people</description>
        <inputEntry id="c"><text>&gt;= 5</text></inputEntry>
        <outputEntry id="e"><text>"refer"</text></outputEntry></rule>
      <rule id="r3"><inputEntry id="f"><text>&gt; 99</text></inputEntry>
        <outputEntry id="g"><text>"all"</text></outputEntry></rule>
    </decisionTable></decision></definitions>"""
)


def ask(decision):
    called = ext(z("calledDecision", decisionId=decision, resultVariable="way"))
    return f'<businessRuleTask id="t">{called}</businessRuleTask>'


def test_a_decision_is_asked():
    run = Run(one(ask("route")), variables={"n": 57}, decide=ROUTE.evaluate)

    assert run.variables == {"n": 57, "way": "refer"}
    decided = run.of(events.DecisionEvaluated)[0]
    assert (decided.decision_id, decided.inputs, decided.output) == ("route", {"n": 57}, "refer")
    assert [number for number, _ in decided.matched] == [2]


def test_a_decision_whose_rules_overlap_is_an_incident():
    run = Run(one(ask("route")), variables={"n": 100}, decide=ROUTE.evaluate)

    assert run.incidents == {"t": "DECISION_FAILED"}
    run.do(lambda e: e.set_variables({"n": 3})).retry("t")
    assert run.variables["way"] == "desk"


def test_a_decision_that_is_not_there_is_an_incident():
    task = ask("=which")

    assert Run(one(task), variables={"which": "x"}).incidents == {"t": "DECISION_FAILED"}
