from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mgiqa.attributes import KEYS
from mgiqa.errors import SettingsError
from mgiqa.training.data import TrainingData, read_training_data, stratified
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


def labelled(sizes: dict[str, int], seed: int = 0) -> TrainingData:
    """So many images of each dataset, in any order, of which some have no overall score; there are no files."""
    rng = np.random.default_rng(seed)
    dataset = rng.permutation(np.repeat(list(sizes), list(sizes.values())))
    labels = np.full((len(dataset), len(KEYS)), np.nan)
    labels[:, 0] = rng.uniform(1, 5, len(dataset))
    labels[:, -1] = np.where(rng.random(len(dataset)) < 0.8, labels[:, 0], np.nan)
    names = np.array([f"image-{number}" for number in range(len(dataset))])
    soft = np.zeros_like(labels, dtype=bool)
    return TrainingData([Path(name) for name in names], names, dataset, dataset, names, labels, labels, soft)


@pytest.mark.parametrize(
    ("sizes", "count", "shares"),
    [
        ({"a": 100, "b": 400}, 60, {"a": 30, "b": 30}),
        ({"a": 4, "b": 400, "c": 90}, 60, {"a": 4, "b": 28, "c": 28}),
        ({"a": 30, "b": 31}, 60, {"a": 30, "b": 30}),
        ({"a": 9, "b": 8}, 17, {"a": 9, "b": 8}),
        ({"a": 9, "b": 8}, 500, {"a": 9, "b": 8}),
    ],
)
def test_a_part_that_stands_for_all_has_equally_many_of_each_dataset_as_far_as_there_are(sizes, count, shares) -> None:
    part = stratified(labelled(sizes), count, 0)
    assert {name: int((part.dataset == name).sum()) for name in sizes} == shares
    assert len(set(part.image_id)) == len(part)


def test_a_part_lies_over_the_whole_range_of_scores() -> None:
    whole = labelled({"a": 300, "b": 50})
    part = stratified(whole, 40, 0)
    for name in ("a", "b"):
        every = np.sort(whole.labels[whole.dataset == name, 0])
        chosen = np.sort(part.labels[part.dataset == name, 0])
        for cut, score in zip(np.array_split(every, len(chosen)), chosen, strict=True):
            assert cut[0] <= score <= cut[-1]


def test_a_part_is_a_function_of_labels_and_seed() -> None:
    whole = labelled({"a": 300, "b": 50})
    part, again, other = (stratified(whole, 40, seed).image_id.tolist() for seed in (0, 0, 1))
    assert part == again != other
    assert part == [name for name in whole.image_id if name in set(part)], "in the order of the whole"
    renamed = stratified(replace(whole, image_id=np.char.add("x-", whole.image_id)), 40, 0)
    assert [name.removeprefix("x-") for name in renamed.image_id] == part
