"""What designers read about here: everything that may be drawn, asked and decided, from its registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from engine import calendar
from engine.access import PERMISSIONS, Actor, ensure
from engine.bpmn import extensions, limits, registry, xml
from engine.bpmn.elements.calls import MOST_CALLS
from engine.bpmn.elements.multi_instance import MOST_ITERATIONS
from engine.bpmn.lint.elements import MOST_TOKENS
from engine.calendar import DueDate
from engine.clocks import LIGHTS
from engine.dmn.tables import AGGREGATIONS, HIT_POLICIES
from engine.errors import Message
from engine.feel import Limits
from engine.forms import model as forms
from engine.packs import CASE_FIELDS, PARTY_FIELDS
from engine.queries import feel_functions
from engine.queries.context import QueryContext
from engine.workers import INLINE, WORKERS
from engine.workers.descriptions import DESCRIPTIONS, JobType

FAMILIES: Mapping[str, Mapping[str, str]] = {
    "activities": registry.ACTIVITIES,
    "gateways": registry.GATEWAYS,
    "markers": registry.MARKERS,
    "global": registry.GLOBAL_TASKS,
}
COUNTED_FROM = date(2026, 9, 24)  # before days off, so that calendar and working days differ


# what is bounded -> the most there may be
LIMITS: Mapping[str, int] = {
    "elements": xml.MOST_ELEMENTS,
    "file": xml.MOST_BYTES,
    "variable": limits.MOST_OF_ONE,
    "variables": limits.MOST_OF_ALL,
    "iterations": MOST_ITERATIONS,
    "calls": MOST_CALLS,
    "tokens": MOST_TOKENS,
    "steps": Limits().steps,
    "milliseconds": round(Limits().seconds * 1000),
}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """An extension element that is read: where it may stand, and its attributes, the required ones apart."""

    name: str
    on: tuple[str, ...]
    attributes: tuple[str, ...]
    required: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What is executed, read and understood, as the registries have it.

    elements: family -> tag -> what it does. events: event -> (tag, position) where it is executed. refused: what is
    not, and what to do instead. limits: what is bounded -> the most. inline: job types done at once, others are jobs.
    """

    elements: Mapping[str, Mapping[str, str]]
    events: Mapping[str, tuple[tuple[str, str], ...]]
    refused: Mapping[str, str]
    settings: tuple[Setting, ...]
    limits: Mapping[str, int]
    job_types: tuple[JobType, ...]
    inline: frozenset[str]
    fields: tuple[str, ...]
    fields_refused: Mapping[str, str]
    hit_policies: tuple[str, ...]
    aggregations: tuple[str, ...]
    units: tuple[str, ...]
    lights: tuple[str, ...]
    permissions: Mapping[str, str]
    case_fields: tuple[str, ...]
    party_fields: tuple[str, ...]


def reference(context: QueryContext, actor: Actor) -> Reference:
    ensure(actor, "deploy", "read the designers' help")
    return Reference(
        elements=FAMILIES,
        events={event: tuple(_places(event)) for event in registry.EVENTS},
        refused=registry.REFUSED,
        settings=tuple(_settings()),
        limits=LIMITS,
        job_types=tuple(DESCRIPTIONS.get(name) or _unsaid(name) for name in (*INLINE, *WORKERS)),
        inline=frozenset(INLINE),
        fields=field_types(),
        fields_refused=forms.REFUSED,
        hit_policies=tuple(HIT_POLICIES),
        aggregations=tuple(AGGREGATIONS),
        units=calendar.UNITS,
        lights=LIGHTS,
        permissions=PERMISSIONS,
        case_fields=CASE_FIELDS,
        party_fields=PARTY_FIELDS,
    )


def field_types() -> tuple[str, ...]:
    """Every type of component that forms may have."""
    return tuple(sorted(forms.KEYED | forms.CONTAINERS | forms.DISPLAY))


def deadlines(context: QueryContext, actor: Actor) -> tuple[tuple[int, str, DueDate], ...]:
    """What clocks of some counts and units come to, by the calendar of this office: count, unit, when it ends."""
    ensure(actor, "deploy", "read the designers' help")
    return tuple(
        (count, unit, context.calendar.due(start=COUNTED_FROM, count=count, unit=unit))
        for unit in calendar.UNITS
        for count in (5, 15)
    )


def texts() -> Iterator[str]:
    """What the registries say in plain words, to be translated."""
    for family in FAMILIES.values():
        yield from family.values()
    yield from registry.REFUSED.values()
    yield from PERMISSIONS.values()
    yield from forms.REFUSED.values()
    yield from feel_functions.texts()


def _places(event: str) -> Iterator[tuple[str, str]]:
    for (tag, position), events in registry.EXECUTED_EVENTS.items():
        if event in events:
            yield tag, position


def _settings() -> Iterator[Setting]:
    for name, extension in extensions.EXTENSIONS.items():
        listed = (f"{tag}.{attribute}" for tag, attributes in extension.lists.items() for attribute in attributes)
        yield Setting(
            name=name,
            on=tuple(sorted(extension.on)),
            attributes=(*extension.attributes, *listed),
            required=extension.required,
        )


def _unsaid(name: str) -> JobType:
    return JobType(type=name, name=Message(name.replace("{", "{{").replace("}", "}}")))
