"""What is looked at before a pack is deployed; `lianxi check` and `lianxi deploy` print the same findings."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import bpmn, dmn, forms
from engine.bpmn import Finding, Known
from engine.calendar import Calendar, feel_functions
from engine.errors import Message
from engine.model.identity import Group
from engine.model.repository import DecisionDefinition, FormDefinition, ProcessDefinition
from engine.packs import LONGEST_PATH, MANIFEST, PARTY_FIELDS, CaseType, GroupEntry, Pack
from engine.workers import INLINE, WORKERS

FUNCTIONS = feel_functions(Calendar())
PATH = Message("Expected a path inside of the pack, of at most {most} characters", most=LONGEST_PATH)
# What is read of a manifest; name, description and languages are for people.
READ = {
    "manifest": ("name", "title", "description", "languages", "profile", "job_types", "groups", "case_types"),
    "groups": tuple(each.name for each in fields(GroupEntry)),
    "case_types": tuple(each.name for each in fields(CaseType)),
    "parties": (*PARTY_FIELDS, "each"),
}


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a pack defines: its decisions by resource and its forms by resource, with their keys.

    written: the variables its forms write.
    """

    decisions: dict[str, dict[str, str]]
    forms: dict[str, str]
    written: set[str] = field(default_factory=set)


def known_to(session: Session) -> Known:
    """What was deployed before and may be referred to."""
    newest: dict[str, Any] = {}
    tags: dict[str, set[str]] = {}
    columns = (ProcessDefinition.key, ProcessDefinition.calls, ProcessDefinition.version_tag)
    for key, calls, tag in session.execute(select(*columns).order_by(ProcessDefinition.version)):
        newest[key] = calls or ()
        tags.setdefault(key, set()).update([tag] if tag else ())
    return Known(
        processes=set(newest),
        calls=newest,
        version_tags=tags,
        forms=set(session.scalars(select(FormDefinition.key).distinct())),
        decisions=set(session.scalars(select(DecisionDefinition.key).distinct())),
        job_types={*WORKERS, *INLINE},
        groups=set(session.scalars(select(Group.key))),
        functions=set(FUNCTIONS),
    )


def nothing_known() -> Known:
    """What may be referred to where there is no database: the built-in job types."""
    return Known(job_types={*WORKERS, *INLINE}, functions=set(FUNCTIONS))


def check_pack(pack: Pack, known: Known) -> tuple[list[Finding], Contents]:
    """Return the findings, worst first, and what the pack defines."""
    findings = [_finding(resource, None, "manifest", message) for resource, message in pack.check()]
    manifest_is_sound = not findings
    if manifest_is_sound:
        findings += _unread(pack.manifest)
    findings += [_finding(ascii(name)[1:-1], None, "name", PATH) for name in pack.resources if not _is_path(name)]
    contents = Contents(decisions={}, forms={})
    for name, content in pack.of_kind("decision").items():
        others = [other for key, other in pack.of_kind("decision").items() if key != name]
        findings += _check_decisions(name, content, others, contents)
    for name, content in pack.of_kind("form").items():
        findings += _check_form(name, content, contents)
    known = Known(
        forms=known.forms | set(contents.forms.values()),
        decisions=known.decisions | {key for keys in contents.decisions.values() for key in keys},
        processes=known.processes,
        calls=known.calls,
        version_tags=known.version_tags,
        forms_beside=set(contents.forms.values()),
        decisions_beside={key for keys in contents.decisions.values() for key in keys},
        job_types=known.job_types | (set(pack.manifest.get("job_types", ())) if manifest_is_sound else set()),
        groups=known.groups | ({group.key for group in pack.groups} if manifest_is_sound else set()),
        written=contents.written,
        profile=pack.profile if manifest_is_sound else {},
        functions=known.functions,
    )
    findings += bpmn.check(pack.of_kind("process"), known)
    if manifest_is_sound and not errors(findings):
        findings += _check_case_types(pack, known)
    return sorted(findings, key=lambda finding: finding.severity != "error"), contents


def _is_path(name: str) -> bool:
    """Whether the name leads to a file within a folder, wherever a copy of the pack is unpacked."""
    inside = not name.startswith("/") and ".." not in name.split("/") and "\\" not in name
    return inside and name.isprintable() and len(name) <= LONGEST_PATH


def errors(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "error"]


def _check_decisions(name: str, content: bytes, others: list[bytes], contents: Contents) -> list[Finding]:
    try:
        model = dmn.parse(content, imports=others)
    except dmn.DmnError as error:
        return [_finding(name, error.element_id, "decision", error.message)]
    contents.decisions[name] = {key: decision.name or key for key, decision in model.decisions.items()}
    return [
        *(_finding(name, element, "decision", message) for element, message in model.check()),
        *(_finding(name, element, "decision", message, "warning") for element, message in model.warnings()),
    ]


def _check_form(name: str, content: bytes, contents: Contents) -> list[Finding]:
    try:
        schema = forms.read_json(content)
    except ValueError as error:
        return [_finding(name, None, "form", Message("Expected readable JSON, but {error}", error=str(error)))]
    if not isinstance(schema, dict) or not schema.get("id"):
        return [_finding(name, None, "form", Message("Expected a form with an id, but it has none"))]
    if not isinstance(schema["id"], str):
        return [_finding(name, None, "form", Message("Expected id to be text"))]
    contents.forms[name] = schema["id"]
    with suppress(forms.FormError, ValueError, RecursionError):
        contents.written.update(forms.keys(forms.parse_form(content)))
    try:
        return [_finding(name, component, "form", message) for component, message in forms.check_form(schema)]
    except RecursionError:
        return [_finding(name, None, "form", Message("Expected components that are less deep within each other"))]


def _check_case_types(pack: Pack, known: Known) -> list[Finding]:
    processes = {process.id for process in bpmn.processes(pack.of_kind("process"))}
    wanted = [
        (case_type.key, kind, name)
        for case_type in pack.case_types.values()
        for kind, name, there in (
            ("form", case_type.form, known.forms),
            ("process", case_type.process, processes),
        )
        if name and name not in there
    ]
    return [
        _finding(
            MANIFEST,
            None,
            "manifest",
            Message("Expected {kind} {name} of case type {key}, but there is none", kind=kind, name=name, key=key),
        )
        for key, kind, name in wanted
    ]


def _unread(manifest: Mapping[str, Any]) -> list[Finding]:
    """Entries of a manifest that nobody reads: a slip of the pen would else go unnoticed."""
    tables = [("manifest", manifest)]
    for name in ("groups", "case_types"):
        tables += [(name, table) for table in manifest.get(name, ())]
    tables += [("parties", table) for entry in manifest.get("case_types", ()) for table in entry.get("parties", ())]
    return [
        _finding(
            MANIFEST,
            None,
            "UNREAD_ENTRY",
            Message("Expected one of {known} in {table}, but there is {key}",
                    known=", ".join(READ[name]), table=name, key=key),
            "warning",
        )
        for name, table in tables
        for key in table
        if key not in READ[name]
    ]  # fmt: skip


def _finding(resource: str, element: str | None, code: str, message: Any, severity: str = "error") -> Finding:
    return Finding(
        severity=severity,
        resource=resource,
        element_id=element,
        code=code,
        message=message if isinstance(message, Message) else str(message),
        params=dict(getattr(message, "params", {})),
    )
