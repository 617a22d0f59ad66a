"""The job type `log`: writes its `message` to the service's log; for trying a service task out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from engine.workers.tools import Tools

logger = logging.getLogger("lianxi.worker")


def write_line(variables: Mapping[str, Any], tools: Tools) -> dict[str, Any]:
    """Inputs: message. No results."""
    logger.info("job %s says: %s", tools.key, variables.get("message", ""))
    return {}
