"""`lianxi` processes that are killed without a word and started again, as a supervisor does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.cpu import tree
from tests.support.server import LIANXI, ROOT, whole

# A worker that misses its fellows after a second instead of half a minute, for runs that have not that much time.
IMPATIENT = (
    sys.executable,
    "-P",
    "-c",
    """
import sys
from dataclasses import replace
from engine.jobs import worker
worker.HEARTBEAT, worker.STALLED = 0.2, 2.0
for name, seconds in (("beat", 0.2), ("recover_stalled", 0.5)):
    worker.PERIODIC[name] = replace(worker.PERIODIC[name], seconds=seconds)
from engine.cli import main
sys.argv[0] = "lianxi"
sys.exit(main())
""",
)


@dataclass(kw_only=True)
class Process:
    """One `lianxi` process. `before`: what runs it, such as `ip netns exec x`. All it prints goes to `log`.

    `code`: the folder it runs in, whose packages a server's children find before others.
    """

    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    url: str = ""
    before: Sequence[str] = ()
    program: Sequence[str] = LIANXI
    code: Path = ROOT
    _running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._running = subprocess.Popen(
                [*self.before, *self.program, *self.arguments],
                env=whole(self.environment),
                stdout=output,
                stderr=output,
                cwd=self.code,
            )

    @property
    def process_id(self) -> int:
        assert self._running is not None
        return self._running.pid

    @property
    def is_running(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def processes(self) -> list[int]:
        """It and all it started."""
        return tree(self.process_id) if self.is_running else []

    def kill(self, *, child: bool = False) -> None:
        """SIGKILL it; with `child` instead the process it started to do the work, and then see it end by itself."""
        assert self._running is not None
        children = self.processes()[1:] if child else []
        if children:
            os.kill(children[-1], signal.SIGKILL)
        else:
            self._running.kill()
        self._running.wait(30)

    def stop(self) -> None:
        """In order; killed where that takes too long."""
        if self._running is None:
            return
        self._running.terminate()
        try:
            self._running.wait(45)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()

    def start_until_it_answers(self, seconds: float = 150) -> float:
        """Start it, again where it refused because the one before had not quite gone; seconds until it answered."""
        begin = time.monotonic()
        if not self.is_running:
            self.start()
        while not self.answers():
            assert time.monotonic() < begin + seconds, f"It does not come up: {self.log.read_text()[-3000:]}"
            if not self.is_running:
                self.start()
            time.sleep(0.05)
        return time.monotonic() - begin

    def answers(self, path: str = "/healthz") -> bool:
        """Whether the server is there; a worker, which has no address, is when it runs."""
        if not self.url:
            return self.is_running
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
