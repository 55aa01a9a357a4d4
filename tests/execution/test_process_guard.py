"""A guarded command ends with its parent, and takes everything that it started along."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from mgiqa.execution.process_guard import guarded

FAMILY = """
import os, signal, subprocess, sys, time
# A child in a session of its own, as torchrun starts its workers, and one that is deaf to polite signals
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)  # {mark}"], start_new_session=True)
if {deaf}:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def mark(tmp_path: Path) -> str:
    """A word in the command lines of one test's processes, by which they are found."""
    return f"mark-{os.getpid()}-{tmp_path.name}"


def running(mark: str) -> list[int]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if any(mark in word for word in process.info["cmdline"] or ()) and process.info["status"] != "zombie":
            found.append(process.pid)
    return found


def gone_within(mark: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while running(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not running(mark)


def family(mark: str, deaf: bool = False) -> list[str]:
    return [sys.executable, "-c", FAMILY.format(mark=mark, deaf=deaf)]


def test_output_and_status_are_those_of_the_command(tmp_path: Path) -> None:
    program = "import sys, os; print(os.getcwd()); print(os.environ['WORD'], file=sys.stderr); sys.exit(7)"
    with guarded([sys.executable, "-c", program], tmp_path, {**os.environ, "WORD": "heard"}) as process:
        assert process.stdout is not None
        assert process.stdout.read().split() == [str(tmp_path), "heard"]
        assert process.wait() == 7


def test_a_command_that_a_signal_ends_has_the_status_of_a_shell(tmp_path: Path) -> None:
    program = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with guarded([sys.executable, "-c", program], tmp_path, os.environ) as process:
        assert process.wait() == 128 + signal.SIGKILL


def test_where_nobody_holds_a_pipe_the_command_runs_to_its_end() -> None:
    program = "import time; time.sleep(0.3); print('done')"
    guard = [sys.executable, "-m", "mgiqa.execution.process_guard", sys.executable, "-c", program]
    done = subprocess.run(guard, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_leaving_the_block_ends_the_command_and_what_it_started(tmp_path: Path, mark: str) -> None:
    with pytest.raises(KeyError), guarded(family(mark), tmp_path, os.environ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert len(running(mark)) == 3  # guardian, command, its child
        raise KeyError
    assert running(mark) == []


def test_what_the_command_left_behind_when_it_ended_is_ended_too(tmp_path: Path, mark: str) -> None:
    child = f"import time; time.sleep(600)  # {mark}"
    program = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)"
    with guarded([sys.executable, "-c", program], tmp_path, os.environ) as process:
        assert process.wait() == 0
    assert running(mark) == []


def test_a_killed_parent_takes_the_command_along(tmp_path: Path, mark: str) -> None:
    parent = textwrap.dedent(f"""
        import os, time
        from pathlib import Path
        from mgiqa.execution.process_guard import guarded
        with guarded({family(mark)!r}, Path({str(tmp_path)!r}), os.environ) as process:
            print(process.stdout.readline(), flush=True)
            time.sleep(600)
    """)
    started = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert "ready" in started.stdout.readline()
    started.kill()
    started.wait()
    started.stdout.close()
    assert gone_within(mark, 15)


def test_a_process_that_ignores_the_polite_signals_is_killed(mark: str) -> None:
    impatient = textwrap.dedent(f"""
        import signal, sys
        from mgiqa.execution import process_guard
        process_guard.ESCALATION = tuple((signum, 0.3) for signum, _ in process_guard.ESCALATION)
        sys.exit(process_guard.main({family(mark, deaf=True)!r}))
    """)
    guardian = subprocess.Popen(
        [sys.executable, "-c", impatient], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert guardian.stdin is not None and guardian.stdout is not None
    guardian.stdout.readline()
    guardian.stdin.close()
    assert guardian.wait(timeout=20) == 128 + signal.SIGKILL
    guardian.stdout.close()
    assert running(mark) == []


SAVES = """
import signal, sys, time
def save(*_):
    time.sleep(1)
    print("saved", flush=True)
    sys.exit(0)
signal.signal(signal.SIGINT, save)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize(("patience", "said"), [(20.0, "saved\n"), (0.0, "")])
def test_a_process_that_listens_is_given_time_to_save(patience: float, said: str) -> None:
    """More than one that does not; how much more is what is set here."""
    guardian = textwrap.dedent(f"""
        import sys
        from mgiqa.execution import process_guard
        process_guard.ESCALATION = tuple((signum, 0.3) for signum, _ in process_guard.ESCALATION)
        process_guard.SAVING = {patience}
        sys.exit(process_guard.main([sys.executable, "-c", {SAVES!r}]))
    """)
    with subprocess.Popen(
        [sys.executable, "-c", guardian], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.close()
        process.stdin = None
        assert process.stdout.read() == said


def test_a_signal_to_the_guardian_ends_everything(tmp_path: Path, mark: str) -> None:
    with guarded(family(mark), tmp_path, os.environ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 128 + signal.SIGTERM
        assert running(mark) == []


def test_a_killed_guardian_takes_the_command_along(tmp_path: Path, mark: str) -> None:
    command = [sys.executable, "-c", f"import time; print(flush=True); time.sleep(600)  # {mark}"]
    with guarded(command, tmp_path, os.environ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
        assert gone_within(mark, 15)
