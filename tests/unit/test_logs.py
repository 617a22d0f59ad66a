"""What may be in a log, and what not, whoever writes to it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from engine import logs
from engine.errors import InvalidInput, Message


class Lines(io.StringIO):
    @property
    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        return self.all[-1]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    handlers, level, stream = root.handlers[:], root.level, Lines()
    logs.configure("json", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_fact_is_one_line_of_json_with_what_was_bound(lines: Lines) -> None:
    with logs.bound(request_id="abcdefgh", case_id=7):
        logs.get_logger("lianxi").info("command", command="CompleteTask", ms=1.5)
    logs.get_logger("lianxi").info("later")

    first, second = lines.all
    assert (first["event"], first["command"], first["case_id"], first["level"]) == (
        "command",
        "CompleteTask",
        7,
        "info",
    )
    assert first["request_id"] == "abcdefgh" and first["timestamp"].startswith("20")
    assert "request_id" not in second


def test_a_value_under_an_unknown_name_is_not_written(lines: Lines) -> None:
    logs.get_logger("lianxi").info("command", applicant="Rita Novak", data={"phone": "13800001111"})

    assert (lines.last["applicant"], lines.last["data"]) == ("[redacted]", "[redacted]")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("called 13812345678 back", "13812345678"),
        ("called 138-1234-5678 back", "1234"),
        ("number 211324199001010027", "211324"),
        ("number 21132419900101002X", "2X"),
        ("signed by 王小明", "王"),
        ("write to rita@example.org", "rita"),
        ("postgresql://lianxi:hidden@db/lianxi", "hidden"),
        ("Bearer lx_abcdef123", "abcdef"),
        ("token lx_abcdef123 was used", "abcdef"),
        ("password=hunter2 given", "hunter2"),
    ],
)
def test_texts_lose_what_looks_like_somebodys(text: str, hidden: str) -> None:
    assert hidden not in logs.scrub(text)


def test_words_of_an_exception_are_left_out_but_not_its_place(lines: Lines) -> None:
    try:
        int("Rita Novak")
    except ValueError:
        logging.getLogger("webui").exception("Exception on %s [%s]", "/cases/Rita", "POST")

    assert lines.last["exception"] == "ValueError"
    assert "test_logs.py:" in lines.last["place"]
    assert "Rita" not in lines.getvalue()


def test_a_refusal_is_told_by_its_template_and_a_database_by_its_state(lines: Lines) -> None:
    refusal = InvalidInput({}, "Expected {field} to be a day, but it is {given}", field="birthday", given="Rita")

    assert logs.told_of(refusal) == "InvalidInput: Expected {field} to be a day, but it is {given}"
    assert logs.told_of(psycopg.errors.UniqueViolation("Key (name)=(Rita)")) == "UniqueViolation: sqlstate 23505"
    assert logs.told_of(OSError(28, "No space left on device", "/data/Rita")) == "OSError: No space left on device"


def test_arguments_of_others_are_left_out_unless_they_are_numbers(lines: Lines) -> None:
    logging.getLogger("somebody").warning("%s has %d of %s", "Rita", 3, Message("Expected {x}", x="Rita"))
    assert lines.last["event"] == "… has 3 of Expected {x}"

    logging.getLogger("lianxi.jobs").warning("job %s of type %s failed", 7, "mail")
    assert lines.last["event"] == "job 7 of type mail failed"


def test_the_queue_tells_of_a_job_without_its_arguments(lines: Lines) -> None:
    job = {"id": 12, "task_name": "publish_message", "task_kwargs": {"variables": {"name": "Rita"}}}
    logging.getLogger("procrastinate.worker").error(
        "Job publish_message[12](variables=Rita) ended", extra={"action": "job_error", "job": job}
    )

    assert (lines.last["event"], lines.last["queue_id"], lines.last["job"]) == ("job_error", 12, "publish_message")
    assert "Rita" not in lines.getvalue()
