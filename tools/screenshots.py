"""Take the pictures of the README from the demonstration: `python -m tools.screenshots` (needs Chromium)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from engine.demo import PASSWORD
from tests.support.browser import environment, find_chromium, flags
from tests.support.server import serving

OUT = Path(__file__).resolve().parent.parent / "docs" / "images"
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
VISIT = {
    "name": "王秀兰",
    "phone": "13712345678",
    "address": "利州街道",
    "summary": "养老金未到账",
    "claims": "本月养老金没有到账，请帮助查明原因。",
}


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        serving(Path(data), demo=True) as server,
        sync_playwright() as playwright,
    ):
        chromium = find_chromium()
        if chromium is None:
            sys.exit("No Chromium: set CHROMIUM to one, or run `make test` first")
        browser = playwright.chromium.launch(executable_path=chromium, args=flags(), env=environment(chromium))
        for language, locale in LOCALES.items():
            desk = sign_in(browser, server.url, "lin", locale)
            desk.goto(f"{server.url}/register/matter")
            for name, value in VISIT.items():
                desk.fill(f"[name={name}]", value)
            desk.select_option("[name=category]", "LS")
            desk.wait_for_selector("#similar input[type=radio]")
            shoot(desk, f"register-{language}")
            desk.goto(f"{server.url}/cases/18")
            desk.wait_for_selector(".diagram[data-state=ready]")
            shoot(desk, f"matter-{language}")
            desk.locator(".diagram").first.scroll_into_view_if_needed()
            shoot(desk, f"diagram-{language}")
            unit = sign_in(browser, server.url, "sun", locale)
            unit.goto(f"{server.url}/inbox?view=group")
            shoot(unit, f"inbox-{language}")
        phone = sign_in(browser, server.url, "sun", LOCALES["zh"], width=390, height=760)
        phone.goto(f"{server.url}/inbox?view=group")
        shoot(phone, "phone-zh")
        browser.close()


def sign_in(browser: Browser, url: str, username: str, locale: str, *, width: int = 1280, height: int = 800) -> Page:
    page = browser.new_context(locale=locale, viewport={"width": width, "height": height}).new_page()
    page.goto(f"{url}/login")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_load_state("networkidle")
    return page


def shoot(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=OUT / f"{name}.png")


if __name__ == "__main__":
    main()
