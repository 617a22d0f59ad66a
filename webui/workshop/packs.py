"""The packs of the workshop, and one pack with its files."""

from __future__ import annotations

from flask import Blueprint, render_template

from engine.queries import workshop
from webui.pages import actor, engine

blueprint = Blueprint("workshop", __name__)


@blueprint.get("/workshop")
def listing() -> str:
    return render_template("workshop/packs.html", packs=engine().ask(workshop.packs, actor()))


@blueprint.get("/workshop/<pack>")
def show(pack: str) -> str:
    return render_template("workshop/pack.html", pack=engine().ask(workshop.pack, actor(), pack))
