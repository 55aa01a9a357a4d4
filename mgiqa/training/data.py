"""What training learns from: images of one split and what people said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mgiqa.attributes import KEYS, Chosen
from mgiqa.columns import mos_column, std_column, target_column
from mgiqa.errors import DataError, SettingsError
from mgiqa.images.opening import open_image
from mgiqa.overall import chosen_labels

_Array = NDArray[np.float64]
CACHED = 2048
"""Decoded images kept in memory; those of the sample all fit."""


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The images of one split, in the order of the manifest.

    Attributes:
        paths: (n,) image files.
        image_id: (n,) names.
        dataset: (n,) dataset of each image, the domain in which scores compare.
        family: (n,) what the images of the dataset suffer from.
        content: (n,) what each image shows.
        labels: (n, a) scores from 1 to 5, higher is better; NaN where not labelled.
        label_std: (n, a) standard deviation over raters on that scale; NaN where not known.
        soft: (n, a) whether the dataset compares two images by how likely one is preferred, or else by their order.
    """

    paths: Sequence[Path]
    image_id: NDArray[np.str_]
    dataset: NDArray[np.str_]
    family: NDArray[np.str_]
    content: NDArray[np.str_]
    labels: _Array
    label_std: _Array
    soft: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.paths)

    def image(self, index: int, mirrored: bool = False) -> Image.Image:
        """Image ``index``, or its mirror image, which has the same quality.

        Raises:
            ImageError: the file cannot be read any more.
        """
        image = _opened(self.paths[index])
        return ImageOps.mirror(image) if mirrored else image

    def take(self, rows: NDArray[np.int64]) -> "TrainingData":
        """The images at ``rows``, in that order."""
        return TrainingData(
            [self.paths[row] for row in rows],
            *(
                getattr(self, name)[rows]
                for name in ("image_id", "dataset", "family", "content", "labels", "label_std", "soft")
            ),
        )


def read_training_data(
    manifest: pd.DataFrame, root: Path, split: str, datasets: Sequence[str] = (), attributes: Chosen = "all"
) -> TrainingData:
    """The images of ``split`` in ``manifest`` that carry a score for at least one attribute.

    Args:
        manifest: see ``mgiqa.datasets.manifest``.
        root: folder that its paths are relative to.
        split: ``train``, ``val`` or ``test``.
        datasets: those to take; none for all.
        attributes: whose labels are known; ``overall`` leaves out those of all others.

    Raises:
        SettingsError: one of ``datasets`` is not in the manifest.
        DataError: there is no such image.
    """
    there = sorted(set(manifest["dataset"]))
    if unknown := sorted(set(datasets) - set(there)):
        raise SettingsError(f"there is no dataset {', '.join(unknown)}", remedy=f"Choose from {', '.join(there)}.")
    rows = manifest[(manifest["split"] == split) & manifest["dataset"].isin(datasets or there)]
    labels = chosen_labels(rows[[mos_column(key) for key in KEYS]].to_numpy(np.float64), attributes)
    labelled = np.flatnonzero(np.isfinite(labels).any(axis=1))
    rows, labels = rows.iloc[labelled], labels[labelled]
    if rows.empty:
        raise DataError(
            f"no image of the split {split!r} has a score", remedy="Add a dataset under ingest.datasets in params.yaml."
        )
    image, dataset, family, content = (
        rows[name].to_numpy(np.str_) for name in ("image_id", "dataset", "family", "content")
    )
    deviations = rows[[std_column(key) for key in KEYS]].to_numpy(np.float64)
    soft = (rows[[target_column(key) for key in KEYS]] == "soft").to_numpy(np.bool_)
    return TrainingData(
        [root / path for path in rows["path"]], image, dataset, family, content, labels, deviations, soft
    )


@lru_cache(maxsize=CACHED)
def _opened(path: Path) -> Image.Image:
    return open_image(path)


def passes(count: int, length: int, seed: int) -> NDArray[np.int64]:
    """``length`` rows out of ``count``: every row once per pass, in another order each pass."""
    rounds = -(-length // count)
    order = [np.random.default_rng([seed, number]).permutation(count) for number in range(rounds)]
    return np.concatenate(order)[:length]
