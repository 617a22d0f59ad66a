"""What the web server loads: `granian --interface wsgi webui.wsgi:app`; on SQLite the worker runs beside it.

The database is expected to be at this version: `lianxi serve` sees to that first, as does `lianxi migrate`.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import threading
from multiprocessing import parent_process, util
from typing import Any

from engine import logs, tracing
from engine.config import Settings
from engine.jobs.worker import EmbeddedWorker
from engine.service import open_service
from webui.app import create_app
from webui.health import start_draining

PR_SET_PDEATHSIG = 1  # prctl(2)

settings = Settings.from_environ()
logs.configure(settings.log_format)
tracing.configure(settings.traces_url)
service = open_service(settings, migrate=False)
app = create_app(service.engine, settings)
# What was loaded stays: the collector need not go through it again and again, nor look for garbage after every few
# hundred of the thousands of objects that each page is made from. It took a tenth of a page's time.
gc.freeze()
gc.set_threshold(20_000, 20, 20)
worker = EmbeddedWorker(service.jobs, service.job_context) if service.database.dialect == "sqlite" else None


def drain(number: int, frame: Any) -> None:
    """We will be stopped soon: say so to whoever asks, and begin no more jobs."""
    start_draining(app)
    if worker is not None:
        worker.stop(timeout=0)


def end_with_parent() -> None:
    """Be killed when the server is: its lock on the SQLite file is ours too, and would keep the next server out."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        parent = parent_process()
        if parent is not None and os.getppid() != parent.pid:  # it was gone before we asked
            os._exit(1)


def stop() -> None:
    """Let running jobs finish, and close what is open."""
    if worker is not None:
        worker.stop()
    service.close()


end_with_parent()
if worker is not None:
    worker.start()
# Not atexit: a process that granian forked ends without it.
util.Finalize(None, stop, exitpriority=0)
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGUSR1, drain)  # engine.serving sends it before SIGTERM, and after it
