"""The designers' workshop: packs and their files, editors, rehearsal, deployment."""

from webui.workshop import compare, deploying, files, help, history, labels, packs, previews, rehearsal, scenarios, tree

BLUEPRINTS = (
    labels.blueprint,
    previews.blueprint,
    help.blueprint,
    packs.blueprint,
    files.blueprint,
    tree.blueprint,
    history.blueprint,
    compare.blueprint,
    deploying.blueprint,
    rehearsal.blueprint,
    scenarios.blueprint,
)
