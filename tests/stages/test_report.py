"""What ``report`` writes and refuses."""

import pytest

from mgiqa.errors import GateRefused, MissingInput
from mgiqa.records import Check, Summary
from mgiqa.settings import check_settings
from mgiqa.stages.report import run
from mgiqa.workspace import Workspace
from tests.bench import write_bench


def test_the_page_the_text_and_every_chart_are_written(tmp_path):
    workspace = write_bench(Workspace(tmp_path))
    draft = tmp_path / "draft"
    draft.mkdir()
    summary = run(check_settings({"report": {"gallery": 3}}), workspace, draft)
    assert (draft / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (draft / "report.md").is_file()
    assert summary.plots
    assert all((draft / place).is_file() for place in summary.plots.values())


def test_an_evaluation_that_failed_its_check_is_not_reported(tmp_path):
    workspace = write_bench(Workspace(tmp_path))
    Summary("evaluate", checks=(Check("failure_rate", False, "too many"),)).write(workspace.evaluation)
    with pytest.raises(GateRefused, match="failure_rate"):
        run(check_settings({}), workspace, tmp_path)


def test_without_an_evaluation_the_stage_is_named(tmp_path):
    with pytest.raises(MissingInput, match="dvc repro evaluate"):
        run(check_settings({}), Workspace(tmp_path), tmp_path)
