"""SPAQ: phone photographs as they come, with several faults at once; the whole and five attributes.

Layout: ``TestImage/00001.jpg`` and on, and ``Annotations/MOS and Image attribute scores.xlsx``. All scores run from 0
to 100 and higher is better, ``Noisiness`` included. There are no standard deviations, and no two images share a scene.
"""

from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from mgiqa.datasets.sample.distortions import DISTORTIONS, Applied, distort
from mgiqa.datasets.sample.files import write_picture, write_workbook
from mgiqa.datasets.sample.panel import Panel, Scale
from mgiqa.datasets.sample.perception import perceived
from mgiqa.datasets.sample.sources import generator, source
from mgiqa.parallel import in_parallel
from mgiqa.settings.data import Sample

_COLUMNS = {
    "MOS": "overall",
    "Brightness": "brightness",
    "Colorfulness": "color",
    "Contrast": "contrast",
    "Noisiness": "noise",
    "Sharpness": "sharpness",
}
"""Column → the truth that its raters were asked for."""

_FAULTS = {
    "blur": ("gaussian_blur", "lens_blur", "motion_blur"),
    "light": ("brighten", "darken", "low_contrast", "high_contrast"),
    "color": ("color_cast", "desaturation", "oversaturation"),
    "grain": ("white_noise", "chroma_noise", "jpeg"),
}
"""The faults that meet in one image, in the order they happen."""

_SCALE = Scale(0, 100, 1)
_RATERS = 18


def write(folder: Path, settings: Sample) -> None:
    """Writes the sample into ``folder``: ``contents`` × ``versions`` images, each of its own scene."""
    panel = Panel.drawn(generator(settings.seed, "spaq", "panel"), _RATERS, slip=0.12)
    rows = in_parallel(partial(_rated, folder, settings, panel), range(settings.contents * settings.versions))
    write_workbook(folder / "Annotations" / "MOS and Image attribute scores.xlsx", [("Image name", *_COLUMNS), *rows])


def _rated(folder: Path, settings: Sample, panel: Panel, index: int) -> tuple[str | float, ...]:
    """Writes one image and returns its row of the label file."""
    name = f"{index + 1:05d}.jpg"
    rng = generator(settings.seed, "spaq", name)
    clean = source(settings.seed, "spaq", index, settings.size, every=5)
    steps = _faults(rng)
    write_picture(distort(clean, steps, rng), folder / "TestImage" / name)
    truth = asdict(perceived(steps, clean))
    return name, *(round(float(panel.vote(truth[asked], _SCALE, rng).mean()), 2) for asked in _COLUMNS.values())


def _faults(rng: np.random.Generator) -> list[Applied]:
    """One fault of every kind, or none of a kind; most are slight, few are gross."""
    steps = []
    for names in _FAULTS.values():
        name, level, present = rng.choice(names), 5 * rng.beta(1.1, 1.1), rng.random() < 0.55
        if present:
            steps.append(Applied(DISTORTIONS[name], float(level)))
    return steps
