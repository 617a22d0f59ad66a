"""Decisions: DMN 1.2 to 1.5 models with FEEL, parsed and compiled once, evaluated as often as needed.

model = parse(xml, imports=[other files])       # `imports`: among them are the models that this one imports
model.check(), model.warnings()                 # [(element id, sentence), …]; empty when all is well
result = model.evaluate("route", {"people": 57})  # a decision, a decision service or business knowledge, by its id
result.value, result.matched, result.reasons    # FEEL values, the rules that gave them, why something is null
trace(result)                                   # all of it as JSON, with the decisions it rests on
"""

from engine.dmn.model import Decision, DecisionService, Model
from engine.dmn.parser import parse
from engine.dmn.results import DecisionResult, DmnError, MatchedRule
from engine.dmn.trace import trace

__all__ = ["Decision", "DecisionResult", "DecisionService", "DmnError", "MatchedRule", "Model", "parse", "trace"]
