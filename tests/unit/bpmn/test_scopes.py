"""Variables: mappings, scopes, multi-instance, called processes, reserved names."""

import pytest

from engine import events
from engine.errors import InvalidState
from tests.unit.bpmn.support import (
    END,
    START,
    Run,
    diagram,
    ext,
    flow,
    gateway,
    io,
    loop,
    path,
    script,
    service,
    user,
    z,
)


def test_results_go_to_the_instance_without_mappings():
    run = Run(diagram(START + user("a") + END + path("s", "a", "e"))).complete("a", x=1, y={"z": [1, 2]})

    assert run.variables == {"x": 1, "y": {"z": [1, 2]}}


def test_inputs_make_a_scope_of_their_own():
    mapping = io({"local": "=amount * 2", "next": "=local + 1", "word": "just text", "deep.er": "=1"})
    run = Run(diagram(START + user("a", mapping) + END + path("s", "a", "e")), variables={"amount": 4})
    task = run.id("a")

    assert run.at.variables(task) == {"amount": 4, "local": 8, "next": 9, "word": "just text", "deep": {"er": 1}}
    assert run.variables == {"amount": 4}
    assert run.at.scope_variables() == {
        "1": {"amount": 4},
        task: {"local": 8, "next": 9, "word": "just text", "deep": {"er": 1}},
    }

    run.complete("a", local=99, amount=5)
    assert run.variables == {"amount": 5}, "local was declared by the task and ended with it"


def test_outputs_say_what_leaves():
    mapping = io(
        {"local": "=1"}, {"total": "=local + answer", "result.of": "=answer", "result.by": "=task.completed_by"}
    )
    run = Run(diagram(START + user("a", mapping) + END + path("s", "a", "e")), variables={"result": {"kept": True}},
              constants={"task": {"completed_by": "rita"}})  # fmt: skip
    run.complete("a", answer=41, secret="s")

    assert run.variables == {"total": 42, "result": {"kept": True, "of": 41, "by": "rita"}}
    changed = run.of(events.VariablesChanged)
    assert len(changed) == 2
    assert (changed[1].element_id, set(changed[1].variables)) == ("a", {"total", "result"})


def test_task_is_known_only_while_its_own_results_are_mapped():
    run = Run(diagram(START + user("a") + script("b", "=task", "seen") + END + path("s", "a", "b", "e")),
              constants={"task": {"completed_by": "rita"}})  # fmt: skip
    run.complete("a")

    assert run.variables == {"seen": None}


def test_constants_are_read_everywhere_and_written_nowhere():
    body = START + script("a", "=profile.days + 1", "n") + service("w", "mail", io(outputs={"case": "=1"})) + END
    data = diagram(body + path("s", "a", "w", "e"))
    run = Run(data, constants={"profile": {"days": 15}}, valid=False)
    assert run.variables == {"n": 16}

    run.complete_job("w")

    assert run.incidents == {"w": "RESERVED_VARIABLE"}


def test_a_sub_process_keeps_what_it_declares():
    inner = f'<startEvent id="s2"/>{script("w", "=copy + 1", "copy")}{script("g", "=7", "global")}{user("u")}' + path(
        "s2", "w", "g", "u"
    )
    sub = f'<subProcess id="sub">{ext(io({"copy": "=n"}, {"back": "=copy"}))}{inner}</subProcess>'
    run = Run(diagram(START + sub + END + path("s", "sub", "e")), variables={"n": 1})
    assert run.variables == {"n": 1, "global": 7}
    assert run.at.variables(run.id("u"))["copy"] == 2

    run.complete("u", copy=10)

    assert run.variables == {"n": 1, "global": 7, "back": 10}


def opinions(sequential=False, inner="", **more):
    around = loop("=units", "unit", sequential=sequential, inner=inner, outputCollection="opinions",
                  outputElement="={unit: unit, says: says}", **more)  # fmt: skip
    body = (
        START + user("opinion", z("assignmentDefinition", candidateGroups="=[unit]"), inner=around) + user("read") + END
    )
    return diagram(body + path("s", "opinion", "read", "e") + flow("read", "opinion", "=again"))


def test_every_unit_is_asked_at_once():
    run = Run(opinions(), variables={"units": ["desk", "staff", "roads"]})
    assert [event.candidate_groups for event in run.of(events.UserTaskCreated)] == [("desk",), ("staff",), ("roads",)]

    run.complete("opinion", 2, says="no")
    run.complete("opinion", 0, says="yes")
    assert "says" not in run.variables, "an answer belongs to its iteration"
    run.complete("opinion", 0, says="well")

    assert run.variables["opinions"] == [
        {"unit": "desk", "says": "yes"}, {"unit": "staff", "says": "well"}, {"unit": "roads", "says": "no"},
    ]  # fmt: skip
    assert set(run.variables) == {"units", "opinions"}
    assert run.where == ["read"]


def test_units_are_asked_one_after_another():
    run = Run(opinions(sequential=True), variables={"units": ["desk", "staff"]})
    assert run.where == ["opinion"]
    assert run.at.variables(run.id("opinion")) == {
        "units": ["desk", "staff"],
        "unit": "desk",
        "loopCounter": 1,
        "says": None,
    }

    run.complete("opinion", says="yes")
    assert run.at.variables(run.id("opinion"))["loopCounter"] == 2
    run.complete("opinion", says="no")

    assert run.variables["opinions"] == [{"unit": "desk", "says": "yes"}, {"unit": "staff", "says": "no"}]


@pytest.mark.parametrize("sequential", [False, True])
def test_nobody_to_ask(sequential):
    run = Run(opinions(sequential=sequential), variables={"units": []})

    assert run.where == ["read"]
    assert run.variables["opinions"] == []


def test_a_second_round_starts_afresh():
    body = (
        START
        + user("opinion", inner=loop("=units", "unit", outputCollection="all", outputElement="=says"))
        + user("read")
    )
    body += (
        gateway("exclusive", "x", "x_e") + END + path("s", "opinion", "read", "x", "e") + flow("x", "opinion", "=again")
    )
    run = Run(diagram(body), variables={"units": [1, 2]})

    run.complete("opinion", says="a").complete("opinion", says="b")
    run.complete("read", again=True, units=[3])
    assert run.variables["all"] == ["a", "b"]
    run.complete("opinion", says="c")
    run.complete("read", again=False)

    assert run.finished
    assert run.variables["all"] == ["c"]


def test_enough_opinions_end_the_round():
    enough = "<completionCondition>=numberOfCompletedInstances &gt;= 2</completionCondition>"
    run = Run(opinions(inner=enough), variables={"units": ["desk", "staff", "roads"]})

    run.complete("opinion", 1, says="yes").complete("opinion", 0, says="no")

    assert run.where == ["read"]
    assert run.variables["opinions"] == [{"unit": "desk", "says": "no"}, {"unit": "staff", "says": "yes"}, None]
    assert [event.outcome for event in run.events if isinstance(event, events.UserTaskClosed)] == [
        "completed",
        "cancelled",
    ]


def test_a_collection_that_is_none_is_an_incident():
    run = Run(opinions(), variables={"units": "desk"})
    assert run.incidents == {"opinion": "EXPRESSION_FAILED"}

    run.do(lambda e: e.set_variables({"units": ["desk"]})).retry("opinion").complete("opinion", says="yes")

    assert run.variables["opinions"] == [{"unit": "desk", "says": "yes"}]


def test_a_sub_process_for_every_item():
    inner = f'<startEvent id="s2"/>{script("w", "=item * 10", "ten")}{user("u")}' + path("s2", "w", "u")
    around = loop("=items", "item", outputCollection="tens", outputElement="=ten")
    body = START + f'<subProcess id="sub">{inner}</subProcess>'.replace("</subProcess>", around + "</subProcess>")
    # the schema wants loop characteristics before the flow elements
    body = START + f'<subProcess id="sub">{around}{inner}</subProcess>' + END + path("s", "sub", "e")
    run = Run(diagram(body), variables={"items": [1, 2]})
    assert run.where == ["u", "u"]

    run.complete("u", 1).complete("u", 0)

    assert run.finished
    assert run.variables["tens"] == [10, 20]


def test_a_number_of_times():
    times = (
        '<multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>=n + 1</loopCardinality>'
        "</multiInstanceLoopCharacteristics>"
    )
    numbered = script("a", "=concatenate(if seen = null then [] else seen, [loopCounter])", "seen", times)
    run = Run(diagram(START + numbered + END + path("s", "a", "e")), variables={"n": 2})

    assert run.variables["seen"] == [1, 2, 3]


CHILD = diagram(START + script("add", "=a + 1", "b") + user("u") + END + path("s", "add", "u", "e"), id="child")


def call(*parts, **attributes):
    found = ext(z("calledElement", processId="child", **attributes), *parts)
    return diagram(START + f'<callActivity id="call">{found}</callActivity>' + END + path("s", "call", "e"))


def test_a_called_process_has_variables_of_its_own():
    run = Run(call(propagateAllChildVariables="true"), CHILD, variables={"a": 1}, constants={"profile": {"x": 1}})
    assert run.where == ["u"]
    assert run.variables == {"a": 1}
    created = run.of(events.UserTaskCreated)[0]
    assert created.process_id == "child"
    assert run.at.variables(run.id("u")) == {"a": 1, "b": 2}

    run.complete("u", done=True)

    assert run.finished
    assert run.variables == {"a": 1, "b": 2, "done": True}


def test_a_called_process_gets_and_gives_what_is_mapped():
    mapping = io({"a": "=deep.a"}, {"answer": "=b"})
    data = call(mapping, propagateAllChildVariables="false", propagateAllParentVariables="false")
    run = Run(data, CHILD, variables={"deep": {"a": 5}})
    assert run.at.variables(run.id("u")) == {"a": 5, "b": 6}

    run.complete("u")
    assert run.variables == {"deep": {"a": 5}, "answer": 6}


def test_a_called_process_may_give_nothing():
    run = Run(call(propagateAllChildVariables="false"), CHILD, variables={"a": 1}).complete("u")

    assert run.variables == {"a": 1}


def test_a_process_that_is_not_there_is_an_incident():
    data = call().replace(b'processId="child"', b'processId="=which"')
    run = Run(data, CHILD, variables={"which": "nobody", "a": 1})
    assert run.incidents == {"call": "CALLED_PROCESS_MISSING"}

    run.do(lambda e: e.set_variables({"which": "child"})).retry("call")
    assert run.where == ["u"]


def test_processes_that_call_themselves_by_a_computed_name_stop():
    data = call().replace(b'processId="child"', b'processId="=which"')
    run = Run(data, variables={"which": "p"})

    assert run.incidents == {"call": "CALL_DEPTH"}


def test_a_failed_mapping_keeps_the_answers():
    mapping = io(outputs={"group": "=5", "people": "=[1, 2]"})
    body = START + user("a", mapping) + user("b", z("assignmentDefinition", candidateGroups="=people"))
    run = Run(diagram(body + path("s", "a", "b"))).complete("a", says="yes")

    assert run.incidents == {"b": "EXPRESSION_FAILED"}
    run.do(lambda e: e.set_variables({"people": "desk"})).retry("b")
    assert run.of(events.UserTaskCreated)[-1].candidate_groups == ("desk",)
    with pytest.raises(InvalidState, match="it has ended"):
        run.at.variables("77")


def test_outputs_that_fail_are_tried_again_with_the_same_results():
    mapping = io(outputs={"who": "=task.completed_by", "profile": "=1"})
    run = Run(diagram(START + user("a", mapping) + END + path("s", "a", "e")), valid=False,
              constants={"task": {"completed_by": "rita"}})  # fmt: skip
    run.complete("a", says="yes")
    assert run.incidents == {"a": "RESERVED_VARIABLE"}

    run.retry("a")

    assert run.incidents == {"a": "RESERVED_VARIABLE"}
    assert run.variables == {}, "nothing is written by halves"
