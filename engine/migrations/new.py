"""`python -m engine.migrations.new "What changes"`: a revision from the last one's difference to the mapped classes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from engine import migrations
from engine.database import open_database


def write_revision(message: str) -> Path:
    """Write versions/NNNN_message.py and answer its path.

    The difference is taken on an SQLite file made for it, so no database has to be at hand.
    """
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/last_revision.db", synchronous="OFF")
        migrations.upgrade(database)
        number = f"{len(list((migrations.FOLDER / 'versions').glob('[0-9]*.py'))) + 1:04}"
        with database.bind.connect() as connection:
            configuration = migrations.configuration(connection)
            configuration.attributes["only_new_tables"] = number == "0001"
            written = command.revision(configuration, message, autogenerate=True, rev_id=number)
        database.dispose()
    assert written is not None and not isinstance(written, list)
    path = Path(written.path)
    _tidy(path)
    return path


def _tidy(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.strip().startswith("# ###")), encoding="utf-8")
    for step in (["format", "--quiet"], ["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *step, str(path)], check=False)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('Expected one argument, such as python -m engine.migrations.new "Keep the phone of a party"')
    print(write_revision(sys.argv[1]))
