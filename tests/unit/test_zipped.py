"""A pack leaves as a zip and comes back the same; zips that mean harm are refused with a sentence."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import starters, workshop, zipped
from engine.errors import InvalidInput
from engine.packs import read_pack
from tests.support.server import ROOT


def zip_of(*entries: tuple[str | zipfile.ZipInfo, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return packed.getvalue()


def test_what_was_exported_is_the_folder_that_is_deployed(tmp_path: Path) -> None:
    folder = next(path.parent for path in ROOT.glob("processes/*/manifest.toml"))
    pack = read_pack(folder)
    packed = zipped.write_zip(pack.name, pack.resources)

    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path)

    assert read_pack(tmp_path / pack.name) == pack
    assert zipped.read_zip(packed) == dict(sorted(pack.resources.items()))
    assert zipped.write_zip(pack.name, pack.resources) == packed


def test_a_first_pack_comes_back_the_same() -> None:
    files = dict(sorted(starters.first_files("road-works").items()))

    assert zipped.read_zip(zipped.write_zip("road-works", files)) == files


def test_folders_of_a_pack_stay_and_leftovers_of_file_managers_go() -> None:
    packed = zip_of(
        ("forms/", b""), ("forms/a.form", b"{}"), ("__MACOSX/forms/._a.form", b"x"), ("forms/.DS_Store", b"x")
    )

    assert zipped.read_zip(packed) == {"forms/a.form": b"{}"}


def test_names_that_chinese_windows_wrote_are_read() -> None:
    packed = zip_of(("ABCD.md", b"x")).replace(b"ABCD.md", "申请".encode("gb18030") + b".md")

    assert zipped.read_zip(packed) == {"申请.md": b"x"}


def link() -> bytes:
    entry = zipfile.ZipInfo("notes.md")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return zip_of((entry, b"/etc/passwd"))


def bomb() -> bytes:
    return zip_of(("notes.md", bytes(workshop.LARGEST_FILE + 1)))


def lying_bomb() -> bytes:
    """It says of itself that it is small."""
    packed = bytearray(bomb())
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", packed, packed.index(mark) + place, 10)
    return bytes(packed)


def many_large_ones() -> bytes:
    return zip_of(*((f"n{index}.md", bytes(workshop.LARGEST_FILE)) for index in range(11)))


def locked() -> bytes:
    packed = bytearray(zip_of(("notes.md", b"x")))
    packed[packed.index(b"PK\x03\x04") + 6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def doubled() -> bytes:
    return zip_of(("a.md", b"1"), ("b.md", b"2")).replace(b"b.md", b"a.md")


def long_list() -> bytes:
    packed = bytearray(zip_of(("notes.md", b"x")))
    struct.pack_into("<L", packed, packed.rindex(b"PK\x05\x06") + 12, 10**9)
    return bytes(packed)


def damaged() -> bytes:
    return zip_of(("notes.md", b"hello hello hello"), packing=zipfile.ZIP_STORED).replace(
        b"hello hello", b"hellO hello"
    )


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "no zip": (lambda: b"hello", "Expected a zip, but the file is none"),
    "cut off": (lambda: zip_of(("notes.md", b"x"))[:-10], "Expected a zip, but the file is none"),
    "nothing in it": (zip_of, "Expected files in the zip, but there are none"),
    "upwards": (lambda: zip_of(("../notes.md", b"x")), r"paths inside of the pack, but the zip has \.\./notes\.md"),
    "absolute": (lambda: zip_of(("/notes.md", b"x")), "paths inside of the pack"),
    "a drive": (lambda: zip_of(("C:notes.md", b"x")), "paths inside of the pack"),
    "backslashes": (lambda: zip_of(("a/b.md", b"x")).replace(b"a/b", b"a\\b"), "paths inside of the pack"),
    "a NUL": (lambda: zip_of(("a-b.md", b"x")).replace(b"a-b", b"a\0b"), "paths inside of the pack"),
    "a link": (link, "only files in the zip, but notes.md is a link"),
    "a bomb": (bomb, "files of at most 5 MB, but notes.md is larger"),
    "a bomb that lies": (lying_bomb, "Expected a readable zip, but it is damaged"),
    "many large files": (many_large_ones, "at most 50 MB unpacked"),
    "many files": (lambda: zip_of(*((f"n{i}.md", b"") for i in range(501))), "at most 500 files, but it has 501"),
    "a list without end": (long_list, "Expected a zip of at most 500 files, but it lists more"),
    "twice": (doubled, "every file once, but the zip has a.md twice"),
    "twice on some disks": (lambda: zip_of(("a.md", b"1"), ("A.md", b"2")), "but the zip has A.md twice"),
    "a password": (locked, "without a password, but notes.md has one"),
    "packed otherwise": (lambda: zip_of(("notes.md", b"x"), packing=zipfile.ZIP_BZIP2), "packed by deflate"),
    "damaged": (damaged, "Expected a readable zip, but it is damaged"),
    "a program": (lambda: zip_of(("run.exe", b"x")), "Expected one of .bpmn, .*, but it is run.exe"),
    "too large": (lambda: bytes(zipped.LARGEST_ZIP + 1), "a zip of at most 20 MB, but it has 20.0"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", REFUSED)
def test_zips_that_mean_harm_are_refused(case: str) -> None:
    make, sentence = REFUSED[case]

    with pytest.raises(InvalidInput, match=sentence):
        zipped.read_zip(make())
