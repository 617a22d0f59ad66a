"""Print the figures, one JSON line each: `python -m bench.run [PREFIX]`, such as `completion` (`make bench ONLY=…`).

Those of a million tasks take a quarter of an hour to prepare and are measured only when they are asked for:
`make bench ONLY=inbox.1m`.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

from bench import ceiling, cycle, flow, inbox, language, large, memory, statements, throughput, timers
from bench.office import DATABASES

Results = dict[str, tuple[float, int]]


@dataclass(frozen=True)
class Figure:
    """A number worth watching: its unit, what measures it, and on which databases. NO_DATABASE measures it once."""

    unit: str
    measure: Callable[[str], Results]
    databases: tuple[str, ...] = DATABASES


NO_DATABASE = ("none",)

FIGURES = {
    "start.cpu_ms": Figure("ms", flow.measure),
    "completion.cpu_ms": Figure("ms", flow.measure),
    "completion.wall_ms": Figure("ms", flow.measure),
    "completion.sql_statements": Figure("statements", statements.measure),
    "completion.commits": Figure("commits", statements.measure),
    "instance.bytes": Figure("bytes", flow.measure),
    "instance.bytes_beyond_payload": Figure("bytes", flow.measure),
    "inbox.10k.ms": Figure("ms", inbox.measure),
    **{
        f"{kind}.{size}": Figure("times" if size.endswith("growth") else "ms", measure, databases)
        for kind in ("inbox", "search", "case")
        for size, measure, databases in (
            ("10k.p95_ms", large.measure_small, DATABASES),
            ("200k.p95_ms", large.measure, ("sqlite",)),
            ("200k.growth", large.measure, ("sqlite",)),
            ("1m.p95_ms", large.measure, ("postgresql",)),
            ("1m.growth", large.measure, ("postgresql",)),
        )
    },
    **{f"throughput.completions_per_s.{clients}": Figure("1/s", throughput.measure) for clients in throughput.CLIENTS},
    "throughput.completions_per_s": Figure("1/s", throughput.measure),
    "throughput.ceiling_commits_per_s": Figure("1/s", ceiling.measure),
    "memory.server_mb": Figure("MB", memory.measure),
    "memory.supervisor_mb": Figure("MB", memory.measure),
    "memory.worker_mb": Figure("MB", memory.measure, ("postgresql",)),
    "instance.state_bytes": Figure("bytes", cycle.measure_state, NO_DATABASE),
    **{f"engine.cycle_ms.{done}": Figure("ms", cycle.measure, NO_DATABASE) for done in cycle.MARKS},
    "timers.fired_per_s": Figure("per s", timers.measure),
    "timers.page_p95_ms": Figure("ms", timers.measure),
    "feel.simple_us": Figure("us", language.measure, NO_DATABASE),
    "feel.compound_us": Figure("us", language.measure, NO_DATABASE),
    "dmn.table10_us": Figure("us", language.measure, NO_DATABASE),
    "dmn.table1000_us": Figure("us", language.measure, NO_DATABASE),
}


def main(only: str) -> None:
    chosen = {
        name: figure
        for name, figure in FIGURES.items()
        if name.startswith(only) and (only or figure.measure is not large.measure)
    }
    if not chosen:
        sys.exit(f"Expected the beginning of a figure's name, but none begins with {only}: {', '.join(FIGURES)}")
    for database in (*DATABASES, *NO_DATABASE):
        for name, figure in chosen.items():
            if database in figure.databases:
                value, n = measured(figure.measure, database)[name]
                line = {"name": name, "value": round(value, 3), "unit": figure.unit, "database": database, "n": n}
                print(json.dumps(line), flush=True)


@functools.cache
def measured(measure: Callable[[str], Results], database: str) -> Results:
    """One run gives several figures; it is made once."""
    return measure(database)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
