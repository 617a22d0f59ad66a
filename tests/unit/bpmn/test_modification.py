"""Modification: tokens start, end and get variables where an operator says."""

import pytest

from engine import events
from engine.bpmn.instructions import CancelElement, CancelToken, SetVariables, StartAfter, StartBefore
from engine.errors import InvalidInput, InvalidState, NotFound, Rejection
from tests.unit.bpmn.support import (
    END,
    ROOTS,
    START,
    Run,
    boundary,
    catch,
    diagram,
    end,
    ext,
    flow,
    gateway,
    io,
    loop,
    message,
    on_event,
    on_message,
    on_signal,
    path,
    service,
    sub,
    timer,
    user,
    z,
)

TWO = START + user("a") + user("b") + END + path("s", "a", "b", "e")
FORK = (
    START + gateway("parallel", "split") + user("a") + user("b") + gateway("parallel", "join") + user("c") + END
    + path("s", "split", "a", "join", "c", "e") + path("split", "b", "join")
)  # fmt: skip
INNER = '<startEvent id="is"/>' + user("x") + user("y") + '<endEvent id="ie"/>' + path("is", "x", "y", "ie")
NESTED = START + user("a") + sub("out", f'<startEvent id="os"/>{sub("in", INNER)}{path("os", "in")}') + END


def modify(run: Run, *instructions) -> Run:
    return run.do(lambda execution: execution.modify(instructions))


def refused(run: Run, *instructions) -> str:
    with pytest.raises(Rejection) as refusal:
        run.at.modify(instructions)
    return str(refusal.value)


def token(run: Run, element: str, nth: int = 0) -> str:
    return [token.element_instance_id for token in run.at.tokens() if token.element_id == element][nth]


def open_ids(run: Run, element: str) -> list[str]:
    """Element instances, those around tokens too."""
    return [id for id, passage in run.at._instance.tasks.items() if passage.task_spec.name == element]


def test_a_step_is_skipped():
    run = Run(diagram(TWO))

    modify(run, CancelElement(element_id="a"), StartBefore(element_id="b"))

    assert run.where == ["b"]
    assert [event.outcome for event in run.of(events.UserTaskClosed)] == ["cancelled"]
    assert run.complete("b").finished


def test_a_step_is_done_again_whatever_the_order():
    run = Run(diagram(TWO)).complete("a")

    modify(run, StartBefore(element_id="b"), CancelElement(element_id="b"))

    assert run.where == ["b"], "what was started in the same modification stays"


def test_starting_after_a_step_takes_its_flows_as_their_conditions_say():
    choice = (
        gateway("exclusive", "x", "x_b") + flow("s", "a") + flow("a", "x") + flow("x", "b") + flow("x", "c", "=big")
    )
    run = Run(diagram(START + user("a") + choice + user("b") + user("c")))

    modify(
        run,
        SetVariables(variables={"big": True}),
        CancelElement(element_id="a"),
        StartAfter(element_id="x"),
    )

    assert run.where == ["c"]
    assert [event.element_id for event in run.of(events.FlowTaken)] == ["x_c"]
    assert run.variables == {"big": True}


def test_a_condition_that_fails_refuses_to_start_after():
    choice = gateway("exclusive", "x") + flow("s", "a") + flow("a", "x") + flow("x", "b", "=big")
    run = Run(diagram(START + user("a") + choice + user("b")))

    assert refused(run, StartAfter(element_id="x")) == (
        "Expected to start after x, but: Expected a flow that may be taken, but no condition is true and there is no "
        "default flow"
    )


def test_a_token_moved_to_a_parallel_join_waits_for_the_other_branch():
    for other in ("a", "b"):
        run = Run(diagram(FORK))
        rest = "b" if other == "a" else "a"

        modify(run, CancelElement(element_id=other), StartBefore(element_id="join"))
        assert run.where == sorted(["join", rest])
        run.complete(rest)

        assert run.where == ["c"]
        assert run.complete("c").finished


def test_two_tokens_moved_to_a_parallel_join_meet():
    run = Run(diagram(FORK))

    modify(
        run,
        CancelElement(element_id="a"),
        CancelElement(element_id="b"),
        StartBefore(element_id="join"),
        StartBefore(element_id="join"),
    )

    assert run.where == ["c"]


def test_starting_after_a_parallel_join_waits_for_nobody():
    run = Run(diagram(FORK))

    modify(run, CancelElement(element_id="a"), CancelElement(element_id="b"), StartAfter(element_id="join"))

    assert run.complete("c").finished


def test_starting_after_a_branch_comes_by_its_flow():
    run = Run(diagram(FORK))

    modify(run, CancelElement(element_id="a"), StartAfter(element_id="a"))
    assert run.where == ["b", "join"]

    assert run.complete("b").where == ["c"]


def test_an_inclusive_join_no_longer_waits_for_a_cancelled_branch():
    split = gateway("inclusive", "split") + gateway("inclusive", "join")
    flows = path("s", "split", "a", "join", "c") + path("split", "b", "join")
    run = Run(diagram(START + split + user("a") + user("b") + user("c") + flows)).complete("a")
    assert run.where == ["b", "join"]

    modify(run, CancelElement(element_id="b"))

    assert run.where == ["c"]


def test_tokens_moved_to_an_inclusive_join_become_one_when_nobody_else_can_come():
    split = gateway("inclusive", "split") + gateway("inclusive", "join")
    flows = path("s", "split", "a", "join", "c") + path("split", "b", "join") + path("split", "d", "join")
    run = Run(diagram(START + split + "".join(map(user, "abcd")) + flows))

    start = StartBefore(element_id="join")
    modify(run, CancelElement(element_id="a"), CancelElement(element_id="b"), start, start)
    assert run.where == ["d", "join", "join"]

    assert run.complete("d").where == ["c"]


def test_sub_processes_around_are_begun_and_ended():
    body = NESTED + boundary("b", "in", timer("timeDuration", "PT1H")) + path("s", "a", "out", "e")
    body = body.replace(boundary("b", "in", timer("timeDuration", "PT1H")), "")
    run = Run(diagram(body))

    modify(run, CancelElement(element_id="a"), StartBefore(element_id="y"))

    assert run.where == ["y"]
    assert run.complete("y").finished


def test_a_sub_process_that_is_begun_is_watched_and_gets_its_variables():
    inner = INNER + on_event("late", timer("timeDuration", "PT2H"), "lu", body=user("lu"))
    mapped = ext(io({"who": "=owner"}))
    body = (
        START + user("a") + f'<subProcess id="sp">{mapped}{inner}</subProcess>' + user("z") + END
        + boundary("b", "sp", timer("timeDuration", "PT1H")) + path("s", "a", "sp", "e") + path("b", "z", "e")
    )  # fmt: skip
    run = Run(diagram(body), variables={"owner": "ada"})

    given = {"sp": {"note": 1}, "y": {"mine": 2}, "p": {"all": 3}}
    modify(run, StartBefore(element_id="y", variables=given))

    assert run.where == ["a", "y"]
    assert run.at.variables(token(run, "y")) == {"owner": "ada", "who": "ada", "note": 1, "mine": 2, "all": 3}
    assert run.variables == {"owner": "ada", "all": 3}
    assert sorted(run.where_waiting()) == ["a", "b", "lates", "y"]
    assert run.fire("b").where == ["a", "z"]


def test_a_scope_that_is_open_is_used_and_of_several_one_is_to_be_named():
    body = START + sub("sp", INNER) + END + path("s", "sp", "e")
    run = Run(diagram(body))
    modify(run, StartBefore(element_id="y"))
    assert run.where == ["x", "y"] and len(open_ids(run, "sp")) == 1

    modify(run, StartBefore(element_id="sp"))
    first, second = open_ids(run, "sp")

    assert refused(run, StartBefore(element_id="y")) == (
        f"Expected to start y in one sp, but 2 are open: name one of {first}, {second}"
    )
    modify(run, StartBefore(element_id="y", within=second), CancelToken(element_instance_id=first))
    assert run.where == ["x", "y"]
    assert "it is not open there" in refused(run, StartBefore(element_id="y", within="999"))


def test_an_empty_scope_ends_with_its_last_token():
    body = (
        START
        + gateway("parallel", "f")
        + user("a")
        + sub("sp", INNER)
        + boundary("b", "sp", timer("timeDuration", "PT1H"))
        + path("s", "f", "a")
        + path("f", "sp")
        + user("z")
        + path("b", "z")
    )
    run = Run(diagram(body))

    modify(run, CancelElement(element_id="x"))

    assert run.where == ["a"] and run.where_waiting() == ["a"]


def test_the_last_token_is_not_cancelled():
    run = Run(diagram(START + sub("sp", INNER) + END + path("s", "sp", "e")))

    assert refused(run, CancelElement(element_id="x")).endswith(
        "its last token would be cancelled: cancel the instance instead"
    )
    modify(run, CancelElement(element_id="sp"), StartBefore(element_id="x"))
    assert run.where == ["x"]


def test_a_modification_may_complete_the_instance():
    run = Run(diagram(TWO)).complete("a")

    modify(run, CancelElement(element_id="b"), StartAfter(element_id="b"))

    assert run.finished and run.of(events.InstanceEnded)[0].status == "completed"


def test_iterations_no_longer_wait_for_one_that_is_cancelled():
    each = user("t", inner=loop("=list", "one", outputCollection="out", outputElement="=done"))
    run = Run(diagram(START + each + END + path("s", "t", "e")), variables={"list": [1, 2, 3]})

    modify(run, CancelToken(element_instance_id=token(run, "t", 1)))
    run.complete("t", 0, done="a").complete("t", 0, done="c")

    assert run.finished and run.variables["out"] == ["a", None, "c"]


def test_the_last_iteration_takes_its_activity_along():
    each = user("t", inner=loop("=list", "one"))
    run = Run(diagram(START + each + user("b") + END + path("s", "t", "b", "e")), variables={"list": [1, 2]})

    one, two = (CancelToken(element_instance_id=token(run, "t", nth)) for nth in (0, 1))
    assert "last token" in refused(run, one, two)
    modify(run, one, two, StartAfter(element_id="t"))

    assert run.where == ["b"]


def test_inside_iterations_the_iteration_is_named():
    body = f'<subProcess id="sp">{loop("=list", "one")}{INNER}</subProcess>'
    run = Run(diagram(START + user("a") + body + END + path("s", "a", "sp", "e")), variables={"list": [1, 2]})
    assert refused(run, StartBefore(element_id="y")) == (
        "Expected to start y in an iteration of sp, but none is open: start sp"
    )

    modify(run, StartBefore(element_id="sp"), CancelElement(element_id="a"))
    _, _, second = open_ids(run, "sp")
    assert "2 are open" in refused(run, StartBefore(element_id="y"))
    modify(run, StartBefore(element_id="y", within=second))

    assert run.where == ["x", "x", "y"]
    assert run.at.variables(token(run, "y"))["one"] == 2


def test_event_sub_processes_begin_without_interrupting():
    body = (
        START
        + user("a")
        + END
        + path("s", "a", "e")
        + on_event("late", on_signal(), "u", "v", body=user("u") + user("v"))
    )
    run = Run(diagram(body, extra=ROOTS))

    modify(run, StartBefore(element_id="late", variables={"late": {"why": 1}}))
    assert run.where == ["a", "u"] and run.at.variables(token(run, "u")) == {"why": 1}
    modify(run, StartBefore(element_id="v"))

    assert run.where == ["a", "u", "v"] and len(open_ids(run, "late")) == 1
    assert refused(run, StartBefore(element_id="lates")) == (
        "Expected to start lates, but it is the start of event sub-process late: start that"
    )


def test_inside_a_called_process_one_open_call_is_wanted():
    called = diagram('<startEvent id="cs"/>' + user("x") + user("y") + path("cs", "x", "y"), id="q")
    call = f'<callActivity id="call">{ext(z("calledElement", processId="q"))}</callActivity>'
    run = Run(diagram(START + user("a") + call + END + path("s", "a", "call", "e")), called)
    start = StartBefore(element_id="y", process_id="q")
    assert refused(run, start) == "Expected to start y in called process q, but no call of it is open"

    modify(run, StartBefore(element_id="call"), CancelElement(element_id="a"))
    modify(run, start, CancelElement(element_id="x", process_id="q"))
    assert run.where == ["y"]
    assert "process p has no such element" in refused(run, StartBefore(element_id="y"))
    modify(run, StartBefore(element_id="call"))
    assert "2 are open" in refused(run, start)
    modify(run, CancelToken(element_instance_id=token(run, "x")))

    assert run.where == ["y"] and run.complete("y").finished


def test_variables_are_set_in_the_very_scope():
    body = f'<subProcess id="sp">{INNER}</subProcess>'
    run = Run(diagram(START + body + END + path("s", "sp", "e")), variables={"n": 1})
    (scope,) = open_ids(run, "sp")

    modify(run, SetVariables(variables={"n": 2}, element_instance_id=scope))

    assert run.variables == {"n": 1} and run.at.variables(scope) == {"n": 2}
    assert "case is read-only" in refused(run, SetVariables(variables={"case": 1}))
    assert "has ended" in refused(run, SetVariables(variables={"n": 1}, element_instance_id="77"))


def test_what_cannot_be_started_or_cancelled_is_refused_in_words():
    gate = gateway("eventBased", "g") + catch("c", timer("timeDuration", "PT1H")) + catch("m", on_message("msg"))
    body = (
        START + user("a") + gate + END + boundary("b", "a", timer("timeDuration", "PT1H"))
        + path("s", "a", "g", "c", "e") + path("g", "m", "e") + path("b", "e")
    )  # fmt: skip
    run = Run(diagram(body, extra=message("msg", "=1")))

    assert refused(run, StartBefore(element_id="s")) == "Expected to start s, but it is a start event: start after it"
    assert "it is a boundary event: start after it" in refused(run, StartBefore(element_id="b"))
    assert "start gateway g" in refused(run, StartBefore(element_id="c"))
    assert "start before it" in refused(run, StartAfter(element_id="g"))
    assert "no flow leaves it" in refused(run, StartAfter(element_id="e"))
    assert "it is a process" in refused(run, StartBefore(element_id="p"))
    assert "process p has no such element" in refused(run, StartBefore(element_id="nowhere"))
    assert "but nothing is" in refused(run, CancelElement(element_id="c"))
    watcher = run.id("b")
    assert "waits on behalf of another" in refused(run, CancelToken(element_instance_id=watcher))
    assert "it is a whole process" in refused(run, CancelToken(element_instance_id="1"))
    assert "but it has ended" in refused(run, CancelToken(element_instance_id="99"))
    assert "is not around a" in refused(run, StartBefore(element_id="a", variables={"zz": {"n": 1}}))
    with pytest.raises(InvalidInput, match="but there are 0"):
        run.at.modify([])
    with pytest.raises(NotFound):
        run.at.modify([StartBefore(element_id="nowhere")])
    modify(run, CancelElement(element_id="a"), StartAfter(element_id="b"))
    with pytest.raises(InvalidState, match="but it has ended"):
        run.at.modify([StartBefore(element_id="a")])


def test_a_moved_token_waits_at_an_event_gateway_and_is_cancelled_there():
    gate = gateway("eventBased", "g") + catch("c", timer("timeDuration", "PT1H")) + catch("m", on_message("msg"))
    run = Run(diagram(START + user("a") + gate + END + path("s", "a", "g", "c", "e") + path("g", "m", "e"),
                      extra=message("msg", "=1")))  # fmt: skip

    modify(run, CancelElement(element_id="a"), StartBefore(element_id="g"))
    assert sorted(run.where_waiting()) == ["c", "m"]
    modify(run, CancelElement(element_id="g"), StartBefore(element_id="a"))

    assert run.where_waiting() == ["a"]


def test_an_incident_goes_with_its_token():
    stuck = user("t", z("assignmentDefinition", candidateGroups="=people"))
    run = Run(diagram(START + stuck + user("b") + END + path("s", "t", "b", "e")), variables={"people": [1]})
    assert list(run.incidents) == ["t"]

    modify(run, CancelElement(element_id="t"), StartBefore(element_id="b"))

    assert run.incidents == {} and run.where == ["b"]


def test_variables_given_to_a_start_survive_an_incident():
    task = user("t", z("assignmentDefinition", candidateGroups="=people"), io({"to": "=address"}))
    run = Run(diagram(START + user("a") + task + END + path("s", "a", "t", "e")), variables={"people": [1]})

    modify(run, StartBefore(element_id="t", variables={"t": {"address": "ada"}}))
    assert list(run.incidents) == ["t"]
    run.set(people="desk").retry("t")

    assert run.at.variables(token(run, "t"))["to"] == "ada"


def test_jobs_and_boundary_timers_close_and_open():
    task = service("t") + boundary("b", "t", timer("timeDuration", "PT1H"))
    run = Run(diagram(START + task + END + user("z") + path("s", "t", "e") + path("b", "z", "e")))

    modify(run, CancelElement(element_id="t"), StartBefore(element_id="t"))

    kinds = [type(event).__name__ for event in run.events]
    assert sorted(kinds) == ["JobClosed", "JobCreated", "TimerClosed", "TimerScheduled"]


def test_starting_before_a_throwing_end_ends_there():
    run = Run(diagram(TWO + end("stop", "<terminateEventDefinition/>") + path("b", "stop")))

    modify(run, StartBefore(element_id="stop"))

    assert run.finished
