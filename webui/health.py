"""For machines that watch: is the process there, can it work, and in numbers how it goes."""

from __future__ import annotations

import hmac
import ipaddress
import os
import threading
import time
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from engine import metrics
from engine.config import Settings
from engine.errors import Rejection
from engine.executor import Engine
from engine.queries.gauges import Gauges, gauges
from engine.readiness import Readiness, disk

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")  # what proxies on this machine add
KEPT_SECONDS = 5.0  # a scrape of every process of ours costs the database one look
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
# gauge -> what it says
NUMBERS = {
    "open_tasks": "Open human tasks",
    "overdue_tasks": "Open human tasks whose due date has passed",
    "running_instances": "Process instances that run",
    "open_incidents": "Incidents nobody has resolved",
    "open_timers": "Timers that wait",
    "timer_lag_seconds": "How late the oldest due timer is that no job was made of",
    "oldest_job_seconds": "How long the oldest job of the queue has been ready to be done",
    "forgotten_work": "Timers and jobs ever found waiting without a job of the queue, and given one",
    "heartbeat_age_seconds": "Since any worker gave a sign of life",
}

blueprint = Blueprint("health", __name__)


def init_health(app: Flask, engine: Engine, settings: Settings) -> None:
    """Serve /healthz, /readyz and /metrics."""
    app.extensions["lianxi_readiness"] = Readiness(engine, settings.data_folder)
    app.extensions["lianxi_gauges"] = Kept(engine)
    app.extensions["lianxi_draining"] = threading.Event()
    app.extensions["lianxi_metrics"] = (settings.metrics_token, settings.data_folder)
    app.register_blueprint(blueprint)


def start_draining(app: Flask) -> None:
    """From now on /readyz says no; everything else is answered as before."""
    app.extensions["lianxi_draining"].set()


@blueprint.get("/healthz")
def live() -> Response:
    """The process answers. Nothing else is looked at: a database that is away is no reason to start us again."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Every check with what was found; 503 if one fails, or while we are stopping.

    `?except=worker,disk` leaves checks out of the verdict, for a proxy that should go on sending people here then.
    """
    left_out = set(request.args.get("except", "").split(","))
    checks = current_app.extensions["lianxi_readiness"].checks()
    draining = current_app.extensions["lianxi_draining"].is_set()
    failing = [check.name for check in checks if not check.good and check.name not in left_out]
    good = not failing and not draining
    body = {
        "status": "ready" if good else "draining" if draining else "not ready",
        "failing": failing,
        "checks": {check.name: {"ok": check.good, "found": check.told} for check in checks},
    }
    return jsonify(body), 200 if good else 503


@blueprint.get("/metrics")
def scrape() -> Response:
    """Prometheus's text. For callers on this machine that come without a proxy, and for those who have the token."""
    token, folder = current_app.extensions["lianxi_metrics"]
    if not _may_read(token):
        return Response("Expected a caller on this machine, or the bearer token of LIANXI_METRICS_TOKEN\n", 403)
    counted = metrics.exposition(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
    free = disk(folder)
    try:
        numbers = current_app.extensions["lianxi_gauges"].read()
    except Rejection:
        numbers = None  # what this process counted is told all the same
    return Response(counted + _gauges_text(numbers, free.good).encode(), content_type=TEXT_FORMAT)


class Kept:
    """The numbers of the database, looked up again when they are some seconds old."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._numbers: Gauges | None = None
        self._read_at = 0.0

    def read(self) -> Gauges:
        with self._lock:
            if self._numbers is None or time.monotonic() - self._read_at > KEPT_SECONDS:
                self._numbers = self._engine.ask(gauges)
                self._read_at = time.monotonic()
            return self._numbers


def _may_read(token: str) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _gauges_text(numbers: Gauges | None, room_on_disk: bool) -> str:
    lines: list[str] = []
    _gauge(lines, "database_up", "Whether the database answered", {"": int(numbers is not None)})
    _gauge(lines, "disk_ok", "Whether more than a tenth of the data folder's disk is free", {"": int(room_on_disk)})
    if numbers is None:
        return "".join(lines)
    for name, help_text in NUMBERS.items():
        value = getattr(numbers, name.removesuffix("_seconds"))
        if value is not None:
            _gauge(lines, name, help_text, {"": value})
    _gauge(lines, "service_jobs", "Service tasks that wait or failed", _labelled("status", numbers.jobs))
    _gauge(lines, "queue_jobs", "Jobs of the queue", _labelled("status", numbers.queue))
    upkeep = {name: moment.timestamp() for name, moment in numbers.upkeep.items()}
    _gauge(lines, "upkeep_timestamp_seconds", "When it was last done", _labelled("name", upkeep))
    return "".join(lines)


def _labelled(label: str, values: Any) -> dict[str, Any]:
    return {f'{{{label}="{key}"}}': value for key, value in values.items()}


def _gauge(lines: list[str], name: str, help_text: str, values: dict[str, Any]) -> None:
    if values:
        lines.append(f"# HELP lianxi_{name} {help_text}.\n# TYPE lianxi_{name} gauge\n")
        lines.extend(f"lianxi_{name}{labels} {value}\n" for labels, value in values.items())
