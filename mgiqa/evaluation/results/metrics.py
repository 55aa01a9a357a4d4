"""From predictions to figures: every model on every dataset and attribute, and what is told of it in short."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from mgiqa.attributes import KEYS, LABEL_OF
from mgiqa.columns import mos_column, score_column, std_column
from mgiqa.evaluation.results.provenance import Provenance
from mgiqa.evaluation.results.wording import wording
from mgiqa.metrics.agreement import Agreement, agreement
from mgiqa.metrics.means import macro_mean
from mgiqa.metrics.validity import Validity, validity

ALL = "all datasets"
"""All datasets as one, on the common 1-5 scale. Scales of two studies are aligned by their ranges, not by perception,
so the mean over datasets is the figure to compare models by."""

Figures = Mapping[str, Mapping[str, Mapping[str, Agreement]]]
"""Model → dataset, or ``all datasets`` → what is scored (a key of ``LABEL_OF``) → agreement."""

Validities = Mapping[str, Mapping[str, Validity]]
"""Model → dataset → what its attribute scores say beside the overall score."""


def measure_agreement(images: pd.DataFrame, resamples: int, seed: int) -> Figures:
    """Agreement with human scores wherever an attribute is labelled; the overall score both direct and pooled.

    Args:
        images: see ``per_image``: several answers to an image count as their mean.
        resamples: bootstrap resamples over contents.
        seed: of the bootstrap.
    """
    return {
        str(model): {
            ALL: _attributes(rows.assign(per_content=False), resamples, seed),
            **{str(name): _attributes(part, resamples, seed) for name, part in rows.groupby("dataset")},
        }
        for model, rows in images.groupby("model", sort=False)
    }


def reading(predictions: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Per model, how its answers could be read: counts (``draws`` per image), shares, reasons of failures, distinct
    values per attribute.
    """
    return {str(model): _reading(rows) for model, rows in predictions.groupby("model", sort=False)}


def headline(figures: Figures, read: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Per model, the few figures to compare by: means over datasets, all models read alike, the share of readable
    answers, and of how many of them a score is the mean.

    What no dataset labels, and what is undefined on one of them, is None.
    """
    return {
        model: {
            "srcc": {key: dataset_mean(datasets, key, "srcc") for key in LABEL_OF},
            "plcc": {key: dataset_mean(datasets, key, "plcc_logistic4") for key in LABEL_OF},
            "draws": read[model]["draws"],
            "parse_rate": read[model]["parse_rate"],
            "strict_rate": read[model]["strict_rate"],
            "distinct": read[model]["distinct"],
            "wording": read[model]["wording"],
        }
        for model, datasets in figures.items()
    }


def in_short(figures_of_model: Mapping[str, Any]) -> dict[str, float | int | None]:
    """The six figures of one model that experiments are compared by, few enough to stand side by side.

    Args:
        figures_of_model: the model's part of ``headline``.

    Returns:
        SRCC of the overall score (``overall`` as it is said, and ``pooled``) and of the other scores on average
        (``attributes``), and the PLCC of ``overall`` (``plcc``): means over datasets, higher is better, None where
        undefined; ``read``, the share of answers that could be read; ``distinct``, the fewest different scores of any.
        To three decimals, since ``dvc exp show`` prints what it finds; ``headline`` has them whole.
    """
    srcc = figures_of_model["srcc"]
    others = [srcc[key] for key in KEYS if key != "overall" and srcc[key] is not None]
    figures = {
        "overall": srcc["overall"],
        "pooled": srcc["pooled"],
        "attributes": macro_mean(others) if others else None,
        "plcc": figures_of_model["plcc"]["overall"],
        "read": figures_of_model["parse_rate"],
    }
    rounded = {name: None if value is None else round(value, 3) for name, value in figures.items()}
    return {**rounded, "distinct": min(figures_of_model["distinct"].values())}


def dataset_mean(datasets: Mapping[str, Mapping[str, Agreement]], key: str, figure: str) -> float | None:
    """The macro mean of one figure over the datasets that label ``key``; ``srcc`` is the one each is judged by."""
    values = [
        figures[key].rank if figure == "srcc" else getattr(figures[key], figure)
        for name, figures in datasets.items()
        if name != ALL and key in figures
    ]
    mean = macro_mean(values)
    return mean if mean == mean else None  # NaN is unequal to itself


def measure_validity(images: pd.DataFrame, resamples: int, seed: int) -> Validities:
    """Attribute scores beside the overall score as it is said, on every dataset that labels one besides it."""
    return {
        str(model): {
            str(name): _validity(part, keys, resamples, seed)
            for name, part in rows.groupby("dataset")
            for keys in [[key for key in KEYS if part[mos_column(key)].notna().any()]]
            if "overall" in keys and len(keys) > 1
        }
        for model, rows in images.groupby("model", sort=False)
    }


def _validity(rows: pd.DataFrame, keys: list[str], resamples: int, seed: int) -> Validity:
    return validity(
        rows[[score_column(key) for key in keys]].to_numpy(float),
        rows[[mos_column(key) for key in keys]].to_numpy(float),
        keys,
        content=rows["content"].to_numpy(object),
        resamples=resamples,
        seed=seed,
    )


def _attributes(rows: pd.DataFrame, resamples: int, seed: int) -> dict[str, Agreement]:
    labelled = {key: rows[rows[mos_column(label)].notna()] for key, label in LABEL_OF.items()}
    return {key: _agreement(part, key, resamples, seed) for key, part in labelled.items() if len(part)}


def _agreement(rows: pd.DataFrame, key: str, resamples: int, seed: int) -> Agreement:
    return agreement(
        rows[score_column(key)].to_numpy(float),
        rows[mos_column(LABEL_OF[key])].to_numpy(float),
        std=rows[std_column(LABEL_OF[key])].to_numpy(float),
        content=rows["content"].to_numpy(object),
        per_content=bool(rows["per_content"].all()),
        resamples=resamples,
        seed=seed,
    )


def _reading(rows: pd.DataFrame) -> dict[str, Any]:
    reasons = rows["failure"].value_counts()
    return {
        "answers": len(rows),
        "draws": int(rows["answer"].max()) + 1,
        "failures": int(rows["failure"].count()),
        "parse_rate": float(rows["failure"].isna().mean()),
        "strict_rate": float(rows["strict"].mean()),
        "reasons": {
            str(reason): int(count) for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        },
        "distinct": {key: int(rows[score_column(key)].nunique()) for key in KEYS},
        "wording": wording(rows["text"]),
        "of": asdict(Provenance.of(rows)),
    }
