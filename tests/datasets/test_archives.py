"""Unpacking what comes from outside."""

import io
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from mgiqa.datasets.ingest.archives import UnpackLimits, unpack
from mgiqa.errors import SourceError

LINK = stat.S_IFLNK | 0o777


def zipped(path: Path, members: dict[str, bytes], mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return path


def tarred(path: Path, members: dict[str, bytes], kind: bytes = tarfile.REGTYPE, link: str = "") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.type, entry.linkname = len(content), kind, link
            archive.addfile(entry, io.BytesIO(content))
    return path


def refusal(archive: Path, folder: Path, limits: UnpackLimits | None = None) -> str:
    folder.mkdir()
    with pytest.raises(SourceError) as error:
        unpack(archive, folder, limits)
    return str(error.value)


@pytest.mark.parametrize("make", [zipped, tarred])
def test_what_was_packed_is_unpacked(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    members = {"kadid10k/dmos.csv": b"dist_img", "kadid10k/images/I01.png": bytes(range(256))}
    archive = make(tmp_path / ("a.zip" if make is zipped else "a.tar.gz"), members)
    (tmp_path / "out").mkdir()
    unpack(archive, tmp_path / "out")
    found = {path.relative_to(tmp_path / "out").as_posix(): path for path in (tmp_path / "out").rglob("*.*")}
    assert {name: path.read_bytes() for name, path in found.items()} == members


@pytest.mark.parametrize("name", ["../evil.txt", "a/../../evil.txt", "/evil.txt", "..\\evil.txt", "C:\\evil.txt"])
@pytest.mark.parametrize("make", [zipped, tarred])
def test_a_path_that_leads_outside_is_refused(tmp_path: Path, make, name: str) -> None:  # type: ignore[no-untyped-def]
    archive = make(tmp_path / ("a.zip" if make is zipped else "a.tar.gz"), {name: b"x"})
    assert "a path that leads outside" in refusal(archive, tmp_path / "out")
    assert not list(tmp_path.rglob("evil.txt"))


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    archives = [
        zipped(tmp_path / "link.zip", {"images": b"/etc"}, LINK),
        tarred(tmp_path / "link.tar.gz", {"images": b""}, tarfile.SYMTYPE, "/etc"),
        tarred(tmp_path / "hard.tar.gz", {"images": b""}, tarfile.LNKTYPE, "dmos.csv"),
        tarred(tmp_path / "device.tar.gz", {"images": b""}, tarfile.CHRTYPE),
        tarred(tmp_path / "pipe.tar.gz", {"images": b""}, tarfile.FIFOTYPE),
    ]
    for index, archive in enumerate(archives):
        assert "a link or device" in refusal(archive, tmp_path / f"out{index}")


@pytest.mark.parametrize("make", [zipped, tarred])
def test_a_bomb_stops_after_a_fixed_multiple_of_its_own_size(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    archive = make(tmp_path / ("bomb.zip" if make is zipped else "bomb.tar.gz"), {"a": bytes(24 << 20)})
    assert "like a bomb" in refusal(archive, tmp_path / "out")
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*")) <= 16 << 20


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_zip_whose_blocks_swell_without_bound_is_refused_before_it_is_unpacked(tmp_path: Path, method: int) -> None:
    """Python unpacks a block of these at once: 200 kB of LZMA took 3.3 GB."""
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", method) as archive:
        archive.writestr("a", bytes(8 << 20))
    assert f"'a' in the archive is packed by method {method}, which is not unpacked" in refusal(
        tmp_path / "bomb.zip", tmp_path / "out"
    )
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_of_a_tar_that_swells_is_refused_unread(tmp_path: Path, kind: bytes) -> None:
    archive = tarred(tmp_path / "bomb.tar.gz", {"a": bytes(20 << 20)}, kind)
    assert archive.stat().st_size < 100_000
    tracemalloc.start()
    try:
        assert "has a header of 20,971,520 bytes, like a bomb" in refusal(archive, tmp_path / "out")
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["bz2", "xz", ""])
def test_every_way_to_compress_a_tar_is_known_by_its_content(tmp_path: Path, form: str) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", f"w:{form}") as archive:
        entry = tarfile.TarInfo("a")
        entry.size = 3
        archive.addfile(entry, io.BytesIO(b"abc"))
    (tmp_path / "out").mkdir()
    unpack(tmp_path / "a.tar.gz", tmp_path / "out")
    assert (tmp_path / "out" / "a").read_bytes() == b"abc"


def test_limits_are_kept(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"a": b"12345", "b": b"67890"})
    assert "far more" in refusal(archive, tmp_path / "size", UnpackLimits(size=7))
    assert "more than 1 files" in refusal(archive, tmp_path / "files", UnpackLimits(files=1))


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    archive = tarred(tmp_path / "a.tar.gz", {"a": b"1", "./a": b"2"})
    assert "cannot be unpacked" in refusal(archive, tmp_path / "out")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tgz", "a.tar"])
def test_a_damaged_archive_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 this is no archive")
    assert f"{name} cannot be unpacked" in refusal(tmp_path / name, tmp_path / "out")
