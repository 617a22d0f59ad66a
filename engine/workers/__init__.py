"""Built-in job types: dict in, dict out; they see neither session nor workflow.

INLINE types need no outside world and are done in the transaction that reaches them. WORKERS types are jobs: they run
after the commit, at least once, and get the job's id as idempotency key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.workers import clocks, log, mail, webhook
from engine.workers.tools import Outside, Tools

Worker = Callable[[Mapping[str, Any], Tools], dict[str, Any]]

INLINE: dict[str, Worker] = {
    "clock:open": clocks.open_clock,
    "clock:stop": clocks.stop_clock,
}

WORKERS: dict[str, Worker] = {
    "log": log.write_line,
    "mail:send": mail.send,
    "webhook:send": webhook.send,
}

__all__ = ["INLINE", "WORKERS", "Outside", "Tools", "Worker"]
