"""Instance migration for operators: from a version to another, looked at before it is ordered, and its progress."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from engine.commands.instance_migration import MigrationPlan, StartMigrationBatch, StopMigrationBatch
from engine.errors import InvalidInput, InvalidState, Rejection
from engine.queries import instance_migrations, migration_previews
from engine.queries.deploying import Suggestion, suggested
from webui.pages import actor, engine, id_in, page_number

blueprint = Blueprint("instance_migrations", __name__)

LET_GO = "-"  # no element has this id
BESIDES = ("recount", "renew", "reassign", "calls")
MOST_CHOSEN = 1000


@blueprint.get("/operate/migrations")
def listing() -> str:
    return render_template(
        "operate/migrations.html",
        older=engine().ask(migration_previews.older_versions),
        batches=engine().ask(instance_migrations.batches),
    )


@blueprint.route("/operate/migrations/new", methods=["GET", "POST"])
def plan() -> Any:
    """Say where each element goes on, look at what that would do, and order it with a reason.

    The plan travels in the form, so it needs no script and no place on the server.
    """
    given = request.values
    source, target = id_in(given, "source"), id_in(given, "target")
    if source is None or target is None:
        abort(404)
    drawn = engine().ask(migration_previews.draft, source, target)
    if request.method == "GET":
        said = "plan" in given  # the address of a deployment says what its designer had in mind
        return _page(drawn, plan_of(drawn.suggestions) if said else suggested(drawn.suggestions), seen=None)
    wanted = plan_of(drawn.suggestions)
    refusal: Rejection | None = None
    chosen: tuple[int, ...] | None = None
    seen = None
    try:
        chosen = _chosen(given.get("instances", ""))
        if given.get("lx-do") == "start":
            order = StartMigrationBatch(
                source_id=source, target_id=target, plan=wanted, reason=given.get("reason", ""), instance_ids=chosen
            )
            batch_id = engine().execute(order, actor=actor())
            return redirect(url_for("instance_migrations.show", batch_id=batch_id), 303)
    except (InvalidInput, InvalidState) as refused:
        refusal = refused
    if not (refusal and chosen is None and given.get("instances", "").strip()):
        seen = engine().ask(migration_previews.preview, source, target, wanted, chosen)
    return _page(drawn, wanted, seen=seen, refusal=refusal), 422 if refusal else 200


def plan_of(suggestions: Iterable[Suggestion], prefix: str = "") -> MigrationPlan:
    """The plan that the fields of this prefix say."""
    given = request.values
    mapping: dict[str, str | None] = {}
    for each in suggestions:
        target = given.get(f"{prefix}to-{each.element_id}", "")
        if target == LET_GO:
            mapping[each.element_id] = None
        elif target and target != each.element_id:
            mapping[each.element_id] = target
    return MigrationPlan(mapping=mapping, **{name: f"{prefix}{name}" in given for name in BESIDES})


def fields_of(plan: MigrationPlan, prefix: str = "") -> dict[str, str]:
    """The fields that say this plan, for an address that leads to it."""
    moves = {f"{prefix}to-{old}": LET_GO if new is None else new for old, new in plan.mapping.items()}
    return {f"{prefix}plan": "yes", **moves, **{f"{prefix}{name}": "on" for name in BESIDES if getattr(plan, name)}}


def chosen_in(plan: MigrationPlan, suggestions: Iterable[Suggestion]) -> dict[str, str]:
    """What the table of a plan shows as chosen, by element."""
    chosen = {each.element_id: plan.mapping.get(each.element_id, each.element_id) for each in suggestions}
    return {id: LET_GO if target is None else target for id, target in chosen.items()}


@blueprint.get("/operate/migrations/<int:batch_id>")
def show(batch_id: int) -> str:
    status = request.args.get("status", "")
    known = status if status in instance_migrations.STATUSES else None
    return render_template(
        "operate/migration.html",
        batch=engine().ask(instance_migrations.batch, batch_id),
        items=engine().ask(instance_migrations.items, batch_id, status=known, page=page_number()),
        status=known,
        page=page_number(),
        shown=instance_migrations.SHOWN,
    )


@blueprint.post("/operate/migrations/<int:batch_id>/stop")
def stop(batch_id: int) -> Any:
    engine().execute(StopMigrationBatch(batch_id=batch_id), actor=actor())
    flash(gettext("The migration is stopped. What was migrated stays so."), "good")
    return redirect(url_for("instance_migrations.show", batch_id=batch_id), 303)


def _page(
    drawn: migration_previews.Draft,
    wanted: MigrationPlan,
    *,
    seen: migration_previews.Preview | None,
    refusal: Rejection | None = None,
) -> str:
    return render_template(
        "operate/migration_plan.html",
        draft=drawn,
        plan=wanted,
        chosen=chosen_in(wanted, drawn.suggestions),
        seen=seen,
        refusal=refusal,
        instances=request.values.get("instances", ""),
        reason=request.values.get("reason", ""),
    )


def _chosen(text: str) -> tuple[int, ...] | None:
    """The numbers of instances that were typed; None for all. Raises InvalidInput."""
    parts = [part for part in re.split(r"[\s,，、;]+", text) if part]
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts) or len(parts) > MOST_CHOSEN:
        raise InvalidInput({"instances": [""]}, "Expected at most {max} numbers of instances", max=MOST_CHOSEN)
    return tuple(map(int, parts)) or None
