"""What training learns from: images of one split and what people said of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mgiqa.attributes import KEYS, Chosen
from mgiqa.columns import mos_column, std_column, target_column
from mgiqa.errors import DataError, SettingsError
from mgiqa.images.loader import ImageLoader
from mgiqa.overall import chosen_labels

_Array = NDArray[np.float64]


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
        loader: opens the files.
    """

    paths: Sequence[Path]
    image_id: NDArray[np.str_]
    dataset: NDArray[np.str_]
    family: NDArray[np.str_]
    content: NDArray[np.str_]
    labels: _Array
    label_std: _Array
    soft: NDArray[np.bool_]
    loader: ImageLoader = field(default_factory=ImageLoader)

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def main_label(self) -> _Array:
        """(n,) the label of the whole, or the mean of the others where there is none; higher is better."""
        overall = self.labels[:, -1]
        return np.where(np.isfinite(overall), overall, np.nanmean(self.labels, axis=1))

    def image(self, index: int, mirrored: bool = False) -> Image.Image:
        """Image ``index``, or its mirror image, which has the same quality.

        Raises:
            ImageError: the file cannot be read any more.
        """
        image = self.loader(self.paths[index])
        return ImageOps.mirror(image) if mirrored else image

    def expect(self, rows: NDArray[np.int64]) -> None:
        """Begins to open the images at ``rows``, which will be asked for next."""
        self.loader.expect(self.paths[row] for row in rows.tolist())

    def through(self, loader: ImageLoader) -> "TrainingData":
        """The same images, at the size that a model looks at."""
        return replace(self, loader=loader)

    def take(self, rows: NDArray[np.int64]) -> "TrainingData":
        """The images at ``rows``, in that order."""
        columns = ("image_id", "dataset", "family", "content", "labels", "label_std", "soft")
        taken: dict[str, Any] = {name: getattr(self, name)[rows] for name in columns}
        return replace(self, paths=[self.paths[row] for row in rows], **taken)


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


def stratified(data: TrainingData, count: int, seed: int) -> TrainingData:
    """About ``count`` images of ``data`` that stand for all; see ``stratified_rows``."""
    return data if len(data) <= count else data.take(stratified_rows(data, count, seed))


def stratified_rows(data: TrainingData, count: int, seed: int) -> NDArray[np.int64]:
    """Rows of about ``count`` images of ``data`` that stand for all: a pure function of the labels and the seed.

    Every dataset brings equally many, as far as it has them, since each counts alike in what is compared. Those of a
    dataset lie over the whole range of its scores: its images are put in the order of their scores, cut into as many
    parts as it brings images, and one is drawn from each.

    Args:
        data: images, each with a label.
        count: images to choose; all are kept where there are no more.
        seed: of the draws.

    Returns:
        Their rows, in the order of ``data``.
    """
    if len(data) <= count:
        return np.arange(len(data))
    members = {name: np.flatnonzero(data.dataset == name) for name in sorted(set(data.dataset.tolist()))}
    shares = _shares([len(rows) for rows in members.values()], count)
    chosen = []
    for number, (rows, share) in enumerate(zip(members.values(), shares, strict=True)):
        rng = np.random.default_rng([seed, number])
        order = rows[np.argsort(data.main_label[rows], kind="stable")]
        chosen += [rng.choice(part) for part in np.array_split(order, share)]
    return np.sort(chosen)


def _shares(sizes: Sequence[int], count: int) -> list[int]:
    """``count`` as sums of equal shares, none above its size; what some lack is shared out to the others."""
    shares = [0] * len(sizes)
    smallest_first = sorted(range(len(sizes)), key=lambda place: sizes[place])
    for done, place in enumerate(smallest_first):
        shares[place] = min(sizes[place], -(-(count - sum(shares)) // (len(sizes) - done)))
    return shares


def passes(count: int, length: int, seed: int) -> NDArray[np.int64]:
    """``length`` rows out of ``count``: every row once per pass, in another order each pass."""
    rounds = -(-length // count)
    order = [np.random.default_rng([seed, number]).permutation(count) for number in range(rounds)]
    return np.concatenate(order)[:length]
