"""Forms: form-js documents checked, drawn, read from a browser and validated.

    form = parse_form(data)                                    # at deployment check_form(data) found nothing
    typed = decode(form, request.form)
    answers = validate(form, typed, context=variables, env=env)  # or InvalidInput, and then
    page = view(form, typed, context=variables, env=env, errors=refusal.errors)

A form writes its own fields and nothing else: `keys(form)`.
"""

from engine.forms.checks import check_form
from engine.forms.decoding import decode
from engine.forms.drawing import view
from engine.forms.facts import Fact, facts, masked
from engine.forms.messages import MESSAGES
from engine.forms.model import Component, Form, FormError, keys
from engine.forms.reading import parse_form, read_json
from engine.forms.validation import validate
from engine.forms.views import ErrorView, FieldView, FormView, OptionView, RowView

__all__ = [
    "MESSAGES",
    "Component",
    "ErrorView",
    "Fact",
    "FieldView",
    "Form",
    "FormError",
    "FormView",
    "OptionView",
    "RowView",
    "check_form",
    "decode",
    "facts",
    "keys",
    "masked",
    "parse_form",
    "read_json",
    "validate",
    "view",
]
