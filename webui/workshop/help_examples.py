"""One component of each type that forms may have, for the designers' help to draw."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _


def components() -> Mapping[str, Mapping[str, Any]]:
    """Type -> an example of it, in the reader's language."""
    three = [{"label": _("At the desk"), "value": "desk"}, {"label": _("By letter"), "value": "letter"}]
    named = {"label": _("How it came"), "values": [*three, {"label": _("By telephone"), "value": "phone"}]}
    return {
        "textfield": {
            "key": "name",
            "label": _("Name"),
            "description": _("As on the identity card"),
            "validate": {"required": True, "maxLength": 60},
        },
        "textarea": {"key": "said", "label": _("What was said")},
        "number": {"key": "people", "label": _("How many people"), "validate": {"min": 1, "max": 500}},
        "checkbox": {"key": "settled", "label": _("Settled on the spot")},
        "radio": {"key": "came", **named},
        "select": {"key": "came_list", **named},
        "checklist": {"key": "ways", **named},
        "taglist": {"key": "tags", **named},
        "datetime": {"key": "heard_on", "subtype": "date", "dateLabel": _("Heard on"), "label": _("Heard on")},
        "expression": {"key": "double", "expression": "=people * 2", "computeOn": "change"},
        "group": {
            "label": _("Where it is"),
            "path": "place",
            "components": [{"type": "textfield", "id": "street", "key": "street", "label": _("Street")}],
        },
        "dynamiclist": {
            "label": _("Who came along"),
            "path": "companions",
            "defaultRepetitions": 1,
            "allowAddRemove": True,
            "components": [{"type": "textfield", "id": "companion", "key": "companion", "label": _("Name")}],
        },
        "text": {"text": _("Two and two are **{{2 + 2}}**.")},
        "separator": {},
        "spacer": {"height": 30},
        "button": {"label": _("Submit"), "action": "submit"},
    }


def form_of(type: str, component: Mapping[str, Any]) -> bytes:
    """A form of only this component."""
    whole = {"type": type, "id": f"{type}_example", **component}
    form = {"type": "default", "schemaVersion": 19, "id": f"example_{type}", "components": [whole]}
    return json.dumps(form, indent=2, ensure_ascii=False).encode()
