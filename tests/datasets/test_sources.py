"""Every source becomes a local folder, once."""

import shutil
import zipfile
from pathlib import Path

import pytest

from mgiqa.datasets.ingest.sources import bring
from mgiqa.errors import SourceError
from tests.datasets.layouts import kadid_rows, write_kadid

SIZE = 1 << 30


def packed(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.rglob("*.*")):
            file.write(path, path.relative_to(folder))
    return archive


def test_a_folder_is_used_where_it_lies(tmp_path: Path) -> None:
    write_kadid(tmp_path / "kadid")
    assert bring("kadid", tmp_path, tmp_path / "work", SIZE) == (tmp_path / "kadid", False)


def test_an_archive_is_unpacked_once_and_belongs_to_us(tmp_path: Path) -> None:
    archive = packed(write_kadid(tmp_path / "kadid"), tmp_path / "kadid.zip")
    folder, ours = bring(str(archive), tmp_path, tmp_path / "work", SIZE)
    assert ours
    assert len(list((folder / "images").iterdir())) == len(kadid_rows())
    (folder / "seen").touch()
    again, _ = bring(str(archive), tmp_path, tmp_path / "work", SIZE)
    assert (again / "seen").exists()


def test_an_archive_that_fails_half_way_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    archive = packed(write_kadid(tmp_path / "kadid"), tmp_path / "kadid.zip")
    with pytest.raises(SourceError):
        bring(str(archive), tmp_path, tmp_path / "work", max_unpacked=3000)
    folder, _ = bring(str(archive), tmp_path, tmp_path / "work", SIZE)
    assert len(list((folder / "images").iterdir())) == len(kadid_rows())


@pytest.mark.parametrize("form", ["kadid.zip", "kadid"])
def test_an_address_known_to_fsspec_is_fetched(tmp_path: Path, form: str) -> None:
    packed(write_kadid(tmp_path / "kadid"), tmp_path / "kadid.zip")
    folder, ours = bring(f"file://{tmp_path / form}", tmp_path, tmp_path / "work", SIZE)
    assert ours
    assert (folder / "dmos.csv").read_text() == (tmp_path / "kadid" / "dmos.csv").read_text()
    assert len(list((folder / "images").iterdir())) == len(kadid_rows())


def test_a_dvc_file_is_read_from_the_cache_without_its_checkout(tmp_path: Path) -> None:
    pytest.importorskip("dvc")
    from dvc.repo import Repo

    folder = write_kadid(tmp_path / "store" / "kadid")
    with Repo.init(str(tmp_path / "store"), no_scm=True) as repo:
        repo.add(str(folder))
    shutil.rmtree(folder)
    folder, ours = bring("store/kadid.dvc", tmp_path, tmp_path / "work", SIZE)
    assert ours
    assert (folder / "dmos.csv").is_file()
    assert not (tmp_path / "store" / "kadid").exists()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nowhere", "the source nowhere is not there"),
        ("notes.txt", "the source notes.txt is no folder and no archive"),
        ("file:///nowhere/kadid.zip", "cannot be fetched"),
        ("gopher://host/kadid.zip", "cannot be fetched"),
        ("nowhere/kadid.dvc", "cannot be read from DVC"),
    ],
)
def test_a_source_that_is_not_there_is_named(tmp_path: Path, source: str, said: str) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(SourceError, match=said):
        bring(source, tmp_path, tmp_path / "work", SIZE)
