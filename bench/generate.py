"""Fill a database with very many cases: `python -m bench.generate URL TASKS [HISTORY]`.

The demonstration's cases, made by real commands, are the templates. The database copies them within itself, every table
that belongs to a case, with other keys, dates, names, words, groups and people. An office in five has a fifth of all
the work, so that somebody has an inbox of tens of thousands.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Column, Connection, Date, DateTime, Table, create_engine, func, select, text
from sqlalchemy.pool import NullPool

from engine import forgetting, model, partitions
from engine.access import SYSTEM
from engine.commands.identity import CreateUser
from engine.config import Settings
from engine.demo import load_demo
from engine.model.casework import Case
from engine.model.identity import Group
from engine.service import Service, open_service

PACK = Path(__file__).parents[1] / "processes" / "petition"
OFFICES = 50
PASSWORD = "bench-of-lianxi"
OPEN_DAYS, CLOSED_DAYS = 90, 5 * 365  # how far back cases were opened
BATCH = 20_000  # copies of all templates' cases in one statement, about
LEFT_OUT = ("case_link", "buffered_message")
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国文志远海燕春雪峰宏宇婷浩然子轩欣怡嘉豪思"
    "雨晨曦佳琪梓涵俊熙雅鑫博瑞泽彤颖瑶琳倩楠琼旭东凯帆宁安康乐天成林森"
)
PLACES = [
    "大城子镇平房村",
    "南公营子镇",
    "白塔子镇",
    "水泉镇",
    "羊角沟镇",
    "六官营子镇",
    "老爷庙镇",
    "中三家镇",
    "公营子镇",
    "甘招镇",
    "兴隆庄镇",
    "东哨镇",
    "坤都营子乡",
    "大营子乡",
    "卧虎沟乡",
    "草场乡",
    "尤杖子乡",
    "山嘴子镇",
    "平房子镇",
    "官大海农场",
]
MATTERS = [
    "拖欠工资",
    "征地补偿",
    "房屋漏水",
    "道路破损",
    "供水中断",
    "环境污染",
    "噪声扰民",
    "宅基地纠纷",
    "低保申请",
    "医保报销",
    "土地流转",
    "电网改造",
    "违章建筑",
    "物业纠纷",
    "退休待遇",
    "学校入学",
    "河道采砂",
    "村务公开",
    "养殖污染",
    "拆迁安置",
]


def generate(url: str, tasks: int, history: int = 0, *, show: bool = True) -> Service:
    """Make at least so many open tasks and history rows in an empty database, and answer the open installation."""
    service = open_service(Settings.from_environ({"LIANXI_DATA": str(new_folder()), "LIANXI_DATABASE_URL": url}))
    load_demo(service, PACK)
    furnish(service)
    bind = create_engine(service.settings.database_url, poolclass=NullPool)
    with bind.begin() as connection:
        templates = _templates(connection)
        _prepare_parts(connection)
    with _without_indexes(bind, service.database.dialect):
        _multiply(bind, templates, tasks, history, show=show)
    with bind.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if service.database.dialect == "postgresql" else "ANALYZE"))
    return service


def furnish(service: Service) -> None:
    """The groups and the people of every office: `lin~7` in `reception~7`."""
    with service.database.write() as session:
        for group in session.scalars(select(Group)).all():
            for office in range(OFFICES):
                session.add(
                    Group(
                        key=f"{group.key}~{office}", name=f"{group.name} {office}", kind=group.kind,
                        permissions=group.permissions,
                    )
                )  # fmt: skip
        people = session.execute(text("SELECT username, id FROM user_account")).all()
        groups = session.execute(text("SELECT user_id, group_key FROM membership")).all()
    for username, key in people:
        own = tuple(f"{group}~0" for user, group in groups if user == key)
        service.engine.execute(
            CreateUser(username=f"{username}~0", password=PASSWORD, names={"zh": f"{username}0"}, groups=own),
            actor=SYSTEM,
        )


def _templates(connection: Connection) -> dict[int, tuple[bool, int, int]]:
    """Of each case: whether it is open, its open tasks, its history rows."""
    found = {}
    for case_id, closed_at in connection.execute(select(Case.id, Case.closed_at)):
        tasks = connection.scalar(
            text("SELECT count(*) FROM human_task WHERE case_id = :id AND status = 'open'"), {"id": case_id}
        )
        events = connection.scalar(text("SELECT count(*) FROM history_event WHERE case_id = :id"), {"id": case_id})
        found[case_id] = (closed_at is None, int(tasks or 0), int(events or 0))
    return found


def _prepare_parts(connection: Connection) -> None:
    now = datetime.now(UTC)
    partitions.make_parts(connection, now, first=(now - timedelta(days=CLOSED_DAYS + 200)).date())


@contextmanager
def _without_indexes(bind, dialect: str) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """Rows are written several times as fast when the indexes are made afterwards."""
    if dialect == "sqlite":
        yield
        return
    with bind.begin() as connection:
        indexes = connection.execute(
            text(
                "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i"
                " JOIN pg_class c ON c.oid = i.indexrelid"
                " JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'public' AND NOT i.indisprimary AND NOT c.relispartition"
                " AND t.relname NOT LIKE 'procrastinate%'"
                " AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)"
            )
        ).all()
        for name, _ in indexes:
            connection.execute(text(f'DROP INDEX "{name}"'))
    yield
    with bind.begin() as connection:
        connection.execute(text("SET maintenance_work_mem = '1GB'"))
        for name, definition in indexes:
            begin = time.monotonic()
            connection.execute(text(definition.replace("ON ONLY ", "ON ")))
            say(f"index {name}: {time.monotonic() - begin:.0f} s\n")


def _multiply(bind, templates, tasks: int, history: int, *, show: bool) -> None:  # type: ignore[no-untyped-def]
    open_cases = [case for case, (is_open, count, _) in templates.items() if is_open and count]
    closed_cases = [case for case, (is_open, _, _) in templates.items() if not is_open]
    per_round = sum(templates[case][1] for case in open_cases)
    rounds = -(-tasks // per_round)
    made = rounds * sum(templates[case][2] for case in open_cases)
    more = max(0, -(-(history - made) // sum(templates[case][2] for case in closed_cases)))
    with bind.begin() as connection:
        strides = {
            table.name: _highest(connection, table) + 1 for table in model.metadata.sorted_tables if "id" in table.c
        }
    done, total, begin = 0, rounds + more, time.monotonic()
    for cases, count, days, first in (
        (open_cases, rounds, OPEN_DAYS, 1),
        (closed_cases, more, CLOSED_DAYS, rounds + 1),
    ):
        step = max(1, BATCH // len(cases))
        for start in range(first, first + count, step):
            end = min(start + step, first + count)
            with bind.begin() as connection:
                _copy(connection, cases, start, end, days, strides)
            done += end - start
            if show:
                _bar(done, total, time.monotonic() - begin)
    if show:
        say("\n")
    with bind.begin() as connection:
        if connection.dialect.name == "postgresql":
            for name in strides:
                highest = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), greatest(max(id), 1)) FROM {name}"
                connection.execute(text(highest))


def _highest(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.max(table.c.id))) or 0


def _copy(connection: Connection, cases: list[int], start: int, end: int, days: int, strides: dict[str, int]) -> None:
    """All templates' rows again for each k from start to end; the keys of the k-th copy are k strides further."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no looking up of every reference
        connection.execute(text("SET LOCAL synchronous_commit = off"))
        numbers = f"generate_series(CAST({start} AS bigint), {end - 1}) AS n(k)"
    else:
        numbers = (
            f"(WITH RECURSIVE n(k) AS (SELECT {start} UNION ALL SELECT k + 1 FROM n WHERE k < {end - 1})"
            " SELECT k FROM n) AS n"
        )
    chosen = ", ".join(map(str, cases))
    instances = f"SELECT id FROM process_instance WHERE case_id IN ({chosen})"
    for table in _tables(connection):
        columns = list(table.c)
        values = ", ".join(_value(column, dialect, days, strides) for column in columns)
        names = ", ".join(f'"{column.name}"' for column in columns)
        where = _belonging(table, chosen, instances)
        connection.execute(
            text(f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} t, {numbers} WHERE {where}")
        )


def _tables(connection: Connection) -> list[Table]:
    return [table for table in forgetting.of_case(connection, 1) if table.name not in LEFT_OUT]


def _belonging(table: Table, chosen: str, instances: str) -> str:
    if table.name == "case_record":
        return f"t.id IN ({chosen})"
    if "case_id" in table.c:
        return f"t.case_id IN ({chosen})"
    if "instance_id" in table.c:
        return f"t.instance_id IN ({instances})"
    return f"t.task_id IN (SELECT id FROM human_task WHERE case_id IN ({chosen}))"


def _value(column: Column, dialect: str, days: int, strides: dict[str, int]) -> str:  # type: ignore[type-arg]
    table, name = column.table.name, column.name
    own = f't."{name}"'
    h = f"((t.id * 7919 + n.k * 104729) % {2**31})" if "id" in column.table.c else f"(n.k * 104729 % {2**31})"
    office = f"CASE WHEN n.k % 5 = 0 THEN 0 ELSE n.k % {OFFICES} END"
    references = {key.column.table.name for key in column.foreign_keys} | (
        {"case_record"} if name == "case_id" else {"process_instance"} if name == "instance_id" else set()
    )
    if name == "id":
        return f"{own} + n.k * {strides[table]}"
    for referred in references & {"case_record", "process_instance", "human_task", "job"}:
        return f"{own} + n.k * {strides[referred]}"
    if (table, name) == ("case_record", "number"):
        return f"'XF-2026-' || (1000000 + t.id + n.k * {strides['case_record']})"
    if (table, name) == ("process_instance", "business_key"):
        return f"'XF-2026-' || (1000000 + t.case_id + n.k * {strides['case_record']})"
    if (table, name) == ("case_record", "request_key"):
        return "NULL"
    if (table, name) == ("case_record", "title"):
        return f"{_pick(PLACES, h)} || {_pick(MATTERS, f'({h} / 31)')} || CAST({h} % 997 AS text) || '号'"
    if (table, name) == ("case_record", "place"):
        return _pick(PLACES, h)
    if (table, name) == ("party", "name"):
        return " || ".join(
            f"substr('{letters}', CAST(1 + {h} / {divisor} % {len(letters)} AS integer), 1)"
            for letters, divisor in ((SURNAMES, 1), (GIVEN, 100), (GIVEN, 9000))
        )
    if (table, name) in (("party", "phone"), ("party", "phone_digits")):
        return f"'139' || substr(CAST(100000000 + {h} % 100000000 AS text), 2)"
    if name in ("assignee", "completed_by", "actor", "opened_by", "started_by", "username") or (
        table in ("task_candidate", "case_access") and name == "name"
    ):
        return f"{own} || '~' || ({office})"
    minutes = f"(n.k * 7919 % {days * 1440})"
    if isinstance(column.type, Date):
        back = f"({minutes} / 1440)"
        return (
            f"{own} - CAST({back} AS integer)" if dialect == "postgresql" else f"date({own}, '-' || {back} || ' days')"
        )
    if isinstance(getattr(column.type, "impl_instance", column.type), DateTime):
        if dialect == "postgresql":
            return f"{own} - make_interval(mins => CAST({minutes} AS integer))"
        return f"strftime('%Y-%m-%d %H:%M:%f000', {own}, '-' || {minutes} || ' minutes')"
    return own


def _pick(words: list[str], h: str) -> str:
    cases = " ".join(f"WHEN {index} THEN '{word}'" for index, word in enumerate(words))
    return f"CASE {h} % {len(words)} {cases} END"


def _bar(done: int, total: int, seconds: float) -> None:
    share = done / total
    left = seconds / share - seconds
    say(f"\r[{'#' * int(40 * share):<40}] {share:5.1%}  {seconds:.0f} s, {left:.0f} s left ")


def say(line: str) -> None:
    print(line, end="", file=sys.stderr, flush=True)


def new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="lianxi-generate-"))


if __name__ == "__main__":
    generate(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0).close()
