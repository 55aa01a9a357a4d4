from pathlib import Path

import numpy as np
import pytest

from mgiqa.attributes import KEYS
from mgiqa.errors import SettingsError
from mgiqa.training.data import read_training_data
from mgiqa.workspace import Workspace
from tests.bench import write_manifest


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory):
    return write_manifest(Workspace(tmp_path_factory.mktemp("data")), contents=4)


def test_a_part_of_the_datasets_is_that_part_of_all(manifest) -> None:
    whole = read_training_data(manifest, Path(), "train")
    part = read_training_data(manifest, Path(), "train", ["spaq"])
    assert set(whole.dataset) == {"kadid10k", "spaq"}
    assert set(part.dataset) == {"spaq"}
    assert part.image_id.tolist() == whole.image_id[whole.dataset == "spaq"].tolist()


def test_a_dataset_that_is_not_there_is_refused_with_those_that_are(manifest) -> None:
    with pytest.raises(SettingsError, match=r"no dataset live. Choose from kadid10k, spaq"):
        read_training_data(manifest, Path(), "train", ["live", "spaq"])


def test_labels_of_attributes_can_be_left_out(manifest) -> None:
    whole = read_training_data(manifest, Path(), "train")
    bare = read_training_data(manifest, Path(), "train", attributes="overall")
    assert np.isfinite(whole.labels[:, :-1]).any()
    assert not np.isfinite(bare.labels[:, :-1]).any()
    assert np.array_equal(bare.labels[:, -1], whole.labels[np.isfinite(whole.labels[:, -1]), -1])


def test_how_images_are_compared_is_read_from_the_manifest_whatever_the_dataset_is_called(manifest) -> None:
    stated = manifest.assign(
        dataset=manifest["dataset"].replace("spaq", "nobody_knows_it"),
        target_overall=np.where(manifest["dataset"] == "spaq", "soft", "hard"),
        target_noise=np.where(manifest["dataset"] == "spaq", "hard", None),
    )
    found = read_training_data(stated, Path(), "train")
    soft = dict(zip(KEYS, found.soft.T, strict=True))
    assert (soft.pop("overall") == (found.dataset == "nobody_knows_it")).all()
    assert not np.any(list(soft.values()))
    assert found.take(np.array([0])).soft.shape == (1, len(KEYS))
