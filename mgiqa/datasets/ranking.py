"""By which rank correlation a dataset is judged."""

from mgiqa.datasets.catalogue import CATALOGUE


def ranks_inside(dataset: str) -> bool:
    """Whether scores of the dataset compare only inside a content (``per_content`` in the catalogue)."""
    return dataset in CATALOGUE and CATALOGUE[dataset].per_content


def rank_figure(dataset: str) -> str:
    """The figure of ``Agreement`` that the dataset is judged by: SRCC over all images, or its mean inside contents."""
    return "srcc_within" if ranks_inside(dataset) else "srcc"
