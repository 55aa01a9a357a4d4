"""AGIQA-3K: the same prompts given to several image generators; quality, and agreement with the prompt.

Layout: ``images/sd1.5_normal_000.jpg`` (the number is that of the prompt) and ``data.csv`` with lines ended by CRLF:
``name,prompt,adj1,adj2,style,mos_quality,std_quality,mos_align,std_align``. Scores run from 0 to 5, and the lowest is
exactly 0: votes are standardized per rater, and the worst image becomes the end of the scale.
"""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mgiqa.datasets.sample.files import write_csv, write_picture
from mgiqa.datasets.sample.generators import GENERATORS, generated
from mgiqa.datasets.sample.panel import Panel, Scale
from mgiqa.datasets.sample.perception import perceived
from mgiqa.datasets.sample.prompts import prompt
from mgiqa.datasets.sample.sources import generator
from mgiqa.parallel import in_parallel
from mgiqa.settings.data import Sample

HEADER = ("name", "prompt", "adj1", "adj2", "style", "mos_quality", "std_quality", "mos_align", "std_align")
_SCALE = Scale(0, 5, 0.1)
_RATERS = 20

_STEP = 1.2
"""Points of the scale per standard deviation of a rater's votes."""


def write(folder: Path, settings: Sample) -> None:
    """Writes the sample into ``folder``: ``contents`` prompts, each drawn by ``versions`` generators."""
    panel = Panel.drawn(generator(settings.seed, "agiqa3k", "panel"), _RATERS, slip=0.13)
    drawn = [(name, number) for name in list(GENERATORS)[: settings.versions] for number in range(settings.contents)]
    asked, quality, agreement = zip(*in_parallel(partial(_rated, folder, settings, panel), drawn), strict=True)
    scores = zip(*_standardized(np.array(quality)), *_standardized(np.array(agreement)), strict=True)
    rows = [(*text, *(f"{score:.9f}" for score in row)) for text, row in zip(asked, scores, strict=True)]
    write_csv(folder / "data.csv", [HEADER, *rows], ending="\r\n")


def _rated(
    folder: Path, settings: Sample, panel: Panel, drawn: tuple[str, int]
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Writes one image; returns the words of its row, and the votes on quality and on agreement."""
    name = f"{drawn[0]}_{drawn[1]:03d}.jpg"
    rng = generator(settings.seed, "agiqa3k", name)
    asked = prompt(generator(settings.seed, "agiqa3k", "prompt", drawn[1]))
    clean, image, steps = generated(GENERATORS[drawn[0]], asked, rng, settings.size)
    write_picture(image, folder / "images" / name)
    truth = perceived(steps, clean).overall
    kept = float(np.clip(0.15 + 0.7 * truth + rng.normal(0, 0.12), 0, 1))
    return (name, *asked.columns), panel.vote(truth, _SCALE, rng), panel.vote(kept, _SCALE, rng)


def _standardized(votes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation per image of votes, shape (images, raters), from 0 for the worst image up to 5."""
    standard = (votes - votes.mean(axis=0)) / votes.std(axis=0, ddof=1)
    mean, spread = standard.mean(axis=1), standard.std(axis=1, ddof=1)
    return np.clip(_STEP * (mean - mean.min()), 0, 5), _STEP * spread
