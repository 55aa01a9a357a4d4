"""The verb `mgiqa compare`: two tables of predictions on the same images."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from mgiqa.cli import app
from mgiqa.errors import MGIQAError
from mgiqa.workspace import Workspace
from tests.bench import write_bench

FAST = ["--resamples", "100"]


def predictions(noise: float, seed: int, n: int = 80) -> pd.DataFrame:
    mos = np.random.default_rng(9).uniform(1, 5, n)
    score = mos + noise * np.random.default_rng(seed).normal(size=n)
    names = [f"{i}.png" for i in range(n)]
    sets = ["x" if i % 2 else "y" for i in range(n)]
    return pd.DataFrame({"image_id": names, "set": sets, "score": score, "mos": mos})


@pytest.fixture
def tables(tmp_path: Path) -> tuple[str, str]:
    """A good and a poor table; the poor one lacks an image, and has failed on another."""
    predictions(0.2, 1).to_csv(tmp_path / "good.csv", index=False)
    poor = predictions(2.0, 2).iloc[1:]
    poor.loc[5, "score"] = np.nan
    poor.to_parquet(tmp_path / "poor.parquet")
    return str(tmp_path / "good.csv"), str(tmp_path / "poor.parquet")


def run(*arguments: str) -> dict:
    result = CliRunner().invoke(app, ["compare", *arguments, *FAST, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_the_better_table_is_named_and_nothing_is_left_out_in_silence(tables: tuple[str, str]) -> None:
    found = run(*tables)
    assert found["mean"]["interval"][0] > 0
    assert found["verdict"].startswith(f"{tables[0]} ranks better")
    assert (found["images"], found["scored"]) == (79, 78)
    assert (found["only"], found["failures"]) == ([1, 0], [0, 1])


def test_swapping_the_tables_mirrors_the_difference(tables: tuple[str, str]) -> None:
    one, other = run(*tables), run(*reversed(tables))
    assert one["mean"]["difference"] == pytest.approx(-other["mean"]["difference"])


def test_datasets_are_compared_apart_and_their_mean_counts_each_the_same(tables: tuple[str, str]) -> None:
    found = run(*tables, "--dataset", "set")
    assert [row["dataset"] for row in found["datasets"]] == ["x", "y"]
    gaps = [row["difference"]["difference"] for row in found["datasets"]]
    assert found["mean"]["difference"] == pytest.approx(np.mean(gaps))


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_a_picture_is_drawn_and_the_same_comparison_gives_the_same_bytes(
    tables: tuple[str, str], tmp_path: Path, ending: str
) -> None:
    pictures = [tmp_path / f"{name}.{ending}" for name in "ab"]
    for picture in pictures:
        run(*tables, "--plot", str(picture))
    assert pictures[0].stat().st_size > 5000
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


def test_other_images_other_labels_and_other_pictures_end_in_one_sentence(
    tables: tuple[str, str], tmp_path: Path
) -> None:
    strangers, relabelled = tmp_path / "strangers.csv", tmp_path / "relabelled.csv"
    predictions(1, 3).assign(image_id=lambda rows: "z" + rows["image_id"]).to_csv(strangers, index=False)
    predictions(1, 3).assign(mos=lambda rows: rows["mos"] + 1).to_csv(relabelled, index=False)
    requests = {
        "no image in common": [tables[0], str(strangers)],
        "another human score": [tables[0], str(relabelled)],
        "no picture that can be drawn": [*tables, "--plot", str(tmp_path / "a.gif")],
        "no folder to write": [*tables, "--plot", str(tmp_path / "nowhere" / "a.svg")],
        "right one with --pred": [*tables, "--pred", "scores"],
        "is no file": ["policy", tables[0], "--root", str(tmp_path)],
    }
    for said, arguments in requests.items():
        result = CliRunner().invoke(app, ["compare", *arguments, *FAST])
        assert isinstance(result.exception, MGIQAError)
        assert said in str(result.exception)


def test_long_names_are_letters_above_the_columns_and_the_whole_interval_is_seen(
    tables: tuple[str, str], tmp_path: Path
) -> None:
    picture = tmp_path / "gain.svg"
    result = CliRunner().invoke(app, ["compare", *tables, *FAST, "--plot", str(picture)])
    lines = result.output.splitlines()
    assert lines[1].split()[:4] == ["dataset", "images", "A", "B"]
    assert lines[2].count("…") == 1
    assert "A " + tables[0] in result.output.replace("\n    ", "")
    assert "picture" in result.output


@pytest.mark.parametrize(("overall", "key"), [("direct", "overall"), ("pooled", "pooled")])
def test_two_models_of_an_evaluation_are_read_alike_as_the_first_is_in_use(
    tmp_path: Path, overall: str, key: str
) -> None:
    evaluation = write_bench(Workspace(tmp_path), answers=2).evaluation
    path = evaluation / "predictions.parquet"
    answers = pd.read_parquet(path)
    answers.assign(overall=np.where(answers["model"] == "policy", overall, "direct")).to_parquet(path, index=False)
    gains = json.loads((evaluation / "gain.json").read_text())
    for options, expected in (([], key), (["--attribute", "pooled"], "pooled"), (["--attribute", "noise"], "noise")):
        found = run("policy", "warmup", "--root", str(tmp_path), *options)
        assert found["mean"] == gains[expected]
        assert "policy: 2 answers to an image; warmup: 2 answers to an image" in found["score"]
