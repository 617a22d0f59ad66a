"""What a case's row and parties say, computed from its process's variables as the pack's manifest tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import events, feel
from engine.errors import InvalidState
from engine.model.casework import Case, Party
from engine.model.runtime import ProcessInstance
from engine.packs import CASE_FIELDS, PARTY_FIELDS, CaseType

if TYPE_CHECKING:
    from engine.bpmn import Execution
    from engine.context import CommandContext


def describe_case(execution: Execution, instance: ProcessInstance, context: CommandContext) -> None:
    """Compute the case's columns and parties from the instance's variables, as its type in the manifest says."""
    ended = any(isinstance(event, events.InstanceEnded) for event in execution.events)
    case = context.session.get_one(Case, instance.case_id)
    _, case_type = context.definitions.case_type(context.session, case.type)
    variables = {**_innermost(execution), **context.constants(instance)}
    for name in CASE_FIELDS:
        if name in case_type.fields:
            kind = getattr(Case, name).type.python_type
            setattr(case, name, _value(case_type, case_type.fields[name], variables, context, kind))
    if ended:
        case.closed_at = context.now
    _project_parties(case, case_type, variables, context)


def _innermost(execution: Execution) -> dict[str, Any]:
    """The variables of all scopes in one; where a called process has a name too, its value is the newer one."""
    return {name: value for scope in execution.scope_variables().values() for name, value in scope.items()}


def _project_parties(case: Case, case_type: CaseType, variables: dict[str, Any], context: CommandContext) -> None:
    wanted = []
    for entry in case_type.parties:
        each = _feel_value(case_type, entry["each"], variables, context) if "each" in entry else [None]
        for item in each if isinstance(each, list) else []:
            scope = {**variables, "item": item}
            party = {
                name: _value(case_type, entry[name], scope, context, str) for name in PARTY_FIELDS if name in entry
            }
            if party.get("name") or party.get("phone"):
                wanted.append(party)
    rows = list(context.session.scalars(select(Party).where(Party.case_id == case.id).order_by(Party.id)))
    for index, party in enumerate(wanted):
        if index >= len(rows):
            rows.append(Party(case_id=case.id))
            context.session.add(rows[index])
        for name, value in party.items():
            setattr(rows[index], name, value)
        rows[index].phone_digits = "".join(filter(str.isdigit, party.get("phone", "")))
    for row in rows[len(wanted) :]:
        context.session.delete(row)


def _value(case_type: CaseType, text: str, variables: dict[str, Any], context: CommandContext, kind: type) -> Any:
    value = _feel_value(case_type, text, variables, context)
    if kind is str:
        return "" if value is None else str(value)
    if kind is bool:
        return value is True
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _feel_value(case_type: CaseType, text: str, variables: dict[str, Any], context: CommandContext) -> Any:
    try:
        return feel.to_json(feel.evaluate(text, variables, context.environment))
    except feel.FeelError as error:
        raise InvalidState(
            "Expected the manifest to describe a case of type {type}, but {text} has no value: {error}",
            type=case_type.key,
            text=text,
            error=error.message,
        ) from error
