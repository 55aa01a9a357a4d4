"""PARA: photographs rated for aesthetics by many people: the whole, and attributes that include composition.

Layout: ``imgs/session1/iaa_pub1_.jpg`` and on, 70 images per session, and in ``annotation/``: ``PARA-Images.csv`` (one
row per vote), ``PARA-GiaaTrain.csv`` and ``PARA-GiaaTest.csv`` (one row per image: votes counted, mean and standard
deviation). Aesthetics run from 1 to 5 in half steps, the rest in whole steps.

Source of names and order: the README.md that the dataset is shipped with (its lists of columns), and public readers
of these files for the spelling of the headers (``sessionId``, ``imageName``, ``aestheticScore_1.0``,
``qualityScore_mean``). Left out are the columns on emotion, difficulty, object emphasis and raters' traits, and
``PARA-UserInfo.csv``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mgiqa.datasets.sample.distortions import DISTORTIONS, Applied, distort
from mgiqa.datasets.sample.distortions.framing import FIELD, FINENESS, window
from mgiqa.datasets.sample.files import write_csv, write_picture
from mgiqa.datasets.sample.panel import Panel, Scale
from mgiqa.datasets.sample.perception import perceived
from mgiqa.datasets.sample.scenes.subjects import SUBJECTS
from mgiqa.datasets.sample.sources import generator
from mgiqa.parallel import in_parallel
from mgiqa.settings.data import Sample

_FAULTS = (
    (("gaussian_blur", "lens_blur", "motion_blur"), 0.3),
    (("white_noise", "chroma_noise", "jpeg"), 0.3),
    (("color_cast", "desaturation", "oversaturation"), 0.5),
    (("brighten", "darken", "low_contrast"), 0.3),
)
"""Faults besides framing, one of each group, and how often there is one."""

FRAMING = ("tilted", "off_center", "too_far", "too_close", "obstructed")
HALVES, _WHOLES = Scale(1, 5, 0.5), Scale(1, 5, 1)
_RATERS = 25
SESSION = 70

ASKED = {
    "aestheticScore": ("beauty", HALVES),
    "qualityScore": ("overall", HALVES),
    "compositionScore": ("composition", _WHOLES),
    "colorScore": ("color", _WHOLES),
    "dofScore": ("sharpness", _WHOLES),
    "lightScore": ("light", _WHOLES),
    "contentScore": ("beauty", _WHOLES),
    "contentPreference": ("beauty", _WHOLES),
    "willingnessToShare": ("beauty", _WHOLES),
}
"""Question, in the order of the files → the truth behind it, and what is voted on."""

COUNTED = [name for name in ASKED if name != "qualityScore"]
"""Questions whose votes are counted per value; of ``qualityScore`` the files hold mean and deviation only."""

Pixels = NDArray[np.float64]


@dataclass(frozen=True)
class _Rated:
    """One image: where it lies, what it shows, and question → votes, shape (raters,)."""

    session: str
    name: str
    kind: str
    votes: Mapping[str, NDArray[np.float64]]


def write(folder: Path, settings: Sample) -> None:
    """Writes the sample into ``folder``: ``contents`` × ``versions`` images, each of its own scene."""
    panel = Panel.drawn(generator(settings.seed, "para", "panel"), _RATERS, slip=0.13)
    count = settings.contents * settings.versions
    rated = list(in_parallel(partial(_rated, folder, settings, panel), range(count)))
    test = set(generator(settings.seed, "para", "split").permutation(count)[: count // 4].tolist())
    labels = folder / "annotation"
    write_csv(labels / "PARA-Images.csv", _vote_rows(rated))
    for split, chosen in (("Train", set(range(count)) - test), ("Test", test)):
        write_csv(labels / f"PARA-Giaa{split}.csv", _image_rows([rated[index] for index in sorted(chosen)]))


def _rated(folder: Path, settings: Sample, panel: Panel, index: int) -> _Rated:
    """Writes one image and returns the votes on it."""
    session, name = f"session{index // SESSION + 1}", f"iaa_pub{index + 1}_.jpg"
    rng = generator(settings.seed, "para", name)
    kind, picture, truth = _photographed(rng, settings.size)
    write_picture(picture, folder / "imgs" / session / name)
    return _Rated(
        session, name, kind, {key: panel.vote(truth[asked], scale, rng) for key, (asked, scale) in ASKED.items()}
    )


def _photographed(rng: np.random.Generator, size: int) -> tuple[str, Pixels, dict[str, float]]:
    """One picture of one subject: its kind, the pixels, and the truth behind every question."""
    kind = str(rng.choice(list(SUBJECTS)))
    view = SUBJECTS[kind](rng, round(FINENESS * size / FIELD)).pixels
    taken = _framing(rng, kind)
    steps = _slight_faults(rng)
    picture = distort(view, taken, rng) if taken else window(view)
    truth = perceived([*taken, *steps], picture)
    answers = {
        **asdict(truth),
        "beauty": (truth.overall * truth.composition) ** 0.5,
        "light": truth.brightness * truth.contrast,
    }
    return kind, distort(picture, steps, rng), answers


def _framing(rng: np.random.Generator, kind: str) -> list[Applied]:
    """At most one mistake of framing; a subject seen from above has no upright."""
    names = [name for name in FRAMING if (name, kind) != ("tilted", "flower")]
    fault, level, present = names[rng.integers(len(names))], 5 * rng.beta(1.2, 1.0), rng.random() < 0.75
    return [Applied(DISTORTIONS[fault], float(level))] if present else []


def _slight_faults(rng: np.random.Generator) -> list[Applied]:
    steps = []
    for names, chance in _FAULTS:
        name, level, present = str(rng.choice(names)), float(rng.uniform(0.5, 5)), rng.random() < chance
        if present:
            steps.append(Applied(DISTORTIONS[name], level))
    return steps


def _vote_rows(rated: Iterable[_Rated]) -> Iterable[Sequence[str | float]]:
    yield ("sessionId", "imageName", "userId", *ASKED, "semantic")
    for image in rated:
        for rater in range(_RATERS):
            given = (float(image.votes[key][rater]) for key in ASKED)
            yield (image.session, image.name, f"user{rater + 1:03d}", *given, image.kind)


def _image_rows(rated: Iterable[_Rated]) -> Iterable[Sequence[str | float]]:
    header = ["imageName", "sessionId", "semantic"]
    for key in ASKED:
        header += [*(f"{key}_{_spelled(value, ASKED[key][1])}" for value in _values(key)), f"{key}_mean", f"{key}_std"]
    yield header
    for image in rated:
        row: list[str | float] = [image.name, image.session, image.kind]
        for key, votes in image.votes.items():
            row += [int((votes == value).sum()) for value in _values(key)]
            row += [round(float(votes.mean()), 6), round(float(votes.std(ddof=1)), 6)]
        yield row


def _values(key: str) -> list[float]:
    """The votes that the files count for a question."""
    scale = ASKED[key][1]
    return np.arange(scale.lowest, scale.highest + scale.step, scale.step).tolist() if key in COUNTED else []


def _spelled(value: float, scale: Scale) -> str:
    return f"{value:.1f}" if scale.step < 1 else f"{value:.0f}"
