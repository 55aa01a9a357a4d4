"""The evaluation folder: every answer, every figure, the few to compare by, and the points of the scatter plot."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mgiqa.evaluation.files import HEADLINE, METRICS, PREDICTIONS, SCATTER, VALIDITY
from mgiqa.evaluation.metrics import Figures, Validities, headline, measure, measure_validity, reading


@dataclass(frozen=True)
class Results:
    """What predictions come to.

    Attributes:
        predictions: see ``mgiqa.evaluation.predictions``.
        figures: model → dataset, or ``pooled`` → attribute key → agreement.
        validity: model → dataset → what attribute scores say beside the overall score.
        reading: model → how its answers could be read.
        headline: model → the few figures to compare by.
    """

    predictions: pd.DataFrame
    figures: Figures
    validity: Validities
    reading: Mapping[str, Mapping[str, Any]]
    headline: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, predictions: pd.DataFrame, resamples: int, seed: int) -> "Results":
        """Computes every figure, with intervals from ``resamples`` bootstrap resamples over contents."""
        figures, read = measure(predictions, resamples, seed), reading(predictions)
        beside = measure_validity(predictions, resamples, seed)
        return cls(predictions, figures, beside, read, headline(figures, read))

    def write(self, folder: Path) -> None:
        """Writes ``predictions.parquet``, ``metrics.json``, ``headline.json``, ``validity.json``, ``scatter.csv``."""
        self.predictions.to_parquet(folder / PREDICTIONS, index=False)
        _write_json(folder / METRICS, self._all_figures())
        _write_json(folder / HEADLINE, self.headline)
        validity = {
            model: {name: found.as_dict() for name, found in parts.items()} for model, parts in self.validity.items()
        }
        _write_json(folder / VALIDITY, validity)
        self._scatter().to_csv(folder / SCATTER, index=False, float_format="%.4f")

    def _all_figures(self) -> dict[str, Any]:
        """Model → dataset, or ``pooled`` → attribute → figures; and model → ``answers``."""
        return {
            model: {
                **{name: {key: found.as_dict() for key, found in keys.items()} for name, keys in datasets.items()},
                "answers": self.reading[model],
            }
            for model, datasets in self.figures.items()
        }

    def _scatter(self) -> pd.DataFrame:
        """Overall, of the policy's first answers."""
        rows = self.predictions[(self.predictions["model"] == "policy") & (self.predictions["answer"] == 0)]
        table = rows[["dataset", "image_id", "mos_overall", "score_overall"]].dropna()
        return table.rename(columns={"mos_overall": "mos", "score_overall": "score"})


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
