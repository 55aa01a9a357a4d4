"""The page of ``dvc plots show`` in a browser that has no network: every plot is there."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from PIL import Image

from tests.browser.conftest import ROOT, environment

pytestmark = pytest.mark.browser


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the project's plots in its ``dvc.yaml``, and what they are of."""
    plots = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["plots"]
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"plots": plots}), encoding="utf-8")
    figures = tmp_path / "data" / "report" / "figures"
    figures.mkdir(parents=True)
    for name in ("scatter-spaq.png", "training-reward.png"):
        Image.new("RGB", (64, 48), "navy").save(figures / name)
    for command in (["init", "-q", "--no-scm"], ["plots", "show", "-o", "shown"]):
        subprocess.run([sys.executable, "-m", "dvc", *command], cwd=tmp_path, env=environment(), check=True)
    return tmp_path


def test_every_plot_is_shown_and_nothing_is_fetched(checkout: Path, chromium) -> None:
    page = chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((checkout / "shown" / "index.html").as_uri())
    page.wait_for_load_state("networkidle")
    widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    text = page.inner_text("body")
    page.close()
    assert widths == [64, 64]
    assert all(name in text for name in ("scatter-spaq.png", "training-reward.png"))
    assert all(url.startswith("file://") for url in asked), asked
