"""What is looked at before a diagram is deployed: whatever would not be executed as drawn is refused, by element id."""

from __future__ import annotations

from collections.abc import Mapping

from engine.bpmn.lint import calls, drawn, elements, flows, members, references, schema, texts, undoing
from engine.bpmn.lint.findings import Diagram, Finding, Known
from engine.bpmn.xml import UnreadableXml, read

__all__ = ["CHECKS", "Finding", "Known", "check"]

# Each takes a Diagram and adds what it finds; in the order in which a reader wants to know.
CHECKS = (
    schema.check_schema,
    elements.check_ids,
    elements.check_processes,
    elements.check_elements,
    texts.check_extensions,
    texts.check_texts,
    texts.check_names,
    members.check_members,
    flows.check_flows,
    flows.check_listed,
    flows.check_starts_and_ends,
    flows.check_reachable,
    undoing.check_links,
    undoing.check_compensation,
    undoing.check_cancellation,
    references.check_references,
    drawn.check_message_flows,
    drawn.check_data,
)


def check(resources: Mapping[str, bytes], known: Known) -> list[Finding]:
    """Findings about BPMN files, errors first. A diagram with an error must not be deployed.

    `known` is what exists outside the given resources. A file that cannot be read as XML has that one finding.
    """
    findings: list[Finding] = []
    diagrams: list[Diagram] = []
    for name, data in resources.items():
        try:
            diagrams.append(Diagram(name, read(data), known, findings))
        except UnreadableXml as error:
            findings.append(
                Finding(severity="error", resource=name, element_id=None, code="XML_REFUSED", message=str(error))
            )
    for diagram in diagrams:
        diagram.given = diagrams
        for looked_at in CHECKS:
            looked_at(diagram)
    calls.check_recursion(diagrams)
    return sorted(findings, key=lambda finding: finding.severity != "error")
