"""Mapped classes in drawers; importing this module makes the metadata complete."""

from engine.model import (
    casework,
    history,
    human_tasks,
    identity,
    instance_migration,
    repository,
    requests,
    runtime,
    starts,
    workshop,
)
from engine.model.base import Base

metadata = Base.metadata

__all__ = [
    "Base",
    "casework",
    "history",
    "human_tasks",
    "identity",
    "instance_migration",
    "metadata",
    "repository",
    "requests",
    "runtime",
    "starts",
    "workshop",
]
