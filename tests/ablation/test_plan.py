from pathlib import Path
from typing import Any

import pytest
import yaml

from mgiqa.ablation.experiments import code_of, overrides
from mgiqa.ablation.plan import Plan, read_plan, runs_of
from mgiqa.errors import SettingsError
from mgiqa.settings import check_settings
from mgiqa.settings.presets import Preset, with_preset

ROOT = Path(__file__).parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
ARMS: dict[str, Any] = {"on": {}, "off": {"train.attributes": "overall"}}


def plan(**changes: Any) -> Plan:
    return Plan(**{"seeds": [0, 1], "baseline": "on", "arms": ARMS, **changes})


def names(code: str = "code", params: Any = PARAMS, **changes: Any) -> list[str]:
    return [run.name for run in runs_of(plan(**changes), "p", params, code)]


@pytest.mark.parametrize("path", sorted((ROOT / "plans").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_plan_of_the_repository_can_be_run(path: Path) -> None:
    content = read_plan(path)
    assert content.about
    assert len(runs_of(content, path.stem, PARAMS, "code")) == len(content.arms) * len(content.seeds)


def test_runs_come_seed_by_seed_so_that_arms_can_be_compared_early() -> None:
    assert [(run.seed, run.arm) for run in runs_of(plan(), "p", PARAMS, "")] == [
        (0, "on"), (0, "off"), (1, "on"), (1, "off")
    ]  # fmt: skip


def test_an_arm_wins_over_the_base_of_the_plan_however_it_is_written() -> None:
    made = runs_of(
        plan(base={"train": {"kl": 0.5, "steps": 9}}, arms={"on": {}, "off": {"train.kl": 0.1}}), "p", {}, ""
    )
    assert made[0].values == {"train": {"kl": 0.5, "steps": 9}, "seed": 0}
    assert made[1].values == {"train": {"kl": 0.1, "steps": 9}, "seed": 0}


def test_a_name_stands_for_settings_and_code() -> None:
    assert names() == names()
    assert len(set(names())) == 4
    assert not set(names()) & set(names(code="other code"))
    assert not set(names()) & set(names(base={"train.kl": 0.5}))
    assert not set(names()) & set(names(params={**PARAMS, "warmup": {"steps": 3}}))


def test_names_can_be_git_references_whatever_the_arms_are_called() -> None:
    (name, *_) = names(arms={"on, ~and: off?": {}, "b": {}}, baseline="b")
    assert name.startswith("p-on-and-off-0-")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"baseline": "of"}, "the plan p.yaml: baseline 'of' is none of the arms off, on"),
        ({"seeds": [1, 1]}, "repeat themselves"),
        ({"arms": {"on": {}}}, "at least 2"),
        ({"seed": 3}, "seed: Extra inputs"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(changes: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(yaml.safe_dump({"seeds": [0], "baseline": "on", "arms": ARMS, **changes}))
    with pytest.raises(SettingsError, match=sentence):
        read_plan(file)


def test_what_hydra_reads_is_what_was_written(tmp_path: Path) -> None:
    from dvc.utils.hydra import apply_overrides

    values = {
        "seed": 7,
        "ingest": {"datasets": {"para": {"source": "a 'quoted' (path), with: all=sorts"}}},
        "train": {
            "reward": "mg_thurstone:parity",
            "learning_rate": 1e-6,
            "reward_options": {"gamma": 0.5, "variance": "fixed", "equalize_domains": False},
        },
        "launch": {"engine": "ddp", "processes": 2},
    }
    file = tmp_path / "params.yaml"
    file.write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    apply_overrides(file, list(overrides(PARAMS, values)))
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    expected = with_preset(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")), Preset("", {}, values))
    assert check_settings(written) == check_settings(expected)


def test_the_code_of_a_run_is_that_of_the_stages_up_to_its_evaluation(tmp_path: Path) -> None:
    for name in ("used.py", "later.py"):
        (tmp_path / name).write_text("1")
    stages = {
        "train": {"cmd": "a", "deps": ["used.py", "data/x"]},
        "evaluate": {"cmd": "b"},
        "report": {"cmd": "c", "deps": ["later.py"]},
    }
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}, sort_keys=False))
    before = code_of(tmp_path)
    (tmp_path / "later.py").write_text("2")
    assert code_of(tmp_path) == before
    (tmp_path / "used.py").write_text("2")
    assert code_of(tmp_path) != before
