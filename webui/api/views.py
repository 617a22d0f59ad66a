"""The API's addresses: each translates a body to a command or query and its answer back."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import request
from werkzeug.exceptions import NotFound

from engine.commands.deployment import DeployPack
from engine.commands.human_task import AssignTask, CompleteTask
from engine.commands.instance import CancelInstance, StartInstance
from engine.commands.instance_migration import MigrateInstance, MigrationPlan
from engine.commands.message import PublishMessage
from engine.errors import InvalidInput
from engine.packs import Pack
from engine.queries import definitions, user_tasks
from webui.api import rows, schemas
from webui.api.base import actor, blueprint, engine, execute, page


@blueprint.post("/deployments")
@blueprint.response(200, schemas.DeploymentOut)
def create_deployment() -> Any:
    """Deploy BPMN, DMN and form files, sent as multipart parts named `resources`; a part `reason` is kept with them."""
    files = {file.filename or "": file.read() for file in request.files.getlist("resources")}
    if not files or "" in files:
        raise InvalidInput({"resources": ["Expected at least one file"]}, "Expected at least one file")
    name = "api-" + hashlib.sha256("\n".join(sorted(files)).encode()).hexdigest()[:12]
    reason = request.form.get("reason", "").strip() or "Deployed over the API"
    return execute(DeployPack(pack=Pack(name=name, resources=files), reason=reason), rows.deployment, status=200)


@blueprint.post("/process-instances")
@blueprint.arguments(schemas.CreateInstance)
@blueprint.response(200, schemas.CreatedInstance)
def create_process_instance(body: dict[str, Any]) -> Any:
    """Start an instance of the newest version, or of the version with this key or number."""
    command = StartInstance(
        process_key=body.get("processDefinitionId"),
        definition_id=body.get("processDefinitionKey"),
        variables=body["variables"],
        business_key=body.get("businessId"),
    )
    if body["processDefinitionVersion"] > 0 and command.process_key is not None:
        version = engine().ask(definitions.version, command.process_key, body["processDefinitionVersion"])
        command = StartInstance(definition_id=version, variables=command.variables, business_key=command.business_key)
    if command.process_key is None and command.definition_id is None:
        raise InvalidInput(
            {"processDefinitionId": ["Expected processDefinitionId or processDefinitionKey"]},
            "Expected a process to start",
        )
    if body["awaitCompletion"]:
        raise InvalidInput({"awaitCompletion": ["Expected false"]}, "Expected not to wait, which is not supported")
    return execute(command, lambda started: rows.started(started, command.business_key), status=200)


@blueprint.get("/process-instances/<int:key>")
@blueprint.response(200, schemas.InstanceOut)
def get_process_instance(key: int) -> Any:
    return rows.instance(engine().ask(user_tasks.instance, actor(), key))


@blueprint.post("/process-instances/<int:key>/cancellation")
@blueprint.response(204)
def cancel_process_instance(key: int) -> None:
    execute(CancelInstance(instance_id=key, reason="Cancelled over the API"))


@blueprint.post("/process-instances/<int:key>/migration")
@blueprint.arguments(schemas.Migration)
@blueprint.response(204)
def migrate_process_instance(body: dict[str, Any], key: int) -> None:
    """Put an instance on another version of its process; elements without an instruction keep their id."""
    mapping = {each["sourceElementId"]: each["targetElementId"] for each in body["mappingInstructions"]}
    execute(
        MigrateInstance(
            instance_id=key,
            target_id=body["targetProcessDefinitionKey"],
            plan=MigrationPlan(mapping=mapping),
            reason="Migrated over the API",
        )
    )


@blueprint.post("/user-tasks/search")
@blueprint.arguments(schemas.Search, required=False)
@blueprint.response(200, schemas.UserTaskPage)
def search_user_tasks(body: dict[str, Any]) -> Any:
    """The tasks the account may see. Filters: plain values, or {"$eq", "$neq", "$in", "$exists", "$like", …}."""
    found, total = engine().ask(
        user_tasks.search,
        actor(),
        where=rows.search_filter(body["filter"]),
        sort=rows.search_sort(body["sort"]),
        offset=body["page"]["from_"],
        limit=body["page"]["limit"],
    )
    return page(map(rows.task, found), total)


@blueprint.get("/user-tasks/<int:key>")
@blueprint.response(200, schemas.UserTaskOut)
def get_user_task(key: int) -> Any:
    return rows.task(engine().ask(user_tasks.get, actor(), key))


@blueprint.get("/user-tasks/<int:key>/form")
@blueprint.response(200, schemas.FormOut)
@blueprint.alt_response(204, description="The task has no form")
def get_user_task_form(key: int) -> Any:
    form = engine().ask(user_tasks.form_of, actor(), key)
    return rows.form(form) if form else ("", 204)


@blueprint.post("/user-tasks/<int:key>/assignment")
@blueprint.arguments(schemas.Assignment)
@blueprint.response(204)
def assign_user_task(body: dict[str, Any], key: int) -> None:
    """Give the task to somebody; to oneself it is a claim, which every candidate may."""
    if not body["assignee"]:
        raise InvalidInput({"assignee": ["Expected a username"]}, "Expected whom to assign to")
    override = body["allowOverride"] is not False
    execute(AssignTask(task_id=key, assignee=body["assignee"], allow_override=override))


@blueprint.delete("/user-tasks/<int:key>/assignee")
@blueprint.response(204)
def unassign_user_task(key: int) -> None:
    execute(AssignTask(task_id=key, assignee=None))


@blueprint.post("/user-tasks/<int:key>/completion")
@blueprint.arguments(schemas.Completion, required=False)
@blueprint.response(204)
def complete_user_task(body: dict[str, Any], key: int) -> None:
    """Hand in a task that is the account's own, or nobody's and then claimed first. Its form checks the variables."""
    execute(CompleteTask(task_id=key, data=body.get("variables") or {}, claim=True))


@blueprint.post("/user-tasks/<int:key>/variables/search")
@blueprint.arguments(schemas.Search, required=False)
@blueprint.response(200, schemas.VariablePage)
def search_user_task_variables(body: dict[str, Any], key: int) -> Any:
    task = engine().ask(user_tasks.get, actor(), key)
    found = engine().ask(user_tasks.task_variables, actor(), task.id)
    return _sliced([row for row in found if rows.matches(row, body["filter"])], body)


@blueprint.post("/variables/search")
@blueprint.arguments(schemas.Search, required=False)
@blueprint.response(200, schemas.VariablePage)
def search_variables(body: dict[str, Any]) -> Any:
    """The variables of one instance, which the filter's processInstanceKey names."""
    wanted = body["filter"].get("processInstanceKey")
    if isinstance(wanted, dict):
        wanted = wanted.get("$eq")
    if wanted is None:
        raise InvalidInput(
            {"processInstanceKey": ["Expected the key of an instance"]},
            "Expected a filter with the instance whose variables are wanted",
        )
    found = engine().ask(user_tasks.variables, actor(), rows.key_of("processInstanceKey", wanted))
    return _sliced([row for row in found if rows.matches(row, body["filter"])], body)


@blueprint.post("/messages/publication")
@blueprint.arguments(schemas.Message)
@blueprint.response(200, schemas.Published)
def publish_message(body: dict[str, Any]) -> Any:
    command = PublishMessage(
        name=body["name"],
        correlation_key=body["correlationKey"],
        variables=body["variables"],
        message_id=body["messageId"],
        time_to_live_ms=body["timeToLive"],
    )
    return execute(command, rows.published, status=200)


@blueprint.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@blueprint.doc(deprecated=True)
def nowhere(rest: str) -> None:
    """Addresses of the shape we follow that are not served yet."""
    raise NotFound(f"Expected an address of this API, but /v2/{rest} is none")


def _sliced(found: list[Any], body: dict[str, Any]) -> dict[str, Any]:
    start, limit = body["page"]["from_"], body["page"]["limit"]
    return page((rows.variable(row) for row in found[start : start + limit]), len(found))
