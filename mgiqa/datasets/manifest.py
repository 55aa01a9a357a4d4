"""The manifest: every clean record of every dataset, split, with scores on the common 1-5 scale."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mgiqa.attributes import KEYS
from mgiqa.datasets.catalogue.facts import Layout
from mgiqa.datasets.scale import Affine, declared
from mgiqa.datasets.schema import RECORD_COLUMNS

RAW = [f"{kind}_{key}" for key in KEYS for kind in ("raw", "raw_std")]
_TARGETS = [f"target_{key}" for key in KEYS]
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
        manifest[f"raw_{key}"], manifest[f"raw_std_{key}"] = manifest[f"mos_{key}"], manifest[f"std_{key}"]
    for name, attributes in maps.items():
        rows = manifest["dataset"] == name
        for key, affine in attributes.items():
            manifest.loc[rows, f"mos_{key}"] = affine.common(manifest.loc[rows, f"raw_{key}"])
            manifest.loc[rows, f"std_{key}"] = affine.common_std(manifest.loc[rows, f"raw_std_{key}"])
    for key in KEYS:
        compared = {
            name: score.target for name, layout in layouts.items() for score in layout.trained if score.key == key
        }
        manifest[f"target_{key}"] = [compared.get(name) for name in manifest["dataset"]]
    manifest["per_content"] = [layouts[name].per_content for name in manifest["dataset"]]
    return manifest[MANIFEST_COLUMNS], maps


def roundtrip_error(manifest: pd.DataFrame, maps: Alignment) -> float:
    """The largest difference between a declared score and the one that the common score maps back to, in 1-5 units."""
    errors = [0.0]
    for name, attributes in maps.items():
        rows = manifest[manifest["dataset"] == name]
        for key, affine in attributes.items():
            difference = np.abs(affine.raw(rows[f"mos_{key}"]) - rows[f"raw_{key}"]) * abs(affine.slope)
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
            before, after = rows[f"raw_{score.key}"].dropna(), rows[f"mos_{score.key}"].dropna()
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
