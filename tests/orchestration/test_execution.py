"""One stage, run by DVC in a child process."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.execution import Outcome, StageBusyError, StageFailedError, current_version, follow, reproduce
from orchestration.versions import read_lock
from tests.orchestration.conftest import Pipeline


def run(pipeline: Pipeline, name: str) -> tuple[Outcome, list[str]]:
    lines: list[str] = []
    return reproduce(pipeline.root, name, pipeline.environment, lines.append), lines


def test_dvc_is_asked_in_this_process_whether_a_stage_is_current(finished: Pipeline) -> None:
    lock = read_lock(finished.root)
    assert current_version(finished.root, "train") == lock["train"].data_version
    assert current_version(finished.root, "ingest@spaq") == lock["ingest@spaq"].data_version
    finished.edit_params("steps: 5", "steps: 6")
    assert current_version(finished.root, "train") is None
    assert current_version(finished.root, "normalize") == lock["normalize"].data_version
    finished.write_program("normalize", extra="# another version\n")
    assert current_version(finished.root, "normalize") is None
    shutil.rmtree(finished.root / "data" / "raw" / "para")
    assert current_version(finished.root, "ingest@para") is None


def test_the_outcome_is_what_dvc_did(finished: Pipeline) -> None:
    assert run(finished, "train")[0] is Outcome.UNCHANGED
    finished.edit_params("steps: 5", "steps: 6")
    outcome, lines = run(finished, "train")
    assert outcome is Outcome.RAN
    assert "at work on data/models/policy" in lines


def test_what_a_stage_prints_cannot_pass_for_an_outcome(finished: Pipeline) -> None:
    finished.write_program("train", extra="print(\"Stage 'normalize' is cached - skipping run\")\n")
    assert run(finished, "train")[0] is Outcome.RAN


def test_a_stage_runs_under_this_python_whatever_the_path_names(finished: Pipeline, tmp_path: Path) -> None:
    other = tmp_path / "bin" / "python"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    other.chmod(0o755)
    finished.edit_params("steps: 5", "steps: 6")
    env = {**os.environ, "PATH": f"{other.parent}:{os.environ['PATH']}"}
    assert reproduce(finished.root, "train", env, lambda line: None) is Outcome.RAN


def test_a_stage_runs_without_those_before_it(finished: Pipeline) -> None:
    finished.edit_params("seed: 0", "seed: 1")
    assert run(finished, "train")[0] is Outcome.UNCHANGED


def test_a_failure_tells_its_status_and_its_sentence(finished: Pipeline) -> None:
    lock = (finished.root / "dvc.lock").read_bytes()
    finished.replace_program("train", "import sys\nprint('mgiqa: it is too dark.', file=sys.stderr)\nsys.exit(75)\n")
    with pytest.raises(StageFailedError) as caught:
        run(finished, "train")
    assert caught.value.status == 75
    assert caught.value.refusal == "it is too dark."
    assert (finished.root / "dvc.lock").read_bytes() == lock


def test_a_crash_has_no_sentence(finished: Pipeline) -> None:
    finished.replace_program("train", "raise ValueError('no')\n")
    with pytest.raises(StageFailedError) as caught:
        run(finished, "train")
    assert caught.value.refusal == ""
    assert "ValueError: no" in caught.value.lines


def test_a_complaint_of_dvc_itself_is_told_where_no_command_failed() -> None:
    lines = ["Running stage 'train':", "ERROR: unexpected error - [Errno 28] No space left on device"]
    assert StageFailedError("train", lines).complaint == "unexpected error - [Errno 28] No space left on device"
    lines += ["ERROR: failed to reproduce 'train': failed to run: python x, exited with 74"]
    assert StageFailedError("train", lines).complaint == ""


def test_a_stage_that_another_process_works_on_is_busy(finished: Pipeline) -> None:
    finished.edit_params("steps: 5", "steps: 6")
    holder = f"""
import sys
from dvc.repo import Repo
from dvc.rwlock import rwlock
models = {str(finished.root / "data" / "models")!r}
with Repo({str(finished.root)!r}) as repo, rwlock(repo.tmp_dir, repo.fs, "another", [], [models], False):
    print("held", flush=True)
    sys.stdin.read()
"""
    other = subprocess.Popen([sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdin and other.stdout
    assert other.stdout.readline() == "held\n"
    try:
        with pytest.raises(StageBusyError):
            run(finished, "train")
    finally:
        other.communicate("")
    assert run(finished, "train")[0] is Outcome.RAN


def test_every_line_is_shown_as_it_comes(tmp_path: Path) -> None:
    seen: list[str] = []
    status, lines = follow(("-c", "print('one'); print('two'); raise SystemExit(3)"), tmp_path, os.environ, seen.append)
    assert (status, lines) == (3, ["one", "two"])
    assert seen == lines
