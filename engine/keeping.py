"""The command line of an installation's data: back up and restore, move, check and rebuild, archive and delete."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine import retention, words
from engine.access import SYSTEM
from engine.archiving import archive_case
from engine.backup import back_up
from engine.commands.retention import HoldCase
from engine.commands.upkeep import NoteUpkeep
from engine.config import Settings
from engine.moving import move
from engine.rebuilding import check, rebuild
from engine.restoring import restore
from engine.service import open_service


def backup(options: argparse.Namespace) -> None:
    settings = Settings.from_environ()
    begin = time.monotonic()
    path = back_up(settings, options.to)
    print(f"{path}  {path.stat().st_size / 1e6:.1f} MB in {time.monotonic() - begin:.1f} s")
    print("It holds the secret and everything people entered: keep it where nobody else can read it.")
    if not (settings.data_folder / "secret_key").is_file():
        print("LIANXI_SECRET_KEY is not in it: keep it separately, or everybody has to sign in again.")


def put_back(options: argparse.Namespace) -> None:
    settings = Settings.from_environ()
    restored = restore(settings, options.file, replace=options.replace)
    service = open_service(settings, migrate=False)
    service.engine.execute(NoteUpkeep(name="restore", data={"file": str(options.file)}), actor=SYSTEM)
    service.close()
    manifest = restored.manifest
    print(f"restored {sum(manifest.counts.values())} rows and {restored.files} files of {manifest.made_at}")
    if restored.kept_aside:
        print(f"what was there before is kept as {restored.kept_aside}")


def move_database(options: argparse.Namespace) -> None:
    service = open_service(Settings.from_environ(), migrate=False)
    moved = move(service.database, options.to, lambda table: print(f"  {table} …", file=sys.stderr, flush=True))
    service.close()
    print(f"{'table':<32}{'rows':>10}{'arrived':>10}  checksum")
    for each in moved:
        print(f"{each.table:<32}{each.source.rows:>10}{each.target.rows:>10}  {each.target.sha256[:16]} the same")
    print("All rows and the state of every instance have arrived. Set LIANXI_DATABASE_URL to the new database;")
    print("the old one is as it was and can be put away.")


def find_faults(options: argparse.Namespace) -> int:
    service = open_service(Settings.from_environ(), migrate=False)
    count = 0
    for difference in check(service.engine, options.instance or None):
        print(difference.sentence)
        count += 1
    broken = [] if options.instance else words.check(service.database)
    for _, sentence in broken:
        print(sentence)
    service.close()
    if not count and not broken:
        print(
            "every row is what the stored states wait for" + ("" if options.instance else ", and the search is whole")
        )
        return 0
    print(f"{count} differences, {len(broken)} broken indexes; `lianxi rebuild` mends them")
    return 1


def rebuild_rows(options: argparse.Namespace) -> None:
    service = open_service(Settings.from_environ(), migrate=False)
    count = 0
    for instance_id, sentences in rebuild(service.engine, options.instance or None):
        print(f"instance {instance_id}: " + "; ".join(sentences))
        count += 1
    mended = [] if options.instance else words.mend(service.database)
    for sentence in mended:
        print(f"index made anew: {sentence}")
    service.jobs.wake()
    service.close()
    print(f"{count} instances were wrong" + ("" if options.instance else f", {len(mended)} indexes of the search"))


def archive(options: argparse.Namespace) -> None:
    settings = Settings.from_environ()
    service = open_service(settings, migrate=False)
    for number in options.number:
        print(archive_case(service.engine, number, options.to or settings.data_folder / "archive"))
    service.close()


def hold(options: argparse.Namespace) -> None:
    service = open_service(Settings.from_environ(), migrate=False)
    service.engine.execute(HoldCase(number=options.number, reason=options.reason), actor=SYSTEM)
    service.close()


def retain(options: argparse.Namespace) -> int:
    service = open_service(Settings.from_environ(), migrate=False)
    terms = retention.Terms(years=options.years, audit_years=options.audit_years)
    report = retention.apply(service.engine, terms, dry_run=options.dry_run, archive=options.archive)
    service.close()
    print("would delete:" if options.dry_run else "deleted:")
    print(f"  {len(report.cases)} cases, {len(report.instances)} instances without a case")
    for table, count in sorted(report.rows.items()):
        if count:
            print(f"  {count:>10} rows of {table}")
    for part in report.parts:
        print(f"  the empty part {part}")
    for number in report.held:
        print(f"held: {number}")
    for sentence in report.refused:
        print(f"refused: {sentence}")
    return 1 if report.refused else 0


def _backup_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, metavar="FILE", help="else a new file in the data folder's backups")


def _restore_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--replace", action="store_true", help="also where a database is: it is kept aside")


def _move_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", required=True, metavar="URL", help="an empty database, as postgresql://user@host/name")


def _instances(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("instance", nargs="*", type=int, help="ids; without, all that run, and the search")


def _archive_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", nargs="+", help="numbers of cases")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="else the data folder's archive")


def _hold_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", help="the number of a case")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--reason", help="why it may not be deleted, such as a lawsuit")
    which.add_argument("--release", action="store_true", help="let it go again")


def _retention_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only count")
    parser.add_argument("--years", type=int, help="for case types whose pack says no retention_years")
    parser.add_argument("--audit-years", type=int, help="for the log of accesses; for ever without")
    parser.add_argument("--archive", type=Path, metavar="FOLDER", help="write each case there before it goes")


COMMANDS: tuple[tuple[str, Callable[..., Any], str, Callable[[argparse.ArgumentParser], None]], ...] = (
    ("backup", backup, "write everything into one file, while the service goes on", _backup_options),
    ("restore", put_back, "put a backup in place", _restore_options),
    ("migrate-db", move_database, "move an SQLite database to PostgreSQL and prove it", _move_options),
    (
        "fsck",
        find_faults,
        "compare the rows with the stored states, clocks with the history, and the search's indexes with the rows",
        _instances,
    ),
    (
        "rebuild",
        rebuild_rows,
        "write anew what fsck finds wrong: rows from the states, clocks from the history, the search's indexes",
        _instances,
    ),
    ("archive", archive, "write cases to files", _archive_options),
    ("hold", hold, "keep a case beyond its term, or let it go", _hold_options),
    ("retention", retain, "delete cases past their term", _retention_options),
)
