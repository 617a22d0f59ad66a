"""Instance migration for operators: from a version to another, looked at before it is ordered, and its progress."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from engine.commands.instance_migration import MigrationPlan, StartMigrationBatch, StopMigrationBatch
from engine.errors import InvalidInput, InvalidState, Rejection
from engine.queries import instance_migrations, migration_previews
from webui.pages import actor, engine, id_in, page_number

blueprint = Blueprint("instance_migrations", __name__)

LET_GO = "-"  # no element has this id
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
        return _page(drawn, _suggested(drawn), seen=None)
    wanted = _read(drawn)
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
    chosen = {each.element_id: wanted.mapping.get(each.element_id, each.element_id) for each in drawn.suggestions}
    return render_template(
        "operate/migration_plan.html",
        draft=drawn,
        plan=wanted,
        chosen={id: LET_GO if target is None else target for id, target in chosen.items()},
        let_go=LET_GO,
        seen=seen,
        refusal=refusal,
        instances=request.values.get("instances", ""),
        reason=request.values.get("reason", ""),
    )


def _suggested(drawn: migration_previews.Draft) -> MigrationPlan:
    """What we would do: elements that were only renamed go on under their new id."""
    return MigrationPlan(mapping={each.element_id: each.target_id for each in drawn.suggestions if each.renamed})


def _read(drawn: migration_previews.Draft) -> MigrationPlan:
    mapping: dict[str, str | None] = {}
    for each in drawn.suggestions:
        target = request.form.get(f"to-{each.element_id}", "")
        if target == LET_GO:
            mapping[each.element_id] = None
        elif target and target != each.element_id:
            mapping[each.element_id] = target
    return MigrationPlan(
        mapping=mapping,
        recount="recount" in request.form,
        renew="renew" in request.form,
        reassign="reassign" in request.form,
        calls="calls" in request.form,
    )


def _chosen(text: str) -> tuple[int, ...] | None:
    """The numbers of instances that were typed; None for all. Raises InvalidInput."""
    parts = [part for part in re.split(r"[\s,，、;]+", text) if part]
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts) or len(parts) > MOST_CHOSEN:
        raise InvalidInput({"instances": [""]}, "Expected at most {max} numbers of instances", max=MOST_CHOSEN)
    return tuple(map(int, parts)) or None
