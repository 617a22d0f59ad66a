"""The designers' workshop: packs and their files, editors, rehearsal, deployment."""

from webui.workshop import files, packs

BLUEPRINTS = (packs.blueprint, files.blueprint)
