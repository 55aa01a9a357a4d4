"""The evaluation folder: every answer, every figure, and the few to compare by."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mgiqa.evaluation.results.files import GAIN, HEADLINE, METRICS, POLICY, PREDICTIONS, VALIDITY
from mgiqa.evaluation.results.gain import Gains, gains
from mgiqa.evaluation.results.metrics import (
    Figures,
    Validities,
    headline,
    in_short,
    measure_agreement,
    measure_validity,
    reading,
)
from mgiqa.evaluation.results.predictions import per_image
from mgiqa.records import defined


@dataclass(frozen=True)
class Results:
    """What predictions come to.

    Attributes:
        predictions: see ``mgiqa.evaluation.results.predictions``.
        images: the same by image; see ``per_image``.
        figures: model → dataset, or ``all datasets`` → what is scored → agreement.
        validity: model → dataset → what attribute scores say beside the overall score.
        reading: model → how its answers could be read.
        headline: model → the few figures to compare by.
        gains: what is scored → how the policy compares with the warm-up.
    """

    predictions: pd.DataFrame
    images: pd.DataFrame
    figures: Figures
    validity: Validities
    reading: Mapping[str, Mapping[str, Any]]
    headline: Mapping[str, Mapping[str, Any]]
    gains: Gains

    @classmethod
    def of(cls, predictions: pd.DataFrame, resamples: int, seed: int) -> "Results":
        """Computes every figure, with intervals from ``resamples`` bootstrap resamples over contents."""
        images, read = per_image(predictions), reading(predictions)
        figures, beside = measure_agreement(images, resamples, seed), measure_validity(images, resamples, seed)
        learned = gains(images, resamples, seed)
        return cls(predictions, images, figures, beside, read, headline(figures, read), learned)

    def write(self, folder: Path) -> None:
        """Writes the files of ``mgiqa.evaluation.results.files``."""
        self.predictions.to_parquet(folder / PREDICTIONS, index=False)
        _write_json(folder / METRICS, self._all_figures())
        _write_json(folder / HEADLINE, self.headline)
        _write_json(folder / POLICY, in_short(self.headline["policy"]))
        validity = {
            model: {name: one.as_dict() for name, one in parts.items()} for model, parts in self.validity.items()
        }
        _write_json(folder / VALIDITY, validity)
        _write_json(folder / GAIN, {key: defined(asdict(one)) for key, one in self.gains.items()})

    def _all_figures(self) -> dict[str, Any]:
        """Model → dataset, or ``all datasets`` → attribute → figures; and model → ``answers``."""
        return {
            model: {
                **{name: {key: one.as_dict() for key, one in keys.items()} for name, keys in datasets.items()},
                "answers": self.reading[model],
            }
            for model, datasets in self.figures.items()
        }


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
