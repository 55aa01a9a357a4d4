"""The gate: may a challenger take the champion's place? It compares the two on the same images, and gives reasons."""

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mgiqa.evaluation.results.pairing import Pairing, pair
from mgiqa.metrics.bootstrap import percentile_interval
from mgiqa.metrics.difference import Benchmark, mean_srcc, resampled_srcc
from mgiqa.records import Decision, defined
from mgiqa.settings.release import Promote


class _Finding(NamedTuple):
    """One condition: whether it holds, the sentence that says so, and the figures it rests on."""

    holds: bool
    sentence: str
    figures: dict[str, Any]


def decide(challenger: pd.DataFrame, champion: pd.DataFrame | None, settings: Promote, seed: int) -> Decision:
    """Decides by the share of images without a score and by overall SRCC, mean over datasets.

    A table has one row per image; see ``mgiqa.evaluation.results.pairing``. Without a champion the challenger must
    reach ``settings.min_srcc``. With one it must not be worse by more than ``settings.max_regression`` in the share
    ``settings.confidence`` of paired bootstrap resamples over contents. A challenger that gives all images one score is
    refused; such a champion ranks nothing and counts as SRCC 0. Tables about different images are refused: nothing fair
    can be said.

    Raises:
        DataError: a table lacks a column, or has an image twice.
    """
    pairing = pair(challenger, challenger if champion is None else champion)
    obstacle = _obstacle(pairing)
    if obstacle:
        return Decision(False, (obstacle,), {"images": len(challenger), "scored": len(pairing.scored)})
    benchmarks = pairing.benchmarks()
    findings = [_failures(challenger, champion, settings)]
    findings.append(_alone(benchmarks, settings) if champion is None else _against(benchmarks, settings, seed))
    figures: dict[str, Any] = {"images": len(challenger), "scored": len(pairing.scored)}
    figures |= {"datasets": list(benchmarks), "left_out": list(pairing.unranked())}
    for finding in findings:
        figures |= finding.figures
    promote = all(finding.holds for finding in findings)
    reasons = [finding.sentence for finding in findings if promote or not finding.holds]
    if pairing.unranked():
        reasons.append(f"Left out for too few different human scores: {', '.join(pairing.unranked())}.")
    return Decision(promote, tuple(reasons), dict(defined(figures)))


def _obstacle(pairing: Pairing) -> str:
    """Why the two cannot be compared; "" if they can."""
    strangers = (*pairing.only_first, *pairing.only_second)
    if strangers:
        return (
            f"The test images differ: {len(pairing.only_first)} were scored only by the challenger and "
            f"{len(pairing.only_second)} only by the champion (such as {strangers[0]}); evaluate both on the same ones."
        )
    if pairing.relabelled:
        return (
            f"{len(pairing.relabelled)} images have another human score, dataset or content than when the champion was "
            f"evaluated (such as {pairing.relabelled[0]}); evaluate both on the same labels."
        )
    if not pairing.benchmarks():
        return (
            f"No dataset can be ranked: only {len(pairing.scored)} images have a human score and every model's score."
        )
    return ""


def _failures(challenger: pd.DataFrame, champion: pd.DataFrame | None, settings: Promote) -> _Finding:
    share = _unscored(challenger)
    holds = share <= settings.max_failures
    sentence = (
        f"{share:.1%} of {len(challenger)} images have no score, "
        f"{'within' if holds else 'above'} the limit of {settings.max_failures:.1%}."
    )
    return _Finding(
        holds, sentence, {"failures": share, "champion_failures": None if champion is None else _unscored(champion)}
    )


def _unscored(scores: pd.DataFrame) -> float:
    return float((~np.isfinite(scores["score"].astype(float))).mean())


def _alone(benchmarks: dict[str, Benchmark], settings: Promote) -> _Finding:
    srcc = float(mean_srcc(list(benchmarks.values()))[0])
    if math.isnan(srcc):
        return _Finding(False, _constant(benchmarks), {"srcc": srcc})
    holds = srcc >= settings.min_srcc
    sentence = (
        f"Overall SRCC is {srcc:.3f} (mean of {_count(benchmarks)}); a first champion needs "
        f"{'only ' if holds else ''}{settings.min_srcc:.3f}."
    )
    return _Finding(holds, sentence, {"srcc": srcc})


def _against(benchmarks: dict[str, Benchmark], settings: Promote, seed: int) -> _Finding:
    """The paired comparison. An undefined SRCC counts against the challenger, and as 0 for the champion."""
    parts = list(benchmarks.values())
    ours, theirs = mean_srcc(parts)
    drawn = resampled_srcc(parts, settings.resamples, seed)
    gaps = drawn[:, 0] - np.nan_to_num(drawn[:, 1], nan=0.0)
    share = float(np.mean(gaps >= -settings.max_regression))
    gap = float(ours - np.nan_to_num(theirs, nan=0.0))
    figures = {
        "srcc": float(ours),
        "champion_srcc": float(theirs),
        "difference": gap,
        "interval": list(percentile_interval(gaps)),
        "share_not_worse": share,
        "resamples": settings.resamples,
    }
    if math.isnan(ours):
        return _Finding(False, _constant(benchmarks), figures)
    holds = share >= settings.confidence
    sentence = (
        f"Overall SRCC is {ours:.3f} against {theirs:.3f} of the champion (mean of {_count(benchmarks)}); "
        f"the challenger is not worse{_tolerance(settings)} in {share:.1%} of {settings.resamples} resamples, where "
        f"{settings.confidence:.0%} are needed."
    )
    return _Finding(holds, sentence, figures)


def _tolerance(settings: Promote) -> str:
    return f" by more than {settings.max_regression:.3f}" if settings.max_regression else ""


def _constant(benchmarks: dict[str, Benchmark]) -> str:
    constant = [name for name, part in benchmarks.items() if np.ptp(part.first) == 0]
    return f"The challenger gives every image of {', '.join(constant)} the same score, so it ranks nothing."


def _count(benchmarks: dict[str, Benchmark]) -> str:
    images = sum(len(part.mos) for part in benchmarks.values())
    return f"{len(benchmarks)} dataset{'s' if len(benchmarks) > 1 else ''}, {images} images"
