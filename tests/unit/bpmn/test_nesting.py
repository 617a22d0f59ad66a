"""One construct within another: what holds for each alone holds for them together."""

import pytest

from engine import events
from engine.bpmn.instructions import StartBefore
from tests.unit.bpmn.support import (
    END,
    ROOTS,
    START,
    Run,
    boundary,
    diagram,
    end,
    ext,
    gateway,
    io,
    loop,
    message,
    on_error,
    on_event,
    on_message,
    on_signal,
    path,
    sub,
    timer,
    user,
    z,
)

INNER = '<startEvent id="is"/>'
UNDO = "<compensateEventDefinition/>"


def drawn(body, *, id="p"):
    return diagram(body, id=id, extra=ROOTS + message("m", "=key"))


def each(collection, element, *body, **outputs):
    """A sub-process for every item; its start event is `is`."""
    return sub("sp", loop(collection, element, **outputs) + INNER + "".join(body))


def test_an_event_sub_process_within_another_waits_as_long_as_that_is_open():
    inside = on_event("in", on_signal("sig2"), "h2", body=user("h2"), interrupting=False)
    outside = on_event("out", on_signal(), "h", body=user("h") + inside, interrupting=False)
    run = Run(drawn(START + user("t") + END + path("s", "t", "e") + outside))
    assert run.where_waiting() == ["outs", "t"]

    run.signal("outs").signal("outs")
    assert sorted(run.where_waiting()) == ["h", "h", "ins", "ins", "outs", "t"]

    assert run.signal("ins").where == ["h", "h", "h2", "t"]
    assert run.complete("h").complete("h").where == ["h2", "t"]
    assert run.complete("h2").complete("t").finished


def test_an_interrupting_one_within_another_is_all_that_is_left_of_that():
    inside = on_event("in", timer("timeDuration", "PT1H"), "h2", body=user("h2"))
    outside = on_event("out", on_signal(), "h", body=user("h") + inside, interrupting=False)
    run = Run(drawn(START + user("t") + END + path("s", "t", "e") + outside)).signal("outs")

    assert run.fire("ins").where == ["h2", "t"]
    assert run.signal("outs").where == ["h", "h2", "t"]


def test_one_within_another_that_cannot_wait_is_an_incident_and_waits_when_it_can():
    inside = on_event("in", on_message("m"), "h2", body=user("h2"), interrupting=False)
    beside = on_event("two", on_signal("sig2"), "h3", body=user("h3"), interrupting=False)
    outside = on_event("out", on_signal(), "h", body=user("h") + beside + inside, interrupting=False)
    run = Run(drawn(START + user("t") + END + path("s", "t", "e") + outside)).signal("outs")
    assert run.incidents == {"outs": "CORRELATION_FAILED"}
    assert run.where_waiting() == ["outs", "t"]

    run.set(key="k1").retry("outs", 1)
    assert sorted(run.where_waiting()) == ["h", "ins", "outs", "t", "twos"]


def test_a_cycle_in_every_iteration_of_a_called_process():
    reminder = on_event("ev", timer("timeCycle", "R/PT1H"), "h", body=user("h"), interrupting=False)
    several = each(
        "=[1,2]", "x", user("t") + path("is", "t") + reminder, outputCollection="res", outputElement="=answer"
    )
    called = drawn(START + several + END + path("s", "sp", "e"), id="q")
    call = f'<callActivity id="c">{ext(z("calledElement", processId="q"))}</callActivity>'
    run = Run(drawn(START + call + END + path("s", "c", "e")), called)

    run.fire("evs").fire("evs").complete("t", answer="one")
    run.complete("h").complete("h")
    assert run.where == ["t"]
    assert run.where_waiting() == ["t", "evs"]
    assert run.complete("t", answer="two").finished
    assert run.variables == {"res": ["one", "two"]}


def test_a_watch_in_an_iteration_reads_the_variables_of_that_iteration():
    deadline = on_event("ev", timer("timeDuration", "=term"), "h", body=user("h"))
    run = Run(
        drawn(
            START
            + each('=["PT1H","PT2H"]', "term", user("t") + path("is", "t") + deadline)
            + END
            + path("s", "sp", "e")
        )
    )
    hours = [event.due_at.hour for event in run.of(events.TimerScheduled)]
    assert hours == [10, 11]

    assert run.fire("evs").where == ["h", "t"]


def test_an_inclusive_join_goes_on_when_a_boundary_leads_its_last_token_elsewhere():
    body = gateway("inclusive", "g") + user("a") + sub("sp", INNER + user("t") + path("is", "t"))
    body += (
        boundary("late", "sp", timer("timeDuration", "PT1H")) + user("other") + gateway("inclusive", "j") + end("e2")
    )
    body += path("s", "g", "a", "j", "e") + path("g", "sp", "j") + path("late", "other", "e2")
    run = Run(drawn(START + body + END)).complete("a")
    assert run.where == ["j", "t"]

    assert run.fire("late").where == ["other"]
    assert run.passed()[-3:] == ["late", "j", "e"]


def test_what_every_iteration_did_is_undone_with_the_variables_it_had():
    undo = user("un").replace("<userTask", '<userTask isForCompensation="true"')
    body = user("t") + boundary("tb", "t", UNDO) + undo + path("is", "t")
    body += '<association id="as" sourceRef="tb" targetRef="un"/>'
    later = user("w") + f'<intermediateThrowEvent id="c">{UNDO}</intermediateThrowEvent>'
    run = Run(drawn(START + each('=["a","b"]', "x", body) + later + END + path("s", "sp", "w", "c", "e")))
    run.complete("t").complete("t").complete("w")

    assert run.at.variables(run.id("un"))["x"] == "b"
    assert run.complete("un").at.variables(run.id("un"))["x"] == "a"
    assert run.complete("un").finished


def test_an_error_out_of_an_event_sub_process_is_caught_around_its_scope():
    raised = on_event("ev", on_signal(), "ee", body=end("ee", on_error()), interrupting=False)
    body = sub("sp", INNER + user("t") + path("is", "t") + raised) + boundary("b", "sp", on_error(None)) + user("h")
    run = Run(drawn(START + body + END + path("s", "sp", "e") + path("b", "h", "e")))

    assert run.signal("evs").where == ["h"]


def test_lists_of_lists_keep_their_order():
    inner = user("t", inner=loop("=group", "x", outputCollection="doubled", outputElement="=x * 2"))
    many = each(
        "=groups", "group", inner + path("is", "t"), sequential=True, outputCollection="all", outputElement="=doubled"
    )
    run = Run(drawn(START + many + END + path("s", "sp", "e")), variables={"groups": [[1, 2], [3]]})

    run.complete("t", 1).complete("t")
    assert run.complete("t").variables["all"] == [[2, 4], [6]]


def test_what_an_error_end_hands_over_is_mapped_where_it_is_caught():
    thrown = f'<endEvent id="ee">{ext(io({"why": "=1 + 1"}))}{on_error()}</endEvent>'
    caught = f'<boundaryEvent id="b" attachedToRef="sp">{ext(io(None, {"reason": "=why"}))}{on_error()}</boundaryEvent>'
    body = sub("sp", INNER + thrown + path("is", "ee")) + caught
    run = Run(drawn(START + body + END + path("s", "sp", "e") + path("b", "e")))

    assert run.finished
    assert run.variables == {"reason": 2}


@pytest.mark.parametrize("word", ["true", "1"])
def test_both_words_for_true_are_read(word):
    several = user("t", inner=loop("=[1,2]", "x", sequential=True).replace('"true"', f'"{word}"'))
    data = drawn(START + several + END + path("s", "t", "e"))
    run = Run(data.replace(b'isExecutable="true"', f'isExecutable="{word}"'.encode()))

    assert run.where == ["t"]


def test_a_step_started_in_an_event_sub_process_is_watched_there():
    inside = on_event("in", on_signal("sig2"), "h2", body=user("h2"), interrupting=False)
    outside = on_event("out", on_signal(), "h", body=user("h") + inside, interrupting=False)
    run = Run(drawn(START + user("t") + END + path("s", "t", "e") + outside))

    run.do(lambda execution: execution.modify([StartBefore(element_id="h")]))

    assert sorted(run.where_waiting()) == ["h", "ins", "outs", "t"]
    assert run.signal("ins").where == ["h", "h2", "t"]
