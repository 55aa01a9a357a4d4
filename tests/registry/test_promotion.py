"""From a policy to the champion and back, with a real model in a real registry."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mgiqa.errors import DataError, GateRefused, IntegrityError, RegistryError
from mgiqa.integrity.verify import verify_workspace
from mgiqa.records import Check, Summary
from mgiqa.registry.candidate import Candidate
from mgiqa.registry.champion import champion_folder, roll_back
from mgiqa.registry.kept import keep_predictions, kept_predictions
from mgiqa.registry.models import CHAMPION, find_alias, find_version, version_folder, versions
from mgiqa.registry.store import Store, prepare_store
from mgiqa.settings import Settings
from mgiqa.settings.release import Promote
from mgiqa.stages import promote
from mgiqa.workspace import Workspace
from tests.registry.entries import BETTER, GOOD, HUMAN, NAME, WORSE, Submit, enter, score_table


@pytest.fixture
def settings() -> Settings:
    return Settings(promote=Promote(resamples=200))


@pytest.fixture(scope="module")
def two_once(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    """Made once; to be copied, not changed."""
    workspace = Workspace(tmp_path_factory.mktemp("two"))
    workspace.tracking.mkdir()
    shutil.copy(empty_database, workspace.tracking / "mlflow.db")
    store = prepare_store(workspace, Settings())
    enter(workspace, store, "one", GOOD)
    promote.run(Settings(promote=Promote(resamples=200)), workspace)
    enter(workspace, store, "two", BETTER)
    return workspace.tracking


@pytest.fixture
def two(two_once: Path, workspace: Workspace, settings: Settings) -> tuple[Workspace, Store]:
    """Version 1 is champion; version 2 is challenger, and better."""
    shutil.copytree(two_once, workspace.tracking, dirs_exist_ok=True)
    return workspace, prepare_store(workspace, settings)


def champion(store: Store) -> int | None:
    found = find_alias(store, NAME, CHAMPION)
    return found.number if found else None


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


def test_the_registered_folder_holds_the_weights_and_no_training_records(
    submit: Submit, store: Store, settings: Settings, workspace: Workspace
) -> None:
    submit("one", GOOD)
    promote.run(settings, workspace)
    folder = champion_folder(workspace, settings)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "config.json": "{}",
        "model.safetensors": "one",
        "SHA256SUMS": (folder / "SHA256SUMS").read_text(),
    }


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


def test_without_a_challenger_the_way_to_one_is_named(workspace: Workspace, settings: Settings) -> None:
    with pytest.raises(RegistryError, match=r"mgiqa has no challenger\. .*dvc repro register"):
        promote.run(settings, workspace)
    with pytest.raises(RegistryError, match=r"no version of mgiqa is champion yet"):
        champion_folder(workspace, settings)


def test_the_first_champion_needs_only_the_least_srcc(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", GOOD)
    assert promote.run(settings, workspace).outcome == "promoted"
    assert champion(store) == 1


def test_a_first_champion_below_the_least_srcc_is_refused(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", 30.0)
    done = promote.run(settings, workspace)
    assert (done.outcome, done.champion) == ("refused", None)
    assert champion(store) is None
    (version,) = versions(store, NAME)
    assert version.tags["decision"] == "refused" and version.tags["decision.reasons"] == " ".join(done.reasons)


def test_asking_about_the_champion_changes_nothing(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", GOOD)
    promote.run(settings, workspace)
    before = versions(store, NAME)
    assert promote.run(settings, workspace).outcome == "unchanged"
    assert versions(store, NAME) == before


def test_a_worse_challenger_is_refused_and_a_better_one_takes_over(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", GOOD)
    promote.run(settings, workspace)
    submit("two", WORSE)
    refused = promote.run(settings, workspace)
    assert (refused.outcome, champion(store)) == ("refused", 1)
    assert refused.reasons and "resamples" in refused.reasons[0]
    submit("three", BETTER)
    assert promote.run(settings, workspace).outcome == "promoted"
    assert champion(store) == 3
    assert versions(store, NAME)[0].tags["previous_champion"] == "1"


def test_a_roll_back_restores_the_champion_before_and_a_second_changes_nothing(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    for content, wrong in (("one", WORSE), ("two", GOOD), ("three", BETTER)):
        submit(content, wrong)
        promote.run(settings.model_copy(update={"promote": Promote(min_srcc=-1, resamples=200)}), workspace)
    assert champion(store) == 3
    done = roll_back(store, NAME)
    assert (done.left and done.left.number, done.restored.number, champion(store)) == (3, 2, 2)
    again = roll_back(store, NAME)
    assert (again.left, again.restored.number, champion(store)) == (None, 2, 2)
    assert roll_back(store, NAME, to=1).restored.number == champion(store) == 1


def test_a_version_rolled_back_is_promoted_again_only_on_purpose(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    for content, wrong in (("one", GOOD), ("two", BETTER)):
        submit(content, wrong)
        promote.run(settings, workspace)
    roll_back(store, NAME)
    refused = promote.run(settings, workspace)
    assert (refused.outcome, champion(store)) == ("refused", 1)
    assert "--again" in refused.reasons[0]
    assert promote.run(settings, workspace, again=True).outcome == "promoted"
    assert (roll_back(store, NAME).restored.number, champion(store)) == (1, 1)


def test_there_is_nothing_before_the_first_champion(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", GOOD)
    promote.run(settings, workspace)
    with pytest.raises(RegistryError, match="mgiqa version 1 is the first champion"):
        roll_back(store, NAME)


def test_only_a_former_champion_can_be_gone_back_to(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", GOOD)
    promote.run(settings, workspace)
    submit("two", WORSE)
    with pytest.raises(RegistryError, match="version 2 of mgiqa never was champion"):
        roll_back(store, NAME, to=2)
    with pytest.raises(RegistryError, match="version 7 of mgiqa was deleted, or never was"):
        roll_back(store, NAME, to=7)


def test_labels_corrected_since_are_taken_for_both(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", GOOD)
    promote.run(settings, workspace)
    submit("two", BETTER)
    corrected = score_table(BETTER).assign(mos=[mos / 2 for mos in HUMAN])
    keep_predictions(store, versions(store, NAME)[0], corrected)
    assert promote.run(settings, workspace).outcome == "promoted"


def test_a_champion_cannot_be_scored_anew_without_the_images(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", GOOD)
    promote.run(settings, workspace)
    keep_predictions(store, versions(store, NAME)[0], score_table(GOOD, images=20))
    submit("two", BETTER)
    with pytest.raises(DataError, match=r"of 30 test images 30 are not in .*dvc checkout"):
        promote.run(settings, workspace)
    assert champion(store) == 1


def test_the_candidate_of_the_checkout_is_the_challenger(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", GOOD)
    submit("two", BETTER)
    restored = find_version(store, NAME, 1)
    assert restored is not None
    workspace.registry.mkdir(parents=True)
    Candidate.of(restored).write(workspace.registry)
    Summary("register").write(workspace.registry)
    assert promote.run(settings, workspace).challenger == 1
    assert champion(store) == 1


def test_a_candidate_of_another_registry_is_told_apart(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", GOOD)
    workspace.registry.mkdir(parents=True)
    Summary("register").write(workspace.registry)
    Candidate(NAME, "f" * 64).write(workspace.registry)
    with pytest.raises(RegistryError, match=r"does not know the model ffffffffffff .*--single-item register"):
        promote.run(settings, workspace)


def test_a_candidate_that_failed_a_check_cannot_be_promoted(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", GOOD)
    workspace.registry.mkdir(parents=True)
    Candidate.of(versions(store, NAME)[0]).write(workspace.registry)
    Summary("register", checks=(Check("smoke_score", False, "it said nothing"),)).write(workspace.registry)
    with pytest.raises(GateRefused, match="smoke_score"):
        promote.run(settings, workspace)


def test_a_promotion_can_be_read_as_json(submit: Submit, workspace: Workspace, settings: Settings) -> None:
    submit("one", GOOD)
    shown = json.loads(json.dumps(promote.run(settings, workspace).as_dict()))
    assert shown["outcome"] == "promoted" and shown["champion"] == 1 and shown["figures"]["srcc"] > 0.3


def test_images_that_the_champion_learned_from_are_left_out_and_too_few_are_no_comparison(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    fewer = Settings(promote=Promote(resamples=200, min_images=10, min_srcc=-1))
    submit("one", GOOD, learned=range(20))
    assert promote.run(fewer, workspace).outcome == "promoted"
    submit("two", BETTER)
    done = promote.run(settings, workspace)
    assert (done.outcome, champion(store)) == ("refused", 1)
    assert done.reasons[0].startswith("Only 10 of 30 test images are such that neither model learned from them")
    assert "20 of 30 test images are left out: mgiqa version 1 learned from their contents" in done.reasons[1]
    done = promote.run(fewer, workspace)
    assert (done.outcome, champion(store)) == ("promoted", 2)
    assert done.reasons[-1].startswith("20 of 30 test images are left out")
    assert (done.figures["images"], done.figures["learned"]) == (10, 20)


ROTTEN = [
    "artifacts/policy/model.safetensors",
    "artifacts/policy/SHA256SUMS",
    "code/mgiqa/scoring/scorer.py",
    "MLmodel",
    "SHA256SUMS",
    "evaluation/overall.parquet",
    "evaluation/splits.parquet",
]


def rot(workspace: Workspace, store: Store, number: int, file: str) -> Path:
    version = find_version(store, NAME, number)
    assert version is not None
    path = version_folder(workspace, store, version) / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("file", ROTTEN)
def test_one_flipped_bit_in_challenger_or_champion_is_named_and_nothing_is_promoted(
    two: tuple[Workspace, Store], settings: Settings, file: str, number: int
) -> None:
    workspace, store = two
    path = rot(workspace, store, number, file)
    with pytest.raises(IntegrityError, match=re.escape(str(path))):
        promote.run(settings, workspace)
    assert champion(store) == 1
    (fault,) = verify_workspace(workspace, settings, content=True).faults
    assert (fault.place, fault.what) == ("registry", "has other bytes") and str(path) in fault.name


def test_nothing_is_promoted_from_a_checkout_with_an_output_that_has_rotted(
    two: tuple[Workspace, Store], settings: Settings
) -> None:
    workspace, store = two
    workspace.data.mkdir()
    (workspace.data / "labels.csv").write_text("as recorded")
    value = hashlib.md5(b"as recorded").hexdigest()
    lock = {
        "schema": "2.0",
        "stages": {"normalize": {"cmd": "true", "outs": [{"path": "data/labels.csv", "md5": value}]}},
    }
    (workspace.root / "dvc.lock").write_text(yaml.safe_dump(lock))
    (workspace.root / ".dvc").mkdir()
    (workspace.root / ".dvc" / "config").write_text(
        f"[core]\n    no_scm = true\n    site_cache_dir = {workspace.root}/site\n"
    )
    (workspace.data / "labels.csv").write_text("as rotten !")
    with pytest.raises(IntegrityError, match=r"nothing is promoted .*labels\.csv has other bytes.*verify --content"):
        promote.run(settings, workspace)
    assert champion(store) == 1
    (workspace.data / "labels.csv").write_text("as recorded")
    assert promote.run(settings, workspace).outcome == "promoted"


def test_a_damaged_list_of_versions_is_named(two: tuple[Workspace, Store], settings: Settings) -> None:
    workspace, _ = two
    database = workspace.tracking / "mlflow.db"
    content = bytearray(database.read_bytes())
    content[4096:8192] = bytes(4096)
    database.write_bytes(content)
    assert "mlflow.db is damaged" in str(verify_workspace(workspace, settings).faults[0])


def test_the_weights_of_another_version_in_the_champions_place_are_not_scored_with(
    two: tuple[Workspace, Store], settings: Settings
) -> None:
    workspace, store = two
    one, other = (version_folder(workspace, store, version) for version in reversed(versions(store, NAME)))
    shutil.rmtree(one / "artifacts" / "policy")
    shutil.copytree(other / "artifacts" / "policy", one / "artifacts" / "policy")
    with pytest.raises(IntegrityError, match="is not the one that was registered as mgiqa version 1"):
        champion_folder(workspace, settings)


def test_a_rotten_version_is_registered_anew(two: tuple[Workspace, Store], submit: Submit) -> None:
    workspace, store = two
    rot(workspace, store, 2, "artifacts/policy/model.safetensors")
    assert submit("two", BETTER) == 3
    assert submit("two", BETTER) == 3


def test_a_version_from_before_its_files_were_listed_is_not_promoted(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", GOOD)
    store.client.delete_model_version_tag(NAME, "1", "files")
    with pytest.raises(IntegrityError, match="registered before its files were listed"):
        promote.run(settings, workspace)


def test_a_version_that_does_not_say_what_it_learned_from_is_not_compared(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", GOOD)
    (version_folder(workspace, store, versions(store, NAME)[0]) / "evaluation" / "splits.parquet").unlink()
    store.client.delete_model_version_tag(NAME, "1", "sha256.splits.parquet")
    done = promote.run(settings, workspace)
    assert done.outcome == "refused"
    assert (
        "unknown which images mgiqa version 1 learned from" in done.reasons[0]
        and "register it again" in (done.reasons[0])
    )
