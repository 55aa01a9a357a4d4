"""How the benchmark's figures are called in MLflow: ``<figure>/<attribute>`` for the policy, mean over datasets; with
the dataset, or the model it is compared with, named after the figure otherwise. ``overall`` is the overall score as
answers say it, ``pooled`` the one that is pooled with the technical attributes, for all models alike.
"""

from collections.abc import Mapping
from typing import Any


def model_figures(headline: Mapping[str, Any]) -> dict[str, float | None]:
    """The figures of the registered model itself: ``srcc/pooled``, ``plcc/noise``, ``parse_rate``."""
    named = {f"{figure}/{key}": headline[figure][key] for figure in ("srcc", "plcc") for key in headline[figure]}
    return {**named, "parse_rate": headline["parse_rate"]}


def run_figures(headline: Mapping[str, Any], metrics: Mapping[str, Any]) -> dict[str, float | None]:
    """Those of the models before it, and those of each dataset.

    Args:
        headline: ``data/evaluation/headline.json``.
        metrics: ``data/evaluation/metrics.json``.
    """
    before = {
        f"srcc of {model}/{key}": headline[model]["srcc"][key]
        for model in headline
        if model != "policy"
        for key in headline[model]["srcc"]
    }
    datasets = {
        f"srcc on {dataset}/{key}": figures[figures["judged_by"]]
        for dataset, keys in metrics["policy"].items()
        if dataset != "answers"
        for key, figures in keys.items()
    }
    return {**before, **datasets}
