"""The report as a person sees it, in headless Chromium, at a desk and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mgiqa.settings import check_settings
from mgiqa.stages.report import run
from mgiqa.workspace import Workspace
from tests.bench import write_bench

pytestmark = pytest.mark.browser

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    run(check_settings({"report": {"gallery": 6}}), write_bench(Workspace(tmp_path_factory.mktemp("bench"))), folder)
    return (folder / "report.html").as_uri()


@pytest.fixture(scope="module", params=[DESK, PHONE], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, chromium, address: str) -> Iterator:
    opened = chromium.new_page(viewport=request.param)
    opened.complaints, opened.requests = [], []
    opened.on("console", lambda message: opened.complaints.append(message.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.on("requestfailed", lambda failed: opened.complaints.append(failed.url))
    opened.on("request", lambda made: opened.requests.append(made.url))
    opened.goto(address)
    opened.wait_for_load_state("networkidle")
    yield opened
    opened.close()


def test_nothing_complains_and_nothing_is_fetched(page, address):
    assert page.complaints == []
    assert {url for url in page.requests if not url.startswith("data:")} == {address}


def test_every_image_is_there(page):
    page.evaluate("document.querySelectorAll('img').forEach(image => { image.loading = 'eager' })")
    page.wait_for_function("[...document.images].every(image => image.complete)")
    widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert len(widths) == 5
    assert all(width == 84 for width in widths)


def test_every_plot_is_drawn_inside_the_page(page):
    boxes = page.evaluate(
        "[...document.querySelectorAll('figure svg')].map(plot => plot.getBoundingClientRect().toJSON())"
    )
    assert len(boxes) == 7
    width = page.evaluate("document.documentElement.clientWidth")
    assert all(box["width"] > 120 and box["height"] > 80 for box in boxes)
    assert all(box["left"] >= 0 and box["right"] <= width for box in boxes)


def test_nothing_sticks_out_sideways(page):
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_headline_shows_that_the_policy_is_better(page):
    row = page.get_by_role("row", name="Overall").first
    base, warmup, policy, gain = row.get_by_role("cell").all_text_contents()[-4:]
    assert base == "–"
    assert float(policy) > float(warmup)
    assert float(gain.split()[0]) > 0
    assert "96.7" in page.get_by_role("row", name="Answers read").text_content()


def test_each_section_of_the_navigation_is_reached(page):
    for link in page.locator("nav a").all():
        target = link.get_attribute("href")
        assert page.locator(target).count() == 1, target
    page.get_by_role("link", name="Images").click()
    assert page.locator("#images h2").is_visible()


def test_a_case_tells_what_people_and_model_say(page):
    card = page.locator("#images .card").first
    assert "the overall is judged" in card.inner_text()
    assert card.locator("img").get_attribute("alt")


def test_attributes_stand_beside_copying(page):
    table = page.locator("#validity")
    assert "SPAQ" in table.inner_text()
    assert {"Sharpness", "Color fidelity", "Noise"} <= set(table.locator("td.text").all_inner_texts())


def test_the_page_follows_a_dark_scheme(chromium, address):
    colors = []
    for scheme in ("light", "dark"):
        opened = chromium.new_page(color_scheme=scheme)
        opened.goto(address)
        colors.append(opened.evaluate("getComputedStyle(document.body).backgroundColor"))
        opened.close()
    assert colors[0] != colors[1]


def test_the_page_is_one_file(address):
    assert [path.name for path in Path(address.removeprefix("file://")).parent.glob("*.html")] == ["report.html"]
