"""Run cases of the DMN TCK: `python -m tests.conformance.dmn_tck FOLDER`, a folder with cases.json and the models.

Prints a line per failed case and `N passed, M failed`. A case passes when every result has the expected type and value;
numbers may differ by 10⁻⁸, as in the TCK's own runners. Where an error is expected, the value is to be null *and* the
engine is to say why: a null without a reason would pass for anything that is not there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine import feel
from engine.dmn import DecisionResult, DmnError, Model, parse
from engine.feel.values import is_function, kind, read

PRECISION = Decimal("0.00000001")
NOW = datetime(2024, 5, 17, 9, 30, tzinfo=UTC)  # what now() and today() answer
READERS = {"date": "date(text)", "time": "time(text)", "dateTime": "date and time(text)", "duration": "duration(text)"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a case; `failure` is None when it passed."""

    level: str
    name: str
    failure: str | None


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or not (folder := cases_folder(Path(arguments[0]))):
        sys.exit("Expected a folder with cases.json: python -m tests.conformance.dmn_tck FOLDER")
    outcomes = []
    for outcome in run(folder):
        outcomes.append(outcome)
        if outcome.failure:
            print(f"FAILED {outcome.name}: {outcome.failure}")
    failed = sum(outcome.failure is not None for outcome in outcomes)
    print(f"{len(outcomes) - failed} passed, {failed} failed")


def cases_folder(folder: Path) -> Path | None:
    """The folder itself or the one just below that holds cases.json."""
    found = [folder / "cases.json", *sorted(folder.glob("*/cases.json"))]
    return next((path.parent for path in found if path.is_file()), None)


def run(folder: Path) -> Iterator[Outcome]:
    models: dict[str, Model | str] = {}
    for case in json.loads((folder / "cases.json").read_text("utf-8")):
        if case["model"] not in models:
            models[case["model"]] = _read_model(folder / case["model"])
        model = models[case["model"]]
        failure = model if isinstance(model, str) else _failure(model, case)
        yield Outcome(level=case["level"], name=f"{case['level']}/{case['dir']}/{case['id']}", failure=failure)


def _read_model(path: Path) -> Model | str:
    beside = [other.read_bytes() for other in sorted(path.parent.glob("*.dmn")) if other != path]
    try:
        return parse(path.read_bytes(), imports=beside)
    except (DmnError, OSError) as error:
        return f"cannot be read: {error}"


def _failure(model: Model, case: Mapping[str, Any]) -> str | None:
    try:
        context = {name: value_of(given) for name, given in case["inputs"].items()}
        failures = (_difference(model, case, result, context) for result in case["results"])
        return next((failure for failure in failures if failure), None)
    except Exception as error:  # a crash is that case's failure, and the others are still to be run
        return f"crashed: {type(error).__name__}: {error}"


def _difference(
    model: Model, case: Mapping[str, Any], result: Mapping[str, Any], context: Mapping[str, Any]
) -> str | None:
    reasons: list[str] = []
    value = None
    try:
        value = _answer(model, case.get("invocable"), result["name"], context, reasons)
    except DmnError as error:
        reasons.append(error.message)
    if result["error"]:
        if value is not None:
            return f"{result['name']} should be an error, but is {_shown(value)}"
        return None if reasons else f"{result['name']} is null as expected, but without a reason"
    expected = value_of(result["expected"])
    if same(value, expected):
        return None
    why = f" ({'; '.join(reasons[:3])})" if reasons else ""
    return f"{result['name']} should be {_shown(expected)}, but is {_shown(value)}{why}"


def _answer(model: Model, invocable: str | None, name: str, context: Mapping[str, Any], reasons: list[str]) -> Any:
    env = feel.Environment(now=NOW, reasons=reasons)
    if invocable is None:
        decision = _by_name(model.decisions, name)
        return model.evaluate(decision, context, env).value
    if any(each.name == invocable for each in model.services.values()):
        service = _by_name(model.services, invocable)
        return _output(model.evaluate(service, context, env), name)
    return model.evaluate(_by_name(model.knowledge, invocable), context, env).value


def _output(answer: DecisionResult, name: str) -> Any:
    """One of the outputs of a service: its value alone, or one of several by name."""
    if name not in {output.decision_name for output in answer.required}:
        raise LookupError(f"the service has no output {name}")
    return answer.value if len(answer.required) == 1 else (answer.value or {}).get(name)


def _by_name(elements: Mapping[str, Any], name: str) -> str:
    found = [key for key, element in elements.items() if element.name == name]
    if not found:
        raise LookupError(f"the model has no {name}")
    return found[0]


def value_of(typed: Mapping[str, Any]) -> Any:
    """The FEEL value of a typed lexical value."""
    kind_given, value = typed["t"], typed.get("v")
    if value is None:
        return None
    if kind_given == "number":
        return Decimal(value)
    if kind_given == "list":
        return [value_of(item) for item in value]
    if kind_given == "context":
        return {name: value_of(item) for name, item in value.items()}
    if kind_given in READERS:
        return feel.evaluate(READERS[kind_given], {"text": value})
    return value


def same(value: Any, expected: Any) -> bool:
    """Of the same type and equal, number by number and digit by digit of times and their zones."""
    value = read(value)
    if kind(value) != kind(expected) or is_function(value):
        return False
    if isinstance(expected, Decimal):
        return abs(value - expected) < PRECISION
    if isinstance(expected, list):
        return len(value) == len(expected) and all(map(same, value, expected))
    if isinstance(expected, dict):
        return value.keys() == expected.keys() and all(same(value[name], expected[name]) for name in expected)
    if isinstance(expected, str | bool | None):
        return value == expected
    return feel.to_text(value) == feel.to_text(expected)


def _shown(value: Any) -> str:
    try:
        text = f"{kind(value)} {feel.to_text(value)}"
    except feel.FeelError:
        text = kind(value)
    return text if len(text) < 200 else text[:199] + "…"


if __name__ == "__main__":
    main(sys.argv[1:])
