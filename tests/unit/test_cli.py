"""The command line says what it did, and what it refused in a sentence with exit code 1."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.access import SYSTEM
from engine.cli import main
from engine.config import Settings
from engine.database import Database, open_database, sole_process
from engine.queries import deploying, people
from engine.service import open_service
from engine.signin import sign_in
from tests.support.databases import sqlite_database  # noqa: F401 - a fixture
from tests.support.driver import BPMN, PASSWORD
from tests.support.models import form, sequence, text_field, user_task
from tests.support.server import LIANXI, ROOT, whole

Lianxi = Callable[..., tuple[int, str, str]]

GROUPS = '[[groups]]\nkey = "clerks"\npermissions = ["case:open", "case:read_own"]\n'
PEOPLE = """
[[people]]
username = "rita"
names = { en = "Rita Novak", zh = "丽塔" }
groups = ["clerks"]
purpose = "registers"
"""
CASES = """
[[cases]]
type = "permit"
by = "rita"
days_ago = 3
data = { subject = "A shed" }
[[cases.steps]]
task = "look"
by = "rita"
days_ago = 1
data = { seen = "today-1" }
"""
PERMITS = (
    GROUPS
    + '[[case_types]]\nkey = "permit"\nprocess = "permits"\nform = "permit"\n[case_types.fields]\ntitle = "=subject"\n'
)


@pytest.fixture
def lianxi(
    sqlite_database: Database,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Lianxi:
    """Runs a command on this test's database: its exit code, what it said, and what it said of trouble."""
    monkeypatch.setenv("LIANXI_DATA", str(tmp_path))
    monkeypatch.setenv("LIANXI_SQLITE_SYNCHRONOUS", "OFF")
    monkeypatch.delenv("LIANXI_DATABASE_URL", raising=False)
    monkeypatch.delenv("LIANXI_PASSWORD", raising=False)

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A small good pack: clerks look at permits."""
    folder = tmp_path / "permits"
    for name, text in {
        "manifest.toml": PERMITS,
        "permits.bpmn": BPMN.format(body=sequence(user_task("look", form="looks"), process_id="permits")),
        "forms/looks.form": form("looks", text_field("seen")),
        "forms/permit.form": form("permit", text_field("subject", required=True)),
        "demo/people.toml": PEOPLE,
        "demo/cases.toml": CASES,
        "README.md": "Not deployed",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_good_pack_has_nothing_to_say(lianxi: Lianxi, pack: Path) -> None:
    assert lianxi("check", pack) == (0, "", "")


def test_check_and_deploy_print_the_same_findings(lianxi: Lianxi, pack: Path) -> None:
    (pack / "forms" / "looks.form").write_text(form("looks", {"type": "iframe"}, text_field("seen", pattern="(")))
    (pack / "permits.bpmn").write_text(BPMN.format(body=sequence(user_task("look", groups="strangers", form="none"))))

    checked, deployed = lianxi("check", pack), lianxi("deploy", pack)

    assert checked == deployed
    code, findings, _ = checked
    assert code == 1
    assert "error: permits.bpmn:look: " in findings and "strangers" in findings
    assert f"error: {Path('forms/looks.form')}:looks_0: " in findings
    assert sqlite3.connect(pack.parent / "lianxi.db").execute("SELECT count(*) FROM deployment").fetchone() == (0,)


def test_the_files_of_a_pack_are_called_as_in_its_folder(lianxi: Lianxi, pack: Path) -> None:
    (pack / "forms" / "looks.form").write_text("{")

    findings = lianxi("check", pack)

    files = [path for path in sorted(pack.rglob("*")) if path.is_file() and path.parent.name != "demo"]
    assert lianxi("check", *files) == findings
    assert "error: forms/looks.form: Expected readable JSON" in findings[1]


def test_two_files_of_one_name_are_both_looked_at(lianxi: Lianxi, pack: Path) -> None:
    (pack / "other").mkdir()
    (pack / "other" / "looks.form").write_text("{")

    code, said, _ = lianxi("check", pack / "other" / "looks.form", pack / "forms" / "looks.form")

    assert (code, "other/looks.form: Expected readable JSON" in said) == (1, True)


def test_single_files_can_be_checked_and_must_exist(lianxi: Lianxi, pack: Path) -> None:
    assert lianxi("check", pack / "forms" / "looks.form") == (0, "", "")
    code, said, trouble = lianxi("check", pack / "forms" / "looks.form", pack / "none.bpmn")
    assert (code, said) == (1, "")
    assert trouble.startswith("lianxi: Expected files that exist, but ") and "none.bpmn do not" in trouble


def test_a_pack_is_deployed_once(lianxi: Lianxi, pack: Path) -> None:
    first, second = lianxi("deploy", pack), lianxi("deploy", pack)

    created = "process permits version 1\nform looks version 1\nform permit version 1\n"
    assert first == (0, created, "")
    assert second == (0, "nothing has changed\n", "")

    (pack / "forms" / "looks.form").write_text(form("looks", text_field("seen"), text_field("heard")))
    assert lianxi("deploy", pack, "--reason", "They hear too") == (0, "form looks version 2\n", "")
    told = open_service(Settings.from_environ()).engine.ask(deploying.deployments, SYSTEM)
    assert [row.reason for row in told] == ["They hear too", "From a folder"]


def test_a_folder_that_is_not_there_is_not_deployed(lianxi: Lianxi, tmp_path: Path) -> None:
    code, _, trouble = lianxi("deploy", tmp_path / "nothing")

    assert (code, trouble) == (
        1,
        f"lianxi: Expected a folder with a pack at {tmp_path / 'nothing'}, but there is none\n",
    )


@pytest.mark.parametrize(
    ("asked", "raw", "legal", "safe"),
    [
        ("--start 2026-03-02 --count 60 --unit calendar_day", "2026-05-01", "2026-05-06", "2026-04-30"),
        ("--start 2026-03-03 --count 15", "2026-03-18", "2026-03-18", "2026-03-18"),
        ("--start 2025-12-17 --count 15 --unit calendar_day", "2026-01-01", "2026-01-04", "2025-12-31"),
        ("--start 2026-06-01 --count 30 --excluded-days 3", "2026-07-04", "2026-07-06", "2026-07-03"),
        ("--start 2026-03-02 --count 30 --local-holiday 2026-04-01", "2026-04-01", "2026-04-02", "2026-03-31"),
        (
            "--start 2026-03-02 --count 30 --local-holiday 2026-04-01 --local-holiday 2026-04-02",
            "2026-04-01",
            "2026-04-03",
            "2026-03-31",
        ),
        ("--start 2026-02-10 --count 5 --unit working_day", "2026-02-24", "2026-02-24", "2026-02-24"),
        (
            "--start 2026-03-27 --count 3 --unit working_day --local-holiday 2026-04-01",
            "2026-04-02",
            "2026-04-02",
            "2026-04-02",
        ),
    ],
)
def test_a_deadline_is_printed_as_json(lianxi: Lianxi, asked: str, raw: str, legal: str, safe: str) -> None:
    code, said, _ = lianxi("deadline", *asked.split())

    due = json.loads(said)
    assert (code, list(due)) == (0, ["raw_last_day", "legal_due", "safe_due", "provisional", "why"])
    assert (due["raw_last_day"], due["legal_due"], due["safe_due"]) == (raw, legal, safe)
    assert due["provisional"] is False
    assert "which is not counted itself" in due["why"]


def test_a_year_without_a_published_calendar_is_provisional(lianxi: Lianxi) -> None:
    due = json.loads(lianxi("deadline", "--start", "2090-03-02", "--count", "60")[1])

    assert due["provisional"] is True
    assert "The days off of 2090 are not published yet" in due["why"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("--start 2026-02-30 --count 5", "Expected start to hold dates like 2026-03-02, but it holds 2026-02-30"),
        ("--start 2026-03-02 --count 0", "Expected count to be a whole number from 1 to 36500, but it is 0"),
        ("--start 2026-03-02 --count 5 --excluded-days -1", "Expected excluded_days to be a whole number from 0"),
        ("--start 2026-03-02 --count 5 --local-holiday soon", "Expected local_holidays to hold dates"),
    ],
)
def test_a_deadline_that_cannot_be_counted_is_refused(lianxi: Lianxi, asked: str, told: str) -> None:
    code, said, trouble = lianxi("deadline", *asked.split())

    assert (code, said) == (1, "")
    assert trouble.startswith(f"lianxi: {told}")


@pytest.mark.parametrize(
    "asked", ["deadline --start 2026-03-02", "deadline --start x --count 1 --unit week", "", "fly"]
)
def test_a_command_that_is_not_understood_ends_with_two(lianxi: Lianxi, asked: str) -> None:
    with pytest.raises(SystemExit) as end:
        lianxi(*asked.split())

    assert end.value.code == 2


def test_an_account_is_made_signs_in_and_gets_a_token(lianxi: Lianxi, pack: Path, tmp_path: Path) -> None:
    lianxi("deploy", pack)

    made = lianxi("user", "create", "omar", "--display", "Omar", "--group", "clerks", "--password", PASSWORD)
    code, token, _ = lianxi("token", "create", "--user", "omar", "--days", "30")

    assert (made, code) == ((0, "", ""), 0)
    engine = open_service(Settings.from_environ({"LIANXI_DATA": str(tmp_path)})).engine
    assert engine.ask(people.by_session, sign_in(engine, "omar", PASSWORD)).person.name == "Omar"
    person = engine.ask(people.by_token, token.strip())
    assert (person.username, person.actor.groups) == ("omar", {"clerks"})
    assert token.startswith("lx_") and token.count("\n") == 1


def test_the_password_may_come_from_the_environment(lianxi: Lianxi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANXI_PASSWORD", "short")
    code, _, trouble = lianxi("user", "create", "omar")
    assert code == 1 and "at least 12 characters" in trouble

    monkeypatch.setenv("LIANXI_PASSWORD", PASSWORD)
    assert lianxi("user", "create", "omar")[0] == 0


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("token create --user nobody", "Expected to find account nobody, but there is none"),
        ("user create omar --group wizards --password 'x'", "Expected groups that exist, but wizards do not"),
    ],
)
def test_accounts_that_are_not_there_are_refused(lianxi: Lianxi, asked: str, told: str) -> None:
    assert lianxi(*asked.split()) == (1, "", f"lianxi: {told}\n")


@pytest.mark.parametrize("days", ["0", "-1", "999999999999"])
def test_a_token_is_good_for_a_day_or_some_years(lianxi: Lianxi, days: str) -> None:
    lianxi("user", "create", "omar", "--password", PASSWORD)

    code, said, trouble = lianxi("token", "create", "--user", "omar", "--days", days)

    assert (code, said) == (1, "")
    assert trouble.startswith(f"lianxi: Expected days to be a whole number from 1 to 3650, but it is {days}\n")


def test_migrating_makes_the_tables_and_again_changes_nothing(
    lianxi: Lianxi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANXI_DATA", str(tmp_path / "new"))

    assert [lianxi("migrate"), lianxi("migrate")] == [(0, "", "")] * 2

    tables = sqlite3.connect(tmp_path / "new" / "lianxi.db").execute("SELECT name FROM sqlite_master").fetchall()
    assert ("human_task",) in tables


def test_the_demo_makes_people_and_cases_once(lianxi: Lianxi, pack: Path) -> None:
    first, second = lianxi("demo", pack, "--no-serve"), lianxi("demo", pack, "--no-serve")

    assert first == second
    assert first[0] == 0
    assert "http://127.0.0.1:8000" in first[1] and "rita             丽塔  registers" in first[1]
    with sqlite3.connect(pack.parent / "lianxi.db") as database:
        assert database.execute("SELECT title, status, closed_at IS NOT NULL FROM case_record").fetchall() == [
            ("A shed", "", 1)
        ]
        (answers,) = database.execute("SELECT data FROM history_event WHERE type = 'task completed'").fetchone()
        assert len(json.loads(answers)["seen"]) == len("2026-03-02")


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        (CASES.replace("A shed", ""), "Expected the demo case {'subject': ''} to play, but"),
        (CASES.replace('task = "look"', 'task = "fly"'), "Expected an open task fly for rita"),
        (CASES.replace('by = "rita"', 'by = "nobody"'), "Expected demo person nobody, but there is none"),
    ],
)
def test_a_demo_case_that_does_not_play_says_why(lianxi: Lianxi, pack: Path, cases: str, told: str) -> None:
    (pack / "demo" / "cases.toml").write_text(cases)

    code, _, trouble = lianxi("demo", pack, "--no-serve")

    assert code == 1 and told in trouble


def test_without_a_folder_the_demo_is_that_of_processes(
    lianxi: Lianxi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert lianxi("demo", "--no-serve")[2] == "lianxi: Expected a pack below processes/, but there is none here\n"

    monkeypatch.chdir(ROOT)
    code, said, _ = lianxi("demo", "--no-serve")
    assert code == 0
    assert len([line for line in said.splitlines() if line.startswith("  ")]) >= 9


def test_a_worker_of_its_own_needs_postgresql(lianxi: Lianxi) -> None:
    code, _, trouble = lianxi("worker")

    assert code == 1
    assert trouble.startswith("lianxi: Expected a PostgreSQL database for a worker of its own")


def test_a_second_worker_of_one_machine_wants_a_port_of_its_own_for_its_metrics(
    lianxi: Lianxi, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("LIANXI_WORKER_METRICS_PORT", str(port))
        code, _, trouble = lianxi("worker")

    assert code == 1
    assert trouble.startswith(f"lianxi: Expected to listen on 127.0.0.1:{port}, but that can't be had")
    assert trouble.endswith("; set LIANXI_WORKER_METRICS_PORT to another port\n")


def test_a_second_server_of_one_file_is_refused(lianxi: Lianxi, tmp_path: Path) -> None:
    with sole_process(open_database(f"sqlite:///{tmp_path / 'lianxi.db'}")):
        code, said, trouble = lianxi("serve")

    assert (code, said) == (1, "")
    assert "lianxi.db, but process " in trouble and "stop that first" in trouble


def test_a_setting_that_cannot_be_used_is_named(lianxi: Lianxi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANXI_PORT", "99999")

    assert lianxi("migrate")[2] == "lianxi: Expected LIANXI_PORT to be a number from 1 to 65535, but it is 99999\n"


def test_what_is_outside_and_cannot_be_used_is_told_in_one_line(
    lianxi: Lianxi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("LIANXI_DATA", str(tmp_path / "taken" / "data"))

    code, _, trouble = lianxi("migrate")

    assert (code, len(trouble.splitlines())) == (1, 1)
    assert trouble.startswith(f"lianxi: Expected to use {tmp_path}")
    monkeypatch.setenv("LIANXI_DATA", str(tmp_path))
    # Nobody listens on the port of discard; a server that is away must not end in a traceback.
    monkeypatch.setenv("LIANXI_DATABASE_URL", "postgresql://clerk:of-the-office@127.0.0.1:9/office")
    for asked in ("migrate", "worker", "serve", "backup"):
        code, _, trouble = lianxi(asked)
        assert (code, len(trouble.splitlines())) == (1, 1)
        assert trouble.startswith("lianxi: Expected to use the database, but that can't be done: connection failed")
        assert "of-the-office" not in trouble


def test_the_installed_command_gives_its_exit_code(pack: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = whole({"LIANXI_DATA": str(tmp_path / "data")})
        return subprocess.run([*LIANXI, *arguments], env=environment, capture_output=True, text=True, check=False)

    assert run("check", str(pack)).returncode == 0
    missing = run("check", str(pack / "nothing"))
    assert (missing.returncode, "Traceback" in missing.stderr) == (1, False)
    assert not (tmp_path / "data").exists()
