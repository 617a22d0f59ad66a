"""What the panels of the BPMN editor offer: elements that are executed, and what a pack's diagrams may refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lxml import etree
from sqlalchemy import select

from engine import dmn, forms
from engine.access import Actor
from engine.bpmn import extensions, registry, variables, xml
from engine.bpmn.scopes import RESERVED
from engine.errors import Message
from engine.model.identity import Group
from engine.model.repository import DecisionDefinition, FormDefinition, ProcessDefinition
from engine.packs import Pack, as_pack
from engine.queries import workshop
from engine.queries.context import QueryContext
from engine.workers import INLINE, WORKERS
from engine.workers.descriptions import DESCRIPTIONS, JobType

_CODES = {"message": "name", "signal": "name", "error": "errorCode", "escalation": "escalationCode"}


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One line of a list: what is written into the diagram, and what people call it. `here`: it is of this pack."""

    key: str
    name: str
    here: bool = True


@dataclass(frozen=True, kw_only=True)
class Offers:
    """Everything the panels need to know of a pack.

    elements: tags that are executed. events: "tag/position" -> event definitions that are executed. extensions: zeebe
    elements that are read. events_known: message, signal, error, escalation -> names or codes used in the pack.
    variables: element of the asked diagram -> variable -> ids of elements that write it; of decisions and forms, their
    key -> variable -> names of the elements. constants: what can be read everywhere and written nowhere.
    """

    elements: tuple[str, ...]
    refused: tuple[str, ...]
    events: Mapping[str, tuple[str, ...]]
    extensions: tuple[str, ...]
    groups: tuple[Offer, ...]
    forms: tuple[Offer, ...]
    decisions: tuple[Offer, ...]
    processes: tuple[Offer, ...]
    job_types: tuple[JobType, ...]
    events_known: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, Mapping[str, tuple[str, ...]]]
    constants: tuple[str, ...]


def offers(
    context: QueryContext, actor: Actor, name: str, path: str = "", instead: Mapping[str, bytes] | None = None
) -> Offers:
    """What is offered in the diagram at `path`. `instead`: contents not saved yet, by path. Raises NotFound.

    What can't be read is left out: the check says so.
    """
    pack = as_pack(name, {**workshop.files(context, actor, name), **(instead or {})})
    roots = {
        resource: root for resource, content in pack.of_kind("process").items() if (root := _root(content)) is not None
    }
    fields = {form.id: form for form in _forms(pack)}
    models = _models(pack)
    writers = variables.Writers(
        forms={key: sorted(forms.keys(form)) for key, form in fields.items()},
        results={described.type: described.results for described in DESCRIPTIONS.values()},
        starts=_start_forms(pack),
        processes={
            str(process.get("id")): process for root in roots.values() for process in xml.children(root, "process")
        },
    )
    return Offers(
        elements=(
            *registry.ACTIVITIES,
            *registry.GATEWAYS,
            *registry.POSITIONS,
            *registry.MARKERS,
            *registry.GLOBAL_TASKS,
        ),
        refused=tuple(registry.REFUSED),
        events={f"{tag}/{position}": kinds for (tag, position), kinds in registry.EXECUTED_EVENTS.items()},
        extensions=tuple(extensions.EXTENSIONS),
        groups=_groups(context, pack),
        forms=_with_deployed(context, {key: form.title or key for key, form in fields.items()}, FormDefinition),
        decisions=_with_deployed(
            context,
            {key: one.name or key for model in models.values() for key, one in model.decisions.items()},
            DecisionDefinition,
        ),
        processes=_with_deployed(context, _processes(roots.values()), ProcessDefinition),
        job_types=_job_types(pack),
        events_known={tag: _used(roots.values(), tag, attribute) for tag, attribute in _CODES.items()},
        variables=variables.variables_at(roots[path], writers)
        if path in roots
        else _where_called(_called_at(pack, path, models), roots.values(), writers),
        constants=_constants(pack),
    )


def _root(content: bytes) -> etree._Element | None:
    try:
        return xml.read(content)
    except xml.UnreadableXml:
        return None


def _forms(pack: Pack) -> Iterable[forms.Form]:
    for content in pack.of_kind("form").values():
        try:
            yield forms.parse_form(content)
        except (forms.FormError, ValueError, RecursionError):
            continue


def _models(pack: Pack) -> dict[str, dmn.Model]:
    found: dict[str, dmn.Model] = {}
    contents = pack.of_kind("decision")
    for name, content in contents.items():
        with suppress(dmn.DmnError):
            found[name] = dmn.parse(content, imports=[other for key, other in contents.items() if key != name])
    return found


def _called_at(pack: Pack, path: str, models: Mapping[str, dmn.Model]) -> set[str]:
    """The decisions of a file, or the form that it is."""
    if path in models:
        return set(models[path].decisions)
    with suppress(KeyError, forms.FormError, ValueError, RecursionError):
        return {forms.parse_form(pack.of_kind("form")[path]).id}
    return set()


# Tasks that call what other files have -> the extension that says which, and its attribute.
_CALLS = {"businessRuleTask": ("calledDecision", "decisionId"), "userTask": ("formDefinition", "formId")}


def _where_called(
    here: set[str], roots: Iterable[etree._Element], writers: variables.Writers
) -> dict[str, dict[str, tuple[str, ...]]]:
    """What the decisions or the form of a file can count on: whatever a task can that calls one of them."""
    found: dict[str, set[str]] = {}
    for diagram in roots:
        names = {str(node.get("id")): str(node.get("name") or node.get("id")) for node in diagram.iter(xml.bpmn("*"))}
        known = variables.variables_at(diagram, writers)
        for task in diagram.iter(*map(xml.bpmn, _CALLS)):
            extension, attribute = _CALLS[xml.local(task)]
            if any(each.get(attribute) in here for each in task.iter(xml.zeebe(extension))):
                for name, origins in known.get(str(task.get("id")), {}).items():
                    if before := set(origins) - {str(task.get("id"))}:
                        found.setdefault(name, set()).update(names.get(origin, origin) for origin in before)
    at_once = {name: tuple(sorted(origins)) for name, origins in sorted(found.items())}
    return dict.fromkeys(here, at_once)


def _processes(roots: Iterable[etree._Element]) -> dict[str, str]:
    return {
        str(node.get("id")): str(node.get("name") or node.get("id"))
        for root in roots
        for node in root.iterchildren(xml.bpmn("*"))
        if xml.is_true(node, "isExecutable") or xml.local(node) in registry.GLOBAL_TASKS
    }


def _groups(context: QueryContext, pack: Pack) -> tuple[Offer, ...]:
    try:
        here = {group.key: group.name for group in pack.groups}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        here = {}
    deployed = {group.key: group.name for group in context.session.scalars(select(Group).order_by(Group.key))}
    return _listed(here, deployed)


def _with_deployed(context: QueryContext, here: Mapping[str, str], model: Any) -> tuple[Offer, ...]:
    keys = context.session.scalars(select(model.key).distinct().order_by(model.key))
    return _listed(here, {key: key for key in keys})


def _listed(here: Mapping[str, str], elsewhere: Mapping[str, str]) -> tuple[Offer, ...]:
    """This pack's first, in their order; then what only exists elsewhere."""
    return (
        *(Offer(key=key, name=name) for key, name in here.items()),
        *(Offer(key=key, name=name, here=False) for key, name in elsewhere.items() if key not in here),
    )


def _job_types(pack: Pack) -> tuple[JobType, ...]:
    try:
        own = [text for text in pack.manifest.get("job_types", ()) if isinstance(text, str)]
    except (ValueError, RecursionError):
        own = []
    types = dict.fromkeys((*DESCRIPTIONS, *INLINE, *WORKERS, *own))
    return tuple(DESCRIPTIONS.get(each) or JobType(type=each, name=_plain(each)) for each in types)


def _plain(name: str) -> Message:
    """A name that nobody translates, as a sentence without parameters."""
    return Message(name.replace("{", "{{").replace("}", "}}"))


def _used(roots: Iterable[etree._Element], tag: str, attribute: str) -> tuple[str, ...]:
    values = {str(node.get(attribute)) for root in roots for node in xml.children(root, tag) if node.get(attribute)}
    return tuple(sorted(values))


def _start_forms(pack: Pack) -> dict[str, str]:
    try:
        return {each.process: each.form for each in pack.case_types.values() if each.form}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _constants(pack: Pack) -> tuple[str, ...]:
    try:
        profile = pack.profile
    except Exception:  # somebody is typing it: any YAML, and none; the check says what is wrong with it
        profile = {}
    entries = sorted(f"profile.{key}" for key in profile) if isinstance(profile, dict) else []
    return (*sorted(RESERVED), *entries)
