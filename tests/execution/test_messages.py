"""Log lines of the library reach Dagster, and nothing changes where Dagster is not."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from mgiqa.execution.messages import STARTED_BY_DAGSTER, relayed

PROGRAM = """
import logging
from mgiqa.errors import LabelError
from mgiqa.progress import progress_bar
from mgiqa.execution.messages import relayed

with relayed():
    with progress_bar("train: learning to rank", 60, every=0) as shown:
        shown.at(12, "reward 0.500")
    logging.getLogger("mgiqa.training.loop").debug("too much detail")
    logging.getLogger("other").info("somebody else")
    raise LabelError("row 3 has no name", remedy="Correct it.")
"""


def test_dagster_is_told_what_the_library_logs_and_why_it_refuses(tmp_path: Path) -> None:
    from dagster_pipes import encode_param

    context, messages = tmp_path / "context.json", tmp_path / "messages"
    run = {"asset_keys": ["policy"], "code_version_by_asset_key": {}, "provenance_by_asset_key": {}, "run_id": "r"}
    none = dict.fromkeys(("partition_key", "partition_key_range", "partition_time_window", "job_name"))
    context.write_text(json.dumps({**run, **none, "retry_number": 0, "extras": {}}), encoding="utf-8")
    messages.touch()
    environment = {
        STARTED_BY_DAGSTER: encode_param({"path": str(context)}),
        "DAGSTER_PIPES_MESSAGES": encode_param({"path": str(messages)}),
    }
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    sent = [json.loads(line) for line in messages.read_text(encoding="utf-8").splitlines()]
    assert [message["method"] for message in sent] == ["opened", "log", "log", "closed"]
    assert [(message["params"]["level"], message["params"]["message"]) for message in sent[1:3]] == [
        ("INFO", "train: learning to rank: 12 of 60, reward 0.500"),
        ("ERROR", "row 3 has no name. Correct it."),
    ]
    assert "exception" not in sent[3]["params"]
    assert "learning to rank" not in done.stdout + done.stderr.partition("Traceback")[0], "nobody is told twice"


def test_elsewhere_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(STARTED_BY_DAGSTER, raising=False)
    logger = logging.getLogger("mgiqa")
    before = (logger.level, list(logger.handlers))
    with relayed():
        assert (logger.level, logger.handlers) == before
