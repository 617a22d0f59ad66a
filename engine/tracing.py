"""Spans of requests, commands and jobs for OpenTelemetry, where the extra `telemetry` is installed and configured."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from engine.logs import get_logger

logger = get_logger("lianxi.traces")
_tracers: list[Any] = []  # one while spans are wanted, else none


def configure(traces_url: str) -> bool:
    """Send spans to this OTLP/HTTP address, and say whether that can be done. Without an address nothing happens."""
    if not traces_url:
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        logger.warning("no spans are sent: the extra `telemetry` is not installed", setting="LIANXI_TRACES_URL")
        return False
    use(BatchSpanProcessor(OTLPSpanExporter(endpoint=traces_url)))
    return True


def use(processor: Any) -> None:
    """Hand every span to an OpenTelemetry span processor. It is given a provider of ours, not the global one."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(resource=Resource.create({"service.name": "lianxi"}))
    provider.add_span_processor(processor)
    _tracers[:] = [provider.get_tracer("lianxi")]


def stop() -> None:
    """Send no more spans."""
    _tracers.clear()


def span(name: str, **attributes: Any) -> AbstractContextManager[Any]:
    """A span around a block; nothing where none are wanted. Attributes are names and ids of ours, as in the log."""
    if not _tracers:
        return nullcontext()
    given = {f"lianxi.{key}": value for key, value in attributes.items() if value is not None}
    # Words of an exception may be somebody's data; how it ended is told by `finish`.
    options = {"record_exception": False, "set_status_on_exception": False}
    return _tracers[0].start_as_current_span(name, attributes=given, **options)


def finish(outcome: str, **attributes: Any) -> None:
    """Note on the span around us how it ended and what became known on the way."""
    if not _tracers:
        return
    from opentelemetry.trace import StatusCode, get_current_span

    here = get_current_span()
    for key, value in {"outcome": outcome, **attributes}.items():
        here.set_attribute(f"lianxi.{key}", value)
    if outcome in ("failed", "unavailable"):
        here.set_status(StatusCode.ERROR)
