"""The API's bodies: what comes in, checked; what goes out, described."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

TENANT = "<default>"
LARGEST_PAGE = 1000
FARTHEST_PAGE = 10**9
MOST_SORTS = 10
LONGEST_NAME = 200
LARGEST_VERSION = 2**31 - 1
LONGEST_TO_LIVE = 10 * 366 * 24 * 3600 * 1000  # ten years in milliseconds


class Key(fields.String):
    """A number as text, as clients of this API expect keys; loads to an int."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not is_key(value):
            raise ValidationError("Expected a key, a number as text")
        return int(value)


def is_key(value: Any) -> bool:
    """Whether this is a number as text, or a number, that a key can be."""
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) <= 18


class Strict(Schema):
    class Meta:
        unknown = RAISE


class Page(Strict):
    from_ = fields.Integer(data_key="from", load_default=0, validate=validate.Range(0, FARTHEST_PAGE))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, LARGEST_PAGE))


class Sort(Strict):
    field = fields.String(required=True)
    order = fields.String(load_default="ASC", validate=validate.OneOf(["ASC", "DESC"]))


class Search(Strict):
    filter = fields.Dict(keys=fields.String(), load_default=dict)
    sort = fields.List(fields.Nested(Sort), load_default=list, validate=validate.Length(max=MOST_SORTS))
    page = fields.Nested(Page, load_default=lambda: {"from_": 0, "limit": 100})


class PageOut(Schema):
    totalItems = fields.Integer()
    hasMoreTotalItems = fields.Boolean()
    startCursor = fields.String(allow_none=True)
    endCursor = fields.String(allow_none=True)


class CreateInstance(Schema):
    """Start by definition id (the newest version) or by key (one version)."""

    class Meta:
        unknown = EXCLUDE  # clients send options of later versions, such as requestTimeout

    processDefinitionId = fields.String()
    processDefinitionKey = Key()
    processDefinitionVersion = fields.Integer(load_default=-1, validate=validate.Range(-1, LARGEST_VERSION))
    variables = fields.Dict(keys=fields.String(), load_default=dict)
    businessId = fields.String(allow_none=True, validate=validate.Length(max=LONGEST_NAME))
    awaitCompletion = fields.Boolean(load_default=False)
    tenantId = fields.String(validate=validate.Equal(TENANT))


class MappingInstruction(Schema):
    class Meta:
        unknown = EXCLUDE

    sourceElementId = fields.String(required=True)
    targetElementId = fields.String(required=True)


class Migration(Schema):
    """Where the elements of an instance go on in another version."""

    class Meta:
        unknown = EXCLUDE

    targetProcessDefinitionKey = Key(required=True)
    mappingInstructions = fields.List(fields.Nested(MappingInstruction), required=True)


class Assignment(Schema):
    class Meta:
        unknown = EXCLUDE

    assignee = fields.String(allow_none=True, load_default=None)
    allowOverride = fields.Boolean(allow_none=True, load_default=True)
    action = fields.String(allow_none=True)


class Completion(Schema):
    class Meta:
        unknown = EXCLUDE

    variables = fields.Dict(keys=fields.String(), allow_none=True, load_default=dict)
    action = fields.String(allow_none=True)


class Message(Schema):
    class Meta:
        unknown = EXCLUDE

    name = fields.String(required=True, validate=validate.Length(1, LONGEST_NAME))
    correlationKey = fields.String(load_default="", validate=validate.Length(max=LONGEST_NAME))
    timeToLive = fields.Integer(load_default=0, validate=validate.Range(0, LONGEST_TO_LIVE))
    messageId = fields.String(allow_none=True, load_default=None, validate=validate.Length(max=LONGEST_NAME))
    variables = fields.Dict(keys=fields.String(), load_default=dict)
    tenantId = fields.String(validate=validate.Equal(TENANT))


class UserTaskOut(Schema):
    userTaskKey = fields.String()
    name = fields.String(allow_none=True)
    state = fields.String()
    assignee = fields.String(allow_none=True)
    elementId = fields.String()
    elementInstanceKey = fields.String()
    candidateGroups = fields.List(fields.String())
    candidateUsers = fields.List(fields.String())
    processDefinitionId = fields.String()
    processDefinitionKey = fields.String()
    processDefinitionVersion = fields.Integer()
    processName = fields.String(allow_none=True)
    processInstanceKey = fields.String()
    rootProcessInstanceKey = fields.String(allow_none=True)
    businessId = fields.String(allow_none=True)
    formKey = fields.String(allow_none=True)
    externalFormReference = fields.String(allow_none=True)
    creationDate = fields.AwareDateTime()
    completionDate = fields.AwareDateTime(allow_none=True)
    dueDate = fields.AwareDateTime(allow_none=True)
    followUpDate = fields.AwareDateTime(allow_none=True)
    priority = fields.Integer()
    customHeaders = fields.Dict()
    tags = fields.List(fields.String())
    tenantId = fields.String()


class InstanceOut(Schema):
    processInstanceKey = fields.String()
    processDefinitionId = fields.String()
    processDefinitionKey = fields.String()
    processDefinitionName = fields.String(allow_none=True)
    processDefinitionVersion = fields.Integer()
    processDefinitionVersionTag = fields.String(allow_none=True)
    startDate = fields.AwareDateTime()
    endDate = fields.AwareDateTime(allow_none=True)
    suspendedDate = fields.AwareDateTime(allow_none=True)
    state = fields.String()
    hasIncident = fields.Boolean()
    parentProcessInstanceKey = fields.String(allow_none=True)
    parentElementInstanceKey = fields.String(allow_none=True)
    rootProcessInstanceKey = fields.String(allow_none=True)
    businessId = fields.String(allow_none=True)
    tags = fields.List(fields.String())
    tenantId = fields.String()


class VariableOut(Schema):
    variableKey = fields.String()
    name = fields.String()
    value = fields.String()
    isTruncated = fields.Boolean()
    scopeKey = fields.String()
    processInstanceKey = fields.String()
    rootProcessInstanceKey = fields.String(allow_none=True)
    tenantId = fields.String()


class UserTaskPage(Schema):
    items = fields.List(fields.Nested(UserTaskOut))
    page = fields.Nested(PageOut)


class VariablePage(Schema):
    items = fields.List(fields.Nested(VariableOut))
    page = fields.Nested(PageOut)


class CreatedInstance(Schema):
    processInstanceKey = fields.String()
    processDefinitionId = fields.String()
    processDefinitionKey = fields.String()
    processDefinitionVersion = fields.Integer()
    businessId = fields.String(allow_none=True)
    variables = fields.Dict()
    tags = fields.List(fields.String())
    tenantId = fields.String()


class FormOut(Schema):
    formKey = fields.String()
    formId = fields.String()
    version = fields.Integer()
    schema = fields.String()
    tenantId = fields.String()


class Published(Schema):
    messageKey = fields.String()
    tenantId = fields.String()


class DeploymentOut(Schema):
    deploymentKey = fields.String()
    tenantId = fields.String()
    deployments = fields.List(fields.Dict())
