"""``mgiqa ui``: what it starts is reachable from this machine only, and ends when it is told to."""

import json
import subprocess
import sys
import urllib.error
import urllib.request

import psutil
import pytest

from mgiqa.settings import read_settings
from mgiqa.settings.presets import Preset, use_preset
from tests.browser.conftest import Pages, environment, wait_until


def test_both_pages_answer(pages: Pages) -> None:
    with urllib.request.urlopen(f"{pages.dagster}/server_info") as answer:
        assert "dagster_webserver_version" in json.load(answer)
    with urllib.request.urlopen(f"{pages.mlflow}/health") as answer:
        assert answer.read() == b"OK"


def test_everything_listens_on_the_loopback_interface_only(pages: Pages) -> None:
    listening = [
        connection.laddr.ip
        for process in [pages.process, *pages.process.children(recursive=True)]
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 2
    assert set(listening) == {"127.0.0.1"}


@pytest.mark.parametrize("host", ["evil.example", "10.evil.example", "192.168.evil.example:3000"])
def test_a_foreign_name_is_answered_by_neither_page(pages: Pages, host: str) -> None:
    mlflow = "/api/2.0/mlflow/experiments/search?max_results=1"
    for address in (f"{pages.dagster}/graphql?query=%7Bversion%7D", pages.mlflow + mlflow):
        with urllib.request.urlopen(address) as answer:
            assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(address, headers={"Host": host}))
        assert refused.value.code in (400, 403)


def test_a_port_in_use_is_refused_in_one_sentence(pages: Pages) -> None:
    port = pages.dagster.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "mgiqa", "ui", "--port", port],
        cwd=pages.root, env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"mgiqa: port {port} for Dagster is taken")
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_terminating_a_run_leaves_no_process_and_no_record(pages: Pages) -> None:
    from dagster import DagsterRunStatus
    from dagster_graphql import DagsterGraphQLClient

    client = DagsterGraphQLClient("127.0.0.1", port_number=int(pages.dagster.rpartition(":")[2]))
    params, lock = pages.root / "params.yaml", (pages.root / "dvc.lock").read_bytes()
    before = params.read_text(encoding="utf-8")
    try:
        use_preset(params, Preset("longer", {}, {"train": {"steps": read_settings(params).train.steps + 1}}))
        (pages.root / "hold").touch()
        run = client.submit_job_execution("pipeline")
        wait_until((pages.root / "held").exists, 120)
        at_work = [process for process in pages.process.children(recursive=True) if "make.py" in process.cmdline()]
        assert len(at_work) == 1
        client.terminate_run(run)
        wait_until(lambda: client.get_run_status(run) is DagsterRunStatus.CANCELED)
        wait_until(lambda: not at_work[0].is_running(), 10)
        assert (pages.root / "dvc.lock").read_bytes() == lock
    finally:
        (pages.root / "hold").unlink()
        params.write_text(before, encoding="utf-8")
        subprocess.run([sys.executable, "-m", "dvc", "repro", "-q"], cwd=pages.root, env=environment(), check=True)


@pytest.mark.parametrize("option", ["--help"])
def test_help_says_how_to_look_from_afar(option: str) -> None:
    done = subprocess.run([sys.executable, "-m", "mgiqa", "ui", option], capture_output=True, text=True, check=True)
    assert "ssh -L" in done.stdout
