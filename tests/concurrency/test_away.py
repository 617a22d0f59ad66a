"""PostgreSQL drops connections and restarts under load: 503 with Retry-After, never 500, and nothing is lost."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from engine.model.runtime import ProcessInstance
from tests.concurrency.offices import Office, counted, served_office
from tests.support import postgres

END_BACKENDS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
)
CLIENTS, SECONDS = 4, 4.0
pytestmark = pytest.mark.postgresql


@pytest.fixture
def server() -> Iterator[postgres.PostgresServer]:
    """A server of our own: the tests' common one must not be restarted."""
    try:
        # Durable: with the quick settings of the other tests PostgreSQL itself loses its last commits in a crash.
        yield postgres.start_server(postgres.find_binaries(), options=())
    except postgres.NoPostgresql as reason:
        pytest.skip(str(reason))


def test_requests_while_the_database_goes_away_and_comes_back(server: postgres.PostgresServer, tmp_path: Path) -> None:
    url = server.clone("migrated", postgres.migrate)
    with served_office(url, tmp_path) as office:
        replies, acknowledged, stop = [], set(), threading.Event()

        def work() -> None:
            while not stop.is_set():
                key = uuid.uuid4().hex
                while True:  # as a client does: the same request with its key until it is answered
                    reply = office.start(**{"Idempotency-Key": key})
                    page = office.send("rita", "GET", "/login")
                    replies.extend([reply, page])
                    if reply.status == 200:
                        acknowledged.add(int(reply.body["processInstanceKey"]))
                        break
                    if stop.is_set():
                        return
                    time.sleep(0.05)

        workers = [threading.Thread(target=work) for _ in range(CLIENTS)]
        for worker in workers:
            worker.start()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            time.sleep(0.3)
            with psycopg.connect(postgres.libpq_url(server.url), autocommit=True) as connection:
                connection.execute(END_BACKENDS)
        restart(server)
        before = len(acknowledged)
        wait_for(lambda: len(acknowledged) > before + CLIENTS)
        stop.set()
        for worker in workers:
            worker.join()

        assert set(counted(replies)) <= {200, 503}, counted(replies)
        assert 503 in counted(replies)
        assert all(int(reply.headers["retry-after"]) > 0 for reply in replies if reply.status == 503)
        assert acknowledged <= stored(office)
        assert len(stored(office)) - len(acknowledged) <= CLIENTS, "one start each may have lost its answer at the end"


def stored(office: Office) -> set[int]:
    with office.driver.service.database.bind.connect() as connection:
        connection.invalidate()
    return set(office.driver.all(select(ProcessInstance.id)))


def restart(server: postgres.PostgresServer) -> None:
    """Stop at once, stay away for a second, and start again."""
    server.stop()
    time.sleep(1)
    server.start_again()


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing was acknowledged after the restart"
        time.sleep(0.05)
