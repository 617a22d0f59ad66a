"""A full disk: said clearly, everything can be read, nothing is broken, and it is over when there is room again."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
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
from tests.support.postgres import UNPRIVILEGED, PostgresServer, find_binaries, libpq_url, start_server

CLERKS, MATTERS = 2, 6  # each
HUGE = base64.b64encode(random.Random(7).randbytes(60_000)).decode()  # can't be compressed much
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


@pytest.mark.postgresql
def test_the_disk_of_postgresql_is_full_for_a_while() -> None:
    with (
        small_disk(48) as disk,
        postgresql_on(disk) as server,
        installation("postgresql", clerks=CLERKS, postgresql=server) as office,
        at_work([office.server.url], office.tokens, MATTERS) as staff,
    ):
        with filled(disk):
            use_up_what_is_free(office)
            refusal = publish(office, HUGE, key="huge")
            tasks_seen = reads(office)
        again = order(office)
        finish(office, staff)

        assert (refusal.status, refusal.body["title"]) == (507, "INSUFFICIENT_STORAGE")
        assert "the disk of the database is full" in refusal.body["detail"]
        assert int(refusal.headers["retry-after"]) > 0
        assert again.status == 200
        assert tasks_seen
        assert set(staff.replies) <= {200, 204, 409, 507}


@pytest.mark.postgresql
def test_postgresql_can_only_be_read_for_a_while() -> None:
    with (
        installation("postgresql", clerks=CLERKS) as office,
        at_work([office.server.url], office.tokens, MATTERS) as staff,
    ):
        staff.wait_until(lambda: staff.completed >= 2)
        read_only(office, "on")
        staff.wait_until(lambda: staff.replies[503] >= 5)
        refusal, tasks_seen = order(office), reads(office)
        read_only(office, "off")
        staff.wait_until(lambda: order(office).status == 200)
        finish(office, staff)

        assert refusal.status == 503
        assert "can only be read at present" in refusal.body["detail"]
        assert int(refusal.headers["retry-after"]) > 0
        assert tasks_seen
        assert set(staff.replies) <= {200, 204, 409, 503}


@contextmanager
def postgresql_on(disk: Path) -> Iterator[PostgresServer]:
    """A server of its own whose tables lie on this disk. Its log of changes does not: without room for that one it
    stops altogether, and refuses to start until there is some."""
    server = start_server(find_binaries(), options=())
    if os.getuid() == 0:
        shutil.chown(disk, UNPRIVILEGED)
    with psycopg.connect(libpq_url(server.url), autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{disk}'".encode())
        connection.execute("ALTER DATABASE template1 SET TABLESPACE small")
    try:
        yield server
    finally:
        server.stop()


def use_up_what_is_free(office: Installation) -> None:
    """Pages of tables that lie on the disk already may have room for some rows."""
    for number in range(200):
        if publish(office, HUGE, key=f"fill-{number}").status == 507:
            return
    raise AssertionError("The disk isn't full")


def read_only(office: Installation, state: str) -> None:
    """As an operator would, for a switch to another host: new connections may not write, and the old ones are ended."""
    url = libpq_url(office.driver.service.settings.database_url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {state}'.encode())
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            (name,),
        )


def finish(office: Installation, staff: Staff) -> None:
    """Everything that was begun comes to its end by itself, and nothing was lost or doubled."""
    staff.finish()
    drain(office.driver, 120)
    figures = {**audit(office.driver, staff, office.logs()), "integrity": integrity(office)}
    assert figures["completions"] == 2 * CLERKS * MATTERS
    assert not any(figures[name] for name in FAULTS), figures


def order(office: Installation) -> Reply:
    """Something that has to be written."""
    return publish(office, "", key="the-same")


def publish(office: Installation, text: str, *, key: str) -> Reply:
    """A message nobody waits for."""
    client = Client([office.server.url], office.tokens["clerk1"])
    body = {"name": "nobody waits for it", "correlationKey": "", "variables": {"text": text}, "timeToLive": 1000}
    try:
        return client.send("POST", "/v2/messages/publication", body, **{"Idempotency-Key": key})
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
