"""Nothing that has rotted or was exchanged is promoted or scored with: each file is named."""

import hashlib
import re
import shutil
from pathlib import Path

import pytest
import yaml

from mgiqa.errors import IntegrityError
from mgiqa.integrity.verify import verify_workspace
from mgiqa.registry.champion import champion_folder
from mgiqa.registry.models import find_version, version_folder, versions
from mgiqa.registry.store import Store, prepare_store
from mgiqa.settings import Settings
from mgiqa.stages import promote
from mgiqa.workspace import Workspace
from tests.registry.entries import BETTER, GOOD, NAME, SETTINGS, Submit, champion_number, enter


@pytest.fixture(scope="module")
def two_once(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    """Made once; to be copied, not changed."""
    workspace = Workspace(tmp_path_factory.mktemp("two"))
    workspace.tracking.mkdir()
    shutil.copy(empty_database, workspace.tracking / "mlflow.db")
    store = prepare_store(workspace, SETTINGS)
    enter(workspace, store, "one", GOOD)
    promote.run(SETTINGS, workspace)
    enter(workspace, store, "two", BETTER)
    return workspace.tracking


@pytest.fixture
def two(two_once: Path, workspace: Workspace, settings: Settings) -> tuple[Workspace, Store]:
    """Version 1 is champion; version 2 is challenger, and better."""
    shutil.copytree(two_once, workspace.tracking, dirs_exist_ok=True)
    return workspace, prepare_store(workspace, settings)


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
    assert champion_number(store) == 1
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
    assert champion_number(store) == 1
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
