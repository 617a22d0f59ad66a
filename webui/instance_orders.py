"""Instructions of a modification as a form carries them: a list of small objects as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.commands.instance import CancelElement, CancelToken, Instruction, SetVariables, StartAfter, StartBefore
from engine.errors import InvalidInput

KINDS = ("start", "after", "cancel", "token", "set")
LONGEST = 100_000  # characters of a list


def read(text: str) -> list[dict[str, Any]]:
    """The list a form carries. Raises InvalidInput where somebody else wrote it."""
    if not text:
        return []
    orders = _json(text)
    fine = isinstance(orders, list) and all(
        isinstance(order, dict)
        and order.get("do") in KINDS
        and all(isinstance(order.get(name, ""), str) for name in ("process", "element", "token", "within"))
        and isinstance(order.get("variables", {}), dict)
        for order in orders
    )
    if not fine:
        raise InvalidInput({"orders": ["Expected a list of instructions"]}, "Expected a list of instructions")
    return orders


def write(orders: list[dict[str, Any]]) -> str:
    return json.dumps(orders, ensure_ascii=False)


def typed(form: Mapping[str, str]) -> dict[str, Any]:
    """The instruction a person has just put together. Raises InvalidInput."""
    kind = form.get("kind", "")
    if kind not in KINDS:
        raise InvalidInput({"kind": ["Expected an instruction"]}, "Expected an instruction")
    order: dict[str, Any] = {"do": kind}
    if text := form.get("variables", "").strip():
        variables = _json(text)
        if not isinstance(variables, dict):
            raise InvalidInput(
                {"variables": ["Expected a JSON object"]}, "Expected variables as a JSON object such as {example}",
                example='{"amount": 5}',
            )  # fmt: skip
        order["variables"] = variables
    if kind == "set":
        order["within"] = form.get("within", "")
        if not order.get("variables"):
            raise InvalidInput({"variables": ["Expected variables"]}, "Expected variables to set")
        return order
    process, _, element = form.get("element", "").partition(" ")
    if not element:
        raise InvalidInput({"element": ["Expected an element"]}, "Expected an element")
    order |= {"process": process, "element": element, "within": form.get("within", "")}
    return order


def instruction(order: Mapping[str, Any]) -> Instruction:
    element, process = order.get("element", ""), order.get("process") or None
    if order["do"] == "cancel" and order.get("within"):
        return CancelToken(element_instance_id=order["within"])
    if order["do"] == "cancel":
        return CancelElement(element_id=element, process_id=process)
    if order["do"] == "token":
        return CancelToken(element_instance_id=order.get("token", ""))
    if order["do"] == "set":
        return SetVariables(variables=order["variables"], element_instance_id=order.get("within") or None)
    start = StartBefore if order["do"] == "start" else StartAfter
    given = order.get("variables")
    variables = {element: given} if given else {}
    return start(element_id=element, process_id=process, within=order.get("within") or None, variables=variables)


def _json(text: str) -> Any:
    if len(text) > LONGEST:
        raise InvalidInput({"variables": ["Expected less"]}, "Expected at most {max} characters", max=LONGEST)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput({"variables": ["Expected JSON"]}, "Expected JSON, but {error}", error=str(error)) from error
