"""Delete what is past its term: cases so many years after they were closed, instances without a case, old log entries.

The years are the pack's (`retention_years` of a case type) or given; where neither says any, nothing is deleted. Cases
on hold stay. What is deleted is logged by number; a row of statistics stays of each case.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import NullPool, create_engine, delete, func, select, text
from sqlalchemy.engine import make_url

from engine import forgetting, partitions
from engine.access import SYSTEM
from engine.archiving import archive_case
from engine.commands.retention import ForgetCase, ForgetInstance
from engine.commands.upkeep import NoteUpkeep
from engine.database import Database
from engine.errors import InvalidInput, Rejection
from engine.executor import Engine
from engine.model.casework import Case
from engine.model.history import AuditEvent
from engine.model.runtime import BufferedMessage, ProcessInstance
from engine.queries.context import QueryContext


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Years of keeping. `years`: of case types whose pack says nothing, and of instances without a case; `audit_years`:
    of the log. None keeps for ever."""

    years: int | None = None
    audit_years: int | None = None


@dataclass(kw_only=True)
class Report:
    """What was, or in a dry run would be, deleted: numbers of cases, how many rows by table, and what was refused."""

    cases: list[str] = field(default_factory=list)
    instances: list[int] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)


def apply(
    engine: Engine,
    terms: Terms,
    *,
    dry_run: bool = False,
    archive: Path | None = None,
    tell: Callable[[str], None] = lambda number: None,
) -> Report:
    """Delete, each case in a transaction of its own, after writing it to the folder `archive` where one is given."""
    _ensure_positive(terms)
    report = Report()
    for case in list(engine.ask(_due_cases, terms)):
        if case.hold_reason:
            report.held.append(case.number)
            continue
        try:
            report.rows += _count(engine, case_id=case.id) if dry_run else _forget(engine, case, archive)
        except Rejection as refusal:
            report.refused.append(f"{case.number}: {refusal.message}")
            continue
        report.cases.append(case.number)
        tell(case.number)
    for instance_id in engine.ask(_due_instances, terms):
        if dry_run:
            report.rows += _count(engine, instance_id=instance_id)
        else:
            report.rows += engine.execute(ForgetInstance(instance_id=instance_id), actor=SYSTEM)
        report.instances.append(instance_id)
    _old_events(engine, terms, report, dry_run)
    if not dry_run:
        _tidy(engine, report)
    return report


def years_before(now: datetime, years: int) -> datetime:
    """The same day so many years ago; of 29 February the 28th."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return now.replace(year=now.year - years, day=28)


def _ensure_positive(terms: Terms) -> None:
    for given in (terms.years, terms.audit_years):
        if given is not None and not 1 <= given <= 200:
            raise InvalidInput({}, "Expected years from 1 to 200, but {given} were given", given=given)


def _due_cases(context: QueryContext, terms: Terms) -> list[Case]:
    _ = context.stamp
    years = {
        case_type.key: case_type.retention_years
        for pack in context.definitions.packs(context.session)
        for case_type in pack.case_types.values()
    }
    found: list[Case] = []
    for key in context.session.scalars(select(Case.type).distinct()).all():
        term = years.get(key) or terms.years
        if term is not None:
            closed = Case.closed_at <= years_before(context.now, term)
            found += context.session.scalars(select(Case).where(Case.type == key, closed).order_by(Case.id))
    return found


def _due_instances(context: QueryContext, terms: Terms) -> list[int]:
    if terms.years is None:
        return []
    ended = ProcessInstance.ended_at <= years_before(context.now, terms.years)
    without = ProcessInstance.case_id.is_(None), ProcessInstance.status != "running"
    return list(context.session.scalars(select(ProcessInstance.id).where(ended, *without).order_by(ProcessInstance.id)))


def _count(engine: Engine, *, case_id: int | None = None, instance_id: int | None = None) -> Counter[str]:
    with engine.database.read() as session:
        connection = session.connection()
        if case_id is not None:
            return forgetting.counted(connection, forgetting.of_case(connection, case_id))
        assert instance_id is not None
        return forgetting.counted(connection, forgetting.of_instance(connection, instance_id))


def _forget(engine: Engine, case: Case, archive: Path | None) -> Counter[str]:
    note = ""
    if archive is not None and case.closed_at is not None:
        note = f"archived as {archive_case(engine, case.number, archive / str(case.closed_at.year)).name}"
    return engine.execute(ForgetCase(case_id=case.id, note=note), actor=SYSTEM)


def _old_events(engine: Engine, terms: Terms, report: Report, dry_run: bool) -> None:
    """Log entries past their term, and messages nobody took in time."""
    now = engine.clock.now()
    wanted = {BufferedMessage: BufferedMessage.expires_at <= now}
    if terms.audit_years is not None:
        wanted[AuditEvent] = AuditEvent.at < years_before(now, terms.audit_years)  # type: ignore[index]
    for table, where in wanted.items():
        if dry_run:
            with engine.database.read() as session:
                gone = session.scalar(select(func.count()).select_from(table).where(where)) or 0
        else:
            with engine.database.write() as session:
                gone = session.execute(delete(table).where(where)).rowcount  # type: ignore[attr-defined]
        report.rows[table.__tablename__] += gone


def _tidy(engine: Engine, report: Report) -> None:
    """Note what was done, and have the database overwrite what it only marked as gone."""
    engine.execute(
        NoteUpkeep(
            name="retention",
            data={"cases": len(report.cases), "instances": len(report.instances), "rows": sum(report.rows.values())},
        ),
        actor=SYSTEM,
    )
    if report.rows.total():
        _vacuum(engine.database)
    with engine.database.write() as session:
        report.parts += partitions.drop_empty_parts(session.connection(), engine.clock.now())


def _vacuum(database: Database) -> None:
    if database.dialect == "postgresql":
        with create_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM"))
        return
    with closing(sqlite3.connect(str(make_url(database.url).database), timeout=30, isolation_level=None)) as file:
        # An index of trigrams only notes that a row is gone, until its parts are merged into one.
        indexes = file.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5 (%'")
        for (name,) in indexes.fetchall():
            file.execute(f"INSERT INTO {name} ({name}) VALUES ('optimize')")
        file.execute("VACUUM")
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
