"""What a person sees in Dagster: the graph, a result with its figures and pictures, and its checks."""

import subprocess
import sys
from typing import Any

import pytest

from mgiqa.pipeline import STAGES
from mgiqa.records import Summary
from orchestration.versions import read_lock
from tests.browser.conftest import Pages, environment

pytestmark = pytest.mark.browser

GROUPS = {
    "raw_data": ["kadid10k", "spaq", "agiqa3k", "para"],
    "checked_data": ["kadid10k", "spaq", "agiqa3k", "para", "aligned_scores"],
    "training": ["base_model", "warmup_model", "policy"],
    "evaluation": ["benchmark_results", "benchmark_report"],
    "release": ["registered_model", "champion"],
}


@pytest.fixture(scope="module", autouse=True)
def noticed(pages: Pages) -> None:
    """Waits until Dagster has noticed, by itself, what ``dvc repro`` did before it was started."""
    from dagster_graphql import DagsterGraphQLClient

    from tests.browser.conftest import wait_until

    client = DagsterGraphQLClient("127.0.0.1", port_number=int(pages.dagster.rpartition(":")[2]))
    query = "{ assetNodes { assetMaterializations(limit: 1) { timestamp } } }"

    def materialized() -> int:
        return sum(bool(node["assetMaterializations"]) for node in client._execute(query)["assetNodes"])

    wait_until(lambda: materialized() == 15, 120)


@pytest.mark.parametrize("group", GROUPS)
def test_the_graph_shows_every_asset_of_a_group(pages: Pages, tab: Any, group: str) -> None:
    tab.goto(f"{pages.dagster}/locations/orchestration.definitions/asset-groups/{group}/lineage")
    for asset in GROUPS[group]:
        tab.locator("foreignObject").get_by_text(asset, exact=True).first.wait_for()


def test_the_whole_graph_starts_as_five_boxes(pages: Pages, tab: Any) -> None:
    tab.goto(f"{pages.dagster}/asset-groups")
    for group in GROUPS:
        tab.locator("foreignObject").get_by_text(group, exact=True).wait_for()


def test_a_result_shows_its_figures_its_hash_and_where_it_came_from(pages: Pages, tab: Any) -> None:
    summary = Summary.read(pages.root / "data" / "models" / "policy")
    tab.goto(f"{pages.dagster}/assets/policy")
    tab.get_by_text("Learn to rank by GRPO").first.wait_for()
    shown = summary.facts | {"share in quarantine": 0.0125, "SRCC": 0.833}
    for name, value in shown.items():
        row = tab.get_by_role("row").filter(has=tab.get_by_role("cell", name=name, exact=True))
        row.get_by_text(str(value), exact=True).wait_for()
    rows = summary.tables["Per attribute"]
    table = tab.get_by_role("table").filter(has=tab.get_by_text("srcc", exact=True)).last
    assert table.get_by_role("row").all_inner_texts()[1:] == [
        f"{row['attribute']}\t{row['srcc']:.3f}\t{row['images']}" for row in rows
    ]
    tab.get_by_text(read_lock(pages.root)["train"].data_version, exact=True).wait_for()
    tab.get_by_text("ran outside Dagster", exact=True).wait_for()


def test_a_plot_opens_as_a_picture(pages: Pages, tab: Any) -> None:
    tab.goto(f"{pages.dagster}/assets/policy")
    tab.get_by_text("[Show Markdown]").first.click()
    picture = tab.get_by_role("img", name="Over steps")
    picture.wait_for()
    assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [320, 160]


def test_the_link_to_the_run_leads_to_the_pages_of_mlflow(pages: Pages, tab: Any) -> None:
    tab.goto(f"{pages.dagster}/assets/policy")
    tab.locator(f"a[href^='{pages.mlflow}/#/experiments/1/runs/']").first.wait_for()


def test_the_printed_address_of_mlflow_opens_the_pages_for_training(pages: Pages, tab: Any) -> None:
    tab.goto(pages.printed)
    tab.get_by_role("link", name="mgiqa", exact=True).wait_for()
    assert "workflowType=machine_learning" in tab.url
    tab.get_by_text("Model training", exact=True).first.wait_for()


def test_a_page_that_a_stage_wrote_opens_from_its_asset_and_runs_nothing(pages: Pages, tab: Any) -> None:
    tab.goto(f"{pages.dagster}/assets/policy")
    link = tab.locator("a[href$='/outputs/models/policy/page.html']").first
    link.wait_for()
    with tab.expect_popup() as opened:
        link.click()
    opened.value.get_by_role("heading", name="What it found").wait_for()
    opened.value.close()


def test_a_failed_check_says_its_sentence_and_shows_what_it_rests_on_and_no_trace(pages: Pages, tab: Any) -> None:
    from dagster import DagsterRunStatus
    from dagster_graphql import DagsterGraphQLClient

    from mgiqa.settings.presets import Preset, use_preset
    from tests.browser.conftest import wait_until

    client = DagsterGraphQLClient("127.0.0.1", port_number=int(pages.dagster.rpartition(":")[2]))
    params = pages.root / "params.yaml"
    before, sentence = (
        params.read_text(encoding="utf-8"),
        f"{STAGES['normalize'].checks['splits_disjoint']} (240 of 240)",
    )
    try:
        use_preset(params, Preset("other", {}, {"normalize": {"val": 0.2}}))
        (pages.root / "fail-splits_disjoint").touch()
        run = client.submit_job_execution("data")
        wait_until(lambda: client.get_run_status(run) is DagsterRunStatus.FAILURE, 300)
        tab.goto(f"{pages.dagster}/assets/aligned_scores?view=checks")
        tab.get_by_text("splits_disjoint", exact=True).first.click()
        tab.get_by_text(sentence).first.wait_for()
        tab.get_by_text("Failed", exact=True).first.wait_for()
        tab.get_by_text("[Show Markdown]").first.click()
        tab.get_by_role("cell", name="its image is missing").wait_for()
        tab.goto(f"{pages.dagster}/runs/{run}")
        tab.get_by_text(f"splits_disjoint: {sentence}").first.wait_for()
        assert "Traceback" not in tab.content() and 'File "' not in tab.content()
    finally:
        (pages.root / "fail-splits_disjoint").unlink(missing_ok=True)
        params.write_text(before, encoding="utf-8")
        subprocess.run([sys.executable, "-m", "dvc", "repro", "-q"], cwd=pages.root, env=environment(), check=True)


@pytest.mark.parametrize(("asset", "verb"), [("validated_dataset/spaq", "validate"), ("policy", "train")])
def test_the_checks_of_a_result_are_named_and_green(pages: Pages, tab: Any, asset: str, verb: str) -> None:
    tab.goto(f"{pages.dagster}/assets/{asset}?view=checks")
    for name, text in STAGES[verb].checks.items():
        tab.get_by_text(name, exact=True).first.click()
        tab.get_by_text(f"{text} (240 of 240)").wait_for()
        tab.get_by_text("Passed", exact=True).wait_for()
        tab.get_by_text("blocking", exact=True).wait_for()


def test_jobs_and_automation_are_there_and_what_costs_is_off(pages: Pages, tab: Any) -> None:
    from playwright.sync_api import expect

    tab.goto(f"{pages.dagster}/jobs")
    for job in ("pipeline", "data", "release"):
        tab.get_by_text(job, exact=True).locator("visible=true").first.wait_for()
    tab.goto(f"{pages.dagster}/automation")
    rows = {
        name: tab.locator("[data-index]").filter(has=tab.get_by_text(name, exact=True))
        for name in ("runs_outside_dagster", "new_candidate", "nightly")
    }
    switches = {name: row.get_by_role("checkbox").nth(1) for name, row in rows.items()}  # the first one selects the row
    expect(switches["runs_outside_dagster"]).to_be_checked(timeout=60_000)
    tab.wait_for_load_state("networkidle")  # a row is drawn before its state is known
    assert {name: switch.is_checked() for name, switch in switches.items()} == {
        "runs_outside_dagster": True,
        "new_candidate": False,
        "nightly": False,
    }
