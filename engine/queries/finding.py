"""Finding cases by words, quickly: on PostgreSQL over indexes of all pairs of letters, which serve Chinese too.

A word of Chinese is often two letters, without spaces around it and shorter than the trigrams that others index. The
function and the indexes are made by the schema; SQLite looks through the rows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal_column, or_, select, union

from engine.model.casework import Case, Party
from engine.queries.context import QueryContext

MOST_COUNTED = 1000  # counting hundreds of thousands for every page would take longer than the page
# As in the indexes, to the letter.
CASE_PAIRS: ColumnElement[Any] = literal_column(
    "lianxi_pairs(case_record.number || ' ' || case_record.title || ' ' || case_record.summary)"
)
PARTY_PAIRS: ColumnElement[Any] = literal_column("lianxi_pairs(party.name)")


def telling(text: str) -> ColumnElement[bool]:
    """Cases that hold the text in number, title, summary or a name, or as a phone number."""
    party = exists().where(Party.case_id == Case.id, or_(*_of_party(text)))
    return or_(*_of_case(text), party)


def case_ids(context: QueryContext, text: str) -> Select[Any] | None:
    """The ids of the same cases by way of the indexes; None where there is no way: on SQLite, and for one letter."""
    if context.session.get_bind().dialect.name != "postgresql" or len(text) < 2:
        return None
    wanted = func.lianxi_pairs(text)
    of_case = select(Case.id).where(CASE_PAIRS.op("@>")(wanted), or_(*_of_case(text)))
    by_name = select(Party.case_id).where(PARTY_PAIRS.op("@>")(wanted), Party.name.icontains(text, autoescape=True))
    ways: list[Select[Any]] = [of_case, by_name]
    if digits := _digits(text):
        ways.append(select(Party.case_id).where(Party.phone_digits == digits))
    return select(union(*ways).subquery())


def counted(context: QueryContext, statement: Select[Any]) -> int:
    """How many rows the statement has, at most MOST_COUNTED + 1, which stands for more than that."""
    return context.session.scalar(select(func.count()).select_from(statement.limit(MOST_COUNTED + 1).subquery())) or 0


def _of_case(text: str) -> list[ColumnElement[bool]]:
    return [column.icontains(text, autoescape=True) for column in (Case.number, Case.title, Case.summary)]


def _of_party(text: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Party.name.icontains(text, autoescape=True)]
    if digits := _digits(text):
        found.append(Party.phone_digits == digits)
    return found


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
