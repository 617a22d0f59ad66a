"""The pages of packs, without scripts: begun, changed, settled, revised, compared, deployed and gone back on."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from engine import starters, zipped
from engine.commands.model_drafts import SaveModelDraft
from engine.commands.workshop import CommitModels, CreateModelPack
from engine.jobs.functions import JobContext, migrate_instances
from engine.model.instance_migration import InstanceMigrationItem
from engine.queries import workshop
from engine.rehearsal.suite import run_suite
from engine.rehearsal.suites import Suites
from tests.support.driver import BPMN, Driver
from tests.support.models import sequence, user_task

PACK = "/workshop/roads"
NOTES = {
    "process.bpmn": BPMN.format(body=sequence(user_task("look", groups="desk"))).encode(),
    "notes.md": b"Read me\n",
}


@pytest.fixture
def dora(office: Driver, visit: Callable) -> Any:
    office.person("dan", "makers")
    return visit("dora")


@pytest.fixture
def roads(office: Driver, dora: Any) -> Any:
    office.execute(CreateModelPack(name="roads", message="Begin", files=NOTES), by="dora")
    dora.get(PACK)
    return dora


def save(office: Driver, path: str, content: bytes, by: str = "dora", pack: str = "roads") -> None:
    seen = office.engine.ask(workshop.files, office.actor(by), pack)
    tag = office.engine.ask(workshop.file, office.actor(by), pack, path).tag if path in seen else None
    office.execute(SaveModelDraft(pack=pack, path=path, content=content, expected=tag), by=by)


def sent(content: bytes, name: str) -> Any:
    return io.BytesIO(content), name


def test_a_first_pack_runs_as_it_is(dora: Any) -> None:
    dora.get("/workshop")
    dora.send("/workshop", how="first", name="road-works", message="Permits for digging")

    assert "“road-works” is in the workshop now" in dora.text
    assert "Nothing was found" in dora.text
    assert "road_works.bpmn" in dora.text and "scenarios/" in dora.text
    dora.get("/workshop")
    assert "Permits for digging" in dora.text and "not deployed" in dora.text


def test_names_that_are_none_or_taken_are_refused_and_what_was_typed_stays(roads: Any) -> None:
    roads.get("/workshop")
    refused = roads.send("/workshop", how="first", name="Road Works", message="Mine")

    assert refused.status_code == 422
    assert "Expected a name for a pack, but Road Works is none" in roads.text
    assert 'value="Road Works"' in refused.text and 'value="Mine"' in refused.text
    assert roads.send("/workshop", how="first", name="roads", message="Mine").status_code == 409
    assert roads.send("/workshop", how="zip", name="other").status_code == 422
    assert "no file was chosen" in roads.text


def test_what_is_deployed_can_be_worked_on(dora: Any) -> None:
    dora.get("/workshop")
    assert "Work on tests here" in dora.text

    dora.send("/workshop", live="tests")

    assert "opinion.form" in dora.text and "deployed as it is here" in dora.text
    dora.get("/workshop")
    assert "Work on tests here" not in dora.text and "as the newest revision" in dora.text


def test_a_pack_goes_out_as_a_zip_and_comes_back(dora: Any) -> None:
    dora.get("/workshop")
    files = starters.first_files("roads")
    dora.send("/workshop", how="zip", name="roads", zip=sent(zipped.write_zip("roads", files), "roads.zip"))
    out = dora.client.get(f"{PACK}/export.zip")

    assert out.mimetype == "application/zip" and "roads.zip" in out.headers["Content-Disposition"]
    assert zipped.read_zip(out.data) == dict(sorted(files.items()))

    changed = zipped.write_zip("roads", {"notes.md": b"new"})
    dora.get(f"{PACK}/import")
    dora.send(
        f"{PACK}/import", zip=sent(changed, "roads.zip"), how="replace", becomes="revision", message="Only the notes"
    )
    assert "Revision 2 is made of the zip" in dora.text and "Only the notes" in dora.text
    assert dora.client.get(f"{PACK}/export.zip?state=1").data == out.data
    dora.send(f"{PACK}/import", zip=sent(changed, "roads.zip"), how="add", message="Again")
    assert "nothing new" in dora.text

    dora.send(f"{PACK}/import", zip=sent(out.data, "roads.zip"), how="replace")
    assert f"{len(files) + 1} files of the zip differ; they are drafts of yours now" in dora.text
    assert all(path in dora.text for path in files) and "Revision 3" not in dora.text

    refused = dora.send(f"{PACK}/import", zip=sent(b"PK no", "roads.zip"), message="Broken")
    assert refused.status_code == 422 and "Expected a zip, but the file is none" in dora.text


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [
        ("process", "hearing", "hearing.bpmn"),
        ("decision", "fees", "decisions/fees.dmn"),
        ("form", "talk", "forms/talk.form"),
        ("form", "deep/talk.form", "deep/talk.form"),
        ("scenario", "first", "scenarios/first.toml"),
        ("text", "read-me", "read-me.md"),
        ("text", "labels.csv", "labels.csv"),
    ],
)
def test_files_are_added_sound(roads: Any, kind: str, name: str, path: str) -> None:
    roads.send(f"{PACK}/files", kind=kind, path=name)
    roads.get(PACK)

    assert path.rsplit("/", 1)[-1] in roads.text and "My changes" in roads.text
    assert "error" not in roads.text.split("Findings")[1].split("Files")[0].replace("0 errors", "")


def test_files_with_names_of_other_letters_get_ids_of_their_own(roads: Any) -> None:
    for name in ("借书", "还书"):
        roads.send(f"{PACK}/files", kind="form", path=name)

    ids = [roads.client.get(f"{PACK}/content/forms/{name}.form").json["id"] for name in ("借书", "还书")]
    assert ids == ["form", "form_2"]


def test_remarks_that_the_editor_would_lose_are_said_before(roads: Any) -> None:
    roads.send(f"{PACK}/files", kind="process", path="remarked")
    assert "data-remarks" not in roads.get(f"{PACK}/files/remarked.bpmn").text

    content = roads.client.get(f"{PACK}/content/remarked.bpmn")
    roads.client.put(
        f"{PACK}/content/remarked.bpmn",
        data=content.data.replace(b"<bpmn:process", b"<!-- Since 2019 --><bpmn:process"),
        headers={"X-CSRFToken": roads.token, "If-Match": content.headers["ETag"]},
    )

    assert "This file has remarks" in roads.get(f"{PACK}/files/remarked.bpmn").text


def test_paths_that_are_taken_or_none_are_refused(roads: Any) -> None:
    assert roads.send(f"{PACK}/files", kind="text", path="notes").status_code == 409
    assert "there is a file notes.md" in roads.text
    assert roads.send(f"{PACK}/files", kind="text", path="../x").status_code == 422
    assert roads.send(f"{PACK}/files", kind="spell", path="x").status_code == 422
    assert roads.send(f"{PACK}/rename", path="notes.md", to="process.bpmn").status_code == 409
    assert roads.send(f"{PACK}/remove", path="nothing.md").status_code == 409


def test_files_are_uploaded_renamed_removed_and_brought_back(roads: Any) -> None:
    roads.send(f"{PACK}/uploads", folder="docs", files=[sent(b"a", "a.md"), sent(b"b", "mine/b.md")])
    assert "docs/a.md, docs/b.md" in roads.text
    roads.send(f"{PACK}/uploads", files=sent(b"Read me twice", "notes.md"))
    assert roads.client.get(f"{PACK}/content/notes.md").data == b"Read me twice"
    assert roads.send(f"{PACK}/uploads", files=sent(b"x", "run.exe")).status_code == 422
    assert roads.send(f"{PACK}/uploads").status_code == 422

    roads.send(f"{PACK}/rename", path="docs/a.md", to="docs/c.md")
    roads.send(f"{PACK}/remove", path="process.bpmn")
    assert "to be removed" in roads.text and "docs/a.md" not in roads.text.split("Files")[-1]
    roads.send(f"{PACK}/discard", all="yes")
    assert "My changes" not in roads.text and "to be removed" not in roads.text


def test_text_is_changed_without_a_script_and_a_stale_page_loses_nothing(roads: Any) -> None:
    page = roads.get(f"{PACK}/files/notes.md")
    tag = re.search(r'name="tag" value="([^"]+)"', page.text)
    assert tag and "Read me" in page.text

    roads.send(f"{PACK}/text", path="notes.md", tag=tag[1], content="Line one\r\nLine two\r\n")
    assert roads.client.get(f"{PACK}/content/notes.md").data == b"Line one\nLine two\n"
    stale = roads.send(f"{PACK}/text", path="notes.md", tag=tag[1], content="What I typed")

    assert stale.status_code == 409 and "What I typed" in stale.text
    assert roads.client.get(f"{PACK}/content/notes.md").data == b"Line one\nLine two\n"


def test_only_the_chosen_drafts_become_a_revision(office: Driver, roads: Any) -> None:
    save(office, "notes.md", b"Read me again\n")
    save(office, "more.md", b"More\n")
    roads.send(f"{PACK}/revisions", path="more.md", message="More to read")

    assert "Revision 2 is made" in roads.text and "changed by me" in roads.text
    assert roads.send(f"{PACK}/revisions", message="Nothing").status_code == 422
    refused = roads.send(f"{PACK}/revisions", path="notes.md", message=" ")
    assert refused.status_code == 422 and "says why" in roads.text


@pytest.mark.parametrize("take", ["mine", "theirs"])
def test_a_conflict_is_looked_at_and_settled(office: Driver, roads: Any, take: str) -> None:
    save(office, "notes.md", b"Read me, says Dora\n")
    save(office, "notes.md", b"Read me, says Dan\n", by="dan")
    roads.get(PACK)
    assert "works on it" in roads.text
    office.execute(CommitModels(pack="roads", message="Dan's words"), by="dan")

    page = roads.get(PACK)
    assert "Colleagues changed these files after you began" in roads.text
    seen = re.search(r'name="seen" value="([^"]+)"', page.text)
    assert seen
    assert roads.send(f"{PACK}/revisions", path="notes.md", message="Mine").status_code == 409
    roads.get(f"{PACK}/compare?before=head&after=draft&path=notes.md")
    assert "Read me, says Dan" in roads.text and "Read me, says Dora" in roads.text and "Keep mine" in roads.text

    roads.send(f"{PACK}/conflict", path="notes.md", seen=seen[1], take=take)

    said = b"Read me, says Dora\n" if take == "mine" else b"Read me, says Dan\n"
    assert roads.client.get(f"{PACK}/content/notes.md").data == said
    assert "Colleagues changed" not in roads.text
    if take == "mine":
        roads.send(f"{PACK}/revisions", path="notes.md", message="Mine")
        assert "Revision 3 is made" in roads.text


def test_a_draft_is_not_kept_over_what_nobody_looked_at(office: Driver, roads: Any) -> None:
    save(office, "notes.md", b"Dora\n")
    for words in (b"Dan\n", b"Dan again\n"):
        save(office, "notes.md", words, by="dan")
        office.execute(CommitModels(pack="roads", message="Dan's words"), by="dan")
    roads.get(PACK)

    assert roads.send(f"{PACK}/conflict", path="notes.md", seen="0" * 64, take="mine").status_code == 409
    assert "it was changed again" in roads.text


def test_history_tells_who_why_and_what_and_goes_back(office: Driver, roads: Any) -> None:
    save(office, "notes.md", b"Other words\n")
    office.execute(CommitModels(pack="roads", message="Other words"), by="dora")

    roads.get(f"{PACK}/history")
    assert "Other words" in roads.text and "≠ changed notes.md" in roads.text
    roads.get(f"{PACK}/compare?before=1&after=2&path=notes.md")
    assert "Read me" in roads.text and "Other words" in roads.text
    roads.send(f"{PACK}/restore", number="1", message="The first words were better")

    assert "Revision 3 has the files of revision 1" in roads.text
    assert roads.client.get(f"{PACK}/content/notes.md").data == b"Read me\n"
    assert roads.send(f"{PACK}/restore", number="2", message="").status_code == 422
    assert roads.send(f"{PACK}/restore", number="99", message="Why not").status_code == 404


def test_diagrams_are_compared_as_a_list_too(office: Driver, roads: Any) -> None:
    save(office, "process.bpmn", NOTES["process.bpmn"].replace(b'name="Look"', b'name="Look twice"'))

    page = roads.get(f"{PACK}/compare?before=head&after=draft&path=process.bpmn")

    assert "Look twice" in roads.text and "User task" in roads.text and 'id="compare"' in page.text
    assert roads.get(f"{PACK}/compare?before=then&after=now").status_code == 404
    assert roads.get(f"{PACK}/compare?path=nothing.md").status_code == 404
    assert roads.get(f"{PACK}/compare?before=99").status_code == 404


def first(dora: Any) -> None:
    dora.get("/workshop")
    dora.send("/workshop", how="first", name="roads", message="Begin")


def test_a_pack_is_deployed_with_its_scenarios_and_a_reason(office: Driver, dora: Any) -> None:
    first(dora)
    dora.get(f"{PACK}/deploy")
    assert "1 scenario was not run on this revision yet" in dora.text and "never deployed" in dora.text
    dora.send(f"{PACK}/rehearsal")
    look_until_all_has_come(dora)
    assert "1 passed" in dora.text and "100 %" in dora.text
    assert dora.send(f"{PACK}/deploy", number="1", reason=" ").status_code == 422

    dora.send(f"{PACK}/deploy", number="1", reason="Roads come to us")

    assert "Deployed. New matters use it" in dora.text and "Roads come to us" in dora.text
    dora.get("/design/deployments")
    assert "Roads come to us" in dora.text and "live" in dora.text


def look_until_all_has_come(dora: Any) -> None:
    """What the page's script does every second."""
    for _ in range(60):
        dora.get(f"{PACK}/deploy?run=yes")
        if "are being run" not in dora.text:
            return
    raise AssertionError(dora.text)


def test_nothing_is_deployed_while_its_scenarios_are_being_run(
    office: Driver, dora: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first(dora)
    goes_on = threading.Event()

    def slow(*asked: Any, **given: Any) -> Any:
        goes_on.wait(60)
        return run_suite(*asked, **given)

    monkeypatch.setattr("engine.rehearsal.suites.run_suite", slow)
    monkeypatch.setattr("webui.workshop.deploying.PATIENCE", 0)
    monkeypatch.setattr("webui.workshop.deploying.suites", Suites())
    dora.get(f"{PACK}/deploy")

    refused = dora.send(f"{PACK}/deploy", number="1", reason="Roads come to us")

    assert refused.status_code == 409 and 'value="Roads come to us"' in refused.text
    assert "only 0 of 1 were run yet; deploy when all have come" in dora.text and "0 of 1" in dora.text
    assert dora.send(f"{PACK}/rehearsal").status_code == 200 and "The scenarios are being run" in dora.text
    part = dora.get(f"{PACK}/deploy?run=yes", **{"HX-Request": "true"})
    assert part.text.count("<section") == 1 and "hx-trigger" in part.text
    goes_on.set()
    dora.get(f"{PACK}/deploy")
    look_until_all_has_come(dora)
    dora.send(f"{PACK}/deploy", number="1", reason="Roads come to us")
    assert "Deployed. New matters use it" in dora.text


def test_scenarios_that_fail_hinder_a_deployment_unless_that_is_recorded(office: Driver, dora: Any) -> None:
    first(dora)
    wrong = starters.first_files("roads")["scenarios/granted.toml"].replace(
        b'outcome = "granted" }\n', b'outcome = "lost" }\n'
    )
    save(office, "scenarios/granted.toml", wrong)
    office.execute(CommitModels(pack="roads", message="Expect something else"), by="dora")
    look_until_all_has_come(dora)

    refused = dora.send(f"{PACK}/deploy", number="2", reason="Roads come to us")
    assert refused.status_code == 422
    assert "1 of 1 fail" in dora.text and "Expected variable outcome to be lost, but it is granted" in dora.text
    assert 'value="Roads come to us"' in refused.text

    dora.send(f"{PACK}/deploy", number="2", reason="Roads come to us", anyway="on")
    assert "Roads come to us [1/1 failed: scenarios/granted.toml]" in dora.text


def test_errors_hinder_a_deployment_with_their_reasons(office: Driver, roads: Any) -> None:
    save(office, "process.bpmn", NOTES["process.bpmn"].replace(b"desk", b"nobodys"))
    office.execute(CommitModels(pack="roads", message="For nobody"), by="dora")
    page = roads.get(f"{PACK}/deploy")

    assert "1 error hinders the deployment" in roads.text and "nobodys" in roads.text and "disabled" in page.text
    assert f"{PACK}/files/process.bpmn#look" in page.text
    refused = roads.send(f"{PACK}/deploy", number="2", reason="All the same")
    assert refused.status_code == 422 and "This can't be done" in roads.text


def test_what_runs_is_listed_with_what_migration_would_do(office: Driver, visit: Callable, roads: Any) -> None:
    roads.get(f"{PACK}/deploy")
    roads.send(f"{PACK}/deploy", number="1", reason="First")
    under_way = office.start("steps")
    save(office, "process.bpmn", NOTES["process.bpmn"].replace(b'name="Look"', b'name="Look twice"'))
    office.execute(CommitModels(pack="roads", message="Twice"), by="dora")

    page = roads.get(f"{PACK}/deploy")
    definition = under_way.row.definition_id
    assert f'name="stay-{definition}"' in page.text
    assert "1 goes on" in roads.text and "operators: otto" in roads.text

    plan = {f"stay-{definition}": "migrate", f"{definition}-plan": "yes", f"{definition}-to-look": "-"}
    roads.send(f"{PACK}/deploy", number="2", reason="Second", **plan)
    assert "to be migrated" in roads.text and "Migrate…" not in roads.text
    assert under_way.row.definition_id == definition

    otto = visit("otto")
    handed = re.search(r'readonly value="[^"]*(/operate/migrations/new[^"]+)"', roads.page.text)
    assert handed
    drawn = otto.get(unescape(handed[1]))
    assert re.search(r'value="-" selected', drawn.text) and 'name="renew" checked' not in drawn.text


def test_a_plan_is_made_looked_at_and_carried_out_with_the_deployment(
    office: Driver, visit: Callable, roads: Any
) -> None:
    office.groups(both=("deploy", "operate"))
    office.person("bea", "both")
    roads.get(f"{PACK}/deploy")
    roads.send(f"{PACK}/deploy", number="1", reason="First")
    under_way = office.start("steps")
    old = under_way.row.definition_id
    save(
        office,
        "process.bpmn",
        NOTES["process.bpmn"].replace(b'"look"', b'"see"').replace(b'name="Look"', b'name="See"'),
    )
    office.execute(CommitModels(pack="roads", message="Other words"), by="dora")
    roads.get(f"{PACK}/deploy")
    assert "1 can't" in roads.text

    plan = {f"stay-{old}": "migrate", f"{old}-plan": "yes", f"{old}-to-look": "see", f"{old}-renew": "on"}
    page = roads.send(f"{PACK}/deploy", **plan, number="1", lx__do="preview", reason="Later")
    assert page.status_code == 200 and "1 goes on" in roads.text and 'value="Later"' in page.text
    assert under_way.row.definition_id == old == office.start("steps").row.definition_id

    bea = visit("bea")
    bea.get(f"{PACK}/deploy")
    bea.send(f"{PACK}/deploy", **plan, number="2", reason="Other words")

    assert "The migration from version 2 is under way" in bea.text
    items = office.all(select(InstanceMigrationItem.id))
    migrate_instances(JobContext(engine=office.engine), batch_id=1, first=min(items), last=max(items))
    assert under_way.row.definition_id != old and under_way.open_tasks == ["see"]


def test_an_earlier_deployment_is_gone_back_to_with_a_reason(office: Driver, roads: Any) -> None:
    roads.get(f"{PACK}/deploy")
    roads.send(f"{PACK}/deploy", number="1", reason="First")
    earlier = re.search(r"Deployment (\d+) of roads", roads.text)
    assert earlier
    save(office, "process.bpmn", NOTES["process.bpmn"].replace(b'name="Look"', b'name="Look twice"'))
    office.execute(CommitModels(pack="roads", message="Twice"), by="dora")
    roads.send(f"{PACK}/deploy", number="2", reason="Second")
    under_way = office.start("steps")
    version = under_way.row.definition_id

    roads.get(f"/design/deployments/{earlier[1]}")
    assert roads.send(f"/design/deployments/{earlier[1]}/again", reason="").status_code == 422
    roads.send(f"/design/deployments/{earlier[1]}/again", reason="Twice confused people")

    assert "New matters use the earlier files again" in roads.text and "Twice confused people" in roads.text
    roads.get("/design/deployments?pack=roads")
    assert [reason in roads.text for reason in ("First", "Second", "Twice confused people")] == [True] * 3
    roads.get(PACK)
    assert "1 file differs from what is deployed" in roads.text
    assert under_way.row.definition_id == version != office.start("steps").row.definition_id
    assert under_way.open_tasks == office.start("steps").open_tasks


def test_an_older_page_does_not_deploy_what_it_did_not_show(office: Driver, roads: Any) -> None:
    roads.get(f"{PACK}/deploy")
    save(office, "notes.md", b"New\n")
    office.execute(CommitModels(pack="roads", message="New"), by="dora")

    assert roads.send(f"{PACK}/deploy", number="1", reason="As I saw it").status_code == 409
    assert "2 is the newest" in roads.text


@pytest.mark.parametrize("path", ["", "/history", "/compare", "/deploy", "/import", "/export.zip"])
def test_packs_that_are_not_there_are_not_found(dora: Any, path: str) -> None:
    assert dora.get(f"/workshop/nowhere{path}").status_code == 404


def test_pages_speak_chinese(roads: Any, visit: Callable) -> None:
    dora = visit("dora", "zh")
    for path in ("/workshop", PACK, f"{PACK}/history", f"{PACK}/compare?before=1", f"{PACK}/deploy", f"{PACK}/import"):
        dora.get(path)
        theirs = {"English", "Makers", "Begin", "Steps"}  # names that people gave
        assert set(re.findall(r"\b[A-Z][a-z]{3,}", dora.text)) <= theirs
