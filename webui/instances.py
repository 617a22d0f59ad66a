"""Process instances for operators: found, looked at, cancelled and corrected."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from engine.commands.incident import RetryIncident
from engine.commands.instance import CancelInstance, ModifyInstance
from engine.errors import InvalidInput, Rejection
from engine.queries import instance_detail, instances, rehearsal
from webui import instance_orders
from webui.pages import actor, engine, id_in, status_of

blueprint = Blueprint("instances", __name__)


@blueprint.get("/operate/instances")
def listing() -> str:
    given = request.args
    wanted = instances.Wanted(
        process=given.get("process", ""),
        version=id_in(given, "version"),
        status=given.get("status", ""),
        incident=given.get("incident") == "1",
        failed_job=given.get("failed_job") == "1",
        timer=given.get("timer") == "1",
        late=given.get("late") == "1",
        element=given.get("element", ""),
        text=given.get("q", ""),
    )
    found = engine().ask(instances.search, actor(), wanted, before=id_in(given, "before"), after=id_in(given, "after"))
    return render_template(
        "operate/instances.html",
        page=found,
        wanted=wanted,
        most=instances.MOST_COUNTED,
        processes=engine().ask(instances.processes),
        elements=engine().ask(instances.elements, wanted.process) if wanted.process else (),
    )


@blueprint.get("/operate/instances/<int:instance_id>")
def show(instance_id: int) -> str:
    return _page(instance_id)


@blueprint.post("/operate/instances/<int:instance_id>/cancel")
def cancel(instance_id: int) -> Any:
    command = CancelInstance(instance_id=instance_id, reason=request.form.get("reason", ""))
    try:
        engine().execute(command, actor=actor())
    except InvalidInput as refusal:
        return _page(instance_id, refusal=refusal), 422
    flash(gettext("The instance is cancelled."), "good")
    return redirect(url_for("instances.show", instance_id=instance_id), 303)


@blueprint.post("/operate/instances/<int:instance_id>/incidents/<int:incident_id>/retry")
def retry(instance_id: int, incident_id: int) -> Any:
    engine().execute(RetryIncident(incident_id=incident_id), actor=actor())
    flash(gettext("It was tried again. If it is still stuck, it is in the list below."), "good")
    return redirect(url_for("instances.show", instance_id=instance_id), 303)


@blueprint.route("/operate/instances/<int:instance_id>/modify", methods=["GET", "POST"])
def modify(instance_id: int) -> Any:
    """Build a list of instructions, look at what they would do, and order it with a reason.

    The list travels in the form, so it needs no script and no place on the server.
    """
    detail = engine().ask(instance_detail.detail, actor(), instance_id)
    if detail.row.status != "running":
        return redirect(url_for("instances.show", instance_id=instance_id), 303)
    orders: list[dict[str, Any]] = []
    refusal: Rejection | None = None
    seen: rehearsal.Rehearsal | None = None
    done = request.form.get("lx-do", "")
    try:
        orders = instance_orders.read(request.form.get("orders", ""))
        if done == "add":
            orders = [*orders, instance_orders.typed(request.form)]
        if done.startswith("remove-"):
            orders = [order for number, order in enumerate(orders) if done != f"remove-{number}"]
        given = tuple(map(instance_orders.instruction, orders))
        if given:
            seen = engine().ask(rehearsal.modification, actor(), instance_id, given)
        if done == "apply":
            command = ModifyInstance(instance_id=instance_id, instructions=given, reason=request.form.get("reason", ""))
            engine().execute(command, actor=actor())
            flash(gettext("The instance is corrected."), "good")
            return redirect(url_for("instances.show", instance_id=instance_id), 303)
    except Rejection as refused:
        refusal = refused
        if done == "add":  # what was fine before stays; the new one is to be mended in its fields
            orders = instance_orders.read(request.form.get("orders", ""))
            before = tuple(map(instance_orders.instruction, orders))
            seen = engine().ask(rehearsal.modification, actor(), instance_id, before) if before else None
    choices, scopes = engine().ask(rehearsal.choices, actor(), instance_id)
    page = render_template(
        "operate/modify.html",
        detail=detail,
        row=detail.row,
        orders=orders,
        written=instance_orders.write(orders),
        choices=choices,
        scopes=scopes,
        names={choice.element_id: choice.name for choice in choices},
        seen=seen,
        refusal=refusal,
        typed=request.form,
        keep=refusal is not None or done != "add",
    )
    return page, 200 if refusal is None else max(422, status_of(refusal))


def _page(instance_id: int, *, refusal: Rejection | None = None) -> str:
    detail = engine().ask(instance_detail.detail, actor(), instance_id)
    return render_template("operate/instance.html", detail=detail, row=detail.row, refusal=refusal)
