"""The operator's page: deployments, incidents, jobs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from engine.commands.incident import RetryIncident
from engine.queries import operations
from webui.pages import actor, engine

blueprint = Blueprint("operate", __name__)


@blueprint.get("/operate")
def overview() -> str:
    return render_template("operate/overview.html", overview=engine().ask(operations.overview))


@blueprint.post("/operate/incidents/<int:incident_id>/retry")
def retry_incident(incident_id: int) -> Any:
    engine().execute(RetryIncident(incident_id=incident_id), actor=actor())
    flash(gettext("It was tried again. If it is still stuck, it is in the list below."), "good")
    return redirect(url_for("operate.overview"), 303)
