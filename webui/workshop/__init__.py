"""The designers' workshop: packs and their files, editors, rehearsal, deployment."""

from webui.workshop import compare, deploying, files, history, packs, rehearsal, scenarios, tree

BLUEPRINTS = (
    packs.blueprint,
    files.blueprint,
    tree.blueprint,
    history.blueprint,
    compare.blueprint,
    deploying.blueprint,
    rehearsal.blueprint,
    scenarios.blueprint,
)
