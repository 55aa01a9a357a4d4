"""From a challenger to the champion and back, with a real model in a real registry."""

import json

import pytest

from mgiqa.errors import DataError, GateRefused, RegistryError
from mgiqa.records import Check, Summary
from mgiqa.registry.candidate import Candidate
from mgiqa.registry.champion import champion_folder, roll_back
from mgiqa.registry.kept import keep_predictions
from mgiqa.registry.models import find_version, version_folder, versions
from mgiqa.registry.store import Store
from mgiqa.settings import Settings
from mgiqa.settings.release import Promote
from mgiqa.stages import promote
from mgiqa.workspace import Workspace
from tests.registry.entries import BETTER, GOOD, HUMAN, NAME, WORSE, Submit, champion_number, score_table


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
    assert champion_number(store) == 1


def test_a_first_champion_below_the_least_srcc_is_refused(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    submit("one", 30.0)
    done = promote.run(settings, workspace)
    assert (done.outcome, done.champion) == ("refused", None)
    assert champion_number(store) is None
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
    assert (refused.outcome, champion_number(store)) == ("refused", 1)
    assert refused.reasons and "resamples" in refused.reasons[0]
    submit("three", BETTER)
    assert promote.run(settings, workspace).outcome == "promoted"
    assert champion_number(store) == 3
    assert versions(store, NAME)[0].tags["previous_champion"] == "1"


def test_a_roll_back_restores_the_champion_before_and_a_second_changes_nothing(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    for content, wrong in (("one", WORSE), ("two", GOOD), ("three", BETTER)):
        submit(content, wrong)
        promote.run(settings.model_copy(update={"promote": Promote(min_srcc=-1, resamples=200)}), workspace)
    assert champion_number(store) == 3
    done = roll_back(store, NAME)
    assert (done.left and done.left.number, done.restored.number, champion_number(store)) == (3, 2, 2)
    again = roll_back(store, NAME)
    assert (again.left, again.restored.number, champion_number(store)) == (None, 2, 2)
    assert roll_back(store, NAME, to=1).restored.number == champion_number(store) == 1


def test_a_version_rolled_back_is_promoted_again_only_on_purpose(
    submit: Submit, workspace: Workspace, settings: Settings, store: Store
) -> None:
    for content, wrong in (("one", GOOD), ("two", BETTER)):
        submit(content, wrong)
        promote.run(settings, workspace)
    roll_back(store, NAME)
    refused = promote.run(settings, workspace)
    assert (refused.outcome, champion_number(store)) == ("refused", 1)
    assert "--again" in refused.reasons[0]
    assert promote.run(settings, workspace, again=True).outcome == "promoted"
    assert (roll_back(store, NAME).restored.number, champion_number(store)) == (1, 1)


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
    assert champion_number(store) == 1


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
    assert champion_number(store) == 1


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
    assert (done.outcome, champion_number(store)) == ("refused", 1)
    assert done.reasons[0].startswith("Only 10 of 30 test images are such that neither model learned from them")
    assert "20 of 30 test images are left out: mgiqa version 1 learned from their contents" in done.reasons[1]
    done = promote.run(fewer, workspace)
    assert (done.outcome, champion_number(store)) == ("promoted", 2)
    assert done.reasons[-1].startswith("20 of 30 test images are left out")
    assert (done.figures["images"], done.figures["learned"]) == (10, 20)


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
