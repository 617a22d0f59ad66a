"""Element instances over the API: looked at, and their variables set."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from engine.commands.instance import SetInstanceVariables
from engine.errors import InvalidInput
from engine.queries import element_instances
from engine.queries.element_instances import ROOT, ElementInstanceRow
from webui.api import keys, rows, schemas
from webui.api.base import actor, blueprint, engine, execute, page

# The API's name -> ours, for filters and sorting.
FIELDS = {
    "elementInstanceKey": "element_instance_id",
    "elementInstanceScopeKey": "scope_id",
    "processInstanceKey": "instance_id",
    "processDefinitionKey": "definition_id",
    "processDefinitionId": "process_key",
    "elementId": "element_id",
    "elementName": "element_name",
    "type": "element_type",
    "state": "status",
    "incidentKey": "incident_id",
    "startDate": "started_at",
    "endDate": "ended_at",
}
ELEMENT_KEYS = ("elementInstanceKey", "elementInstanceScopeKey")
TYPES = {"transaction": "SUB_PROCESS"}  # where the API has another word
_CAPITAL = re.compile("(?=[A-Z])")


class VariablesIn(Schema):
    class Meta:
        unknown = EXCLUDE

    variables = fields.Dict(keys=fields.String(), required=True)
    local = fields.Boolean(load_default=False)


class ElementInstanceOut(Schema):
    elementInstanceKey = fields.String()
    processInstanceKey = fields.String()
    rootProcessInstanceKey = fields.String(allow_none=True)
    processDefinitionKey = fields.String()
    processDefinitionId = fields.String()
    elementId = fields.String()
    elementName = fields.String()
    type = fields.String()
    state = fields.String()
    hasIncident = fields.Boolean()
    incidentKey = fields.String(allow_none=True)
    startDate = fields.DateTime()
    endDate = fields.DateTime(allow_none=True)
    tenantId = fields.String()


class ElementInstancePage(Schema):
    items = fields.List(fields.Nested(ElementInstanceOut))
    page = fields.Nested(schemas.PageOut)


@blueprint.post("/element-instances/search")
@blueprint.arguments(schemas.Search, required=False)
@blueprint.response(200, ElementInstancePage)
def search_element_instances(body: dict[str, Any]) -> Any:
    """The elements of one instance, which the filter's processInstanceKey or elementInstanceKey names.

    Of what has ended the process, user tasks and jobs are listed; the history of the instance has the others.
    """
    given = dict(body["filter"])
    instance_id = _instance_of(given)
    where: dict[str, dict[str, Any]] = {}
    for name in ELEMENT_KEYS:
        if (key := keys.exactly(name, given)) is not None:
            where[FIELDS[name]] = {"$eq": keys.element_within(instance_id, name, key)}
        given.pop(name, None)
    stuck = given.pop("hasIncident", None)
    if not isinstance(stuck, bool | None):
        raise InvalidInput({"hasIncident": ["Expected true or false"]}, "Expected a filter whose values fit")
    where |= rows.search_filter(given, FIELDS, rows.INSTANCE_STATES)
    if kinds := where.get("element_type"):
        where["element_type"] = {comparison: _kinds(wanted) for comparison, wanted in kinds.items()}
    if stuck is not None:
        where["incident_id"] = {**where.get("incident_id", {}), "$exists": stuck}
    found, total = engine().ask(
        element_instances.search,
        actor(),
        instance_id,
        where=where,
        sort=rows.search_sort(body["sort"], FIELDS),
        offset=body["page"]["from_"],
        limit=body["page"]["limit"],
    )
    return page(map(_item, found), total)


@blueprint.get("/element-instances/<int:key>")
@blueprint.response(200, ElementInstanceOut)
def get_element_instance(key: int) -> Any:
    return _item(engine().ask(element_instances.get, actor(), *keys.element_of("elementInstanceKey", key)))


@blueprint.put("/element-instances/<int:key>/variables")
@blueprint.arguments(VariablesIn)
@blueprint.response(204)
def set_element_instance_variables(body: dict[str, Any], key: int) -> None:
    """Write variables where the element would, or with `local` into its very scope. The instance's key is its scope."""
    instance_id, element_instance_id = keys.element_of("elementInstanceKey", key)
    execute(
        SetInstanceVariables(
            instance_id=instance_id,
            element_instance_id=None if element_instance_id == ROOT else element_instance_id,
            variables=body["variables"],
            local=body["local"],
            reason="Set over the API",
        )
    )


def _instance_of(given: dict[str, Any]) -> int:
    """The instance a filter is about. Raises InvalidInput where it names none."""
    if (key := keys.exactly("processInstanceKey", given)) is not None:
        return rows.key_of("processInstanceKey", key)
    for name in ELEMENT_KEYS:
        if (key := keys.exactly(name, given)) is not None:
            return keys.element_of(name, key)[0]
    raise InvalidInput(
        {"processInstanceKey": ["Expected the key of an instance"]},
        "Expected a filter with the instance whose elements are wanted",
    )


def _kinds(wanted: Any) -> Any:
    """USER_TASK is userTask here."""
    if isinstance(wanted, list):
        return [_kinds(each) for each in wanted]
    first, *rest = wanted.lower().split("_") if isinstance(wanted, str) else [wanted]
    return first + "".join(word.title() for word in rest) if rest else first


def _item(row: ElementInstanceRow) -> dict[str, Any]:
    return {
        "elementInstanceKey": keys.element_key(row.instance.id, row.element_instance_id),
        "processInstanceKey": row.instance.id,
        "rootProcessInstanceKey": row.instance.id,
        "processDefinitionKey": row.instance.definition_id,
        "processDefinitionId": row.instance.process_key,
        "elementId": row.element_id,
        "elementName": row.element_name,
        "type": _type(row.element_type),
        "state": rows.INSTANCE_STATES[row.status],
        "hasIncident": row.incident_id is not None,
        "incidentKey": row.incident_id,
        "startDate": row.started_at,
        "endDate": row.ended_at,
        "tenantId": schemas.TENANT,
    }


def _type(ours: str) -> str:
    """userTask is USER_TASK there."""
    return TYPES.get(ours) or _CAPITAL.sub("_", ours).upper() or "UNKNOWN"
