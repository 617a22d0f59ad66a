"""The bodies of the API's addresses for jobs."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from webui.api.schemas import LONGEST_NAME, PageOut

LONGEST_LEASE = 366 * 24 * 3600 * 1000  # milliseconds
LONGEST_MESSAGE = 20_000
MOST_RETRIES = 2**31 - 1
MOST_JOBS = 1000


class Lenient(Schema):
    class Meta:
        unknown = EXCLUDE  # clients send options of later versions


class Activation(Lenient):
    type = fields.String(required=True, validate=validate.Length(1, LONGEST_NAME))
    worker = fields.String(allow_none=True, load_default=None, validate=validate.Length(max=LONGEST_NAME))
    timeout = fields.Integer(required=True, validate=validate.Range(1, LONGEST_LEASE))
    maxJobsToActivate = fields.Integer(required=True, validate=validate.Range(1, MOST_JOBS))
    fetchVariable = fields.List(fields.String(), allow_none=True, load_default=list)
    requestTimeout = fields.Integer(load_default=0, validate=validate.Range(-LONGEST_LEASE, LONGEST_LEASE))
    withLease = fields.Boolean(allow_none=True, load_default=False)


class Report(Lenient):
    """`worker` is ours: whoever says its name is told apart from other workers of the same account."""

    variables = fields.Dict(keys=fields.String(), allow_none=True, load_default=dict)
    jobLeaseToken = fields.String(allow_none=True, load_default=None, validate=validate.Length(max=LONGEST_NAME))
    worker = fields.String(allow_none=True, load_default=None, validate=validate.Length(max=LONGEST_NAME))


class JobCompletion(Report):
    result = fields.Dict(allow_none=True, load_default=None)


class JobFailure(Report):
    retries = fields.Integer(load_default=0, validate=validate.Range(0, MOST_RETRIES))
    errorMessage = fields.String(allow_none=True, load_default="", validate=validate.Length(max=LONGEST_MESSAGE))
    retryBackOff = fields.Integer(load_default=0, validate=validate.Range(0, LONGEST_LEASE))


class JobError(Report):
    errorCode = fields.String(required=True, validate=validate.Length(1, LONGEST_NAME))
    errorMessage = fields.String(allow_none=True, load_default="", validate=validate.Length(max=LONGEST_MESSAGE))


class Changes(Lenient):
    retries = fields.Integer(allow_none=True, validate=validate.Range(1, MOST_RETRIES))
    timeout = fields.Integer(allow_none=True, validate=validate.Range(0, LONGEST_LEASE))
    priority = fields.Integer(allow_none=True, validate=validate.Range(-MOST_RETRIES, MOST_RETRIES))


class Update(Lenient):
    changeset = fields.Nested(Changes, required=True)
    jobLeaseToken = fields.String(allow_none=True, load_default=None, validate=validate.Length(max=LONGEST_NAME))


class ActivatedJob(Schema):
    type = fields.String()
    processDefinitionId = fields.String()
    processDefinitionVersion = fields.Integer()
    elementId = fields.String()
    customHeaders = fields.Dict()
    worker = fields.String()
    retries = fields.Integer()
    deadline = fields.Integer(metadata={"description": "milliseconds since 1970, UTC"})
    variables = fields.Dict()
    tenantId = fields.String()
    physicalTenantId = fields.String()
    jobKey = fields.String()
    processInstanceKey = fields.String()
    processDefinitionKey = fields.String()
    elementInstanceKey = fields.String()
    kind = fields.String()
    listenerEventType = fields.String()
    userTask = fields.Dict(allow_none=True)
    tags = fields.List(fields.String())
    rootProcessInstanceKey = fields.String(allow_none=True)
    businessId = fields.String(allow_none=True)
    priority = fields.Integer()
    jobLeaseToken = fields.String(allow_none=True)


class ActivatedJobs(Schema):
    jobs = fields.List(fields.Nested(ActivatedJob))


class Job(Schema):
    jobKey = fields.String()
    type = fields.String()
    state = fields.String()
    kind = fields.String()
    listenerEventType = fields.String()
    worker = fields.String()
    retries = fields.Integer()
    priority = fields.Integer()
    deadline = fields.AwareDateTime(allow_none=True)
    creationTime = fields.AwareDateTime(allow_none=True)
    lastUpdateTime = fields.AwareDateTime(allow_none=True)
    endTime = fields.AwareDateTime(allow_none=True)
    errorCode = fields.String(allow_none=True)
    errorMessage = fields.String(allow_none=True)
    hasFailedWithRetriesLeft = fields.Boolean()
    isDenied = fields.Boolean(allow_none=True)
    deniedReason = fields.String(allow_none=True)
    customHeaders = fields.Dict()
    elementId = fields.String()
    elementInstanceKey = fields.String()
    processDefinitionId = fields.String()
    processDefinitionKey = fields.String()
    processInstanceKey = fields.String()
    rootProcessInstanceKey = fields.String(allow_none=True)
    businessId = fields.String(allow_none=True)
    tenantId = fields.String()


class JobPage(Schema):
    items = fields.List(fields.Nested(Job))
    page = fields.Nested(PageOut)
