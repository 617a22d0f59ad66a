"""What variables may be called, how much an instance keeps, and what the iterations of a loop write."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bpmn import limits
from engine.errors import InvalidInput
from tests.unit.bpmn.support import END, START, Run, diagram, ext, io, loop, path, problems, script, service, user, z

BIG = "x" * (limits.MOST_OF_ONE // 2)
TASK = diagram(START + user("a") + END + path("s", "a", "e"))


@pytest.mark.parametrize("name", ["amount", "_amount", "amount2", "金额", "Straße", "ifs", "a" * limits.LONGEST_NAME])
def test_names_that_feel_can_read(name: str) -> None:
    assert limits.name_problem(name) is None
    run = Run(TASK, variables={name: 1})

    reads = diagram(START + script("a", f"={name}", "found") + END + path("s", "a", "e"))
    assert Run(reads, variables={name: 1}).variables["found"] == 1
    assert run.complete("a", **{name: 2}).variables[name] == 2


BAD = ["", " ", "1st", "order number", "order.number", "order-number", "a+b", "a?", "=a", "if", "null", "and",
       "a" * (limits.LONGEST_NAME + 1)]  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_names_from_outside_that_are_refused(name: str) -> None:
    run = Run(diagram(START + user("a") + service("b") + END + path("s", "a", "b", "e")))

    with pytest.raises(InvalidInput, match="Expected names of variables, but") as refused:
        run.complete("a", **{name: 1})
    assert set(refused.value.errors) == {name}
    assert run.where == ["a"]  # the task stays open

    with pytest.raises(InvalidInput, match="Expected names of variables"):
        run.complete("a").complete_job("b", **{name: 1})
    with pytest.raises(InvalidInput, match="Expected names of variables"):
        run.set(**{name: 1})
    with pytest.raises(InvalidInput, match="Expected names of variables"):
        Run(TASK, variables={name: 1})


@pytest.mark.parametrize("name", BAD[2:])
@pytest.mark.parametrize(
    "drawn",
    [
        lambda name: script("a", "=1", name),
        lambda name: user("a", io({name: "=1"})),
        lambda name: user("a", io({}, {name: "=1"})),
        lambda name: user("a", inner=loop("=[1]", name)),
        lambda name: user("a", inner=loop("=[1]", "item", outputCollection=name, outputElement="=item")),
        lambda name: (
            f'<businessRuleTask id="a">{ext(z("calledDecision", decisionId="route", resultVariable=name))}'
            "</businessRuleTask>"
        ),
    ],
    ids=["script", "input", "output", "item", "collection", "decision"],
)
def test_names_in_a_diagram_are_refused_by_element(drawn: Any, name: str) -> None:
    if name == "order.number" and "ioMapping" in drawn(name):
        pytest.skip("the target of a mapping may be a path")

    found = problems(diagram(START + drawn(name) + END + path("s", "a", "e")))

    assert ("a", "NAME") in [(finding.element_id, finding.code) for finding in found if finding.severity == "error"]


def test_a_variable_that_is_too_large_is_refused_and_the_task_stays_open() -> None:
    run = Run(TASK, variables={"kept": 1})

    with pytest.raises(InvalidInput, match=r"Expected variable letter of at most 1000000 bytes, but it has 1500002"):
        run.complete("a", letter=BIG * 3)

    assert (run.where, run.variables) == (["a"], {"kept": 1})
    run.complete("a", letter=BIG)
    assert run.finished


def test_variables_that_are_too_large_together_are_refused() -> None:
    run = Run(TASK, variables={f"part{number}": BIG for number in range(7)})

    with pytest.raises(InvalidInput, match="at most 4000000 bytes, but with more, letter they take"):
        run.complete("a", more=BIG, letter=BIG)
    with pytest.raises(InvalidInput, match="at most 4000000 bytes"):
        Run(TASK, variables={f"part{number}": BIG for number in range(9)})

    assert run.where == ["a"]
    run.set(part1="short", part2="short")  # room is made
    assert run.complete("a", more=BIG, letter=BIG).finished


def test_a_large_variable_may_be_replaced_again_and_again() -> None:
    run = Run(diagram(START + user("a") + user("b") + END + path("s", "a", "b", "e")), variables={"letter": BIG})

    for _ in range(12):
        run.set(letter=BIG)

    assert run.complete("a", letter=BIG).where == ["b"]


@pytest.mark.parametrize(
    "element",
    [
        script("a", "=[letter, letter, letter]", "twice"),
        user("a", io({"twice": "=[letter, letter, letter]"})),
        service("a", "mail", io({}, {"twice": "=[letter, letter, letter]"})),
    ],
    ids=["script", "input", "output"],
)
def test_what_grows_too_large_inside_is_an_incident_that_names_it(element: str) -> None:
    run = Run(diagram(START + element + END + path("s", "a", "e")), variables={"letter": BIG})
    if "serviceTask" in element:
        run.complete_job("a")

    assert run.incidents == {"a": "VARIABLE_TOO_LARGE"}
    (waits,) = [event for event in run.at.waits() if hasattr(event, "code")]
    assert waits.message.startswith("Expected variable twice of at most 1,000,000 bytes, but it has 1,500,010")

    run.set(letter="short").retry("a")  # an operator makes it shorter
    assert not run.incidents


def test_numbers_larger_than_64_bits_are_kept_to_the_last_digit() -> None:
    run = Run(TASK, variables={"national": 10**20 + 7, "debt": [{"amount": -(2**63) - 1}]})

    assert run.variables == {"national": 10**20 + 7, "debt": [{"amount": -(2**63) - 1}]}


def test_iterations_that_gather_too_much_are_an_incident() -> None:
    many = loop("=for i in 1..9 return i", "i", sequential=True, outputCollection="all", outputElement="=[letter]")
    process = diagram(START + script("a", "=1", "x", inner=many) + END + path("s", "a", "e"))
    run = Run(process, variables={"letter": BIG})

    assert run.incidents == {"a": "VARIABLE_TOO_LARGE"}


def test_an_iterations_output_mapping_makes_what_the_output_element_reads() -> None:
    """As in Zeebe: the mappings of an iteration write to its own scope, where the output element's name is declared."""
    gather = loop("=[1, 2, 3]", "item", outputCollection="doubles", outputElement="=double")
    body = service("a", "mail", io({}, {"double": "=item * 2"}), inner=gather)

    run = Run(diagram(START + body + END + path("s", "a", "e")))
    for _ in range(3):
        run.complete_job("a")

    assert run.variables == {"doubles": [2, 4, 6]}


def test_iterations_side_by_side_do_not_see_each_others_output() -> None:
    gather = loop("=people", "person", outputCollection="said", outputElement="={who: person, what: opinion.text}")
    body = user("a", io({}, {"opinion.text": "=answer", "last": "=person"}), inner=gather)

    run = Run(diagram(START + body + END + path("s", "a", "e")), variables={"people": ["rita", "omar"]})
    run.complete("a", 1, answer="no").complete("a", answer="yes")

    assert run.variables["said"] == [{"who": "rita", "what": "yes"}, {"who": "omar", "what": "no"}]
    assert run.variables["last"] == "rita"  # what no iteration declares is written outside, as it ever was
