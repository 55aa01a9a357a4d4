"""What has changed since DVC recorded it is named: by size and time, and by content where these are as before."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mgiqa.cli import app
from mgiqa.integrity.record import Findings
from mgiqa.integrity.verify import verify_workspace
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace
from tests.checkout import ROOT

DVC_YAML = """
stages:
  make:
    cmd: mkdir -p data/made/in && echo one > data/made/one.txt && echo two > data/made/in/two.txt && echo x > data/x.csv
    outs: [data/made, data/x.csv]
"""


def dvc(root: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once by DVC with the project's own configuration; to be copied, not changed."""
    root = tmp_path_factory.mktemp("recorded") / "checkout"
    root.mkdir()
    (root / "dvc.yaml").write_text(DVC_YAML)
    dvc(root, "init", "-q", "--no-scm")
    config = (ROOT / ".dvc" / "config").read_text()
    own = config.replace("[core]", f"[core]\n    no_scm = true\n    site_cache_dir = {root.parent / 'site'}")
    (root / ".dvc" / "config").write_text(own)
    dvc(root, "repro", "-q")
    return root


@pytest.fixture
def workspace(recorded: Path, tmp_path: Path) -> Workspace:
    root = Path(shutil.copytree(recorded, tmp_path / "checkout", symlinks=True))
    assert look(Workspace(root), content=False).faults == ()
    return Workspace(root)


def look(workspace: Workspace, *, content: bool) -> Findings:
    return verify_workspace(workspace, Settings(), content=content)


def told(workspace: Workspace, *, content: bool) -> list[str]:
    return [f"{fault.place}: {fault}" for fault in look(workspace, content=content).faults]


def rot(path: Path) -> None:
    """Changes a bit and nothing that ``stat`` shows of size and time."""
    times = path.stat()
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def cached(workspace: Workspace, holds: str) -> Path:
    objects = (workspace.root / ".dvc" / "cache" / "files" / "md5").rglob("*")
    return next(path for path in objects if path.is_file() and holds in path.read_text())


def test_what_is_as_it_was_recorded_is_counted_and_no_fault(workspace: Workspace) -> None:
    places = look(workspace, content=True).places
    assert {place: (looked.files, looked.size, looked.faults) for place, looked in places.items()} == {
        "data": (3, 10, ()),
        "cache": (4, 10 + cached(workspace, "relpath").stat().st_size, ()),
        "registry": (0, 0, ()),
    }
    assert places["registry"].notes == ("there is none yet",)


def test_where_dvc_has_just_recorded_them_nothing_is_a_fault(recorded: Path) -> None:
    """What DVC itself remembers of lists of folders is marked as such."""
    assert told(Workspace(recorded), content=False) == told(Workspace(recorded), content=True) == []


def test_a_rotten_file_is_found_by_content_and_from_then_on_by_dvc_which_brings_it_back(workspace: Workspace) -> None:
    path = workspace.data / "made" / "in" / "two.txt"
    rot(path)
    assert told(workspace, content=False) == []
    assert told(workspace, content=True) == told(workspace, content=False) == [f"data: {path} has other bytes"]
    dvc(workspace.root, "checkout", "--force", "-q")
    assert path.read_text() == "two\n", "its copy in the cache had not rotted with it"
    assert told(workspace, content=True) == []


def test_a_rotten_object_of_the_cache_is_named_with_the_file_that_it_holds(workspace: Workspace) -> None:
    path = cached(workspace, "two\n")
    rot(path)
    assert told(workspace, content=True) == [f"cache: {path} (data/made/in/two.txt) has other bytes"]


def test_a_folder_whose_list_has_rotted_is_still_held_to_its_hash(workspace: Workspace) -> None:
    path = cached(workspace, "relpath")
    rot(path)
    assert told(workspace, content=True) == [f"cache: {path} (data/made) has other bytes"]
    rot(workspace.data / "made" / "one.txt")
    first, _ = told(workspace, content=True)
    assert first.startswith(f"data: {workspace.data / 'made'} is not the folder")


def test_changed_missing_and_left_over_files_are_found_without_reading_all(workspace: Workspace) -> None:
    made = workspace.data / "made"
    (workspace.data / "x.csv").write_text("another\n")
    (made / "one.txt").unlink()
    (made / "more.txt").write_text("more\n")
    assert sorted(told(workspace, content=False)) == [
        f"data: {made / 'more.txt'} is left over",
        f"data: {made / 'one.txt'} is missing",
        f"data: {workspace.data / 'x.csv'} has other bytes",
    ]


def test_an_output_that_is_not_here_is_told_and_is_no_fault(workspace: Workspace) -> None:
    shutil.rmtree(workspace.data / "made")
    data = look(workspace, content=True).places["data"]
    assert (data.notes, data.faults, data.files) == (("data/made is not here",), (), 1)


def test_a_workspace_without_a_lock_has_nothing_to_verify(tmp_path: Path) -> None:
    assert look(Workspace(tmp_path), content=True).faults == ()
    assert not (tmp_path / ".mlflow").exists(), "looking makes no registry"


def test_the_command_says_what_is_wrong_and_what_to_do(workspace: Workspace) -> None:
    (workspace.root / "params.yaml").write_text("seed: 0\n")
    asked = ["verify", "--root", str(workspace.root)]
    sound = CliRunner().invoke(app, asked)
    assert (sound.exit_code, "All of it is as it was recorded" in sound.stdout) == (0, True)
    rot(workspace.data / "x.csv")
    found = CliRunner().invoke(app, [*asked, "--content"])
    said = "".join(found.stdout.split())
    assert found.exit_code == 1
    assert "x.csvhasotherbytes" in said and "dvccheckout--force" in said
