"""Defining and calling functions: finding them by name, putting arguments in place, counting depth."""

from collections.abc import Callable
from typing import Any

from engine.feel import nodes
from engine.feel.builtins import BUILTINS
from engine.feel.builtins.table import BuiltIn
from engine.feel.environment import Frame, Run
from engine.feel.errors import Undefined
from engine.feel.types import is_instance
from engine.feel.values import READY, Function, is_function, kind, read

Code = Callable[[Frame], Any]
CompileNode = Callable[[nodes.Node], Code]


def compile_call(node: nodes.Call, compile_node: CompileNode) -> Code:
    """The closure of a call. A name is looked up as a function: a variable `count` does not hide `count()`."""
    codes = [compile_node(argument) for argument in node.arguments]
    names = node.names
    if isinstance(node.function, nodes.Name):
        name = node.function.name

        def call_by_name(frame: Frame) -> Any:
            return invoke(frame.run, find_function(frame, name), [code(frame) for code in codes], names)

        return call_by_name
    function = compile_node(node.function)

    def call(frame: Frame) -> Any:
        return invoke(frame.run, function(frame), [code(frame) for code in codes], names)

    return call


def compile_function(node: nodes.FunctionOf, compile_node: CompileNode) -> Code:
    if node.body is None:
        return lambda frame: frame.run.note("Expected a function in FEEL, but external ones are not executed here")
    names, types = tuple(name for name, _ in node.parameters), [wanted for _, wanted in node.parameters]
    body = compile_node(node.body)

    def define(frame: Frame) -> Function:
        def call(run: Any, arguments: list[Any]) -> Any:
            return body(Frame(_checked(names, types, arguments, run.env.types), frame, run))

        return Function(name="", parameters=names, invoke=call)

    return define


def _checked(
    names: tuple[str, ...], types: list[nodes.Type | None], arguments: list[Any], named: Any
) -> dict[str, Any]:
    values = {}
    for name, wanted, argument in zip(names, types, arguments, strict=True):
        if wanted is not None and argument is not None and not is_instance(argument, wanted, named):
            # DMN 10.3.2.9.4: a singleton list stands for its item, and an item for a list of it.
            single = read(argument[0]) if type(argument) is list and len(argument) == 1 else [argument]
            if not is_instance(single, wanted, named):
                raise Undefined(f"Expected another type of argument for the parameter {name!r}")
            argument = single
        values[name] = argument
    return values


def find_function(frame: Frame, name: str) -> Any:
    """The function of this name: among the variables, the environment's extensions, the built-ins; else null."""
    place: Frame | None = frame
    while place is not None:
        if name in place.variables and is_function(place.variables[name]):
            return place.variables[name]
        place = place.parent
    extension = frame.run.env.functions.get(name)
    if extension is not None:
        return extension if is_function(extension) else Function.of(name, (), extension)
    built_in = BUILTINS.get(name)
    if built_in is None:
        frame.run.note(f"Expected a variable or function {name!r}, but there is none")
    return built_in


def invoke(run: Run, function: Any, arguments: list[Any], names: tuple[str, ...] | None = None) -> Any:
    """The value of a function for these arguments; null, with a reason, where it has none."""
    run.spend()
    run.enter()
    try:
        if type(function) is BuiltIn:
            result = function.call(run, arguments, names)
        elif type(function) is Function:
            result = function.invoke(run, _in_order(function, arguments, names))
        else:
            raise Undefined(f"Expected a function to call, but got {kind(function)}" if function is not None else "")
    except Undefined as reason:
        return run.note(reason) if str(reason) else None
    except (TypeError, ValueError, ArithmeticError, LookupError) as error:
        # An extension or built-in that met something it does not know: to the designer it is a null like any other.
        name = getattr(function, "name", "")
        return run.note(f"Expected {name!r} to have a value for these arguments, but: {error}")
    finally:
        run.depth -= 1
    if type(result) is str or type(result) is list:
        run.pay(len(result))
    return result if type(result) in READY else read(result)


def _in_order(function: Function, arguments: list[Any], names: tuple[str, ...] | None) -> list[Any]:
    parameters = function.parameters
    if names is not None:
        if sorted(names) != sorted(parameters):
            raise Undefined(f"Expected the arguments {', '.join(parameters)}, but got {', '.join(names)}")
        by_name = dict(zip(names, arguments, strict=True))
        return [by_name[name] for name in parameters]
    if parameters and len(arguments) != len(parameters):
        raise Undefined(f"Expected {len(parameters)} arguments for {function.name!r}, but got {len(arguments)}")
    return arguments
