"""A pack's files as one zip: written so that the same files give the same bytes, read without trusting it."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping

from engine import workshop
from engine.errors import InvalidInput

LARGEST_ZIP = 20 * 1024 * 1024  # bytes, packed
LARGEST_TOTAL = 50 * 1024 * 1024  # bytes, unpacked
LARGEST_DIRECTORY = 512 * 1024  # bytes of the list of contents; 500 long names need less
MOST_ENTRIES = 2 * workshop.MOST_FILES  # folders and what other programs leave behind are entries too
_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x07"
_PORTION = 64 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day a zip can say
# left behind by file managers, and no part of a pack
_LEFTOVERS = ("__MACOSX/", "Thumbs.db", "desktop.ini")


def write_zip(name: str, files: Mapping[str, bytes]) -> bytes:
    """The files in a folder of this name: unpacked, it is what `lianxi deploy FOLDER` takes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{name}/{path}", _EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3  # as on Unix, wherever it is written
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[path])
    return packed.getvalue()


def read_zip(packed: bytes) -> dict[str, bytes]:
    """Path -> content. A folder around everything is taken off, hidden files are left out.

    Raises InvalidInput, which says what is wrong with which entry. Sizes are counted while reading, because an entry
    says of itself what it likes.
    """
    _check_end(packed)
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise _wrong_zip("Expected a zip of at most {most} files, but it has {count}",
                             most=workshop.MOST_FILES, count=len(entries))  # fmt: skip
            named = _named(entries)
            if not named:
                raise _wrong_zip("Expected files in the zip, but there are none")
            if len(named) > workshop.MOST_FILES:
                raise _wrong_zip("Expected a zip of at most {most} files, but it has {count}",
                             most=workshop.MOST_FILES, count=len(named))  # fmt: skip
            return _contents(archive, named)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, ValueError, OSError) as error:
        raise _wrong_zip("Expected a readable zip, but it is damaged: {error}", error=str(error)[:200]) from None


def _check_end(packed: bytes) -> None:
    """Look at the end record before the library reads the whole list of contents into memory."""
    if len(packed) > LARGEST_ZIP:
        raise _wrong_zip("Expected a zip of at most {most} MB, but it has {size}",
                     most=LARGEST_ZIP // 1024**2, size=f"{len(packed) / 1024**2:.1f}")  # fmt: skip
    end = packed.rfind(_END)
    if end < 0 or len(packed) - end < 22:
        raise _wrong_zip("Expected a zip, but the file is none")
    (size,) = struct.unpack_from("<L", packed, end + 12)
    if size > LARGEST_DIRECTORY or packed[max(0, end - 20) : end].startswith(_END_64):
        raise _wrong_zip("Expected a zip of at most {most} files, but it lists more", most=workshop.MOST_FILES)


def _named(entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Path in the pack -> entry, without folders and leftovers."""
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        path = _path(entry)
        if path.endswith("/") and not entry.file_size:
            continue
        _check_entry(entry, path)
        if path.startswith(_LEFTOVERS) or path.rsplit("/", 1)[-1].startswith((".", *_LEFTOVERS)):
            continue
        found[_free(path, found)] = entry
    tops = {path.split("/")[0] for path in found}
    if len(tops) == 1 and all("/" in path for path in found) and _is_wrapper(found, tops.pop()):
        found = {path.split("/", 1)[1]: entry for path, entry in found.items()}
    for path in found:
        workshop.check_file(path)
    return found


def _is_wrapper(paths: Mapping[str, object], folder: str) -> bool:
    """Whether the one folder is a pack's own, and not one in a pack: forms/ alone stays forms/."""
    return f"{folder}/manifest.toml" in paths or any(path.count("/") == 1 and path.endswith(".bpmn") for path in paths)


def _path(entry: zipfile.ZipInfo) -> str:
    """The name of an entry. Without the mark for UTF-8, Chinese Windows writes GB 18030."""
    name = entry.orig_filename
    if entry.flag_bits & 0x800 or name.isascii():
        return name
    raw = name.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _wrong_zip("Expected names in UTF-8 or GB 18030, but {path} is in another encoding", path=name)


def _check_entry(entry: zipfile.ZipInfo, path: str) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise _wrong_zip("Expected only files in the zip, but {path} is a link or a device", path=path)
    if "\\" in path or ":" in path or path.startswith("/") or ".." in path.split("/") or not path.isprintable():
        shown = path.encode("unicode_escape").decode()
        raise _wrong_zip("Expected paths inside of the pack, but the zip has {path}", path=shown)
    if entry.flag_bits & 0x1:
        raise _wrong_zip("Expected a zip without a password, but {path} has one", path=path)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _wrong_zip("Expected a zip packed by deflate, but {path} is packed otherwise", path=path)


def _free(path: str, found: Mapping[str, object]) -> str:
    """The path, unless the zip has it already; capitals make no difference, as on many computers' disks."""
    if any(other.casefold() == path.casefold() for other in found):
        raise _wrong_zip("Expected every file once, but the zip has {path} twice", path=path)
    return path


def _contents(archive: zipfile.ZipFile, named: Mapping[str, zipfile.ZipInfo]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    total = 0
    for path, entry in named.items():
        content = bytearray()
        with archive.open(entry) as file:
            while portion := file.read(_PORTION):
                content += portion
                total += len(portion)
                if len(content) > workshop.LARGEST_FILE:
                    raise _wrong_zip("Expected files of at most {most} MB, but {path} is larger",
                                 most=workshop.LARGEST_FILE // 1024**2, path=path)  # fmt: skip
                if total > LARGEST_TOTAL:
                    raise _wrong_zip("Expected at most {most} MB unpacked, but there is more",
                                 most=LARGEST_TOTAL // 1024**2)  # fmt: skip
        found[path] = bytes(content)
    return dict(sorted(found.items()))


def _wrong_zip(template: str, /, **params: object) -> InvalidInput:
    return InvalidInput({}, template, **params)
