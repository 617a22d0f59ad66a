"""Two web servers and two workers on one PostgreSQL: any of them will do, and one may go."""

from __future__ import annotations

import http.cookiejar
import re
import signal
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.model.runtime import ProcessInstance
from tests.serving.test_stopping import LOG, ask, process, until
from tests.support.driver import PASSWORD, Driver, open_driver
from tests.support.models import sequence
from tests.support.server import free_port, lianxi, wait_until_it_answers

pytestmark = pytest.mark.postgresql


@pytest.fixture
def office(postgres_url: str, tmp_path: Path) -> Iterator[Driver]:
    driver = open_driver(postgres_url, tmp_path)
    driver.groups(desk=("case:open", "case:read_all", "operate"))
    driver.person("rita", "desk")
    driver.deploy(sequence(LOG, process_id="notes"))
    yield driver
    driver.service.close()


def test_any_server_and_any_worker_will_do(office: Driver, postgres_url: str, tmp_path: Path) -> None:
    values = {"LIANXI_DATA": str(tmp_path), "LIANXI_DATABASE_URL": postgres_url, "LIANXI_DRAIN_SECONDS": "1"}
    token = lianxi("token", "create", "--user", "rita", environment=values).strip()
    ports = [str(free_port()), str(free_port())]
    with ExitStack() as stack:
        webs = [
            stack.enter_context(
                process("serve", "--workers", count, log=tmp_path / f"web{port}.log", LIANXI_PORT=port, **values)
            )
            for port, count in zip(ports, "12", strict=True)
        ]
        workers = [
            stack.enter_context(process("worker", log=tmp_path / f"worker{number}.log", **values)) for number in (1, 2)
        ]
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        for url, web, port in zip(urls, webs, ports, strict=True):
            wait_until_it_answers(f"{url}/healthz", web, tmp_path / f"web{port}.log")
            until(lambda url=url: ask(f"{url}/readyz?except=disk")[0] == 200)

        page = signed_in_here_and_there(*urls)
        assert 'name="password"' not in page
        for number in range(10):
            start(urls[number % 2], token)
        until(lambda: completed(office) == 10)
        until(lambda: counted(urls[1]) == 5)  # of both processes behind the second address

        workers[0].kill()
        webs[0].kill()
        for _ in range(5):
            start(urls[1], token)
        until(lambda: completed(office) == 15)

        workers[1].send_signal(signal.SIGTERM)
        webs[1].send_signal(signal.SIGTERM)
        assert (workers[1].wait(40), webs[1].wait(40)) == (0, 0)


def start(url: str, token: str) -> None:
    assert ask(f"{url}/v2/process-instances", token, {"processDefinitionId": "notes"})[0] == 200


def completed(office: Driver) -> int:
    count: int = office.one(select(func.count()).select_from(ProcessInstance).filter_by(status="completed"))
    return count


def counted(url: str) -> int:
    with urllib.request.urlopen(f"{url}/metrics", timeout=20) as answer:
        text = answer.read().decode()
    counts = re.findall(r'^lianxi_commands_total\{command="StartInstance",outcome="done"\} (\S+)', text, re.MULTILINE)
    return int(sum(float(count) for count in counts))


def signed_in_here_and_there(here: str, there: str) -> str:
    """Sign in at one address and read a page at the other, as behind a proxy that doesn't keep to one."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    browser.addheaders = [("Accept-Language", "en")]
    page = browser.open(f"{here}/login", timeout=20).read().decode()
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert token
    fields = {"username": "rita", "password": PASSWORD, "lx-csrf": token[1]}
    browser.open(f"{there}/login", urllib.parse.urlencode(fields).encode(), timeout=20).close()
    return str(browser.open(f"{here}/inbox", timeout=20).read().decode())
