"""The engine's jobs in the API's shapes."""

from __future__ import annotations

from typing import Any

from engine.commands.lease import ActivatedJob
from engine.queries.jobs import JobRow
from webui.api.keys import element_key
from webui.api.schemas import TENANT

STATES = {"open": "CREATED", "failed": "FAILED", "completed": "COMPLETED", "cancelled": "CANCELED"}
# The API's name -> ours, for filters and sorting.
FIELDS = {
    "jobKey": "id",
    "type": "type",
    "state": "status",
    "worker": "worker",
    "retries": "retries",
    "priority": "priority",
    "errorMessage": "error",
    "deadline": "locked_until",
    "creationTime": "created_at",
    "endTime": "closed_at",
    "elementId": "element_id",
    "elementInstanceKey": "element_instance_id",
    "processInstanceKey": "instance_id",
    "processDefinitionKey": "definition_id",
    "processDefinitionId": "process_key",
}
KIND = {"kind": "BPMN_ELEMENT", "listenerEventType": "UNSPECIFIED"}


def activated(job: ActivatedJob) -> dict[str, Any]:
    return {
        **KIND,
        "jobKey": job.id,
        "type": job.type,
        "worker": job.worker,
        "retries": job.retries,
        "priority": job.priority,
        "deadline": int(job.deadline.timestamp() * 1000),
        "jobLeaseToken": job.lease_token,
        "customHeaders": job.headers,
        "variables": job.variables,
        "elementId": job.element_id,
        "elementInstanceKey": element_key(job.instance_id, job.element_instance_id),
        "processInstanceKey": job.instance_id,
        "rootProcessInstanceKey": job.instance_id,
        "businessId": job.business_key,
        "processDefinitionKey": job.definition_id,
        "processDefinitionId": job.process_key,
        "processDefinitionVersion": job.process_version,
        "userTask": None,
        "tags": [],
        "tenantId": TENANT,
        "physicalTenantId": "default",
    }


def job(row: JobRow) -> dict[str, Any]:
    return {
        **KIND,
        "jobKey": row.id,
        "type": row.type,
        "state": STATES[row.status],
        "worker": row.worker or "",
        "retries": row.retries,
        "priority": row.priority,
        "deadline": row.locked_until,
        "creationTime": row.created_at,
        "lastUpdateTime": None,
        "endTime": row.closed_at,
        "errorCode": None,
        "errorMessage": row.error,
        "hasFailedWithRetriesLeft": row.status == "open" and row.attempts > 0,
        "isDenied": None,
        "deniedReason": None,
        "customHeaders": row.headers,
        "elementId": row.element_id,
        "elementInstanceKey": element_key(row.instance_id, row.element_instance_id),
        "processInstanceKey": row.instance_id,
        "rootProcessInstanceKey": row.instance_id,
        "businessId": row.business_key,
        "processDefinitionKey": row.definition_id,
        "processDefinitionId": row.process_key,
        "tenantId": TENANT,
    }
