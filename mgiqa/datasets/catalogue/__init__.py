"""Every dataset that MG-IQA reads, one entry each: facts as data, stated once.

``CATALOGUE[name]`` is the entry; ``find(name)`` is the same with a sentence for a name that is not there.
"""

import difflib

from mgiqa.datasets.catalogue.attributed import ATTRIBUTED
from mgiqa.datasets.catalogue.authentic import AUTHENTIC
from mgiqa.datasets.catalogue.custom import custom_dataset
from mgiqa.datasets.catalogue.facts import Dataset
from mgiqa.datasets.catalogue.generated import GENERATED
from mgiqa.datasets.catalogue.restoration import RESTORATION
from mgiqa.datasets.catalogue.synthetic import SYNTHETIC
from mgiqa.errors import SettingsError
from mgiqa.settings.data import Custom, Source

CATALOGUE: dict[str, Dataset] = {
    entry.name: entry
    for entry in (*SYNTHETIC, *ATTRIBUTED, *AUTHENTIC, *GENERATED, *RESTORATION, custom_dataset("custom", Custom()))
}


def find(name: str, source: Source | None = None) -> Dataset:
    """The entry of ``name``; with a ``custom`` section in its source, the entry that this makes.

    Raises:
        SettingsError: the catalogue has no such name; the nearest one is suggested. Or it has, and a ``custom`` section
            says otherwise.
    """
    if source and source.custom:
        if name in CATALOGUE and name != "custom":
            raise SettingsError(
                f"ingest.datasets.{name} has a `custom` section, and the catalogue has a dataset of that name",
                remedy="Give your own dataset another name, or leave the section out.",
            )
        return custom_dataset(name, source.custom)
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = difflib.get_close_matches(name, CATALOGUE, n=1)
    raise SettingsError(
        f"the catalogue has no dataset {name!r}" + (f" (did you mean {near[0]}?)" if near else ""),
        remedy="`mgiqa datasets list` shows the names; a dataset of your own needs a `custom` section under "
        "ingest.datasets in params.yaml.",
    )
