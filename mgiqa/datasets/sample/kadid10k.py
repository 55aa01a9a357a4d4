"""KADID-10k: references, distorted one way at a time in five levels; one score, the whole.

Layout: ``images/I01.png`` and ``images/I01_01_01.png`` in one folder, and ``dmos.csv`` with
``dist_img,ref_img,dmos,var``. ``dmos`` runs from 1 to 5 and higher is better, in spite of its name; ``var`` is the
variance of the votes.
"""

from functools import partial
from pathlib import Path

from mgiqa.datasets.sample.distortions import DISTORTIONS, Applied, distort
from mgiqa.datasets.sample.files import write_csv, write_picture
from mgiqa.datasets.sample.panel import Panel, Scale
from mgiqa.datasets.sample.perception import perceived
from mgiqa.datasets.sample.sources import generator, source
from mgiqa.parallel import in_parallel
from mgiqa.settings.data import Sample

TYPES = {
    1: "gaussian_blur",
    2: "lens_blur",
    3: "motion_blur",
    5: "color_cast",
    6: "color_quantization",
    7: "oversaturation",
    8: "desaturation",
    9: "jpeg2000",
    10: "jpeg",
    11: "white_noise",
    12: "chroma_noise",
    13: "impulse_noise",
    16: "brighten",
    17: "darken",
    21: "pixelation",
    25: "low_contrast",
}
"""Official number of a distortion type → what the sample does for it."""

_SCALE = Scale(1, 5, 1)
_RATERS = 30


def write(folder: Path, settings: Sample) -> None:
    """Writes the sample into ``folder``: ``contents`` references and ``versions`` distorted images of each."""
    panel = Panel.drawn(generator(settings.seed, "kadid10k", "panel"), _RATERS, slip=0.17)
    rows = in_parallel(partial(_rated, folder, settings, panel), range(settings.contents))
    header = ("dist_img", "ref_img", "dmos", "var")
    write_csv(folder / "dmos.csv", [header, *(row for group in rows for row in group)])


def _rated(folder: Path, settings: Sample, panel: Panel, content: int) -> list[tuple[str, str, str, str]]:
    """Writes one reference and its distorted images, and returns the rows of the label file."""
    reference = f"I{content + 1:02d}"
    clean = source(settings.seed, "kadid10k", content, settings.size, every=2)
    write_picture(clean, folder / "images" / f"{reference}.png")
    rows = []
    for number, level in _chosen(settings, content):
        name = f"{reference}_{number:02d}_{level:02d}.png"
        rng = generator(settings.seed, "kadid10k", name)
        steps = (Applied(DISTORTIONS[TYPES[number]], level),)
        write_picture(distort(clean, steps, rng), folder / "images" / name)
        votes = panel.vote(perceived(steps, clean).overall, _SCALE, rng)
        rows.append((name, f"{reference}.png", f"{votes.mean():.2f}", f"{votes.var(ddof=1):.3f}"))
    return rows


def _chosen(settings: Sample, content: int) -> list[tuple[int, int]]:
    """The (type, level) pairs of one reference; over all references, types and levels are used about equally."""
    rng = generator(settings.seed, "kadid10k", "types", content)
    numbers = list(TYPES)
    chosen = []
    for place in range(content * settings.versions, (content + 1) * settings.versions):
        level = 1 + (place // len(numbers) + place + int(rng.integers(2))) % 5
        chosen.append((numbers[place % len(numbers)], level))
    return sorted(chosen)
