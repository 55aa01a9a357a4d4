"""Unpacking what comes from outside."""

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from mgiqa.datasets.archives import Limits, unpack
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


def refusal(archive: Path, folder: Path, limits: Limits | None = None) -> str:
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


def test_limits_are_kept(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"a": b"12345", "b": b"67890"})
    assert "far more" in refusal(archive, tmp_path / "size", Limits(size=7))
    assert "more than 1 files" in refusal(archive, tmp_path / "files", Limits(files=1))


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    archive = tarred(tmp_path / "a.tar.gz", {"a": b"1", "./a": b"2"})
    assert "cannot be unpacked" in refusal(archive, tmp_path / "out")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tgz", "a.tar"])
def test_a_damaged_archive_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 this is no archive")
    assert f"{name} cannot be unpacked" in refusal(tmp_path / name, tmp_path / "out")
