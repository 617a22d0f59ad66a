"""The JSON API under /v2, in the shapes of the Orchestration Cluster REST API."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api
from flask_wtf.csrf import CSRFProtect

from webui.api import element_instances, events, instances, jobs, views
from webui.api.base import blueprint

ADDRESSES = (
    views,
    jobs,
    instances,
    element_instances,
    events,
)  # each adds its own to the blueprint when it is imported

OPENAPI = {
    "API_TITLE": "Lianxi",
    "API_VERSION": "v2",
    "OPENAPI_VERSION": "3.0.3",
    "OPENAPI_URL_PREFIX": "/v2",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "security": [{"bearer": []}],
    },
}


class _Api(Api):
    """flask-smorest without its error pages for the whole application; ours are the blueprint's own."""

    def _register_error_handlers(self) -> None:
        return None


def init_api(app: Flask, protect: CSRFProtect) -> None:
    """Serve the API. It is exempt from CSRF tokens because it takes no cookies."""
    app.config.update(OPENAPI)
    _Api(app).register_blueprint(blueprint)
    protect.exempt(blueprint)
