"""BPMN: diagrams to models, models to running instances. The only package that knows SpiffWorkflow; no database."""

from engine.bpmn.elements.catches import ConditionCatch, TimerCatch
from engine.bpmn.execution import Execution
from engine.bpmn.limits import ensure_variables
from engine.bpmn.lint import Finding, Known, check
from engine.bpmn.parser import Element, Executable, ProcessModel, parse, processes
from engine.bpmn.runtime import Binding, Runtime
from engine.bpmn.standing import ElementInstance, Token
from engine.bpmn.stuck import BpmnError, Stuck
from engine.bpmn.xml import UnreadableXml

__all__ = [
    "Binding",
    "BpmnError",
    "ConditionCatch",
    "Element",
    "ElementInstance",
    "Executable",
    "Execution",
    "Finding",
    "Known",
    "ProcessModel",
    "Runtime",
    "Stuck",
    "TimerCatch",
    "Token",
    "UnreadableXml",
    "check",
    "ensure_variables",
    "parse",
    "processes",
]
