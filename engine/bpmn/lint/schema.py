"""The BPMN 2.0 XML schema, as SpiffWorkflow ships it."""

from __future__ import annotations

import re
import threading
from functools import cache

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnValidator

from engine.bpmn.lint.findings import Diagram

MOST_FINDINGS = 20

_NAMESPACE = re.compile(r"\{[^}]*\}")
_lock = threading.Lock()  # an lxml schema keeps the log of its last validation


def check_schema(diagram: Diagram) -> None:
    """Elements and attributes BPMN does not know, wrong order, missing ones. Ids are left to check_ids."""
    with _lock:
        schema = _schema()
        if schema.validate(diagram.root):
            return
        problems = [(entry.message, entry.path) for entry in schema.error_log]  # type: ignore[attr-defined]
    for message, path in problems[:MOST_FINDINGS]:
        if "xs:ID'" in message or "No match found for key-sequence" in message:
            continue
        said = _NAMESPACE.sub("", message).replace("{", "(").replace("}", ")")
        diagram.error(_at(diagram, path), "SCHEMA", "Expected valid BPMN 2.0 XML, but: {problem}", problem=said)


@cache
def _schema() -> etree.XMLSchema:
    return BpmnValidator().validator


def _at(diagram: Diagram, path: str | None) -> etree._Element | None:
    spaces = {prefix: uri for prefix, uri in diagram.root.nsmap.items() if prefix}
    try:
        found = diagram.root.getroottree().xpath(path or "", namespaces=spaces)
    except etree.XPathError:
        return None
    node = found[0] if isinstance(found, list) and found else None
    return node if isinstance(node, etree._Element) else None
