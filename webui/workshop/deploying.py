"""Deploying a pack: what would change, whether it holds, who runs on older versions; and the deployments there were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from engine.commands.instance_migration import MigrationPlan, StartMigrationBatch
from engine.commands.workshop import DeployModels, RedeployPack
from engine.errors import InvalidDeployment, InvalidInput, InvalidState, Message, Rejection
from engine.queries import deploying, migration_previews
from engine.queries.deploying import Suggestion
from engine.rehearsal.suite import Suite, scenarios_of
from engine.rehearsal.suites import Run, suites
from webui.i18n import say
from webui.instance_migrations import chosen_in, fields_of, plan_of
from webui.pages import actor, engine, id_in, status_of
from webui.security import may

blueprint = Blueprint("workshop_deploying", __name__)

LONGEST_REASON = 500
PATIENCE = 1.5  # seconds a request waits for scenarios before it shows how far they are; then a script asks again
AGAIN = "HX-Request"


@blueprint.get("/workshop/<pack>/deploy")
def look(pack: str) -> Any:
    """What deploying the newest revision would do. `?run=` has its scenarios run beside, unless they were or are."""
    if "run" not in request.args:
        return _page(pack)
    try:
        needed = engine().ask(deploying.rehearsed, actor(), pack)
        asked_again = AGAIN in request.headers
        run = (suites.known(*needed) if asked_again else None) or suites.begin(
            *needed
        )  # a failure is not tried for ever
    except InvalidState as refusal:
        return _page(pack, refusal), 503
    if asked_again:
        shown = {"pack": pack, "run": run, "scenarios": run.total, "anyway": False}
        return render_template("workshop/deploy_scenarios.html", **shown)
    run.wait(PATIENCE)
    return _page(pack)


@blueprint.post("/workshop/<pack>/rehearsal")
def rehearse(pack: str) -> Any:
    """Have all scenarios of the newest revision run; the page that follows shows how far they are."""
    try:
        suites.begin(*engine().ask(deploying.rehearsed, actor(), pack))
    except InvalidState as refusal:
        return _page(pack, refusal), 503
    return redirect(url_for("workshop_deploying.look", pack=pack, run="yes", _anchor="scenarios-title"), 303)


@blueprint.post("/workshop/<pack>/deploy")
def deploy(pack: str) -> Any:
    """Deploy the revision that was looked at, once its scenarios were run.

    Scenarios that fail hinder it, unless that is taken on and recorded. Afterwards the migrations that were chosen are
    ordered, where this person may; else the page that follows hands their plans to whoever may.
    """
    if request.form.get("lx-do") == "preview":
        return _page(pack)
    try:
        reason = _reason(_ended(pack))
        order = DeployModels(pack=pack, reason=reason, number=id_in(request.form, "number"))
        deployed = engine().execute(order, actor=actor())
    except (InvalidInput, InvalidState, InvalidDeployment) as refusal:
        code = 422 if isinstance(refusal, InvalidDeployment) else status_of(refusal)
        return _page(pack, refusal), code
    if deployed.is_new:
        flash(gettext("Deployed. New matters use it from now on."), "good")
    else:
        flash(gettext("It was deployed already; nothing was changed."), "info")
    left = _migrate(order.reason)
    plans: dict[str, Any] = {
        name: value for id, plan in left.items() for name, value in fields_of(plan, f"{id}-").items()
    }
    wanted = ",".join(map(str, left)) or None
    place = url_for("workshop_deploying.show", deployment_id=deployed.deployment_id, migrate=wanted, **plans)
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
        code = 422 if isinstance(refusal, InvalidDeployment) else status_of(refusal)
        return _deployment(deployment_id, refusal), code
    if deployed.is_new:
        flash(gettext("New matters use the earlier files again. Those under way stay where they are."), "good")
    else:
        flash(gettext("It was deployed already; nothing was changed."), "info")
    return redirect(url_for("workshop_deploying.show", deployment_id=deployed.deployment_id), 303)


def _page(pack: str, refusal: Rejection | None = None) -> str:
    prospect = engine().ask(deploying.prospect, actor(), pack, _plan)
    needed = engine().ask(deploying.rehearsed, actor(), pack)
    return render_template(
        "workshop/deploy.html",
        prospect=prospect,
        run=suites.known(*needed),
        scenarios=len(scenarios_of(needed[1])),
        refusal=refusal,
        may_migrate=may("instance_migrations.plan"),
        reason=request.form.get("reason", ""),
        anyway="anyway" in request.form,
        chosen=request.form,
        chosen_in=chosen_in,
        new_versions={key: version for kind, key, _, version in prospect.made if kind == "process"},
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
        plans={id: _fields(f"{id}-") for id in wanted},
        operators=engine().ask(deploying.operators),
        may_migrate=may("instance_migrations.plan"),
        refusal=refusal,
        reason=request.form.get("reason", ""),
    )


def _plan(definition_id: int, suggestions: Sequence[Suggestion]) -> MigrationPlan:
    """How instances of this version are to be migrated: as the form says, else as we suggest."""
    prefix = f"{definition_id}-"
    return plan_of(suggestions, prefix) if f"{prefix}plan" in request.form else deploying.suggested(suggestions)


def _migrate(reason: str) -> dict[int, MigrationPlan]:
    """Order the migrations that were chosen to the versions that are the newest now; returns those not ordered."""
    chosen = {name.removeprefix("stay-") for name, choice in request.form.items() if choice == "migrate"}
    left = {}
    for old, newest in engine().ask(migration_previews.older_versions):
        if str(old.definition_id) not in chosen:
            continue
        source, target = old.definition_id, newest.definition_id
        plan = _plan(source, engine().ask(migration_previews.draft, source, target).suggestions)
        if not may("instance_migrations.plan"):
            left[source] = plan
            continue
        try:
            order = StartMigrationBatch(source_id=source, target_id=target, plan=plan, reason=reason)
            engine().execute(order, actor=actor())
        except (InvalidInput, InvalidState) as refusal:
            left[source] = plan
            flash(say(refusal.message), "bad")
        else:
            flash(gettext("The migration from version %(old)s is under way.", old=old.version), "good")
    return left


def _fields(prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in request.args.items() if name.startswith(prefix)}


def _ended(pack: str) -> Suite | None:
    """What came of the newest revision's scenarios; None where it has none.

    Raises InvalidState where they are still being run, which they are from now on, or could not be run.
    """
    needed = engine().ask(deploying.rehearsed, actor(), pack)
    if not scenarios_of(needed[1]):
        return None
    run: Run = suites.begin(*needed)
    run.wait(PATIENCE)
    if run.failure is not None:
        raise InvalidState("Expected to deploy what its scenarios were run on, but they could not be run")
    if run.suite is None:
        raise InvalidState(
            "Expected to deploy what its scenarios were run on, but only {count} of {total} were run yet;"
            " deploy when all have come",
            count=len(run.results),
            total=run.total,
        )
    return run.suite


def _reason(suite: Suite | None) -> str:
    """The reason, with the scenarios that fail where somebody takes that on. Raises InvalidInput."""
    reason = request.form.get("reason", "").strip()
    if suite is None or not suite.failed:
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
