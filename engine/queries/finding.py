"""Finding cases by words, quickly: what is frequent is met with among the newest cases, what is rare has an index.

A word of Chinese is often two letters, without spaces around it and shorter than the trigrams that others index. So
PostgreSQL indexes all pairs of letters. SQLite indexes trigrams, and the text ends in blanks there: every pair begins
one. The function, the tables of trigrams and what keeps them are made by the schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    union,
)

from engine.model.casework import Case, Party
from engine.queries.context import QueryContext

MOST_COUNTED = 1000  # counting hundreds of thousands for every page would take longer than the page
MOST_FOUND = 200  # by words: who finds more looks for better words
ENOUGH = 50  # of what is frequent: a page of them, rather than a number of all
SAMPLE = 1000  # so many of the newest cases are looked through in any case
FREQUENT = SAMPLE // 100  # who tells of the words so often among the sample is looked for among the newest
MOST_ENDINGS = 400  # third letters that follow a pair
# As in the indexes, to the letter.
CASE_PAIRS: ColumnElement[Any] = literal_column(
    "lianxi_pairs(case_record.number || ' ' || case_record.title || ' ' || case_record.summary)"
)
PARTY_PAIRS: ColumnElement[Any] = literal_column("lianxi_pairs(party.name)")


def holding(column: Any, words: str) -> ColumnElement[bool]:
    """The column holds the text, in small letters or great ones."""
    if words.upper() == words.lower():  # as is all Chinese: there is nothing to fold
        return column.contains(words, autoescape=True)
    return column.icontains(words, autoescape=True)


def telling(words: str) -> ColumnElement[bool]:
    """Cases that hold the text in number, title, summary or a name, or as a phone number."""
    party = exists().where(Party.case_id == Case.id, or_(*_of_party(words)))
    return or_(*_of_case(words), party)


def found(context: QueryContext, words: str, where: Sequence[ColumnElement[bool]]) -> tuple[list[int], bool]:
    """The ids of cases that tell of the words and meet the conditions, newest first, and whether that may not be all.

    Of what is frequent these are at least ENOUGH, at most MOST_FOUND.
    """
    hits: list[int] = []
    size, last = SAMPLE, None
    while True:
        more, last = _walked(context, words, where, size, last)
        hits += more
        if last is None or len(hits) >= ENOUGH:
            return hits[:MOST_FOUND], last is not None or len(hits) > MOST_FOUND
        if size == SAMPLE and len(hits) < FREQUENT and (known := rare(context, words)) is not None:
            order = (Case.opened_at.desc(), Case.id.desc())
            rows = select(Case.id).where(context.among(Case.id, known), *where).order_by(*order).limit(MOST_FOUND + 1)
            ids = list(context.session.scalars(rows))
            return ids[:MOST_FOUND], len(ids) > MOST_FOUND
        size *= 2


def is_frequent(context: QueryContext, words: str) -> bool:
    """Whether many of the newest cases tell of the words."""
    return len(_walked(context, words, (), SAMPLE, None)[0]) >= FREQUENT


def rare(context: QueryContext, words: str) -> list[int] | None:
    """The ids of all cases that tell of the words; None where there are very many, or no index to find them by."""
    ways = _ways(context, words)
    if ways is None:
        return None
    firsts = [select(way.limit(MOST_COUNTED + 1).subquery()) for way in ways]
    known = context.session.scalars(select(union(*firsts).subquery()).limit(MOST_COUNTED + 1)).all()
    return list(known) if len(known) <= MOST_COUNTED else None


def counted(context: QueryContext, statement: Select[Any]) -> int:
    """How many rows the statement has, at most MOST_COUNTED + 1, which stands for more than that."""
    return context.session.scalar(select(func.count()).select_from(statement.limit(MOST_COUNTED + 1).subquery())) or 0


def _walked(
    context: QueryContext, words: str, where: Sequence[ColumnElement[bool]], size: int, last: Any
) -> tuple[list[int], Any]:
    """Look through the next so many cases: those that match, and the last one looked at, None where none is left."""
    order = (Case.opened_at.desc(), Case.id.desc())
    bounds = [] if last is None else [Case.opened_at <= last[0], or_(Case.opened_at < last[0], Case.id < last[1])]
    edge = select(Case.opened_at, Case.id).where(*bounds).order_by(*order).offset(size - 1).limit(1)
    end = context.session.execute(edge).first()
    if end is not None:
        bounds += [Case.opened_at >= end[0], or_(Case.opened_at > end[0], Case.id >= end[1])]
    matching = select(Case.id).where(*bounds, telling(words), *where).order_by(*order).limit(MOST_FOUND + 1)
    return list(context.session.scalars(matching)), end


def _ways(context: QueryContext, words: str) -> list[Select[Any]] | None:
    """Statements that find the ids by way of the indexes."""
    if len(words) < 2:
        return None
    by_case, by_name = select(Case.id).where(or_(*_of_case(words))), select(Party.case_id).where(_of_name(words))
    if context.session.get_bind().dialect.name == "postgresql":
        wanted: Any = func.lianxi_pairs(words)
        if words.isascii() and (telling_pairs := _pairs(words) - _everywhere(context)):
            wanted = sorted(telling_pairs)
        ways = [by_case.where(CASE_PAIRS.op("@>")(wanted)), by_name.where(PARTY_PAIRS.op("@>")(wanted))]
    else:
        matches = _trigrams(context, words)
        if matches is None:
            return None
        ways = [
            by_case.where(Case.id.in_(_rows_of("case_words", matches[0]))),
            by_name.where(Party.id.in_(_rows_of("party_words", matches[1]))),
        ]
    if digits := _digits(words):
        ways.append(select(Party.case_id).where(Party.phone_digits == digits))
    return ways


def _everywhere(context: QueryContext) -> set[str]:
    """Pairs that all numbers begin with: in the index they lead to every case, and reading it takes long."""
    ends = (select(Case.number).order_by(order).limit(1).scalar_subquery() for order in (Case.id, Case.id.desc()))
    first, last = context.session.execute(select(*ends)).one()
    return _pairs(first or "") & _pairs(last or "")


def _pairs(words: str) -> set[str]:
    return {"".join(pair) for pair in pairwise(words.lower())}


def _trigrams(context: QueryContext, words: str) -> tuple[str, str] | None:
    """What to ask either table of trigrams; None where a pair has too many endings, or an old SQLite no such tables."""
    if not context.session.scalar(text("SELECT 1 FROM sqlite_master WHERE name = 'case_words'")):
        return None
    if len(words) > 2:
        return _quoted(words), _quoted(words)
    asked = []
    for table in ("case_words", "party_words"):
        terms = context.session.scalars(
            text(f"SELECT term FROM {table}_terms WHERE term >= :low AND term < :high LIMIT :most"),
            {"low": words.lower(), "high": words.lower() + "\U0010ffff", "most": MOST_ENDINGS + 1},
        ).all()
        if len(terms) > MOST_ENDINGS:
            return None
        asked.append(" OR ".join(map(_quoted, terms)) or '"\x01\x01\x01"')
    return asked[0], asked[1]


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'


def _rows_of(table: str, match: str) -> Any:
    return text(f"SELECT rowid FROM {table} WHERE {table} MATCH :match_{table}").bindparams(**{f"match_{table}": match})


def _of_case(words: str) -> list[ColumnElement[bool]]:
    return [holding(column, words) for column in (Case.number, Case.title, Case.summary)]


def _of_name(words: str) -> ColumnElement[bool]:
    return holding(Party.name, words)


def _of_party(words: str) -> list[ColumnElement[bool]]:
    found = [_of_name(words)]
    if digits := _digits(words):
        found.append(Party.phone_digits == digits)
    return found


def _digits(words: str) -> str:
    return "".join(filter(str.isdigit, words))
