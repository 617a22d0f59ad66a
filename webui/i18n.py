"""Which language a page speaks, and how texts of packs, sentences of the engine, dates and times are said in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import cached_property, lru_cache
from typing import Any

from babel.dates import format_date, format_datetime
from flask import Flask, current_app, g, has_request_context, request, session
from flask_babel import Babel, get_timezone, get_translations, gettext, lazy_gettext

from engine.clock import Clock
from engine.errors import Message

LANGUAGES = {"zh": "中文", "en": "English"}
DEFAULT_LANGUAGE = "zh"
HTML_LANGUAGES = {"zh": "zh-CN", "en": "en"}  # Han characters are drawn as in mainland China
PATTERNS = {
    "zh": {"day": "M月d日", "date": "y年M月d日", "time": "HH:mm", "join": "{date} {time}"},
    "en": {"day": "d MMM", "date": "d MMM y", "time": "HH:mm", "join": "{date}, {time}"},
}

# Words that the engine puts into its sentences: orders, states, kinds.
WORDS = {
    "Yes": lazy_gettext("Yes"),
    "No": lazy_gettext("No"),
    "claim": lazy_gettext("claim"),
    "release": lazy_gettext("release"),
    "assign": lazy_gettext("assign"),
    "complete": lazy_gettext("complete"),
    "save a draft of": lazy_gettext("save a draft of"),
    "work on": lazy_gettext("work on"),
    "fail": lazy_gettext("fail"),
    "change": lazy_gettext("change"),
    "end": lazy_gettext("end"),
    "cancel": lazy_gettext("cancel"),
    "register a matter": lazy_gettext("register a matter"),
    "link cases": lazy_gettext("link cases"),
    "open": lazy_gettext("open"),
    "running": lazy_gettext("running"),
    "completed": lazy_gettext("completed"),
    "cancelled": lazy_gettext("cancelled"),
    "any group": lazy_gettext("any group"),
    "process": lazy_gettext("process"),
    "decision": lazy_gettext("decision"),
    "form": lazy_gettext("form"),
}

Labels = Callable[[str], Mapping[str, str]]


@dataclass(kw_only=True)
class Speech:
    """What one request's texts are said with, found once: a page has hundreds of them.

    said: texts put together from parts that come again, by these parts.
    """

    language: str
    translations: Any
    texts: Labels
    zone: tzinfo
    today: date
    said: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        return self.texts(self.language)


def init_i18n(app: Flask, *, time_zone: str, clock: Clock, labels: Labels) -> None:
    """Set up translation. `labels(language)` gives the packs' texts in that language, by their English text."""
    app.config.update(BABEL_DEFAULT_LOCALE=DEFAULT_LANGUAGE, BABEL_DEFAULT_TIMEZONE=time_zone)
    Babel(app, locale_selector=language)
    # As it does itself, but without finding the catalogue again for each of a page's hundreds of texts.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: speech().translations.ugettext(text),
        lambda one, many, number: speech().translations.ungettext(one, many, number),
        newstyle=True,
    )
    app.extensions["lianxi_i18n"] = (labels, clock)
    app.jinja_env.globals.update(
        label=label,
        say=say,
        language=language,
        html_language=lambda: HTML_LANGUAGES[language()],
        other_languages=other_languages,
    )
    app.jinja_env.filters.update(date=day_words, short_time=moment_words)


def language() -> str:
    """The person's own choice, else this browser's, else what the browser asks for."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    person = g.get("person")
    if person is not None and person.language in LANGUAGES:
        return person.language
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES, DEFAULT_LANGUAGE) or DEFAULT_LANGUAGE


def speech() -> Speech:
    """That of this request; while nobody knows yet who asks, it is not kept."""
    kept = g.get("speech")
    if kept is not None:
        return kept
    labels, clock = current_app.extensions["lianxi_i18n"]
    chosen, zone = language(), get_timezone()
    found = Speech(
        language=chosen,
        translations=get_translations(),
        texts=labels,
        zone=zone,
        today=clock.today(zone),
    )
    if "person" in g:
        g.speech = found
    return found


def other_languages() -> list[tuple[str, str]]:
    return [(code, name) for code, name in LANGUAGES.items() if code != language()]


def label(text: Any) -> str:
    """A text of a pack (a step, a field, a group) in the reader's language; unknown texts stay as they are."""
    if text is None:
        return ""
    return speech().labels.get(str(text), str(text))


def say(message: Any) -> str:
    """A sentence of the engine in the reader's language: its template is translated, then filled in."""
    if message is None:
        return ""
    if isinstance(message, Message):
        params = {name: _param(value) for name, value in message.params.items()}
        return speech().translations.ugettext(message.template).format_map(params)
    if isinstance(message, Mapping) and "template" in message:
        return say(Message(message["template"], **message.get("params", {})))
    if isinstance(message, Iterable) and not isinstance(message, str):
        return _sentences(say(part) for part in message)
    text = label(message)
    return gettext(text) if text and text == str(message) else text


def day_words(day: date | datetime | None) -> str:
    """A date, without its year where that is this year."""
    if day is None:
        return ""
    now = speech()
    if isinstance(day, datetime):
        day = day.astimezone(now.zone).date()
    return _formatted(day, "day" if day.year == now.today.year else "date", now.language)


def moment_words(moment: datetime | None) -> str:
    """A moment on the wall clock of the people served; today's without a date."""
    if moment is None:
        return ""
    now = speech()
    local = moment.astimezone(now.zone)
    time = _formatted(local.replace(second=0, microsecond=0, tzinfo=None), "time", now.language)
    if local.date() == now.today:
        return time
    return PATTERNS[now.language]["join"].format(date=day_words(local.date()), time=time)


def _param(value: Any) -> Any:
    if isinstance(value, Message | Mapping):
        return say(value)
    if isinstance(value, datetime):
        return moment_words(value)
    if isinstance(value, date):
        return day_words(value)
    if isinstance(value, str):
        return str(WORDS[value]) if value in WORDS else label(value)
    if isinstance(value, list | tuple):
        return (", " if language() == "en" else "、").join(str(_param(part)) for part in value)
    return value


def _sentences(parts: Iterable[str]) -> str:
    """Sentences one after the other, each with its full stop."""
    stop, gap = (".", " ") if language() == "en" else ("。", "")
    texts = [part if part.endswith((".", "。")) else part + stop for part in parts if part]
    return gap.join(texts)


@lru_cache(maxsize=4096)
def _formatted(moment: date | datetime, name: str, language: str) -> str:
    """The date or wall time (without a zone) in the pattern of this name."""
    pattern = PATTERNS[language][name]
    if isinstance(moment, datetime):
        return format_datetime(moment, pattern, locale=language)
    return format_date(moment, pattern, locale=language)
