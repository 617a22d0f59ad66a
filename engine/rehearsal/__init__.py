"""Rehearsal: packs run against a clock of their own, in an installation nobody else sees, without deploying them."""

from engine.calendar import LocalDay
from engine.rehearsal.expectations import EXPECTATIONS, Compared, compare, expected_of
from engine.rehearsal.furnishing import Setup
from engine.rehearsal.office import Office
from engine.rehearsal.outcome import Coverage, Outcome, rehearse
from engine.rehearsal.scenario import Scenario, read_scenario, write_scenario
from engine.rehearsal.steps import Step, read_step
from engine.rehearsal.view import View, look

__all__ = [
    "EXPECTATIONS",
    "Compared",
    "Coverage",
    "LocalDay",
    "Office",
    "Outcome",
    "Scenario",
    "Setup",
    "Step",
    "View",
    "compare",
    "expected_of",
    "look",
    "read_scenario",
    "read_step",
    "rehearse",
    "write_scenario",
]
