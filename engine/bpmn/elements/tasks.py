"""Tasks: people, workers, expressions and decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine import events, feel
from engine.bpmn import expressions, scopes, timers
from engine.bpmn.elements.activities import Activity
from engine.bpmn.elements.base import FlowNode
from engine.bpmn.expressions import Text
from engine.bpmn.runtime import LATEST, Binding
from engine.bpmn.stuck import Stuck
from engine.dmn import DmnError
from engine.errors import Rejection

if TYPE_CHECKING:
    from engine.bpmn.passage import Passage


class PlainTask(Activity):
    """A task or manual task: documented work the engine has no part in; the token passes."""


class ManualTask(PlainTask):
    element_type = "manualTask"


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Who may do a user task and until when, as drawn."""

    form_id: Text | None = None
    form_binding: Binding = LATEST
    assignee: Text | None = None
    candidate_groups: Text | None = None
    candidate_users: Text | None = None
    due_date: Text | None = None
    follow_up_date: Text | None = None
    priority: Text | None = None


class UserTask(Activity):
    """Waits for a person."""

    element_type = "userTask"
    assignment: Assignment = Assignment()

    def enter(self, passage: Passage) -> None:
        passage.workflow.open_wait(passage, "user", self.waits_for(passage))

    def waits_for(self, passage: Passage) -> events.UserTaskCreated:
        variables, env, drawn = scopes.visible(passage), passage.workflow.runtime.env, self.assignment

        def value(source: Text | None) -> Any:
            return source.json(variables, env) if source else None

        def names(source: Text | None) -> tuple[str, ...]:
            return expressions.names(source, variables, env) if source else ()

        assignee = names(drawn.assignee)
        groups = names(drawn.candidate_groups)
        users = names(drawn.candidate_users)
        if self.lane and not groups and not users and (drawn.candidate_groups is None or not assignee):
            groups = (self.lane,)
        excluded = self.properties.get("excludedUsers")
        return events.UserTaskCreated(
            **passage.ids(),
            name=self.bpmn_name or self.name,
            form_id=value(drawn.form_id),
            form_binding=drawn.form_binding.type,
            assignee=assignee[0] if assignee else None,
            candidate_groups=groups,
            candidate_users=users,
            excluded_users=names(excluded),
            due_at=timers.instant(value(drawn.due_date), env, end_of_day=True) if drawn.due_date else None,
            follow_up_at=timers.instant(value(drawn.follow_up_date), env) if drawn.follow_up_date else None,
            priority=_priority(value(drawn.priority)),
            properties={key: value(source) for key, source in self.properties.items() if key != "excludedUsers"},
        )

    def publish(self, passage: Passage, results: dict[str, Any]) -> None:
        # `task` (who completed it, when) is readable in these output mappings only.
        if self.output_mappings and not self._is_body(passage):
            task = passage.internal_data.setdefault("task", passage.workflow.runtime.constants.get("task"))
            results = {**results, "task": task}
        super().publish(passage, results)

    def _is_body(self, passage: Passage) -> bool:
        return self.loop is not None and not passage.is_iteration


@dataclass(frozen=True, kw_only=True)
class JobDefinition:
    """zeebe:taskDefinition and zeebe:taskHeaders."""

    type: Text
    retries: Text | None = None
    headers: dict[str, str] = field(default_factory=dict)


def do_job(spec: FlowNode, passage: Passage, job: JobDefinition) -> bool | None:
    """Do the work within this command where its type can be, else wait for a worker."""
    created = job_created(spec, passage, job)
    if created.job_type in passage.workflow.runtime.inline:
        passage.internal_data["result"] = _do_inline(passage, created)
        return True
    passage.workflow.open_wait(passage, "job", created)
    return None


def job_created(spec: FlowNode, passage: Passage, job: JobDefinition) -> events.JobCreated:
    """What a worker is told; the constants are not for workers."""
    variables, env = scopes.visible(passage), passage.workflow.runtime.env
    job_type = job.type.json(variables, env)
    if not isinstance(job_type, str) or not job_type:
        raise Stuck("EXPRESSION_FAILED", f"Expected {job.type.raw} to give a job type, but it is {job_type!r}")
    constants = passage.workflow.runtime.constants
    given = passage.scope or {} if spec.input_mappings else variables
    retries = job.retries.json(variables, env) if job.retries else 3
    return events.JobCreated(
        **passage.ids(),
        job_type=job_type,
        retries=_whole(retries, "retries"),
        headers=dict(job.headers),
        variables={name: value for name, value in given.items() if name not in constants},
    )


class JobTask(Activity):
    """A service or send task: work for a worker."""

    element_type = "serviceTask"
    job: JobDefinition

    def enter(self, passage: Passage) -> bool | None:
        return do_job(self, passage, self.job)

    def waits_for(self, passage: Passage) -> events.JobCreated:
        return job_created(self, passage, self.job)


class SendTask(JobTask):
    element_type = "sendTask"


class ScriptJobTask(JobTask):
    """A script task in a language the engine does not know: a worker does it."""

    element_type = "scriptTask"


class ScriptTask(Activity):
    """A FEEL expression whose value goes into a variable."""

    element_type = "scriptTask"
    expression: Text
    result_variable: str

    def enter(self, passage: Passage) -> bool:
        variables, env = scopes.visible(passage), passage.workflow.runtime.env
        value = expressions.json(self.expression, expressions.evaluate(self.expression, variables, env))
        passage.internal_data["result"] = {self.result_variable: value}
        return True


class BusinessRuleTask(Activity):
    """Asks a decision and keeps its output in a variable."""

    element_type = "businessRuleTask"
    decision_id: Text
    binding: Binding = LATEST
    result_variable: str

    def enter(self, passage: Passage) -> bool:
        instance = passage.workflow
        variables = scopes.visible(passage)
        decision_id = self.decision_id.json(variables, instance.runtime.env)
        bound = () if self.binding.type == "latest" else (self._wf_spec.definition_id,)
        try:
            result = instance.runtime.decide(decision_id, variables, *bound)
        except (Rejection, DmnError, feel.FeelError) as error:
            raise Stuck("DECISION_FAILED", f"Expected decision {decision_id} to be made, but: {error}") from error
        output = feel.to_json(result.value)
        instance.report(
            events.DecisionEvaluated(
                **passage.ids(),
                decision_id=decision_id,
                inputs={name: feel.to_json(value) for name, value in result.inputs.items()},
                output=output,
                matched=tuple((rule.index, rule.annotation) for rule in result.matched),
            )
        )
        passage.internal_data["result"] = {self.result_variable: output}
        return True


def _do_inline(passage: Passage, job: events.JobCreated) -> dict[str, Any]:
    work = passage.workflow.runtime.inline[job.job_type]
    try:
        result = work({**job.variables, "headers": dict(job.headers)})
    except Rejection as refusal:
        raise Stuck("JOB_FAILED", f"Expected {job.job_type} to be done, but: {refusal}") from refusal
    results = {name: feel.to_json(value) for name, value in (result or {}).items()}
    done = events.InlineWorkDone(**passage.ids(), job_type=job.job_type, variables=job.variables, result=dict(results))
    passage.workflow.report(done)
    return results


def _priority(value: Any) -> int:
    if value is None:
        return 50
    number = _whole(value, "a priority")
    if not 0 <= number <= 100:
        raise Stuck("EXPRESSION_FAILED", f"Expected a priority from 0 to 100, but it is {number}")
    return number


def _whole(value: Any, what: str) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise Stuck("EXPRESSION_FAILED", f"Expected {what} to be a whole number, but it is {value!r}") from None
    if abs(number) >= 2**31:  # more than the column of a database keeps
        raise Stuck("EXPRESSION_FAILED", f"Expected {what} to be a whole number of 32 bits, but it is {value!r}")
    return number
