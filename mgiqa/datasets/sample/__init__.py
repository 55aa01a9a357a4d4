"""Built-in sample data: small datasets in the official file layouts, with images made here and simulated raters.

Everything follows from a seed. Scores on it say how far the method works, not how good a model is on real photographs.
"""

from pathlib import Path

from mgiqa.errors import SourceError
from mgiqa.settings.data import Sample

DATASETS = ("kadid10k", "spaq", "agiqa3k", "para")


def need_sample(dataset: str) -> None:
    """Checks that there is a sample of ``dataset``.

    Raises:
        SourceError: there is none.
    """
    if dataset not in DATASETS:
        raise SourceError(
            f"there is no sample of {dataset!r}, only of {', '.join(DATASETS)}",
            remedy="Use one of these, or name the folder of a download as its source.",
        )


def write_sample(dataset: str, folder: Path, settings: Sample) -> None:
    """Writes one sample dataset in its official layout into ``folder``, which is made if need be.

    Args:
        dataset: one of ``DATASETS``.
        folder: becomes what a download of the dataset would be after unpacking.
        settings: seed, number of contents and versions, and side of an image. Equal settings give equal bytes.

    Raises:
        SourceError: there is no sample of that name.
        MissingExtra: a package that ships the photographs, or writes workbooks, is not installed.
    """
    from mgiqa.datasets.sample import agiqa3k, kadid10k, para, spaq

    need_sample(dataset)
    folder.mkdir(parents=True, exist_ok=True)
    writers = {"kadid10k": kadid10k, "spaq": spaq, "agiqa3k": agiqa3k, "para": para}
    writers[dataset].write(folder, settings)
