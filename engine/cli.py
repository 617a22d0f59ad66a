"""The command line: check and deploy packs, count deadlines, make accounts and tokens, serve and work."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from engine import calendar, checks, keeping, logs, metrics, tracing
from engine.access import SYSTEM
from engine.bpmn import Finding
from engine.commands.deployment import Deployed, DeployPack
from engine.commands.identity import CreateToken, CreateUser
from engine.config import Settings, unknown_variables
from engine.database import open_database, sole_process
from engine.database_faults import is_lost_connection, is_out_of_space, is_read_only
from engine.demo import default_folder, load_demo, print_accounts
from engine.errors import InvalidDeployment, InvalidInput, InvalidState, Rejection
from engine.packs import Pack, read_pack
from engine.rehearsal import cli as rehearsing
from engine.service import open_service

DRAIN_SECONDS = 5  # a proxy looks at /readyz that often


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Refusals go to standard error as a sentence, with exit code 1."""
    options = _parser().parse_args(arguments)
    for slip in unknown_variables():
        print(f"lianxi: {slip}", file=sys.stderr)  # a warning: the command is carried out
    try:
        return options.run(options) or 0
    except InvalidDeployment as refusal:
        _print_findings(refusal.findings)
        return 1
    except InvalidInput as refusal:
        print(f"lianxi: {refusal.message}", file=sys.stderr)
        for field, messages in refusal.errors.items():
            print(f"  {field}: {' '.join(messages)}", file=sys.stderr)
        return 1
    except Rejection as refusal:
        print(f"lianxi: {refusal.message}", file=sys.stderr)
        return 1
    except (DBAPIError, OSError) as error:
        why = _from_outside(error)
        if not why:
            raise
        print(f"lianxi: {why}", file=sys.stderr)
        return 1


def check(options: argparse.Namespace) -> int:
    """Look at files or a pack's folder as a deployment would, without a database."""
    findings, _ = checks.check_pack(_pack_of(options.files), checks.nothing_known())
    _print_findings(findings)
    return 1 if checks.errors(findings) else 0


def deploy(options: argparse.Namespace) -> None:
    service = open_service(Settings.from_environ())
    order = DeployPack(pack=read_pack(options.folder), reason=options.reason)
    deployed: Deployed = service.engine.execute(order, actor=SYSTEM)
    _print_findings(list(deployed.findings))
    for kind, key, version in deployed.created:
        print(f"{kind} {key} version {version}")
    if not deployed.is_new:
        print("nothing has changed")
    elif not deployed.created:
        print("the pack's manifest, profile or labels are in force; no process, decision or form has changed")


def deadline(options: argparse.Namespace) -> None:
    result = calendar.deadline_json(
        options.start, options.count, options.unit, options.excluded_days, options.local_holiday
    )
    print(json.dumps(result, ensure_ascii=False))


def migrate(options: argparse.Namespace) -> None:
    open_service(Settings.from_environ()).close()


def make_token(options: argparse.Namespace) -> None:
    service = open_service(Settings.from_environ())
    print(service.engine.execute(CreateToken(username=options.user, days=options.days), actor=SYSTEM))


def make_user(options: argparse.Namespace) -> None:
    service = open_service(Settings.from_environ())
    password = options.password or os.environ.get("LIANXI_PASSWORD") or getpass.getpass("Password: ")
    command = CreateUser(
        username=options.name,
        password=password,
        names={"zh": options.display or options.name, "en": options.display or options.name},
        groups=tuple(options.group) if options.group else None,
    )
    service.engine.execute(command, actor=SYSTEM)


def demo(options: argparse.Namespace) -> None:
    """Deploy a pack with its demo people and cases, unless they are there already."""
    settings = Settings.from_environ()
    if not options.no_serve:
        _ensure_free(settings.host, settings.port, "LIANXI_PORT")
    service = open_service(settings)
    accounts = load_demo(service, options.folder or default_folder())
    service.close()
    print_accounts(accounts, settings)
    if not options.no_serve:
        serve(options)


def serve(options: argparse.Namespace) -> None:
    """Serve the pages and the API; on SQLite with the worker in the same process."""
    from engine import serving

    settings = Settings.from_environ()
    workers = getattr(options, "workers", 1)
    _ensure_free(settings.host, settings.port, "LIANXI_PORT")
    database = open_database(settings.database_url)
    embedded = database.dialect == "sqlite"
    if embedded and workers > 1:
        raise InvalidInput({}, "Expected one process on SQLite, but {workers} were asked for", workers=workers)
    with sole_process(database):
        logs.configure(settings.log_format)
        open_service(settings, alone=True).close()
        drain = settings.drain_seconds
        serving.serve(
            settings, workers=workers, drain_seconds=drain if drain is not None else 0 if embedded else DRAIN_SECONDS
        )


def _from_outside(error: DBAPIError | OSError) -> str:
    """A sentence for what no code of ours is to blame for, such as a database that is away; else nothing."""
    if isinstance(error, OSError):
        return f"Expected to use {error.filename}, but that can't be done: {error.strerror}" if error.filename else ""
    if any(kind(error) for kind in (is_lost_connection, is_read_only, is_out_of_space)):
        return f"Expected to use the database, but that can't be done: {' '.join(str(error.orig).split())}"
    return ""


def _ensure_free(host: str, port: int, setting: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InvalidState(
                "Expected to listen on {host}:{port}, but that can't be had: {why}; set {setting} to another port",
                host=host,
                port=port,
                why=error.strerror or error,
                setting=setting,
            ) from None


def work(options: argparse.Namespace) -> None:
    """Do jobs until told to stop; on PostgreSQL only, because SQLite's worker lives in the server."""
    from engine.jobs.worker import run_worker

    settings = Settings.from_environ()
    if settings.worker_metrics_port:
        _ensure_free(settings.host, settings.worker_metrics_port, "LIANXI_WORKER_METRICS_PORT")
    service = open_service(settings)
    if service.database.dialect == "sqlite":
        raise InvalidInput({}, "Expected a PostgreSQL database for a worker of its own; on SQLite `lianxi serve` works")
    logs.configure(settings.log_format)
    tracing.configure(settings.traces_url)
    if settings.worker_metrics_port:
        metrics.serve(settings.host, settings.worker_metrics_port)
    os.nice(settings.worker_nice)  # People who wait for a page go first on a machine that both share.
    run_worker(service.jobs, service.job_context, concurrency=options.concurrency, queues=_queues(options.queues))
    service.close()


def _queues(text: str | None) -> list[str] | None:
    from engine.jobs.worker import SLOTS

    queues = [name.strip() for name in text.split(",") if name.strip()] if text else None
    for name in queues or ():
        if name not in SLOTS:
            raise InvalidInput(
                {}, "Expected queues among {known}, but {name} is none", known=", ".join(SLOTS), name=name
            )
    return queues


def _pack_of(files: list[Path]) -> Pack:
    if len(files) == 1 and files[0].is_dir():
        return read_pack(files[0])
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise InvalidInput({}, "Expected files that exist, but {files} do not", files=", ".join(missing))
    # Called as in the folder that holds them all, so that the manifest's names are found and no two are one.
    paths = [path.absolute() for path in files]
    folder = os.path.commonpath([path.parent for path in paths])
    return Pack(name="files", resources={str(path.relative_to(folder)): path.read_bytes() for path in paths})


def _print_findings(findings: list[Finding]) -> None:
    for finding in findings:
        place = ":".join(filter(None, [finding.resource, finding.element_id]))
        print(f"{finding.severity}: {place}: {finding.message}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lianxi", description="Lianxi: casework on BPMN, DMN and forms.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text, configure in COMMANDS:
        command = commands.add_parser(name, help=text, description=text)
        configure(command)
        command.set_defaults(run=run)
    return parser


def _nothing(parser: argparse.ArgumentParser) -> None:
    return None


def _check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, help="files, or the folder of a pack")


def _worker_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--queues", help="only these, such as io,timers; all of engine, io and timers without")
    parser.add_argument("--concurrency", type=_at_least_one, help="jobs of each queue at a time; else 2, 4 and 2")


def _at_least_one(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"Expected a number from 1, but it is {text}")
    return int(text)


def _deploy_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="the folder of a pack, such as processes/<name>")
    parser.add_argument("--reason", default="From a folder", help="why, in a few words; kept with the deployment")


def _demo_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, help="the folder of a pack; else the first below processes/")
    parser.add_argument("--no-serve", action="store_true", help="only make the data")


def _deadline_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--start", required=True, help="the day of the event, such as 2026-03-02; not counted")
    parser.add_argument("--count", required=True, type=int, help="how many days")
    parser.add_argument("--unit", choices=calendar.UNITS, default="calendar_day")
    parser.add_argument("--excluded-days", type=int, default=0, help="days of a pause that do not count")
    parser.add_argument("--local-holiday", action="append", default=[], metavar="DATE", help="may be repeated")


def _serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=_processes, default=1, help="processes that serve (PostgreSQL); 1 without")


def _processes(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 64, but it is {text}")
    return int(text)


def _token_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="create")
    create = actions.add_parser("create", help="print a new token; it is shown only once")
    create.add_argument("--user", required=True)
    create.add_argument("--days", type=int, help="how long it is good; for ever without")


def _user_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="create")
    create = actions.add_parser("create", help="make an account or change it")
    create.add_argument("name")
    create.add_argument("--display", help="the name people read")
    create.add_argument("--group", action="append", default=[])
    create.add_argument("--password", help="else LIANXI_PASSWORD, else asked for")


COMMANDS: tuple[tuple[str, Callable[..., Any], str, Callable[[argparse.ArgumentParser], None]], ...] = (
    ("check", check, "look at files as a deployment would", _check_options),
    ("deploy", deploy, "check a pack and deploy what is new in it", _deploy_options),
    ("deadline", deadline, "count a deadline and print it as JSON", _deadline_options),
    ("demo", demo, "deploy a pack with its demo people and cases, and serve", _demo_options),
    ("migrate", migrate, "bring the database to this version", _nothing),
    ("serve", serve, "serve the pages and the API", _serve_options),
    ("token", make_token, "make a bearer token for the API", _token_options),
    ("user", make_user, "make an account", _user_options),
    ("worker", work, "do jobs in a process of its own (PostgreSQL)", _worker_options),
    *keeping.COMMANDS,
    *rehearsing.COMMANDS,
)

if __name__ == "__main__":
    sys.exit(main())
