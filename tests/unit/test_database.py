"""Writers wait in order, readers can't write, two servers don't share a file, and trouble is told apart."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError

from engine.database import Database, FairLock, open_database, sole_process
from engine.database_faults import Away, Busy, ReadOnly, is_contention, is_duplicate, is_lost_connection
from engine.errors import InvalidState, NoSpace
from tests.support.postgres import PostgresServer, empty_postgres_url, libpq_url, postgres_server  # noqa: F401

ADD_ONE = text("UPDATE counter SET value = value + 1")


@pytest.fixture
def sqlite(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'folder' / 'lianxi.db'}")
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request, tmp_path):
    if request.param == "sqlite":
        database = open_database(f"sqlite:///{tmp_path / 'lianxi.db'}", synchronous="OFF")
    else:
        database = open_database(request.getfixturevalue("empty_postgres_url"))
    with database.write() as session:
        session.execute(text("CREATE TABLE counter (value INTEGER NOT NULL)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))
    yield database
    database.dispose()


def value_in(database: Database) -> int:
    with database.read() as session:
        return session.execute(text("SELECT value FROM counter")).scalar_one()


def pragma(session, name):
    return session.execute(text(f"PRAGMA {name}")).scalar_one()


def test_sqlite_survives_a_power_cut_and_checks_foreign_keys(sqlite):
    with sqlite.write() as session:
        assert pragma(session, "journal_mode") == "wal"
        assert pragma(session, "synchronous") == 2  # FULL
        assert pragma(session, "foreign_keys") == 1
        assert pragma(session, "busy_timeout") == 30_000


def test_a_transaction_is_kept_whole_or_not_at_all(database):
    with pytest.raises(ZeroDivisionError), database.write() as session:
        session.execute(ADD_ONE)
        raise ZeroDivisionError
    assert value_in(database) == 0

    with database.write() as session:
        session.execute(ADD_ONE)

    assert value_in(database) == 1


def test_only_a_second_row_of_the_same_key_is_a_duplicate(database):
    with database.write() as session:
        session.execute(text("CREATE TABLE room (name TEXT NOT NULL UNIQUE)"))
        session.execute(text("INSERT INTO room VALUES ('east')"))

    for value, expected in (("'east'", True), ("NULL", False)):
        with pytest.raises(IntegrityError) as caught, database.write() as session:
            session.execute(text(f"INSERT INTO room VALUES ({value})"))
        assert is_duplicate(caught.value) is expected


def test_a_reader_cannot_write(database):
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), database.read() as session:
        session.execute(ADD_ONE)

    with database.write() as session:  # ... and its connection does not make a writer read-only afterwards
        session.execute(ADD_ONE)
    assert value_in(database) == 1


def test_no_increment_is_lost_among_eight_writers(database):
    lock = " FOR UPDATE" if database.dialect == "postgresql" else ""

    def add(times: int) -> None:
        for _ in range(times):
            with database.write() as session:
                value = session.execute(text(f"SELECT value FROM counter{lock}")).scalar_one()
                session.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

    threads = [threading.Thread(target=add, args=(20,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert value_in(database) == 160


def test_a_reader_sees_the_last_commit_while_somebody_writes(sqlite):
    with sqlite.write() as session:
        session.execute(text("CREATE TABLE counter (value INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (7)"))

    with sqlite.write() as session:
        session.execute(ADD_ONE)
        assert value_in(sqlite) == 7

    assert value_in(sqlite) == 8


def test_a_lock_is_handed_over_in_the_order_of_asking():
    lock, order, threads = FairLock(), [], []
    assert lock.acquire(1)

    def take(number: int) -> None:
        assert lock.acquire(5)
        order.append(number)
        lock.release()

    for number in range(6):
        threads.append(threading.Thread(target=take, args=(number,)))
        threads[-1].start()
        while len(lock._waiting) <= number:
            time.sleep(0.001)
    lock.release()
    for thread in threads:
        thread.join()

    assert order == [0, 1, 2, 3, 4, 5]


def test_who_gives_up_waiting_leaves_the_queue():
    lock = FairLock()
    lock.acquire(1)

    assert not lock.acquire(0.01)

    lock.release()
    assert lock.acquire(0.01)


def test_a_writer_who_waits_too_long_is_refused_and_the_next_one_is_not(sqlite, monkeypatch):
    monkeypatch.setattr("engine.database.BUSY_SECONDS", 0.05)
    with sqlite.write() as first:
        first.execute(text("SELECT 1"))

        with pytest.raises(Busy, match="others are writing"), sqlite.write() as second:
            second.execute(text("SELECT 1"))

    with sqlite.write() as third:
        assert third.execute(text("SELECT 1")).scalar_one() == 1


def test_a_broken_connection_gives_its_turn_back(sqlite):
    with pytest.raises(PendingRollbackError), sqlite.write() as session:
        session.connection().invalidate()
        session.execute(text("SELECT 1"))

    with sqlite.write() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_another_process_that_writes_too_long_is_told_as_a_refusal(tmp_path, sqlite):
    impatient = open_database(sqlite.url)
    with sqlite.write() as session:
        session.execute(text("SELECT 1"))

        with pytest.raises(Busy, match="try again"), impatient.write() as other:
            other_connection = impatient.bind.raw_connection()
            other_connection.driver_connection.execute("PRAGMA busy_timeout=1")
            other_connection.close()
            other.execute(text("SELECT 1"))


def test_only_one_server_process_per_file(sqlite):
    script = (
        "import sys; from engine.database import open_database, sole_process\n"
        "with sole_process(open_database(sys.argv[1])): print('alone', flush=True); sys.stdin.read()"
    )
    root = Path(__file__).parents[2]
    other = subprocess.Popen(
        [sys.executable, "-c", script, sqlite.url], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "alone\n"

    with pytest.raises(InvalidState, match=f"process {other.pid} is serving it"), sole_process(sqlite):
        pass

    other.communicate("")
    with sole_process(sqlite):
        pass


def test_an_sqlite_database_in_memory_is_refused():
    with pytest.raises(ValueError, match="in memory"):
        open_database("sqlite://")


@pytest.mark.postgresql
def test_postgresql_waits_neither_for_locks_nor_for_idlers_for_ever(empty_postgres_url):  # noqa: F811
    database = open_database(empty_postgres_url)

    with database.read() as session:
        limits = [
            session.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "timezone")
        ]

    assert limits == ["5s", "30s", "1min", "UTC"]
    database.dispose()


@pytest.mark.postgresql
def test_a_row_somebody_keeps_too_long_is_a_refusal(empty_postgres_url):  # noqa: F811
    database = open_database(empty_postgres_url)
    with database.write() as session:
        session.execute(text("CREATE TABLE counter (value INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))

    with database.write() as first:
        first.execute(ADD_ONE)
        with pytest.raises(Busy, match="try again"), database.write() as second:
            second.execute(text("SET LOCAL lock_timeout = '50ms'"))
            second.execute(ADD_ONE)

    assert value_in(database) == 1
    database.dispose()


@pytest.mark.postgresql
@pytest.mark.parametrize("way", ["read", "write"])
def test_a_question_that_takes_too_long_is_a_refusal(empty_postgres_url, way):  # noqa: F811
    database = open_database(empty_postgres_url)

    with pytest.raises(Busy, match="try again"), getattr(database, way)() as session:
        session.execute(text("SET LOCAL statement_timeout = '50ms'"))
        session.execute(text("SELECT pg_sleep(10)"))

    database.dispose()


@pytest.mark.postgresql
def test_who_gets_no_connection_is_refused_and_others_go_on(empty_postgres_url, monkeypatch):  # noqa: F811
    monkeypatch.setattr("engine.database.POOL_SECONDS", 0.05)
    database = open_database(empty_postgres_url, pool_size=2)

    with database.read() as first, database.read() as second:
        assert first.scalar(text("SELECT 1")) == second.scalar(text("SELECT 1")) == 1
        with pytest.raises(Busy, match="try again"), database.read() as third:
            third.scalar(text("SELECT 1"))

    with database.read() as later:
        assert later.scalar(text("SELECT 1")) == 1
    database.dispose()


@pytest.mark.postgresql
def test_a_server_that_goes_away_is_told_apart_and_forgotten(
    postgres_server: PostgresServer,  # noqa: F811
    empty_postgres_url: str,  # noqa: F811
):
    database = open_database(empty_postgres_url)

    def end_all_others() -> None:
        with psycopg.connect(libpq_url(postgres_server.url), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'lianxi_test_%'"
            )

    with pytest.raises(Away, match="try again in a moment") as caught, database.write() as session:
        session.execute(text("SELECT 1"))
        end_all_others()
        session.execute(text("SELECT 1"))

    assert not is_contention(caught.value.__cause__)
    with database.read() as session:  # the pool tries a connection before it hands it out
        assert session.execute(text("SELECT 1")).scalar_one() == 1
    database.dispose()


def test_a_server_that_cannot_be_reached_is_a_lost_connection():
    database = open_database("postgresql+psycopg://nobody@127.0.0.1:1/none")

    with pytest.raises(Away) as caught, database.read() as session:
        session.execute(text("SELECT 1"))

    assert is_lost_connection(caught.value.__cause__)
    assert not is_lost_connection(ValueError("unrelated"))


def test_a_file_that_may_not_grow_is_full_until_it_may(sqlite):
    with sqlite.write() as session:
        session.execute(text("CREATE TABLE counter (value TEXT)"))
        most = pragma(session, "page_count") + 1
        session.execute(text(f"PRAGMA max_page_count = {most}"))
    with pytest.raises(NoSpace, match="disk of the database is full"), sqlite.write() as session:
        session.execute(text("INSERT INTO counter VALUES (:much)"), {"much": "x" * 100_000})

    with sqlite.read() as session:
        assert session.execute(text("SELECT count(*) FROM counter")).scalar_one() == 0
    with sqlite.write() as session:
        session.execute(text("PRAGMA max_page_count = 1000000"))
        session.execute(text("INSERT INTO counter VALUES (:much)"), {"much": "x" * 100_000})
        assert pragma(session, "integrity_check") == "ok"


def test_a_database_that_can_only_be_read_says_so(database):
    forbid, allow = {
        "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
        "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
    }[database.dialect]
    tell(database, forbid)
    with pytest.raises(ReadOnly, match="can only be read at present"), database.write() as session:
        session.execute(ADD_ONE)
    assert value_in(database) == 0

    tell(database, allow)
    with database.write() as session:
        session.execute(ADD_ONE)
    assert value_in(database) == 1


@pytest.mark.postgresql
def test_what_the_server_lets_us_do_holds_after_a_reader_too(empty_postgres_url):  # noqa: F811
    """As on a standby, or where an operator set default_transaction_read_only for the database."""
    database = open_database(empty_postgres_url)
    name = make_url(empty_postgres_url).database
    with database.write() as session:
        session.execute(text("CREATE TABLE counter (value INTEGER NOT NULL)"))
        session.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    database.dispose()
    for _ in range(2):
        with database.read() as session:
            assert session.execute(text("SHOW transaction_read_only")).scalar_one() == "on"
        with pytest.raises(ReadOnly), database.write() as session:
            session.execute(text("INSERT INTO counter VALUES (1)"))
    database.dispose()


def tell(database: Database, statement: str) -> None:
    """Execute it on the writers' one connection, outside of their transactions."""
    connection = database.bind.raw_connection()
    connection.cursor().execute(statement)
    connection.commit()
    connection.close()
