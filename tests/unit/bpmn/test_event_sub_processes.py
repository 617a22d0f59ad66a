"""Event sub-processes: what waits beside all that happens in a scope."""

import pytest

from engine import events
from tests.unit.bpmn.support import (
    END,
    ROOTS,
    START,
    Run,
    boundary,
    diagram,
    end,
    ext,
    io,
    message,
    on_condition,
    on_error,
    on_escalation,
    on_event,
    on_message,
    on_signal,
    path,
    script,
    service,
    sub,
    throw,
    timer,
    user,
    z,
)

S2 = '<startEvent id="s2"/>'


WAITS = user("a") + path("s2", "a")


def drawn(*, watch, inner=WAITS, nested):
    """A process with an event sub-process around a user task `a`; nested: both in a sub-process `x`, then `after`."""
    if nested:
        return diagram(
            START + sub("x", S2 + inner + watch) + user("after") + END + path("s", "x", "after", "e"),
            extra=ROOTS + message("m"),
        )
    return diagram(S2 + inner + watch, extra=ROOTS + message("m"))


EVENTS = {
    "message": (on_message("m"), lambda run: run.correlate("hs", seen=1)),
    "timer": (timer("timeDuration", "PT1H"), lambda run: run.fire("hs")),
    "signal": (on_signal(), lambda run: run.signal("hs", seen=1)),
    "condition": (on_condition("=level > 3"), lambda run: run.set(level=4)),
}


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("kind", EVENTS)
def test_an_interrupting_one_is_all_that_is_left_in_its_scope(kind, nested):
    event, happen = EVENTS[kind]
    run = Run(drawn(watch=on_event("h", event, "b", body=user("b")), nested=nested), variables={"level": 0})
    assert run.where == ["a"]

    happen(run)

    assert run.where == ["b"] and run.where_waiting() == ["b"]
    assert [closed.outcome for closed in run.of(events.UserTaskClosed)] == ["cancelled"]
    run.complete("b")
    assert run.where == ["after"] if nested else run.finished


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("kind", ["message", "signal", "condition"])
def test_one_beside_happens_every_time(kind, nested):
    event, happen = EVENTS[kind]
    run = Run(
        drawn(watch=on_event("h", event, "b", body=user("b"), interrupting=False), nested=nested),
        variables={"level": 0},
    )

    happen(run)
    if kind == "condition":
        run.set(level=1)
    happen(run)

    assert run.where == ["a", "b", "b"]
    run.complete("a")
    assert run.where == ["b", "b"]
    run.complete("b").complete("b")
    assert run.where == ["after"] if nested else run.finished


def test_the_scope_ends_while_it_waits():
    run = Run(drawn(watch=on_event("h", on_signal(), "b", body=user("b")), nested=True))

    run.complete("a")

    assert run.where == ["after"] and run.where_waiting() == ["after"]
    assert len(run.of(events.SignalUnsubscribed)) == 1


def test_a_cycle_beside():
    run = Run(
        drawn(watch=on_event("h", timer("timeCycle", "R2/PT1H"), "b", body=user("b"), interrupting=False), nested=False)
    )

    run.fire("hs").fire("hs")

    assert run.where == ["a", "b", "b"] and run.where_waiting() == ["a", "b", "b"]


def test_what_the_event_brings_is_local():
    run = Run(drawn(watch=on_event("h", on_message("m"), "b", body=user("b")), nested=True), variables={"kept": 1})

    run.correlate("hs", seen=2)

    assert run.variables == {"kept": 1}
    assert run.at.variables(run.id("b")) == {"kept": 1, "seen": 2}


def test_output_mappings_of_the_start_say_what_is_kept():
    body = on_event("h", ext(io(outputs={"got": "=seen"})) + on_message("m"), "b", body=user("b"))
    run = Run(drawn(watch=body, nested=False))

    run.correlate("hs", seen=2)

    assert run.at.variables(run.id("b")) == {"got": 2}


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("code", ["err", None])
def test_an_error_in_the_scope_is_caught(nested, code):
    inner = service("a") + path("s2", "a")
    run = Run(drawn(inner=inner, watch=on_event("h", on_error(code), "b", body=user("b")), nested=nested))

    run.do(lambda e: e.throw_error(run.id("a"), "E1", "too late", {"why": "late"}))

    assert run.where == ["b"] and run.at.variables(run.id("b")) == {"why": "late"}
    assert not run.incidents


def test_an_error_of_another_code_goes_on_outwards():
    watch = on_event("h", on_error("err2"), "b", body=user("b"))
    inner = sub("x", S2 + service("a") + path("s2", "a") + watch)
    run = Run(
        diagram(
            START + inner + END + path("s", "x", "e") + boundary("w", "x", on_error()) + user("c") + path("w", "c"),
            extra=ROOTS,
        )
    )

    run.do(lambda e: e.throw_error(run.id("a"), "E1"))

    assert run.where == ["c"]


def test_an_error_in_the_handler_is_not_its_own():
    watch = on_event("h", on_error(), "again", body=end("again", on_error()))
    inner = sub("x", S2 + end("first", on_error()) + path("s2", "first") + watch)
    run = Run(
        diagram(
            START + inner + END + path("s", "x", "e") + boundary("w", "x", on_error()) + user("c") + path("w", "c"),
            extra=ROOTS,
        )
    )

    assert run.where == ["c"]


def test_an_error_nobody_catches_is_an_incident():
    run = Run(diagram(START + end("x", on_error()) + path("s", "x"), extra=ROOTS))

    assert run.incidents == {"x": "UNHANDLED_ERROR"}


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("code", ["esc", None])
def test_an_escalation_in_the_scope(interrupting, code):
    inner = throw("t", on_escalation()) + user("a") + path("s2", "t", "a")
    run = Run(
        drawn(
            inner=inner,
            watch=on_event("h", on_escalation(code), "b", body=user("b"), interrupting=interrupting),
            nested=True,
        )
    )

    assert run.where == (["b"] if interrupting else ["a", "b"])
    assert [(thrown.code, thrown.caught_by) for thrown in run.of(events.EscalationThrown)] == [("X1", "hs")]


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_out_of_a_called_process(interrupting):
    child = diagram(S2 + end("t", ext(io({"level": "=9"})) + on_escalation()) + path("s2", "t"), id="c", extra=ROOTS)
    call = f'<callActivity id="x">{ext(z("calledElement", processId="c"))}</callActivity>'
    watch = boundary("w", "x", on_escalation(None), interrupting=interrupting) + user("b") + path("w", "b")
    run = Run(diagram(START + call + user("after") + path("s", "x", "after") + watch), child)

    assert run.where == (["b"] if interrupting else ["after", "b"]) and run.variables == {"level": 9}


def test_an_escalation_nobody_catches_changes_nothing():
    run = Run(diagram(START + throw("t", on_escalation()) + END + path("s", "t", "e"), extra=ROOTS))

    assert run.finished and run.of(events.EscalationThrown)[0].caught_by is None


def test_a_sub_process_of_several_rounds_has_a_watch_in_each():
    twice = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    rounds = sub("x", twice + S2 + user("a") + path("s2", "a") + on_event("h", on_signal(), "b", body=user("b")))
    run = Run(diagram(START + rounds + END + path("s", "x", "e"), extra=ROOTS))

    run.signal("hs")
    assert run.where == ["a", "b"]

    run.complete("a").complete("b")
    assert run.finished


def test_a_watch_that_cannot_be_armed_is_an_incident_of_its_scope():
    run = Run(
        drawn(watch=on_event("h", timer("timeDuration", "=wait"), "b", body=user("b")), nested=False),
        variables={"wait": 3},
    )
    assert run.incidents == {"p": "TIMER_FAILED"} and run.variables == {"wait": 3}

    run.set(wait="PT1H").retry("p")

    assert run.where == ["a"] and not run.incidents


def test_conditions():
    wait = (
        START
        + script("a", "=1", "level")
        + '<intermediateCatchEvent id="c">'
        + on_condition("=level > 3")
        + "</intermediateCatchEvent>"
        + user("b")
        + path("s", "a", "c", "b")
    )
    run = Run(diagram(wait))
    assert run.where == ["c"] and run.where_waiting() == []

    assert run.set(level=2).where == ["c"]
    assert run.set(level=4).where == ["b"]


def test_a_condition_reads_the_variables_of_its_activity():
    watch = boundary("w", "a", on_condition("=mine > 3")) + user("b") + path("w", "b")
    run = Run(diagram(START + user("a", io({"mine": "=5"})) + path("s", "a") + watch))

    assert run.where == ["b"]


def test_a_condition_that_is_none_is_an_incident_until_it_is_one():
    wait = (
        START
        + '<intermediateCatchEvent id="c">'
        + on_condition("=level")
        + "</intermediateCatchEvent>"
        + user("b")
        + path("s", "c", "b")
    )
    run = Run(diagram(wait), variables={"level": "high"})
    assert run.incidents == {"c": "CONDITION_FAILED"}

    run.set(level=True)
    run.retry("c")

    assert run.where == ["b"]


def test_a_condition_beside_its_activity():
    watch = boundary("w", "a", on_condition("=level > 3"), interrupting=False) + user("b") + path("w", "b")
    run = Run(diagram(START + user("a") + path("s", "a") + watch), variables={"level": 1})

    run.set(level=5).set(level=6).set(level=1).set(level=4)

    assert run.where == ["a", "b", "b"]
    assert run.complete("a").where == ["b", "b"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_several_events_may_begin_one(interrupting):
    either = on_event("h", on_signal() + on_message("m"), "b", body=user("b"), interrupting=interrupting)
    run = Run(drawn(watch=either, nested=True))

    run.do(lambda e: e.receive_signal(_wait(run), {"seen": 1}))

    assert run.where == (["b"] if interrupting else ["a", "b"])
    assert len(run.where_waiting()) == (1 if interrupting else 4)


def _wait(run):
    return next(wait.element_instance_id for wait in run.at.waits() if isinstance(wait, events.SignalSubscribed))
