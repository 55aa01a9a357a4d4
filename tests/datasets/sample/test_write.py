"""Laws of the sample as a whole: equal settings give equal bytes, and every item depends on itself alone."""

import hashlib
from pathlib import Path

import pytest

from mgiqa.datasets.sample import DATASETS, write_sample
from mgiqa.errors import SourceError
from mgiqa.settings.data import Sample

SMALL = Sample(contents=6, versions=2, size=56)


def fingerprints(folder: Path) -> dict[str, str]:
    """Relative path → SHA-256 of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    for dataset in DATASETS:
        write_sample(dataset, folder / dataset, SMALL)
    return folder


@pytest.mark.parametrize("dataset", DATASETS)
def test_equal_settings_give_equal_bytes(dataset: str, written: Path, tmp_path: Path) -> None:
    write_sample(dataset, tmp_path, SMALL)
    assert fingerprints(tmp_path) == fingerprints(written / dataset)


@pytest.mark.parametrize("dataset", DATASETS)
def test_another_seed_is_another_sample(dataset: str, written: Path, tmp_path: Path) -> None:
    write_sample(dataset, tmp_path, SMALL.model_copy(update={"seed": 1}))
    first, second = fingerprints(written / dataset), fingerprints(tmp_path)
    painted = [name for name in first if name in second and not name.endswith(("01.png", "00001.jpg"))]
    assert painted
    changed = [name for name in painted if first[name] != second[name]]
    assert len(changed) > 0.6 * len(painted), "photographs may come back, at most mirrored; all else must change"


@pytest.mark.parametrize("dataset", ["kadid10k", "spaq"])
def test_an_image_does_not_depend_on_how_many_others_there_are(dataset: str, written: Path, tmp_path: Path) -> None:
    write_sample(dataset, tmp_path, SMALL.model_copy(update={"contents": 8}))
    more, fewer = fingerprints(tmp_path), fingerprints(written / dataset)
    images = [name for name in fewer if name.endswith((".png", ".jpg"))]
    assert images
    assert all(more[name] == fewer[name] for name in images)


def test_no_two_rated_images_are_the_same(written: Path) -> None:
    references = {f"kadid10k/images/I{number:02d}.png" for number in range(1, 7)}
    marks = fingerprints(written)
    rated = [marks[name] for name in marks if name.endswith((".png", ".jpg")) and name not in references]
    assert len(rated) == len(set(rated)) == 4 * 12


def test_an_unknown_dataset_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no sample of 'koniq10k'.* name the folder of a download"):
        write_sample("koniq10k", tmp_path / "koniq10k", SMALL)
    assert not (tmp_path / "koniq10k").exists()
