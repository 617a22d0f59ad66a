"""The queue for Procrastinate's own command line: `procrastinate --app engine.jobs.console.app shell`.

With it an operator looks at jobs that were given up, and retries or cancels them. `procrastinate worker` would do jobs
but neither fire timers nor take over what a dead worker left: that is `lianxi worker`.
"""

from __future__ import annotations

from procrastinate import App

from engine.config import Settings
from engine.jobs.worker import make_app
from engine.service import open_service


def open_app() -> App:
    """The app on the database of the settings, whose tables are left as they are."""
    service = open_service(Settings.from_environ(), migrate=False)
    return make_app(service.jobs, service.job_context)


app = open_app()
