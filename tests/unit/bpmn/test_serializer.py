"""State: small, stable, and refused where it does not fit."""

import pytest

from engine.bpmn import Execution, parse
from engine.errors import InvalidState
from tests.unit.bpmn.support import END, START, Run, diagram, gateway, loop, path, runtime, user

LINEAR = diagram(START + user("a") + user("b") + END + path("s", "a", "b", "e"))


def test_state_holds_what_is_alive_and_nothing_else():
    run = Run(LINEAR, variables={"x": "y" * 1000})
    one = len(run.state)
    assert one < 120

    run.complete("a")

    assert len(run.state) <= one + 2, "a completed task leaves nothing behind"
    assert b"zeebe" not in run.state


def test_state_of_another_process_or_format_is_refused():
    state = Run(LINEAR).state
    other = parse({"a": LINEAR.replace(b'id="p"', b'id="q"')}, "q")
    smaller = parse({"a": diagram(START + END + path("s", "e"))}, "p")

    with pytest.raises(InvalidState, match="Expected the state of process q, but it is of p"):
        Execution.load(other, state, runtime())
    with pytest.raises(InvalidState, match="Expected element a in process p, but it has none"):
        Execution.load(smaller, state, runtime())
    for broken in (b"", b"\x07" + state[1:]):
        with pytest.raises(InvalidState, match="Expected a state of format 2 or before"):
            Execution.load(other, broken, runtime())


def test_instances_share_a_model_and_do_not_meet():
    model = parse({"a": LINEAR}, "p")
    first, second = (Execution.start(model, {"n": n}, runtime()) for n in (1, 2))
    before = {name: dict(spec.__dict__) for name, spec in model.spec.task_specs.items()}

    task = first.tokens()[0].element_instance_id
    first.complete_user_task(task, {"n": 5})

    assert (first.variables(), second.variables()) == ({"n": 5}, {"n": 2})
    assert {name: dict(spec.__dict__) for name, spec in model.spec.task_specs.items()} == before


def test_ids_are_never_used_twice():
    body = START + gateway("parallel", "f") + user("a", inner=loop("=items", "i", sequential=True)) + user("b") + END
    run = Run(diagram(body + path("s", "f", "a", "e") + path("f", "b", "e")), variables={"items": [1, 2, 3]})
    seen = set()
    for _ in range(3):
        task = run.id("a")
        assert task not in seen
        seen.add(task)
        run.complete("a")
    run.complete("b")

    assert run.finished


def test_a_thousand_iterations_are_stored_small_and_loaded_fast():
    run = Run(
        diagram(START + user("a", inner=loop("=items", "i")) + END + path("s", "a", "e")),
        variables={"items": list(range(1000))},
    )

    assert len(run.at.tokens()) == 1000
    assert len(run.state) < 15_000
