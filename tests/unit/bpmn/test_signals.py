"""Signals reach everybody who waits: in the instance at once, elsewhere by what the instance reports."""

from engine import events
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
    gateway,
    io,
    message,
    on_message,
    on_signal,
    path,
    sub,
    throw,
    timer,
    user,
)

FORK = START + gateway("parallel", "f") + END + path("s", "f")


def drawn(body):
    return diagram(body, extra=ROOTS)


def test_a_signal_reaches_all_who_wait_in_the_instance():
    waits = catch("c", on_signal()) + user("a") + path("f", "c", "a", "e")
    watches = user("b") + boundary("w", "b", on_signal()) + user("c2") + path("f", "b", "e") + path("w", "c2", "e")
    run = Run(drawn(FORK + waits + watches + user("go") + throw("t", on_signal()) + path("f", "go", "t", "e")))

    run.complete("go")

    assert run.where == ["a", "c2"]
    assert [thrown.signal_name for thrown in run.of(events.SignalThrown)] == ["alarm"]


def test_branches_beside_a_signal_are_waiting_when_it_is_thrown():
    run = Run(
        drawn(FORK + throw("t", on_signal()) + catch("c", on_signal()) + path("f", "t", "e") + path("f", "c", "e"))
    )

    assert run.finished and run.passed().index("t") < run.passed().index("c")


def test_a_signal_of_another_name_is_not_heard():
    run = Run(
        drawn(
            FORK + throw("t", on_signal("sig2")) + catch("c", on_signal()) + path("f", "t", "e") + path("f", "c", "e")
        )
    )

    assert run.where == ["c"]


def test_a_signal_from_elsewhere_brings_its_variables():
    run = Run(drawn(START + catch("c", on_signal()) + user("a") + END + path("s", "c", "a", "e")))
    assert [wait.signal_name for wait in run.of(events.SignalSubscribed)] == ["alarm"]

    run.signal("c", level=3)

    assert run.where == ["a"] and run.variables == {"level": 3}
    assert len(run.of(events.SignalUnsubscribed)) == 1


def test_a_watcher_beside_its_activity_hears_every_signal():
    run = Run(drawn(START + user("a") + END + path("s", "a", "e") + boundary("w", "a", on_signal(), interrupting=False) + user("b") + path("w", "b")))  # fmt: skip # noqa: E501

    run.signal("w").signal("w")

    assert run.where == ["a", "b", "b"]
    assert run.complete("a").where == ["b", "b"] and run.where_waiting() == ["b", "b"]


def test_a_signal_end_tells_its_payload():
    run = Run(drawn(START + end("x", ext(io({"level": "=2 + 1"})) + on_signal()) + path("s", "x")))

    (thrown,) = run.of(events.SignalThrown)
    assert run.finished and thrown.variables == {"level": 3}


def test_inputs_of_a_signal_are_mapped_once():
    body = ext(io({"n": "=n + 1"})) + on_signal()
    run = Run(
        drawn(START + f'<intermediateThrowEvent id="t">{body}</intermediateThrowEvent>' + END + path("s", "t", "e")),
        variables={"n": 1},
    )

    assert run.of(events.SignalThrown)[0].variables == {"n": 2} and run.variables == {"n": 1}


def test_a_signal_may_interrupt_its_own_thrower():
    inner = (
        '<startEvent id="s2"/>' + user("go") + throw("t", on_signal()) + user("after") + path("s2", "go", "t", "after")
    )
    run = Run(
        drawn(
            START
            + sub("x", inner)
            + END
            + path("s", "x", "e")
            + boundary("w", "x", on_signal())
            + user("b")
            + path("w", "b")
        )
    )

    run.complete("go")

    assert run.where == ["b"]


def test_the_first_of_several_events_after_a_gateway():
    choice = START + gateway("eventBased", "g") + catch("c", on_signal()) + catch("d", timer("timeDuration", "PT1H"))
    run = Run(drawn(choice + user("a") + user("b") + path("s", "g", "c", "a") + path("g", "d", "b")))

    run.signal("c")

    assert run.where == ["a"] and run.where_waiting() == ["a"]


def test_several_signals_in_one_event():
    either = catch("c", on_signal() + on_signal("sig2"))
    run = Run(drawn(START + either + user("a") + END + path("s", "c", "a", "e")))
    assert run.where == ["c"] and len(run.where_waiting()) == 2

    run.do(lambda e: e.receive_signal(run.id("c", 1), {"x": 1}))

    assert run.where == ["a"] and run.where_waiting() == ["a"] and run.variables == {"x": 1}


def test_all_of_several_signals():
    both = catch("c", on_signal() + on_signal("sig2"), parallelMultiple="true")
    run = Run(drawn(START + both + user("a") + END + path("s", "c", "a", "e")))

    run.do(lambda e: e.receive_signal(run.id("c", 1), {"x": 1}))
    assert run.where == ["c"] and len(run.where_waiting()) == 1

    run.signal("c", y=2)
    assert run.where == ["a"] and run.variables == {"x": 1, "y": 2}


def test_several_events_beside_an_activity_each_fire():
    watch = boundary("w", "a", on_signal() + timer("timeCycle", "R2/PT1H"), interrupting=False)
    run = Run(drawn(START + user("a") + END + path("s", "a", "e") + watch + user("b") + path("w", "b")))

    run.do(lambda e: e.trigger_timer(wait_of(run, events.TimerScheduled)))
    run.do(lambda e: e.receive_signal(wait_of(run, events.SignalSubscribed), {}))
    run.do(lambda e: e.trigger_timer(wait_of(run, events.TimerScheduled)))

    assert run.where == ["a", "b", "b", "b"]
    assert [type(wait) for wait in run.at.waits()].count(events.TimerScheduled) == 0
    assert run.complete("a").where_waiting() == ["b", "b", "b"]


def test_a_throw_event_throws_all_it_says():
    run = Run(drawn(START + throw("t", on_signal() + on_signal("sig2")) + END + path("s", "t", "e")))

    assert [thrown.signal_name for thrown in run.of(events.SignalThrown)] == ["alarm", "all clear"]


def test_an_end_event_throws_all_it_says():
    run = Run(drawn(START + end("t", on_signal() + on_signal("sig2")) + path("s", "t")))

    assert [thrown.signal_name for thrown in run.of(events.SignalThrown)] == ["alarm", "all clear"]
    assert run.finished


def test_a_signal_starts_instances():
    run = Run(drawn(f'<startEvent id="s">{on_signal()}</startEvent>' + user("a") + path("s", "a")), start_event="s")

    assert run.model.start_signals == {"alarm": "s"} and run.where == ["a"]


def wait_of(run, kind):
    return next(wait.element_instance_id for wait in run.at.waits() if isinstance(wait, kind))


def test_the_first_of_several_events_interrupts():
    watch = boundary("w", "a", on_signal() + timer("timeDuration", "PT1H"))
    run = Run(drawn(START + user("a") + END + path("s", "a", "e") + watch + user("b") + path("w", "b")))

    run.do(lambda e: e.trigger_timer(wait_of(run, events.TimerScheduled)))

    assert run.where == ["b"] and run.where_waiting() == ["b"]


def test_any_of_several_starts_instances():
    begin = f'<startEvent id="s">{on_message("m")}{on_signal()}{on_signal("sig2")}</startEvent>'
    run = Run(diagram(begin + user("a") + path("s", "a"), extra=ROOTS + message("m")), start_event="s")

    assert run.model.start_signals == {"alarm": "s", "all clear": "s"} and run.model.start_messages == {"m name": "s"}
    assert run.where == ["a"]
