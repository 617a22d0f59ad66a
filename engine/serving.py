"""The processes of `lianxi serve`: granian with our pages, stopped in order, so that nobody's request is cut off.

On SQLite there is one process with 16 threads, and the worker is a thread of it. On PostgreSQL there may be several,
which keep nothing; workers are processes of their own.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from engine import logs
from engine.config import Settings

THREADS = 16  # per process
GRACE = 30  # seconds for requests and jobs that are under way
# Seconds a connection may be idle or take over the head of a request. A proxy must keep its own shorter: deploy/nginx.
PATIENCE = 10
PROCESS_FILES = "PROMETHEUS_MULTIPROC_DIR"
# What tells a process of ours that it will be stopped soon. SIGTERM itself is granian's.
DRAIN = signal.SIGUSR1
INSISTENCE = 0.5  # seconds

logger = logs.get_logger("lianxi.server")


def serve(settings: Settings, *, workers: int = 1, drain_seconds: int = 0) -> None:
    """Serve until SIGTERM or SIGINT, and return when what was under way has ended.

    After SIGTERM /readyz says 503 for `drain_seconds`, while everything is still answered and a proxy sends its
    requests elsewhere; a second SIGTERM ends the wait.
    """
    with _process_files(workers):
        server = Server(
            "webui.wsgi:app",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,  # to tell 1 from 2 it would wait for a first byte without end
            workers=workers,
            blocking_threads=THREADS,
            backpressure=4 * THREADS,
            websockets=False,
            http1_settings=HTTP1Settings(header_read_timeout=PATIENCE * 1000),
            respawn_failed_workers=workers > 1,
            workers_kill_timeout=GRACE + 5,
            log_level=LogLevels.error,
            # granian's lines go where ours go
            log_dictconfig={"formatters": {}, "handlers": {}, "loggers": {"_granian": {}, "granian.access": {}}},
        )
        server.on_startup(lambda: _drain_first(server, drain_seconds))
        url = f"http://{settings.host}:{settings.port}"
        logger.info("listening", url=url, workers=workers)
        server.serve()
        logger.info("stopped", url=url)


def _drain_first(server: Any, seconds: int) -> None:
    """Called when granian has set its signal handlers and has not started its processes."""
    signal.signal(DRAIN, signal.SIG_IGN)  # inherited: a process that is still loading isn't ended by it
    stopping = threading.Event()

    def drain(number: int, frame: Any) -> None:
        again = stopping.is_set()
        stopping.set()
        for each in server.wrks:
            if not again and each.is_alive():
                os.kill(each.inner.pid, DRAIN)
        if not again:
            threading.Thread(target=_insist, args=(server,), daemon=True).start()
        if again or not seconds:
            server.signal_handler_interrupt()
        else:
            timer = threading.Timer(seconds, server.signal_handler_interrupt)
            timer.daemon = True
            timer.start()

    signal.signal(signal.SIGTERM, drain)


def _insist(server: Any) -> None:
    """See that our processes notice the SIGTERM they got.

    One that follows on another signal may reach another thread than the main one, which alone acts on signals in Python
    and sleeps on until the next one comes.
    """
    while True:
        time.sleep(INSISTENCE)
        for each in list(server.wrks):
            with suppress(ProcessLookupError):
                os.kill(each.inner.pid, DRAIN)


@contextmanager
def _process_files(workers: int) -> Iterator[None]:
    """A folder where the processes of one server put their counts together; see engine.metrics."""
    if workers < 2:
        yield
        return
    folder = tempfile.mkdtemp(prefix="lianxi-metrics-")
    os.environ[PROCESS_FILES] = folder  # prometheus_client looks for it there, in the processes to come
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
