"""An empty installation with the benchmark's pack and one account, on either database."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from bench import cpu
from engine.access import SYSTEM
from engine.commands.deployment import DeployPack
from engine.commands.identity import CreateToken, CreateUser
from engine.config import Settings
from engine.packs import read_pack
from engine.service import Service, open_service
from tests.support import postgres, server

DATABASES = ("sqlite", "postgresql")
MODELS = Path(__file__).parent / "models"
USER, PASSWORD = "bench", "bench-of-lianxi"


@dataclass(frozen=True, kw_only=True)
class Office:
    """A prepared installation and its account's bearer token."""

    database: str
    service: Service
    token: str

    @property
    def url(self) -> str:
        return self.service.settings.database_url

    @contextmanager
    def serving(self) -> Iterator[server.Server]:
        """The real server on this database."""
        with server.serving(
            self.service.settings.data_folder, demo=False, environment={"LIANXI_DATABASE_URL": self.url}
        ) as served:
            yield served

    def processes(self, served: server.Server) -> list[int]:
        """All processes that work for the server: its own, and those of PostgreSQL."""
        own = cpu.tree(served.process_id)
        return own if self.database == "sqlite" else own + cpu.postgresql(make_url(self.url).port or 5432)

    def size(self) -> int:
        """Bytes of the database, packed as tightly as it can be."""
        if self.database == "sqlite":
            with sqlite3.connect(str(make_url(self.url).database), isolation_level=None, timeout=30) as connection:
                connection.execute("VACUUM")
                pages = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
                return int(connection.execute(pages).fetchone()[0])
        with psycopg.connect(postgres.libpq_url(self.url), autocommit=True) as connection:
            connection.execute("VACUUM FULL")
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
            return int(row[0]) if row else 0


@contextmanager
def office(database: str) -> Iterator[Office]:
    """Make the installation and take it away again."""
    with tempfile.TemporaryDirectory(prefix="lianxi-bench-") as folder:
        url = f"sqlite:///{folder}/lianxi.db" if database == "sqlite" else durable_postgresql().create_database()
        service = open_service(Settings.from_environ({"LIANXI_DATA": folder, "LIANXI_DATABASE_URL": url}))
        try:
            execute = service.engine.execute
            execute(DeployPack(pack=read_pack(MODELS)), actor=SYSTEM)
            execute(CreateUser(username=USER, password=PASSWORD, groups=("bench",)), actor=SYSTEM)
            yield Office(database=database, service=service, token=execute(CreateToken(username=USER), actor=SYSTEM))
        finally:
            service.close()


_servers: list[postgres.PostgresServer] = []


def durable_postgresql() -> postgres.PostgresServer:
    """A server that writes through to the disk, unlike that of the tests: a commit costs here what it costs."""
    if not _servers:
        _servers.append(postgres.start_server(postgres.find_binaries(), options=()))
    return _servers[0]
