"""Whether the datasets that the settings list are known and here, and how many images they have."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mgiqa.datasets.catalogue import find
from mgiqa.datasets.schema import read_manifest
from mgiqa.doctor.fault import Fault
from mgiqa.errors import SettingsError
from mgiqa.settings import Settings
from mgiqa.workspace import Workspace


@dataclass(frozen=True)
class Images:
    """Images of the splits of all datasets of the settings.

    Attributes:
        training: those that are learned from.
        validation: those that choose the step that is kept, before a part of them is drawn.
        source: where that is known from.
        unknown: datasets whose size nobody knows yet; their images are in neither.
    """

    training: int
    validation: int
    source: str
    unknown: tuple[str, ...] = ()


def images_of(settings: Settings, workspace: Workspace) -> Images:
    """From the manifest, where there is one of these datasets; else from what the catalogue says was published."""
    names, learned = set(settings.ingest.datasets), set(settings.train.datasets or settings.ingest.datasets)
    if workspace.manifest.is_file():
        table = read_manifest(workspace.manifest)
        if set(table["dataset"]) == names:
            counts = table.groupby(["split", "dataset"]).size()
            split = {name: int(counts.get(("train", name), 0)) for name in learned}
            return Images(sum(split.values()), int((table["split"] == "val").sum()), "data/normalized")
    sizes = {name: _rows(settings, name) for name in sorted(names)}
    share = 1 - settings.normalize.val - settings.normalize.test
    return Images(
        round(share * sum(sizes[name] for name in learned)),
        round(settings.normalize.val * sum(sizes.values())),
        "the catalogue, and the shares of normalize",
        tuple(name for name, rows in sizes.items() if not rows),
    )


def _rows(settings: Settings, name: str) -> int:
    source = settings.ingest.datasets[name]
    if source.source == "sample":
        return settings.sample.contents * settings.sample.versions
    try:
        return find(name, source).rows
    except SettingsError:  # which ``name_faults`` tells
        return 0


def name_faults(settings: Settings) -> Iterator[Fault]:
    """Datasets that neither the catalogue nor a ``custom`` section describes."""
    for name, source in settings.ingest.datasets.items():
        try:
            find(name, source)
        except SettingsError as error:
            yield Fault("settings", str(error.args[0]), error.remedy)


def data_faults(settings: Settings, root: Path) -> Iterator[Fault]:
    """Datasets whose source is a path that is not there."""
    for name, source in settings.ingest.datasets.items():
        there = "://" in source.source or (root / Path(source.source).expanduser()).exists()
        if source.source != "sample" and not there:
            where = "" if source.custom else f"; `mgiqa datasets show {name}` says where it is had"
            yield Fault(
                "machine",
                f"the source of {name} is {source.source}, which is not there",
                f"Name the folder of your files in ingest.datasets.{name}.source{where}.",
            )
