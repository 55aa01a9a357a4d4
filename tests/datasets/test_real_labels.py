"""The real label files: counts, ranges, directions, and every trap that peers' users fell into."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from mgiqa.datasets.catalogue import CATALOGUE
from mgiqa.datasets.inspection import inspect_dataset
from mgiqa.datasets.read.labels import Labels, read_labels

HIGH, LOW = "higher is better", "lower is better"


def labels(real_data: Path, name: str, **options: bool) -> Labels:
    return read_labels(CATALOGUE[name], real_data / "annotations" / name, **options)


@cache
def table(real_data: Path, name: str) -> pd.DataFrame:
    return labels(real_data, name).table.set_index("image_id")


@cache
def looked_at(real_data: Path, name: str, **options: bool) -> dict[str, Any]:
    return inspect_dataset(CATALOGUE[name], real_data / "annotations" / name, labels_only=True, **options)


@pytest.mark.parametrize(
    ("name", "rows", "contents", "declared", "direction", "observed", "deviation"),
    [
        ("kadid10k", 10125, 81, [1, 5], HIGH, (1.0, 4.93), (0.0, 1.593**0.5)),
        ("koniq10k", 10073, 10073, [1, 5], HIGH, (1.096154, 4.31), (0.296230, 1.098218)),
        ("spaq", 11125, 11125, [0, 100], HIGH, (2.0, 96.0), None),
        ("clive", 1162, 1162, [0, 100], HIGH, (3.42, 92.431953), (6.76, 28.59)),
        ("bid", 586, 586, [0, 5], HIGH, (0.163806, 4.919752), (0.1, 2.0)),
        ("agiqa3k", 2982, 300, [0, 5], HIGH, (0.0, 4.488741), (0.108, 1.452)),
        ("tid2013", 3000, 25, [0, 9], HIGH, (0.24242, 7.21429), (0.0, 0.29978)),
        ("csiq", 866, 30, [0, 1], LOW, (0.0, 1.0), (0.0, 0.391237)),
        ("flive", 39810, 39810, [0, 100], HIGH, (0.0, 94.333234), None),
        ("liu13", 1199, 40, [1, 5], HIGH, (1.0, 5.0), None),
        ("sriqa_bench", 1100, 100, [0, 100], HIGH, (0.0, 100.0), None),
        ("shrq", 600, 75, [1, 5], HIGH, (1.0, 5.0), None),
    ],
)
def test_counts_range_direction_and_deviation(
    real_data: Path,
    name: str,
    rows: int,
    contents: int,
    declared: list[float],
    direction: str,
    observed: tuple[float, float],
    deviation: tuple[float, float] | None,
) -> None:
    seen = looked_at(real_data, name)
    assert (seen["rows"], seen["contents"]) == (rows, contents)
    assert (seen["range"], seen["direction"]) == (declared, direction)
    assert (seen["mos"]["min"], seen["mos"]["max"]) == pytest.approx(observed, abs=1e-5)
    assert seen["quarantined"] == 0
    assert sum(seen["splits"].values()) == rows
    assert seen["std"]["available"] == (deviation is not None)
    if deviation:
        assert deviation[0] - 0.01 <= seen["std"]["min"]
        assert seen["std"]["max"] <= deviation[1] + 0.01


def test_the_official_split_of_koniq_is_taken(real_data: Path) -> None:
    assert looked_at(real_data, "koniq10k")["splits"] == {"train": 7058, "val": 1000, "test": 2015}


@pytest.mark.parametrize(("name", "rows"), [("liu13", 1199), ("sriqa_bench", 1100), ("shrq", 600)])
def test_benchmarks_of_restoration_are_for_testing_only(real_data: Path, name: str, rows: int) -> None:
    assert looked_at(real_data, name)["splits"] == {"train": 0, "val": 0, "test": rows}


def test_seven_images_of_clive_trained_the_raters(real_data: Path) -> None:
    seen = looked_at(real_data, "clive")
    assert any("7 rows are left out" in warning for warning in seen["warnings"])
    everything = labels(real_data, "clive", everything=True)
    assert len(everything.table) == 1169
    assert "Images/trainingImages/t1.bmp" in everything.table["images"][0]
    assert "clive/100.bmp" in table(real_data, "clive").index


def test_the_variance_of_kadid_is_rooted_and_two_are_zero(real_data: Path) -> None:
    kadid = table(real_data, "kadid10k")
    assert kadid.loc["kadid10k/I01_01_01.png", "std_overall"] == pytest.approx(0.496**0.5)
    zero = kadid.index[kadid["std_overall"] == 0]
    assert list(zero) == ["kadid10k/I02_02_05.png", "kadid10k/I58_04_05.png"]
    assert any(
        "2 rows break the expectation std_overall_not_zero" in w for w in looked_at(real_data, "kadid10k")["warnings"]
    )


def test_the_dmos_of_kadid_rises_with_quality(real_data: Path) -> None:
    kadid = table(real_data, "kadid10k")
    level = kadid.index.str[-6:-4].astype(int)
    means = kadid.groupby(level)["mos_overall"].mean().round(2)
    assert means.tolist() == [4.08, 3.52, 3.06, 2.50, 2.01]


def test_the_level_of_mean_shift_and_contrast_in_kadid_is_not_their_severity(real_data: Path) -> None:
    kadid = table(real_data, "kadid10k")
    kind, level = kadid.index.str[-9:-7], kadid.index.str[-6:-4]
    for name, means in {"18": [4.22, 4.52, 4.60, 4.37, 3.90], "25": [3.42, 3.86, 4.29, 4.14, 3.32]}.items():
        assert kadid[kind == name].groupby(level[kind == name])["mos_overall"].mean().round(2).tolist() == means


def test_scores_of_kadid_hold_many_exact_ties(real_data: Path) -> None:
    assert table(real_data, "kadid10k")["mos_overall"].nunique() == 241


def test_koniq_is_read_on_the_scale_of_its_deviation(real_data: Path) -> None:
    koniq = table(real_data, "koniq10k")
    assert koniq.loc["koniq10k/10004473376.jpg", "mos_overall"] == pytest.approx(3.82857142857143)
    assert koniq.loc["koniq10k/10004473376.jpg", "std_overall"] == pytest.approx(0.527277894494)


def test_the_other_label_file_of_koniq_has_another_scale_and_gives_no_deviation(
    real_data: Path, tmp_path: Path
) -> None:
    name = "koniq10k_distributions_sets.csv"
    (tmp_path / name).write_bytes((real_data / "annotations" / "koniq10k" / name).read_bytes())
    alone = read_labels(CATALOGUE["koniq10k"], tmp_path)
    assert alone.layout.overall.scale == "0–100 ↑"
    assert alone.table["mos_overall"][0] == pytest.approx(77.3836206897)
    assert alone.table["std_overall"].isna().all()
    assert alone.table["split"].value_counts().to_dict() == {"train": 7058, "test": 2015, "val": 1000}
    both = table(real_data, "koniq10k")["mos_overall"].to_numpy()
    assert spearmanr(both, alone.table["mos_overall"]).statistic == pytest.approx(0.992, abs=5e-4)


def test_every_attribute_of_spaq_rises_with_quality_noisiness_included(real_data: Path) -> None:
    spaq = table(real_data, "spaq")
    columns = ["extra_brightness", "mos_color", "extra_contrast", "mos_noise", "mos_sharpness"]
    found = [round(float(spearmanr(spaq[column], spaq["mos_overall"]).statistic), 3) for column in columns]
    assert found == [0.784, 0.844, 0.875, 0.893, 0.958]


def test_spaq_keeps_all_five_attributes_under_their_own_names(real_data: Path) -> None:
    attributes = looked_at(real_data, "spaq")["attributes"]
    assert {name: attribute["attribute"] for name, attribute in attributes.items()} == {
        "brightness": None, "colorfulness": "color", "contrast": None, "noisiness": "noise", "sharpness": "sharpness",
    }  # fmt: skip
    assert {name: (a["min"], a["max"]) for name, a in attributes.items()} == {
        "brightness": (0.2, 97), "colorfulness": (2.6, 96), "contrast": (0.6, 95.67), "noisiness": (1.6, 98),
        "sharpness": (0.67, 96.33),
    }  # fmt: skip
    assert all(attribute["rows"] == 11125 for attribute in attributes.values())


def test_alignment_of_agiqa_is_kept_beside_quality(real_data: Path) -> None:
    agiqa = table(real_data, "agiqa3k")
    assert spearmanr(agiqa["mos_overall"], agiqa["extra_alignment"]).statistic == pytest.approx(0.742, abs=5e-4)
    alignment = looked_at(real_data, "agiqa3k")["attributes"]["alignment"]
    assert (alignment["rows"], alignment["std_available"]) == (2982, True)
    assert agiqa["mos_overall"].min() == 0.0


def test_prompts_with_commas_dots_in_names_and_windows_line_ends_are_read(real_data: Path) -> None:
    agiqa = table(real_data, "agiqa3k")
    assert agiqa.loc["agiqa3k/sd1.5_normal_000.jpg", "content"] == "agiqa3k/000"
    assert agiqa["prompt"].str.contains(",").any()
    assert not agiqa["prompt"].str.contains("\r").any()
    assert agiqa["std_overall"].notna().all()
    counts = agiqa.groupby("content").size()
    assert (counts.max(), len(counts)) == (10, 300)


def test_names_of_tid_in_mixed_case_belong_to_25_contents(real_data: Path) -> None:
    tid = table(real_data, "tid2013")
    letters = pd.Series([name.removeprefix("tid2013/") for name in tid.index])
    assert letters.str.match(r"i.*bmp").sum() == 2925
    assert letters.str.match(r"I.*bmp").sum() == 25
    assert letters.str.match(r"I.*BMP").sum() == 50
    assert tid.groupby("content").size().tolist() == [120] * 25


def test_levels_of_tid_are_not_severities_for_three_types(real_data: Path) -> None:
    tid = table(real_data, "tid2013")
    kind, level = tid.index.str[-8:-6], tid.index.str[-5:-4]
    rising = [
        name
        for name in sorted(set(kind))
        if not tid[kind == name].groupby(level[kind == name])["mos_overall"].mean().is_monotonic_decreasing
    ]
    assert rising == ["14", "15", "17"]


def test_the_header_of_csiq_is_deep_inside_a_sheet_and_a_number_names_an_image(real_data: Path) -> None:
    csiq = labels(real_data, "csiq").table.set_index("image_id")
    assert csiq.loc["csiq/1600.AWGN.1.png", "mos_overall"] == pytest.approx(0.0619894)
    assert csiq.loc["csiq/1600.AWGN.1.png", "images"][0] == "dst_imgs/AWGN/1600.AWGN.1.png"
    kinds = csiq.index.str.extract(r"\.(\w+)\.\d\.png$", expand=False).value_counts().to_dict()
    assert kinds == {"AWGN": 150, "BLUR": 150, "JPEG": 150, "jpeg2000": 150, "fnoise": 150, "contrast": 116}


def test_a_true_dmos_falls_with_the_level(real_data: Path) -> None:
    csiq = table(real_data, "csiq")
    level = csiq.index.str[-5].astype(int)
    assert csiq.groupby(level)["mos_overall"].mean().is_monotonic_increasing


def test_numbers_of_bid_become_names_and_its_deviation_comes_from_its_grades(real_data: Path) -> None:
    bid = table(real_data, "bid")
    numbers = [int(name[-8:-4]) for name in bid.index]
    assert sorted({*range(1, 591)} - {*numbers}) == [2, 346, 413, 439]
    raw = pd.read_excel(real_data / "annotations" / "bid" / "DatabaseGrades.xls", sheet_name="Plan1")
    grades = raw.filter(regex=r"^Grade #")
    assert bid["std_overall"].to_numpy() == pytest.approx(grades.std(axis=1, ddof=1).to_numpy())
    off = np.abs(bid["mos_overall"].to_numpy() - grades.mean(axis=1).to_numpy()) > 0.01
    assert [number for number, wrong in zip(numbers, off, strict=True) if wrong] == [71, 91, 182, 241, 252, 289, 317]


def test_every_content_of_sriqa_spans_its_own_scale(real_data: Path) -> None:
    sriqa = table(real_data, "sriqa_bench")
    spans = sriqa.groupby("content")["mos_overall"].agg(["min", "max", "size"])
    assert np.allclose(spans["min"], 0) and np.allclose(spans["max"], 100)
    assert set(spans["size"]) == {11}
    assert CATALOGUE["sriqa_bench"].per_content
    assert any("within a content" in warning for warning in looked_at(real_data, "sriqa_bench")["warnings"])


def test_the_official_form_of_sriqa_reads_like_the_public_list(tmp_path: Path) -> None:
    (tmp_path / "MOS").mkdir()
    (tmp_path / "MOS" / "x1.txt").write_text("x1_SeeSRx4.png,100.0\nx1_Original.png,0.0\n")
    (tmp_path / "MOS" / "x10.txt").write_text("x10_SUPIRx4.png 55.5\n")
    official = read_labels(CATALOGUE["sriqa_bench"], tmp_path)
    assert official.layout.name == "official"
    assert official.table["content"].tolist() == ["sriqa_bench/x1", "sriqa_bench/x1", "sriqa_bench/x10"]
    assert official.table["mos_overall"].tolist() == [100.0, 0.0, 55.5]
    assert official.table["images"][0] == ("images/SeeSR/x1_SeeSRx4.png", "images/SeeSRx4/x1_SeeSRx4.png")
    assert official.table["images"][1][0] == "images/Original/x1_Original.png"


def test_a_content_of_shrq_may_hold_an_underscore(real_data: Path) -> None:
    shrq = table(real_data, "shrq")
    assert shrq.loc["shrq/lawn1_D1_Cai16.png", "content"] == "shrq/lawn1_D1"
    assert set(shrq.groupby("content").size()) == {8}


def test_one_image_of_liu13_is_absent(real_data: Path) -> None:
    liu13 = table(real_data, "liu13")
    assert "liu13/1_29.png" in liu13.index
    assert "liu13/1_30.png" not in liu13.index


def test_the_command_prints_what_the_library_says(real_data: Path) -> None:
    command = [sys.executable, "-m", "mgiqa", "datasets", "inspect", "bid", "--labels-only", "--json"]
    done = subprocess.run([*command, "--root", str(real_data / "annotations" / "bid")], capture_output=True, check=True)
    assert json.loads(done.stdout) == json.loads(json.dumps(looked_at(real_data, "bid")))


def test_real_images_are_measured_where_they_lie(real_data: Path) -> None:
    folder = real_data / "images" / "avt_ai"
    seen = inspect_dataset(CATALOGUE["avt_ai"], folder, labels_only=False)
    assert (seen["rows"], seen["contents"], seen["quarantined"]) == (146, 27, 94)
    assert seen["quarantine"] == {"its image is missing": 94}
    assert set(seen["attributes"]) == {"appeal", "realism", "prompt_match"}
    assert sum(seen["splits"].values()) == 52


def test_the_deviation_of_avt_hevc_is_that_of_its_raters(real_data: Path) -> None:
    folder = real_data / "images" / "avt_hevc"
    hevc = read_labels(CATALOGUE["avt_hevc"], folder).table
    users = pd.read_csv(folder / "test_1" / "per_user.csv").filter(regex=r"^user")
    odd = ~np.isclose(hevc["mos_overall"], users.mean(axis=1))
    assert odd.sum() == 2  # rated by a twenty-second person, whom per_user.csv does not hold
    assert np.allclose(hevc["std_overall"][~odd], users.std(axis=1, ddof=1)[~odd])
    assert hevc["content"].nunique() == 38
    assert (hevc["std_overall"] == 0).sum() == 20
