"""Timers and messages: catching, boundary, gateways, starting and throwing."""

from datetime import datetime, timedelta

import pytest

from engine import events
from engine.errors import InvalidState
from tests.unit.bpmn.support import (
    END,
    NOW,
    START,
    Run,
    boundary,
    diagram,
    ext,
    flow,
    gateway,
    io,
    message,
    on_message,
    path,
    script,
    timer,
    user,
    z,
)


def catch(id, inner):
    return f'<intermediateCatchEvent id="{id}">{inner}</intermediateCatchEvent>'


def wait(inner):
    return diagram(START + catch("w", inner) + END + path("s", "w", "e"))


def due(run):
    return run.of(events.TimerScheduled)[-1].due_at


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("timeDuration", "P3D", "2026-02-02T09:00:00+08:00"),
        ("timeDuration", "P1M", "2026-02-28T09:00:00+08:00"),
        ("timeDuration", "P1Y1MT1H30M0.5S", "2027-02-28T10:30:00.500000+08:00"),
        ("timeDuration", "P2W", "2026-02-13T09:00:00+08:00"),
        ("timeDuration", '=duration("PT2H")', "2026-01-30T11:00:00+08:00"),
        ("timeDuration", '=duration("P1M")', "2026-02-28T09:00:00+08:00"),
        ("timeDuration", "=pause", "2026-01-30T09:10:00+08:00"),
        ("timeDate", "2026-03-02T08:00:00Z", "2026-03-02T08:00:00+00:00"),
        ("timeDate", "2026-03-02", "2026-03-02T00:00:00+08:00"),
        ("timeDate", '=date("2026-03-02")', "2026-03-02T00:00:00+08:00"),
        ("timeDate", '=now() + duration("PT1H")', "2026-01-30T10:00:00+08:00"),
        ("timeCycle", "R3/P1M", "2026-02-28T09:00:00+08:00"),
    ],
)
def test_a_timer_is_computed_when_waiting_begins(kind, text, expected):
    run = Run(wait(timer(kind, text)), variables={"pause": "PT10M"})
    assert due(run) == datetime.fromisoformat(expected)
    assert due(run).utcoffset() is not None

    run.fire("w")

    assert run.finished
    assert type(run.events[0]) is events.TimerClosed


def test_only_somebody_outside_fires_a_timer():
    run = Run(wait(timer("timeDate", "2000-01-01")))
    assert run.where == ["w"], "its date is long over, but nobody has come"

    with pytest.raises(InvalidState, match="Expected to fire timer 99, but it is not open"):
        run.at.trigger_timer("99")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("timeDuration", "=1"),
        ("timeDate", '="soon"'),
        ("timeDate", "=null"),
        ("timeCycle", '="R0/P1D"'),
        ("timeCycle", '="P1D"'),
        ("timeDuration", '="P9999Y"'),
        ("timeDuration", '="x"'),
        ("timeCycle", '="R/PT0S"'),
    ],
)
def test_a_timer_that_is_none_is_an_incident(kind, text):
    assert Run(wait(timer(kind, text))).incidents == {"w": "TIMER_FAILED"}


def with_boundary(inner, *, interrupting=True):
    body = START + user("a") + boundary("b", "a", inner, interrupting=interrupting) + user("late") + END
    return diagram(body + path("s", "a", "e") + path("b", "late"), extra=message("m", "=key"))


def test_an_interrupting_timer_takes_the_task_away():
    run = Run(with_boundary(timer("timeDuration", "P1D"))).fire("b")

    assert run.where == ["late"]
    assert run.of(events.UserTaskClosed)[0].outcome == "cancelled"


def test_a_task_that_is_done_stops_its_timer():
    run = Run(with_boundary(timer("timeDuration", "P1D"))).complete("a")

    assert run.finished
    assert len(run.of(events.TimerClosed)) == 1


def test_reminders_come_in_turn_from_where_the_cycle_began():
    run = Run(with_boundary(timer("timeCycle", "R3/P1M"), interrupting=False))
    dates = [due(run)]
    assert run.of(events.TimerScheduled)[-1].rounds_left == 2
    run.fire("b")
    dates.append(due(run))
    run.fire("b")
    dates.append(due(run))
    run.fire("b")

    assert [date.day for date in dates] == [28, 30, 30], "31 January is not lost in February"
    assert run.where == ["a", "late", "late", "late"]
    run.complete("a").complete("late").complete("late").complete("late")
    assert run.finished


def test_a_cycle_for_ever_and_one_from_a_date():
    run = Run(with_boundary(timer("timeCycle", "R/2026-02-01T00:00:00+08:00/P1D"), interrupting=False))
    assert (due(run).isoformat(), run.of(events.TimerScheduled)[0].rounds_left) == ("2026-02-01T00:00:00+08:00", -1)

    for _ in range(3):
        run.fire("b")
    assert due(run) == datetime.fromisoformat("2026-02-04T00:00:00+08:00")


def test_a_boundary_timer_once_beside_the_task():
    run = Run(with_boundary(timer("timeDuration", "P1D"), interrupting=False)).fire("b")

    assert run.where == ["a", "late"]
    run.complete("a").complete("late")
    assert run.finished


def test_a_boundary_that_cannot_be_armed_is_an_incident_at_its_activity():
    run = Run(with_boundary(timer("timeDuration", "=wait")))
    assert run.incidents == {"a": "TIMER_FAILED"}
    assert "(boundary event b)" in run.of(events.IncidentRaised)[0].message
    assert [event for event in run.history if isinstance(event, events.UserTaskCreated)] == []

    run.do(lambda e: e.set_variables({"wait": "PT1H"})).retry("a")
    assert run.where == ["a"]
    assert due(run) == NOW + timedelta(hours=1)


def test_a_message_is_correlated_by_its_key():
    data = diagram(START + catch("w", on_message("m")) + END + path("s", "w", "e"), extra=message("m", "=order.id"))
    run = Run(data, variables={"order": {"id": 4711}})
    waiting = run.of(events.MessageSubscribed)[0]
    assert (waiting.message_name, waiting.correlation_key) == ("m name", "4711")

    run.correlate("w", paid=True)

    assert run.finished and run.variables["paid"] is True
    assert type(run.events[0]) is events.MessageUnsubscribed


@pytest.mark.parametrize("key", [None, "", True, [1]])
def test_a_message_without_a_key_is_an_incident(key):
    data = diagram(START + catch("w", on_message("m")) + END + path("s", "w", "e"), extra=message("m", "=key"))

    assert Run(data, variables={"key": key}).incidents == {"w": "CORRELATION_FAILED"}


def test_a_receive_task_waits_too():
    task = f'<receiveTask id="w" messageRef="m">{ext(io(outputs={"got": "=answer"}))}</receiveTask>'
    run = Run(diagram(START + task + END + path("s", "w", "e"), extra=message("m")))
    assert run.of(events.MessageSubscribed)[0].correlation_key == ""

    run.correlate("w", answer=1, noise=2)
    assert run.variables == {"got": 1}


def test_a_message_interrupts_a_task():
    run = Run(with_boundary(on_message("m")), variables={"key": "k"}).correlate("b", why="withdrawn")

    assert run.where == ["late"] and run.variables["why"] == "withdrawn"


def test_messages_beside_a_task_are_heard_every_time():
    run = Run(with_boundary(on_message("m"), interrupting=False), variables={"key": "k"})
    run.correlate("b", n=1).correlate("b", n=2)

    assert run.where == ["a", "late", "late"]
    assert len(run.of(events.MessageSubscribed)) == 1
    run.complete("a")
    assert len(run.of(events.MessageUnsubscribed)) == 1


def test_the_first_event_wins():
    body = (
        START
        + gateway("eventBased", "g")
        + catch("msg", on_message("m"))
        + catch("hour", timer("timeDuration", "PT1H"))
    )
    body += catch("day", timer("timeDuration", "P1D")) + user("a") + user("b") + user("c") + path("s", "g", "msg", "a")
    data = diagram(body + path("g", "hour", "b") + path("g", "day", "c"), extra=message("m"))

    for first, then in (("msg", "a"), ("hour", "b"), ("day", "c")):
        run = Run(data)
        assert run.where == ["g"]
        assert [event.due_at for event in run.of(events.TimerScheduled)] == [
            NOW + timedelta(hours=1),
            NOW + timedelta(days=1),
        ]
        run = run.correlate(first) if first == "msg" else run.fire(first)
        assert run.where == [then]
        assert [event.element_id for event in run.of(events.FlowTaken)] == [f"g_{first}"]
        assert len(run.of(events.TimerClosed)) == 2
        assert run.passed()[-2:] == ["g", first]
        assert run.complete(then).finished


def test_an_event_gateway_that_cannot_wait_is_one_incident():
    body = (
        START + gateway("eventBased", "g") + catch("m1", on_message("m")) + catch("t", timer("timeDuration", "=wait"))
    )
    run = Run(diagram(body + path("s", "g", "m1") + path("g", "t"), extra=message("m")))
    assert run.incidents == {"g": "TIMER_FAILED"}
    assert run.of(events.MessageSubscribed) == []

    run.do(lambda e: e.set_variables({"wait": "PT1H"})).retry("g")
    assert run.where == ["g"]
    run.do(lambda e: e.cancel())
    assert {type(event).__name__ for event in run.events} == {"TimerClosed", "MessageUnsubscribed", "InstanceEnded"}


def test_a_message_starts_an_instance():
    start = f'<startEvent id="s"/><startEvent id="ms">{on_message("m")}</startEvent>'
    data = diagram(start + user("a") + user("b") + path("s", "a") + path("ms", "b"), extra=message("m"))

    assert Run(data).where == ["a"]
    run = Run(data, start_event="ms", variables={"from": "lin"})
    assert run.where == ["b"]
    assert run.model.start_messages == {"m name": "ms"}


def test_a_process_only_a_message_starts():
    data = diagram(
        f'<startEvent id="ms">{on_message("m")}</startEvent>' + user("b") + path("ms", "b"), extra=message("m")
    )
    with pytest.raises(InvalidState, match="no such start event"):
        Run(data)


def throw(tag, id, *parts):
    return f'<{tag} id="{id}">{ext(*parts)}{on_message("m")}</{tag}>'


def test_messages_are_thrown_with_key_and_payload():
    mapped = throw("intermediateThrowEvent", "t1", io({"answer": "=n + 1"}))
    listed = throw(
        "endEvent", "t2", z("properties", z("property", name="word", value="hi"), z("property", name="n", value="=n"))
    )
    own_key = ext(z("properties", z("property", name="correlationKey", value="=n")))
    sent = f'<sendTask id="t0" messageRef="m">{own_key}</sendTask>'
    data = diagram(START + sent + mapped + listed + path("s", "t0", "t1", "t2"), extra=message("m", "=key"))
    run = Run(data, variables={"key": "k", "n": 1})

    thrown = [(event.message_name, event.correlation_key, event.variables) for event in run.of(events.MessageThrown)]
    assert thrown == [("m name", "1", {}), ("m name", "k", {"answer": 2}), ("m name", "k", {"word": "hi", "n": 1})]
    assert run.finished


@pytest.mark.parametrize("tag", ["intermediateThrowEvent", "endEvent"])
def test_a_thrown_message_may_be_a_job(tag):
    data = diagram(START + throw(tag, "t", z("taskDefinition", type="mail")) + path("s", "t"), extra=message("m"))
    run = Run(data)
    assert run.of(events.JobCreated)[0].job_type == "mail"

    assert run.complete_job("t").finished


def test_boundary_events_of_a_sub_process_and_of_a_loop():
    inner = f'<startEvent id="s2"/>{user("u")}' + path("s2", "u")
    around = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    body = (
        START
        + f'<subProcess id="sub">{around}{inner}</subProcess>'
        + boundary("b", "sub", timer("timeDuration", "P1D"))
    )
    data = diagram(body + user("late") + END + path("s", "sub", "e") + path("b", "late"))
    assert len(Run(data).of(events.TimerScheduled)) == 1, "the whole loop is watched, not each of its rounds"

    assert Run(data).fire("b").where == ["late"]
    assert Run(data).complete("u").complete("u").finished


def test_a_milestone_passes():
    run = Run(
        diagram(START + '<intermediateThrowEvent id="m"/>' + script("x", "=1", "n") + END + path("s", "m", "x", "e"))
    )

    assert run.passed() == ["s", "m", "x", "e"]


def test_an_incident_of_a_cancelled_branch_is_gone():
    body = START + user("a") + boundary("b", "sub", timer("timeDuration", "P1D"))
    inner = f'<startEvent id="s2"/>{gateway("exclusive", "x")}{user("u")}{user("v")}' + path("s2", "x")
    inner += flow("x", "u", "=n = 1") + flow("x", "v", "=n = 2")
    body = (
        START
        + f'<subProcess id="sub">{inner}</subProcess>'
        + boundary("b", "sub", timer("timeDuration", "P1D"))
        + user("a")
    )
    run = Run(diagram(body + path("s", "sub") + path("b", "a")))
    assert run.incidents == {"x": "NO_FLOW"}

    run.fire("b")

    assert run.incidents == {} and run.where == ["a"]


def test_what_is_cancelled_deep_inside_is_closed():
    child = diagram(
        START + gateway("parallel", "f") + user("u") + gateway("eventBased", "g") + catch("m1", on_message("m"))
        + catch("t1", timer("timeDuration", "PT1H")) + path("s", "f", "u") + path("f", "g", "m1") + path("g", "t1"),
        id="child", extra=message("m"),
    )  # fmt: skip
    called = ext(z("calledElement", processId="child"))
    inner = f'<startEvent id="s2"/><callActivity id="call">{called}</callActivity>' + path("s2", "call")
    body = START + f'<subProcess id="sub">{inner}</subProcess>' + boundary("b", "sub", timer("timeDuration", "P1D"))
    run = Run(diagram(body + user("late") + path("s", "sub") + path("b", "late")), child)
    assert run.where == ["g", "u"]

    run.fire("b")

    assert run.where == ["late"]
    closed = sorted(
        (type(event).__name__, event.element_id) for event in run.events[:-1] if "ElementCompleted" not in repr(event)
    )
    assert closed == [
        ("MessageUnsubscribed", "m1"), ("TimerClosed", "b"), ("TimerClosed", "t1"), ("UserTaskClosed", "u"),
    ]  # fmt: skip


def test_a_boundary_event_that_cannot_hand_out_its_results_is_an_incident():
    found = ext(io(outputs={"profile": "=why"})) + on_message("m")
    run = Run(with_boundary(found, interrupting=False), variables={"key": "k"}, valid=False)
    run.correlate("b", why="withdrawn")

    assert run.incidents == {"b": "RESERVED_VARIABLE"}
    assert run.where == ["a", "b"]
    run.complete("a")
    assert run.where == ["b"], "the instance does not end while somebody has to help"
