"""Undoing: compensation, transactions and what they leave."""
# ruff: noqa: E501  (a diagram is read in one line)

import pytest

from tests.unit.bpmn.support import (
    END,
    ROOTS,
    START,
    Run,
    boundary,
    diagram,
    end,
    gateway,
    path,
    script,
    sub,
    throw,
    user,
)

UNDO = "<compensateEventDefinition/>"


def undone(id, undo=None):
    """A user task and the user task that undoes it."""
    undo = undo or user(f"un{id}").replace("<userTask", '<userTask isForCompensation="true"')
    return user(id) + boundary(f"{id}b", id, UNDO) + undo


def to(*ids):
    """The associations that lead to handlers; BPMN files have them last in their scope."""
    return "".join(f'<association id="{id}as" sourceRef="{id}b" targetRef="un{id}"/>' for id in ids)


def drawn(body):
    return diagram(body, extra=ROOTS)


def test_the_latest_is_undone_first():
    run = Run(
        drawn(
            START
            + undone("a")
            + undone("b")
            + throw("t", UNDO)
            + user("after")
            + path("s", "a", "b", "t", "after")
            + to("a", "b")
        )
    )

    run.complete("a").complete("b")
    assert run.where == ["unb"]

    assert run.complete("unb").where == ["una"]
    assert run.complete("una").where == ["after"]


def test_only_what_was_completed_is_undone():
    fork = (
        START
        + gateway("parallel", "f")
        + undone("a")
        + undone("b")
        + end("x", UNDO)
        + path("s", "f", "a", "x")
        + path("f", "b")
        + to("a", "b")
    )
    run = Run(drawn(fork))

    run.complete("a")

    assert run.where == ["b", "una"]
    assert run.complete("una").complete("b").finished


def test_one_activity_may_be_named():
    run = Run(
        drawn(
            START
            + undone("a")
            + undone("b")
            + throw("t", '<compensateEventDefinition activityRef="a"/>')
            + end("x", UNDO)
            + path("s", "a", "b", "t", "x")
            + to("a", "b")
        )
    )

    run.complete("a").complete("b")
    assert run.where == ["una"]

    assert run.complete("una").where == ["unb"], "a is not undone twice"


def test_each_round_is_undone():
    again = (
        gateway("exclusive", "g", "g_t")
        + throw("t", UNDO)
        + path("s", "m", "a", "g", "t")
        + '<sequenceFlow id="g_m" sourceRef="g" targetRef="m"><conditionExpression>=more</conditionExpression></sequenceFlow>'
    )
    run = Run(drawn(START + gateway("exclusive", "m") + undone("a") + again + to("a")))

    run.complete("a", more=True).complete("a", more=False)

    assert run.complete("una").where == ["una"]
    assert run.complete("una").finished


def test_a_completed_sub_process_is_undone_with_the_variables_it_had():
    inner = '<startEvent id="s2"/>' + undone("a") + path("s2", "a") + to("a")
    local = sub(
        "x",
        '<extensionElements><zeebe:ioMapping><zeebe:input source="=7" target="mine"/></zeebe:ioMapping></extensionElements>'
        + inner,
    )
    run = Run(drawn(START + local + throw("t", UNDO) + END + path("s", "x", "t", "e")))

    run.complete("a")

    assert run.where == ["una"] and run.at.variables(run.id("una"))["mine"] == 7
    assert run.complete("una").finished


def test_an_event_sub_process_says_how_a_sub_process_is_undone():
    handler = f'<subProcess id="h" triggeredByEvent="true"><startEvent id="hs">{UNDO}</startEvent>{user("first")}{throw("rest", UNDO)}{path("hs", "first", "rest")}</subProcess>'
    inner = '<startEvent id="s2"/>' + undone("a") + path("s2", "a") + handler + to("a")
    run = Run(drawn(START + sub("x", inner) + throw("t", UNDO) + END + path("s", "x", "t", "e")))

    run.complete("a")
    assert run.where == ["first"]

    assert run.complete("first").where == ["una"]
    assert run.complete("una").finished


def test_nothing_to_undo_is_no_reason_to_wait():
    assert Run(drawn(START + end("x", UNDO) + path("s", "x"))).finished


def test_a_handler_that_is_done_at_once():
    undo = script("una", "=1", "undone").replace("<scriptTask", '<scriptTask isForCompensation="true"')
    run = Run(drawn(START + undone("a", undo) + end("x", UNDO) + path("s", "a", "x") + to("a")))

    assert run.complete("a").finished and run.variables == {"undone": 1}


def transaction(inner, *more):
    body = '<startEvent id="s2"/>' + inner
    watch = boundary("w", "x", "<cancelEventDefinition/>") + user("cancelled") + path("w", "cancelled")
    return drawn(
        START + sub("x", body, "transaction") + user("after") + path("s", "x", "after") + watch + "".join(more)
    )


CANCEL = end("no", "<cancelEventDefinition/>")


def test_a_cancelled_transaction_stops_what_runs_and_undoes_what_was_completed():
    inner = gateway("parallel", "f") + undone("a") + user("go") + CANCEL + user("runs")
    run = Run(transaction(inner + path("s2", "f", "a") + path("f", "go", "no") + path("f", "runs") + to("a")))

    run.complete("a").complete("go")
    assert run.where == ["una"]

    assert run.complete("una").where == ["cancelled"]
    assert run.complete("cancelled").finished


def test_a_transaction_that_succeeds():
    run = Run(
        transaction(
            user("a")
            + path("s2", "a")
            + CANCEL.replace("no", "no")
            + gateway("exclusive", "g", "g_ok")
            + end("ok")
            + path("a", "g", "ok")
            + '<sequenceFlow id="g_no" sourceRef="g" targetRef="no"><conditionExpression>=bad</conditionExpression></sequenceFlow>'
        )
    )

    assert run.complete("a", bad=False).where == ["after"]


@pytest.mark.parametrize("scope", [False, True])
def test_links_lead_the_token_on(scope):
    link = '<linkEventDefinition name="far"/>'
    body = (
        user("a")
        + throw("t", link)
        + f'<intermediateCatchEvent id="c">{link}</intermediateCatchEvent>'
        + user("b")
        + path("a", "t")
        + path("c", "b")
    )
    inside = sub("x", '<startEvent id="s2"/>' + body + path("s2", "a")) + path("s", "x")
    run = Run(drawn(START + (inside if scope else body + path("s", "a"))))

    assert run.complete("a").where == ["b"]
    assert run.passed()[-2:] == ["t", "c"] and run.complete("b").finished


def test_an_error_while_undoing_is_caught_outside():
    undo = (
        '<subProcess id="una" isForCompensation="true"><startEvent id="us"/><endEvent id="ue"><errorEventDefinition errorRef="err"/></endEvent>'
        + path("us", "ue")
        + "</subProcess>"
    )
    inner = '<startEvent id="s2"/>' + undone("a", undo) + end("x", UNDO) + path("s2", "a", "x") + to("a")
    watch = boundary("w", "sub", '<errorEventDefinition errorRef="err"/>') + user("b") + path("w", "b")
    run = Run(drawn(START + sub("sub", inner) + END + path("s", "sub", "e") + watch))

    assert run.complete("a").where == ["b"]


def test_undoing_is_left_where_its_scope_is_interrupted():
    inner = '<startEvent id="s2"/>' + undone("a") + end("x", UNDO) + path("s2", "a", "x") + to("a")
    watch = boundary("w", "sub", '<signalEventDefinition signalRef="sig"/>') + user("b") + path("w", "b")
    run = Run(drawn(START + sub("sub", inner) + END + path("s", "sub", "e") + watch))

    run.complete("a").signal("w")

    assert run.where == ["b"] and run.where_waiting() == ["b"]


def test_a_multi_instance_activity_is_undone_once():
    many = user("a").replace(
        "</userTask>",
        "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>",
    )
    body = many + boundary("ab", "a", UNDO) + user("una").replace("<userTask", '<userTask isForCompensation="true"')
    run = Run(drawn(START + body + end("x", UNDO) + path("s", "a", "x") + to("a")))

    run.complete("a").complete("a")

    assert run.where == ["una"] and run.complete("una").finished


def test_every_round_of_a_sub_process_is_undone():
    twice = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
    inner = twice + '<startEvent id="s2"/>' + undone("a") + path("s2", "a") + to("a")
    run = Run(drawn(START + sub("sub", inner) + end("x", UNDO) + path("s", "sub", "x")))

    run.complete("a").complete("a")
    assert run.where == ["una"]

    assert run.at.variables(run.id("una"))["loopCounter"] == 2
    assert run.complete("una").where == ["una"] and run.complete("una").finished
