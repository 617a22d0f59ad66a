"""What is found in the tables of a model before anybody asks them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.dmn.model import Model


@dataclass(frozen=True, kw_only=True)
class Findings:
    errors: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)


def check_tables(model: Model) -> Findings:
    return Findings()
