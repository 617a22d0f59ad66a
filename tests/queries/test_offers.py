"""What the BPMN editor's panels offer of a pack, and which variables its elements can count on."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.access import Actor
from engine.bpmn import registry
from engine.commands.workshop import CreateModelPack
from engine.errors import Forbidden
from engine.packs import read_pack
from engine.queries.offers import Offers, offers
from tests.support.driver import Driver

FILES = dict(read_pack(Path(__file__).parents[2] / "processes" / "petition").resources)
LIFECYCLE = "matter_lifecycle.bpmn"
TALK = "resolve_on_site.bpmn"


@pytest.fixture(scope="module", autouse=True)
def wu(driver: Driver) -> Actor:
    driver.groups(designers=("deploy",), clerks=())
    driver.person("lin", "clerks")
    wu = driver.person("wu", "designers")
    driver.execute(CreateModelPack(name="desk", message="Begin", files=FILES), by="wu")
    return wu


def offered(driver: Driver, path: str = "", by: str = "wu", **instead: bytes) -> Offers:
    return driver.engine.ask(offers, driver.actor(by), "desk", path, {path: instead["drawn"]} if instead else None)


def test_lists_are_those_of_the_pack_first_and_then_of_what_is_deployed(driver: Driver) -> None:
    found = offered(driver)

    assert {"reception", "jc_office"} <= {group.key for group in found.groups if group.here}
    assert [group.key for group in found.groups if not group.here] == ["clerks", "designers"]
    assert ("on_site_talk", True) in {(form.key, form.here) for form in found.forms}
    assert "routing" in {decision.key for decision in found.decisions}
    assert "resolve_on_site" in {process.key for process in found.processes}
    assert {"clock:open", "clock:stop", "log"} <= {job_type.type for job_type in found.job_types}
    assert "profile.clocks" in found.constants


def test_elements_are_those_of_the_registry(driver: Driver) -> None:
    found = offered(driver)

    executed = {row.tag for row in registry.rows() if row.executed}
    assert executed == set(found.elements)
    assert "complexGateway" in found.refused
    assert "escalation" not in found.events["startEvent/process"]


def test_a_step_can_count_on_what_was_written_before_it(driver: Driver) -> None:
    known = offered(driver, LIFECYCLE).variables

    assert known["propose_route"]["C01"] == ("open_first_disposal",)
    assert "claims" in known["open_first_disposal"]  # typed on the form of the visit
    assert "proposed_route" not in known["open_first_disposal"]
    assert known["confirm_route"]["proposed_route"] == ("propose_route",)


def test_a_decision_can_count_on_what_the_step_can_that_calls_it(driver: Driver) -> None:
    known = offered(driver, "decisions/routing.dmn").variables

    assert set(known) == {"routing", "duty_unit", "urgency"}
    assert "Matter registered" in known["routing"]["people_involved"]
    assert known["urgency"]["C01"] == ("Start the clock: first disposal",)
    assert "proposed_route" not in known["routing"]  # that is what it answers
    assert not offered(driver, "decisions/routing.dmn", drawn=b"<definitions").variables


def test_a_form_can_count_on_what_the_tasks_can_that_show_it(driver: Driver) -> None:
    known = offered(driver, "forms/approve_opinion.form").variables["approve_opinion"]

    assert "Draft the handling opinion" in known["opinion_summary"]
    assert not offered(driver, "forms/quick_desk.form").variables["quick_desk"], (
        "it is filled in before there are variables"
    )
    assert not offered(driver, "forms/approve_opinion.form", drawn=b"{").variables


def test_a_called_process_hands_over_what_is_written_in_it(driver: Driver) -> None:
    known = offered(driver, LIFECYCLE).variables

    after_the_talk = [names for names in known.values() if "onsite_outcome" in names]
    assert after_the_talk
    assert "onsite_outcome" not in known["propose_route"]


def test_after_a_form_its_answers_are_known_on_the_flows(driver: Driver) -> None:
    known = offered(driver, TALK).variables

    assert "onsite_outcome" not in known["talk"]
    assert known["ended_refer"]["onsite_outcome"] == ("talk",)


def test_what_is_being_typed_is_read_instead_of_what_is_kept(driver: Driver) -> None:
    drawn = FILES[TALK].replace(b'formId="on_site_talk"', b'formId="meeting"')

    assert "onsite_outcome" not in offered(driver, TALK, drawn=drawn).variables["ended_refer"]
    assert offered(driver, TALK, drawn=b"<half a").variables == {}


def test_only_designers_are_told(driver: Driver) -> None:
    with pytest.raises(Forbidden):
        offered(driver, by="lin")
