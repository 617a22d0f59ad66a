"""A pack is read from its folder, and its manifest is checked before anything depends on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.checks import check_pack, nothing_known
from engine.errors import NotFound
from engine.packs import Pack, digest, kind_of, read_pack

MANIFEST = """
profile = "profiles/rules.yaml"
[[groups]]
key = "clerks"
name = "Clerks"
kind = "unit"
permissions = ["case:open"]
[[groups]]
key = "guests"
[[case_types]]
key = "permit"
process = "permits"
number = "P-{year}-{sequence:03d}"
fields = { title = "=subject", urgent = "false" }
parties = [{ role = '="applicant"', name = "=item.name", each = "=people", note = "left out" }]
statuses = { open = "Being worked on" }
[[case_types]]
key = "praise"
name = "Praise"
process = "praises"
"""
LABELS = "\ufeffkey,en,zh,de\nstep.look,Look,看,\nstep.none,,没有,\n"


def test_a_folder_is_read_without_what_is_not_deployed(tmp_path: Path) -> None:
    for name in ("manifest.toml", "forms/a.form", "demo/people.toml", "scenarios/x.toml", "README.md", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")

    pack = read_pack(tmp_path)

    assert (pack.name, list(pack.resources)) == (tmp_path.name, ["forms/a.form", "manifest.toml"])


def test_a_folder_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"Expected a folder with a pack at .*nowhere, but there is none"):
        read_pack(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("manifest.toml", "manifest"),
        ("labels.csv", "labels"),
        ("a/b.bpmn", "process"),
        ("a.dmn", "decision"),
        ("a.form", "form"),
        ("rules.yaml", "profile"),
        ("people.toml", "other"),
    ],
)
def test_a_resource_is_known_by_its_name(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_the_manifest_declares_groups_and_kinds_of_cases() -> None:
    pack = manifest(MANIFEST, **{"profiles/rules.yaml": "clocks: {reply: {count: 15}}"})

    assert pack.check() == []
    assert [(group.key, group.name, group.kind, group.permissions) for group in pack.groups] == [
        ("clerks", "Clerks", "unit", ("case:open",)),
        ("guests", "guests", "role", ()),
    ]
    permit, praise = pack.case_types.values()
    assert (permit.name, permit.form, permit.number) == ("permit", None, "P-{year}-{sequence:03d}")
    assert permit.fields == {"title": "subject", "urgent": "false"}
    assert permit.parties == ({"role": '"applicant"', "name": "item.name", "each": "people"},)
    assert (praise.name, praise.number.format(year=2026, sequence=7)) == ("Praise", "2026-0007")
    assert pack.profile == {"clocks": {"reply": {"count": 15}}}


def test_a_pack_without_a_manifest_declares_nothing() -> None:
    pack = Pack(name="bare", resources={})

    assert (pack.check(), pack.groups, pack.case_types, pack.profile, pack.labels) == ([], (), {}, {}, {})


def test_labels_are_texts_by_language() -> None:
    pack = Pack(name="labelled", resources={"labels.csv": LABELS.encode()})

    assert pack.labels == {"Look": {"zh": "看"}}


@pytest.mark.parametrize(
    ("text", "resource", "told"),
    [
        ("key = ", "manifest.toml", "Expected a readable manifest"),
        ("[[case_types]]\nkey = 'permit'", "manifest.toml", "Expected a readable manifest, but 'process'"),
        ("[[groups]]\nname = 'Clerks'", "manifest.toml", "Expected a readable manifest, but 'key'"),
        ("case_types = 3", "manifest.toml", "Expected a readable manifest"),
        ('profile = "none.yaml"', "manifest.toml", "Expected the profile none.yaml, but there is no such file"),
        ('profile = "bad.yaml"', "bad.yaml", "Expected readable YAML, but"),
        ('profile = "list.yaml"', "list.yaml", "Expected a profile with named entries, but it is a list"),
        ('[[groups]]\nkey = "a"\npermissions = ["fly"]', "manifest.toml", "permission for group a, but fly is none"),
        ("{permit}fields = { title = '=1 +' }", "manifest.toml", "Expected a FEEL expression, but 1 +: "),
        ("{permit}fields = { colour = '=1' }", "manifest.toml", "Expected a field of a case, but colour is none"),
        ("{permit}parties = [{ name = '=(' }]", "manifest.toml", "Expected a FEEL expression, but (: "),
        ("{permit}fields = { title = 5 }", "manifest.toml", "Expected a readable manifest"),
        ("{permit}number = '{quarter}-{sequence}'", "manifest.toml", "Expected a pattern of case numbers"),
        ("{permit}number = '{sequence:zz}'", "manifest.toml", "Expected a pattern of case numbers"),
        ("{permit}number = '{year}'", "manifest.toml", "Expected a pattern of case numbers"),
        ("{permit}number = '{sequence:04d}", "manifest.toml", "Expected a readable manifest"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_told(text: str, resource: str, told: str) -> None:
    permit = '[[case_types]]\nkey = "permit"\nprocess = "permits"\n'
    pack = manifest(text.replace("{permit}", permit), **{"bad.yaml": "a: [", "list.yaml": "- a"})

    problems = pack.check()

    assert [name for name, _ in problems] == [resource]
    assert told in problems[0][1]


def test_entries_of_a_manifest_that_nobody_reads_are_told() -> None:
    text = MANIFEST.replace('profile = "profiles/rules.yaml"', "job_typs = []").replace("kind =", "kinds =", 1)

    findings, _ = check_pack(Pack(name="p", resources={"manifest.toml": text.encode()}), nothing_known())

    told = [each.message.params for each in findings if each.code == "UNREAD_ENTRY"]
    assert [(each["table"], each["key"]) for each in told] == [
        ("manifest", "job_typs"), ("groups", "kinds"), ("parties", "note"),
    ]  # fmt: skip


def test_labels_that_cannot_be_read_are_told() -> None:
    pack = Pack(name="bad", resources={"labels.csv": "key,en,zh\na,Look,看\n".encode("gb18030")})

    assert [(name, str(message)) for name, message in pack.check()] == [
        ("labels.csv", "Expected a table of labels in UTF-8, but {}".format(unreadable(pack.resources["labels.csv"])))
    ]


def test_a_manifest_in_another_encoding_is_told() -> None:
    pack = Pack(name="bad", resources={"manifest.toml": 'profile = "规则.yaml"'.encode("gb18030")})

    assert [name for name, _ in pack.check()] == ["manifest.toml"]


def test_no_two_packs_have_one_digest() -> None:
    assert digest(b"ab", b"c") != digest(b"a", b"bc")
    one, other = (Pack(name="same", resources={name: b"x"}) for name in ("a.form", "b.form"))
    assert one.sha256 != other.sha256
    assert one.sha256 == Pack(name="other name", resources={"a.form": b"x"}).sha256


def manifest(text: str, **resources: str) -> Pack:
    contents = {"manifest.toml": text, **resources}
    return Pack(name="pack", resources={name: content.encode() for name, content in contents.items()})


def unreadable(content: bytes) -> str:
    with pytest.raises(UnicodeDecodeError) as error:
        content.decode("utf-8-sig")
    return str(error.value)
