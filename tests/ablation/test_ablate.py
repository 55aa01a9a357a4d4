"""A plan runs through real DVC experiments, on a pipeline of one stage whose figures are known."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
STAGE = """
import json, random, sys
from pathlib import Path
import yaml
from mgiqa.progress import progress_bar
with progress_bar("train: learning to rank", 2, every=0) as shown:
    shown.at(1, "reward 0.500")
params = yaml.safe_load(Path("params.yaml").read_text())
train = params["train"]
if train["kl"] > 1:
    sys.exit("the divergence is too large")
options = train.get("reward_options", {})
luck = random.Random(params["seed"]).uniform(-0.1, 0.1)
srcc = 0.5 + luck + 0.05 * (train["reward"] == "l1") + 0.02 * (options.get("variance") == "fixed")
figure = lambda value: {"judged_by": "srcc", "srcc": value}
one = lambda direct, pooled: {"overall": figure(direct), "pooled": figure(pooled), "noise": figure(direct / 2)}
answers = {"parse_rate": 1.0, "draws": 4}
model = lambda *srcc: {**{name: one(*srcc) for name in params["ingest"]["datasets"]}, "answers": answers}
Path("data/evaluation").mkdir(parents=True)
models = {"warmup": model(0.4, 0.45), "policy": model(srcc, srcc + 0.01)}
Path("data/evaluation/metrics.json").write_text(json.dumps(models))
with open(sys.argv[1], "a") as log:
    print(params["seed"], json.dumps(train, sort_keys=True), file=log)
"""
PARAMS = {
    "seed": 0,
    "ingest": {"datasets": {"spaq": {"source": "sample"}, "para": {"source": "sample"}}},
    "train": {"reward": "mg_thurstone", "kl": 0.02},
}
PLAN: dict[str, Any] = {
    "about": "Which reward is best?",
    "base": {"train.kl": 0.1},
    "seeds": [3, 4, 5],
    "baseline": "ours",
    "arms": {
        "ours": {},
        "l1": {"train": {"reward": "l1"}},
        "fixed": {"train.reward_options": {"variance": "fixed", "gamma": 0.5}},
        "one dataset": {"ingest.datasets": {"para": {"source": "sample"}}},
    },
}

WHO = ("AUTHOR", "COMMITTER")


class Checkout:
    """A git and DVC repository in which ``mgiqa ablate`` runs."""

    def __init__(self, root: Path) -> None:
        self.root, self.log, self.said = root, root.parent / "log.txt", ""
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DVC_SITE_CACHE_DIR": str(root.parent / "site"),
            "DVC_GLOBAL_CONFIG_DIR": str(root.parent / "global"),
            "DVC_NO_ANALYTICS": "1",
            **{f"GIT_{who}_NAME": "Test" for who in WHO},
            **{f"GIT_{who}_EMAIL": "test@example.invalid" for who in WHO},
        }
        root.mkdir()
        (root / "stage.py").write_text(STAGE)
        (root / "params.yaml").write_text(yaml.safe_dump(PARAMS))
        stage = {
            "cmd": f"python stage.py {self.log}",
            "deps": ["stage.py"],
            "params": ["seed", "train", "ingest"],
            "outs": ["data/evaluation"],
        }
        (root / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"evaluate": stage}}))
        (root / ".gitignore").write_text("/data\n")
        for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"], ["git", "add", "-A"],
                        ["git", "commit", "-q", "-m", "As it is"]):  # fmt: skip
            subprocess.run(command, cwd=root, env=self.environment, check=True)

    def ablate(self, plan: dict[str, Any], *options: str, code: int = 0) -> str:
        file = self.root.parent / "which-reward.yaml"
        file.write_text(yaml.safe_dump(plan, sort_keys=False))
        command = [sys.executable, "-m", "mgiqa", "ablate", str(file), "--root", str(self.root), *options]
        done = subprocess.run(command, cwd=self.root, env=self.environment, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def ran(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.is_file() else 0

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.root / "data" / "ablations" / "which-reward" / name)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = Checkout(tmp_path_factory.mktemp("ablation") / "checkout")
    checkout.said = checkout.ablate(PLAN)
    return checkout


def test_every_arm_runs_with_every_seed_under_its_settings(finished: Checkout) -> None:
    runs = finished.table("runs.csv")
    assert sorted(zip(runs["arm"], runs["seed"], strict=True)) == sorted(
        (arm, seed) for arm in PLAN["arms"] for seed in PLAN["seeds"]
    )
    settings = [json.loads(line.split(" ", 1)[1]) for line in finished.log.read_text().splitlines()]
    assert {train["kl"] for train in settings} == {0.1}, "base reaches every run"
    assert sum(train["reward"] == "l1" for train in settings) == 3
    assert [train["reward_options"] for train in settings if "reward_options" in train] == 3 * [
        {"variance": "fixed", "gamma": 0.5}
    ]


def test_it_says_how_far_each_run_is(finished: Checkout) -> None:
    assert finished.said.count("\n  train: learning to rank: 1 of 2, reward 0.500\n") == 12


def test_what_a_seed_does_to_all_arms_cancels_in_the_differences(finished: Checkout) -> None:
    table = finished.table("table.csv").set_index(["arm", "measure"])
    l1, fixed = table.loc[("l1", "overall")], table.loc[("fixed", "overall")]
    assert l1["difference"] == pytest.approx(0.05, abs=1e-6)
    assert l1["difference_high"] - l1["difference_low"] < 1e-5
    assert l1["high"] - l1["low"] > 0.05, "luck spreads the mean itself"
    assert fixed["difference"] == pytest.approx(0.02, abs=1e-6)
    assert (l1["runs"], l1["pairs"]) == (3, 3)


def test_what_a_training_gains_is_read_alike_before_and_after(finished: Checkout) -> None:
    """The warm-up stands at .40 directly and .45 pooled, and the policy pooled at .01 above what it says."""
    runs = finished.table("runs.csv")
    assert (runs["gain"] - (runs["overall"] - 0.40)).abs().max() < 1e-5
    assert (runs["gain pooled"] - (runs["pooled"] - 0.45)).abs().max() < 1e-5
    assert (runs["pooled"] - runs["overall"] - 0.01).abs().max() < 1e-5


def test_a_dataset_that_an_arm_does_not_name_is_left_out_of_it(finished: Checkout) -> None:
    runs = finished.table("runs.csv").set_index("arm")
    assert runs.loc["one dataset", "overall on spaq"].isna().all()
    assert runs.loc["one dataset", "overall on para"].notna().all()
    assert runs.loc["ours", "overall on spaq"].notna().all()


def test_the_table_for_people_tells_the_question_and_marks_what_is_sure(finished: Checkout) -> None:
    text = (finished.root / "data" / "ablations" / "which-reward" / "table.md").read_text()
    assert "Which reward is best?" in text
    assert "the mean of 4 answers" in text
    (l1,) = [line for line in text.splitlines() if line.startswith("| l1 ")]
    assert "**+0.050 [+0.050, +0.050]**" in l1
    (ours,) = [line for line in text.splitlines() if line.startswith("| ours ")]
    assert "**" not in ours


def test_the_workspace_is_left_as_it_was(finished: Checkout) -> None:
    assert yaml.safe_load((finished.root / "params.yaml").read_text()) == PARAMS
    assert not (finished.root / "data" / "evaluation").exists()


def test_what_is_there_is_not_run_again_and_what_is_new_is(finished: Checkout) -> None:
    ran, text = finished.ran, (finished.root / "data" / "ablations" / "which-reward" / "table.md").read_text()
    assert text in finished.ablate(PLAN)
    assert finished.ran == ran
    assert "seed 6 is missing" in finished.ablate({**PLAN, "seeds": [3, 6]}, "--dry")
    finished.ablate({**PLAN, "seeds": [3, 6], "arms": {"ours": {}, "l1": PLAN["arms"]["l1"]}})
    assert finished.ran == ran + 2


def test_machines_share_a_plan_by_its_seeds(finished: Checkout) -> None:
    plan, ran = {**PLAN, "seeds": [7, 8], "arms": {"ours": {}, "l1": PLAN["arms"]["l1"]}}, finished.ran
    finished.ablate(plan, "--seed", "8")
    assert finished.ran == ran + 2
    assert set(finished.table("runs.csv")["seed"]) == {8}
    finished.ablate(plan)
    assert finished.ran == ran + 4, "what one machine ran is not run again"
    assert set(finished.table("runs.csv")["seed"]) == {7, 8}
    assert "9 is none of 7, 8" in finished.ablate(plan, "--seed", "9", code=2)


def test_an_arm_that_fails_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "checkout")
    plan = {"seeds": [1], "baseline": "a", "arms": {"a": {}, "far": {"train.kl": 2}, "b": {"train.reward": "l1"}}}
    said = checkout.ablate(plan, code=1)
    assert "the divergence is too large" in said
    assert "Failed:" in said
    assert checkout.table("runs.csv")["arm"].tolist() == ["a", "b"]


def test_all_faults_of_all_arms_are_named_before_anything_runs(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "checkout")
    arms = {"a": {}, "b": {"train.reward": "l2"}, "c": {"train.stepz": 3}, "d": {"train.accumulate": 3}}
    said = checkout.ablate({"seeds": [1], "baseline": "a", "arms": arms}, code=78)
    assert "there is no reward named 'l2'" in said
    assert "did you mean steps?" in said
    assert "a multiple of 3" in said
    assert checkout.ran == 0
