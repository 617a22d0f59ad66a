"""Run a test and see what it does with diagrams: which it reads, and which of their elements tokens reach and leave."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

import pytest
from lxml import etree

from engine import events
from engine.bpmn import lint, xml
from engine.bpmn.instance import Instance
from engine.bpmn.passage import Passage


@dataclass(kw_only=True)
class Observed:
    """read: the diagrams. reached, left: ids of elements, of all diagrams together."""

    read: list[etree._Element] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)


@cache
def observe(test: str) -> Observed:
    """What `file.py::function` does, with all its parameters; it must not need fixtures."""
    file, _, function = test.partition("::")
    run = getattr(importlib.import_module(f"tests.unit.bpmn.{file.removesuffix('.py')}"), function)
    seen = Observed()
    with pytest.MonkeyPatch.context() as patched:
        _listen(patched, seen)
        for parameters in _parameters(run):
            run(**parameters)
    return seen


def _listen(patched: pytest.MonkeyPatch, seen: Observed) -> None:
    read, made, report = xml.read, Passage.__init__, Instance.report

    def reading(data: bytes) -> etree._Element:
        root = read(data)
        seen.read.append(root)
        return root

    def making(passage: Passage, instance: Instance, spec: Any, *rest: Any, **remembered: Any) -> None:
        seen.reached.add(spec.name)
        made(passage, instance, spec, *rest, **remembered)

    def reporting(instance: Instance, event: events.Event) -> None:
        if isinstance(event, events.ElementCompleted):
            seen.left.add(event.element_id)
        report(instance, event)

    patched.setattr(xml, "read", reading)
    patched.setattr(lint, "read", reading)
    patched.setattr(Passage, "__init__", making)
    patched.setattr(Instance, "report", reporting)


def _parameters(run: Any) -> Iterator[dict[str, Any]]:
    """The calls pytest would make: every value of each `parametrize`, with every value of the others."""
    marks = [mark for mark in getattr(run, "pytestmark", ()) if mark.name == "parametrize"]
    for values in product(*(mark.args[1] for mark in marks)):
        call: dict[str, Any] = {}
        for mark, value in zip(marks, values, strict=True):
            value = value.values if hasattr(value, "marks") else value
            names = mark.args[0] if not isinstance(mark.args[0], str) else [n.strip() for n in mark.args[0].split(",")]
            is_row = len(names) > 1 or (isinstance(value, tuple) and hasattr(value, "values"))
            call |= zip(names, value if is_row else (value,), strict=True)
        yield call
