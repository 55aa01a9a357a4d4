"""The job for Slurm is a script that bash accepts and that asks for what the settings say."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mgiqa.errors import SettingsError
from mgiqa.execution.process_guard import ESCALATION, SAVING
from mgiqa.execution.slurm import WARNING_SECONDS, Request, batch_script
from mgiqa.settings.training import Launch

ROOT = Path(__file__).parents[2]
TWO_MACHINES = Launch(engine="fsdp", processes=16, machines=2)


def checked(script: str) -> list[str]:
    """The lines of a script that bash accepts."""
    done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return script.splitlines()


def test_machines_and_gpus_are_those_of_the_settings() -> None:
    lines = checked(batch_script(["train"], Path("/checkout"), TWO_MACHINES, Request(hours=1.5, cores=4)))
    assert lines[0] == "#!/bin/bash"
    asked = {line.removeprefix("#SBATCH --") for line in lines if line.startswith("#SBATCH")}
    assert {"nodes=2", "ntasks-per-node=1", "gpus-per-node=8", "cpus-per-task=32", "time=01:30:00"} <= asked
    assert not [option for option in asked if option.startswith(("partition", "account"))]
    assert lines[-1].endswith("dvc repro train < /dev/null")


def test_what_is_asked_for_stands_before_the_first_command() -> None:
    lines = checked(batch_script([], Path("/checkout"), Launch(), Request(partition="gpu", account="lab")))
    last = max(number for number, line in enumerate(lines) if line.startswith("#SBATCH"))
    assert all(line.startswith("#") for line in lines[: last + 1])
    assert {"#SBATCH --partition=gpu", "#SBATCH --account=lab"} <= set(lines)


def test_the_script_runs_dvc_in_the_checkout_even_if_its_name_is_odd(tmp_path: Path) -> None:
    root = tmp_path / "it's a $HOME"
    root.mkdir()
    script = batch_script(["warmup", "train"], root, Launch(), Request())
    checked(script)
    dvc = str(Path(sys.executable).with_name("dvc"))
    stand_in = tmp_path / "dvc"
    stand_in.write_text('#!/bin/sh\npwd\necho "$@"\n')
    stand_in.chmod(0o755)
    done = subprocess.run(
        ["bash"], input=script.replace(dvc, str(stand_in)), text=True, capture_output=True, check=True
    )
    assert done.stdout.splitlines() == [str(root), "repro warmup train"]


def test_what_slurm_tells_the_shell_of_the_job_reaches_what_runs_in_it(tmp_path: Path) -> None:
    """DVC itself ignores an interrupt while a stage runs, as the stand-in does."""
    stage = tmp_path / "stage.py"
    stage.write_text(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, lambda *_: (print('saved', flush=True), sys.exit(0)))\n"
        "print('ready', flush=True)\ntime.sleep(60)\n"
    )
    stand_in = tmp_path / "dvc"
    stand_in.write_text(
        f"#!/bin/bash\ntrap '' INT\n{sys.executable} -c 'import signal, runpy\n"
        f'signal.signal(signal.SIGINT, signal.SIG_DFL)\nrunpy.run_path("{stage}")\' & wait $!\n'
    )
    stand_in.chmod(0o755)
    job = tmp_path / "job.sbatch"
    dvc = str(Path(sys.executable).with_name("dvc"))
    job.write_text(batch_script(["train"], tmp_path, Launch(), Request()).replace(dvc, str(stand_in)))
    with subprocess.Popen(["bash", str(job)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "saved\n"
    assert process.returncode == 128 + signal.SIGINT


def test_a_job_is_told_so_early_that_a_training_has_all_the_time_that_the_guard_gives() -> None:
    assert SAVING + sum(seconds for _, seconds in ESCALATION[1:]) < WARNING_SECONDS


def test_a_name_that_would_break_the_script_is_refused() -> None:
    with pytest.raises(SettingsError, match="partition"):
        batch_script([], Path("/checkout"), Launch(), Request(partition="gpu\nrm"))


def test_the_verb_prints_the_script_and_refuses_a_stage_that_is_none() -> None:
    verb = [sys.executable, "-m", "mgiqa", "slurm", "--root", str(ROOT)]
    done = subprocess.run([*verb, "train"], capture_output=True, text=True, env=os.environ, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    checked(done.stdout)
    assert subprocess.run([*verb, "trane"], capture_output=True, text=True, cwd=ROOT).returncode == 2
