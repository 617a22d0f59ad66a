"""Packs made to do harm are refused with a finding: no crash, and no long time."""

from __future__ import annotations

import time

import pytest

from engine import checks
from engine.packs import Pack

DEEP_FORM = b'{"id":"f","components":' + b'[{"type":"group","components":' * 3000 + b"[]" + b"}]" * 3000 + b"}"


@pytest.mark.parametrize(
    "resources",
    [
        {"manifest.toml": b"a=" + b"[" * 100_000},
        {"manifest.toml": b"a=" + b"[" * 900 + b"]" * 900},
        {"manifest.toml": b".".join([b"a"] * 20_000) + b"=1"},
        {"manifest.toml": b"b={" + b" . ".join([b'"a"'] * 20_000) + b"=1}"},
        {"manifest.toml": b"job_types=5"},
        {"manifest.toml": b"job_types=[[1]]"},
        {"manifest.toml": b"[[groups]]\nkey=5"},
        {"manifest.toml": b'[[groups]]\nkey="n\\u0000"'},
        {"manifest.toml": b'[[groups]]\nkey="a"\nname=["x"]'},
        {"manifest.toml": b'profile="p.yaml"', "p.yaml": b"a: " + b"[" * 20_000},
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
