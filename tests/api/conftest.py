"""The API as its clients meet it: a real server on a free port and the published SDK, unmodified."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from camunda_orchestration_sdk import CamundaClient
from werkzeug.serving import make_server

from engine.access import SYSTEM
from engine.commands.identity import CreateToken
from tests.support.driver import Driver, open_driver
from webui.app import create_app


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """How a client of ours signs in: with the token that `lianxi token create` printed."""

    token: str

    def get_headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Driver]:
    driver = open_driver(f"sqlite:///{tmp_path / 'lianxi.db'}", tmp_path)
    driver.groups(clerks=(), robots=("deploy", "operate", "case:assign"))
    driver.person("rita", "clerks")
    driver.person("omar", "clerks")
    driver.person("robot", "robots")
    yield driver
    driver.service.close()


@pytest.fixture
def address(office: Driver) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(office.engine, office.service.settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def token(office: Driver) -> Callable[[str], str]:
    return lambda username: office.engine.execute(CreateToken(username=username), actor=SYSTEM)


@pytest.fixture
def client(address: str, token: Callable[[str], str]) -> Callable[[str], CamundaClient]:
    """The SDK signed in as somebody."""

    def connect(username: str) -> CamundaClient:
        return CamundaClient(
            configuration={"CAMUNDA_REST_ADDRESS": address}, auth_provider=Bearer(token=token(username))
        )

    return connect
