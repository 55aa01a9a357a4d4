"""``mgiqa promote``, ``rollback`` and ``models`` as they are called."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mgiqa.cli import app
from mgiqa.errors import RegistryError
from mgiqa.workspace import Workspace
from tests.registry.entries import BETTER, GOOD, WORSE, Submit


@pytest.fixture
def root(workspace: Workspace) -> Path:
    workspace.params.write_text("promote: {resamples: 200}\n")
    return workspace.root


def call(*arguments: str, root: Path) -> Result:
    return CliRunner().invoke(app, [*arguments, "--root", str(root)])


def test_promote_ends_with_0_when_promoted_or_champion_already(root: Path, submit: Submit) -> None:
    submit("one", GOOD)
    promoted = call("promote", root=root)
    assert (promoted.exit_code, "version 1 is champion now" in promoted.stdout) == (0, True)
    again = call("promote", root=root)
    assert (again.exit_code, "Nothing changes" in again.stdout) == (0, True)


def test_promote_ends_with_3_and_reasons_when_the_gate_refuses(root: Path, submit: Submit) -> None:
    submit("one", GOOD)
    call("promote", root=root)
    submit("two", WORSE)
    refused = call("promote", root=root)
    assert refused.exit_code == 3
    assert "version 2 is not promoted; version 1 stays champion" in refused.stdout
    assert "resamples" in refused.stdout
    asked = call("promote", "--json", root=root)
    shown = json.loads(asked.stdout)
    assert (asked.exit_code, shown["outcome"], shown["champion"]) == (3, "refused", 1)
    assert shown["reasons"] and shown["figures"]["champion_srcc"] > shown["figures"]["srcc"]


def test_promote_without_a_challenger_is_an_error(root: Path) -> None:
    assert isinstance(call("promote", root=root).exception, RegistryError)


def test_rollback_says_what_it_did_and_that_there_is_no_more(root: Path, submit: Submit) -> None:
    for content, wrong in (("one", GOOD), ("two", BETTER)):
        submit(content, wrong)
        call("promote", root=root)
    assert call("rollback", root=root).stdout == "mgiqa version 1 is champion again, in place of version 2.\n"
    assert "stays champion: there is no promotion to undo" in call("rollback", root=root).stdout


def test_models_lists_versions_aliases_and_decisions(root: Path, submit: Submit) -> None:
    assert "No version of mgiqa is registered yet" in call("models", root=root).stdout
    submit("one", GOOD)
    call("promote", root=root)
    submit("two", WORSE)
    call("promote", root=root)
    rows = json.loads(call("models", "--json", root=root).stdout)
    shown = [(row["version"], row["aliases"], row["decision"]) for row in rows]
    assert shown == [(2, "challenger", "refused"), (1, "champion", "promoted")]
