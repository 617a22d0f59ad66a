"""How the designers' help calls what the registries list. What a registry gains needs its words here: a test asks."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

Words = Mapping[str, LazyString]

FAMILIES: Words = {
    "activities": _("Activities"),
    "gateways": _("Gateways"),
    "markers": _("Repetition"),
    "global": _("Tasks that call activities call"),
}

# tag -> its symbol in the font of the diagrams, and its name in menus
ELEMENTS: Mapping[str, tuple[str, LazyString]] = {
    "task": ("task-none", _("Task")),
    "manualTask": ("manual-task", _("Manual task")),
    "userTask": ("user-task", _("User task")),
    "serviceTask": ("service-task", _("Service task")),
    "sendTask": ("send-task", _("Send task")),
    "receiveTask": ("receive-task", _("Receive task")),
    "scriptTask": ("script-task", _("Script task")),
    "businessRuleTask": ("business-rule-task", _("Business rule task")),
    "subProcess": ("subprocess-expanded", _("Sub-process")),
    "transaction": ("transaction", _("Transaction")),
    "adHocSubProcess": ("ad-hoc-subprocess", _("Ad-hoc sub-process")),
    "callActivity": ("call-activity", _("Call activity")),
    "exclusiveGateway": ("gateway-xor", _("Exclusive gateway")),
    "parallelGateway": ("gateway-parallel", _("Parallel gateway")),
    "inclusiveGateway": ("gateway-or", _("Inclusive gateway")),
    "eventBasedGateway": ("gateway-eventbased", _("Event-based gateway")),
    "multiInstanceLoopCharacteristics": ("parallel-mi-marker", _("Multi-instance")),
    "standardLoopCharacteristics": ("loop-marker", _("Loop")),
    "globalTask": ("task-none", _("Global task")),
    "globalManualTask": ("manual-task", _("Global manual task")),
    "globalUserTask": ("user-task", _("Global user task")),
    "globalScriptTask": ("script-task", _("Global script task")),
    "globalBusinessRuleTask": ("business-rule-task", _("Global business rule task")),
}

# event -> its symbol, its name, what it does here
EVENTS: Mapping[str, tuple[str, LazyString, LazyString]] = {
    "none": ("start-event-none", _("Plain"), _("Begins, marks or ends; it waits for nothing.")),
    "message": (
        "intermediate-event-catch-message",
        _("Message"),
        _("Waits for a message of this name with this correlation key, or sends one. One waiting element gets it."),
    ),
    "timer": (
        "intermediate-event-catch-timer",
        _("Timer"),
        _("Waits until a date, for a duration, or fires in a cycle: all are FEEL or ISO texts such as P3D or R3/PT1H."),
    ),
    "signal": ("intermediate-event-catch-signal", _("Signal"), _("Reaches everybody who waits for it at that moment.")),
    "error": (
        "intermediate-event-catch-error",
        _("Error"),
        _("A business error with a code. The nearest place around it catches it; where nobody does it is an incident."),
    ),
    "escalation": (
        "intermediate-event-catch-escalation",
        _("Escalation"),
        _("Tells the surroundings something; it may interrupt them or not, and is no trouble if nobody listens."),
    ),
    "conditional": (
        "intermediate-event-catch-condition",
        _("Condition"),
        _("Happens when a FEEL condition over the variables becomes true."),
    ),
    "compensate": (
        "intermediate-event-throw-compensation",
        _("Compensation"),
        _("Undoes completed activities, the latest first."),
    ),
    "link": ("intermediate-event-throw-link", _("Link"), _("Leads to the place of the same name in the same diagram.")),
    "cancel": ("end-event-cancel", _("Cancel"), _("Cancels the transaction around it: what was completed is undone.")),
    "terminate": ("end-event-terminate", _("Terminate"), _("Ends everything in its process or sub-process at once.")),
    "multiple": (
        "intermediate-event-catch-multiple",
        _("Multiple"),
        _("Several events in one: any of them is enough where it waits, all are sent where it throws."),
    ),
}

# (tag, position) of an event
POSITIONS: Mapping[tuple[str, str], LazyString] = {
    ("startEvent", "process"): _("start of a process"),
    ("startEvent", "subProcess"): _("start of a sub-process"),
    ("startEvent", "eventSubProcess"): _("start of an event sub-process, interrupting"),
    ("startEvent", "eventSubProcessBeside"): _("start of an event sub-process, non-interrupting"),
    ("intermediateCatchEvent", "anywhere"): _("waiting, in the flow"),
    ("intermediateThrowEvent", "anywhere"): _("passing, in the flow"),
    ("boundaryEvent", "interrupting"): _("at a step, interrupting it"),
    ("boundaryEvent", "nonInterrupting"): _("at a step, beside it"),
    ("endEvent", "anywhere"): _("end"),
}

# extension element -> what it says
SETTINGS: Words = {
    "userTask": _("The task is one of the inbox; the modeler writes it by itself."),
    "formDefinition": _("The form of the task or of the start, by its id."),
    "assignmentDefinition": _(
        "Who does it: a person, groups or people who may claim it. Without groups those of the lane."
    ),
    "taskSchedule": _("Until when it is due, and when to come back to it: dates as FEEL."),
    "priorityDefinition": _("Its place in the inbox, 0 to 100; 50 where nothing is said."),
    "taskDefinition": _("The type of its job, and how often it is tried."),
    "taskHeaders": _("Fixed words for the worker."),
    "script": _("The FEEL text of the script and the variable for its result."),
    "calledDecision": _("The decision by its id, and the variable for its answer."),
    "calledElement": _("The process that is called, which version, and which variables go in and come out."),
    "ioMapping": _("Inputs make variables of the element alone; outputs hand its results on under the names you give."),
    "loopCharacteristics": _("The list it is done for, the name of one item, and the list of the results."),
    "subscription": _("The correlation key: what tells whose message it is."),
    "adHoc": _("The list of the activities to begin."),
    "properties": _(
        "legalBasis, outcomes (the field with the outcomes) and excludedUsers (four eyes); others are kept."
    ),
    "versionTag": _("A name for this version, for calls that mean it."),
}
LIMITS: Words = {
    "elements": _("elements in a file"),
    "file": _("bytes of a file"),
    "variable": _("bytes of one variable"),
    "variables": _("bytes of all variables of a process under way"),
    "iterations": _("iterations of a multi-instance activity"),
    "calls": _("called processes within each other"),
    "tokens": _("tokens that an activity waits for or sends"),
    "steps": _("steps of one FEEL evaluation"),
    "milliseconds": _("milliseconds of one FEEL evaluation"),
}

# type of a form's component -> its name in the form editor, and what it is for
FIELDS: Mapping[str, tuple[LazyString, LazyString]] = {
    "textfield": (
        _("Text field"),
        _("A line of text. Required, shortest and longest, a pattern, e-mail or phone can be checked."),
    ),
    "textarea": (_("Text area"), _("A text of several lines.")),
    "number": (_("Number"), _("A number with least, greatest, decimal digits and step; kept as a number or as text.")),
    "checkbox": (_("Checkbox"), _("Yes or no: true or false.")),
    "radio": (_("Radio group"), _("One of a few choices. Choices may come from a variable or a FEEL text.")),
    "select": (_("Select"), _("One of many choices, as a list to open.")),
    "checklist": (_("Checkbox group"), _("Several of a few choices: a list.")),
    "taglist": (_("Tag list"), _("Several of many choices: a list.")),
    "datetime": (_("Date time"), _("A day, a time, or both; the past can be refused.")),
    "expression": (
        _("Expression"),
        _("Computed by FEEL from the other answers and kept; nobody types it, and what is sent is ignored."),
    ),
    "group": (_("Group"), _("Fields under a heading. With a path their answers become one context.")),
    "dynamiclist": (_("Dynamic list"), _("Rows that staff add and remove: a list of contexts.")),
    "text": (_("Text view"), _("Words for the reader, with **bold**, lists, links and {{FEEL}} values.")),
    "separator": (_("Separator"), _("A line between parts.")),
    "spacer": (_("Spacer"), _("Nothing but room; it is read and not drawn.")),
    "button": (_("Button"), _("Kept for the modeler; pages bring their own buttons.")),
}

HIT_POLICIES: Words = {
    "UNIQUE": _("At most one rule may match; two are an error that the check finds."),
    "FIRST": _("The first rule that matches, from the top."),
    "ANY": _("Several may match if they answer the same."),
    "PRIORITY": _("Of those that match the one whose answer stands first in the list of output values."),
    "OUTPUT ORDER": _("All answers, in the order of the list of output values."),
    "RULE ORDER": _("All answers, in the order of the rules."),
    "COLLECT": _("All answers as a list; with an aggregation one number."),
}
AGGREGATIONS: Words = {
    "SUM": _("the sum of the answers"),
    "MIN": _("the least answer"),
    "MAX": _("the greatest answer"),
    "COUNT": _("how many answers there are"),
}

UNITS: Words = {"calendar_day": _("calendar days"), "working_day": _("working days")}
LIGHTS: Words = {
    "green": _("in time"),
    "blue": _("half of the time is over"),
    "amber": _("three working days are left"),
    "orange": _("one working day is left"),
    "yellow": _("past the safe day, within the law"),
    "red": _("past the legal day"),
}

VERBS: Words = {
    "open": _("Somebody registers a matter of this type and answers its form."),
    "start": _("Somebody starts this process with these variables."),
    "task": _("Somebody hands in the open task of this element with these answers."),
    "claim": _("Somebody takes the task and leaves it open."),
    "release": _("Somebody gives it back."),
    "job": _("The worker of this element answers."),
    "fail": _("The worker of this element fails."),
    "error": _("The worker of this element reports a business error."),
    "message": _("Another system sends this message."),
    "signal": _("Somebody broadcasts this signal."),
    "extend": _("Days are added to the running clock of this name."),
    "pause": _("The clock of this name stands still."),
    "resume": _("The clock of this name goes on."),
    "retry": _("An operator tries the stuck element again."),
    "wait": _('Time passes: a duration such as P3D, a date, or "next" for the next date that counts.'),
}
EXPECTATIONS: Words = {
    "path": _("the elements that were completed, in order"),
    "tasks": _("the elements whose forms wait"),
    "variables": _("the values of these variables"),
    "clocks": _("by name: light, legal_due, safe_due, state"),
    "decisions": _("by decision: the numbers of the rules that matched"),
    "case": _("how the matter is described: title, status, outcome …"),
    "ended": _("whether everything has ended"),
    "incidents": _("the elements that are stuck"),
}

# What the examples of operators are evaluated over.
VARIABLES = '{"people": 7, "units": ["roads", "water"], "heard_on": "2026-03-02", "place": {"town": "Linzhou"}}'
# a FEEL text over VARIABLES, and what it shows
OPERATORS: tuple[tuple[str, LazyString], ...] = (
    ("people * 2 + 1", _("Numbers are computed with 34 digits, without rounding errors of cents.")),
    ("people >= 5 and people < 10", _("Conditions are joined by and, or; = compares, not ==.")),
    ("people in [5..10]", _("A range with its ends; ( and ) leave an end out.")),
    ('if people > 5 then "many" else "few"', _("A choice always has its else.")),
    ("place.town", _("A part of a context.")),
    ("units[1]", _("Lists are counted from 1.")),
    ('units[item != "roads"]', _("Those of a list for which something holds.")),
    ("count(units)", _("A function is called by its name; names may have spaces.")),
    ('some unit in units satisfies unit = "water"', _("Whether it holds for one; every asks for all.")),
    ("for unit in units return upper case(unit)", _("A list made of a list.")),
    ('date(heard_on) + duration("P15D")', _("Dates and durations are added; P15D is fifteen days, P1M a month.")),
    ("{town: place.town, many: people > 5}", _("A context of one's own.")),
    ("missing = null", _("What is not there is null and no error; what is computed from it is null too.")),
    ('"Case of " + place.town', _("Texts are put together with +, other values with string().")),
)
