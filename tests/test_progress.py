"""Long work is never silent, and never talks without end."""

import os
import pty
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from mgiqa import progress
from mgiqa.progress import LINE, progress_bar, watched

PROGRAM = """
import time
from mgiqa.progress import progress_bar, watched

with progress_bar("train: learning to rank", 30, every={every}) as shown:
    for step in range(1, 31):
        time.sleep(0.01)
        for _ in watched(range(2), "answers to validation images", 2):
            pass
        shown.at(step, f"reward {{step / 100:.3f}}")
"""


def run(every: float, **environment: str) -> tuple[str, str]:
    command = [sys.executable, "-c", PROGRAM.format(every=every)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **environment})
    return done.stdout, done.stderr


def test_without_a_terminal_a_line_says_the_stage_the_step_and_a_figure() -> None:
    out, err = run(every=0)
    assert out == ""
    assert err.splitlines() == [
        f"train: learning to rank: {step} of 30, reward {step / 100:.3f}" for step in range(1, 31)
    ]
    assert all(LINE.fullmatch(line) for line in err.splitlines())


def test_of_several_processes_the_first_speaks() -> None:
    assert run(every=0, RANK="1") == ("", "")
    assert run(every=0, RANK="0")[1]


def test_ten_minutes_say_a_line_each_half_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    now = 0
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now))
    with progress_bar("base: vision pre-training", 600) as shown:
        for now in range(601):
            shown.at(now)
    assert capsys.readouterr().err.splitlines() == [
        f"base: vision pre-training: {second} of 600" for second in range(30, 601, 30)
    ]


def test_short_work_says_nothing(capsys: pytest.CaptureFixture) -> None:
    assert list(watched("abc", "looking at letters", 3)) == ["a", "b", "c"]
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_a_bar_inside_a_bar_and_no_lines() -> None:
    control, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(every=0)], stderr=terminal, stdout=subprocess.PIPE, env=environment
    ) as process:
        os.close(terminal)
        shown = b""
        while part := _read(control):
            shown += part
        assert process.wait() == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert "train: learning to rank ━" in text
    assert "answers to validation images ━" in text
    assert not [line for line in text.splitlines() if LINE.fullmatch(line.strip())]


def _read(control: int) -> bytes:
    try:
        return os.read(control, 1 << 16)
    except OSError:  # how Linux says that the other end is closed
        return b""
