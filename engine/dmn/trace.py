"""How a decision came about, as JSON to be kept in a history and shown where the decision was made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine import feel
from engine.dmn.results import DecisionResult, MatchedRule

LARGEST_VALUE = 5_000  # parts of one value; what is larger is named but not kept


def trace(result: DecisionResult) -> dict[str, Any]:
    """The decision and all it rests on, each once, what was needed first in front:

        {"decision": id,
         "decisions": [{"id", "name", "value",
                        "inputs": {text of the input or name of the variable: value},
                        "matched": [{"rule": number from 1, "id", "annotation", "outputs": {name: value}}],
                        "reasons": [sentences that say why something is null],
                        "requires": [ids]}]}

    An id of an imported model is written `namespace#id`. Values are those of `feel.to_json`; a value of more than
    5,000 parts is replaced by {"too large": its kind}.
    """
    home = result.namespace
    return {"decision": result.decision_id, "decisions": [_row(each, home) for each in _each_once(result, set())]}


def _each_once(result: DecisionResult, seen: set[int]) -> Iterator[DecisionResult]:
    """By identity: decisions that many others need would be met again and again."""
    if id(result) not in seen:
        seen.add(id(result))
        for required in result.required:
            yield from _each_once(required, seen)
        yield result


def _row(result: DecisionResult, home: str) -> dict[str, Any]:
    return {
        "id": _id(result, home),
        "name": result.decision_name,
        "value": _json(result.value),
        "inputs": {name: _json(value) for name, value in result.inputs.items()},
        "matched": [_matched(rule) for rule in result.matched],
        "reasons": list(result.reasons),
        "requires": [_id(required, home) for required in result.required],
    }


def _matched(rule: MatchedRule) -> dict[str, Any]:
    outputs = {name: _json(value) for name, value in rule.outputs.items()}
    return {"rule": rule.index, "id": rule.id, "annotation": rule.annotation, "outputs": outputs}


def _id(result: DecisionResult, home: str) -> str:
    return result.decision_id if result.namespace == home else f"{result.namespace}#{result.decision_id}"


def _json(value: Any) -> Any:
    if _parts(value, LARGEST_VALUE) > LARGEST_VALUE:
        return {"too large": "list" if isinstance(value, list) else "context"}
    return feel.to_json(value)


def _parts(value: Any, most: int) -> int:
    """How many parts a value has, counted no further than `most` and one more."""
    waiting, count = [value], 0
    while waiting and count <= most:
        part = waiting.pop()
        count += 1
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return count
