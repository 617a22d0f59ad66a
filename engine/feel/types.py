"""Types as FEEL writes them: reading `list<number>`, and whether a value is an instance."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from engine.errors import Message
from engine.feel import nodes
from engine.feel.errors import Undefined
from engine.feel.reader import TokenReader
from engine.feel.values import Range, YearsMonthsDuration, is_function, kind, read


class TypeParser(TokenReader):
    """The productions for types."""

    def type(self) -> nodes.Type:
        """`number`, `list<T>`, `range<T>`, `context<a: T>`, `function<T, U> -> V` or a name defined elsewhere."""
        if self.token.text == "function" and self.peek().text == "<":
            self.advance(2)
            parameters = () if self.token.text == ">" else self.separated(self.type)
            self.expect(">")
            self.expect("->")
            return nodes.FunctionType(parameters, self.type())
        if self.token.text == "context" and self.peek().text == "<":
            self.advance(2)
            entries = self.separated(self._type_entry)
            self.expect(">")
            return nodes.ContextType(entries)
        if self.token.text in ("list", "range") and self.peek().text == "<":
            make = nodes.ListType if self.advance().text == "list" else nodes.RangeType
            self.expect("<")
            element = self.type()
            self.expect(">")
            return make(element)
        for name in TYPES_WITH_AND:
            words = name.split()
            if [self.peek_at(self.position + index).text for index in range(len(words))] == words:
                self.advance(len(words))
                return nodes.NamedType(name)
        return nodes.NamedType(self._type_name())

    def _type_name(self) -> str:
        if self.token.kind != "name":
            raise self.surprise(Message("a type"))
        name = self.advance().text
        while self.token.kind == "name" and self.token.text not in ("and", "or", "then", "else", "return", "satisfies"):
            name += f" {self.advance().text}"
        while self.accept("."):
            name += f".{self._type_name()}"
        return name

    def _type_entry(self) -> tuple[str, nodes.Type]:
        name = self.text_until(":", ",", ">")
        self.expect(":")
        return name, self.type()


TYPES_WITH_AND = ("date and time", "days and time duration", "years and months duration")

# DMN 10.3.2.9: the names a type can have without being defined in a model.
TYPES: dict[str, Callable[[Any], bool]] = {
    "number": lambda value: type(value) is Decimal,
    "string": lambda value: type(value) is str,
    "boolean": lambda value: type(value) is bool,
    "date": lambda value: kind(value) == "date",
    "time": lambda value: kind(value) == "time",
    "date and time": lambda value: kind(value) == "date and time",
    "dateTime": lambda value: kind(value) == "date and time",
    "days and time duration": lambda value: type(value) is timedelta,
    "dayTimeDuration": lambda value: type(value) is timedelta,
    "years and months duration": lambda value: type(value) is YearsMonthsDuration,
    "yearMonthDuration": lambda value: type(value) is YearsMonthsDuration,
    "duration": lambda value: type(value) in (timedelta, YearsMonthsDuration),
    "list": lambda value: type(value) is list,
    "context": lambda value: type(value) is dict,
    "range": lambda value: type(value) is Range,
    "function": is_function,
    "Any": lambda value: value is not None,
    "any": lambda value: value is not None,
    "Null": lambda value: value is None,
    "null": lambda value: value is None,
}


def is_instance(value: Any, wanted: nodes.Type, named: Mapping[str, Callable[[Any], bool]]) -> bool:
    """Whether the value conforms to the type; raises Undefined for a type nobody defined."""
    match wanted:
        case nodes.NamedType(name):
            test = named.get(name) or TYPES.get(name)
            if test is None:
                raise Undefined(f"Expected a known type, but got {name!r}")
            return test(value)
        case nodes.ListType(element):
            return type(value) is list and all(_conforms(read(item), element, named) for item in value)
        case nodes.RangeType(element):
            ends = [end for end in (value.start, value.end) if end is not None] if type(value) is Range else []
            return bool(ends) and all(is_instance(end, element, named) for end in ends)
        case nodes.ContextType(entries):
            return type(value) is dict and all(
                name in value and _conforms(read(value[name]), entry, named) for name, entry in entries
            )
        case nodes.FunctionType(parameters, _):
            return is_function(value) and len(getattr(value, "parameters", ())) == len(parameters)
    return False


def _conforms(value: Any, wanted: nodes.Type, named: Mapping[str, Callable[[Any], bool]]) -> bool:
    return value is None or is_instance(value, wanted, named)
