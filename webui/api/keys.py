"""Keys of element instances: we count them within their instance, clients of the API expect numbers of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import InvalidInput
from engine.queries.element_instances import ROOT
from webui.api.schemas import is_key

SPAN = 10**9  # more element instances than any instance has, and more instances than there will be


def element_key(instance_id: int, element_instance_id: str) -> str:
    """The key of the process itself is that of its instance, as clients expect."""
    if element_instance_id == ROOT:
        return str(instance_id)
    return str(instance_id * SPAN + int(element_instance_id))


def element_of(name: str, key: Any) -> tuple[int, str]:
    """The instance and the element instance behind a key. Raises InvalidInput."""
    if not is_key(key):
        raise InvalidInput({name: ["Expected a key, a number as text"]}, "Expected a key")
    instance_id, number = divmod(int(key), SPAN)
    return (instance_id, str(number)) if instance_id else (number, ROOT)


def element_within(instance_id: int, name: str, key: Any) -> str:
    """The element instance behind a key that must be of this instance. Raises InvalidInput."""
    found, element_instance_id = element_of(name, key)
    if found != instance_id:
        raise InvalidInput(
            {name: ["Expected the key of an element instance of this instance"]},
            "Expected element instance {key} to be of instance {instance}, but it is not",
            key=str(key),
            instance=instance_id,
        )
    return element_instance_id


def exactly(name: str, given: Mapping[str, Any]) -> Any:
    """The value a filter wants for a field, plain or as {"$eq": …}; None where it wants none. Raises InvalidInput."""
    wanted = given.get(name)
    if isinstance(wanted, Mapping):
        if set(wanted) != {"$eq"}:
            raise InvalidInput({name: ["Expected a plain value or $eq"]}, "Expected a filter that is supported")
        return wanted["$eq"]
    return wanted
