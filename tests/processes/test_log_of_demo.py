"""The demonstration's matters are played with the log open: nothing that was entered in a form is in it."""

from __future__ import annotations

import io
import logging
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine import logs
from engine.demo import PASSWORD, load_demo
from tests.support.driver import open_driver
from tests.support.server import ROOT

PACK = ROOT / "processes" / "petition"


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value


def entered() -> set[str]:
    """What people of the demonstration type: names, numbers, stories; not the keys that a form offers to choose."""
    cases = tomllib.loads((PACK / "demo" / "cases.toml").read_text())["cases"]
    everything = {
        text for case in cases for text in texts([case["data"], *(s.get("data") for s in case.get("steps", []))])
    }
    return {
        text for text in everything if any(letter.isdigit() or ord(letter) > 127 for letter in text) and len(text) > 1
    }


def test_the_log_of_the_demonstration_names_nobody(tmp_path: Path) -> None:
    root = logging.getLogger()
    handlers, level, stream = root.handlers[:], root.level, io.StringIO()
    driver = open_driver(f"sqlite:///{tmp_path / 'lianxi.db'}", tmp_path)
    logs.configure("json", stream=stream, level=logging.DEBUG)
    try:
        load_demo(driver.service, PACK)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        driver.service.close()

    written = stream.getvalue()
    assert written.count('"CompleteTask"') > 10
    values = entered()
    assert len(values) > 50
    dates = {text for text in values if text.startswith("today")}
    assert [text for text in sorted(values - dates) if text in written] == []
    assert PASSWORD not in written
