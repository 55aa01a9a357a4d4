"""The index of the decisions holds every one of them, and leads to it."""

from generated.decisions import list_decisions

from tests.documents import ROOT


def test_every_decision_is_in_the_index(tmp_path) -> None:
    folder = tmp_path / "docs" / "decisions"
    folder.mkdir(parents=True)
    (folder / "index.md").write_text("# Decisions\n\n## Not one\n")
    (folder / "reward.md").write_text("# Reward\n\n## The `variance` is fixed, here\n\nWhy.\n\n## Another one\n")
    assert list_decisions(tmp_path).splitlines() == [
        "## [Reward](reward.md)",
        "",
        "* [The `variance` is fixed, here](reward.md#the-variance-is-fixed-here)",
        "* [Another one](reward.md#another-one)",
    ]


def test_decisions_have_one_home() -> None:
    assert not (ROOT / "docs" / "decisions.md").exists(), "docs/decisions/ has a page for each part of the project"
    assert len(list_decisions(ROOT).splitlines()) > 50
