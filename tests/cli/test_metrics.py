"""The verb `mgiqa metrics`: anybody's predictions, from any table."""

import json
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

from mgiqa.cli import app
from mgiqa.cli.metrics import EPILOG
from mgiqa.errors import MGIQAError
from mgiqa.workspace import Workspace
from tests.bench import write_bench


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Predictions of two models for 60 images of 20 contents; one of the first model's has failed."""
    rng = np.random.default_rng(0)
    mos = rng.uniform(1, 5, 60)
    parts = [
        pd.DataFrame({"model": model, "q": mos + noise * rng.normal(size=60), "mos": mos, "ref": np.arange(60) // 3})
        for model, noise in (("good", 0.3), ("poor", 2.0))
    ]
    rows = pd.concat(parts, ignore_index=True).assign(std=0.5)
    rows.loc[4, "q"] = np.nan
    rows.to_csv(tmp_path / "q.csv", index=False)
    return tmp_path / "q.csv"


def run(*arguments: object) -> dict:
    result = CliRunner().invoke(app, ["metrics", *map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_json_has_every_figure_with_intervals_and_flags(table: Path) -> None:
    found = run(table, "--pred", "q", "--mos", "mos", "--std", "std", "--content", "ref", "--where", "model=good")
    rows = pd.read_csv(table).query("model == 'good'").dropna()
    assert found["srcc"] == pytest.approx(stats.spearmanr(rows["q"], rows["mos"])[0], abs=1e-12)
    assert (found["n"], found["n_scored"], found["missing"], found["contents"]) == (60, 59, 1, 20)
    for name in ("srcc", "krcc", "plcc", "plcc_logistic4", "rmse"):
        low, high = found["intervals"][name]
        assert low <= found[name] <= high
    assert "missing_predictions" in found["flags"]
    assert found["outlier_ratio"] is not None


def test_without_resamples_there_are_no_intervals(table: Path) -> None:
    assert run(table, "--pred", "q", "--mos", "mos", "--resamples", "0")["intervals"] == {}


def test_people_see_the_figures_and_the_reservations(table: Path) -> None:
    arguments = ["metrics", str(table), "--pred", "q", "--mos", "mos", "--where", "model=good", "--resamples", "100"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert "SRCC" in result.output
    assert "60 images, 59 scored" in result.output
    assert "Some images have no prediction" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--pred", "p", "--mos", "mos"], "no column 'p'"),
        (["--pred", "model", "--mos", "mos"], "'good', not a number"),
        (["--pred", "qq", "--mos", "mos"], "Did you mean q?"),
        (["--pred", "q", "--mos", "mos", "--where", "model=best"], "no row with model = 'best'"),
    ],
)
def test_a_wrong_request_ends_in_one_sentence(table: Path, arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["metrics", str(table), *arguments])
    assert isinstance(result.exception, MGIQAError)
    assert said in str(result.exception)


def test_an_empty_file_and_undefined_intervals_say_so(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "equal.csv").write_text("p,m\n1,2\n1,3\n")
    columns = ["--pred", "p", "--mos", "m", "--resamples", "100"]
    result = CliRunner().invoke(app, ["metrics", str(tmp_path / "empty.csv"), *columns])
    assert "empty.csv is empty" in str(result.exception)
    shown = CliRunner().invoke(app, ["metrics", str(tmp_path / "equal.csv"), *columns]).output
    assert next(line for line in shown.splitlines() if line.startswith("SRCC")).split() == ["SRCC", "–", "–"]


@pytest.fixture
def evaluated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an evaluation with three answers to an image; its workspace is the current folder."""
    monkeypatch.chdir(tmp_path)
    return write_bench(Workspace(tmp_path), answers=3).evaluation


def test_the_example_of_the_help_gives_the_figure_of_the_report(evaluated: Path) -> None:
    """The command as the help has it; only the number of resamples is that of this evaluation."""
    (command,) = [part for part in EPILOG.split("`") if part.startswith("mgiqa metrics data/evaluation")]
    found = run(*shlex.split(command)[2:], "--resamples", "100")
    told = json.loads((evaluated / "metrics.json").read_text())["policy"]["spaq"]["pooled"]
    assert (found["srcc"], found["n"], found["intervals"]) == (told["srcc"], told["n"], told["intervals"])
    assert found["n"] == 15, "images, not answers"


def test_our_predictions_of_several_models_are_not_mixed(evaluated: Path) -> None:
    columns = ["--pred", "score_overall", "--mos", "mos_overall"]
    result = CliRunner().invoke(app, ["metrics", str(evaluated / "predictions.parquet"), *columns])
    assert "several models: base, warmup, policy. Keep one: --where model=policy" in str(result.exception)
