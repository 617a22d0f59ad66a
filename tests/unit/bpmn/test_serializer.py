"""State: small, stable, and refused where it does not fit."""

import msgspec
import pytest
import zstandard

from engine.bpmn import Execution, parse
from engine.errors import InvalidState
from tests.unit.bpmn.support import (
    END,
    START,
    Run,
    catch,
    diagram,
    ext,
    gateway,
    loop,
    on_condition,
    path,
    runtime,
    user,
    z,
)

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


def test_a_running_call_stays_in_the_version_it_began_with():
    outer = START + call("c", "inner") + END + path("s", "c", "e")
    ids = {"p": 1, "inner": 2}
    body = START + catch("a", on_condition("=ready")) + user("{}") + END + path("s", "a", "{}", "e")
    files = {version: diagram(body.replace("{}", task), id="inner") for version, task in ((2, "one"), (3, "two"))}
    versions = {version: parse({"a": data}, "inner", definition_id=version) for version, data in files.items()}
    model = parse({"a": diagram(outer)}, "p", definition_id=1)
    asked = []

    def called(process_id, binding, caller):
        asked.append((process_id, binding.type, caller))
        return versions.get(ids[process_id])

    given = runtime(called=called, version=versions.__getitem__)
    state = Execution.start(model, {"ready": False}, given).dump()
    ids["inner"] = 3

    execution = Execution.load(model, state, given)
    execution.set_variables({"ready": True}, element_instance_id=execution.tokens()[0].element_instance_id)

    assert asked == [("inner", "latest", 1)]
    assert [(token.element_id, token.definition_id) for token in execution.tokens()] == [("one", 2)]
    assert {event.definition_id for event in execution.events} == {2}


def test_a_state_of_format_1_asks_for_the_processes_of_its_deployment():
    outer = START + call("c", "inner") + END + path("s", "c", "e")
    inner = diagram(START + user("one") + END + path("s", "one", "e"), id="inner")
    together = parse({"a": diagram(outer), "b": inner}, "p")
    state = Execution.start(together, {}, runtime()).dump()
    _, number, ended, rows = msgspec.msgpack.decode(zstandard.decompress(state[1:]))
    before = b"\x01" + zstandard.compress(msgspec.msgpack.encode(["p", number, ended, ["inner"], rows]))
    asked = []

    def called(process_id, binding, caller):
        asked.append((process_id, binding.type, caller))
        return parse({"b": inner}, "inner", definition_id=2)

    execution = Execution.load(parse({"a": diagram(outer)}, "p", definition_id=1), before, runtime(called=called))

    assert asked == [("inner", "deployment", 1)]
    assert [(token.element_id, token.definition_id) for token in execution.tokens()] == [("one", 2)]


def call(id: str, process: str) -> str:
    return f'<callActivity id="{id}">{ext(z("calledElement", processId=process))}</callActivity>'
