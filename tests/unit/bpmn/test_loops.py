"""Activities done several times, in any order, or with several tokens."""
# ruff: noqa: E501  (a diagram is read in one line)

import time

import pytest

from engine import events
from engine.bpmn import Execution, parse
from engine.bpmn.elements.catches import TimerCatch
from engine.bpmn.expressions import Text
from engine.bpmn.timers import due_at
from tests.unit.bpmn.support import (
    END,
    ROOTS,
    START,
    Run,
    boundary,
    catch,
    diagram,
    ext,
    flow,
    gateway,
    loop,
    message,
    on_condition,
    on_event,
    on_message,
    on_signal,
    path,
    runtime,
    script,
    sub,
    user,
    z,
)
from tests.unit.bpmn.test_work import ROUTE


def looped(condition=None, **attributes):
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<standardLoopCharacteristics{given}>{f'<loopCondition>{condition}</loopCondition>' if condition else ''}</standardLoopCharacteristics>"


@pytest.mark.parametrize(
    ("inner", "variables", "rounds"),
    [
        (looped("=n &lt; 3"), {"n": 0}, 3),
        (looped("=n &lt; 3"), {"n": 5}, 1),
        (looped("=n &lt; 3", testBefore="true"), {"n": 5}, 0),
        (looped("=true", loopMaximum="4"), {"n": 0}, 4),
        (looped(loopMaximum="2"), {"n": 0}, 2),
    ],
)
def test_a_standard_loop(inner, variables, rounds):
    run = Run(diagram(START + script("a", "=n + 1", "n", inner) + END + path("s", "a", "e")), variables=variables)

    assert run.finished and run.variables["n"] == variables["n"] + rounds


def test_a_loop_of_people_counts_its_rounds():
    run = Run(diagram(START + user("a", inner=looped("=not(enough)")) + END + path("s", "a", "e")))

    run.complete("a", enough=False)
    assert run.at.variables(run.id("a"))["loopCounter"] == 2

    assert run.complete("a", enough=True).finished


def test_five_thousand_rounds_in_one_command():
    round_ = (
        gateway("exclusive", "m")
        + script("a", "=n + 1", "n")
        + gateway("exclusive", "g", "g_e")
        + path("s", "m", "a", "g", "e")
    )
    run = Run(diagram(START + round_ + END + flow("g", "m", "=n < 5000")), variables={"n": 0})

    assert run.finished and run.variables == {"n": 5000}


def test_an_endless_loop_is_an_incident():
    body = START + gateway("exclusive", "m") + '<task id="a"/>' + path("s", "m", "a", "m")
    began = time.thread_time()
    run = Run(diagram(body), step_limit=2_000)

    assert list(run.incidents.values()) == ["STEP_LIMIT"]
    assert time.thread_time() - began < 5


def test_twelve_blocks_of_three_start_fast():
    blocks, ids = "", ["s"]
    for number in range(12):
        fork, join = f"f{number}", f"j{number}"
        blocks += gateway("parallel", fork) + gateway("parallel", join)
        blocks += "".join(user(f"t{number}_{branch}") + path(fork, f"t{number}_{branch}", join) for branch in range(3))
        blocks += path(ids[-1], fork)
        ids.append(join)
    model = parse({"a": diagram(START + blocks + END + path(ids[-1], "e"))}, "p")

    began = time.thread_time()
    execution = Execution.start(model, {}, runtime())
    state = execution.dump()

    assert time.thread_time() - began < 0.05 and len(state) < 1_000


def test_a_line_of_a_thousand_tasks():
    ids = [f"t{number}" for number in range(1000)]
    run = Run(diagram(START + "".join(f'<task id="{id}"/>' for id in ids) + END + path("s", *ids, "e")))

    assert run.finished and len(run.of(events.ElementCompleted)) == 1002


def test_enough_tokens_begin_an_activity():
    fork = START + gateway("parallel", "f") + user("a") + user("b") + '<userTask id="c" startQuantity="2"/>' + END
    run = Run(diagram(fork + path("s", "f", "a", "c", "e") + path("f", "b", "c")))

    assert run.complete("a").where == ["b", "c"] and run.where_waiting() == ["b"]
    assert run.complete("b").where_waiting() == ["c"]
    assert run.complete("c").finished


def test_an_activity_may_send_several_tokens():
    run = Run(diagram(START + '<task id="a" completionQuantity="3"/>' + user("b") + path("s", "a", "b")))

    assert run.where == ["b", "b", "b"]


def test_a_boundary_interrupts_all_iterations():
    many = user("a", inner=loop("=[1,2,3]", "item", outputCollection="all", outputElement="=answer"))
    run = Run(
        diagram(
            START + many + END + path("s", "a", "e") + boundary("w", "a", on_signal()) + user("b") + path("w", "b"),
            extra=ROOTS,
        )
    )

    run.complete("a", answer=1).signal("w")

    assert run.where == ["b"] and "all" not in run.variables


def test_the_first_completion_is_told_on_the_boundary():
    inner = '<multiInstanceLoopCharacteristics isSequential="true" behavior="{0}" {1}BehaviorEventRef="told"><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>'
    rest = END + path("s", "a", "e") + boundary("w", "a", on_signal()) + user("b") + path("w", "b")
    roots = ROOTS + '<signalEventDefinition id="told" signalRef="sig"/>'
    one = Run(diagram(START + user("a", inner=inner.format("One", "one")) + rest, extra=roots))
    each = Run(diagram(START + user("a", inner=inner.format("None", "none")) + rest, extra=roots))

    assert one.complete("a").complete("a").where == ["a", "b"]
    assert each.complete("a").complete("a").where == ["a", "b", "b"]


def test_several_iterations_may_be_done_again():
    many = user("a", inner=loop("=items", "item"))
    again = gateway("exclusive", "m") + many + gateway("exclusive", "g", "g_e") + END + path("s", "m", "a", "g", "e")
    run = Run(diagram(START + again + flow("g", "m", "=more")), variables={"items": [1, 2]})

    run.complete("a").complete("a", more=True)
    assert run.where == ["a", "a"]

    assert run.complete("a").complete("a", more=False).finished


@pytest.mark.parametrize(
    ("tag", "what", "given"),
    [
        ("globalTask", "", {}),
        ("globalManualTask", "", {}),
        ("globalScriptTask", ext(z("script", expression="=20 + 22", resultVariable="answer")), {"answer": 42}),
        ("globalBusinessRuleTask", ext(z("calledDecision", decisionId="route", resultVariable="way")), {"way": "desk"}),
    ],
)
def test_global_tasks_are_called(tag, what, given):
    call = '<callActivity id="c" calledElement="g"/>'
    task = f'<{tag} id="g">{what}</{tag}>'
    run = Run(diagram(START + call + END + path("s", "c", "e"), extra=task), variables={"n": 3}, decide=ROUTE.evaluate)

    assert run.finished and run.variables == {"n": 3, **given}


def test_a_global_user_task_survives_storing():
    run = Run(
        diagram(
            START + '<callActivity id="c" calledElement="g"/>' + END + path("s", "c", "e"),
            extra='<globalUserTask id="g" name="Ask"/>',
        )
    )

    assert run.where == ["g"]
    assert run.complete("g", answer=1).finished and run.variables == {"answer": 1}


def test_messages_start_at_a_receive_task_or_after_a_gateway():
    roots = '<message id="m" name="m"/><message id="n" name="n"/>'
    receive = '<receiveTask id="r" instantiate="true" messageRef="m"/>' + user("a") + path("r", "a")
    first = Run(diagram(receive, extra=roots), start_event="r", variables={"from": "rita"})
    assert first.model.start_messages == {"m": "r"} and first.where == ["a"] and first.variables == {"from": "rita"}

    caught = "".join(
        f'<intermediateCatchEvent id="c{id}"><messageEventDefinition messageRef="{id}"/></intermediateCatchEvent>'
        + user(f"u{id}")
        + path("g", f"c{id}", f"u{id}")
        for id in "mn"
    )
    second = Run(diagram('<eventBasedGateway id="g" instantiate="true"/>' + caught, extra=roots), start_event="cn")
    assert second.model.start_messages == {"m": "cm", "n": "cn"} and second.where == ["un"]


def test_timers_start_instances_when_somebody_says_so():
    run = Run(
        diagram(
            '<startEvent id="s"><timerEventDefinition><timeCycle>R/P1D</timeCycle></timerEventDefinition></startEvent>'
            + user("a")
            + path("s", "a")
        ),
        start_event="s",
    )

    (timer,) = run.model.start_timers.values()
    assert run.where == ["a"] and (timer.style, timer.text.raw) == ("cycle", "R/P1D")


def test_a_cycle_says_when_to_start_next():
    timer, env = TimerCatch("cycle", Text("R2/P1D")), runtime().env

    first = timer.first_start(env)
    second = timer.next_start(first, env)

    assert [due_at(each).isoformat() for each in (first, second)] == [
        "2026-01-31T09:00:00+08:00",
        "2026-02-01T09:00:00+08:00",
    ]
    assert timer.next_start(second, env) is None
    assert TimerCatch("date", Text("2026-05-01")).next_start({"due": "2026-05-01T00:00:00+08:00"}, env) is None


def test_a_loop_of_sub_processes_watches_in_each_round():
    inner = (
        looped("=n &lt; 2") + '<startEvent id="s2"/>' + script("t", "=n + 1", "n") + user("a") + path("s2", "t", "a")
    )
    handler = on_event("h", on_signal(), "b", body=user("b"))
    run = Run(diagram(START + sub("x", inner + handler) + END + path("s", "x", "e"), extra=ROOTS), variables={"n": 0})

    run.signal("hs")
    assert run.where == ["b"]
    run.complete("b")
    assert run.where == ["a"] and len(run.where_waiting()) == 2
    assert run.complete("a").finished


def test_a_condition_decides_at_an_event_gateway():
    wait = catch("c", on_condition("=ready")) + catch("d", on_signal() + on_message("m"))
    choice = (
        START
        + gateway("eventBased", "g")
        + wait
        + user("a")
        + user("b")
        + path("s", "g", "c", "a")
        + path("g", "d", "b")
    )
    roots = ROOTS + message("m")

    assert Run(diagram(choice, extra=roots), variables={"ready": True}).where == ["a"]
    assert Run(diagram(choice, extra=roots)).set(ready=True).where == ["a"]
    run = Run(diagram(choice, extra=roots))
    run.do(
        lambda e: e.receive_signal(
            next(w.element_instance_id for w in run.at.waits() if isinstance(w, events.SignalSubscribed)), {}
        )
    )
    assert run.where == ["b"] and run.where_waiting() == ["b"]


def test_a_receive_task_after_an_event_gateway():
    wait = '<receiveTask id="c" messageRef="m"/>' + catch("d", on_signal())
    choice = (
        START
        + gateway("eventBased", "g")
        + wait
        + user("a")
        + user("b")
        + path("s", "g", "c", "a")
        + path("g", "d", "b")
    )
    run = Run(diagram(choice, extra=ROOTS + message("m")))

    assert run.correlate("c", x=1).where == ["a"] and run.variables == {"x": 1}


def test_an_inclusive_join_around_a_loop_and_a_block():
    block = (
        gateway("parallel", "f")
        + user("b")
        + user("c")
        + gateway("parallel", "j")
        + path("i", "f", "b", "j", "o")
        + path("f", "c", "j")
    )
    again = user("a") + gateway("exclusive", "g", "g_o") + path("i", "a", "g", "o") + flow("g", "a", "=more")
    run = Run(
        diagram(
            START
            + gateway("inclusive", "i")
            + gateway("inclusive", "o")
            + user("after")
            + block
            + again
            + path("s", "i")
            + path("o", "after")
        )
    )
    assert run.where == ["a", "b", "c"]

    run.complete("b").complete("a", more=True).complete("c")
    assert run.where == ["a", "o"]

    assert run.complete("a", more=False).where == ["after"]
    assert run.complete("after").finished
