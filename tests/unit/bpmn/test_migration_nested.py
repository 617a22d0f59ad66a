"""Instance migration of what is nested or repeated: every round and every scope goes on as it is."""

import pytest

from engine.events import TimerScheduled
from tests.unit.bpmn.support import (
    ROOTS,
    Run,
    boundary,
    catch,
    end,
    loop,
    message,
    on_event,
    on_message,
    on_signal,
    path,
    sub,
    timer,
    user,
)
from tests.unit.bpmn.test_migration import new, old

REMINDER = on_event("ev", timer("timeCycle", "R3/PT1H"), "h", body=user("h"), interrupting=False)
ALARM = on_event("alarm", on_signal(), "h2", body=user("h2"), interrupting=False)


def rounds(*inside: str, steps: tuple[str, ...] = ("t",), around: str = "") -> str:
    """A sub-process for each of two items with these steps."""
    body = '<startEvent id="is"/>' + "".join(user(step) for step in steps) + path("is", *steps) + "".join(inside)
    return sub("sp", loop("=[1, 2]", "x") + body) + path("s", "sp", "e") + around


def test_every_round_goes_on_with_its_timer_and_gets_what_is_new():
    run = old(rounds(REMINDER)).fire("evs")
    watched = boundary("stop", "sp", on_signal("sig2")) + user("o") + path("stop", "o", "e")

    verdicts = run.to(new(rounds(REMINDER.replace("PT1H", "PT2H"), ALARM, steps=("t", "t2"), around=watched)))

    kept = dict.fromkeys(("sp", "evs", "t", "ev", "h"), "kept")
    assert verdicts == kept | {"stop": "new", "alarms": "new"}
    assert sorted(run.where_waiting()) == ["alarms", "alarms", "evs", "evs", "h", "stop", "t", "t"]
    assert run.complete("t").fire("evs").signal("alarms").where == ["h", "h", "h2", "t", "t2"]
    assert run.signal("stop").where == ["o"]


def test_every_round_counts_its_timer_again_where_the_plan_says_so():
    run = old(rounds(REMINDER)).fire("evs")

    run.to(new(rounds(REMINDER.replace("PT1H", "PT2H"))), recount=True)

    assert [(event.due_at.hour, event.rounds_left) for event in run.of(TimerScheduled)][-2:] == [(11, 2), (11, 2)]


@pytest.mark.parametrize("listed", [{}, {"outputCollection": "out", "outputElement": "=x"}])
def test_work_that_is_done_once_is_not_repeated_and_the_other_way_round(listed):
    once = user("t") + path("s", "t", "e")
    repeated = user("t", inner=loop("=[1, 2]", "x", **listed)) + path("s", "t", "e")

    run = old(once)
    assert run.to(new(repeated)) == {"t": "refused"}
    assert "once" in run.reasons[0] and "all together" in run.reasons[0]

    assert old(repeated).to(new(once)) == {"t": "refused"}


def test_work_that_is_stuck_before_it_began_may_be_repeated_afterwards():
    stuck = user("t", inner=loop("=missing", "x")) + path("s", "t", "e")
    run = old(stuck)
    assert run.incidents == {"t": "EXPRESSION_FAILED"}

    run.to(new(user("t", inner=loop("=[1, 2]", "x", sequential=True)) + path("s", "t", "e")))

    assert run.retry("t").where == ["t"]
    assert run.complete("t").complete("t").finished


def test_event_sub_processes_within_event_sub_processes_come_and_go():
    plain = user("t") + path("s", "t", "e") + on_event("out", on_signal(), "h", body=user("h"), interrupting=False)
    inner = on_event("in", on_signal("sig2"), "h2", body=user("h2"), interrupting=False)
    nested = plain.replace('<userTask id="h"', inner + '<userTask id="h"')

    run = old(plain).signal("outs")
    assert run.to(new(nested))["ins"] == "new"
    assert run.signal("ins").where == ["h", "h2", "t"]

    assert run.to(new(plain))["in"] == "refused"
    assert run.to(new(plain), mapping={"in": None})["in"] == "cancelled"
    assert run.where == ["h", "t"]
    assert run.where_waiting() == ["outs", "t", "h"]


def test_a_watch_that_came_by_a_migration_is_not_doubled_by_a_retry():
    failing = on_event("bad", on_message("m"), "h3", body=user("h3"), interrupting=False)
    outer = on_event("out", on_signal(), "h", body=user("h") + ALARM + failing, interrupting=False)
    extra = ROOTS + message("m", "=key")
    body = user("t") + path("s", "t", "e") + outer
    run = old(body, extra=extra).signal("outs")
    assert run.incidents == {"outs": "CORRELATION_FAILED"}

    run.to(new(body.replace(failing, ""), extra=extra))
    run.retry("outs", 1)

    assert sorted(run.where_waiting()) == ["alarms", "h", "outs", "t"]


def test_while_an_interrupting_one_runs_nothing_new_is_waited_for():
    one = user("t") + path("s", "t", "e") + on_event("ev", on_signal(), "h", body=user("h"))
    run = old(one).signal("evs")

    assert run.to(new(one + on_event("ev2", on_signal("sig2"), "h2", body=user("h2")))) == {"ev": "kept", "h": "kept"}


def test_an_event_behind_a_gateway_keeps_its_date_where_it_is_mapped():
    waits = '<eventBasedGateway id="g"/>' + catch("c1", timer("timeDuration", "PT1H")) + catch("c2", on_signal())
    drawn = waits + end("e2") + path("s", "g", "c1", "e") + path("g", "c2", "e2")

    run: Run = old(drawn)
    run.to(new(drawn.replace("c1", "k1")), mapping={"c1": "k1"})

    assert len(run.of(TimerScheduled)) == 1
    assert run.fire("k1").finished
