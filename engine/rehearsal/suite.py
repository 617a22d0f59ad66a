"""All scenarios of a pack at once, and how much of its processes they pass."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from engine import checks
from engine.errors import InvalidInput, Message
from engine.packs import Pack, digest
from engine.rehearsal.outcome import Coverage, coverage, rehearse
from engine.rehearsal.scenario import read_scenario

FOLDER = "scenarios/"
MOST_KEPT = 16


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one scenario file: problems in words, none where all came as expected. `run`: whether it was run."""

    path: str
    title: str
    problems: tuple[Message, ...]
    run: bool = True

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


def scenarios_of(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: files[path] for path in sorted(files) if path.startswith(FOLDER) and path.endswith(".toml")}


def needed(pack: Pack, others: Sequence[Pack]) -> list[Pack]:
    """The packs to deploy for a rehearsal: `others` only where the pack can't do without them."""
    alone = not checks.errors(checks.check_pack(pack, checks.nothing_known())[0])
    return [pack] if alone else [*others, pack]


def run_suite(
    pack: Pack, files: Mapping[str, bytes], others: Sequence[Pack] = (), *, most_seconds: float | None = None
) -> Suite:
    """Rehearse all scenarios among these files; after `most_seconds` the rest is left and said to be."""
    began = perf_counter()
    packs = needed(pack, others)
    results, seen = [], []
    for path, content in scenarios_of(files).items():
        if most_seconds is not None and perf_counter() - began > most_seconds:
            left = Message(
                "Expected to run it, but the scenarios before it took {seconds} s", seconds=round(most_seconds)
            )
            results.append(Result(path=path, title=path.removeprefix(FOLDER), problems=(left,), run=False))
            continue
        try:
            scenario = read_scenario(content, path)
        except InvalidInput as refusal:
            results.append(Result(path=path, title=path.removeprefix(FOLDER), problems=(refusal.message,)))
            continue
        outcome = rehearse(packs, scenario)
        results.append(Result(path=path, title=scenario.title, problems=outcome.problems))
        seen.append(outcome.seen)
    passed = coverage(pack, seen) if any(seen) else ()
    return Suite(results=tuple(results), coverage=passed, seconds=perf_counter() - began)


class Suites:
    """The latest results of one process, so that looking at them again costs nothing."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Suite] = OrderedDict()

    def known(self, pack: Pack, files: Mapping[str, bytes], others: Sequence[Pack] = ()) -> Suite | None:
        """What came of exactly these files, if they were run here."""
        with self._lock:
            return self._kept.get(_key(pack, files, others))

    def run(self, pack: Pack, files: Mapping[str, bytes], others: Sequence[Pack] = ()) -> Suite:
        """What comes of these files, run unless they were."""
        found = self.known(pack, files, others) or run_suite(pack, files, others)
        with self._lock:
            self._kept[_key(pack, files, others)] = found
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found


def _key(pack: Pack, files: Mapping[str, bytes], others: Sequence[Pack]) -> str:
    scenarios = (part for path, content in scenarios_of(files).items() for part in (path.encode(), content))
    return digest(pack.sha256.encode(), *scenarios, *(other.sha256.encode() for other in others))
