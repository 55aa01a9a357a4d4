"""The manifest: every clean record of every dataset, split, with scores on the common 1-5 scale."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mgiqa.attributes import KEYS
from mgiqa.columns import mos_column, raw_column, raw_std_column, std_column, target_column
from mgiqa.datasets.catalogue.facts import Layout
from mgiqa.datasets.scale import Affine, declared
from mgiqa.datasets.schema import RECORD_COLUMNS

RAW = [column(key) for key in KEYS for column in (raw_column, raw_std_column)]
_TARGETS = [target_column(key) for key in KEYS]
MANIFEST_COLUMNS = [*RECORD_COLUMNS, *RAW, *_TARGETS, "per_content"]
Alignment = Mapping[str, Mapping[str, Affine]]


def align(records: pd.DataFrame, layouts: Mapping[str, Layout]) -> tuple[pd.DataFrame, Alignment]:
    """Brings scores and deviations to the common scale, each dataset and attribute by its declared range.

    Args:
        records: of all datasets.
        layouts: dataset → the layout that its labels came in.

    Returns:
        The manifest, and dataset → attribute key → its map.
    """
    maps = {
        name: {
            score.key: declared(score.low, score.high, higher_is_better=score.higher_is_better)
            for score in layout.trained
            if score.key
        }
        for name, layout in layouts.items()
    }
    manifest = records.reindex(columns=RECORD_COLUMNS).copy()
    for key in KEYS:
        manifest[raw_column(key)], manifest[raw_std_column(key)] = manifest[mos_column(key)], manifest[std_column(key)]
    for name, attributes in maps.items():
        rows = manifest["dataset"] == name
        for key, affine in attributes.items():
            manifest.loc[rows, mos_column(key)] = affine.common(manifest.loc[rows, raw_column(key)])
            manifest.loc[rows, std_column(key)] = affine.common_std(manifest.loc[rows, raw_std_column(key)])
    for key in KEYS:
        compared = {
            name: score.target for name, layout in layouts.items() for score in layout.trained if score.key == key
        }
        manifest[target_column(key)] = [compared.get(name) for name in manifest["dataset"]]
    manifest["per_content"] = [layouts[name].per_content for name in manifest["dataset"]]
    return manifest[MANIFEST_COLUMNS], maps


def roundtrip_error(manifest: pd.DataFrame, maps: Alignment) -> float:
    """The largest difference between a declared score and the one that the common score maps back to, in 1-5 units."""
    errors = [0.0]
    for name, attributes in maps.items():
        rows = manifest[manifest["dataset"] == name]
        for key, affine in attributes.items():
            difference = np.abs(affine.raw(rows[mos_column(key)]) - rows[raw_column(key)]) * abs(affine.slope)
            errors.append(float(np.nanmax(difference)) if difference.notna().any() else 0.0)
    return max(errors)


def alignment_record(maps: Alignment, layouts: Mapping[str, Layout]) -> dict[str, Any]:
    """``alignment.json``: dataset → attribute key → the map, the declared range, the direction and the target."""
    return {
        name: {
            str(score.key): {
                "slope": maps[name][str(score.key)].slope,
                "intercept": maps[name][str(score.key)].intercept,
                "range": [score.low, score.high],
                "direction": score.direction,
                "target": score.target,
            }
            for score in layout.trained
        }
        for name, layout in layouts.items()
    }


def ranges(manifest: pd.DataFrame, layouts: Mapping[str, Layout]) -> list[dict[str, Any]]:
    """Observed ranges before and after, per dataset and attribute, for people."""
    bounds = []
    for name, layout in sorted(layouts.items()):
        rows = manifest[manifest["dataset"] == name]
        for score in layout.trained:
            before, after = rows[raw_column(str(score.key))].dropna(), rows[score.mos].dropna()
            bounds.append(
                {
                    "dataset": name,
                    "attribute": score.key,
                    "rows": len(before),
                    "declared": score.scale,
                    "before": _span(before),
                    "after": _span(after),
                    "target": score.target,
                }
            )
    return bounds


def _span(values: pd.Series) -> str:
    return f"{values.min():.3f} to {values.max():.3f}" if len(values) else "–"
