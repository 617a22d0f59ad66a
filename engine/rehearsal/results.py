"""What a worker is expected to answer: what its job type says, else what the element's output mappings read."""

from __future__ import annotations

from engine import feel
from engine.bpmn import xml
from engine.model.runtime import Job, ProcessInstance
from engine.queries import definitions
from engine.queries.context import QueryContext
from engine.workers.descriptions import DESCRIPTIONS


def results_of(context: QueryContext, job: Job) -> tuple[str, ...]:
    """Names of the variables, empty where nothing tells."""
    described = DESCRIPTIONS.get(job.type)
    if described is not None and described.results:
        return described.results
    instance = context.session.get_one(ProcessInstance, job.instance_id)
    for version in (instance.definition_id, *context.definitions.called_by(context.session, instance)):
        read = _read_by_outputs(definitions.content(context, "process", version), job.element_id)
        if read is not None:
            return tuple(sorted(read - job.variables.keys()))
    return ()


def _read_by_outputs(content: bytes, element_id: str) -> set[str] | None:
    """The variables that an element's output mappings read; None where it is not in this file."""
    found = next((node for node in xml.read(content).iter() if node.get("id") == element_id), None)
    if found is None:
        return None
    names: set[str] = set()
    for mapping in found.iterfind(f"{xml.bpmn('extensionElements')}/{xml.zeebe('ioMapping')}/{xml.zeebe('output')}"):
        source = (mapping.get("source") or "").strip()
        if source.startswith("="):
            names |= feel.compile(source[1:]).names
    return names
