"""What the BPMN editor's menus and panels offer, as JSON for its script."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from engine.queries.offers import Offers
from engine.workers.descriptions import Input, JobType
from webui.i18n import label, say


def as_json(found: Offers) -> dict[str, Any]:
    """Offers in the reader's language."""
    listed = {
        kind: [{"key": each.key, "name": label(each.name), "here": each.here} for each in getattr(found, kind)]
        for kind in ("groups", "forms", "decisions", "processes")
    }
    return {
        **listed,
        "elements": found.elements,
        "refused": found.refused,
        "events": dict(found.events),
        "extensions": found.extensions,
        "jobTypes": [_job_type(each) for each in found.job_types],
        "codes": dict(found.events_known),
        "variables": found.variables,
        "constants": found.constants,
        "templates": [_template(each) for each in found.job_types if each.inputs],
    }


def _job_type(described: JobType) -> dict[str, Any]:
    inputs = [{"name": each.name, "label": say(each.label), "hint": say(each.hint)} for each in described.inputs]
    return {"type": described.type, "name": say(described.name), "purpose": say(described.purpose), "inputs": inputs}


def _template(described: JobType) -> dict[str, Any]:
    """An element template: a service task of this type with a field for every input."""
    return {
        "$schema": "https://unpkg.com/@camunda/zeebe-element-templates-json-schema/resources/schema.json",
        "id": f"lianxi.{described.type.replace(':', '.')}",
        "version": 1,
        "name": say(described.name),
        "description": say(described.purpose),
        "appliesTo": ["bpmn:Task", "bpmn:ServiceTask"],
        "elementType": {"value": "bpmn:ServiceTask"},
        "category": {"id": "lianxi", "name": gettext("Built-in jobs")},
        "groups": [
            {"id": "inputs", "label": gettext("What it needs")},
            {"id": "results", "label": gettext("What it answers")},
        ],
        "properties": [
            {
                "type": "Hidden",
                "value": described.type,
                "binding": {"type": "zeebe:taskDefinition", "property": "type"},
            },
            *(_field(each) for each in described.inputs),
            *([_result(described)] if described.results else []),
        ],
    }


def _field(given: Input) -> dict[str, Any]:
    return {
        "id": given.name,
        "label": say(given.label),
        "description": say(given.hint),
        "type": "String",
        "group": "inputs",
        "feel": "optional",
        "binding": {"type": "zeebe:input", "name": given.name},
        **({"value": given.example} if given.example else {}),
        **({"constraints": {"notEmpty": True}} if given.required else {"optional": True}),
    }


def _result(described: JobType) -> dict[str, Any]:
    whole = ", ".join(f"{name}: {name}" for name in described.results)
    return {
        "id": "result",
        "label": gettext("Variable for the answer"),
        "description": gettext("It becomes a context with: %(names)s", names=", ".join(described.results)),
        "type": "String",
        "group": "results",
        "optional": True,
        "binding": {"type": "zeebe:output", "source": f"={{{whole}}}"},
    }
