"""A name is plain wherever it is given, and what is none reaches no shell, no folder and no graph."""

import os
from pathlib import Path

import pytest
import yaml
from dvc.exceptions import DvcException
from hypothesis import given
from hypothesis import strategies as st

from mgiqa.errors import SettingsError, StageError
from mgiqa.execution.runner import run_stage
from mgiqa.names import is_name, verify_name
from mgiqa.settings import check_settings
from mgiqa.settings.presets import find_preset
from mgiqa.workspace import Workspace
from orchestration.graph import read_graph
from tests.checkout import ROOT, Checkout

PLAIN = ["kadid10k", "koniq-10k", "my_photos", "0", "qwen2.5-vl-7b"]
HOSTILE = [
    "", ".", "..", ".hidden", "-rf", "../../../victim", "../params", "/tmp/victim", "a/b", "a b",
    "x;touch FILE;", "$(id)", "`id`", "a\nb", "a\n", "it's", 'a"b', "a@b", "a:b", "A", "ä", "x" * 101, "\udcff", "\0",
]  # fmt: skip


def test_a_name_is_plain() -> None:
    assert [word for word in PLAIN if not is_name(word)] == []
    assert [word for word in HOSTILE if is_name(word)] == []


@given(st.text())
def test_what_is_a_name_is_one_folder_and_one_word_of_a_shell(word: str) -> None:
    if is_name(word):
        import shlex

        assert shlex.split(word, comments=True) == [word]
        assert os.path.normpath(f"data/raw/{word}") == f"data/raw/{word}"


@pytest.mark.parametrize(
    ("where", "settings"),
    [
        ("ingest", {"ingest": {"datasets": {"x;touch FILE;": {}}}}),
        ("ingest", {"ingest": {"datasets": {"../../../victim": {}}}}),
        (r"register\.model", {"register": {"model": "my model"}}),
        (r"tracking\.experiment", {"tracking": {"experiment": "../x"}}),
        (r"evaluate\.datasets\.0", {"evaluate": {"datasets": ["/etc"]}}),
        (r"train\.datasets\.0", {"train": {"datasets": ["a b"]}}),
    ],
)
def test_settings_refuse_what_is_no_name(where: str, settings: dict) -> None:
    with pytest.raises(SettingsError, match=rf"^params\.yaml: {where}: .*no name; a name is up to 100 small letters"):
        check_settings(settings)


def test_names_that_dvc_or_dagster_would_mistake_for_others_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"my\.set, and DVC takes the dot for a level of settings"):
        check_settings({"ingest": {"datasets": {"my.set": {}}}})
    with pytest.raises(SettingsError, match="a-b and a_b, which only `-` and `_` tell apart"):
        check_settings({"ingest": {"datasets": {"a-b": {}, "a_b": {}}}})


@pytest.mark.parametrize("word", ["../params", "/etc/passwd", "", "x;y"])
def test_a_preset_is_found_by_its_name_alone(word: str) -> None:
    with pytest.raises(SettingsError, match="cannot be the name of a preset"):
        find_preset(ROOT, word)


def test_a_long_word_is_not_repeated_in_full() -> None:
    with pytest.raises(SettingsError) as refusal:
        verify_name("plan", "x" * 10_000)
    assert len(str(refusal.value)) < 300


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "photo.jpg").write_bytes(b"precious")
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "params.yaml").write_text("{}\n", encoding="utf-8")
    return Workspace(root)


@pytest.mark.parametrize("stage", ["ingest", "validate"])
def test_a_stage_touches_no_folder_outside(workspace: Workspace, stage: str) -> None:
    with pytest.raises(SettingsError, match="cannot be the name of a dataset"):
        run_stage(stage, workspace, "../../../victim")
    assert [path.name for path in workspace.root.iterdir()] == ["params.yaml"]
    assert [path.name for path in (workspace.root.parent / "victim").iterdir()] == ["photo.jpg"]


@pytest.mark.parametrize("output", ["../../victim", "raw/../../../victim", "/tmp", ".", ""])
def test_nothing_is_written_outside_data(workspace: Workspace, output: str) -> None:
    with pytest.raises(StageError, match="does not lie in"), workspace.making(output):
        raise AssertionError
    assert not workspace.data.exists()


@pytest.mark.parametrize("link", ["data", "data/raw", "data/raw/spaq"])
def test_nothing_is_written_through_a_symbolic_link(workspace: Workspace, link: str) -> None:
    victim = workspace.root.parent / "victim"
    (workspace.root / link).parent.mkdir(parents=True, exist_ok=True)
    (workspace.root / link).symlink_to(victim)
    with pytest.raises(StageError, match=rf"{link} is a symbolic link to .*victim"), workspace.making("raw/spaq"):
        raise AssertionError
    assert [path.name for path in victim.iterdir()] == ["photo.jpg"]


@pytest.mark.parametrize("killed", ["while it wrote", "between the two renames"])
def test_the_next_one_removes_what_a_killed_one_left(workspace: Workspace, killed: str) -> None:
    target = workspace.data / "report"
    with workspace.making("report") as draft:
        (draft / "page").write_text("one")
    if killed == "between the two renames":
        target.rename(target.with_name(".report.old.draft"))
    target.with_name(".report.draft").mkdir()
    with pytest.raises(KeyError), workspace.making("report"):
        raise KeyError
    assert [path.name for path in workspace.data.iterdir() if path.name != ".locks"] == ["report"]
    assert (target / "page").read_text() == "one"


def test_what_is_no_name_reaches_neither_shell_nor_folder_of_dvc(tmp_path: Path) -> None:
    """DVC empties an output before it runs its stage, but runs none where two outputs are one folder outside."""
    checkout = Checkout.create(tmp_path / "mgiqa", {})
    for victim in (tmp_path / "victim", checkout.root / "plans"):
        victim.mkdir(exist_ok=True)
        (victim / "precious").touch()
    params = yaml.safe_load((checkout.root / "params.yaml").read_text(encoding="utf-8"))
    for names in (["x;touch FILE;", "$(touch FILE)", str(tmp_path / "victim")], ["../../../victim"], ["../../plans"]):
        params["ingest"]["datasets"] = {name: {"source": "sample"} for name in names}
        (checkout.root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
        said = checkout.run("dvc", "repro", "--keep-going", code=255)
        assert "is specified in" in said or "mgiqa: 'x;touch FILE;' cannot be the name of a dataset" in said
        assert (tmp_path / "victim" / "precious").exists() and (checkout.root / "plans" / "precious").exists()
        assert not (checkout.root / "FILE").exists() and not (checkout.root / "data" / "raw").exists()
        with pytest.raises((SettingsError, DvcException), match=r"cannot be the name of a dataset|is specified in"):
            read_graph(checkout.root)
