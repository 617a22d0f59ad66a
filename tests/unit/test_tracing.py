"""Spans of commands, requests and jobs where they are wanted, with ids and without anybody's data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from engine import observing, tracing
from engine.errors import Unavailable
from engine.jobs.retries import TryAgain
from tests.support.driver import Driver, open_driver
from tests.support.models import sequence, user_task


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.use(SimpleSpanProcessor(exporter))
    yield exporter
    tracing.stop()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Driver]:
    driver = open_driver(f"sqlite:///{tmp_path / 'lianxi.db'}", tmp_path)
    driver.groups(desk=())
    driver.person("rita", "desk")
    driver.deploy(sequence(user_task("look", groups="desk"), process_id="permits"))
    yield driver
    driver.service.close()


def test_a_command_is_a_span_with_its_ids(office: Driver, spans: InMemorySpanExporter) -> None:
    instance = office.start("permits", applicant="Ann Example")

    (span,) = spans.get_finished_spans()
    assert span.name == "command StartInstance"
    assert span.attributes is not None
    assert span.attributes["lianxi.instance_id"] == instance.id
    assert span.attributes["lianxi.outcome"] == "done"
    assert "Ann" not in span.to_json()


def test_what_fails_says_so_without_its_words(spans: InMemorySpanExporter) -> None:
    with pytest.raises(Unavailable), observing.command("ClaimTask", object(), actor="rita"):
        raise Unavailable("Expected {name} to be there, but it is away", name="Ann Example")

    (span,) = spans.get_finished_spans()
    assert (span.status.is_ok, span.events) == (False, ())
    assert "Ann" not in span.to_json()


def test_a_job_is_a_span_too(spans: InMemorySpanExporter) -> None:
    with observing.job("run_job", 12, {"job_id": 7, "variables": {"name": "Ann"}}, again=TryAgain):
        pass

    (span,) = spans.get_finished_spans()
    assert (span.name, span.attributes["lianxi.job_id"]) == ("job run_job", 7)  # type: ignore[index]
    assert "Ann" not in span.to_json()


def test_nothing_is_traced_unless_it_is_wanted() -> None:
    assert tracing.configure("") is False

    with tracing.span("request") as span:
        tracing.finish("done")
    assert span is None
