"""A full disk: said clearly, everything can be read, nothing is broken, and it is over when there is room again."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from bench.inbox import signed_in
from tests.concurrency.offices import Reply
from tests.crash.audit import audit, drain
from tests.crash.client import Client
from tests.crash.disks import filled, small_disk
from tests.crash.installation import Installation, installation
from tests.crash.kill import FAULTS, integrity
from tests.crash.staff import Staff, at_work
from tests.support.driver import PASSWORD

CLERKS, MATTERS = 2, 6  # each
pytestmark = pytest.mark.timeout(240)


def test_the_disk_of_sqlite_is_full_for_a_while() -> None:
    with (
        small_disk(16) as disk,
        installation("sqlite", clerks=CLERKS, folder=disk) as office,
        at_work([office.server.url], office.tokens, MATTERS) as staff,
    ):
        staff.wait_until(lambda: staff.completed >= 2)
        with filled(disk):
            staff.wait_until(lambda: staff.replies[507] >= 10)
            refusal = order(office)
            tasks_seen = reads(office)
            failing = ready(office)["failing"]
            with pytest.raises(urllib.error.HTTPError) as page:
                signed_in(office.server.url, "clerk1", PASSWORD)
        again = order(office)
        finish(office, staff)

        assert (refusal.status, refusal.body["title"]) == (507, "INSUFFICIENT_STORAGE")
        assert "the disk of the database is full" in refusal.body["detail"]
        assert int(refusal.headers["retry-after"]) > 0
        assert again.status == 200
        assert tasks_seen
        assert failing == ["disk"]
        assert page.value.code == 507 and "存储空间已满" in page.value.read().decode()
        assert set(staff.replies) <= {200, 204, 409, 507}


def finish(office: Installation, staff: Staff) -> None:
    """Everything that was begun comes to its end by itself, and nothing was lost or doubled."""
    staff.finish()
    drain(office.driver, 120)
    figures = {**audit(office.driver, staff, office.logs()), "integrity": integrity(office)}
    assert figures["completions"] == 2 * CLERKS * MATTERS
    assert not any(figures[name] for name in FAULTS), figures


def order(office: Installation) -> Reply:
    """Something that has to be written."""
    client = Client([office.server.url], office.tokens["clerk1"])
    body = {"name": "nobody waits for it", "correlationKey": "", "variables": {}, "timeToLive": 1000}
    try:
        return client.send("POST", "/v2/messages/publication", body, **{"Idempotency-Key": "the-same"})
    finally:
        client.close()


def reads(office: Installation) -> bool:
    """Whether somebody can look."""
    client = Client([office.server.url], office.tokens["clerk1"])
    try:
        return client.send("POST", "/v2/user-tasks/search", {}).status == 200
    finally:
        client.close()


def ready(office: Installation) -> Any:
    try:
        with urllib.request.urlopen(f"{office.server.url}/readyz", timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        return json.load(refusal)
