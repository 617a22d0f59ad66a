"""The designers' documentation: what can be drawn, asked and decided, from the registries; a tutorial; one search."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

from engine import starters
from engine.queries import feel_functions, help, tryouts
from engine.rehearsal import EXPECTATIONS
from engine.rehearsal.steps import VERBS
from webui.i18n import label, say
from webui.pages import actor, engine
from webui.workshop import help_examples, help_words
from webui.workshop.help_search import Found, found_in
from webui.workshop.help_tutorial import STEPS

blueprint = Blueprint("workshop_help", __name__)

_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
_EMPHASIS = re.compile(r"\*([^*]+)\*")


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One page. `facts`: what its template is given."""

    title: LazyString
    about: LazyString
    facts: Callable[[], Mapping[str, Any]]


@blueprint.get("/workshop/help")
def contents() -> str:
    """All pages; with `?q=` where the words are found in them."""
    sought = request.args.get("q", "").strip()
    return render_template(
        "workshop/help/contents.html", topics=TOPICS, q=sought, found=_search(sought) if sought else ()
    )


@blueprint.route("/workshop/help/<topic>", methods=["GET", "POST"])
def show(topic: str) -> str:
    """One page. That of FEEL evaluates what is typed there."""
    if topic not in TOPICS:
        abort(404)
    return _page(topic)


def marked(text: Any) -> Markup:
    """A sentence with `what is typed`, **what stands on the screen** and *what is meant*."""
    html = _CODE.sub(r"<code>\1</code>", str(escape(str(text))))
    return Markup(_EMPHASIS.sub(r"<em>\1</em>", _STRONG.sub(r"<strong>\1</strong>", html)))


def anchor(name: str) -> str:
    """An id in a page for something that has this name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def _page(topic: str) -> str:
    return render_template(
        f"workshop/help/{topic}.html",
        topic=topic,
        topics=TOPICS,
        words=help_words,
        marked=marked,
        **TOPICS[topic].facts(),
    )


def _search(sought: str) -> tuple[Found, ...]:
    pages = ((topic, str(TOPICS[topic].title), _page(topic)) for topic in TOPICS)
    return tuple(found for topic, title, html in pages for found in found_in(html, sought, topic=topic, page=title))


def _jobs() -> Mapping[str, Any]:
    known = engine().ask(help.reference, actor())
    return {"known": known, "places": [(f"job-{anchor(job.type)}", say(job.name)) for job in known.job_types]}


def _reference() -> Mapping[str, Any]:
    return {"known": engine().ask(help.reference, actor())}


def _feel() -> Mapping[str, Any]:
    text = request.values.get("expression", "").strip()
    variables = request.values.get("variables", "")
    functions = engine().ask(feel_functions.functions, actor())
    drawers = tuple(dict.fromkeys(each.drawer for each in functions))
    return {
        "functions": functions,
        "drawers": drawers,
        "anchor": anchor,
        "places": [
            ("try", gettext("Try it")),
            ("operators", gettext("Operators")),
            *((anchor(drawer), gettext(drawer)) for drawer in drawers),
        ],
        "operators": help_words.OPERATORS,
        "evaluated": {example: _tried(example) for example, _meaning in help_words.OPERATORS},
        "expression": text,
        "variables": variables,
        "tried": _tried(text, variables) if text else None,
    }


def _tried(text: str, variables: str = help_words.VARIABLES) -> tryouts.FeelTried:
    return engine().ask(tryouts.expression, actor(), text, variables=variables)


def _forms() -> Mapping[str, Any]:
    shown = {}
    for type, component in help_examples.components().items():
        content = help_examples.form_of(type, component)
        tried = engine().ask(tryouts.form, actor(), content, lambda read: {}, translate=label)
        shown[type] = (tried, content.decode())
    return {**_reference(), "shown": shown}


def _clocks() -> Mapping[str, Any]:
    return {**_reference(), "begun": help.COUNTED_FROM, "deadlines": engine().ask(help.deadlines, actor())}


def _files() -> Mapping[str, Any]:
    return {**_reference(), "begun": starters.first_files("road-works")}


def _scenarios() -> Mapping[str, Any]:
    return {"verbs": VERBS, "expectations": tuple(EXPECTATIONS), "begun": starters.first_files("road-works")}


TOPICS: Mapping[str, Topic] = {
    "tutorial": Topic(
        title=_("Tutorial: the on-site process in ten steps"),
        about=_("Draw, ask, decide, set a deadline, rehearse, deploy, and work on it: half an hour."),
        facts=lambda: {"steps": STEPS},
    ),
    "elements": Topic(
        title=_("Elements of a drawing"),
        about=_("Every element of BPMN: what it does here, where it may stand, and what to draw instead of the rest."),
        facts=_reference,
    ),
    "feel": Topic(
        title=_("FEEL: conditions and computations"),
        about=_("Operators and functions with examples that are evaluated, and a place to try your own."),
        facts=_feel,
    ),
    "forms": Topic(
        title=_("Fields of forms"),
        about=_("Every type of field, drawn as staff see it."),
        facts=_forms,
    ),
    "decisions": Topic(
        title=_("Decision tables"),
        about=_("Columns, cells and hit policies."),
        facts=_reference,
    ),
    "jobs": Topic(
        title=_("Job types of service tasks"),
        about=_("What the built-in ones need and answer, how often they are tried, and what happens when they fail."),
        facts=_jobs,
    ),
    "clocks": Topic(
        title=_("Clocks, calendar and rules profile"),
        about=_("How deadlines are counted, what the lights say, and where legal numbers belong."),
        facts=_clocks,
    ),
    "scenarios": Topic(
        title=_("Scenarios"),
        about=_("The files that rehearsals are kept in: what is given, and what is expected."),
        facts=_scenarios,
    ),
    "labels": Topic(
        title=_("Translations"),
        about=_("How drawings, forms and decisions speak two languages."),
        facts=_files,
    ),
    "packs": Topic(
        title=_("Packs, drafts and deployments"),
        about=_("Files of a pack, the manifest, and the way of a change from your draft to the inbox."),
        facts=_files,
    ),
}
