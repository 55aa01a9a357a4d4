"""Published figures with their sources, and whether one of ours may stand beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from mgiqa.evaluation.literature.protocols import PROTOCOLS


@dataclass(frozen=True)
class _Source:
    """Where figures come from: title, place in it, address, how it was read, what to know before comparing."""

    id: str
    title: str
    where: str
    url: str
    read: str
    note: str


@dataclass(frozen=True)
class PublishedFigure:
    """One published figure.

    Attributes:
        method: the name of the method, as in the source.
        dataset: its name in the catalogue; ``mean`` for an average over benchmarks.
        listed_as: what the source calls the dataset.
        metric: srcc or plcc.
        value: in [-1, 1].
        n: test images; None where neither the source nor its label lists tell.
        protocol: P1 to P4; None where the source does not tell how the method was trained.
        source: where it was read.
    """

    method: str
    dataset: str
    listed_as: str
    metric: str
    value: float
    n: int | None
    protocol: str | None
    source: _Source


@cache
def published_figures() -> tuple[PublishedFigure, ...]:
    """Every published figure, in the order of the file."""
    content = _content()
    sources = {name: _Source(name, **facts) for name, facts in content["sources"].items()}
    tables = [figure for table in content["tables"] for figure in _table(table, sources[table["source"]])]
    single = [
        PublishedFigure(**entry | {"source": sources[entry["source"]], "n": None, "protocol": None})
        for entry in content["figures"]
    ]
    return (*tables, *single)


def on_dataset(dataset: str, metric: str) -> tuple[PublishedFigure, ...]:
    """What has been published on one dataset, best first; two figures of one method are both given."""
    figures = [figure for figure in published_figures() if (figure.dataset, figure.metric) == (dataset, metric)]
    return tuple(sorted(figures, key=lambda figure: -figure.value))


def why_not_beside(
    figure: PublishedFigure, *, protocol: str | None, n: int, n_scored: int | None = None, judged_by: str = "srcc"
) -> str:
    """Why a figure of ours may not stand beside a published one; "" if it may.

    Args:
        figure: the published one.
        protocol: that our model follows; see ``mgiqa.evaluation.literature.protocols.protocol_of``.
        n: our test images of that dataset.
        n_scored: those for which there is a score, ``n`` by default.
        judged_by: what our rank correlation is, ``srcc`` or ``srcc_within``.
    """
    if figure.protocol is None:
        return f"{figure.source.title} does not say how {figure.method} was trained."
    if protocol is None:
        return f"{figure.method} follows {figure.protocol} ({_title(figure.protocol)}); ours follows no named protocol."
    if protocol != figure.protocol:
        return f"{figure.method} follows {figure.protocol} ({_title(figure.protocol)}); ours follows {protocol}."
    if figure.n is None:
        return f"{figure.source.title} does not say how many images of {figure.listed_as} were tested."
    if n != figure.n:
        return f"{figure.method} was tested on {figure.n} images of {figure.listed_as}; ours on {n}."
    if n_scored is not None and n_scored < n:
        return f"{n - n_scored} of our {n} images of {figure.listed_as} have no score."
    if figure.metric == "srcc" and judged_by == "srcc_within":
        return "Ours is the mean SRCC inside contents, and the source does not say that its own is."
    return ""


def _title(protocol: str) -> str:
    title = PROTOCOLS[protocol].title
    return title[0].lower() + title[1:]


@cache
def _content() -> dict[str, Any]:
    text = files("mgiqa.evaluation.literature").joinpath("figures.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def _table(table: dict[str, Any], source: _Source) -> Iterator[PublishedFigure]:
    for method, metrics in table["methods"].items():
        for metric, row in metrics.items():
            for dataset, value, n in zip(table["datasets"], row["values"], table["n"], strict=True):
                yield PublishedFigure(method, dataset, dataset, metric, value, n, table["protocol"], source)
            if row["mean"] is not None:
                yield PublishedFigure(method, "mean", "the mean", metric, row["mean"], None, table["protocol"], source)
