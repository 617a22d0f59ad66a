"""Small diagrams that several tests use."""

from __future__ import annotations

import itertools
import json

TASK = """<bpmn:userTask id="{id}" name="{name}"><bpmn:extensionElements><zeebe:userTask/>{extensions}
</bpmn:extensionElements></bpmn:userTask>"""


def user_task(id: str, name: str = "", groups: str = "clerks", form: str = "", extra: str = "") -> str:
    """A user task for candidate groups."""
    extensions = f'<zeebe:assignmentDefinition candidateGroups="{groups}"/>' if groups else ""
    extensions += f'<zeebe:formDefinition formId="{form}"/>' if form else ""
    return TASK.format(id=id, name=name or id.replace("_", " ").capitalize(), extensions=extensions + extra)


def sequence(*elements: str, process_id: str = "steps", between: str = "") -> str:
    """A process that goes through the elements in a row."""
    ids = [element.split('id="', 1)[1].split('"', 1)[0] for element in elements]
    stations = ["start", *ids, "end"]
    flows = "".join(
        f'<bpmn:sequenceFlow id="flow_{index}" sourceRef="{source}" targetRef="{target}"/>'
        for index, (source, target) in enumerate(itertools.pairwise(stations))
    )
    return (
        f'<bpmn:process id="{process_id}" name="Steps" isExecutable="true"><bpmn:startEvent id="start"/>'
        + "".join(elements)
        + '<bpmn:endEvent id="end"/>'
        + flows
        + between
        + "</bpmn:process>"
    )


def form(id: str, *components: dict[str, object]) -> str:
    """A form-js form."""
    numbered = [{"id": f"{id}_{index}", **component} for index, component in enumerate(components)]
    return json.dumps({"type": "default", "schemaVersion": 19, "id": id, "components": numbered})


def text_field(key: str, **validate: object) -> dict[str, object]:
    return {"type": "textfield", "key": key, "label": key.capitalize(), "validate": validate}
