"""Counts and durations of this process for Prometheus: requests, commands, jobs.

With PROMETHEUS_MULTIPROC_DIR in the environment (`lianxi serve --workers` sets it) the processes of one server write
into files of that folder, and any of them can answer for all. prometheus_client decides that when it is loaded, so it
is loaded at the first count, which is in the process that serves.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


@dataclass(frozen=True, kw_only=True)
class Instruments:
    """What is counted. Labels hold names of ours only: an endpoint, a command, a job; never what somebody sent."""

    registry: CollectorRegistry
    requests: Counter
    request_seconds: Histogram
    commands: Counter
    command_seconds: Histogram
    jobs: Counter
    job_seconds: Histogram


def count_request(endpoint: str, method: str, status: int, seconds: float) -> None:
    each = instruments()
    each.requests.labels(endpoint, method, str(status)).inc()
    each.request_seconds.labels(endpoint).observe(seconds)


def count_command(name: str, outcome: str, seconds: float) -> None:
    """`outcome`: done, refused, unavailable or failed."""
    each = instruments()
    each.commands.labels(name, outcome).inc()
    each.command_seconds.labels(name).observe(seconds)


def count_job(name: str, outcome: str, seconds: float) -> None:
    """`outcome`: done, again or failed."""
    each = instruments()
    each.jobs.labels(name, outcome).inc()
    each.job_seconds.labels(name).observe(seconds)


def exposition(process_files: str | None = None) -> bytes:
    """Everything counted, in Prometheus's text format; of all processes where they share the folder `process_files`."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    if not process_files:
        return generate_latest(instruments().registry)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=process_files)
    return generate_latest(registry)


def serve(host: str, port: int) -> None:
    """Show what this process counted at http://host:port/metrics, in a thread; for a worker, which has no pages."""
    from prometheus_client import start_http_server

    start_http_server(port, addr=host, registry=instruments().registry)


@functools.cache
def instruments() -> Instruments:
    from prometheus_client import CollectorRegistry, Counter, Histogram

    registry = CollectorRegistry()
    return Instruments(
        registry=registry,
        requests=Counter(
            "lianxi_requests", "HTTP requests answered", ["endpoint", "method", "status"], registry=registry
        ),
        request_seconds=Histogram(
            "lianxi_request_seconds", "Time to answer", ["endpoint"], buckets=SECONDS, registry=registry
        ),
        commands=Counter("lianxi_commands", "Commands carried out", ["command", "outcome"], registry=registry),
        command_seconds=Histogram(
            "lianxi_command_seconds", "Time of a command", ["command"], buckets=SECONDS, registry=registry
        ),
        jobs=Counter("lianxi_jobs_done", "Jobs of the queue called", ["job", "outcome"], registry=registry),
        job_seconds=Histogram("lianxi_job_seconds", "Time of a job", ["job"], buckets=SECONDS, registry=registry),
    )
