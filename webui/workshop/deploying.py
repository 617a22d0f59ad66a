"""Deploying a pack: what would change, whether it holds, who runs on older versions; and the deployments there were."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from engine.commands.workshop import DeployModels, RedeployPack
from engine.errors import InvalidDeployment, InvalidInput, InvalidState, Message, Rejection
from engine.queries import deploying, migration_previews
from engine.rehearsal.suite import Suite, scenarios_of
from engine.rehearsal.suites import suites
from webui.pages import actor, engine, id_in
from webui.security import may
from webui.workshop.packs import status

blueprint = Blueprint("workshop_deploying", __name__)

LONGEST_REASON = 500


@blueprint.get("/workshop/<pack>/deploy")
def look(pack: str) -> str:
    return _page(pack)


@blueprint.post("/workshop/<pack>/rehearsal")
def rehearse(pack: str) -> Any:
    """Run all scenarios of the newest revision now."""
    suites.run(*engine().ask(deploying.rehearsed, actor(), pack))
    return redirect(url_for("workshop_deploying.look", pack=pack, _anchor="scenarios-title"), 303)


@blueprint.post("/workshop/<pack>/deploy")
def deploy(pack: str) -> Any:
    """Deploy the revision that was looked at. Scenarios that fail hinder it, unless that is taken on and recorded."""
    try:
        reason = _reason(suites.run(*engine().ask(deploying.rehearsed, actor(), pack)))
        order = DeployModels(pack=pack, reason=reason, number=id_in(request.form, "number"))
        deployed = engine().execute(order, actor=actor())
    except (InvalidInput, InvalidState, InvalidDeployment) as refusal:
        code = 422 if isinstance(refusal, InvalidDeployment) else status(refusal)
        return _page(pack, refusal), code
    if deployed.is_new:
        flash(gettext("Deployed. New matters use it from now on."), "good")
    else:
        flash(gettext("It was deployed already; nothing was changed."), "info")
    migrate = [name.removeprefix("stay-") for name, choice in request.form.items() if choice == "migrate"]
    place = url_for("workshop_deploying.show", deployment_id=deployed.deployment_id, migrate=",".join(migrate) or None)
    return redirect(place, 303)


@blueprint.get("/design/deployments")
def listing() -> str:
    """What was deployed, when, by whom and why; `?pack=` of one pack."""
    pack = request.args.get("pack") or None
    return render_template(
        "workshop/deployments.html", rows=engine().ask(deploying.deployments, actor(), pack), pack=pack
    )


@blueprint.get("/design/deployments/<int:deployment_id>")
def show(deployment_id: int) -> str:
    return _deployment(deployment_id)


@blueprint.post("/design/deployments/<int:deployment_id>/again")
def again(deployment_id: int) -> Any:
    """Let new starts use the files of an earlier deployment again."""
    try:
        order = RedeployPack(deployment_id=deployment_id, reason=request.form.get("reason", ""))
        deployed = engine().execute(order, actor=actor())
    except (InvalidInput, InvalidState, InvalidDeployment) as refusal:
        code = 422 if isinstance(refusal, InvalidDeployment) else status(refusal)
        return _deployment(deployment_id, refusal), code
    if deployed.is_new:
        flash(gettext("New matters use the earlier files again. Those under way stay where they are."), "good")
    else:
        flash(gettext("It was deployed already; nothing was changed."), "info")
    return redirect(url_for("workshop_deploying.show", deployment_id=deployed.deployment_id), 303)


def _page(pack: str, refusal: Rejection | None = None) -> str:
    prospect = engine().ask(deploying.prospect, actor(), pack)
    needed = engine().ask(deploying.rehearsed, actor(), pack)
    return render_template(
        "workshop/deploy.html",
        prospect=prospect,
        suite=suites.known(*needed),
        scenarios=len(scenarios_of(needed[1])),
        refusal=refusal,
        may_migrate=may("instance_migrations.plan"),
        reason=request.form.get("reason", ""),
        anyway="anyway" in request.form,
        chosen=request.form,
    )


def _deployment(deployment_id: int, refusal: Rejection | None = None) -> str:
    wanted = {int(id) for id in request.args.get("migrate", "").split(",") if id.isascii() and id.isdigit()}
    row = engine().ask(deploying.deployment, actor(), deployment_id)
    keys = {key for kind, key, _, _ in row.made if kind == "process"}
    older = [pair for pair in engine().ask(migration_previews.older_versions) if pair[0].key in keys]
    return render_template(
        "workshop/deployment.html",
        row=row,
        older=older,
        wanted=wanted,
        operators=engine().ask(deploying.operators),
        may_migrate=may("instance_migrations.plan"),
        refusal=refusal,
        reason=request.form.get("reason", ""),
    )


def _reason(suite: Suite) -> str:
    """The reason, with the scenarios that fail where somebody takes that on. Raises InvalidInput."""
    reason = request.form.get("reason", "").strip()
    if not suite.failed:
        return reason
    if "anyway" not in request.form:
        wanted = Message("Expected scenarios that come as they should, but {count} of {total} fail",
                         count=len(suite.failed), total=len(suite.results))  # fmt: skip
        raise InvalidInput({"anyway": [wanted]}, wanted.template, **wanted.params)
    if not reason:
        wanted = Message("Expected a sentence of up to 500 characters that says why")
        raise InvalidInput({"reason": [wanted]}, wanted.template)
    failed = ", ".join(result.path for result in suite.failed)
    return f"{reason} [{len(suite.failed)}/{len(suite.results)} failed: {failed}"[: LONGEST_REASON - 1] + "]"
