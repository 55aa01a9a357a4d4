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
    assert [re.sub(r", \d+ s left$", "", line) for line in err.splitlines()] == [
        f"train: learning to rank: {step} of 30, reward {step / 100:.3f}" for step in range(1, 31)
    ]
    assert all(LINE.fullmatch(line) for line in err.splitlines())


def test_of_several_processes_the_first_speaks() -> None:
    assert run(every=0, RANK="1") == ("", "")
    assert run(every=0, RANK="0")[1]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What time it is, as far as progress knows."""
    time = SimpleNamespace(now=0.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: time.now))
    return time


def test_ten_minutes_say_a_line_each_half_minute(clock: SimpleNamespace, capsys: pytest.CaptureFixture) -> None:
    with progress_bar("base: vision pre-training", 600) as shown:
        for clock.now in range(601):
            shown.at(clock.now)
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in said] == [
        f"base: vision pre-training: {second} of 600" for second in range(30, 601, 30)
    ]
    assert said[0].endswith(", 10 min left")
    assert said[-2].endswith(", 30 s left")
    assert said[-1] == "base: vision pre-training: 600 of 600"


def test_the_time_left_counts_neither_what_came_before_the_first_step_nor_steps_of_an_earlier_start(
    clock: SimpleNamespace, capsys: pytest.CaptureFixture
) -> None:
    with progress_bar("train: learning to rank", 100) as shown:
        clock.now = 500.0
        shown.at(41)  # resumed after 40 steps, and eight minutes of loading
        clock.now = 560.0
        shown.at(47, "reward 0.5")
    assert capsys.readouterr().err.splitlines() == [
        "train: learning to rank: 41 of 100",
        "train: learning to rank: 47 of 100, reward 0.5, 9 min left",
    ]


def test_the_end_of_long_work_is_told_however_soon_it_follows_another_line(
    clock: SimpleNamespace, capsys: pytest.CaptureFixture
) -> None:
    with progress_bar("evaluate: policy answers", 3) as shown:
        for clock.now in (20.0, 40.0, 41.0):
            shown.by(1)
    assert [line.partition(",")[0] for line in capsys.readouterr().err.splitlines()] == [
        "evaluate: policy answers: 2 of 3",
        "evaluate: policy answers: 3 of 3",
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
