"""One scale for all: affine, declared, invertible."""

import numpy as np
import pandas as pd
import pytest

from mgiqa.datasets.catalogue import CATALOGUE
from mgiqa.datasets.catalogue.custom import custom_dataset
from mgiqa.datasets.manifest import MANIFEST_COLUMNS, align, alignment_record, ranges, roundtrip_error
from mgiqa.datasets.schema import order_columns
from mgiqa.settings.data import Custom

LAYOUTS = {name: CATALOGUE[name].layouts[0] for name in ("csiq", "spaq")}


def records() -> pd.DataFrame:
    rows = {
        "image_id": ["csiq/a", "csiq/b", "spaq/a"],
        "dataset": ["csiq", "csiq", "spaq"],
        "mos_overall": [0.0, 0.75, 50.0],
        "std_overall": [0.1, 0.0, np.nan],
        "mos_noise": [np.nan, np.nan, 100.0],
        "extra_contrast": [np.nan, np.nan, 3.0],
    }
    return order_columns(pd.DataFrame(rows))


def test_the_declared_range_maps_to_one_to_five_and_a_dmos_is_flipped() -> None:
    manifest, _ = align(records(), LAYOUTS)
    assert manifest["mos_overall"].tolist() == [5.0, 2.0, 3.0]
    assert manifest["mos_noise"].tolist()[2] == 5.0


def test_deviations_follow_by_the_size_of_the_same_slope() -> None:
    manifest, _ = align(records(), LAYOUTS)
    assert manifest["std_overall"][:2].tolist() == pytest.approx([0.4, 0.0])
    assert np.isnan(manifest["std_overall"][2])


def test_the_raw_labels_stand_beside_and_come_back_from_the_common_scale() -> None:
    manifest, maps = align(records(), LAYOUTS)
    assert manifest["raw_overall"].tolist() == [0.0, 0.75, 50.0]
    assert roundtrip_error(manifest, maps) < 1e-12
    assert list(manifest.columns) == MANIFEST_COLUMNS


def test_a_label_that_was_never_given_stays_missing() -> None:
    manifest, _ = align(records(), LAYOUTS)
    assert manifest["mos_noise"][:2].isna().all()
    assert manifest["mos_composition"].isna().all()


def test_every_row_says_how_its_dataset_compares_images() -> None:
    """Of the layout that the labels came in: KonIQ-10k's two files of scores do not compare alike."""
    sets_only = next(layout for layout in CATALOGUE["koniq10k"].layouts if layout.name == "sets only")
    mine = custom_dataset("mine", Custom(mos={"overall": "m", "noise": "n"}, std={"noise": "s"}))
    layouts = LAYOUTS | {
        "koniq10k": sets_only,
        "mine": mine.layouts[0],
        "sriqa_bench": CATALOGUE["sriqa_bench"].layouts[0],
    }
    rows = pd.DataFrame({"image_id": list(layouts), "dataset": list(layouts)})
    manifest = align(order_columns(rows), layouts)[0].set_index("dataset")
    assert manifest["target_overall"].to_dict() == {
        "csiq": "soft", "spaq": "hard", "koniq10k": "hard", "mine": "hard", "sriqa_bench": "hard",
    }  # fmt: skip
    assert manifest["target_noise"].to_dict() == {
        "csiq": None, "spaq": "hard", "koniq10k": None, "mine": "soft", "sriqa_bench": None,
    }  # fmt: skip
    assert manifest.index[manifest["per_content"]].tolist() == ["sriqa_bench"]


def test_the_alignment_says_how_each_score_was_mapped_and_is_to_be_compared() -> None:
    _, maps = align(records(), LAYOUTS)
    record = alignment_record(maps, LAYOUTS)
    assert record["csiq"]["overall"] == {
        "slope": -4.0,
        "intercept": 5.0,
        "range": [0, 1],
        "direction": "lower is better",
        "target": "soft",
    }
    assert set(record["spaq"]) == {"overall", "color", "noise", "sharpness"}


def test_people_see_ranges_before_and_after() -> None:
    manifest, _ = align(records(), LAYOUTS)
    shown = {(row["dataset"], row["attribute"]): row for row in ranges(manifest, LAYOUTS)}
    assert shown["csiq", "overall"]["before"] == "0.000 to 0.750"
    assert shown["csiq", "overall"]["after"] == "2.000 to 5.000"
