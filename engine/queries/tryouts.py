"""Trying out what a designer has not saved yet: a decision, a form, a FEEL text. Nothing is stored, no case is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine import dmn, feel, forms
from engine.access import Actor, ensure
from engine.dmn.reading import names_read
from engine.errors import InvalidInput, Message
from engine.feel.values import kind
from engine.packs import Pack
from engine.queries import workshop
from engine.queries.context import QueryContext

LARGEST_TEXT = 20_000  # characters of a FEEL text or of its variables
MOST_SUGGESTED = 30
_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A value that a decision needs. `path`: its name, dotted where it is a part; `suggested`: texts of its cells."""

    path: str
    type: str | None
    suggested: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Askable:
    """A decision or decision service that can be tried, and what it needs."""

    id: str
    name: str
    asks: tuple[Asked, ...]


@dataclass(frozen=True, kw_only=True)
class DecisionTried:
    """`trace` as of engine.dmn.trace with values as texts; else `error`, at `element` where that is known."""

    askable: tuple[Askable, ...] = ()
    trace: Mapping[str, Any] | None = None
    error: str | None = None
    element: str | None = None


@dataclass(frozen=True, kw_only=True)
class FormTried:
    """The form as drawn, and with `checked` what the answers would write; else `problem` says why it can't be drawn."""

    view: forms.FormView | None = None
    answers: Mapping[str, Any] | None = None
    problem: Message | None = None
    component: str = ""


@dataclass(frozen=True, kw_only=True)
class FeelTried:
    """`value` as FEEL writes it, `reasons` why it is null or a part of it; `error` where it is no FEEL."""

    value: str | None = None
    kind: str = ""
    reasons: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    error: Message | None = None


def decision(
    context: QueryContext,
    actor: Actor,
    pack: str,
    path: str,
    content: bytes,
    *,
    wanted: str | None = None,
    given: Mapping[str, str] | None = None,
) -> DecisionTried:
    """What the unsaved model can be asked and, where a decision is `wanted`, what it answers to texts by path."""
    files = workshop.files(context, actor, pack)
    others = [other for name, other in files.items() if name.endswith(".dmn") and name != path]
    try:
        model = dmn.parse(content, imports=others)
    except dmn.DmnError as error:
        return DecisionTried(error=error.message, element=error.element_id)
    askable = tuple(_askable(model))
    if wanted is None:
        return DecisionTried(askable=askable)
    asks = next((each.asks for each in askable if each.id == wanted), ())
    variables = _variables(asks, given or {}, _profile(pack, files))
    try:
        result = model.evaluate(wanted, variables, replace(context.environment, reasons=[]))
        return DecisionTried(askable=askable, trace=_written(dmn.trace(result)))
    except dmn.DmnError as error:
        return DecisionTried(askable=askable, error=error.message, element=error.element_id)


def form(
    context: QueryContext,
    actor: Actor,
    content: bytes,
    decode: Callable[[forms.Form], Mapping[str, Any]],
    *,
    variables: str = "",
    check: bool = False,
    translate: Callable[[str], str] = str,
) -> FormTried:
    """The unsaved form over variables (JSON), with the answers that `decode` reads; with `check` they are validated."""
    ensure(actor, "deploy", "try out a form")
    try:
        read = forms.parse_form(content)
        stored = _context(variables)
        answers = decode(read)
        kept: Mapping[str, Any] | None = None
        errors: Mapping[str, list[str]] = {}
        if check:
            try:
                kept = forms.validate(read, answers, context=stored, env=context.environment)
            except InvalidInput as refusal:
                errors = refusal.errors
        view = forms.view(read, answers, context=stored, env=context.environment, errors=errors, translate=translate)
    except forms.FormError as error:
        return FormTried(problem=error.message, component=error.component_id)
    except InvalidInput as refusal:
        return FormTried(problem=refusal.message)
    except (ValueError, TypeError, AttributeError, RecursionError, feel.FeelError) as error:
        return FormTried(problem=Message("Expected a form that can be drawn, but {error}", error=str(error)))
    return FormTried(view=view, answers=kept)


def expression(
    context: QueryContext, actor: Actor, text: str, *, variables: str = "", value: str | None = None
) -> FeelTried:
    """What a FEEL text evaluates to over variables (JSON). With `value` (FEEL) it is read as unary tests of it."""
    ensure(actor, "deploy", "try out an expression")
    reasons: list[str] = []
    env = replace(context.environment, reasons=reasons)
    try:
        if len(text) > LARGEST_TEXT:
            raise feel.FeelError(
                "Expected at most {most} characters, but there are {count}", most=LARGEST_TEXT, count=len(text)
            )
        given = _context(variables)
        text = feel.expression_text(text) or text
        if value is None:
            found: Any = feel.evaluate(text, given, env)
        else:
            found = feel.unary_test(text, feel.evaluate(value, given, env), given, env)
        names = tuple(sorted(feel.compile(text, names=given).names)) if value is None else ()
        return FeelTried(value=_text(found), kind=kind(found), reasons=tuple(dict.fromkeys(reasons)), names=names)
    except feel.FeelError as error:
        return FeelTried(error=error.message)
    except InvalidInput as refusal:
        return FeelTried(error=refusal.message)


def _askable(model: dmn.Model) -> Iterator[Askable]:
    for each in model.decisions.values():
        yield Askable(id=each.id, name=each.name or each.id, asks=_once(_asks(model, each.id, set())))
    for service in model.services.values():
        names = [model.input_data[key] for key in service.input_data if key in model.input_data]
        asks = [Asked(path=data.name, type=data.type.name if data.type else None) for data in names]
        asks += [Asked(path=model.decisions[key].name, type=None) for key in service.input_decisions]
        yield Askable(id=service.id, name=service.name or service.id, asks=_once(asks))


def _asks(model: dmn.Model, decision_id: str, seen: set[str]) -> Iterator[Asked]:
    """Of the decision and all it requires: declared input data, columns over free names, and other free names."""
    if decision_id in seen or decision_id not in model.decisions:
        return
    seen.add(decision_id)
    one = model.decisions[decision_id]
    for required in one.requires:
        yield from _asks(model, required, seen)
    columns = dict(_columns(one))
    for data_id in one.reads:
        data = model.input_data[data_id]
        column = columns.get(data.name)
        declared = data.type.name if data.type else column.type if column else None
        yield Asked(path=data.name, type=declared, suggested=column.suggested if column else ())
    own = {name for each in model.decisions.values() for name in (each.variable, each.id)}
    known = model.declared_names | set(feel.BUILTINS) | own | {"profile", "?"}
    free = {name for name in names_read(one.logic) if name not in known}
    for path, column in columns.items():
        if path.split(".")[0] in free and not any(other != path and other.startswith(f"{path}.") for other in columns):
            yield column
    roots = {path.split(".")[0] for path in columns}
    yield from (Asked(path=name, type=None) for name in sorted(free - roots))


def _columns(one: dmn.Decision) -> Iterator[tuple[str, Asked]]:
    for place, column in enumerate(one.inputs):
        if not _PATH.fullmatch(column.text):
            continue
        texts = [column.allowed.text] if column.allowed else [rule.input_texts[place] for rule in one.rules]
        found = dict.fromkeys(word for text in texts for word in re.findall(r'"([^"]*)"', text))
        suggested = tuple(found)[:MOST_SUGGESTED]
        yield column.text, Asked(path=column.text, type=column.type.name if column.type else None, suggested=suggested)


def _once(asks: Iterable[Asked]) -> tuple[Asked, ...]:
    found: dict[str, Asked] = {}
    for each in asks:
        before = found.get(each.path)
        if before is None or (each.type and not before.type):
            found[each.path] = each
    return tuple(found.values())


def _variables(asks: Iterable[Asked], given: Mapping[str, str], profile: Any) -> dict[str, Any]:
    variables: dict[str, Any] = {"profile": profile}
    for each in asks:
        *parents, last = each.path.split(".")
        inside = variables
        for parent in parents:
            inside = inside.setdefault(parent, {}) if isinstance(inside, dict) else {}
        if isinstance(inside, dict):
            inside[last] = _value(given.get(each.path, ""), each.type)
    return variables


def _value(text: str, declared: str | None) -> Any:
    """What was typed, as the type says; untyped: true, numbers, {…} and […] as JSON, else text; nothing is null."""
    text = text.strip()
    if not text:
        return None
    if (declared or "").lower() == "string":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _profile(pack: str, files: Mapping[str, bytes]) -> Any:
    try:
        return Pack(name=pack, resources=files).profile or {}
    except Exception:  # a broken manifest or profile is found wanting where it is checked itself
        return {}


def _context(text: str) -> dict[str, Any]:
    """Raises InvalidInput."""
    if not text.strip():
        return {}
    if len(text) > LARGEST_TEXT:
        wanted = Message("Expected at most {most} characters of variables", most=LARGEST_TEXT)
        raise InvalidInput({"variables": [wanted]}, wanted.template, **wanted.params)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        wanted = Message("Expected variables as JSON, but they cannot be read: {error}", error=str(error))
        raise InvalidInput({"variables": [wanted]}, wanted.template, **wanted.params) from None
    if not isinstance(found, dict):
        wanted = Message("Expected variables as a JSON object such as {example}", example='{"people": 5}')
        raise InvalidInput({"variables": [wanted]}, wanted.template, **wanted.params)
    return found


def _written(found: dict[str, Any]) -> dict[str, Any]:
    """The trace with every value as a text."""
    return {
        **found,
        "decisions": [
            {
                **row,
                "value": _json_text(row["value"]),
                "inputs": {name: _json_text(value) for name, value in row["inputs"].items()},
                "matched": [
                    {**rule, "outputs": {name: _json_text(value) for name, value in rule["outputs"].items()}}
                    for rule in row["matched"]
                ],
            }
            for row in found["decisions"]
        ],
    }


def _json_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(value: Any) -> str:
    return json.dumps(feel.to_json(value), ensure_ascii=False, indent=1 if isinstance(value, dict | list) else None)
