"""Splits other than the catalogue's: those of public projects, by name, and the choices of ``split`` in params.yaml.

A public split is for comparison. It is taken as it is; validation finds what leaks between its parts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pandas as pd

from mgiqa.datasets.catalogue.facts import Dataset
from mgiqa.datasets.split.assignment import leaking_rows
from mgiqa.errors import SettingsError, SourceError
from mgiqa.settings.data import Source

_FILE_NAME = re.compile(r"[^\s\"',;]+\.(?:png|jpe?g|bmp|tiff?|webp)", re.IGNORECASE)


@dataclass(frozen=True)
class PublicSplit:
    """A split that a public project used.

    Attributes:
        name: what ``split`` in params.yaml says.
        dataset: whose.
        source: the project.
        test: contents of its test part; the others are its training part.
        lists: ``train``, ``val``, ``test`` → file in that project that lists the images, where contents do not suffice.
    """

    name: str
    dataset: str
    source: str
    test: frozenset[str] = frozenset()
    lists: Mapping[str, str] = field(default_factory=dict)


def _references(*numbers: int) -> frozenset[str]:
    return frozenset(f"I{number:02d}" for number in numbers)


PUBLIC_SPLITS = (
    PublicSplit(
        "visualquality_r1",
        "kadid10k",
        "VisualQuality-R1, github.com/TianheWu/VisualQuality-R1",
        test=_references(19, 29, 30, 34, 37, 38, 43, 50, 64, 71, 72, 73, 74, 78, 80, 81),
    ),
    PublicSplit(
        "q_align",
        "kadid10k",
        "Q-Align and DeQA-Score, github.com/Q-Future/Q-Align",
        test=_references(*range(66, 82)),
    ),
    *(
        PublicSplit(
            f"q_align_{fold}",
            "agiqa3k",
            "Q-Align, github.com/Q-Future/Q-Align, playground/data/ft/agiqa3k",
            lists={part: f"{part}_split_{fold}.json" for part in ("train", "test")},
        )
        for fold in range(1, 6)
    ),
)


def public_splits(dataset: str) -> dict[str, PublicSplit]:
    """Name → split, for one dataset."""
    return {split.name: split for split in PUBLIC_SPLITS if split.dataset == dataset}


def with_split(labels: pd.DataFrame, entry: Dataset, source: Source, base: Path) -> pd.DataFrame:
    """Labels with the split that ``source.split`` asks for.

    Args:
        labels: with ``image_id``, ``content`` and the catalogue's ``split``.
        entry: their dataset.
        source: its settings.
        base: what relative paths start from.

    Raises:
        SettingsError: there is no split of that name.
        SourceError: a list of it is not there, or names no image of the dataset.
    """
    if not source.split:
        return labels
    if source.split in ("content", "train", "test"):
        return labels.assign(split="" if source.split == "content" else source.split)
    known = public_splits(entry.name)
    if source.split not in known:
        names = ", ".join(["content", "train", "test", *known])
        raise SettingsError(f"{entry.title} has no split {source.split!r}", remedy=f"Use one of: {names}.")
    return labels.assign(split=load_public_split(known[source.split], labels, base / source.split_lists))


def load_public_split(split: PublicSplit, labels: pd.DataFrame, folder: Path) -> pd.Series:
    """The part each row belongs to; ``""`` for rows that its lists leave out.

    Raises:
        SourceError: see ``with_split``.
    """
    if split.test:
        contents = labels["content"].str.rpartition("/")[2]
        return contents.isin(split.test).map({True: "test", False: "train"})
    names = labels["image_id"].map(lambda image_id: PurePosixPath(image_id).name.lower())
    parts = pd.Series("", index=labels.index)
    for part, file in split.lists.items():
        listed = names.isin(_listed(folder / file))
        if not listed.any():
            raise SourceError(f"{file} names no image of {split.dataset}", remedy=f"Take it from {split.source}.")
        parts[listed] = part
    return parts


def _listed(file: Path) -> set[str]:
    """Names of all image files that a list mentions, whatever its form."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(
            f"the list {file} of a public split is not there",
            remedy="Download it from that project and name its folder in `split_lists`.",
        ) from error
    return {PurePosixPath(name).name.lower() for name in _FILE_NAME.findall(text)}


def leaks(table: pd.DataFrame) -> dict[str, int]:
    """``content`` and, where files are known, ``sha256`` → rows whose value is also in a weightier split."""
    columns = [column for column in ("content", "sha256") if column in table and table[column].notna().any()]
    return {column: len(leaking_rows(table, column)) for column in columns}
