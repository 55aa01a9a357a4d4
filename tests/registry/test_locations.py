"""A checkout that is moved or copied takes its runs, models and aliases along; a copy leaves the original alone."""

import fcntl
import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from mgiqa.errors import Busy, RegistryError
from mgiqa.registry import locations, store
from mgiqa.registry.champion import champion_folder, roll_back
from mgiqa.registry.models import versions
from mgiqa.registry.run import Run
from mgiqa.registry.runs import pipeline_run
from mgiqa.registry.store import Store, prepare_store
from mgiqa.settings import Settings
from mgiqa.settings.release import Promote, Tracking
from mgiqa.stages import promote
from mgiqa.workspace import Workspace
from tests.registry.entries import BETTER, GOOD, NAME, enter

CURVE = [(0, 0.25), (1, 0.5), (2, 0.75)]


def limits() -> Settings:
    return Settings(promote=Promote(resamples=200))


@pytest.fixture
def settings() -> Settings:
    return limits()


@dataclass(frozen=True)
class Made:
    """A checkout whose registry holds a run with a curve and a file, a champion and a challenger."""

    workspace: Workspace
    run_id: str

    def moved(self, to: str) -> "Made":
        return Made(Workspace(self.workspace.root.rename(self._target(to))), self.run_id)

    def copied(self, to: str) -> "Made":
        return Made(Workspace(shutil.copytree(self.workspace.root, self._target(to), symlinks=True)), self.run_id)

    def _target(self, to: str) -> Path:
        target = self.workspace.root.parent / to
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def hashes(self) -> dict[str, str]:
        files = [path for path in sorted(self.workspace.root.rglob("*")) if path.is_file()]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def cells(self) -> list[str]:
        with closing(sqlite3.connect(self.workspace.tracking / "mlflow.db")) as connection:
            return list(connection.iterdump())


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Made:
    """Made once; to be copied, not changed."""
    workspace, settings = Workspace(tmp_path_factory.mktemp("first") / "checkout"), limits()
    workspace.tracking.mkdir(parents=True)
    shutil.copy(empty_database, workspace.tracking / "mlflow.db")
    note = workspace.root / "note.txt"
    note.write_text("kept")
    with pipeline_run(workspace, settings) as run:
        for step, value in CURVE:
            run.log_metrics({"reward/overall": value}, step)
    run.store.client.log_artifact(run.id, str(note))
    for content, wrong in (("one", GOOD), ("two", BETTER)):
        enter(workspace, run.store, content, wrong)
        promote.run(settings, workspace)
    roll_back(run.store, NAME)
    return Made(workspace, run.id)


@pytest.fixture
def made(first: Made, settings: Settings, tmp_path: Path) -> Made:
    """A checkout that knows itself to be where it is."""
    copy = Made(Workspace(shutil.copytree(first.workspace.root, tmp_path / "checkout")), first.run_id)
    prepare_store(copy.workspace, settings)
    return copy


def scored_with(workspace: Workspace, settings: Settings) -> tuple[Path, str]:
    folder = champion_folder(workspace, settings)
    return folder, (folder / "model.safetensors").read_text()


def assert_whole(made: Made, settings: Settings) -> Store:
    """All that the registry held is there and lies in this checkout."""
    store = prepare_store(made.workspace, settings)
    history = store.client.get_metric_history(made.run_id, "reward/overall")
    assert [(point.step, point.value) for point in history] == CURVE
    run = store.client.get_run(made.run_id)
    assert run.info.artifact_uri == (made.workspace.tracking / "artifacts" / made.run_id / "artifacts").as_uri()
    assert Path(store.client.download_artifacts(made.run_id, "note.txt")).read_text() == "kept"
    assert [version.aliases for version in versions(store, NAME)] == [("challenger",), ("champion",)]
    folder, content = scored_with(made.workspace, settings)
    assert folder.is_relative_to(made.workspace.tracking) and content == "one"
    return store


@pytest.mark.parametrize("place", ["moved", "another place/with a blank/and ü"])
def test_a_moved_checkout_goes_on_as_if_it_had_always_been_there(
    made: Made, settings: Settings, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    moved = made.moved(place)
    assert_whole(moved, settings)
    enter(moved.workspace, prepare_store(moved.workspace, settings), "three", 0.0)
    assert promote.run(settings, moved.workspace).outcome == "promoted"
    assert scored_with(moved.workspace, settings)[1] == "three"
    assert not made.workspace.root.exists()
    said = [record.message for record in caplog.records if "registry was made in" in record.message]
    assert said == [
        f"The registry was made in {made.workspace.root}; its addresses now lead to {moved.workspace.root}."
    ]


def test_what_mlflow_loads_by_alias_comes_from_where_the_checkout_is_now(made: Made, settings: Settings) -> None:
    from mlflow.artifacts import download_artifacts

    moved = made.moved("moved")
    store = prepare_store(moved.workspace, settings)
    found = Path(download_artifacts(f"models:/{NAME}@champion", tracking_uri=store.uri))
    assert found.is_relative_to(moved.workspace.tracking) and (found / "MLmodel").is_file()


def test_a_copy_has_a_registry_of_its_own_and_writes_nothing_into_the_original(made: Made, settings: Settings) -> None:
    before = made.hashes()
    copy = made.copied("copy")
    store = assert_whole(copy, settings)
    Run(store, copy.run_id).log_folder(copy.workspace.root / ".mlflow" / "artifacts" / copy.run_id, "more")
    enter(copy.workspace, store, "three", 0.0)
    assert promote.run(settings, copy.workspace).outcome == "promoted"
    roll_back(store, NAME)
    assert made.hashes() == before
    shutil.rmtree(copy.workspace.root)
    assert_whole(made, settings)


def test_no_address_leads_back_whichever_experiment_it_belongs_to(made: Made, settings: Settings) -> None:
    other = settings.model_copy(update={"tracking": Tracking(experiment="other")})
    with pipeline_run(made.workspace, other) as run:
        run.store.client.create_experiment("by hand", artifact_location=str(made.workspace.root / "files"))
    moved = made.moved("moved")
    prepare_store(moved.workspace, settings)
    assert [cell for cell in moved.cells() if str(made.workspace.root) in cell] == []
    assert [cell for cell in moved.cells() if str(moved.workspace.root) in cell]


def test_a_checkout_reached_by_another_name_is_the_same_and_stays_as_it_is(made: Made, settings: Settings) -> None:
    before = made.cells()
    alias = made.workspace.root.with_name("alias")
    alias.symlink_to(made.workspace.root)
    prepare_store(Workspace(alias), settings)
    assert made.cells() == before


@pytest.mark.parametrize("kind", ["experiments", "runs", "logged_models", "model_versions"])
def test_all_addresses_change_or_none(made: Made, settings: Settings, kind: str) -> None:
    moved = made.moved("moved")
    with closing(sqlite3.connect(moved.workspace.tracking / "mlflow.db")) as connection:
        connection.execute(f"CREATE TRIGGER full BEFORE UPDATE ON {kind} BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    before = moved.cells()
    with pytest.raises(RegistryError, match=r"mlflow\.db cannot be used \(disk full\)"):
        prepare_store(moved.workspace, settings)
    assert moved.cells() == before
    with closing(sqlite3.connect(moved.workspace.tracking / "mlflow.db")) as connection:
        connection.execute("DROP TRIGGER full")
    assert_whole(moved, settings)


@pytest.mark.parametrize(
    "damage",
    [lambda whole: b"no database at all", lambda whole: whole[:5000], lambda whole: whole[: len(whole) // 8192 * 4096]],
)
def test_a_damaged_database_is_one_sentence(made: Made, settings: Settings, damage: Callable[[bytes], bytes]) -> None:
    database = made.workspace.tracking / "mlflow.db"
    database.write_bytes(damage(database.read_bytes()))
    with pytest.raises(RegistryError, match=r"mlflow\.db cannot be used .* bring it back from a copy"):
        prepare_store(made.workspace, settings)


def test_an_empty_database_beside_its_files_is_not_begun_anew(made: Made, settings: Settings) -> None:
    database = made.workspace.tracking / "mlflow.db"
    database.write_bytes(b"")
    with pytest.raises(RegistryError, match=r"mlflow\.db is empty, and its files are not"):
        prepare_store(made.workspace, settings)
    assert database.read_bytes() == b""


def test_a_database_that_another_process_keeps_is_said_and_not_waited_for(
    made: Made, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locations, "PATIENCE", 0.1)
    with closing(sqlite3.connect(made.workspace.tracking / "mlflow.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Busy, match=r"mlflow\.db is locked by another process\. Run it again"):
            prepare_store(made.workspace, settings)


def test_a_store_that_another_process_is_opening_for_ever_is_said(
    made: Made, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PATIENCE", 0.1)
    with (made.workspace.tracking / "lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="another process has been opening"):
            prepare_store(made.workspace, settings)
