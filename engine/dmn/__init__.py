"""Decisions: DMN 1.2 to 1.5 models with FEEL, parsed and compiled once, evaluated as often as needed.

model = parse(xml)
model.check()                                   # [(element id, sentence), …]; empty when all is well
model.evaluate("route", {"people": 57}).value   # FEEL values; `matched` tells which rules gave them
"""

from engine.dmn.model import Decision, Model
from engine.dmn.parser import parse
from engine.dmn.results import DecisionResult, DmnError, MatchedRule

__all__ = ["Decision", "DecisionResult", "DmnError", "MatchedRule", "Model", "parse"]
