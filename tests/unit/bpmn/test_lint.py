"""What a designer is told before a diagram runs."""
# ruff: noqa: E501  (a diagram in a table is read in one line)

from dataclasses import replace

import pytest

from engine.bpmn import Known, registry, xml
from tests.unit.bpmn.support import (
    END,
    HEAD,
    KNOWN,
    START,
    boundary,
    diagram,
    ext,
    flow,
    gateway,
    io,
    loop,
    message,
    on_message,
    path,
    problems,
    script,
    service,
    timer,
    user,
    z,
)

TASK = START + user("t") + END + path("s", "t", "e")


def said(*files, known=KNOWN, severity="error"):
    """(element, code) of the findings."""
    return [(f.element_id, f.code) for f in problems(*files, known=known) if f.severity == severity]


def around(task, *more):
    return START + task + END + path("s", "t", "e") + "".join(more)


def test_a_good_diagram_has_no_findings():
    lane = '<laneSet id="ls"><lane id="l" name="desk"><flowNodeRef>t</flowNodeRef></lane></laneSet>'

    assert problems(diagram(lane + TASK)) == []
    assert problems(diagram(around(user("t", z("assignmentDefinition", assignee="rita"))))) == []


def test_a_finding_is_a_sentence_with_parts():
    finding = problems(diagram(around(user("t", z("formDefinition", formId="nope")))))[0]

    assert (finding.severity, finding.resource, finding.element_id, finding.code) == (
        "error",
        "0.bpmn",
        "t",
        "UNKNOWN_FORM",
    )
    assert finding.message == "Expected form nope to exist, but it does not"
    assert finding.params == {"id": "nope"}
    assert finding.message.template == "Expected form {id} to exist, but it does not"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b"<a>",
        b'<!DOCTYPE a [<!ENTITY x "y">]>' + diagram(TASK),
        diagram(TASK).replace(b'id="t"', b'id="&x;"'),
        diagram(TASK).decode().encode("utf-16"),
        b'<?xml version="1.0" encoding="GB2312"?>' + diagram(TASK.replace('name="T"', 'name="登记"')),
        b"<process/>",
        diagram("<documentation/>" * 60_000),
        diagram("".join(f'<task id="t{number}"/>' for number in range(5001))),
        HEAD.encode() + b"<a>" * 70 + b"</a>" * 70 + b"</definitions>",
        b" " * (xml.MOST_BYTES + 1),
    ],
)
def test_hostile_or_broken_files_are_refused(data):
    assert said(data) == [(None, "XML_REFUSED")]


def test_ascii_is_read_whatever_it_is_called():
    assert said(b'<?xml version="1.0" encoding="windows-1252"?>' + diagram(TASK)) == []


UNDO = (
    boundary("b", "t", "<compensateEventDefinition/>") + '<task id="u" isForCompensation="true"/>'
    '<association id="as" sourceRef="b" targetRef="u"/>'
)
CANCELLED = (
    '<transaction id="t"><startEvent id="s2"/><endEvent id="s3"><cancelEventDefinition/></endEvent>'
    + path("s2", "s3")
    + "</transaction>"
)
POOLS = (
    '<collaboration id="c"><participant id="p2" processRef="p"/><participant id="other"/>'
    '<messageFlow id="mf" sourceRef="{}" targetRef="{}"/></collaboration>'
)
MI = "<multiInstanceLoopCharacteristics>{}</multiInstanceLoopCharacteristics>"
REFUSED = {
    # what: (body, extra, element, code)
    "sub-process without start": (around(f'<subProcess id="t">{user("u")}</subProcess>'), "", "t", "NO_START"),
    "no start": (user("t"), "", "p", "NO_START"),
    "two starts": (TASK + '<startEvent id="s2"/>' + path("s2", "t"), "", "s2", "SEVERAL_STARTS"),
    "flow into a start": (TASK + path("t", "s"), "", "s", "INCOMING_FLOW"),
    "flow out of an end": (TASK + path("e", "t"), "", "e", "OUTGOING_FLOW"),
    "flow to nowhere": (TASK + flow("t", "x"), "", "t_x", "FLOW_END"),
    "flow into a sub-process": (
        START + f'<subProcess id="sub"><startEvent id="s2"/>{user("t")}{path("s2", "t")}</subProcess>' + flow("s", "sub") + flow("s", "t"),
        "", "s_t", "FLOW_END",
    ),
    "missing id": (TASK.replace('id="t"', ""), "", "p", "MISSING_ID"),
    "duplicate id": (TASK + '<task id="t"/>', "", "t", "DUPLICATE_ID"),
    "gateway flow without condition": (
        START + gateway("exclusive", "x") + user("a") + user("b") + path("s", "x", "a") + path("x", "b"), "", "x_a", "NO_CONDITION",
    ),
    "default flow of another": (START + gateway("exclusive", "x", "s_x") + user("a") + path("s", "x", "a"), "", "x", "DEFAULT_FLOW"),
    "condition out of a start": (START + user("a") + flow("s", "a", "=true"), "", "s_a", "CONDITION"),
    "condition that is not FEEL": (START + '<task id="t"/>' + user("a") + path("s", "t") + flow("t", "a", "=a +"), "", "t_a", "FEEL"),
    "one event after an event gateway": (
        START + gateway("eventBased", "g") + '<intermediateCatchEvent id="c">' + timer("timeDuration", "PT1S")
        + "</intermediateCatchEvent>" + path("s", "g", "c"), "", "g", "EVENT_GATEWAY",
    ),
    "a task after an event gateway": (
        START + gateway("eventBased", "g") + user("a") + user("b") + path("s", "g", "a") + path("g", "b"), "", "g_a", "EVENT_GATEWAY",
    ),
    "listed flow that does not exist": (TASK.replace(START, '<startEvent id="s"><outgoing>zzz</outgoing></startEvent>'), "", "s", "FLOW_LIST"),
    "direction": (TASK + '<parallelGateway id="g" gatewayDirection="Converging"/>' + path("t", "g"), "", "g", "GATEWAY_DIRECTION"),
    "compensation no event leads to": (TASK + '<task id="x" isForCompensation="true"/>', "", "x", "COMPENSATION"),
    "compensation event without handler": (TASK + boundary("b", "t", "<compensateEventDefinition/>"), "", "b", "COMPENSATION"),
    "handler that is none": (TASK + UNDO.replace(' isForCompensation="true"', ""), "", "u", "COMPENSATION"),
    "handler with a flow": (TASK + UNDO + path("t", "u"), "", "u", "COMPENSATION"),
    "two ways to undo": (TASK + UNDO + UNDO.replace('"b"', '"b2"').replace('"as"', '"as2"').replace('"u"', '"u2"'), "", "b2", "COMPENSATION"),
    "undo of nothing": (
        START + '<endEvent id="x"><compensateEventDefinition activityRef="zz"/></endEvent>' + path("s", "x"), "", "x", "COMPENSATION",
    ),
    "compensation of a process": (
        TASK + '<subProcess id="es" triggeredByEvent="true"><startEvent id="s2"><compensateEventDefinition/></startEvent></subProcess>',
        "", "s2", "COMPENSATION",
    ),
    "undone later": (
        START + '<endEvent id="x"><compensateEventDefinition waitForCompletion="false"/></endEvent>' + path("s", "x"), "", "x", "NOT_EXECUTED",
    ),
    "loop without end": (around('<task id="t"><standardLoopCharacteristics/></task>'), "", "t", "LOOP"),
    "loop of no rounds": (around('<task id="t"><standardLoopCharacteristics loopMaximum="0"/></task>'), "", "t", "LOOP"),
    "no tokens": (around('<task id="t" startQuantity="0"/>'), "", "t", "QUANTITY"),
    "cancel outside a transaction": (START + '<endEvent id="x"><cancelEventDefinition/></endEvent>' + path("s", "x"), "", "x", "CANCEL"),
    "cancel on a task": (TASK + boundary("b", "t", "<cancelEventDefinition/>") + path("b", "e"), "", "b", "CANCEL"),
    "cancel nobody catches": (around(CANCELLED), "", "s3", "CANCEL"),
    "cancel of a loop": (
        around(CANCELLED.replace('<transaction id="t">', '<transaction id="t"><standardLoopCharacteristics loopMaximum="3"/>'),
               boundary("b", "t", "<cancelEventDefinition/>"), path("b", "e")), "", "b", "CANCEL",
    ),
    "two cancel events": (
        around(CANCELLED, boundary("b", "t", "<cancelEventDefinition/>"), boundary("b2", "t", "<cancelEventDefinition/>"), path("b", "e"), path("b2", "e")),
        "", "b2", "CANCEL",
    ),
    "transactions that are cancelled together": (
        around(CANCELLED.replace("</transaction>", MI.format("<loopCardinality>3</loopCardinality>") + "</transaction>"),
               boundary("b", "t", "<cancelEventDefinition/>"), path("b", "e")), "", "b", "CANCEL",
    ),
    "start in an ad-hoc sub-process": (around(f'<adHocSubProcess id="t">{user("u")}<startEvent id="x"/></adHocSubProcess>'), "", "x", "AD_HOC"),
    "nothing to do": (around('<adHocSubProcess id="t"/>'), "", "t", "AD_HOC"),
    "event sub-process without event": (
        TASK + f'<subProcess id="es" triggeredByEvent="true"><startEvent id="s2"/>{user("u")}{path("s2", "u")}</subProcess>',
        "", "s2", "NOT_EXECUTED",
    ),
    "flow to an event sub-process": (
        TASK + f'<subProcess id="es" triggeredByEvent="true"><startEvent id="s2">{timer("timeDuration", "PT1S")}</startEvent></subProcess>'
        + path("t", "es"), "", "es", "EVENT_SUB_PROCESS",
    ),
    "boundary of an event sub-process": (
        TASK + f'<subProcess id="es" triggeredByEvent="true"><startEvent id="s2">{timer("timeDuration", "PT1S")}</startEvent></subProcess>'
        + boundary("b", "es", "<errorEventDefinition/>") + path("b", "e"), "", "b", "BOUNDARY",
    ),
    "link to nowhere": (START + '<intermediateThrowEvent id="x"><linkEventDefinition name="l"/></intermediateThrowEvent>' + path("s", "x"), "", "x", "LINK"),
    "link from nowhere": (TASK + '<intermediateCatchEvent id="x"><linkEventDefinition name="l"/></intermediateCatchEvent>' + path("x", "e"), "", "x", "LINK"),
    "link without name": (START + '<intermediateThrowEvent id="x"><linkEventDefinition name=""/></intermediateThrowEvent>' + path("s", "x"), "", "x", "LINK"),
    "flow beside a link": (
        START + '<intermediateThrowEvent id="x"><linkEventDefinition name="l"/></intermediateThrowEvent>'
        '<intermediateCatchEvent id="y"><linkEventDefinition name="l"/></intermediateCatchEvent>' + path("s", "x", "y"), "", "x", "LINK",
    ),
    "condition without text": (
        around('<intermediateCatchEvent id="t"><conditionalEventDefinition><condition/></conditionalEventDefinition></intermediateCatchEvent>'),
        "", "t", "CONDITION",
    ),
    "no signal": (around('<intermediateThrowEvent id="t"><signalEventDefinition/></intermediateThrowEvent>'), "", "t", "UNKNOWN_SIGNAL"),
    "unknown signal": (around('<intermediateThrowEvent id="t"><signalEventDefinition signalRef="x"/></intermediateThrowEvent>'), "", "t", "UNKNOWN_SIGNAL"),
    "signal without name": (
        around('<intermediateThrowEvent id="t"><signalEventDefinition signalRef="x"/></intermediateThrowEvent>'), '<signal id="x"/>', "t", "SIGNAL_NAME",
    ),
    "unknown escalation": (
        around('<intermediateThrowEvent id="t"><escalationEventDefinition escalationRef="x"/></intermediateThrowEvent>'), "", "t", "UNKNOWN_ESCALATION",
    ),
    "escalation without code": (
        around('<intermediateThrowEvent id="t"><escalationEventDefinition escalationRef="x"/></intermediateThrowEvent>'),
        '<escalation id="x"/>', "t", "ESCALATION_CODE",
    ),
    "error and signal in one": (
        START + '<endEvent id="x"><signalEventDefinition signalRef="sig"/><terminateEventDefinition/></endEvent>' + path("s", "x"),
        '<signal id="sig" name="s"/>', "x", "NOT_EXECUTED",
    ),
    "all of several, beside": (
        TASK + boundary("x", "t", timer("timeDuration", "PT1S") + timer("timeDuration", "PT2S"), interrupting=False).replace(
            "<boundaryEvent", '<boundaryEvent parallelMultiple="true"') + path("x", "e"), "", "x", "NOT_EXECUTED",
    ),
    "behavior without signal": (
        around(user("t", inner='<multiInstanceLoopCharacteristics behavior="One"><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>')),
        "", "t", "LOOP",
    ),
    "instantiating receive task in the middle": (
        around('<receiveTask id="t" instantiate="true" messageRef="m"/>'), message("m"), "t", "INSTANTIATE",
    ),
    "instantiating gateway with a timer": (
        '<eventBasedGateway id="g" instantiate="true"/><intermediateCatchEvent id="a">' + timer("timeDuration", "PT1S")
        + "</intermediateCatchEvent>" + user("b") + path("g", "a", "b") , "", "a", "INSTANTIATE",
    ),
    "message flow in one pool": (TASK, POOLS.format("t", "p2"), "mf", "MESSAGE_FLOW"),
    "message flow to a plain start": (TASK, POOLS.format("other", "s"), "mf", "MESSAGE_FLOW"),
    "data from nowhere": (
        around('<task id="t"><dataInputAssociation id="d"><targetRef>x</targetRef></dataInputAssociation></task>'), "", "t", "DATA",
    ),
    "data of a receive task": (
        around('<receiveTask id="t" messageRef="m"><ioSpecification><inputSet/><outputSet/></ioSpecification></receiveTask>'), message("m"), "t", "NOT_EXECUTED",
    ),
    "several sets of data": (
        around('<task id="t"><ioSpecification><inputSet/><inputSet/><outputSet/></ioSpecification></task>'), "", "t", "NOT_EXECUTED",
    ),
    "data that is no list": (
        TASK + '<dataObject id="d" itemSubjectRef="i"/>', '<itemDefinition id="i" isCollection="true"/>', "d", "DATA",
    ),
    "transformed data": (
        around('<task id="t"><ioSpecification><dataInput id="d1"/><inputSet/><outputSet/></ioSpecification><dataInputAssociation id="d"><sourceRef>d1</sourceRef><targetRef>d1</targetRef>'
               "<transformation>=1</transformation></dataInputAssociation></task>"), "", "t", "NOT_EXECUTED",
    ),
    "no flow leads to it": (TASK + '<task id="x"/>' + path("x", "e"), "", "x", "UNREACHABLE"),
    "complex gateway": (around('<complexGateway id="t"/>'), "", "t", "NOT_EXECUTED"),
    "script in another language": (around('<scriptTask id="t"><script>print(1)</script></scriptTask>'), "", "t", "NOT_EXECUTED"),
    "no script": (around('<scriptTask id="t"/>'), "", "t", "NO_SCRIPT"),
    "no job type": (around('<serviceTask id="t"/>'), "", "t", "NO_JOB"),
    "send task without message": (around('<sendTask id="t"/>'), "", "t", "NO_JOB"),
    "unknown job type": (around(service("t", "fax")), "", "t", "UNKNOWN_JOB_TYPE"),
    "retries": (around(service("t", retries="many")), "", "t", "RETRIES"),
    "unknown decision": (
        around(f'<businessRuleTask id="t">{ext(z("calledDecision", decisionId="x", resultVariable="y"))}</businessRuleTask>'),
        "", "t", "UNKNOWN_DECISION",
    ),
    "no decision": (around('<businessRuleTask id="t"/>'), "", "t", "NO_DECISION"),
    "unknown process": (around(f'<callActivity id="t">{ext(z("calledElement", processId="x"))}</callActivity>'), "", "t", "UNKNOWN_PROCESS"),
    "no process": (around('<callActivity id="t"/>'), "", "t", "NO_PROCESS"),
    "calls itself": (around(f'<callActivity id="t">{ext(z("calledElement", processId="p"))}</callActivity>'), "", "t", "RECURSION"),
    "unknown group": (around(user("t", z("assignmentDefinition", candidateGroups="desk, moon"))), "", "t", "UNKNOWN_GROUP"),
    "unknown zeebe element": (around(user("t", z("magic"))), "", "t", "EXTENSION"),
    "unknown zeebe attribute": (around(user("t", z("formDefinition", formId="form", externalReference="x"))), "", "t", "EXTENSION"),
    "zeebe element elsewhere": (around(user("t", z("script", expression="=1", resultVariable="x"))), "", "t", "EXTENSION"),
    "missing zeebe attribute": (around(f'<scriptTask id="t">{ext(z("script", expression="=1"))}</scriptTask>'), "", "t", "EXTENSION"),
    "twice": (around(user("t", z("userTask"), z("userTask"))), "", "t", "EXTENSION"),
    "binding": (around(user("t", z("formDefinition", formId="form", bindingType="versionTag"))), "", "t", "EXTENSION"),
    "unknown row": (around(user("t", "<zeebe:ioMapping><zeebe:both/></zeebe:ioMapping>")), "", "t", "EXTENSION"),
    "unknown row attribute": (around(user("t", '<zeebe:ioMapping><zeebe:input source="=1" target="a" how="b"/></zeebe:ioMapping>')), "", "t", "EXTENSION"),
    "mapping to nothing": (around(user("t", '<zeebe:ioMapping><zeebe:input source="=1"/></zeebe:ioMapping>')), "", "t", "EXTENSION"),
    "other engine": (
        around(user("t", '<c:formData xmlns:c="http://camunda.org/schema/1.0/bpmn"/>')), "", "t", "EXTENSION",
    ),
    "other engine's attribute": (
        around('<userTask id="t" xmlns:c="http://camunda.org/schema/1.0/bpmn" c:assignee="rita"/>'), "", "t", "EXTENSION",
    ),
    "FEEL in a mapping": (around(user("t", io({"a": "=1 +"}))), "", "t", "FEEL"),
    "FEEL in a script": (around(script("t", "=)", "x")), "", "t", "FEEL"),
    "FEEL in a key": (TASK, message("m", "=)"), "m", "FEEL"),
    "reserved result": (around(script("t", "=1", "case")), "", "t", "RESERVED_VARIABLE"),
    "reserved target": (around(user("t", io(outputs={"profile.days": "=1"}))), "", "t", "RESERVED_VARIABLE"),
    "inputs of an event": (TASK + boundary("b", "t", ext(io({"a": "=1"})) + timer("timeDuration", "PT1S")) + path("b", "e"), "", "b", "EXTENSION"),
    "no variable name": (around(script("t", "=1", "a b")), "", "t", "NAME"),
    "no variable path": (around(user("t", io(outputs={"a..b": "=1"}))), "", "t", "NAME"),
    "loop without items": (around(user("t", inner=MI.format(""))), "", "t", "LOOP"),
    "half an output": (around(user("t", inner=loop("=a", "b", outputCollection="c"))), "", "t", "LOOP"),
    "element without collection": (
        around(user("t", inner=MI.format(ext(z("loopCharacteristics", inputElement="x")) + "<loopCardinality>3</loopCardinality>"))), "", "t", "LOOP",
    ),
    "loop of another kind": (around(user("t", inner=MI.format("<loopDataInputRef>x</loopDataInputRef>"))), "", "t", "NOT_EXECUTED"),
    "timer without time": (TASK + boundary("b", "t", "<timerEventDefinition/>") + path("b", "e"), "", "b", "TIMER"),
    "timer that is none": (TASK + boundary("b", "t", timer("timeDuration", "3 days")) + path("b", "e"), "", "b", "TIMER"),
    "date that is none": (around(user("t", z("taskSchedule", dueDate="soon"))), "", "t", "TIMER"),
    "boundary on nothing": (TASK + boundary("b", "e", timer("timeDuration", "PT1S")) + path("b", "e"), "", "b", "BOUNDARY"),
    "boundary to nowhere": (TASK + boundary("b", "t", timer("timeDuration", "PT1S")), "", "b", "NO_FLOW"),
    "two boundaries for an error": (
        TASK + boundary("b1", "t", "<errorEventDefinition/>") + boundary("b2", "t", "<errorEventDefinition/>") + path("b1", "e") + path("b2", "e"),
        "", "b2", "BOUNDARY",
    ),
    "error beside": (TASK + boundary("b", "t", "<errorEventDefinition/>", interrupting=False) + path("b", "e"), "", "b", "NOT_EXECUTED"),
    "error end without code": (
        START + '<endEvent id="t"><errorEventDefinition errorRef="x"/></endEvent>' + path("s", "t"), '<error id="x"/>', "t", "NO_ERROR_CODE",
    ),
    "unknown error": (START + '<endEvent id="t"><errorEventDefinition errorRef="x"/></endEvent>' + path("s", "t"), "", "t", "UNKNOWN_ERROR"),
    "computed error": (
        START + '<endEvent id="t"><errorEventDefinition errorRef="x"/></endEvent>' + path("s", "t"),
        '<error id="x" errorCode="=a"/>', "t", "NO_ERROR_CODE",
    ),
    "no message": (around('<receiveTask id="t"/>'), "", "t", "UNKNOWN_MESSAGE"),
    "unknown message": (around('<receiveTask id="t" messageRef="m"/>'), "", "t", "UNKNOWN_MESSAGE"),
    "message without name": (around('<receiveTask id="t" messageRef="m"/>'), '<message id="m"/>', "t", "MESSAGE_NAME"),
    "one name, two messages": (
        f'<startEvent id="a">{on_message("m")}</startEvent><startEvent id="b">{on_message("n")}</startEvent>{END}' + path("a", "e") + path("b", "e"),
        message("m") + '<message id="n" name="m name"/>', "b", "SEVERAL_STARTS",
    ),
    "one message, a start and a receive task": (
        f'<startEvent id="a">{on_message("m")}</startEvent><receiveTask id="b" messageRef="m" instantiate="true"/>{END}' + path("a", "e") + path("b", "e"),
        message("m"), "b", "SEVERAL_STARTS",
    ),
    "one message, two starts": (
        f'<startEvent id="a">{on_message("m")}</startEvent><startEvent id="b">{on_message("m")}</startEvent>{END}' + path("a", "e") + path("b", "e"),
        message("m"), "b", "SEVERAL_STARTS",
    ),
    "referenced definition": (
        START + '<endEvent id="t"><eventDefinitionRef>x</eventDefinitionRef></endEvent>' + path("s", "t"), '<terminateEventDefinition id="y"/>',
        "t", "NOT_EXECUTED",
    ),
    "lane with a stranger": ('<laneSet id="ls"><lane id="l"><flowNodeRef>zz</flowNodeRef></lane></laneSet>' + TASK, "", "l", "LANE"),
    "unknown attribute": (around('<userTask id="t" colour="red"/>'), "", "t", "SCHEMA"),
    "unknown element": (around('<userTask id="t"><colour/></userTask>'), "", "t", "SCHEMA"),
    "global task": (TASK, f'<globalScriptTask id="g">{ext(z("script", expression="=)", resultVariable="x"))}</globalScriptTask>', "g", "FEEL"),
    "choreography": (TASK, "<import importType='x' location='y' namespace='z'/>", "defs", "NOT_EXECUTED"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    body, extra, element, code = REFUSED[what]

    assert (element, code) in said(diagram(body, extra=extra))


DATA_IN = (
    '<ioSpecification><dataInput id="di"/><inputSet><dataInputRefs>di</dataInputRefs></inputSet><outputSet/></ioSpecification>'
    "<dataInputAssociation><sourceRef>do</sourceRef><targetRef>di</targetRef>{}</dataInputAssociation>"
)
# refused element -> a process with it
WITH_REFUSED = {
    "complexGateway": START + '<complexGateway id="x"/>' + END + path("s", "x", "e"),
    "choreographyTask": TASK + '<choreographyTask id="x" initiatingParticipantRef="p1"><participantRef>p1</participantRef><participantRef>p2</participantRef><messageFlowRef>f</messageFlowRef></choreographyTask>',
    "callChoreography": TASK + '<callChoreography id="x" initiatingParticipantRef="p1"><participantRef>p1</participantRef><participantRef>p2</participantRef></callChoreography>',
    "subChoreography": TASK + '<subChoreography id="x" initiatingParticipantRef="p1"><participantRef>p1</participantRef><participantRef>p2</participantRef></subChoreography>',
    "correlationSubscription": TASK + '<correlationSubscription id="x" correlationKeyRef="k"/>',
    "resourceRole": around('<userTask id="t"><resourceRole id="x"/></userTask>'),
    "performer": around('<userTask id="t"><performer id="x"/></userTask>'),
    "humanPerformer": around('<userTask id="t"><humanPerformer id="x"/></userTask>'),
    "potentialOwner": around('<userTask id="t"><potentialOwner id="x"/></userTask>'),
    "auditing": '<auditing id="x"/>' + TASK,
    "monitoring": '<monitoring id="x"/>' + TASK,
    "supportedInterfaceRef": "<supportedInterfaceRef>x</supportedInterfaceRef>" + TASK,
    "ioBinding": '<ioBinding operationRef="o" inputDataRef="i" outputDataRef="u"/>' + TASK,
    "assignment": '<dataObject id="do"/>' + around(f'<userTask id="t">{DATA_IN.format("<assignment><from/><to/></assignment>")}</userTask>'),
    "transformation": '<dataObject id="do"/>' + around(f'<userTask id="t">{DATA_IN.format("").replace("<targetRef>di</targetRef>", "<targetRef>di</targetRef><transformation/>")}</userTask>'),
    "complexBehaviorDefinition": around('<userTask id="t">' + MI.format("<loopCardinality>3</loopCardinality><complexBehaviorDefinition><condition/></complexBehaviorDefinition>") + "</userTask>"),
}  # fmt: skip


@pytest.mark.parametrize("tag", registry.REFUSED)
def test_an_element_that_is_not_executed_is_refused(tag):
    drawn = diagram(WITH_REFUSED.get(tag, TASK))
    if tag == "import":
        drawn = diagram(TASK, extra="<import importType='x' location='y' namespace='z'/>")

    errors = [finding for finding in problems(drawn) if finding.severity == "error"]

    assert tag in [finding.params.get("tag") for finding in errors if finding.code == "NOT_EXECUTED"]
    assert all(finding.element_id for finding in errors)


DEFINITIONS = {
    "message": on_message("m"),
    "timer": timer("timeDuration", "PT1S"),
    "signal": '<signalEventDefinition signalRef="sig"/>',
    "error": '<errorEventDefinition errorRef="err"/>',
    "escalation": '<escalationEventDefinition escalationRef="esc"/>',
    "conditional": "<conditionalEventDefinition><condition>=true</condition></conditionalEventDefinition>",
    "compensate": "<compensateEventDefinition/>",
    "link": '<linkEventDefinition name="l"/>',
    "cancel": "<cancelEventDefinition/>",
    "terminate": "<terminateEventDefinition/>",
    "multiple": '<signalEventDefinition signalRef="sig"/>' + timer("timeDuration", "PT1S"),
    "none": "",
}
ROOTS = (
    message("m", "=1")
    + '<signal id="sig" name="s"/><error id="err" errorCode="E"/><escalation id="esc" escalationCode="E"/>'
)


def placed(tag, position, event):
    """A diagram around one event, with what this event needs beside it."""
    inner, parts = DEFINITIONS[event], []
    drawn = f'<{tag} id="x">{inner}</{tag}>'
    if event == "link":
        other = "intermediateCatchEvent" if tag == "intermediateThrowEvent" else "intermediateThrowEvent"
        parts = [f'<{other} id="y">{inner}</{other}>']
        ways = path("s", "x") + path("y", "e") if tag == "intermediateThrowEvent" else path("s", "y") + path("x", "e")
        if tag.startswith("intermediate"):
            return START + drawn + parts[0] + END + ways
    if tag == "boundaryEvent":
        hosted = boundary("x", "t", inner, interrupting=position == "interrupting")
        if event == "compensate":
            return (
                TASK
                + hosted
                + '<task id="u" isForCompensation="true"/><association id="as" sourceRef="x" targetRef="u"/>'
            )
        body = (
            around(CANCELLED, boundary("x", "t", inner, interrupting=position == "interrupting"))
            if event == "cancel"
            else TASK + hosted
        )
        return body + path("x", "e")
    if tag == "startEvent":
        if position == "process":
            return drawn + END + path("x", "e")
        if position == "subProcess":
            return (
                TASK
                + f'<subProcess id="sub">{drawn}<endEvent id="e2"/>{path("x", "e2")}</subProcess>'
                + path("t", "sub")
            )
        drawn = drawn.replace('id="x"', f'id="x" isInterrupting="{str(position == "eventSubProcess").lower()}"')
        inside = f'<subProcess id="es" triggeredByEvent="true">{drawn}<endEvent id="e2"/>{path("x", "e2")}</subProcess>'
        return TASK + f'<subProcess id="sub"><startEvent id="s3"/>{inside}</subProcess>' + path("t", "sub")
    if event == "multiple" and tag in ("intermediateThrowEvent", "endEvent"):
        drawn = drawn.replace(timer("timeDuration", "PT1S"), DEFINITIONS["signal"])
    if tag == "endEvent":
        if event == "cancel":
            ends = f'<transaction id="t"><startEvent id="s2"/>{drawn}{path("s2", "x")}</transaction>'
            return around(ends, boundary("b", "t", "<cancelEventDefinition/>"), path("b", "e"))
        return START + drawn + path("s", "x")
    return START + drawn + END + path("s", "x", "e")


@pytest.mark.parametrize("row", [row for row in registry.rows() if row.tag in registry.POSITIONS], ids=str)
def test_every_event_is_executed_or_refused_as_the_registry_says(row):
    errors = said(diagram(placed(row.tag, row.position, row.event), extra=ROOTS))

    if row.executed:
        assert errors == []
    else:
        assert ("x", "NOT_EXECUTED") in errors


def test_every_builder_is_in_the_registry():
    from engine.bpmn.builders import BUILDERS

    executed = (registry.ACTIVITIES, registry.GATEWAYS, registry.POSITIONS, registry.GLOBAL_TASKS)
    assert set(BUILDERS) == {tag for table in executed for tag in table}
    assert not set(registry.REFUSED) & (set(BUILDERS) | registry.SILENT)


WARNED = {
    "unreachable": (TASK + '<task id="x"/><task id="y"/>' + path("x", "y", "x"), "", "x", "UNREACHABLE"),
    "condition out of a parallel gateway": (
        START + gateway("parallel", "x") + user("a") + path("s", "x") + flow("x", "a", "=true"), "", "x_a", "CONDITION",
    ),
    "condition on the default flow": (
        START + gateway("exclusive", "x", "x_a") + user("a") + user("b") + path("s", "x") + flow("x", "a", "=true") + flow("x", "b", "=true"),
        "", "x_a", "CONDITION",
    ),
    "no correlation key": (around('<receiveTask id="t" messageRef="m"/>'), message("m"), "t", "NO_CORRELATION_KEY"),
    "timer on a task that never waits": (
        around('<task id="t"/>', boundary("b", "t", timer("timeDuration", "PT1S")), path("b", "e")), "", "b", "BOUNDARY",
    ),
    "foreign extension": (around(user("t", '<x:note xmlns:x="urn:notes"/>')), "", "t", "EXTENSION"),
    "nobody": (around('<userTask id="t"/>'), "", "t", "NOBODY"),
    "lane that is no group": (
        '<laneSet id="ls"><lane id="l" name="moon"><flowNodeRef>t</flowNodeRef></lane></laneSet>' + around('<userTask id="t"/>'), "", "t", "NOBODY",
    ),
    "start to nowhere": (START, "", "s", "NO_FLOW"),
}  # fmt: skip


@pytest.mark.parametrize("what", WARNED)
def test_warned(what):
    body, extra, element, code = WARNED[what]
    data = diagram(body, extra=extra)

    assert (element, code) in said(data, severity="warning")
    assert said(data) == []


def test_several_pools_are_several_definitions():
    two = diagram(TASK).replace(
        b"</definitions>", b'<process id="q" isExecutable="true"><startEvent id="qs"/></process></definitions>'
    )
    from engine.bpmn import parse, processes

    assert said(two) == []
    assert [(process.id, process.resource) for process in processes({"a": two})] == [("p", "a"), ("q", "a")]
    assert parse({"a": two}, "q").key == "q"


def test_a_process_that_is_only_drawn():
    data = diagram(TASK).replace(b'isExecutable="true"', b'isExecutable="false"')

    assert said(data) == [("p", "NOT_EXECUTABLE")]
    assert said(data, severity="warning") == [("p", "NOT_EXECUTABLE")]


def test_one_process_in_two_files():
    assert said(diagram(TASK), diagram(TASK)) == [("p", "DUPLICATE_PROCESS")]


def test_processes_that_call_each_other_in_a_ring():
    def caller(id, called):
        return diagram(
            around(f'<callActivity id="t">{ext(z("calledElement", processId=called))}</callActivity>'), id=id
        )

    assert said(caller("a", "b"), caller("b", "c"), caller("c", "a")) == [("t", "RECURSION")] * 3
    assert said(caller("a", "b"), caller("b", "c"), known=Known(processes={"c"})) == []


def test_a_called_process_must_have_a_plain_start():
    child = diagram(
        f'<startEvent id="s">{on_message("m")}</startEvent>' + END + path("s", "e"), id="c", extra=message("m")
    )
    call = around(f'<callActivity id="t">{ext(z("calledElement", processId="c"))}</callActivity>')

    assert said(diagram(call), child) == [("t", "NO_START")]


def test_entries_that_no_mapping_writes():
    due = service("t", "x", io(outputs={"deadline": "={safe_due_at: 1, legal_due_at: 2}", "other.day": "=3"}))
    reads = user("u", z("assignmentDefinition", assignee="={0}"))

    def drawn(text, known=KNOWN):
        file = diagram(START + due + reads.replace("{0}", text) + END + path("s", "t", "u", "e"))
        return said(file, known=known, severity="warning")

    assert drawn("string(deadline.safe_due_at) + other.day.month + anything.at_all") == []
    assert drawn("string(deadline.due_at)") == [("u", "UNKNOWN_MEMBER")]
    assert drawn("other.night") == [("u", "UNKNOWN_MEMBER")]
    assert drawn("deadline.due_at", replace(KNOWN, written={"deadline"})) == [], "a form may write it"
    ruled = replace(KNOWN, profile={"clocks": {"C01": {"count": 15}}, "limit": 5})
    assert drawn("profile.clocks.C01.count + profile.limit", ruled) == []
    assert drawn("profile.clocks.C02.count", ruled) == [("u", "UNKNOWN_MEMBER")]
    assert drawn("profile.clocks.C01.counted + profile.limits", ruled) == [("u", "UNKNOWN_MEMBER")] * 2
    assert drawn("profile.anything") == [], "nobody knows the profile"


def test_errors_come_first():
    severities = [f.severity for f in problems(diagram(TASK + '<task id="x"/>' + flow("t", "zz")))]

    assert severities == sorted(severities)


def test_functions_that_do_not_exist():
    data = diagram(around(script("t", '=concat([string length("a")], [add working days(today(), 3)])', "x")))

    assert said(data) == [], "nobody said what exists"
    assert said(data, known=Known(functions={"add working days"})) == [("t", "UNKNOWN_FUNCTION")]
    assert said(data, known=Known(functions=set())) == [("t", "UNKNOWN_FUNCTION")] * 2
