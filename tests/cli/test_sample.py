"""The verb `mgiqa sample`, as a person uses it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from mgiqa.cli import app
from mgiqa.errors import MGIQAError

SMALL = ["--contents", "6", "--versions", "1", "--size", "56"]


def test_a_sample_is_written_per_dataset(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["sample", "kadid10k", "spaq", "--out", str(tmp_path), *SMALL])
    assert result.exit_code == 0, result.output
    assert "simulated" in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kadid10k", "spaq"]
    assert len((tmp_path / "kadid10k" / "dmos.csv").read_text().splitlines()) == 7


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kadid10k", "koniq10k"], "no sample of 'koniq10k'"),
        (["kadid10k", "--contents", "2"], "--contents is 2, but"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_is_written(arguments: list[str], said: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["sample", *arguments, "--out", str(tmp_path / "out")])
    assert isinstance(result.exception, MGIQAError)
    assert said in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "kadid10k").mkdir()
    (tmp_path / "kadid10k" / "mine.txt").write_text("mine")
    result = CliRunner().invoke(app, ["sample", "kadid10k", "--out", str(tmp_path), *SMALL])
    assert isinstance(result.exception, MGIQAError)
    assert "already there" in str(result.exception)
    assert (tmp_path / "kadid10k" / "mine.txt").read_text() == "mine"
