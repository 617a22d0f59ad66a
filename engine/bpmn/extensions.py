"""The zeebe extension elements the engine reads, declared once.

The parser reads by this table and the checks refuse what is not in it. Attribute kinds: "text" stands for itself or
is FEEL behind "="; "feel" is always FEEL; "static" is never evaluated; "name" is a variable, "path" one with dots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from engine.bpmn.xml import bpmn, local, zeebe

_THROWS = frozenset({"intermediateThrowEvent", "endEvent"})
_JOBS = frozenset({"serviceTask", "sendTask", "businessRuleTask", "scriptTask"}) | _THROWS
_TASKS = frozenset({"userTask", "serviceTask", "sendTask", "scriptTask", "businessRuleTask", "receiveTask"})
_SCOPES = frozenset({"callActivity", "subProcess", "transaction", "adHocSubProcess"})
_MAPPED = _TASKS | _THROWS | _SCOPES | {"intermediateCatchEvent", "boundaryEvent", "startEvent"}
_ANY = _MAPPED | {
    "task", "manualTask", "process", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway",
    "sequenceFlow", "participant", "collaboration", "lane", "textAnnotation", "message",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Extension:
    """One zeebe element: where it may stand, its attributes with their kinds, and the elements it lists."""

    on: frozenset[str]
    attributes: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_BINDING = ("latest", "deployment")
_CALL_BINDING = (*_BINDING, "versionTag")

EXTENSIONS: dict[str, Extension] = {
    "userTask": Extension(on=frozenset({"userTask"})),
    "formDefinition": Extension(
        on=frozenset({"userTask", "startEvent"}),
        attributes={"formId": "text", "bindingType": "static"},
        required=("formId",),
        choices={"bindingType": _BINDING},
    ),
    "assignmentDefinition": Extension(
        on=frozenset({"userTask"}),
        attributes={"assignee": "text", "candidateGroups": "text", "candidateUsers": "text"},
    ),
    "taskSchedule": Extension(on=frozenset({"userTask"}), attributes={"dueDate": "text", "followUpDate": "text"}),
    "priorityDefinition": Extension(on=frozenset({"userTask"}), attributes={"priority": "text"}),
    "taskDefinition": Extension(on=_JOBS, attributes={"type": "text", "retries": "text"}, required=("type",)),
    "taskHeaders": Extension(on=_JOBS | {"userTask"}, lists={"header": {"key": "static", "value": "static"}}),
    "script": Extension(
        on=frozenset({"scriptTask"}),
        attributes={"expression": "feel", "resultVariable": "name"},
        required=("expression", "resultVariable"),
    ),
    "calledDecision": Extension(
        on=frozenset({"businessRuleTask"}),
        attributes={"decisionId": "text", "resultVariable": "name", "bindingType": "static"},
        required=("decisionId", "resultVariable"),
        choices={"bindingType": _BINDING},
    ),
    "calledElement": Extension(
        on=frozenset({"callActivity"}),
        attributes={
            "processId": "text",
            "propagateAllChildVariables": "static",
            "propagateAllParentVariables": "static",
            "bindingType": "static",
            "versionTag": "static",
        },
        required=("processId",),
        choices={
            "propagateAllChildVariables": ("true", "false"),
            "propagateAllParentVariables": ("true", "false"),
            "bindingType": _CALL_BINDING,
        },
    ),
    "ioMapping": Extension(
        on=_MAPPED,
        lists={"input": {"source": "text", "target": "path"}, "output": {"source": "text", "target": "path"}},
    ),
    "loopCharacteristics": Extension(
        on=frozenset({"multiInstanceLoopCharacteristics"}),
        attributes={
            "inputCollection": "feel",
            "inputElement": "name",
            "outputCollection": "name",
            "outputElement": "feel",
        },
    ),
    "subscription": Extension(
        on=frozenset({"message"}), attributes={"correlationKey": "text"}, required=("correlationKey",)
    ),
    "adHoc": Extension(on=frozenset({"adHocSubProcess"}), attributes={"activeElementsCollection": "feel"}),
    "properties": Extension(on=_ANY, lists={"property": {"name": "static", "value": "text"}}),
    "versionTag": Extension(on=frozenset({"process"}), attributes={"value": "static"}),
}

# zeebe attributes that modelers leave on elements and that mean nothing for execution
IGNORED_ATTRIBUTES = frozenset({"modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"})


def read(node: etree._Element) -> dict[str, dict[str, Any]]:
    """The zeebe elements of a BPMN element by tag: their attributes, and lists of attributes for what they list."""
    found: dict[str, dict[str, Any]] = {}
    for holder in node.iterchildren(bpmn("extensionElements")):
        for child in holder.iterchildren(zeebe("*")):
            extension = EXTENSIONS.get(local(child))
            if extension is None:
                continue
            values: dict[str, Any] = {str(key): str(value) for key, value in child.attrib.items()}
            for tag in extension.lists:
                rows = [
                    {str(key): str(value) for key, value in row.attrib.items()}
                    for row in child.iterchildren(zeebe(tag))
                ]
                values[tag] = rows
            found[local(child)] = values
    return found
