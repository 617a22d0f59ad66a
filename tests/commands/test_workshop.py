"""Designers change the same pack without losing each other's work, and what they deploy is what they looked at."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.access import SYSTEM, Actor
from engine.commands.model_drafts import (
    DiscardModelDrafts,
    DraftModels,
    RemoveModelFile,
    RenameModelFile,
    SaveModelDraft,
)
from engine.commands.workshop import (
    CommitModels,
    CreateModelPack,
    DeployModels,
    ImportModels,
    RedeployPack,
    RestoreModels,
)
from engine.errors import Forbidden, InvalidDeployment, InvalidInput, InvalidState, NotFound
from engine.model.repository import Deployment
from engine.model.workshop import ModelContent
from engine.queries import workshop
from tests.support.driver import BPMN, Driver
from tests.support.models import sequence, user_task

PROCESS = "process.bpmn"


def drawn(*steps: str) -> bytes:
    return BPMN.format(body=sequence(*(user_task(step) for step in steps))).encode()


@pytest.fixture
def wu(driver: Driver) -> Actor:
    driver.groups(designers=("deploy",), clerks=())
    driver.person("lin", "designers")
    wu = driver.person("wu", "designers")
    files = {PROCESS: drawn("look"), "notes.md": b"Read me"}
    driver.execute(CreateModelPack(name="roads", message="Begin", files=files), by="wu")
    return wu


def save(driver: Driver, by: str, content: bytes, path: str = PROCESS, **more: str | None) -> str:
    if "expected" not in more:
        more["expected"] = driver.engine.ask(workshop.file, driver.actor(by), "roads", path).tag
    return driver.execute(SaveModelDraft(pack="roads", path=path, content=content, **more), by=by)  # type: ignore[arg-type]


def statuses(driver: Driver, by: str) -> dict[str, str]:
    return {file.path: file.status for file in driver.engine.ask(workshop.pack, driver.actor(by), "roads").files}


def test_a_draft_is_the_designers_own_until_it_becomes_a_revision(driver: Driver, wu: Actor) -> None:
    save(driver, "wu", drawn("look", "answer"))

    assert statuses(driver, "wu") == {"notes.md": "same", PROCESS: "changed"}
    assert statuses(driver, "lin") == {"notes.md": "same", PROCESS: "same"}

    number = driver.execute(CommitModels(pack="roads", message="Answer, too"), by="wu")

    assert number == 2
    assert driver.engine.ask(workshop.file, driver.actor("lin"), "roads", PROCESS).content == drawn("look", "answer")
    newest, first = driver.engine.ask(workshop.history, wu, "roads")
    assert (newest.message, newest.author, newest.changes) == ("Answer, too", "wu", ((PROCESS, "changed"),))
    assert first.changes == (("notes.md", "added"), (PROCESS, "added"))


def test_attack_a_thousand_saves_keep_one_draft(driver: Driver, wu: Actor) -> None:
    first = driver.engine.ask(workshop.file, wu, "roads", PROCESS).tag
    for step in ("a", "b", "c"):
        tag = save(driver, "wu", drawn("look", step))
    kept = set(driver.all(select(ModelContent.sha256)))
    assert {first, tag} < kept and len(kept) == 3

    driver.execute(RenameModelFile(pack="roads", path=PROCESS, to="other.bpmn"), by="wu")
    assert driver.engine.ask(workshop.file, wu, "roads", "other.bpmn").content == drawn("look", "c")
    driver.execute(DiscardModelDrafts(pack="roads"), by="wu")
    assert set(driver.all(select(ModelContent.sha256))) == kept - {tag}


def test_attack_a_pack_of_endless_drafts(driver: Driver, wu: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.workshop.MOST_FILES", 2)

    with pytest.raises(InvalidInput, match="at most 2 files"):
        save(driver, "wu", b"x", path="more.md", expected=None)


def test_a_second_window_does_not_overwrite_the_first(driver: Driver, wu: Actor) -> None:
    opened = driver.engine.ask(workshop.file, wu, "roads", PROCESS).tag
    save(driver, "wu", drawn("look", "answer"), expected=opened)

    with pytest.raises(InvalidState, match=r"Expected to save process\.bpmn as it was opened, but it was changed"):
        save(driver, "wu", drawn("look", "ask"), expected=opened)

    assert driver.engine.ask(workshop.file, wu, "roads", PROCESS).content == drawn("look", "answer")


def test_a_colleagues_revision_in_between_is_a_conflict_that_is_looked_at_first(driver: Driver, wu: Actor) -> None:
    save(driver, "wu", drawn("look", "answer"))
    save(driver, "lin", drawn("look", "visit"))
    driver.execute(CommitModels(pack="roads", message="Visit them"), by="lin")

    with pytest.raises(InvalidState, match=r"revision of process\.bpmn, but colleagues changed them"):
        driver.execute(CommitModels(pack="roads", message="Answer"), by="wu")

    theirs = driver.engine.ask(workshop.file, wu, "roads", PROCESS)
    assert theirs.conflicts
    save(driver, "wu", drawn("look", "visit", "answer"), base=theirs.base)
    assert driver.execute(CommitModels(pack="roads", message="Visit and answer"), by="wu") == 3


def test_files_are_added_renamed_removed_and_discarded(driver: Driver, wu: Actor) -> None:
    save(driver, "wu", b"second", path="more.md", expected=None)
    driver.execute(RenameModelFile(pack="roads", path="notes.md", to="docs/notes.md"), by="wu")
    driver.execute(RemoveModelFile(pack="roads", path=PROCESS), by="wu")
    assert statuses(driver, "wu") == {
        "docs/notes.md": "new", "more.md": "new", "notes.md": "deleted", PROCESS: "deleted",
    }  # fmt: skip

    driver.execute(DiscardModelDrafts(pack="roads", path=PROCESS), by="wu")
    driver.execute(CommitModels(pack="roads", message="Tidy up"), by="wu")

    assert statuses(driver, "lin") == {"docs/notes.md": "same", "more.md": "same", PROCESS: "same"}
    with pytest.raises(NotFound, match=r"Expected to find file notes\.md in pack roads"):
        driver.engine.ask(workshop.file, wu, "roads", "notes.md")


def test_what_is_typed_back_to_what_it_was_is_no_change(driver: Driver, wu: Actor) -> None:
    save(driver, "wu", drawn("look", "answer"))
    save(driver, "wu", drawn("look"))

    assert statuses(driver, "wu")[PROCESS] == "same"
    assert driver.execute(CommitModels(pack="roads", message="Nothing"), by="wu") == 1


def test_the_newest_revision_is_deployed_with_its_reason(driver: Driver, wu: Actor) -> None:
    deployed = driver.execute(DeployModels(pack="roads", reason="Roads come to us now", number=1), by="wu")

    assert deployed.created == (("process", "steps", 1),)
    row = driver.one(select(Deployment))
    assert (row.name, row.reason, row.deployed_by) == ("roads", "Roads come to us now", "wu")
    assert driver.engine.ask(workshop.packs, wu)[0].deployed
    assert {file.live for file in driver.engine.ask(workshop.pack, wu, "roads").files} == {"same"}

    save(driver, "wu", drawn("look", "answer"))
    driver.execute(CommitModels(pack="roads", message="Answer"), by="wu")
    assert not driver.engine.ask(workshop.packs, wu)[0].deployed
    with pytest.raises(InvalidState, match="deploy revision 1 of roads, but 2 is the newest"):
        driver.execute(DeployModels(pack="roads", reason="As I saw it", number=1), by="wu")


def test_an_earlier_deployment_serves_new_starts_again(driver: Driver, wu: Actor) -> None:
    first = driver.execute(DeployModels(pack="roads", reason="First"), by="wu")
    save(driver, "wu", drawn("look", "answer"))
    driver.execute(CommitModels(pack="roads", message="Answer"), by="wu")
    driver.execute(DeployModels(pack="roads", reason="Second"), by="wu")
    under_way = driver.start("steps")

    driver.execute(RedeployPack(deployment_id=first.deployment_id, reason="The answer confused people"), by="wu")

    assert under_way.row.definition_id != driver.start("steps").row.definition_id
    assert driver.engine.ask(workshop.files, wu, "roads", "live") == {PROCESS: drawn("look")}


def test_unsound_drawings_are_not_deployed_and_the_findings_are_those_of_the_check(driver: Driver, wu: Actor) -> None:
    save(driver, "wu", BPMN.format(body=sequence(user_task("look", groups="nobody"))).encode())
    found = driver.engine.ask(workshop.check, wu, "roads")
    driver.execute(CommitModels(pack="roads", message="For nobody"), by="wu")

    with pytest.raises(InvalidDeployment) as refused:
        driver.execute(DeployModels(pack="roads", reason="Try"), by="wu")

    assert [(finding.element_id, finding.message) for finding in refused.value.findings] == [
        (finding.element_id, finding.message) for finding in found
    ]


def test_an_earlier_revision_is_restored_and_files_from_outside_replace_all(driver: Driver, wu: Actor) -> None:
    driver.execute(ImportModels(pack="roads", files={"a.md": b"a"}, message="Theirs", replace=True), by="wu")
    assert statuses(driver, "wu") == {"a.md": "same"}

    driver.execute(RestoreModels(pack="roads", number=1, message="Ours again"), by="wu")

    assert statuses(driver, "wu") == {"notes.md": "same", PROCESS: "same"}


def test_files_from_outside_are_drafts_that_one_looks_at_first(driver: Driver, wu: Actor) -> None:
    theirs = {"a.md": b"a", "notes.md": b"Read me"}

    assert driver.execute(DraftModels(pack="roads", files=theirs, replace=True), by="wu") == 2
    assert statuses(driver, "wu") == {"a.md": "new", "notes.md": "same", PROCESS: "deleted"}
    assert statuses(driver, "lin") == {"notes.md": "same", PROCESS: "same"}

    with pytest.raises(InvalidState, match=r"you drafted a\.md"):
        driver.execute(DraftModels(pack="roads", files={"a.md": b"b", "notes.md": b"b"}), by="wu")
    assert statuses(driver, "wu")["notes.md"] == "same", "all of them or none"
    assert driver.execute(DraftModels(pack="roads", files=theirs), by="wu") == 0


@pytest.mark.parametrize("path", ["../x.bpmn", "/etc/x.bpmn", "a//b.form", "x.exe", ".hidden.form", "a/b/c/d/e/f/g.md"])
def test_paths_that_are_none_are_refused(driver: Driver, wu: Actor, path: str) -> None:
    with pytest.raises(InvalidInput, match="Expected"):
        save(driver, "wu", b"x", path=path, expected=None)


def test_a_reason_is_wanted_and_names_are_plain(driver: Driver, wu: Actor) -> None:
    with pytest.raises(InvalidInput, match="says why"):
        driver.execute(DeployModels(pack="roads", reason=" "), by="wu")
    with pytest.raises(InvalidInput, match="Expected a name for a pack"):
        driver.execute(CreateModelPack(name="Road Works", message="Begin"), by="wu")
    with pytest.raises(InvalidState, match="there is one of that name"):
        driver.execute(CreateModelPack(name="roads", message="Begin"), by="wu")


def test_the_workshop_is_for_designers(driver: Driver, wu: Actor) -> None:
    driver.person("li", "clerks")

    with pytest.raises(Forbidden, match="open the workshop"):
        driver.engine.ask(workshop.packs, driver.actor("li"))
    with pytest.raises(Forbidden):
        driver.execute(CommitModels(pack="roads", message="Mine"), by="li")
    assert driver.engine.ask(workshop.packs, SYSTEM)[0].name == "roads"
