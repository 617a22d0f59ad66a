"""Process instances over the API: searched and modified."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from engine.commands.instance import (
    CancelElement,
    CancelToken,
    Instruction,
    ModifyInstance,
    SetVariables,
    StartBefore,
)
from engine.errors import InvalidInput
from engine.queries import instances
from webui.api import keys, rows, schemas
from webui.api.base import actor, blueprint, engine, execute, page

FIELDS = {
    "processInstanceKey": "id",
    "processDefinitionKey": "definition_id",
    "processDefinitionId": "process_key",
    "processDefinitionName": "process_name",
    "businessId": "business_key",
    "state": "status",
    "startDate": "started_at",
    "endDate": "ended_at",
}
NO_ANCESTOR = ("", "-1")
MOST = 100  # instructions


class _Given(Schema):
    class Meta:
        unknown = EXCLUDE


class VariableInstruction(_Given):
    variables = fields.Dict(keys=fields.String(), required=True)
    scopeId = fields.String(load_default="")


class ActivateInstruction(_Given):
    elementId = fields.String(required=True)
    variableInstructions = fields.List(fields.Nested(VariableInstruction), load_default=list)
    ancestorElementInstanceKey = fields.String(load_default="", allow_none=True)


class TerminateInstruction(_Given):
    elementInstanceKey = fields.String()
    elementId = fields.String()


class Modification(_Given):
    """Elements to start, then element instances to cancel. Moves are a start and a cancellation."""

    activateInstructions = fields.List(
        fields.Nested(ActivateInstruction), load_default=list, validate=validate.Length(max=MOST)
    )
    terminateInstructions = fields.List(
        fields.Nested(TerminateInstruction), load_default=list, validate=validate.Length(max=MOST)
    )
    moveInstructions = fields.List(fields.Dict(), load_default=list, validate=validate.Length(max=0))


class InstancePage(Schema):
    items = fields.List(fields.Nested(schemas.InstanceOut))
    page = fields.Nested(schemas.PageOut)


@blueprint.post("/process-instances/<int:key>/modification")
@blueprint.arguments(Modification)
@blueprint.response(204)
def modify_process_instance(body: dict[str, Any], key: int) -> None:
    """Start elements and cancel element instances of a running instance, all or nothing."""
    instructions = [each for activation in body["activateInstructions"] for each in _activations(key, activation)] + [
        _termination(key, each) for each in body["terminateInstructions"]
    ]
    execute(ModifyInstance(instance_id=key, instructions=tuple(instructions), reason="Modified over the API"))


@blueprint.post("/process-instances/search")
@blueprint.arguments(schemas.Search, required=False)
@blueprint.response(200, InstancePage)
def search_process_instances(body: dict[str, Any]) -> Any:
    """The instances, for operators. Filters: plain values, or {"$eq", "$neq", "$in", "$exists", "$like", …}."""
    given = dict(body["filter"])
    incident, element = given.pop("hasIncident", None), given.pop("elementId", None)
    if not isinstance(incident, bool | None) or not isinstance(element, str | None):
        raise InvalidInput(
            {"filter": ["Expected hasIncident as true or false, and elementId as a text"]},
            "Expected a filter whose values fit",
        )
    found, total = engine().ask(
        instances.find,
        actor(),
        where=rows.search_filter(given, FIELDS, rows.INSTANCE_STATES),
        sort=rows.search_sort(body["sort"], FIELDS),
        incident=incident,
        element=element,
        offset=body["page"]["from_"],
        limit=body["page"]["limit"],
    )
    return page(map(rows.instance, found), total)


def _activations(instance_id: int, given: dict[str, Any]) -> list[Instruction]:
    """Variables of the whole instance are set first; those of a scope go with the start."""
    everywhere: dict[str, Any] = {}
    by_scope: dict[str, dict[str, Any]] = {}
    for each in given["variableInstructions"]:
        (by_scope.setdefault(each["scopeId"], {}) if each["scopeId"] else everywhere).update(each["variables"])
    ancestor = given["ancestorElementInstanceKey"] or ""
    start = StartBefore(
        element_id=given["elementId"],
        within=None
        if ancestor in NO_ANCESTOR
        else keys.element_within(instance_id, "ancestorElementInstanceKey", ancestor),
        variables=by_scope,
    )
    return [SetVariables(variables=everywhere), start] if everywhere else [start]


def _termination(instance_id: int, given: dict[str, Any]) -> Instruction:
    if "elementInstanceKey" in given:
        key = given["elementInstanceKey"]
        return CancelToken(element_instance_id=keys.element_within(instance_id, "elementInstanceKey", key))
    if "elementId" in given:
        return CancelElement(element_id=given["elementId"])
    raise InvalidInput(
        {"terminateInstructions": ["Expected elementInstanceKey or elementId"]}, "Expected what to terminate"
    )
