"""How a policy enters the registry: once per model, with what is told of it."""

import shutil

import pandas as pd

from mgiqa.registry.kept import kept_predictions
from mgiqa.registry.models import versions
from mgiqa.registry.store import Store
from mgiqa.workspace import Workspace
from tests.registry.entries import GOOD, NAME, Submit, score_table


def test_a_policy_is_registered_as_challenger_with_its_description(
    submit: Submit, store: Store, workspace: Workspace
) -> None:
    number = submit("one", GOOD)
    (version,) = versions(store, NAME)
    assert (version.number, version.aliases) == (number, ("challenger",))
    assert version.tags["srcc"] == "0.7"
    assert store.client.get_model_version(NAME, "1").description == "A card"
    assert store.client.get_registered_model(NAME).description == "A purpose"


def test_the_same_model_is_registered_once_however_often(submit: Submit, store: Store) -> None:
    assert [submit("one", GOOD), submit("one", GOOD)] == [1, 1]
    assert len(versions(store, NAME)) == 1
    assert len(store.client.search_logged_models([store.experiment_id])) == 1


def test_a_model_registered_before_becomes_challenger_again(submit: Submit, store: Store) -> None:
    assert [submit("one", GOOD), submit("two", GOOD), submit("one", GOOD)] == [1, 2, 1]
    assert [version.aliases for version in versions(store, NAME)] == [(), ("challenger",)]


def test_a_version_whose_files_are_gone_is_registered_anew(submit: Submit, store: Store, workspace: Workspace) -> None:
    submit("one", GOOD)
    shutil.rmtree(workspace.tracking / "artifacts" / "models")
    assert submit("one", GOOD) == 2


def test_nothing_is_pickled(submit: Submit, workspace: Workspace) -> None:
    submit("one", GOOD)
    files = [path.suffix for path in (workspace.tracking / "artifacts").rglob("*") if path.is_file()]
    assert not {".pkl", ".pickle", ".pt", ".bin"} & set(files)


def test_predictions_come_back_as_they_were_kept(submit: Submit, store: Store) -> None:
    submit("one", GOOD)
    (version,) = versions(store, NAME)
    kept = kept_predictions(store, version)
    assert kept is not None
    pd.testing.assert_frame_equal(kept, score_table(GOOD))
