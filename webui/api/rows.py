"""The engine's rows in the API's shapes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from engine.commands.deployment import Deployed, DeployedDefinition
from engine.commands.instance import Started
from engine.commands.message import Published
from engine.errors import InvalidInput
from engine.queries.user_tasks import FormRow, InstanceRow, UserTaskRow, VariableRow
from webui.api.keys import element_key
from webui.api.schemas import TENANT, is_key

TASK_STATES = {"open": "CREATED", "completed": "COMPLETED", "cancelled": "CANCELED"}
INSTANCE_STATES = {"running": "ACTIVE", "completed": "COMPLETED", "cancelled": "TERMINATED"}
# The API's name -> ours, for filters and sorting of tasks.
TASK_FIELDS = {
    "userTaskKey": "id",
    "state": "status",
    "assignee": "assignee",
    "elementId": "element_id",
    "name": "name",
    "priority": "priority",
    "creationDate": "created_at",
    "completionDate": "closed_at",
    "dueDate": "due_at",
    "followUpDate": "follow_up_at",
    "candidateGroup": "candidate_group",
    "candidateUser": "candidate_user",
    "processInstanceKey": "instance_id",
    "processDefinitionKey": "definition_id",
    "processDefinitionId": "process_key",
    "businessId": "business_key",
}
KEYS = {"userTaskKey", "jobKey", "processInstanceKey", "processDefinitionKey", "incidentKey"}
WHOLE = {"priority", "retries"}
MOMENTS = ("Date", "Time", "deadline")
MOST_VALUES = 500  # of $in
_MOMENT = "Expected a date-time with an offset"
_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


def task(row: UserTaskRow) -> dict[str, Any]:
    return {
        "userTaskKey": row.id,
        "name": row.name,
        "state": TASK_STATES[row.status],
        "assignee": row.assignee,
        "elementId": row.element_id,
        "elementInstanceKey": element_key(row.instance_id, row.element_instance_id),
        "candidateGroups": row.candidate_groups,
        "candidateUsers": row.candidate_users,
        "processDefinitionId": row.process_key,
        "processDefinitionKey": row.definition_id,
        "processDefinitionVersion": row.process_version,
        "processName": row.process_name,
        "processInstanceKey": row.instance_id,
        "rootProcessInstanceKey": row.instance_id,
        "businessId": row.business_key,
        "formKey": row.form_id,
        "externalFormReference": None,
        "creationDate": row.created_at,
        "completionDate": row.closed_at,
        "dueDate": row.due_at,
        "followUpDate": row.follow_up_at,
        "priority": row.priority,
        "customHeaders": {},
        "tags": [],
        "tenantId": TENANT,
    }


def instance(row: InstanceRow) -> dict[str, Any]:
    return {
        "processInstanceKey": row.id,
        "processDefinitionId": row.process_key,
        "processDefinitionKey": row.definition_id,
        "processDefinitionName": row.process_name,
        "processDefinitionVersion": row.version,
        "processDefinitionVersionTag": None,
        "startDate": row.started_at,
        "endDate": row.ended_at,
        "suspendedDate": None,
        "state": INSTANCE_STATES[row.status],
        "hasIncident": row.has_incident,
        "parentProcessInstanceKey": None,
        "parentElementInstanceKey": None,
        "rootProcessInstanceKey": row.id,
        "businessId": row.business_key,
        "tags": [],
        "tenantId": TENANT,
    }


def variable(row: VariableRow) -> dict[str, Any]:
    return {
        "variableKey": row.key,
        "name": row.name,
        "value": row.value,
        "isTruncated": False,
        "scopeKey": element_key(row.instance_id, row.scope),
        "processInstanceKey": row.instance_id,
        "rootProcessInstanceKey": row.instance_id,
        "tenantId": TENANT,
    }


def form(row: FormRow) -> dict[str, Any]:
    return {
        "formKey": row.id,
        "formId": row.key,
        "version": row.version,
        "schema": row.schema,
        "tenantId": TENANT,
    }


def started(instance: Started, business_key: str | None) -> dict[str, Any]:
    return {
        "processInstanceKey": instance.instance_id,
        "processDefinitionId": instance.process_key,
        "processDefinitionKey": instance.definition_id,
        "processDefinitionVersion": instance.version,
        "businessId": business_key,
        "variables": {},
        "tags": [],
        "tenantId": TENANT,
    }


def published(message: Published) -> dict[str, Any]:
    key = message.buffered_id or next(iter(message.instance_ids), 0)
    return {"messageKey": key, "tenantId": TENANT}


def deployment(deployed: Deployed) -> dict[str, Any]:
    return {
        "deploymentKey": deployed.deployment_id,
        "tenantId": TENANT,
        "deployments": [_definition(entry) for entry in deployed.definitions],
    }


def search_filter(
    given: Mapping[str, Any], known: Mapping[str, str] = TASK_FIELDS, states: Mapping[str, str] = TASK_STATES
) -> dict[str, dict[str, Any]]:
    """The filter in the engine's names. A plain value means equal. Raises InvalidInput for a field it does not have."""
    found: dict[str, dict[str, Any]] = {}
    for name, wanted in given.items():
        if name == "tenantId" and wanted == TENANT:
            continue
        if name not in known:
            raise InvalidInput({name: ["Expected a field to filter by"]}, "Expected a filter that is supported")
        comparisons = wanted if isinstance(wanted, Mapping) else {"$eq": wanted}
        found[known[name]] = {
            comparison: _value(name, comparison, value, states)
            for comparison, value in comparisons.items()
            if value is not None
        }
    return found


def search_sort(given: list[dict[str, str]], known: Mapping[str, str] = TASK_FIELDS) -> list[tuple[str, bool]]:
    for entry in given:
        if entry["field"] not in known or entry["field"].startswith("candidate"):
            raise InvalidInput({"sort": ["Expected a field to sort by"]}, "Expected a sort that is supported")
    return [(known[entry["field"]], entry["order"] == "DESC") for entry in given]


def key_of(name: str, value: Any) -> int:
    """The number behind a key. Raises InvalidInput."""
    if not is_key(value):
        raise InvalidInput({name: ["Expected a key, a number as text"]}, "Expected a key")
    return int(value)


def _value(name: str, comparison: str, value: Any, states: Mapping[str, str]) -> Any:
    """The value of a comparison in the engine's terms. Raises InvalidInput for one of another kind."""
    if comparison == "$exists":
        return value if isinstance(value, bool) else _unfit(name, "Expected true or false")
    if comparison in ("$in", "$notIn"):
        if not isinstance(value, list) or len(value) > MOST_VALUES:
            _unfit(name, f"Expected a list of at most {MOST_VALUES} values")
        return [_scalar(name, entry, states) for entry in value]
    if comparison == "$like" and (name in KEYS or name in WHOLE or name.endswith(MOMENTS)):
        _unfit(name, "Expected a text to compare with $like")
    return _scalar(name, value, states)


def _scalar(name: str, value: Any, states: Mapping[str, str]) -> Any:
    if name in KEYS:
        return key_of(name, value)
    if name in WHOLE:
        whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31  # as databases keep it
        return value if whole else _unfit(name, "Expected a whole number of at most 32 bits")
    if not isinstance(value, str):
        _unfit(name, "Expected a text")
    if name == "state":
        return next((ours for ours, theirs in states.items() if theirs == value), value)
    return _moment(name, value) if name.endswith(MOMENTS) else value


def _moment(name: str, value: str) -> datetime:
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if _OFFSET.search(value) else _unfit(name, _MOMENT)
    except (ValueError, OverflowError):
        _unfit(name, _MOMENT)


def _unfit(name: str, wanted: str) -> NoReturn:
    raise InvalidInput({name: [wanted]}, "Expected a filter whose values fit")


def _definition(entry: DeployedDefinition) -> dict[str, Any]:
    shapes: dict[str, Any] = dict.fromkeys(
        ("processDefinition", "decisionDefinition", "decisionRequirements", "form", "resource")
    )
    if entry.kind == "process":
        shapes["processDefinition"] = {
            "processDefinitionId": entry.key,
            "processDefinitionVersion": entry.version,
            "processDefinitionKey": str(entry.id),
            "resourceName": entry.resource,
            "tenantId": TENANT,
        }
    elif entry.kind == "decision":
        shapes["decisionDefinition"] = {
            "decisionDefinitionId": entry.key,
            "decisionDefinitionKey": str(entry.id),
            "version": entry.version,
            "name": entry.name,
            "decisionRequirementsId": entry.resource,
            "decisionRequirementsKey": str(entry.id),
            "tenantId": TENANT,
        }
    else:
        shapes["form"] = {
            "formId": entry.key,
            "formKey": str(entry.id),
            "version": entry.version,
            "resourceName": entry.resource,
            "tenantId": TENANT,
        }
    return shapes


def matches(row: VariableRow, given: Mapping[str, Any]) -> bool:
    """Whether a variable fits a filter's name and value; each plain or as {"$eq": …} or {"$in": […]}."""
    for field, actual in (
        ("name", row.name),
        ("value", row.value),
        ("scopeKey", element_key(row.instance_id, row.scope)),
    ):
        wanted = given.get(field)
        if wanted is None:
            continue
        comparisons = wanted if isinstance(wanted, Mapping) else {"$eq": wanted}
        for comparison, value in comparisons.items():
            if comparison not in ("$eq", "$in"):
                raise InvalidInput({field: ["Expected $eq or $in"]}, "Expected a filter that is supported")
            if comparison == "$in" and not isinstance(value, list):
                _unfit(field, "Expected a list of values")
            allowed = [value] if comparison == "$eq" else value
            if actual not in allowed and _json(actual) not in allowed:
                return False
    return True


def _json(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str | int | float | bool) else text
