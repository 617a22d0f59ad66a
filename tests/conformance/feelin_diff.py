"""Compare our FEEL with that of bpmn.io, feelin, text by text: `python -m tests.conformance.feelin_diff`.

Needs node and the npm package feelin, in webui/assets/node_modules or in the folder LIANXI_FEELIN names.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import feel
from tests.conformance.feelin_expressions import CONTEXT, expressions
from tests.conformance.feelin_known import known

ROOT = Path(__file__).parents[2]
ENTRY = Path("feelin", "dist", "index.js")
SCRIPT = """
import { readFileSync } from "node:fs";
const { entry, context, texts } = JSON.parse(readFileSync(0, "utf8"));
const { evaluate } = await import(entry);
function plain(value) {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "function" || value.constructor?.name === "FeelFunction") return "a function";
  if (typeof value !== "object") return value;
  if (value.constructor?.name?.startsWith("Feel")) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}
function answer(text) {
  try {
    return { value: plain(evaluate(text, context).value) };
  } catch (error) {
    return { error: String(error) };
  }
}
console.log(JSON.stringify(texts.map(answer)));
"""
UNREADABLE = "not an expression"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """An expression that the two evaluate differently; `known` says why, with the section of the specification."""

    text: str
    ours: Any
    theirs: Any
    known: str | None


def main() -> None:
    package = find_feelin()
    if isinstance(package, str):
        sys.exit(package)
    texts = list(expressions())
    found = differences(texts, package)
    for difference in found:
        print(f"{difference.text}: {difference.ours!r}, feelin {difference.theirs!r} ({difference.known or 'UNKNOWN'})")
    unknown = sum(difference.known is None for difference in found)
    print(f"{len(texts) - len(found)} agree, {len(found) - unknown} known differences, {unknown} unknown")


def find_feelin() -> Path | str:
    """Where feelin is, or the sentence that says what is missing."""
    if shutil.which("node") is None:
        return "Expected node to compare with feelin, but there is none"
    folders = [os.environ.get("LIANXI_FEELIN"), ROOT / "webui" / "assets" / "node_modules"]
    for folder in filter(None, folders):
        if (Path(folder) / ENTRY).is_file():
            return Path(folder).resolve() / ENTRY
    return "Expected feelin in webui/assets/node_modules or LIANXI_FEELIN, but there is none"


def differences(texts: Iterable[str], package: Path) -> list[Difference]:
    """What the two evaluate differently."""
    texts = list(texts)
    return [
        Difference(text=text, ours=mine, theirs=theirs, known=known(text, mine, theirs))
        for text, mine, theirs in zip(texts, map(ours, texts), of_feelin(texts, package), strict=True)
        if mine != theirs
    ]


def ours(text: str) -> Any:
    """Our value in JSON; a function as those words, for functions have no text in common."""
    try:
        value = feel.evaluate(text, CONTEXT)
    except feel.FeelSyntaxError:
        return UNREADABLE
    return "a function" if isinstance(value, feel.Function) else comparable(feel.to_json(value))


def of_feelin(texts: list[str], package: Path) -> list[Any]:
    """The values of feelin, all from one run of node."""
    given = json.dumps({"entry": package.as_uri(), "context": CONTEXT, "texts": texts})
    node = subprocess.run(
        ["node", "--input-type=module", "--eval", SCRIPT],
        input=given,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers = json.loads(node.stdout)
    return [UNREADABLE if "error" in answer else comparable(answer["value"]) for answer in answers]


def comparable(value: Any) -> Any:
    """Numbers to twelve digits, for those of JavaScript are binary."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return [comparable(part) for part in value]
    if isinstance(value, dict):
        return {key: comparable(part) for key, part in value.items()}
    return float(f"{value:.12g}") + 0.0


if __name__ == "__main__":
    main()
