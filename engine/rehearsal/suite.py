"""All scenarios of a pack at once, how much of its processes they pass, and what would change were the rules others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

from engine import checks
from engine.calendar import LocalDay
from engine.errors import InvalidInput, Message
from engine.packs import Pack
from engine.rehearsal.expectations import Compared, expected_of
from engine.rehearsal.outcome import Coverage, coverage, rehearse
from engine.rehearsal.scenario import Scenario, read_scenario

FOLDER = "scenarios/"
MOST_SECONDS = 240.0  # for all scenarios; the rest is left and said to be
MOST_SECONDS_EACH = 30.0


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What if: other values in the profile, by path such as "reply.days", and days off or working."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    local_days: tuple[LocalDay, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one scenario file: problems in words, none where all came as expected. `run`: whether it was run.

    compared: what was expected beside what came. ends: how it ended, as a scenario would expect it.
    """

    path: str
    title: str
    problems: tuple[Message, ...]
    run: bool = True
    compared: tuple[Compared, ...] = ()
    ends: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.problems


@dataclass(frozen=True, kw_only=True)
class Suite:
    """The results of a pack's scenarios; `seconds` is how long they took."""

    results: tuple[Result, ...]
    coverage: tuple[Coverage, ...]
    seconds: float

    @property
    def failed(self) -> tuple[Result, ...]:
        return tuple(result for result in self.results if not result.passed)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What comes otherwise at the end of a scenario. `name`: of the clock, decision, fact; empty for a whole part."""

    part: str
    name: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A scenario that ends differently; `problems`: what goes wrong in it now that did not before."""

    path: str
    title: str
    changes: tuple[Change, ...]
    problems: tuple[Message, ...]


def scenarios_of(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: files[path] for path in sorted(files) if path.startswith(FOLDER) and path.endswith(".toml")}


def needed(pack: Pack, others: Sequence[Pack]) -> list[Pack]:
    """The packs to deploy for a rehearsal: `others` only where the pack can't do without them."""
    alone = not checks.errors(checks.check_pack(pack, checks.nothing_known())[0])
    return [pack] if alone else [*others, pack]


def run_suite(
    pack: Pack,
    files: Mapping[str, bytes],
    others: Sequence[Pack] = (),
    *,
    tried: Tried | None = None,
    most_seconds: float = MOST_SECONDS,
    came: Callable[[Result], None] = lambda _: None,
) -> Suite:
    """Rehearse all scenarios among these files; after `most_seconds` the rest is left and said to be.

    came: told each result at once. With `tried` the rules are others, and nothing is expected.
    """
    began = perf_counter()
    packs = needed(pack, others)
    results: list[Result] = []
    seen: list[Mapping[str, frozenset[str]]] = []
    for path, content in scenarios_of(files).items():
        left = most_seconds - (perf_counter() - began)
        result, passed = _left(path, most_seconds) if left <= 0 else _run(packs, path, content, tried, left)
        results.append(result)
        seen.append(passed)
        came(result)
    covered = coverage(pack, seen) if any(seen) else ()
    return Suite(results=tuple(results), coverage=covered, seconds=perf_counter() - began)


def changed(usual: Suite, tried: Suite) -> tuple[Changed, ...]:
    """The scenarios that end differently when something else is tried, and how."""
    before = {result.path: result for result in usual.results}
    found = []
    for result in tried.results:
        was = before.get(result.path)
        if was is None:
            continue
        changes = tuple(_changes(was.ends, result.ends))
        expected = {each.problem for each in was.compared}
        problems = tuple(one for one in result.problems if one not in was.problems and one not in expected)
        if changes or problems:
            found.append(Changed(path=result.path, title=result.title, changes=changes, problems=problems))
    return tuple(found)


def _run(
    packs: Sequence[Pack], path: str, content: bytes, tried: Tried | None, left: float
) -> tuple[Result, Mapping[str, frozenset[str]]]:
    try:
        scenario = read_scenario(content, path)
    except InvalidInput as refusal:
        return Result(path=path, title=path.removeprefix(FOLDER), problems=(refusal.message,)), {}
    if tried is not None:
        scenario = _otherwise(scenario, tried)
    outcome = rehearse(packs, scenario, most_seconds=min(left, MOST_SECONDS_EACH))
    result = Result(
        path=path,
        title=scenario.title,
        problems=outcome.problems,
        compared=outcome.compared,
        ends=expected_of(outcome.view) if outcome.view else {},
    )
    return result, outcome.seen


def _left(path: str, seconds: float) -> tuple[Result, Mapping[str, frozenset[str]]]:
    why = Message("Expected to run it, but the scenarios before it took {seconds} s", seconds=round(seconds))
    return Result(path=path, title=path.removeprefix(FOLDER), problems=(why,), run=False), {}


def _otherwise(scenario: Scenario, tried: Tried) -> Scenario:
    setup = replace(
        scenario.setup,
        changes={**scenario.setup.changes, **tried.changes},
        local_days=(*scenario.setup.local_days, *tried.local_days),
    )
    steps = tuple(replace(step, expect={}) for step in scenario.steps)
    return replace(scenario, setup=setup, steps=steps, expect={"incidents": scenario.expect.get("incidents", [])})


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    found = []
    for part in dict.fromkeys((*before, *after)):
        was, is_now = before.get(part), after.get(part)
        if was == is_now:
            continue
        if isinstance(was or {}, Mapping) and isinstance(is_now or {}, Mapping):
            was, is_now = was or {}, is_now or {}
            names = [name for name in dict.fromkeys((*was, *is_now)) if was.get(name) != is_now.get(name)]
            found += [Change(part=part, name=name, before=was.get(name), after=is_now.get(name)) for name in names]
        else:
            found.append(Change(part=part, name="", before=was, after=is_now))
    return found
