"""Processes that a condition starts: somebody outside says over which variables."""

import pytest

from engine.bpmn import Stuck
from tests.unit.bpmn.support import END, START, Run, diagram, on_condition, path, runtime, sub, user

CONDITION = f'<startEvent id="c">{on_condition("=amount > 100")}</startEvent>'


def test_a_condition_starts_an_instance():
    run = Run(diagram(CONDITION + user("a") + END + path("c", "a", "e")), variables={"amount": 200}, start_event="c")

    assert (run.where, run.variables) == (["a"], {"amount": 200})


@pytest.mark.parametrize(("amount", "holds"), [(200, True), (100, False), (None, False)])
def test_it_holds_over_variables(amount, holds):
    model = Run(diagram(START + CONDITION + user("a") + END + path("s", "a", "e") + path("c", "a"))).model

    assert model.start_conditions["c"].holds({"amount": amount}, runtime().env) is holds


def test_what_is_neither_true_nor_false_is_no_condition():
    drawn = diagram(CONDITION.replace("amount &gt; 100", "amount") + END + path("c", "e"))
    model = Run(drawn, start_event="c").model

    with pytest.raises(Stuck, match="to be true or false"):
        model.start_conditions["c"].holds({"amount": 7}, runtime().env)


def test_beside_it_a_plain_start_is_where_others_begin():
    run = Run(diagram(START + CONDITION + user("a") + user("b") + END + path("s", "a", "e") + path("c", "b", "e")))

    assert run.where == ["a"]


def test_within_a_sub_process_nobody_looks_at_it():
    body = START + sub("x", CONDITION + user("a") + path("c", "a")) + END + path("s", "x", "e")

    with pytest.raises(AssertionError, match="NOT_EXECUTED"):
        Run(diagram(body))
