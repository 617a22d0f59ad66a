"""Tokens: start, tasks, gateways, sub-processes, ends."""

import pytest

from engine import events
from engine.bpmn import Runtime, parse
from engine.bpmn.execution import Execution
from engine.errors import InvalidInput, InvalidState, NotFound
from tests.unit.bpmn.support import END, START, Run, diagram, ext, flow, gateway, path, script, user, z

LINEAR = diagram(START + user("register") + '<task id="think"/><manualTask id="file"/>' + user("reply") + END
                 + path("s", "register", "think", "file", "reply", "e"))  # fmt: skip


def test_a_person_works_and_documented_work_passes_by_itself():
    run = Run(LINEAR, variables={"who": "rita"})
    assert run.where == ["register"]

    run.complete("register", subject="noise")
    assert run.where == ["reply"]
    run.complete("reply")

    assert run.finished
    assert run.passed() == ["s", "register", "think", "file", "reply", "e"]
    assert run.variables == {"who": "rita", "subject": "noise"}
    ended = run.of(events.InstanceEnded)[0]
    assert (ended.element_id, ended.status, ended.variables) == ("p", "completed", {"who": "rita", "subject": "noise"})


def test_what_happened_is_told_in_order():
    run = Run(LINEAR)
    assert [type(event).__name__ for event in run.events] == ["InstanceStarted", "ElementCompleted", "UserTaskCreated"]

    run.complete("register", subject="noise")

    assert [type(event).__name__ for event in run.events] == [
        "UserTaskClosed", "ElementCompleted", "ElementCompleted", "ElementCompleted", "UserTaskCreated",
        "VariablesChanged",
    ]  # fmt: skip
    assert run.events[0].outcome == "completed"
    assert run.events[-1].variables == {"subject": "noise"}


def test_what_happened_is_told_to_the_end():
    run = Run(diagram(START + user("a") + END + path("s", "a", "e"))).complete("a")

    assert [type(event).__name__ for event in run.events[-2:]] == ["ElementCompleted", "InstanceEnded"]
    assert (run.events[-2].element_id, run.events[-1].status) == ("e", "completed")


def test_a_task_is_completed_once():
    run = Run(LINEAR)
    first = run.id("register")
    run.complete("register")

    with pytest.raises(InvalidState, match="Expected to complete user task"):
        run.at.complete_user_task(first, {})
    with pytest.raises(InvalidState, match="does not wait for that"):
        run.at.complete_job(run.id("reply"), {})


def test_constants_cannot_be_given():
    run = Run(LINEAR, constants={"profile": {}, "today_is": 1})
    for name in ("case", "profile", "task", "today_is"):
        with pytest.raises(InvalidInput, match=f"{name} is read-only"):
            run.at.complete_user_task(run.id("register"), {name: 1})
    with pytest.raises(InvalidInput):
        Execution.start(run.model, {"case": 1}, Runtime())


CHOICE = diagram(
    START + user("ask") + gateway("exclusive", "x", "x_no") + user("yes") + user("maybe") + user("no")
    + path("s", "ask", "x")
    + flow("x", "yes", '=answer = "yes"') + flow("x", "maybe", "=amount > 5") + flow("x", "no")
)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ({"answer": "yes", "amount": 9}, "yes"),
        ({"answer": "no", "amount": 9}, "maybe"),
        ({"answer": "no", "amount": 1}, "no"),
        ({}, "no"),
    ],
)
def test_an_exclusive_gateway_takes_the_first_true_flow(given, chosen):
    run = Run(CHOICE).complete("ask", **given)

    assert run.where == [chosen]
    assert [event.element_id for event in run.of(events.FlowTaken)] == [f"x_{chosen}"]


def test_a_gateway_without_a_way_is_an_incident_and_goes_on_after_help():
    run = Run(diagram(START + gateway("exclusive", "x") + user("a") + user("b") + path("s", "x")
                      + flow("x", "a", "=n = 1") + flow("x", "b", "=n = 2")))  # fmt: skip
    assert run.where == ["x"]
    assert run.incidents == {"x": "NO_FLOW"}
    assert run.at.tokens()[0].state == "incident"

    run.retry("x")
    assert run.incidents == {"x": "NO_FLOW"}
    run.do(lambda e: e.set_variables({"n": 2}))
    run.retry("x")

    assert run.where == ["b"]
    assert run.incidents == {}
    with pytest.raises(InvalidState, match="there is none"):
        run.at.retry("1")


def test_a_condition_that_is_no_boolean_is_an_incident():
    run = Run(CHOICE.replace(b'=answer = "yes"', b'="yes"')).complete("ask")

    assert run.incidents == {"x": "CONDITION_FAILED"}


FORK = START + gateway("parallel", "f") + user("a") + user("b") + gateway("parallel", "j") + user("c")
FORKED = diagram(FORK + path("s", "f", "a", "j", "c") + path("f", "b", "j"))


def test_parallel_branches_meet_and_lose_nothing():
    run = Run(FORKED)
    assert run.where == ["a", "b"]

    run.complete("a", units=["civil affairs"])
    assert run.where == ["b", "j"]
    run.complete("b", units=[*run.variables["units"], "housing"])

    assert run.where == ["c"]
    assert run.variables == {"units": ["civil affairs", "housing"]}
    assert run.passed().count("j") == 1


def test_a_join_waits_for_one_token_on_each_flow():
    body = FORK + gateway("exclusive", "again", "again_j") + path("s", "f", "a", "again") + path("f", "b", "j", "c")
    run = Run(diagram(body + flow("again", "j") + flow("again", "a", "=more")))

    run.complete("a", more=True)
    run.complete("a", more=False)
    assert run.where == ["b", "j"]
    run.complete("b")

    assert run.where == ["c"]


def inclusive(extra=""):
    return diagram(
        START + user("ask") + gateway("inclusive", "f", "f_c") + user("a") + user("b") + user("c")
        + gateway("inclusive", "j")
        + user("after") + path("s", "ask", "f") + flow("f", "a", "=a") + flow("f", "b", "=b") + flow("f", "c")
        + path("a", "j", "after") + path("b", "j") + path("c", "j") + extra
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "open_tasks"),
    [({"a": True, "b": True}, ["a", "b"]), ({"a": True}, ["a"]), ({"b": True}, ["b"]), ({}, ["c"])],
)
def test_an_inclusive_join_waits_for_those_that_can_arrive(given, open_tasks):
    run = Run(inclusive()).complete("ask", **given)
    assert run.where == open_tasks

    for task in open_tasks:
        assert "after" not in run.where
        run.complete(task)

    assert run.where == ["after"]
    assert run.passed().count("j") == 1


def test_an_inclusive_join_waits_for_a_token_that_comes_back_in_a_loop():
    body = (
        START + gateway("inclusive", "f") + user("a") + user("b") + gateway("exclusive", "back", "back_j")
        + gateway("inclusive", "j") + user("after") + path("s", "f") + flow("f", "a", "=true") + flow("f", "b", "=true")
        + path("a", "back") + flow("back", "j") + flow("back", "a", "=again") + path("b", "j", "after")
    )  # fmt: skip
    run = Run(diagram(body))

    run.complete("b")
    run.complete("a", again=True)
    assert run.where == ["a", "j"]
    run.complete("a", again=False)

    assert run.where == ["after"]


def test_activities_split_by_themselves_and_flows_have_conditions():
    body = START + user("a").replace("<userTask", '<userTask default="a_d"') + user("b") + user("c") + user("d")
    body += path("s", "a") + flow("a", "b", "=n > 1") + flow("a", "c", "=n > 2") + flow("a", "d")

    assert Run(diagram(body)).complete("a", n=3).where == ["b", "c"]
    assert Run(diagram(body)).complete("a", n=2).where == ["b"]
    assert Run(diagram(body)).complete("a", n=0).where == ["d"]


def test_a_default_flow_alone_is_taken():
    body = START + user("a").replace("<userTask", '<userTask default="a_b"') + user("b") + path("s", "a", "b")

    assert Run(diagram(body)).complete("a").where == ["b"]


def test_an_ended_instance_is_left_alone():
    run = Run(diagram(START + END + path("s", "e")))

    with pytest.raises(InvalidState, match="it has ended"):
        run.at.set_variables({"a": 1})


def test_several_tokens_may_pass_one_task():
    run = Run(diagram(FORK.replace(gateway("parallel", "j"), "") + path("s", "f", "a", "c") + path("f", "b", "c")))
    run.complete("a").complete("b")

    assert run.where == ["c", "c"]
    run.complete("c").complete("c")
    assert run.finished


SUB = (
    f'<subProcess id="sub"><startEvent id="s2"/>{gateway("parallel", "f2")}{user("x")}{user("y")}<endEvent id="e2"/>'
    f"{path('s2', 'f2', 'x', 'e2')}{path('f2', 'y')}</subProcess>"
)


def test_a_sub_process_ends_with_its_last_token():
    run = Run(diagram(START + SUB + user("after") + path("s", "sub", "after")))
    assert run.where == ["x", "y"]

    run.complete("x")
    assert run.where == ["y"]
    run.complete("y")

    assert run.where == ["after"]
    assert run.passed()[-1] == "sub"


def test_terminate_ends_its_own_scope_only():
    sub = SUB.replace('<endEvent id="e2"/>', '<endEvent id="e2"><terminateEventDefinition/></endEvent>')
    run = Run(diagram(START + sub + user("after") + path("s", "sub", "after")))

    run.complete("x")

    assert run.where == ["after"]
    assert [(event.element_id, event.outcome) for event in run.of(events.UserTaskClosed)] == [
        ("x", "completed"),
        ("y", "cancelled"),
    ]


def test_terminate_ends_the_instance():
    run = Run(diagram(FORK + '<endEvent id="stop"><terminateEventDefinition/></endEvent>' + path("s", "f", "a", "stop")
                      + path("f", "b", "j", "c") + flow("f", "j")))  # fmt: skip
    run.complete("a")

    assert run.finished
    assert run.of(events.InstanceEnded)[0].status == "completed"


def test_a_cancelled_instance_closes_what_waits():
    run = Run(FORKED).complete("a")
    run.do(lambda e: e.cancel())

    assert run.finished and run.where == []
    assert [type(event).__name__ for event in run.events] == ["UserTaskClosed", "InstanceEnded"]
    assert run.events[1].status == "cancelled"
    with pytest.raises(InvalidState, match="it has ended"):
        run.at.cancel()


def test_a_loop_of_thousands_of_rounds_leaves_no_trace():
    body = START + script("count", "=if n = null then 1 else n + 1", "n") + gateway("exclusive", "x", "x_e") + END
    run = Run(diagram(body + path("s", "count", "x") + flow("x", "count", "=n < 2000") + flow("x", "e")))

    assert run.variables == {"n": 2000}
    assert run.finished
    assert len(run.state) < 100


def test_an_endless_loop_stops_as_an_incident():
    body = START + gateway("exclusive", "x") + '<task id="t"/>' + path("s", "x", "t", "x")
    run = Run(diagram(body), step_limit=100)
    assert list(run.incidents.values()) == ["STEP_LIMIT"]

    stuck = next(iter(run.incidents))
    run.retry(stuck)
    assert list(run.incidents.values()) == ["STEP_LIMIT"]


def test_parallel_blocks_in_a_row_do_not_explode():
    body, last = START, "s"
    for number in range(12):
        body += gateway("parallel", f"f{number}") + gateway("parallel", f"j{number}") + path(last, f"f{number}")
        for branch in "abc":
            body += f'<task id="{branch}{number}"/>' + path(f"f{number}", f"{branch}{number}", f"j{number}")
        last = f"j{number}"
    run = Run(diagram(body + END + path(last, "e")))

    assert run.finished
    assert len(run.passed()) == 2 + 12 * 5


def test_a_thousand_tasks_in_a_row():
    names = [f"t{number}" for number in range(1000)]
    run = Run(diagram(START + "".join(f'<task id="{name}"/>' for name in names) + END + path("s", *names, "e")))

    assert run.finished and len(run.passed()) == 1002


def test_a_process_is_found_by_its_id():
    with pytest.raises(NotFound, match="Expected to find process q"):
        parse({"a.bpmn": LINEAR}, "q")
    model = parse({"a.bpmn": LINEAR}, "p")
    with pytest.raises(InvalidState, match="it has no such start event"):
        Execution.start(model, {}, Runtime(), start_event="register")


def test_the_model_tells_what_pages_show():
    lanes = '<laneSet id="ls"><lane id="l1" name="desk"><flowNodeRef>a</flowNodeRef></lane></laneSet>'
    start = f'<startEvent id="s">{ext(z("formDefinition", formId="form"))}</startEvent>'
    basis = ext(z("properties", z("property", name="legalBasis", value="Art. 3")))
    task = f'<userTask id="a" name="Ask"><documentation>Ask kindly</documentation>{basis}</userTask>'
    model = parse({"a.bpmn": diagram(lanes + start + task + path("s", "a"))}, "p")

    ask = model.elements["a"]
    assert (ask.type, ask.name, ask.lane, ask.documentation, ask.properties) == (
        "userTask", "Ask", "desk", "Ask kindly", {"legalBasis": "Art. 3"},
    )  # fmt: skip
    assert (model.start_form, model.key, model.resources) == ("form", "p", {"a.bpmn"})
