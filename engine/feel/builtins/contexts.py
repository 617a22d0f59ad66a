"""Built-in functions over contexts (DMN 10.3.4.10)."""

from typing import Any

from engine.feel.builtins.table import drawer
from engine.feel.environment import Run
from engine.feel.errors import Undefined
from engine.feel.values import items, kind, read


def get_value(context: dict[str, Any], key: str) -> Any:
    """The value of an entry; null where there is none."""
    return read(context.get(key))


def get_entries(context: dict[str, Any]) -> list[dict[str, Any]]:
    """A list of {key, value}."""
    return [{"key": key, "value": value} for key, value in context.items()]


def context_of(entries: list[Any]) -> dict[str, Any]:
    """The context of a list of {key, value}; the opposite of get entries."""
    result: dict[str, Any] = {}
    for entry in items(entries):
        if type(entry) is not dict or "key" not in entry or "value" not in entry or type(entry["key"]) is not str:
            raise Undefined("Expected contexts with a key (a string) and a value")
        if entry["key"] in result:
            raise Undefined(f"Expected each key once, but {entry['key']!r} is repeated")
        result[entry["key"]] = entry["value"]
    return result


def context_put(context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The context with one entry set."""
    return {**context, key: value}


def context_put_path(run: Run, context: dict[str, Any], keys: list[Any], value: Any) -> dict[str, Any]:
    """The context with an entry of an inner context set."""
    run.enter()
    try:
        if not keys:
            raise Undefined("Expected at least one key")
        key, *rest = keys
        if type(key) is not str:
            raise Undefined(f"Expected strings as keys, but got {kind(key)}")
        if not rest:
            return {**context, key: value}
        inner = read(context.get(key))
        if type(inner) is not dict:
            raise Undefined(f"Expected a context in {key!r}, but got {kind(inner)}")
        return {**context, key: context_put_path(run, inner, rest, value)}
    finally:
        run.depth -= 1


def context_merge(run: Run, contexts: list[Any]) -> dict[str, Any]:
    """All entries; of equal keys the last wins."""
    result: dict[str, Any] = {}
    for context in items(contexts):
        if type(context) is not dict:
            raise Undefined(f"Expected contexts to merge, but got {kind(context)}")
        run.spend(len(context))
        result.update(context)
    run.fit(len(result))
    return result


CONTEXTS = drawer(
    "contexts",
    {
        "get value": [("m: context, key: string", get_value, "The value of an entry")],
        "get entries": [("m: context", get_entries, "The entries as a list of contexts with key and value")],
        "context": [("entries: list", context_of, "A context from a list of contexts with key and value")],
        "context put": [
            ("context: context, key: string, value: any", context_put, "With an entry set"),
            ("context: context, keys: list, value: any", context_put_path, "With an entry of an inner context set"),
        ],
        "context merge": [("contexts: list", context_merge, "All entries of several contexts; the last wins")],
    },
    with_run=frozenset({context_put_path, context_merge}),
)
