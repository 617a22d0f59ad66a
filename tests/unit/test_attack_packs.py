"""Packs made to do harm are refused with a finding: no crash, and no long time."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from engine import checks, feel
from engine.bpmn import timers
from engine.bpmn.stuck import Stuck
from engine.errors import InvalidInput
from engine.packs import Pack
from engine.rehearsal import read_scenario

DEEP_FORM = b'{"id":"f","components":' + b'[{"type":"group","components":' * 3000 + b"[]" + b"}]" * 3000 + b"}"

# ten lines, of which each names the one before nine times
BILLIONS = b"a0: &a0 [1]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (each, each, b", ".join([b"*a%d" % (each - 1)] * 9)) for each in range(1, 11)
)


@pytest.mark.parametrize(
    "resources",
    [
        {"manifest.toml": b"a=" + b"[" * 100_000},
        {"manifest.toml": b"a=" + b"[" * 900 + b"]" * 900},
        {"manifest.toml": b".".join([b"a"] * 20_000) + b"=1"},
        {"manifest.toml": b"b={" + b" . ".join([b'"a"'] * 20_000) + b"=1}"},
        {"manifest.toml": b"b={" + b" . ".join([b'"a \\" b"'] * 20_000) + b"=1}"},
        {"manifest.toml": b'x="' + b"a" * 500_000},
        {"manifest.toml": b'"' + b'\\"' * 200_000},
        {"manifest.toml": b'[[case_types]]\nkey="a"\nprocess="p"\nnumber="{sequence:0999999999d}"'},
        {"manifest.toml": b'[[case_types]]\nkey="a"\nprocess="p"\nnumber="{sequence.__class__}{sequence}"'},
        {"manifest.toml": b"job_types=5"},
        {"manifest.toml": b"job_types=[[1]]"},
        {"manifest.toml": b"[[groups]]\nkey=5"},
        {"manifest.toml": b'[[groups]]\nkey="n\\u0000"'},
        {"manifest.toml": b'[[groups]]\nkey="a"\nname=["x"]'},
        {"manifest.toml": b'profile="p.yaml"', "p.yaml": b"a: " + b"[" * 20_000},
        {"manifest.toml": b'profile="p.yaml"', "p.yaml": BILLIONS},
        {"manifest.toml": b'profile="p.yaml"', "p.yaml": b"a: &a {b: *a}"},
        {"manifest.toml": b'profile="p.yaml"', "p.yaml": b"".join(b"k%d: 1\n" % each for each in range(100_000))},
        {"f.form": b'{"id":"f","components":[{"type":"text","text":"' + b"{{" * 200_000 + b'"}]}'},
        {"p.bpmn": b"<?xml " * 200_000},
        {"../p.yaml": b""},
        {"/etc/p.yaml": b""},
        {"p\0.yaml": b""},
        {"f.form": b"[" * 100_000},
        {"f.form": DEEP_FORM},
        {"f.form": b'{"id":"\\ud800","components":[]}'},
        {"f.form": b'{"id":"a\\u0000","components":[]}'},
        {"f.form": b'{"id":["x"],"components":[]}'},
    ],
    ids=lambda resources: str(next(reversed(resources.items())))[:50],
)
def test_a_hostile_pack_is_refused(resources: dict[str, bytes]) -> None:
    began = time.thread_time()

    findings, _ = checks.check_pack(Pack(name="evil", resources=resources), checks.nothing_known())

    assert checks.errors(findings)
    assert time.thread_time() - began < 10


def test_a_manifest_with_short_dotted_keys_is_fine() -> None:
    pack = Pack(name="good", resources={"manifest.toml": b'a.b.c = "one.two.three"\n'})

    assert pack.check() == []


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("duration", f"P{'9' * 400}Y"),
        ("duration", "P999999999999Y"),
        ("cycle", f"R{'9' * 5000}/P1D"),
        ("cycle", f"R/P{'9' * 400}D"),
        ("cycle", "R/0001-01-01T00:00:00+14:00/P1D"),
        ("cycle", "R/9999-12-31T23:59:59-14:00/P1D"),
    ],
)
def test_a_hostile_time_is_an_incident(style: str, text: str) -> None:
    with pytest.raises(Stuck, match="Expected"):
        timers.schedule(style, text, feel.Environment(now=datetime(2026, 3, 2, tzinfo=UTC)))
    assert timers.literal_problem("duration", f"P{'9' * 400}Y")


@pytest.mark.parametrize(
    "text", ["now=0001-01-01T00:00:00", "now=9999-12-31T00:00:00", f"now=2026-03-02\n{'.'.join(['a'] * 100_000)}=1"]
)
def test_a_hostile_scenario_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="Expected"):
        read_scenario(f"{text}\n[[steps]]\nwait='P1D'\n".encode())
