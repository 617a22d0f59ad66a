"""A case as a file that can be read without us: everything the database holds of it."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import forgetting
from engine.access import SYSTEM
from engine.context import CommandContext
from engine.errors import InvalidState, NotFound, Rejection
from engine.executor import Engine
from engine.model.casework import Case
from engine.model.runtime import ProcessInstance
from engine.tables import plain_value

FORMAT = 1


def archive_case(engine: Engine, number: str, folder: Path) -> Path:
    """Write `<number>.zip` into the folder, with case.json and its checksum, and answer its path.

    case.json holds every row of the case by table, and of each instance its variables by scope. A file that exists is
    not overwritten. Raises NotFound, InvalidState.
    """
    with engine.database.read() as session:
        case = session.scalars(select(Case).where(Case.number == number)).first()
        if case is None:
            raise NotFound("Expected to find case {case}, but there is none", case=number)
        content = _content(engine, session, case)
    path = folder / f"{_file_name(number)}.zip"
    if path.exists():
        raise InvalidState("Expected to write {file}, but it exists", file=path)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=1).encode()
    unfinished = folder / f".{path.name}.{os.getpid()}"
    with open(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("case.json", text)
            archive.writestr("case.json.sha256", f"{hashlib.sha256(text).hexdigest()}  case.json\n")
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(unfinished, path)
    return path


def _content(engine: Engine, session: Session, case: Case) -> dict[str, Any]:
    context = CommandContext(
        session=session,
        actor=SYSTEM,
        now=engine.clock.now(),
        zone=engine.zone,
        definitions=engine.definitions,
        enqueue=lambda *_: None,
    )
    connection = session.connection()
    rows = {
        table.name: [
            {column.name: plain_value(value, column) for column, value in zip(table.c, row, strict=True)}
            for row in connection.execute(select(table).where(where))
        ]
        for table, where in forgetting.of_case(connection, case.id).items()
    }
    return {
        "format": FORMAT,
        "number": case.number,
        "archived_at": context.now.isoformat(timespec="seconds"),
        "variables": {
            str(instance.id): _variables(context, instance)
            for instance in session.scalars(select(ProcessInstance).where(ProcessInstance.case_id == case.id))
        },
        "rows": {name: found for name, found in rows.items() if found},
    }


def _variables(context: CommandContext, instance: ProcessInstance) -> Any:
    try:
        return context.look(instance).scope_variables()
    except Rejection as refusal:
        return {"unreadable": str(refusal.message)}


def _file_name(number: str) -> str:
    """Numbers may hold signs that file names may not, such as the brackets and slashes of a document's number."""
    return "".join(sign if sign.isalnum() or sign in "-_.〔〕" else "_" for sign in number)
