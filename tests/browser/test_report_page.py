"""The report as a person sees it, in headless Chromium, at a desk and on a phone."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mgiqa.settings import check_settings
from mgiqa.stages.report import run
from mgiqa.workspace import Workspace
from tests.bench import write_bench

pytestmark = pytest.mark.browser

MOVED = """[...document.querySelectorAll('.wide')].filter(box => box.scrollWidth > box.clientWidth).map(box => {
  box.scrollLeft = 9999;
  const [left, right] = [box.getBoundingClientRect().left, box.getBoundingClientRect().right];
  const names = [...box.querySelectorAll('tbody th')].map(cell => {
    const shown = (cell.querySelector('span') || cell).getBoundingClientRect();
    return {text: cell.innerText.trim(), left: shown.left, right: shown.right};
  });
  box.scrollLeft = 0;
  return {left, right, names};
})"""
"""Tables that are wider than the page: where the names of their rows are when the table is moved to its end."""
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    run(check_settings({"report": {"gallery": 12}}), write_bench(Workspace(tmp_path_factory.mktemp("bench"))), folder)
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


@contextmanager
def unfolded(page) -> Iterator[None]:
    """Inside the block everything is open that is folded on a phone."""
    page.evaluate("document.querySelectorAll('.fold').forEach(fold => { fold.open = true })")
    yield
    page.evaluate("document.querySelectorAll('.fold').forEach(fold => { fold.open = false })")


def test_nothing_complains_and_nothing_is_fetched(page, address):
    assert page.complaints == []
    assert {url for url in page.requests if not url.startswith("data:")} == {address}


def test_every_image_is_there(page):
    page.evaluate("document.querySelectorAll('img').forEach(image => { image.loading = 'eager' })")
    page.wait_for_function("[...document.images].every(image => image.complete)")
    widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert len(widths) == 9
    assert all(width == 84 for width in widths)


def test_every_plot_is_drawn_inside_the_page(page):
    with unfolded(page):
        boxes = page.evaluate(
            "[...document.querySelectorAll('figure svg')].map(plot => plot.getBoundingClientRect().toJSON())"
        )
    assert len(boxes) == 7
    width = page.evaluate("document.documentElement.clientWidth")
    assert all(box["width"] > 120 and box["height"] > 80 for box in boxes)
    assert all(box["left"] >= 0 and box["right"] <= width for box in boxes)


def test_what_is_folded_on_a_phone_is_there_at_a_desk(page):
    folds = page.locator(".fold").all()
    assert len(folds) > 8
    at_desk = page.viewport_size == DESK
    for fold in folds:
        assert fold.locator("summary").is_visible() != at_desk
        assert fold.locator("> :not(summary)").first.is_visible() == at_desk


def test_the_name_of_a_row_stays_while_its_table_is_moved(page):
    with unfolded(page):
        tables = page.evaluate(MOVED)
    assert len(tables) > 3 or page.viewport_size == DESK
    for box in tables:
        assert all(name["text"] for name in box["names"]), box
        assert all(box["left"] - 1 <= name["left"] < name["right"] <= box["right"] for name in box["names"]), box


def test_a_table_that_goes_on_has_a_shade_at_that_side(chromium, address):
    opened = chromium.new_page(viewport=PHONE)
    opened.goto(address)
    box = opened.locator("#lineage").locator("..")
    shades = []
    for place in (0, 9999):
        box.evaluate("(box, place) => { box.scrollLeft = place; }", place)
        picture = Image.open(BytesIO(box.screenshot())).convert("L")
        shades.append(np.asarray(picture, float)[:, -3:].mean())
    opened.close()
    assert shades[0] < shades[1] - 20


def test_pictures_stand_one_per_row_on_a_phone(page):
    tops = page.evaluate(
        "[...document.querySelectorAll('.card img')].map(picture => picture.getBoundingClientRect().top)"
    )
    assert (len(set(tops)) == len(tops)) == (page.viewport_size == PHONE)


def test_no_name_is_cut(page):
    width = page.evaluate(
        "(() => { const name = document.querySelector('.head span'), before = name.textContent;"
        "name.textContent = 'a_name_that_is_long_'.repeat(6) + '.png';"
        "const shown = [name.scrollWidth, name.clientWidth]; name.textContent = before; return shown; })()"
    )
    assert width[0] <= width[1]
    with unfolded(page):
        ends = page.evaluate(
            "[...document.querySelectorAll('svg text')].map(text => text.getBoundingClientRect().right)"
        )
    assert max(ends) <= page.viewport_size["width"]


def test_the_page_is_short_enough_for_a_phone(page):
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height < 8000 or page.viewport_size == DESK


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
    with unfolded(page):
        assert "the overall is judged" in card.inner_text()
    assert card.locator("img").get_attribute("alt")


def test_attributes_stand_beside_copying(page):
    table = page.locator("#validity")
    assert "SPAQ" in table.inner_text()
    assert {"Sharpness", "Color fidelity", "Noise"} <= set(table.locator("tbody th").all_inner_texts())


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
