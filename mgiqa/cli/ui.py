"""``mgiqa ui``: the pages of Dagster and MLflow, on this machine only, until Ctrl-C."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mgiqa.cli.stages import Root
from mgiqa.errors import MGIQAError
from mgiqa.quiet import SWITCHES
from mgiqa.workspace import Workspace

HOST = "127.0.0.1"
PATIENCE = 300.0
"""Seconds until a page must answer; on a busy laptop Dagster needs half a minute."""


@dataclass(frozen=True)
class Page:
    """A server to start.

    Attributes:
        name: shown to people.
        port: on the loopback interface.
        health: path that answers as soon as the page can be used.
        command: program and arguments.
        environment: the whole environment.
        log: file for what it prints.
        start: what people open first, below the address.
    """

    name: str
    port: int
    health: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    start: str = ""

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"


def add_to(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "ui",
        rich_help_panel="Look",
        epilog="Example: `mgiqa ui`. On a machine far away: `ssh -L 3000:localhost:3000 -L 5000:localhost:5000 HOST`.",
    )(ui)


def ui(
    port: Annotated[int, typer.Option(help="Port of Dagster.")] = 3000,
    mlflow_port: Annotated[int, typer.Option(help="Port of MLflow.")] = 5000,
    root: Root = None,
) -> None:
    """Open the pages of Dagster and MLflow; Ctrl-C stops both."""
    from mgiqa.registry.ending import Terminated, signals_raise
    from mgiqa.registry.server import START
    from mgiqa.settings import read_settings

    workspace = Workspace(root.resolve()) if root else Workspace.find()
    settings = read_settings(workspace.params)
    pages = [_dagster(workspace, port, settings.tracking.uri or f"http://{HOST}:{mlflow_port}")]
    if settings.tracking.uri:
        typer.echo(f"MLflow   {settings.tracking.uri.rstrip('/')}{START}")
    else:
        pages.append(_mlflow(workspace, mlflow_port))
    for page in pages:
        _refuse_taken(page)
    typer.echo("Starting; a busy machine takes a minute.")
    try:
        with signals_raise(), ExitStack() as stack:
            _serve(pages, workspace.root, stack)
    except Terminated:
        typer.echo("Stopped.")


def _serve(pages: Sequence[Page], root: Path, stack: ExitStack) -> None:
    from mgiqa.execution.process_guard import let_go

    processes = [stack.enter_context(_started(page, root)) for page in pages]
    for process in processes:
        stack.callback(let_go, process)  # so that they stop at the same time, not one after the other
    for page, process in zip(pages, processes, strict=True):
        _wait_for(page, process)
        typer.echo(f"{page.name:8} {page.address}{page.start}")
    typer.echo("Ctrl-C stops what was started here.")
    _watch(pages, processes)


def _dagster(workspace: Workspace, port: int, mlflow: str) -> Page:
    from mgiqa.registry.server import PAGE_VARIABLE

    home = Path(os.environ.get("DAGSTER_HOME", workspace.home / ".dagster")).resolve()
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, **SWITCHES, "DAGSTER_HOME": str(home), PAGE_VARIABLE: mlflow}
    command = [sys.executable, "-m", "orchestration.dev", "-m", "orchestration.definitions"]
    command += ["-d", str(workspace.root), "-h", HOST, "-p", str(port)]
    return Page("Dagster", port, "/server_info", command, environment, home / "logs" / "ui.log")


def _mlflow(workspace: Workspace, port: int) -> Page:
    from mgiqa.registry import server
    from mgiqa.settings import read_settings

    command = server.ui_command(workspace, read_settings(workspace.params), port)
    return Page("MLflow", port, "/health", command, server.environment(), workspace.tracking / "ui.log", server.START)


def _refuse_taken(page: Page) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, page.port))
        except OSError as error:
            option = "--port" if page.name == "Dagster" else "--mlflow-port"
            raise MGIQAError(
                f"port {page.port} for {page.name} is taken ({(error.strerror or 'unknown error').lower()})",
                remedy=f"Name another with {option}, or stop what uses it.",
            ) from error


@contextmanager
def _started(page: Page, root: Path) -> Iterator["subprocess.Popen[str]"]:
    from mgiqa.execution.process_guard import guarded

    page.log.parent.mkdir(parents=True, exist_ok=True)
    with page.log.open("w") as log, guarded(page.command, root, page.environment, log) as process:
        yield process


def _wait_for(page: Page, process: "subprocess.Popen[str]") -> None:
    import urllib.error
    import urllib.request

    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(page.address + page.health, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.3)
    raise MGIQAError(f"{page.name} did not start", remedy=f"What it printed is in {page.log}.")


def _watch(pages: Sequence[Page], processes: Sequence["subprocess.Popen[str]"]) -> None:
    while True:
        for page, process in zip(pages, processes, strict=True):
            if process.poll() is not None:
                raise MGIQAError(f"{page.name} has ended", remedy=f"What it printed is in {page.log}.")
        time.sleep(0.5)
