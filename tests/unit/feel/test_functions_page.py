"""docs/feel.md says what is there, and each of its examples is true, by position and by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.calendar import Calendar, feel_functions
from engine.feel import BUILTINS, evaluate, nodes
from engine.feel.builtins.table import Signature
from engine.feel.compiler import compile_node
from engine.feel.environment import Frame, Run
from engine.feel.examples import EXAMPLES
from engine.feel.parser import known_names, parse
from tools import feel_functions as tool

ALL = list(tool.examples())

# DMN 1.5, 10.3.4: the names of all built-in functions, in the order of the specification.
SPECIFIED = """
number; string; date; time; date and time; duration; years and months duration; range; not;
substring; string length; upper case; lower case; substring before; substring after; replace; contains; starts with;
ends with; matches; split; string join;
list contains; list replace; count; min; max; sum; mean; all; any; sublist; append; concatenate; insert before; remove;
reverse; index of; union; distinct values; flatten; product; median; stddev; mode;
decimal; floor; ceiling; round up; round down; round half up; round half down; abs; modulo; sqrt; log; exp; odd; even;
is; before; after; meets; met by; overlaps; overlaps before; overlaps after; finishes; finished by; includes; during;
starts; started by; coincides; day of year; day of week; month of year; week of year; sort;
get value; get entries; context; context put; context merge; now; today
"""


def test_the_page_is_up_to_date() -> None:
    written = tool.PAGE.read_text(encoding="utf-8") if tool.PAGE.exists() else ""

    assert written == tool.page(), "expected docs/feel.md as `python -m tools.feel_functions` writes it"


def test_all_functions_of_the_specification_are_there_and_no_others() -> None:
    assert set(BUILTINS) == {name.strip() for name in SPECIFIED.split(";")}


def test_every_function_and_signature_has_an_example() -> None:
    assert set(EXAMPLES) == set(BUILTINS)
    assert set(tool.EXTENSIONS) == set(feel_functions(Calendar()))
    assert {name: len(texts) for name, texts in EXAMPLES.items()} == {
        name: len(built_in.signatures) for name, built_in in BUILTINS.items()
    }


@pytest.mark.parametrize(("name", "signature", "example"), ALL, ids=[example for _, _, example in ALL])
def test_an_example_is_true(name: str, signature: Signature | None, example: str) -> None:
    assert f"{name}(" in example
    assert evaluate(example, env=tool.environment()) is True


BY_NAME = [
    (name, signature, example)
    for name, signature, example in ALL
    if signature and signature.parameters and not any(parameter.repeated for parameter in signature.parameters)
]


@pytest.mark.parametrize(("name", "signature", "example"), BY_NAME, ids=[example for _, _, example in BY_NAME])
def test_an_example_is_true_with_its_arguments_by_name_in_any_order(
    name: str, signature: Signature, example: str
) -> None:
    tree = parse(example, known_names())

    named = by_name(tree, name, [parameter.name for parameter in signature.parameters], turned=not ambiguous(name))

    assert named != tree
    assert compile_node(named)(Frame({}, None, Run(tool.environment()))) is True


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_an_unknown_name_or_too_many_arguments_are_null_with_the_signatures_as_reason(name: str) -> None:
    reasons: list[str] = []
    env = replace(tool.environment(), reasons=reasons)
    repeated = any(parameter.repeated for signature in BUILTINS[name].signatures for parameter in signature.parameters)

    assert evaluate(f"{name}(nonsense: 1)", env=env) is None
    assert repeated or evaluate(f"{name}(1, 2, 3, 4, 5, 6, 7, 8)", env=env) is None

    assert len(reasons) == (1 if repeated else 2)
    assert all(f"Expected {name}(" in reason for reason in reasons)


def ambiguous(name: str) -> bool:
    """Whether only the order tells which signature is meant, as of before(point, range) and before(range, point)."""
    signatures = [frozenset(parameter.name for parameter in one.parameters) for one in BUILTINS[name].signatures]
    return frozenset({"point", "range"}) in signatures and len(set(signatures)) < len(signatures)


def by_name(tree: nodes.Node, name: str, parameters: list[str], turned: bool) -> nodes.Node:
    """The same tree with the arguments of the first call of the function named, last one first where `turned`."""
    if isinstance(tree, nodes.Comparison):
        return replace(tree, left=by_name(tree.left, name, parameters, turned))
    if isinstance(tree, nodes.Call) and tree.function == nodes.Name(name):
        step = -1 if turned else 1
        names = parameters[: len(tree.arguments)]
        return replace(tree, arguments=tree.arguments[::step], names=tuple(names[::step]))
    assert isinstance(tree, nodes.Call)
    return replace(tree, arguments=(by_name(tree.arguments[0], name, parameters, turned), *tree.arguments[1:]))
