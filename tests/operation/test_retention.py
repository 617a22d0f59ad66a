"""The end of a case's term: it is written to a file, deleted so that nothing of anybody is left, and counted."""

from __future__ import annotations

import contextlib
import hashlib
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import zstandard
from sqlalchemy import MetaData, select, text
from sqlalchemy.engine import make_url

from engine import retention
from engine.access import SYSTEM
from engine.archiving import archive_case
from engine.commands.casework import LinkCases, RevealPersonalData
from engine.commands.instance import CancelInstance
from engine.commands.message import PublishMessage
from engine.commands.retention import ForgetCase, HoldCase
from engine.errors import InvalidInput, InvalidState, NotFound
from engine.model.casework import Case
from engine.model.history import AuditEvent, CaseStatistic, HistoryEvent, Upkeep
from engine.model.runtime import ProcessInstance
from engine.queries import cases
from engine.retention import Terms
from tests.support.databases import any_database  # noqa: F401
from tests.support.driver import Driver, InstanceDriver, open_driver
from tests.support.models import sequence, user_task
from tests.support.postgres import libpq_url

MANIFEST = """
job_types = ["print"]
[[case_types]]
key = "complaint"
process = "complaint"
number = "C-{year}-{sequence:03d}"
retention_years = 10
fields = { title = "=subject", category = '="water"', place = "=village", outcome = '="settled"' }
[[case_types.parties]]
role = '="complainant"'
name = "=name"
phone = "=phone"
id_number = "=id_number"
address = "=village"
"""
WORK = """<bpmn:serviceTask id="print"><bpmn:extensionElements><zeebe:taskDefinition type="print" retries="1"/>
  </bpmn:extensionElements></bpmn:serviceTask>"""
LETTER = """<bpmn:intermediateCatchEvent id="letter"><bpmn:messageEventDefinition id="m1" messageRef="letter_came"/>
  </bpmn:intermediateCatchEvent>"""
MESSAGE = """<bpmn:message id="letter_came" name="letter came"><bpmn:extensionElements>
  <zeebe:subscription correlationKey="=number"/></bpmn:extensionElements></bpmn:message>"""
PERSONAL = {
    "name": "欧阳静姝",
    "phone": "13912345678",
    "id_number": "211324197003071234",
    "village": "Lower Shawan by the Well",
    "subject": "The well of Ouyang has run dry",
}
ANSWERS = {"findings": "Neighbour Dugu dug deeper", "note": "She weeps whenever asked"}
WORDS = [*PERSONAL.values(), *ANSWERS.values()]


@pytest.fixture
def desk(any_database, tmp_path: Path) -> Driver:  # noqa: F811
    office = open_driver(any_database.url, tmp_path)
    office.groups(clerks=("case:open", "case:read_all", "personal_data:read"))
    office.person("omar", "clerks")
    office.deploy(
        sequence(user_task("look"), WORK, user_task("reply"), process_id="complaint", between=""),
        name="complaints",
        manifest__toml=MANIFEST,
    )
    yield office
    office.service.close()


def closed_case(office: Driver) -> tuple[int, str]:
    """A case with all that a case leaves behind, closed now."""
    opened = office.open_case("complaint", "omar", **PERSONAL)
    instance: InstanceDriver = office.case_instance(opened.case_id)
    number = office.one(select(Case.number).where(Case.id == opened.case_id))
    instance.task("look").claimed_by("omar").drafted_by("omar", **ANSWERS).complete("omar", **ANSWERS)
    instance.job.fail(f"no paper for {PERSONAL['name']}", retries=1)
    instance.job.complete(printed=f"to {PERSONAL['name']}")
    office.execute(RevealPersonalData(case_id=opened.case_id, reason=f"asked by {PERSONAL['name']}"), by="omar")
    message = PublishMessage(
        name="letter came", correlation_key=number, variables=PERSONAL, time_to_live_ms=3650 * 86_400_000
    )
    office.engine.execute(message, actor=SYSTEM)
    with office.service.database.write() as session:
        job = {"job_id": 1, "name": PERSONAL["name"], "message_id": f"{instance.id}/7"}
        office.service.jobs.enqueue(session, "publish_message", {**job, "correlation_key": ""})
        session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
    instance.task("reply").done_by("omar", **ANSWERS)
    return opened.case_id, number


def findings(office: Driver, words: list[str]) -> list[str]:
    """Where in the database, in any table and any column, the words are."""
    found = []
    with office.service.database.read() as session:
        connection = session.connection()
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.tables.values():
            for row in connection.execute(select(table)).mappings():
                told = " ".join(map(_readable, row.values()))
                found += [f"{table.name}: {word}" for word in words if word in told]
    return found


def raw(office: Driver) -> bytes:
    """The files of the database, with what is marked as free in them; of PostgreSQL after what docs/operating.md says
    to do where no byte may stay."""
    url = office.service.database.url
    if office.service.database.dialect == "sqlite":
        path = make_url(url).database
        return b"".join(file.read_bytes() for file in (Path(path), Path(f"{path}-wal")) if file.exists())
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("VACUUM FULL")
        connection.execute("CHECKPOINT")
        files = connection.execute(
            "SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class"
            " WHERE relkind IN ('r', 'i', 't', 'm') AND NOT relisshared AND relnamespace <> 'pg_catalog'::regnamespace"
        )
        return b"".join(row[0] for row in files if row[0])


def _readable(value: object) -> str:
    """A value as text; the states of instances are packed."""
    if not isinstance(value, bytes | memoryview):
        return json.dumps(value, ensure_ascii=False, default=str)
    raw = bytes(value)
    with contextlib.suppress(zstandard.ZstdError):
        raw += zstandard.ZstdDecompressor().decompress(raw[1:], max_output_size=1 << 20)
    return raw.decode("utf-8", "replace")


def test_after_its_term_nothing_personal_is_left_anywhere(desk: Driver, tmp_path: Path) -> None:
    case_id, number = closed_case(desk)
    assert {place.split(":")[0] for place in findings(desk, WORDS)} >= {
        "party", "case_record", "history_event", "process_instance", "job", "buffered_message", "audit_event",
        "procrastinate_jobs",
    }  # fmt: skip
    desk.later(days=365 * 10 + 4)

    report = retention.apply(desk.engine, Terms(), archive=tmp_path / "archive")

    assert (report.cases, report.refused) == ([number], [])
    assert findings(desk, WORDS) == []
    pieces = [*WORDS, PERSONAL["name"][:3]]  # as the index of trigrams has it
    left = raw(desk)
    assert not [word for word in pieces if word.encode() in left], "not even in pages that are free"
    statistic = desk.one(select(CaseStatistic))
    assert (statistic.type, statistic.category, statistic.outcome, statistic.days) == (
        "complaint",
        "water",
        "settled",
        0,
    )
    assert statistic.closed_month.day == 1
    log = desk.one(select(AuditEvent).where(AuditEvent.action == "forget"))
    assert log.subject == number and "archived as" in log.reason
    assert desk.one(select(Upkeep).where(Upkeep.name == "retention")).data["cases"] == 1
    with pytest.raises(NotFound):
        desk.engine.ask(cases.detail, desk.actor("omar"), case_id)
    archived = next((tmp_path / "archive").rglob("*.zip"))
    told = zipfile.ZipFile(archived).read("case.json").decode()
    assert all(word in told for word in WORDS)
    assert (
        zipfile.ZipFile(archived)
        .read("case.json.sha256")
        .decode()
        .startswith(hashlib.sha256(told.encode()).hexdigest())
    )


def test_before_its_term_on_hold_or_open_a_case_stays(desk: Driver) -> None:
    _, number = closed_case(desk)
    open_case = desk.open_case("complaint", "omar", **PERSONAL)
    desk.later(days=365 * 10)
    assert retention.apply(desk.engine, Terms()).cases == [], "ten years have leap days"
    desk.later(days=5)
    desk.engine.execute(HoldCase(number=number, reason="a lawsuit"), actor=SYSTEM)

    report = retention.apply(desk.engine, Terms(years=1))

    assert (report.cases, report.held) == ([], [number])
    with pytest.raises(InvalidState, match="held: a lawsuit"):
        desk.engine.execute(ForgetCase(case_id=1), actor=SYSTEM)
    with pytest.raises(InvalidState, match=r"but .* runs"):
        desk.engine.execute(ForgetCase(case_id=open_case.case_id), actor=SYSTEM)
    desk.engine.execute(HoldCase(number=number, reason=None), actor=SYSTEM)
    assert retention.apply(desk.engine, Terms()).cases == [number]
    assert desk.all(select(Case.id)) == [open_case.case_id]


def test_a_dry_run_counts_and_deletes_nothing(desk: Driver) -> None:
    _, number = closed_case(desk)
    desk.later(days=365 * 11)

    planned = retention.apply(desk.engine, Terms(), dry_run=True)
    assert planned.cases == [number] and desk.all(select(Case.number)) == [number]
    done = retention.apply(desk.engine, Terms())

    for table in ("party", "history_event", "process_instance", "human_task", "case_record"):
        assert planned.rows[table] == done.rows[table] > 0, table


def test_links_to_a_deleted_case_go_and_the_other_case_stays(desk: Driver) -> None:
    case_id, _ = closed_case(desk)
    other = desk.open_case("complaint", "omar", **PERSONAL)
    desk.execute(LinkCases(case_id=other.case_id, other_case_id=case_id, kind="related"), by="omar")
    desk.later(days=365 * 11)

    retention.apply(desk.engine, Terms())

    page = desk.engine.ask(cases.detail, desk.actor("omar"), other.case_id)
    assert page.links == () and page.parties


def test_instances_without_a_case_and_old_log_entries_go_when_years_are_given(desk: Driver) -> None:
    desk.deploy(sequence(user_task("count"), process_id="errand"), name="errands")
    ended, running = desk.start("errand", name=PERSONAL["name"]), desk.start("errand")
    desk.engine.execute(CancelInstance(instance_id=ended.id, reason="enough"), actor=SYSTEM)
    desk.later(days=365 * 3)

    assert retention.apply(desk.engine, Terms()).instances == []
    report = retention.apply(desk.engine, Terms(years=2, audit_years=1))

    assert report.instances == [ended.id]
    assert desk.all(select(ProcessInstance.id)) == [running.id]
    assert desk.all(select(HistoryEvent.instance_id).distinct()) == [running.id]
    assert set(desk.all(select(AuditEvent.action))) == {"forget", "retention"}
    with pytest.raises(InvalidInput, match="from 1 to 200"):
        retention.apply(desk.engine, Terms(years=0))


def test_the_term_of_a_leap_day_ends_on_the_day_before() -> None:
    assert retention.years_before(datetime(2036, 2, 29, tzinfo=UTC), 10) == datetime(2026, 2, 28, tzinfo=UTC)


def test_an_open_case_can_be_archived_too_but_not_over_a_file(desk: Driver, tmp_path: Path) -> None:
    desk.open_case("complaint", "omar", **PERSONAL)

    path = archive_case(desk.engine, "C-2026-001", tmp_path)

    content = json.loads(zipfile.ZipFile(path).read("case.json"))
    assert content["rows"]["party"][0]["name"] == PERSONAL["name"]
    assert next(iter(next(iter(content["variables"].values())).values()))["phone"] == PERSONAL["phone"]
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(InvalidState, match="it exists"):
        archive_case(desk.engine, "C-2026-001", tmp_path)
    with pytest.raises(NotFound, match="case C-1"):
        archive_case(desk.engine, "C-1", tmp_path)
