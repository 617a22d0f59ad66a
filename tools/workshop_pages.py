"""Write docs/workshop.md and its Chinese twin from the tutorial in the workshop (`python -m tools.workshop_pages`)."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_babel import Babel, force_locale, gettext

from webui.workshop.help import TOPICS
from webui.workshop.help_tutorial import STEPS

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"en": "docs/workshop.md", "zh": "docs/workshop.zh-CN.md"}
HEADS = {
    "en": """\
# The workshop for designers

[中文](workshop.zh-CN.md) · [README](../README.md)

Written by `python -m tools.workshop_pages` from the help inside the workshop; do not edit.

Processes, forms, decisions and deadlines are drawn, checked, rehearsed and deployed in the browser, under **Workshop**.
In the demonstration sign in as `yang` (`lianxi-demo-2026`). **Help** there explains:
""",
    "zh": """\
# 设计工作台

[English](workshop.md) · [README](../README.zh-CN.md)

由 `python -m tools.workshop_pages` 根据工作台内的帮助生成，请勿直接修改。

流程、表单、决策和时限都在浏览器的**设计工作台**中绘制、检查、演练和部署。
演示中用 `yang`（`lianxi-demo-2026`）登录。其中的**帮助**说明：
""",
}


def main() -> None:
    for language, path in PAGES.items():
        (ROOT / path).write_text(page(language), encoding="utf-8")


def page(language: str) -> str:
    """The text of the page in this language."""
    app = Flask("lianxi")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "webui" / "translations")
    Babel(app)
    with app.test_request_context(), force_locale(language):
        lines = [HEADS[language]]
        lines += [f"- **{topic.title}**: {topic.about}" for name, topic in TOPICS.items() if name != "tutorial"]
        lines += ["", f"## {TOPICS['tutorial'].title}", ""]
        for number, step in enumerate(STEPS, 1):
            lines += [f"### {number} · {step.title}", "", f"{step.why}", ""]
            lines += [f"{turn}. {what}" for turn, what in enumerate(step.do, 1)]
            lines += ["", f"{gettext('What you see:')} {step.see}", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
