"""Whether the datasets that the settings list are known, and here."""

from collections.abc import Iterator
from pathlib import Path

from mgiqa.datasets.catalogue import find
from mgiqa.doctor.fault import Fault
from mgiqa.errors import SettingsError
from mgiqa.settings import Settings


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
