"""The tables of the report, as rows of plain values; how a value looks is the template's affair."""

from typing import Any

import pandas as pd

from mgiqa.attributes import ATTRIBUTES, HIGHEST, LOWEST, TITLES
from mgiqa.columns import mos_column, score_column
from mgiqa.evaluation.report.evidence import SUBJECT, Evidence
from mgiqa.evaluation.results.metrics import ALL
from mgiqa.metrics.agreement import FEW_CONTENTS, FLAGS
from mgiqa.metrics.means import fisher_mean, macro_mean, weighted_mean
from mgiqa.metrics.saturation import share_near_ends
from mgiqa.records import defined

_NAMES = {"base": "Base", "warmup": "Warm-up", "policy": "Policy"}
"""Model → how it is called in the report."""

UNSEEN = ("missing_std", "logistic5_fallback", "logistic5_not_monotone")
"""Reservations about figures that are in ``metrics.json``, but not in the report."""


def headline_rows(evidence: Evidence) -> dict[str, list[dict[str, Any]]]:
    """``scores``: per score the SRCC of each model (mean over datasets), whether it is the best, how the policy
    compares with the warm-up, and whether it is the overall score that the policy gives in use; ``reading``: per model
    how its answers could be read, the fewest different values of an attribute, how many sentences of reasoning differ,
    and the share of those that praise or blame and contradict their number.
    """
    models = list(evidence.headline.values())
    rows = []
    for key, label in TITLES.items():
        values = [model["srcc"][key] for model in models]
        best = max((value for value in values if value is not None), default=None)
        cells = [(value, value is not None and value == best) for value in values]
        rows.append({"label": label, "cells": cells, "gain": evidence.gains.get(key), "used": key == evidence.score})
    reading = [
        {
            "parse_rate": model["parse_rate"],
            "distinct": min(model["distinct"].values()),
            "sentences": model["wording"]["different"],
            "contradictions": _part(model["wording"]["contradictions"], model["wording"]["judged"]),
        }
        for model in models
    ]
    return {"scores": rows, "reading": reading}


def _part(count: int, of: int) -> float | None:
    return count / of if of else None


def dataset_rows(evidence: Evidence) -> list[dict[str, Any]]:
    """Per dataset, and for all as one: the policy's figures for the overall score in use, beside the warm-up's SRCC.

    ``rank`` is the SRCC that the dataset is judged by, ``ends`` its interval; ``inside`` says whether it is the one
    inside contents, ``grouped`` whether enough contents have several images for such a figure.
    """
    policy, warmup, score = evidence.metrics[SUBJECT], evidence.metrics.get("warmup", {}), evidence.score
    return [
        {
            "title": "All as one" if name == ALL else evidence.title(name),
            "every": name == ALL,
            "before": warmup.get(name, {}).get(score, {}).get(judged),
            "inside": judged == "srcc_within",
            "grouped": judged == "srcc_within" or (name != ALL and figures["contents_within"] >= FEW_CONTENTS),
            "rank": figures[judged],
            "ends": figures["intervals"].get(judged),
            **figures,
        }
        for name in [*evidence.datasets, ALL]
        if score in policy[name]
        for figures in [policy[name][score]]
        for judged in [figures["judged_by"]]
    ]


def saturation_rows(evidence: Evidence) -> list[dict[str, Any]]:
    """Per dataset, how people and both models use the scale: standard deviation, and share near an end of it.

    All are of the images that people scored, overall, and both models are read alike; None where there is no score.
    """
    return [
        {
            "title": evidence.title(dataset),
            "uses": [_use(people), *(_use(rows[score_column("overall")]) for rows in models)],
        }
        for dataset in evidence.datasets
        for models in [[_labelled(evidence.of(model, dataset)) for model in ("warmup", SUBJECT)]]
        for people in [models[-1][mos_column("overall")]]
    ]


def _labelled(images: pd.DataFrame) -> pd.DataFrame:
    return images[images[mos_column("overall")].notna()]


def _use(scores: pd.Series) -> dict[str, float | None]:
    figures = {"spread": float(scores.std()), "ends": share_near_ends(scores, LOWEST, HIGHEST)}
    return dict(defined(figures))


def learned_from(evidence: Evidence) -> dict[str, list[str]]:
    """``in_domain``: tested datasets that training has seen other images of; ``zero_shot``: the other tested ones."""
    seen = set(evidence.manifest.loc[evidence.manifest["split"] == "train", "dataset"])
    return {
        kind: [evidence.title(name) for name in evidence.datasets if (name in seen) == wanted]
        for kind, wanted in (("in_domain", True), ("zero_shot", False))
    }


def means(evidence: Evidence) -> dict[str, float | None]:
    """The policy's overall SRCC over datasets: each counting the same, by its images, and by way of Fisher's z."""
    rows = [row for row in dataset_rows(evidence) if not row["every"]]
    ranks = [float("nan") if row["rank"] is None else row["rank"] for row in rows]
    sizes = [row["n_scored"] for row in rows]
    averages = {"each": macro_mean(ranks), "images": weighted_mean(ranks, sizes), "fisher": fisher_mean(ranks, sizes)}
    return dict(defined(averages))


def warnings(evidence: Evidence) -> list[tuple[str, str]]:
    """Every flag raised for the policy's overall figures: on which datasets, and what it means."""
    raised: dict[str, list[str]] = {}
    for row in dataset_rows(evidence):
        for flag in (flag for flag in row["flags"] if flag not in UNSEEN):
            raised.setdefault(flag, []).append(row["title"])
    return [(", ".join(names), FLAGS[flag]) for flag, names in raised.items()]


def failure_rows(evidence: Evidence) -> list[dict[str, Any]]:
    """Per model: answers, failures, and the most frequent reasons."""
    return [
        {
            "name": _NAMES.get(model, model),
            "answers": figures["answers"]["answers"],
            "failures": figures["answers"]["failures"],
            "reasons": list(figures["answers"]["reasons"].items())[:3],
        }
        for model, figures in evidence.metrics.items()
    ]


def data_rows(evidence: Evidence) -> list[dict[str, Any]]:
    """Per dataset: where it came from, its images per split, contents, labelled attributes, range and direction."""
    rows = []
    for name, facts in evidence.sources.items():
        images = evidence.manifest[evidence.manifest["dataset"] == name]
        labels = [attribute.label for attribute in ATTRIBUTES if images[mos_column(attribute.key)].notna().any()]
        overall = evidence.alignment[name]["overall"]
        rows.append(
            {
                "name": name,
                "title": evidence.title(name),
                "data_docs": f"../validated/{name}/data_docs.html",
                "source": facts.get("source", "–"),
                "family": images["family"].iloc[0] if len(images) else "–",
                "splits": [int((images["split"] == split).sum()) for split in ("train", "val", "test")],
                "contents": int(images["content"].nunique()),
                "quarantined": facts.get("quarantined", 0),
                "labels": labels,
                "range": overall["range"],
                "direction": overall["direction"],
                "target": overall["target"],
            }
        )
    return rows


def model_rows(evidence: Evidence) -> list[dict[str, str]]:
    """Per model: the digests that name exactly what was evaluated, and how its answers were drawn."""
    first = evidence.predictions.drop_duplicates("model")
    return [
        {
            "name": _NAMES.get(row["model"], row["model"]),
            "digest": row["model_digest"],
            "prompt": f"{row['prompt']} {row['prompt_digest']}",
            "manifest": row["manifest_digest"],
            "decoding": _decoding(row["temperature"], evidence.headline[row["model"]]["draws"]),
        }
        for row in first.to_dict("records")
    ]


def _decoding(temperature: float, draws: int) -> str:
    return f"mean of {draws} drawn at temperature {temperature:g}" if temperature else "the likeliest one"
