"""Without attributes, no stage of training sees a label of one."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from mgiqa.datasets.schema import read_manifest
from mgiqa.settings import Settings, check_settings
from mgiqa.stages.base import seen
from mgiqa.stages.warmup import taught
from mgiqa.training.data import TrainingData
from mgiqa.training.grpo.images import rewarded
from mgiqa.workspace import Workspace
from tests.bench import write_data

Reader = Callable[[pd.DataFrame, Workspace, Settings], list[TrainingData]]
READERS: dict[str, tuple[dict, Reader]] = {
    "base": ({"base": {"tiny": {"attributes": "overall"}}}, lambda *known: [seen(*known)]),
    "warmup": (
        {"warmup": {"attributes": "overall"}},
        lambda manifest, workspace, settings: [taught(settings, workspace, split) for split in ("train", "val")],
    ),
    "train": (
        {"train": {"attributes": "overall"}},
        lambda manifest, workspace, settings: list(rewarded(manifest, workspace.root, settings.train, settings.seed)),
    ),
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    found = Workspace(tmp_path_factory.mktemp("workspace"))
    manifest = write_data(found)
    manifest.loc[manifest["split"] == "test", "split"] = "val"
    manifest.to_parquet(found.manifest)
    return found


@pytest.mark.parametrize("stage", READERS)
def test_labels_of_attributes_reach_the_stage_only_where_they_shall(stage: str, workspace: Workspace) -> None:
    off, read = READERS[stage]
    manifest = read_manifest(workspace.manifest)
    for data in read(manifest, workspace, check_settings({})):
        assert np.isfinite(data.labels[:, :-1]).any()
    for data in read(manifest, workspace, check_settings(off)):
        assert not np.isfinite(data.labels[:, :-1]).any()
        assert np.isfinite(data.labels[:, -1]).all()
