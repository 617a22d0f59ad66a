"""FEEL, the expression language of DMN 1.3 to 1.5: read once, compiled to closures, evaluated within limits."""

from engine.feel.builtins import BUILTINS
from engine.feel.environment import Environment, Limits
from engine.feel.errors import FeelError, FeelLimitExceeded, FeelSyntaxError
from engine.feel.expression import (
    Evaluation,
    Expression,
    UnaryTests,
    compile,
    compile_unary,
    evaluate,
    expression_text,
    unary_test,
)
from engine.feel.text import to_text
from engine.feel.values import Function, Range, YearsMonthsDuration, to_json

__all__ = [
    "BUILTINS",
    "Environment",
    "Evaluation",
    "Expression",
    "FeelError",
    "FeelLimitExceeded",
    "FeelSyntaxError",
    "Function",
    "Limits",
    "Range",
    "UnaryTests",
    "YearsMonthsDuration",
    "compile",
    "compile_unary",
    "evaluate",
    "expression_text",
    "to_json",
    "to_text",
    "unary_test",
]
