"""What the web server loads: `granian --interface wsgi webui.wsgi:app`; on SQLite the worker runs beside it.

The database is expected to be at this version: `lianxi serve` sees to that first, as does `lianxi migrate`.
"""

from __future__ import annotations

import atexit

from engine.config import Settings
from engine.jobs.worker import EmbeddedWorker
from engine.service import open_service
from webui.app import create_app

settings = Settings.from_environ()
service = open_service(settings, migrate=False)
app = create_app(service.engine, settings)

if service.database.dialect == "sqlite":
    worker = EmbeddedWorker(service.jobs, service.job_context)
    worker.start()
    atexit.register(worker.stop)
