"""The real application in a process of its own, on a free port with its own data folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIANXI = (
    sys.executable,
    "-P",
    "-c",
    "import sys; sys.argv[0] = 'lianxi'; from engine.cli import main; sys.exit(main())",
)


@dataclass(frozen=True, kw_only=True)
class Server:
    """A served application: where it answers, what it keeps and which process it is."""

    url: str
    data: Path
    process_id: int
    environment: Mapping[str, str]

    def lianxi(self, *arguments: str) -> str:
        """Run a `lianxi` command on this server's data; its output, or AssertionError with what it said."""
        return lianxi(*arguments, environment=self.environment)


@contextmanager
def serving(data: Path, *, demo: bool = True, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Serve the data folder for the length of a `with`; `demo` fills it with the demonstration office first."""
    port = free_port()
    values = {"LIANXI_DATA": str(data), "LIANXI_PORT": str(port), **(environment or {})}
    if demo:
        lianxi("demo", "--no-serve", environment=values)

    log = data / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen([*LIANXI, "serve"], env=whole(values), stdout=output, stderr=output, cwd=ROOT)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_it_answers(url, process, log)
            yield Server(url=url, data=data, process_id=process.pid, environment=values)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def lianxi(*arguments: str, environment: Mapping[str, str]) -> str:
    """Run a `lianxi` command; its output, or AssertionError with what it said."""
    run = subprocess.run(
        [*LIANXI, *arguments],
        env=whole(environment),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, f"lianxi {' '.join(arguments)} ended with {run.returncode}:\n{run.stdout}{run.stderr}"
    return run.stdout


def free_port() -> int:
    """A TCP port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, f"The server stopped at once:\n{log.read_text(errors='replace')}"
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return  # an answer, if not a friendly one: the tests say what they expect of it
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"The server did not answer within {seconds:g} s:\n{log.read_text(errors='replace')}")


def whole(values: Mapping[str, str]) -> dict[str, str]:
    """These values on top of our own environment, less the settings of whoever runs the tests."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LIANXI_")}
    return {**inherited, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **values}
