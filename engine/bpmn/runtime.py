"""What the surroundings lend to a running instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine import feel
from engine.errors import NotFound

if TYPE_CHECKING:
    from engine.bpmn.parser import ProcessModel


@dataclass(frozen=True, kw_only=True)
class Binding:
    """Which version an element means. `type`: latest, deployment (that of its own process), or versionTag (`tag`)."""

    type: str = "latest"
    tag: str | None = None


LATEST = Binding()


def _no_decisions(decision_id: str, variables: Mapping[str, Any], *_: Any) -> Any:
    raise NotFound("Expected decision {id} to exist, but it does not", id=decision_id)


def _nothing_called(process_id: str, binding: Binding, caller: int | None) -> ProcessModel | None:
    return None


def _no_versions(definition_id: int) -> ProcessModel:
    raise NotFound("Expected to find version {id} of a process, but there is none", id=definition_id)


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Handed to an Execution for one command.

    env: what FEEL may know, above all the time; its zone is that of dates without one.
    constants: names every expression can read and nothing can write (case, profile; task while one is completed).
    decide: (decision id, variables) -> object with value, matched, inputs. Where the one deployed with the process is
      meant, the id of the process's version comes third.
    called: (process id, binding, id of the caller's version) -> the process to call, or None.
    version: id of a process's version -> that process; the running calls of a stored instance ask for theirs.
    inline: job types done within the command; they take the variables and "headers" and return results,
      or raise BpmnError, or a Rejection, which becomes an incident.
    step_limit: elements entered in one command before the process counts as endless.
    """

    env: feel.Environment = field(default_factory=feel.Environment)
    constants: Mapping[str, Any] = field(default_factory=dict)
    decide: Callable[..., Any] = _no_decisions
    called: Callable[[str, Binding, int | None], ProcessModel | None] = _nothing_called
    version: Callable[[int], ProcessModel] = _no_versions
    inline: Mapping[str, Callable[[dict[str, Any]], Mapping[str, Any] | None]] = field(default_factory=dict)
    step_limit: int = 50_000
