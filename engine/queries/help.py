"""What designers read about here: everything that may be drawn, asked and decided, from its registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from engine import calendar
from engine.access import PERMISSIONS, Actor, ensure
from engine.bpmn import registry
from engine.calendar import DueDate
from engine.clocks import LIGHTS
from engine.dmn.tables import AGGREGATIONS, HIT_POLICIES
from engine.errors import Message
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


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What is executed, read and understood, as the registries have it.

    elements: family -> tag -> what it does. events: event -> (tag, position) where it is executed. refused: what is
    not, and what to do instead. inline: job types done at once; the others are jobs.
    """

    elements: Mapping[str, Mapping[str, str]]
    events: Mapping[str, tuple[tuple[str, str], ...]]
    refused: Mapping[str, str]
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


def _unsaid(name: str) -> JobType:
    return JobType(type=name, name=Message(name.replace("{", "{{").replace("}", "}}")))
