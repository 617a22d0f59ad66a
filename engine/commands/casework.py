"""Open cases and link them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from engine import access, forms
from engine.commands.human_task import Completion, next_task
from engine.errors import InvalidInput, NotFound
from engine.model.casework import Case, CaseAccess, CaseLink, NumberSequence
from engine.model.history import AuditEvent
from engine.model.repository import ProcessDefinition
from engine.model.runtime import ProcessInstance
from engine.packs import CaseType, Pack
from engine.visibility import readable

if TYPE_CHECKING:
    from engine.context import CommandContext

INSERTS: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
LINK_KINDS = ("repeat_of", "related", "follow_up_of")


@dataclass(frozen=True, kw_only=True)
class OpenCase:
    """Register a matter with its start form's answers and start its process.

    `repeat_of` is the id of the case this one repeats.
    """

    case_type: str
    data: Mapping[str, Any] = field(default_factory=dict)
    repeat_of: int | None = None


@dataclass(frozen=True, kw_only=True)
class LinkCases:
    """Say how a case relates to another: kind is one of LINK_KINDS."""

    case_id: int
    other_case_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class RevealPersonalData:
    """Note in the log that the actor looked at a case's identity numbers, and why."""

    case_id: int
    reason: str


def open_case(command: OpenCase, context: CommandContext) -> Completion:
    access.ensure(context.actor, "case:open", "register a matter")
    session = context.session
    context.definitions.seen(context.definitions.stamp(session))
    pack, case_type = context.definitions.case_type(session, command.case_type)
    definition = context.definitions.latest_definition(session, case_type.process)
    variables = _validated(case_type, command.data, context, pack.profile)
    number = _next_number(case_type.number, context)  # whoever registers at this moment waits here

    case = _register(number, case_type, pack, variables, context)
    if command.repeat_of is not None:
        _link(case.id, command.repeat_of, "repeat_of", context)
    context.start(definition, variables, case=case, business_key=case.number)
    return Completion(case_id=case.id, next_task_id=next_task(context, case.id))


def start_by_event(
    definition: ProcessDefinition, variables: Mapping[str, Any], context: CommandContext, *, start_event: str
) -> ProcessInstance:
    """Start a process because a start event has come; for the process of a case type a case is opened that nobody
    registers: with a number, without answers of a form."""
    context.definitions.seen(context.definitions.stamp(context.session))
    pack = context.definitions.pack_of(context.session, definition)
    for case_type in pack.case_types.values():
        if case_type.process == definition.key:
            number = _next_number(case_type.number, context)
            case = _register(number, case_type, pack, dict(variables), context)
            return context.start(definition, variables, case=case, business_key=case.number, start_event=start_event)
    return context.start(definition, variables, start_event=start_event)


def link_cases(command: LinkCases, context: CommandContext) -> None:
    access.ensure(context.actor, "case:open", "link cases")
    _readable_case(command.case_id, context)
    _link(command.case_id, command.other_case_id, command.kind, context)


def reveal_personal_data(command: RevealPersonalData, context: CommandContext) -> None:
    access.ensure(context.actor, "personal_data:read", "see identity numbers")
    if not command.reason.strip():
        raise InvalidInput({"reason": ["Expected a reason"]}, "Expected a reason for looking at identity numbers")
    case = _readable_case(command.case_id, context)
    context.session.add(
        AuditEvent(
            at=context.now,
            actor=context.actor.username,
            action="reveal",
            subject=case.number,
            reason=command.reason.strip(),
        )
    )


def _register(number: str, case_type: CaseType, pack: Pack, variables: dict[str, Any], context: CommandContext) -> Case:
    case = Case(
        number=number,
        type=case_type.key,
        pack=pack.name,
        opened_at=context.now,
        opened_by=context.actor.username,
    )
    context.session.add(case)
    context.session.flush()
    context.session.add(CaseAccess(case_id=case.id, kind="user", name=context.actor.username))
    context.remember("case opened", case_id=case.id, data={"number": case.number, "data": variables})
    return case


def _validated(
    case_type: CaseType, data: Mapping[str, Any], context: CommandContext, profile: Mapping[str, Any]
) -> dict[str, Any]:
    if case_type.form is None:
        return dict(data)
    deployed = context.definitions.latest_form(context.session, case_type.form)
    if deployed is None:
        raise NotFound("Expected to find form {form}, but none was deployed", form=case_type.form)
    return forms.validate(deployed.form, data, context={"profile": profile}, env=context.environment)


def _next_number(pattern: str, context: CommandContext) -> str:
    """Give out the next number of the year: without gaps, because the sequence's row is part of this transaction."""
    year = context.now.astimezone(context.zone).year
    key = pattern.replace("{year}", str(year))
    sequence = context.session.get(NumberSequence, key, with_for_update=True)
    if sequence is None:
        # Two may make the first number of a year at once: the second waits here and then finds the row.
        insert = INSERTS[context.session.get_bind().dialect.name]
        context.session.execute(insert(NumberSequence).values(key=key, value=0).on_conflict_do_nothing())
        sequence = context.session.get_one(NumberSequence, key, with_for_update=True)
    sequence.value += 1
    context.session.flush()
    return pattern.format(year=year, sequence=sequence.value)


def _readable_case(case_id: int, context: CommandContext) -> Case:
    """The case, if there is one that the actor may read: others it is not told apart from none."""
    found = context.session.scalars(select(Case).where(Case.id == case_id, readable(context.actor))).first()
    if found is None:
        raise NotFound("Expected to find case {case}, but there is none", case=case_id)
    return found


def _link(case_id: int, other_id: int, kind: str, context: CommandContext) -> None:
    if kind not in LINK_KINDS:
        raise InvalidInput(
            {"kind": ["Expected a kind of link"]}, "Expected a kind of link, but {kind} is none", kind=kind
        )
    if case_id == other_id:
        raise NotFound("Expected to find another case {case}, but there is none", case=other_id)
    _readable_case(other_id, context)
    link = CaseLink(
        case_id=case_id,
        other_case_id=other_id,
        kind=kind,
        created_at=context.now,
        created_by=context.actor.username,
    )
    context.session.add(link)
    context.remember("cases linked", case_id=case_id, data={"kind": kind, "other": other_id})
