"""Signals and conditions over the API: what reaches everybody who waits for it."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from engine.commands.conditional import Begun, EvaluateConditions
from engine.commands.signal import BroadcastSignal
from webui.api import schemas
from webui.api.base import blueprint, execute
from webui.api.schemas import LONGEST_NAME, TENANT, Key


class _Given(Schema):
    class Meta:
        unknown = EXCLUDE

    variables = fields.Dict(keys=fields.String(), load_default=dict)
    tenantId = fields.String(validate=validate.Equal(TENANT))


class Signal(_Given):
    signalName = fields.String(required=True, validate=validate.Length(1, LONGEST_NAME))


class SignalOut(Schema):
    signalKey = fields.String()
    tenantId = fields.String()


class Conditions(_Given):
    variables = fields.Dict(keys=fields.String(), required=True)
    processDefinitionKey = Key()


class BegunOut(Schema):
    processDefinitionKey = fields.String()
    processInstanceKey = fields.String()


class ConditionsOut(Schema):
    conditionalEvaluationKey = fields.String()
    processInstances = fields.List(fields.Nested(BegunOut))
    tenantId = fields.String()


@blueprint.post("/signals/broadcast")
@blueprint.arguments(Signal)
@blueprint.response(200, SignalOut)
def broadcast_signal(body: dict[str, Any]) -> Any:
    """Give a signal to all who wait for it and to start events of its name. It is kept nowhere: its key is 0."""
    command = BroadcastSignal(name=body["signalName"], variables=body["variables"])
    return execute(command, lambda _: {"signalKey": 0, "tenantId": schemas.TENANT}, status=200)


@blueprint.post("/conditionals/evaluation")
@blueprint.arguments(Conditions)
@blueprint.response(200, ConditionsOut)
def evaluate_conditionals(body: dict[str, Any]) -> Any:
    """Start an instance for each start event of a process whose condition these variables make true.

    The evaluation is kept nowhere: its key is 0.
    """
    command = EvaluateConditions(variables=body["variables"], definition_id=body.get("processDefinitionKey"))
    return execute(command, _begun, status=200)


def _begun(instances: tuple[Begun, ...]) -> dict[str, Any]:
    return {
        "conditionalEvaluationKey": 0,
        "processInstances": [
            {"processDefinitionKey": str(each.definition_id), "processInstanceKey": str(each.instance_id)}
            for each in instances
        ],
        "tenantId": schemas.TENANT,
    }
