"""A champion that somebody made by hand is told from one that the gate made, wherever the champion is shown or used."""

import json
import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mgiqa.errors import RegistryError
from mgiqa.registry.champion import champion_folder, read_championship, roll_back
from mgiqa.registry.locations import release_mark
from mgiqa.registry.models import versions
from mgiqa.registry.run import Run
from mgiqa.registry.store import Store, prepare_store
from mgiqa.settings import Settings
from mgiqa.stages import promote
from mgiqa.workspace import Workspace
from tests.registry.entries import BETTER, GOOD, NAME, SETTINGS, WORSE, Submit, enter
from tests.registry.test_verbs import call


@pytest.fixture
def root(workspace: Workspace) -> Path:
    workspace.params.write_text("promote: {resamples: 200}\n")
    return workspace.root


def by_hand(store: Store, number: int) -> None:
    """What MLflow's page does when somebody edits the alias."""
    store.client.set_registered_model_alias(NAME, "champion", str(number))


def holder(store: Store) -> int | None:
    found = read_championship(store, NAME).holder
    return found.number if found else None


@pytest.fixture(scope="module")
def refused_once(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    """Made once; to be copied, not changed."""
    workspace, settings = Workspace(tmp_path_factory.mktemp("refused")), SETTINGS
    workspace.tracking.mkdir()
    shutil.copy(empty_database, workspace.tracking / "mlflow.db")
    store = prepare_store(workspace, settings)
    for content, wrong, outcome in (("one", GOOD, "promoted"), ("two", WORSE, "refused")):
        enter(workspace, store, content, wrong)
        assert promote.run(settings, workspace).outcome == outcome
    by_hand(store, 2)
    return workspace.tracking


@pytest.fixture
def refused(refused_once: Path, workspace: Workspace, settings: Settings) -> Store:
    """Version 1 is champion by the gate; version 2, which the gate refused, carries the alias."""
    shutil.copytree(refused_once, workspace.tracking, dirs_exist_ok=True)
    return prepare_store(workspace, settings)


def test_a_champion_that_the_gate_refused_is_shown_as_not_gated(refused: Store, root: Path) -> None:
    rows = json.loads(call("models", "--json", root=root).stdout)
    assert [row["aliases"] for row in rows] == ["challenger, champion (not gated)", ""]
    shown = " ".join(call("models", root=root).stdout.split())
    assert "mgiqa version 2 carries the alias champion and is not gated: the gate refused it (Overall SRCC" in shown
    assert "`mgiqa rollback` makes version 1 champion again" in shown


def test_status_tells_it_too(refused: Store, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from mgiqa.cli import app

    monkeypatch.chdir(root)
    shown = " ".join(CliRunner().invoke(app, ["status"]).stdout.split())
    assert "challenger and champion (not gated)" in shown and "is not gated: the gate refused it" in shown


def test_whoever_scores_with_it_is_warned(
    refused: Store, workspace: Workspace, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    folder = champion_folder(workspace, settings)
    assert (folder / "model.safetensors").read_text() == "two"
    (said,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "mgiqa version 2 carries the alias champion and is not gated" in said.getMessage()
    roll_back(refused, NAME)
    caplog.clear()
    champion_folder(workspace, settings)
    assert caplog.records == []


def test_the_gate_is_asked_about_it_and_a_refusal_is_no_champion_already(refused: Store, root: Path) -> None:
    asked = call("promote", root=root)
    assert asked.exit_code == 3
    assert "mgiqa version 2 is not promoted; version 2 keeps the alias." in asked.stdout
    assert "against" in asked.stdout and "is not gated" in asked.stdout
    shown = json.loads(call("promote", "--json", root=root).stdout)
    assert (shown["outcome"], shown["champion"]) == ("refused", 2) and "not gated" in shown["doubt"]


def test_a_roll_back_finds_the_last_champion_of_the_gate(refused: Store, root: Path) -> None:
    assert call("rollback", root=root).stdout == "mgiqa version 1 is champion again, in place of version 2.\n"
    assert (holder(refused), read_championship(refused, NAME).doubt) == (1, "")
    assert "stays champion" in call("rollback", root=root).stdout


def test_a_version_never_asked_about_may_pass_the_gate_with_the_alias_in_hand(
    submit: Submit, store: Store, workspace: Workspace, settings: Settings
) -> None:
    submit("one", GOOD)
    by_hand(store, 1)
    assert "the gate was never asked about it" in read_championship(store, NAME).doubt
    with pytest.raises(RegistryError, match="the gate has promoted no version of mgiqa"):
        roll_back(store, NAME)
    done = promote.run(settings, workspace)
    assert (done.outcome, done.champion, done.doubt) == ("promoted", 1, "")
    assert promote.run(settings, workspace).outcome == "unchanged"


def test_a_challenger_must_beat_the_champion_of_the_gate_not_one_put_there_by_hand(
    submit: Submit, store: Store, workspace: Workspace, settings: Settings
) -> None:
    submit("one", BETTER)
    promote.run(settings, workspace)
    submit("two", 30.0)
    by_hand(store, 2)
    submit("three", GOOD)
    assert promote.run(settings, workspace).outcome == "refused"


def test_the_alias_moved_back_to_a_former_champion_by_hand_is_told(
    submit: Submit, store: Store, workspace: Workspace, settings: Settings
) -> None:
    for content, wrong in (("one", GOOD), ("two", BETTER)):
        submit(content, wrong)
        promote.run(settings, workspace)
    by_hand(store, 1)
    done = promote.run(settings, workspace)
    assert (done.outcome, done.champion) == ("unchanged", 1)
    assert "the gate chose another after it" in done.doubt and "makes version 2 champion again" in done.doubt
    assert roll_back(store, NAME).restored.number == holder(store) == 2
    by_hand(store, 1)
    roll_back(store, NAME, to=1)
    assert (holder(store), read_championship(store, NAME).doubt) == (1, "")
    by_hand(store, 2)
    assert "it was rolled back" in read_championship(store, NAME).doubt


def test_a_moved_alias_is_noticed_without_mlflow_and_a_growing_curve_is_nothing_to_look_at(
    refused: Store, workspace: Workspace
) -> None:
    marks = [release_mark(workspace.tracking)]
    run = Run(refused, refused.client.create_run(refused.experiment_id).info.run_id)
    run.log_metrics({"reward/overall": 0.5}, step=1)
    assert release_mark(workspace.tracking) == marks[0] != ""
    for move in (lambda: by_hand(refused, 1), lambda: by_hand(refused, 2), lambda: roll_back(refused, NAME)):
        move()
        marks.append(release_mark(workspace.tracking))
    assert marks[0] == marks[2] and len(set(marks)) == 3
    assert release_mark(workspace.root / "nowhere") == ""


def test_an_alias_taken_off_by_hand_is_no_first_day(
    submit: Submit, store: Store, workspace: Workspace, settings: Settings
) -> None:
    submit("one", GOOD)
    promote.run(settings, workspace)
    store.client.delete_registered_model_alias(NAME, "champion")
    with pytest.raises(RegistryError, match="`mgiqa rollback` makes version 1 champion again"):
        champion_folder(workspace, settings)
    assert roll_back(store, NAME).restored.number == holder(store) == 1


def test_champions_from_before_the_gate_was_recorded_count_as_gated(
    submit: Submit, store: Store, workspace: Workspace, settings: Settings
) -> None:
    for content, wrong in (("one", GOOD), ("two", BETTER)):
        submit(content, wrong)
        promote.run(settings, workspace)
    for tag in ("gated_champion", "restored_champion"):
        store.client.delete_registered_model_tag(NAME, tag)
    assert read_championship(store, NAME).doubt == ""
    assert roll_back(store, NAME).restored.number == 1


@pytest.mark.parametrize("alias", ["champion", "challenger"])
def test_an_alias_of_a_version_that_is_gone_is_an_error_and_its_remedy_works(
    submit: Submit, store: Store, workspace: Workspace, settings: Settings, alias: str, root: Path
) -> None:
    submit("one", GOOD)
    promote.run(settings, workspace)
    with closing(sqlite3.connect(workspace.tracking / "mlflow.db")) as connection:
        connection.execute("UPDATE registered_model_aliases SET version = 7 WHERE alias = ?", (alias,))
        connection.commit()
    with pytest.raises(
        RegistryError, match=f"the alias {alias} of mgiqa names version 7, which is not in the registry"
    ):
        promote.run(settings, workspace)
    if alias == "champion":
        assert isinstance(call("models", root=root).exception, RegistryError)
        with pytest.raises(RegistryError, match=r"Set it anew with: mgiqa rollback"):
            champion_folder(workspace, settings)
        assert roll_back(store, NAME).restored.number == holder(store) == 1
    else:
        submit("one", GOOD)
        assert versions(store, NAME)[0].aliases == ("challenger", "champion")
