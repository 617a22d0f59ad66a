"""What a designer begins from: a pack that runs as it is, and a sound file of each kind."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from itertools import count
from pathlib import PurePosixPath

from engine.errors import InvalidInput, Message

KINDS = ("process", "decision", "form", "scenario", "text")

MANIFEST = """# What this pack is called and what it holds. Lines that begin with # explain; they may go.
# 这里写流程包的名称和内容。以 # 开头的行是说明，可以删除。
name = "{name}"
title = "{name}"

# Who works here. A step names the groups that may do it; people are put into groups by the administrator.
# 谁来办理。流程中的每一步写明由哪些组办理；人员由管理员分到各组。
[[groups]]
key = "{key}_staff"
name = "Staff of {name}"
kind = "role"
permissions = ["case:open", "case:read_own"]

# What people register, which process it starts with which form, and how it is numbered.
# 登记的事项类型：启动哪个流程，用哪张表单，怎样编号。
[[case_types]]
key = "{key}"
name = "{name}"
process = "{key}"
form = "{key}_request"
number = "{prefix}-{{year}}-{{sequence:04d}}"

# What lists and search show of a case, taken from the answers of the forms.
# 列表和查询中显示的内容，取自表单的填写结果。
[case_types.fields]
title = "=subject"
"""
LABELS = """key,en,zh
staff,Staff of {name},{name}经办人员
request_received,Request received,收到申请
decide,Decide,审批
decided,Decided,已审批
subject,What it is about,事由
outcome,Outcome,结果
granted,Granted,同意
refused,Refused,不同意
reason,Reason,理由
"""
SCENARIO = """# What is given and what should come of it; `lianxi rehearse` and the workshop run it.
# 给出的情况和应有的结果；工作台会自动运行。
title = "A request is granted"
now = 2026-03-02T09:00:00
time_zone = "Asia/Shanghai"

[[steps]]
open = "{key}"
by = "{key}_staff"
answers = {{ subject = "A first request" }}

[[steps]]
task = "decide"
by = "{key}_staff"
answers = {{ outcome = "granted", reason = "All papers are there" }}

[expect]
path = ["received", "decide", "decided"]
tasks = []
ended = true
variables = {{ outcome = "granted" }}
"""
PROCESS = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
    xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="{key}_definitions"
    targetNamespace="http://lianxi/processes/{key}" modeler:executionPlatform="Camunda Cloud"
    modeler:executionPlatformVersion="8.6.0">
  <bpmn:process id="{key}" name="{name}" isExecutable="true">
    <bpmn:startEvent id="received" name="Request received">
      <bpmn:outgoing>to_decide</bpmn:outgoing>
    </bpmn:startEvent>
    <bpmn:sequenceFlow id="to_decide" sourceRef="received" targetRef="decide" />
    <bpmn:userTask id="decide" name="Decide">
      <bpmn:extensionElements>
        <zeebe:userTask />{form}
        <zeebe:assignmentDefinition candidateGroups="{group}" />
      </bpmn:extensionElements>
      <bpmn:incoming>to_decide</bpmn:incoming>
      <bpmn:outgoing>to_decided</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="to_decided" sourceRef="decide" targetRef="decided" />
    <bpmn:endEvent id="decided" name="Decided">
      <bpmn:incoming>to_decided</bpmn:incoming>
    </bpmn:endEvent>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="{key}_diagram">
    <bpmndi:BPMNPlane id="{key}_plane" bpmnElement="{key}">
      <bpmndi:BPMNShape id="received_di" bpmnElement="received">
        <dc:Bounds x="182" y="182" width="36" height="36" />
        <bpmndi:BPMNLabel><dc:Bounds x="156" y="225" width="89" height="14" /></bpmndi:BPMNLabel>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="decide_di" bpmnElement="decide">
        <dc:Bounds x="280" y="160" width="100" height="80" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="decided_di" bpmnElement="decided">
        <dc:Bounds x="442" y="182" width="36" height="36" />
        <bpmndi:BPMNLabel><dc:Bounds x="439" y="225" width="43" height="14" /></bpmndi:BPMNLabel>
      </bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="to_decide_di" bpmnElement="to_decide">
        <di:waypoint x="218" y="200" />
        <di:waypoint x="280" y="200" />
      </bpmndi:BPMNEdge>
      <bpmndi:BPMNEdge id="to_decided_di" bpmnElement="to_decided">
        <di:waypoint x="380" y="200" />
        <di:waypoint x="442" y="200" />
      </bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""
DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
    xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/"
    id="{key}_definitions" name="{name}" namespace="http://lianxi/decisions/{key}">
  <decision id="{key}" name="{name}">
    <variable id="{key}_variable" name="{key}" typeRef="string" />
    <decisionTable id="{key}_table" hitPolicy="FIRST">
      <input id="{key}_input" label="Amount">
        <inputExpression id="{key}_expression" typeRef="number"><text>amount</text></inputExpression>
      </input>
      <output id="{key}_output" label="Outcome" name="outcome" typeRef="string" />
      <rule id="{key}_rule_1">
        <inputEntry id="{key}_in_1"><text>&lt; 1000</text></inputEntry>
        <outputEntry id="{key}_out_1"><text>"small"</text></outputEntry>
      </rule>
      <rule id="{key}_rule_2">
        <inputEntry id="{key}_in_2"><text>-</text></inputEntry>
        <outputEntry id="{key}_out_2"><text>"large"</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
  <dmndi:DMNDI>
    <dmndi:DMNDiagram id="{key}_diagram">
      <dmndi:DMNShape id="{key}_di" dmnElementRef="{key}">
        <dc:Bounds height="80" width="180" x="160" y="100" />
      </dmndi:DMNShape>
    </dmndi:DMNDiagram>
  </dmndi:DMNDI>
</definitions>
"""
_SUBJECT = {
    "type": "textfield",
    "id": "subject_field",
    "key": "subject",
    "label": "What it is about",
    "validate": {"required": True, "maxLength": 200},
}
_OUTCOME = {
    "type": "radio",
    "id": "outcome_field",
    "key": "outcome",
    "label": "Outcome",
    "values": [{"label": "Granted", "value": "granted"}, {"label": "Refused", "value": "refused"}],
    "validate": {"required": True},
}
_REASON = {
    "type": "textarea",
    "id": "reason_field",
    "key": "reason",
    "label": "Reason",
    "validate": {"maxLength": 2000},
}


def first_files(name: str) -> Mapping[str, bytes]:
    """A pack that can be deployed and used at once: two forms, a process of one step, and a scenario of it."""
    key = key_of(name)
    said = {"name": name, "key": key, "prefix": key.upper()[:12]}
    texts = {
        "manifest.toml": MANIFEST.format(**said),
        "labels.csv": LABELS.format(**said),
        f"{key}.bpmn": _process(key, name, group=f"{key}_staff", form=f"{key}_decision"),
        f"forms/{key}_request.form": _form(f"{key}_request", _SUBJECT),
        f"forms/{key}_decision.form": _form(f"{key}_decision", _OUTCOME, _REASON),
        "scenarios/granted.toml": SCENARIO.format(**said),
    }
    return {path: text.encode() for path, text in texts.items()}


def first_content(kind: str, path: str, groups: tuple[str, ...] = (), taken: Collection[str] = ()) -> bytes:
    """A sound file of one of KINDS to begin with. Raises InvalidInput.

    groups: those of the pack. taken: ids that other files of the kind have.
    """
    name = PurePosixPath(path).stem
    key = _free(key_of(name, kind), taken)
    if kind == "process":
        return _process(key, _escaped(name), group=groups[0] if groups else "", form="").encode()
    if kind == "decision":
        return DECISION.format(key=key, name=_escaped(name)).encode()
    if kind == "form":
        return _form(key, _SUBJECT).encode()
    if kind == "scenario":
        return SCENARIO.format(key=key).encode()
    if kind == "text":
        return b""
    message = Message("Expected one of {kinds}, but it is {path}", kinds=", ".join(KINDS), path=kind)
    raise InvalidInput({"kind": [message]}, message.template, **message.params)


def key_of(name: str, kind: str = "model") -> str:
    """An id that BPMN, DMN and forms accept, made of a name; of one without Latin letters its kind remains."""
    key = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
    return key if key[:1].isalpha() else f"{kind}_{key}".rstrip("_")


def _free(key: str, taken: Collection[str]) -> str:
    """The key, with a number behind it where others have it already."""
    numbered = (f"{key}_{number}" for number in count(2))
    return key if key not in taken else next(each for each in numbered if each not in taken)


def _process(key: str, name: str, *, group: str, form: str) -> str:
    drawn = f'\n        <zeebe:formDefinition formId="{form}" />' if form else ""
    text = PROCESS.format(key=key, name=name, group=_escaped(group), form=drawn)
    return text if group else text.replace('        <zeebe:assignmentDefinition candidateGroups="" />\n', "")


def _form(key: str, *components: Mapping[str, object]) -> str:
    form = {"type": "default", "schemaVersion": 19, "id": key, "components": components}
    return json.dumps(form, indent=2, ensure_ascii=False) + "\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
