"""The pages that ``mgiqa ui`` opens, over the real graph with short programs, and a browser to look at them."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from mgiqa.pipeline import STAGES

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
PROGRAM = """
import signal, sys, time
from pathlib import Path
from PIL import Image, ImageDraw
from mgiqa.attributes import KEYS
from mgiqa.records import Check, Summary
from mgiqa.registry.pages import note_pages
from mgiqa.pipeline import STAGES
from mgiqa.workspace import Workspace

verb, out = sys.argv[1], Path(sys.argv[2])
if Path("deaf").exists():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
while Path("hold").exists():
    Path("held").touch()
    time.sleep(0.1)
out.mkdir(parents=True)
picture = Image.new("RGB", (320, 160), "white")
ImageDraw.Draw(picture).line([(10, 150), (120, 90), (310, 20)], fill="navy", width=3)
picture.save(out / "plot.png")
(out / "page.html").write_text("<h1>What it found</h1><script>document.body.textContent = 'ran'</script>")
rows = [{"attribute": key, "srcc": 0.5 + 0.05 * i, "images": 60} for i, key in enumerate(KEYS)]
Summary(
    verb,
    facts={"images": 240, "contents": 40, "share in quarantine": 1 / 80, "SRCC": 5 / 6, "digest": verb},
    tables={"Per attribute": rows, "Set aside": [{"reason": "its image is missing", "rows": 9, "first": "a.png"}]},
    checks=tuple(
        Check(name, not Path(f"fail-{name}").exists(), f"{text} (240 of 240)", tables=("Set aside",))
        for name, text in STAGES[verb].checks.items()
    ),
    plots={"Over steps": "plot.png"},
    pages={"Report": "page.html"},
).write(out)
note_pages(Workspace(Path.cwd()), verb, {"MLflow run": f"#/experiments/1/runs/{verb}"})
"""


@dataclass(frozen=True)
class Pages:
    """What ``mgiqa ui`` has started.

    Attributes:
        root: the workspace.
        dagster: address.
        mlflow: address.
        printed: what ``mgiqa ui`` says of MLflow.
        process: the command.
    """

    root: Path
    dagster: str
    mlflow: str
    printed: str
    process: psutil.Process


@pytest.fixture(scope="session")
def short_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the stages of the real graph, each a program that takes a moment, after ``dvc repro``."""
    return write_short_pipeline(tmp_path_factory.mktemp("pages") / "workspace")


@pytest.fixture(scope="session")
def pages(short_pipeline: Path) -> Iterator[Pages]:
    """``mgiqa ui`` over that workspace; when it is asked to stop, nothing may be left running."""
    ports = free_ports(2)
    command = [sys.executable, "-m", "mgiqa", "ui", "--port", str(ports[0]), "--mlflow-port", str(ports[1])]
    process = psutil.Popen(command, cwd=short_pipeline, env=environment(), stdout=subprocess.PIPE, text=True)
    said = ""
    while "Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, f"mgiqa ui ended:\n{said}"
        said += line
    addresses = dict(re.findall(r"^(\w+) +(http://\S+)$", said, re.MULTILINE))
    yield Pages(
        short_pipeline, addresses["Dagster"], addresses["MLflow"].partition("/#")[0], addresses["MLflow"], process
    )
    started = process.children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == 0
    assert process.stdout.read() == "Stopped.\n"
    assert [left for left in started if left.is_running() and left.status() != psutil.STATUS_ZOMBIE] == []


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium, one for all tests: Playwright can be started only once at a time."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install playwright"
    )
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    """A fresh tab; what is not there in a minute is missing."""
    page = chromium.new_page(viewport={"width": 1600, "height": 1400})
    page.set_default_timeout(180_000)
    yield page
    page.close()


def write_short_pipeline(root: Path) -> Path:
    """Writes the real graph with short programs into the new folder ``root`` and runs it."""
    root.mkdir()
    shutil.copy(ROOT / "params.yaml", root)
    (root / ".dagster").mkdir()
    shutil.copy(ROOT / ".dagster" / "dagster.yaml", root / ".dagster")
    (root / "make.py").write_text(PROGRAM, encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    for name, stage in content["stages"].items():
        body = stage.get("do", stage)
        body["cmd"] = f"python make.py {name} data/{STAGES[name].output.format(dataset='${key}')}"
        body["deps"] = ["make.py", *(path for path in body["deps"] if path.startswith("data/"))]
    (root / "dvc.yaml").write_text(yaml.safe_dump({"stages": content["stages"]}, sort_keys=False), encoding="utf-8")
    for command in (["init", "-q", "--no-scm"], ["repro", "-q"]):
        subprocess.run([sys.executable, "-m", "dvc", *command], cwd=root, env=environment(), check=True)
    return root


def environment() -> dict[str, str]:
    """This Python first on the path, and no Dagster of the user."""
    own = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    return {**own, "PATH": f"{Path(sys.executable).parent}:{own['PATH']}"}


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody uses now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in sockets]
    for server in sockets:
        server.close()
    return ports


def wait_until(true: Any, seconds: float = 60) -> None:
    """Waits until ``true()`` holds; fails the test if it does not in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
