"""What is wrong with a form before anybody sees it: found at deployment, by component."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from engine.errors import Message
from engine.feel import Environment
from engine.forms.answers import choice_text, parse
from engine.forms.expressions import TEMPLATE, expression_text, is_expression, problems_of
from engine.forms.model import (
    CHOICES,
    CONTAINERS,
    DISPLAY,
    INPUTS,
    KEYED,
    REFUSED,
    Component,
    FormError,
    every_component,
)
from engine.forms.patterns import PatternError, compile_pattern
from engine.forms.reading import parse_form

Finding = tuple[str, Message]

MAX_TEXT = 10_000
PROPERTIES: Mapping[str, frozenset[str] | None] = {
    # what this product reads, and the values it knows (None: any text)
    "autocomplete": None,
    "inputmode": frozenset({"none", "text", "decimal", "numeric", "tel", "search", "email", "url"}),
    "rows": frozenset(map(str, range(1, 41))),
    "width": frozenset({"half", "full"}),
    "sensitivity": frozenset({"personal", "sensitive"}),
    "summary": frozenset({"true", "false"}),
}
RESERVED = frozenset({"case", "profile", "task"})
_NAMES_OF_SCHEMAS = frozenset({"Meta", "_schema"})  # marshmallow means something else by them
_NAMES_OF_RULES = frozenset({"this", "parent", "i"})
_KEY = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def check_form(data: bytes | str | Mapping[str, Any]) -> list[Finding]:
    """Findings as (component id, sentence), "" for the form as a whole;

    nothing is found in a form that may be deployed.
    """
    try:
        form = parse_form(data)
    except FormError as error:
        return [(error.component_id, error.message)]
    findings: list[Finding] = []
    seen: set[str] = set()
    for component in every_component(form.components):
        if component.id in seen:
            findings.append((component.id, Message("Expected a unique id, but another component has it too")))
        seen.add(component.id)
        findings += [(component.id, sentence) for sentence in _findings(component)]
    findings += _name_findings(form.components, {}, (), top=True)
    return findings


def _findings(component: Component) -> Iterator[Message]:
    if component.type in REFUSED:
        why = Message(REFUSED[component.type])
        yield Message("Expected no {type} component: {reason}", type=component.type, reason=why)
        return
    if component.type not in KEYED | CONTAINERS | DISPLAY:
        yield Message("Expected a known type of component, but it is {type}", type=component.type)
        return
    for check in CHECKS:
        yield from check(component)


def _key(component: Component) -> Iterator[Message]:
    if (component.type in KEYED or component.type == "dynamiclist") and not component.path:
        yield Message("Expected a path" if component.type == "dynamiclist" else "Expected a key")
    if component.path and not _KEY.fullmatch(component.key):
        yield Message(
            "Expected a name of letters, digits and underscores, joined by dots, but it is {key}", key=component.key
        )
    for part in _NAMES_OF_SCHEMAS.intersection(component.path):
        yield Message("Expected another name than {name}", name=part)


def _label(component: Component) -> Iterator[Message]:
    if (component.type in INPUTS or component.type == "dynamiclist") and not component.label.strip():
        yield Message("Expected a label, or people who do not see the page cannot answer")


def _expressions(component: Component) -> Iterator[Message]:
    rules = component.rules
    candidates = {"hide": component.hide, "expression": component.expression}
    values = {
        "readonly": component.readonly,
        "valuesExpression": component.options_expression,
        "defaultValue": component.default,
        "min": rules.minimum,
        "max": rules.maximum,
        "minLength": rules.min_length,
        "maxLength": rules.max_length,
    }
    for name, value in {**candidates, **{k: v for k, v in values.items() if is_expression(v)}}.items():
        if value:
            problem = problems_of(expression_text(value))
            if problem:
                yield Message("Expected {name} to be FEEL, but {problem}", name=name, problem=problem)
    if isinstance(component.readonly, str) and not is_expression(component.readonly):
        yield Message("Expected readonly to be true, false or an expression beginning with =")
    if component.options_expression and not is_expression(component.options_expression):
        yield Message("Expected valuesExpression to begin with =")
    if component.type == "expression" and not component.expression:
        yield Message("Expected an expression")


def _texts(component: Component) -> Iterator[Message]:
    for text in (component.text, component.label, component.description):
        if len(text) > MAX_TEXT:
            yield Message("Expected at most {max} characters of text", max=MAX_TEXT)
        if is_expression(text):
            templates = [expression_text(text)]
        else:
            templates = [found.strip() for found in TEMPLATE.findall(text)]
        for template in templates:
            if template.startswith(("#", "/")):
                yield Message("Expected expressions in double braces only, but {text} begins a block", text=template)
            elif problem := problems_of(template):
                yield Message("Expected {text} to be FEEL, but {problem}", text=template, problem=problem)


def _bounds(component: Component) -> Iterator[Message]:
    rules = component.rules
    bounds = {"min": rules.minimum, "max": rules.maximum, "minLength": rules.min_length, "maxLength": rules.max_length}
    numbers: dict[str, float] = {}
    for name, value in bounds.items():
        if value is None or is_expression(value):
            continue
        try:
            numbers[name] = float(value)
        except ValueError:
            yield Message(
                "Expected {name} to be a number or an expression beginning with =, but it is {value}",
                name=name,
                value=value,
            )
    for low, high in (("min", "max"), ("minLength", "maxLength")):
        if low in numbers and high in numbers and numbers[low] > numbers[high]:
            yield Message("Expected {low} not to be more than {high}", low=low, high=high)
    if component.increment is not None:
        try:
            positive = not isinstance(component.increment, bool) and float(component.increment) > 0
        except (TypeError, ValueError):
            positive = False
        if not positive:
            yield Message("Expected increment to be a number more than 0")


def _patterns(component: Component) -> Iterator[Message]:
    if component.rules.pattern:
        try:
            compile_pattern(component.rules.pattern)
        except PatternError as error:
            yield error.args[0]
    if component.rules.kind not in (None, "email", "phone", "custom"):
        yield Message("Expected validationType email, phone or custom, but it is {kind}", kind=component.rules.kind)


def _options(component: Component) -> Iterator[Message]:
    if component.type not in CHOICES:
        return
    sources = [component.options, component.options_key, component.options_expression]
    if not any(sources):
        yield Message("Expected options: values, valuesKey or valuesExpression")
    if sum(source is not None for source in sources) > 1:
        yield Message("Expected one source of options, but there are several")
    texts = [choice_text(option.value) for option in component.options or ()]
    for text in sorted({text for text in texts if texts.count(text) > 1}):
        yield Message("Expected different values, but {text} is there twice", text=text)
    if "" in texts:
        yield Message("Expected options to have a value")


def _default(component: Component) -> Iterator[Message]:
    if component.default is None or is_expression(component.default) or component.type not in INPUTS:
        return
    if component.type in CHOICES and component.options is None:
        return
    try:
        parse(component, component.default, component.options or (), Environment())
    except ValidationError:
        yield Message("Expected a default that could be answered, but it is {default}", default=repr(component.default))


def _dates(component: Component) -> Iterator[Message]:
    if component.type != "datetime":
        return
    if component.subtype not in ("date", "time", "datetime"):
        yield Message("Expected subtype date, time or datetime, but it is {subtype}", subtype=component.subtype)
    if component.time_format not in ("no_timezone", "utc_offset", "utc_normalized"):
        known = "no_timezone, utc_offset or utc_normalized"
        yield Message(
            "Expected timeSerializingFormat {known}, but it is {time_format}",
            known=known,
            time_format=component.time_format,
        )


def _properties(component: Component) -> Iterator[Message]:
    for name, known in PROPERTIES.items():
        value = component.properties.get(name)
        if value is not None and known is not None and value not in known:
            yield Message(
                "Expected the property {name} to be one of {known}, but it is {value}",
                name=name,
                known=", ".join(sorted(known)),
                value=value,
            )


CHECKS: tuple[Callable[[Component], Iterator[Message]], ...] = (
    _key,
    _label,
    _expressions,
    _texts,
    _bounds,
    _patterns,
    _options,
    _default,
    _dates,
    _properties,
)


def _name_findings(
    components: tuple[Component, ...], tree: dict[str, Any], path: tuple[str, ...], *, top: bool
) -> list[Finding]:
    """Names that are taken: by another component of the same record, by the engine, or by rules."""
    findings: list[Finding] = []
    for component in components:
        inner = path + component.path
        if component.type == "group":
            findings += _name_findings(component.components, tree, inner, top=top)
            continue
        if component.type == "dynamiclist":
            findings += _name_findings(component.components, {}, (), top=False)
        if not component.path or component.type not in KEYED | {"dynamiclist"}:
            continue
        if inner[0] in _NAMES_OF_RULES or (top and inner[0] in RESERVED):
            findings.append(
                (
                    component.id,
                    Message("Expected another name than {name}, which has a meaning of its own", name=inner[0]),
                )
            )
        if not _place(tree, inner):
            findings.append(
                (component.id, Message("Expected a name of its own, but {name} is taken", name=".".join(inner)))
            )
    return findings


def _place(tree: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Enter the path into the tree of names; False where a value or an object stands already."""
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            return False
    if path[-1] in tree:
        return False
    tree[path[-1]] = True
    return True
