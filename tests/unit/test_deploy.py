"""What deploy/ and the page for operators say fits what is there."""

from __future__ import annotations

import re

import pytest
import yaml

from engine.cli import COMMANDS
from engine.config import VARIABLES, unknown_variables
from engine.database import POSTGRESQL_SESSION
from engine.jobs.queue import CONNECTIONS
from engine.jobs.worker import SLOTS
from engine.serving import GRACE, PATIENCE, THREADS
from tests.support.server import ROOT

DEPLOY = ROOT / "deploy"
PAGES = ("operating.md", "operating.zh-CN.md")
CONNECTIONS_TO = {PAGES[0]: "### Connections to PostgreSQL", PAGES[1]: "### PostgreSQL 连接数"}
UPGRADE = {PAGES[0]: "## Upgrade", PAGES[1]: "## 升级"}
NAMES = {name for name, *_ in COMMANDS}


@pytest.mark.parametrize("page", PAGES)
def test_the_page_has_every_setting_with_its_default(page: str) -> None:
    rows = re.findall(
        r"^\| (LIANXI_\w+) \| (?:`(.+?)`)? ?\| (.+) \|$", (ROOT / "docs" / page).read_text(), re.MULTILINE
    )

    assert {name: default for name, default, _ in rows} == {name: default for name, (default, _) in VARIABLES.items()}
    if page == PAGES[0]:
        assert {name: meaning for name, _, meaning in rows} == {name: text for name, (_, text) in VARIABLES.items()}


@pytest.mark.parametrize("page", PAGES)
def test_the_page_has_the_limits_that_hold(page: str) -> None:
    """Its sentences on connections and on stopping say the numbers of the code."""
    text = re.sub(r"\s+", " ", (ROOT / "docs" / page).read_text())
    said = set(re.findall(r"\d+", text[text.index(CONNECTIONS_TO[page]) : text.index(UPGRADE[page])]))

    process, queue = int(VARIABLES["LIANXI_POOL_SIZE"][0]), CONNECTIONS
    settings = [POSTGRESQL_SESSION[name] for name in POSTGRESQL_SESSION if name.endswith("timeout")]
    wanted = {process, THREADS, sum(SLOTS.values()), queue, 4 * process + 2 * (process + queue), GRACE, PATIENCE}
    assert {str(number) for number in wanted} | {value.removesuffix("s") for value in settings} <= said


def test_a_slip_in_the_name_of_a_setting_is_told() -> None:
    slips = unknown_variables({"LIANXI_PROT": "1", "LIANXI_PORT": "1", "LIANXI_WHATEVER_IT_IS": "", "PATH": "/"})

    assert slips == [
        "Expected settings that exist, but LIANXI_PROT does not; LIANXI_PORT does",
        "Expected settings that exist, but LIANXI_WHATEVER_IT_IS does not",
    ]


@pytest.mark.parametrize(
    "path", sorted(path for path in DEPLOY.rglob("*") if path.is_file()), ids=lambda path: path.name
)
def test_files_name_settings_and_commands_that_exist(path: object) -> None:
    text = path.read_text()  # type: ignore[attr-defined]

    assert set(re.findall(r"\bLIANXI_\w+", text)) <= set(VARIABLES) | {"LIANXI_DATA"}
    assert set(re.findall(r"^ExecStart=\S+/lianxi ([\w-]+)", text, re.MULTILINE)) <= NAMES


def test_the_compose_file_runs_two_servers_and_two_workers_on_one_database() -> None:
    services = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())["services"]

    commands = {name: each["command"][:2] for name, each in services.items() if each.get("image") == "lianxi"}
    assert sorted(commands) == ["migrate", "web1", "web2", "worker1", "worker2"]
    assert {command for _, command in commands.values()} == {"migrate", "serve", "worker"}
    assert len({each["environment"]["LIANXI_DATABASE_URL"] for name, each in services.items() if name in commands}) == 1


def test_both_proxies_are_set_up_alike_but_for_their_servers() -> None:
    def lines(name: str) -> list[str]:
        found = (DEPLOY / name).read_text().splitlines()
        return [line for line in found if not re.match(r"#|    #?server ", line)]

    assert lines("nginx/lianxi.conf") == lines("compose/nginx.conf")
