"""Taking a dataset in: whole, in order, and where it was left."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mgiqa.datasets.catalogue import CATALOGUE
from mgiqa.datasets.ingest.files import IngestedFile, IngestJournal, ingest_files, measure_file
from mgiqa.datasets.read.labels import Labels, read_labels
from mgiqa.errors import SourceError
from tests.datasets.layouts import write_image, write_kadid


@pytest.fixture
def labels(tmp_path: Path) -> Labels:
    return read_labels(CATALOGUE["kadid10k"], write_kadid(tmp_path / "kadid"))


@pytest.mark.parametrize("link", [False, True])
def test_every_named_file_arrives_with_its_hash_and_size_in_the_order_of_labels(
    tmp_path: Path, labels: Labels, link: bool
) -> None:
    taken = ingest_files(labels, tmp_path / "out", IngestJournal(tmp_path / "journal"), link=link)
    assert len(taken) == len(labels.table)
    for row, file in zip(labels.table.itertuples(), taken, strict=True):
        assert file is not None
        assert file.path == row.images[0]
        assert file.sha256 == hashlib.sha256((tmp_path / "out" / file.path).read_bytes()).hexdigest()
        assert (file.width, file.height) == (40, 32)
    assert (tmp_path / "out" / "dmos.csv").read_bytes() == (labels.root / "dmos.csv").read_bytes()


def test_the_original_is_copied_and_never_shared(tmp_path: Path, labels: Labels) -> None:
    ingest_files(labels, tmp_path / "out", IngestJournal(tmp_path / "journal"), link=False)
    assert all(path.stat().st_nlink == 1 for path in (tmp_path / "out" / "images").iterdir())


def test_what_was_done_before_a_kill_is_not_done_again(tmp_path: Path, labels: Labels) -> None:
    first = ingest_files(labels, tmp_path / "out", IngestJournal(tmp_path / "journal"), link=False)
    lines = (tmp_path / "journal").read_text().splitlines(keepends=True)
    (tmp_path / "journal").write_text("".join(lines[:5]) + lines[5][:20])
    kept = {line: (tmp_path / "out" / path.path).stat().st_ino for line, path in enumerate(first) if path}
    again = ingest_files(labels, tmp_path / "out", IngestJournal(tmp_path / "journal"), link=False)
    assert again == first
    renewed = [
        line for line, path in enumerate(again) if path and (tmp_path / "out" / path.path).stat().st_ino != kept[line]
    ]
    assert renewed == list(range(5, len(first)))


def test_a_file_that_changed_since_is_taken_again(tmp_path: Path, labels: Labels) -> None:
    ingest_files(labels, tmp_path / "out", IngestJournal(tmp_path / "journal"), link=False)
    (labels.root / "images" / "I01_01_01.png").write_bytes(b"other")
    taken = ingest_files(labels, tmp_path / "out", IngestJournal(tmp_path / "journal"), link=False)
    assert taken[0] is not None
    assert taken[0].sha256 == hashlib.sha256(b"other").hexdigest()
    assert (taken[0].width, taken[0].height) == (None, None)


def test_the_number_of_workers_changes_nothing(tmp_path: Path, labels: Labels) -> None:
    results = [
        ingest_files(
            labels, tmp_path / str(workers), IngestJournal(tmp_path / f"journal{workers}"), link=False, workers=workers
        )
        for workers in (1, 7)
    ]
    assert results[0] == results[1]


def test_a_missing_image_is_none_and_the_others_arrive(tmp_path: Path, labels: Labels) -> None:
    (labels.root / "images" / "I02_01_01.png").unlink()
    taken = ingest_files(labels, tmp_path / "out", IngestJournal(tmp_path / "journal"), link=False)
    assert [index for index, file in enumerate(taken) if file is None] == [3]


class Exchanging(IngestJournal):
    """Puts something else in the place of a file as soon as another was taken in."""

    file: Path
    put: Callable[[Path], None]

    def add(self, taken: IngestedFile) -> None:
        super().add(taken)
        if self.file.is_file() and not self.file.is_symlink():
            self.file.unlink()
            self.put(self.file)


@pytest.mark.parametrize("put", [os.mkfifo, lambda file: file.symlink_to("/etc/passwd")], ids=["pipe", "link"])
def test_a_file_that_was_found_and_may_not_be_read_by_then_costs_no_other(
    tmp_path: Path, labels: Labels, put: Callable[[Path], None]
) -> None:
    journal = Exchanging(tmp_path / "journal")
    journal.put, journal.file = put, labels.root / labels.table["images"].iloc[-1][0]
    taken = ingest_files(labels, tmp_path / "out", journal, link=False, workers=1)
    assert [index for index, file in enumerate(taken) if file is None] == [len(taken) - 1]
    assert len(list((tmp_path / "out" / "images").iterdir())) == len(labels.table) - 1


def test_a_file_that_cannot_be_read_is_none_and_nothing_of_it_stays(tmp_path: Path, labels: Labels) -> None:
    """A pipe, or a link to somewhere else."""
    first, second = (labels.root / "images" / f"I02_01_0{number}.png" for number in (1, 2))
    secret = write_image(tmp_path / "secret.png")
    first.unlink()
    second.unlink()
    os.mkfifo(first)
    second.symlink_to(secret)
    for file in (first, second):
        assert measure_file(labels.root, f"images/{file.name}") is None
    second.unlink()
    taken = ingest_files(labels, tmp_path / "out", IngestJournal(tmp_path / "journal"), link=False)
    assert [index for index, file in enumerate(taken) if file is None] == [3, 4]
    assert len(list((tmp_path / "out" / "images").iterdir())) == len(labels.table) - 2


def test_a_wrong_root_is_refused_with_the_first_file_that_was_looked_for(tmp_path: Path, labels: Labels) -> None:
    (labels.root / "images").rename(labels.root / "pictures")
    with pytest.raises(SourceError, match=r"none of the 18 images that dmos.csv names .*images/I01_01_01.png"):
        ingest_files(labels, tmp_path / "out", IngestJournal(tmp_path / "journal"), link=False)
