"""The sample's files look like the official ones: names, headers, line ends, ranges, quirks."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from PIL import Image

from mgiqa.datasets.sample import DATASETS, write_sample
from mgiqa.datasets.sample.para import ASKED, COUNTED
from mgiqa.settings.data import Sample

SETTINGS = Sample(contents=9, versions=4, size=56)
COUNT = 36
SPAQ_LABELS = "Annotations/MOS and Image attribute scores.xlsx"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layouts")
    for dataset in DATASETS:
        write_sample(dataset, folder / dataset, SETTINGS)
    return folder


def spaq(folder: Path) -> pd.DataFrame:
    return pd.read_excel(folder / "spaq" / SPAQ_LABELS)


def agiqa3k(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "agiqa3k" / "data.csv", keep_default_na=False)


def giaa(folder: Path, split: str) -> pd.DataFrame:
    return pd.read_csv(folder / "para" / "annotation" / f"PARA-Giaa{split}.csv")


def test_kadid10k_rates_every_distorted_image_and_no_reference(sample: Path) -> None:
    table = pd.read_csv(sample / "kadid10k" / "dmos.csv")
    images = {path.name for path in (sample / "kadid10k" / "images").iterdir()}
    assert len(table) == COUNT
    assert table.dist_img.str.fullmatch(r"I\d\d_\d\d_0[1-5]\.png").all()
    assert (table.ref_img == table.dist_img.str[:3] + ".png").all()
    assert images == set(table.dist_img) | set(table.ref_img)


def test_kadid10k_votes_run_from_1_to_5_and_var_is_a_variance_of_such_votes(sample: Path) -> None:
    table = pd.read_csv(sample / "kadid10k" / "dmos.csv")
    assert table.dmos.between(1, 5).all()
    widest = (table.dmos - 1) * (5 - table.dmos) * 30 / 29
    assert (table["var"] <= widest + 0.05).all(), "no votes on 1 to 5 with this mean vary more"
    assert table["var"].between(0.1, 1.6).mean() > 0.9


def test_kadid10k_falls_with_the_level_although_the_column_is_called_dmos(tmp_path: Path) -> None:
    write_sample("kadid10k", tmp_path, Sample(contents=30, versions=5, size=56))
    table = pd.read_csv(tmp_path / "dmos.csv")
    means = table.groupby(table.dist_img.str[7:9]).dmos.mean()
    assert list(means) == sorted(means, reverse=True)


def test_spaq_has_one_sheet_of_scores_from_0_to_100_and_files_numbered_from_1(sample: Path) -> None:
    table = spaq(sample)
    assert openpyxl.load_workbook(sample / "spaq" / SPAQ_LABELS, read_only=True).sheetnames == ["Sheet1"]
    assert list(table["Image name"]) == [f"{number:05d}.jpg" for number in range(1, COUNT + 1)]
    assert {path.name for path in (sample / "spaq" / "TestImage").iterdir()} == set(table["Image name"])
    scores = table.drop(columns="Image name")
    assert scores.to_numpy().min() >= 0
    assert scores.to_numpy().max() <= 100
    assert scores.to_numpy().max() > 50, "not on a five-point scale"


def test_spaq_workbook_carries_no_time_and_no_compression(sample: Path) -> None:
    with zipfile.ZipFile(sample / "spaq" / SPAQ_LABELS) as book:
        assert {entry.date_time for entry in book.infolist()} == {(2020, 1, 1, 0, 0, 0)}
        assert {entry.compress_type for entry in book.infolist()} == {zipfile.ZIP_STORED}
        assert book.read("docProps/core.xml").count(b"2020-01-01T00:00:00Z") == 2


def test_agiqa3k_lines_end_in_crlf_and_numbers_are_those_of_prompts(sample: Path) -> None:
    content = (sample / "agiqa3k" / "data.csv").read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") == COUNT + 1
    table = agiqa3k(sample)
    assert table.groupby(table.name.str.extract(r"_(\d{3})\.jpg$")[0]).prompt.nunique().eq(1).all()
    assert {path.name for path in (sample / "agiqa3k" / "images").iterdir()} == set(table.name)
    assert table.name.str.contains("sd1.5_normal_", regex=False).sum() == SETTINGS.contents


def test_agiqa3k_quality_starts_at_exactly_0_and_stays_within_5(sample: Path) -> None:
    table = agiqa3k(sample)
    for column in ("mos_quality", "mos_align"):
        assert table[column].min() == 0
        assert table[column].max() <= 5
    assert table.std_quality.between(0.05, 2).all()
    assert table.mos_quality.corr(table.mos_align) < 0.98


def test_para_means_and_deviations_are_those_of_the_single_votes(sample: Path) -> None:
    votes = pd.read_csv(sample / "para" / "annotation" / "PARA-Images.csv")
    images = pd.concat([giaa(sample, "Train"), giaa(sample, "Test")]).set_index("imageName")
    for key, (_, scale) in ASKED.items():
        rated = votes.groupby("imageName")[key]
        assert np.allclose(rated.mean(), images[f"{key}_mean"].sort_index(), atol=1e-5)
        assert np.allclose(rated.std(ddof=1), images[f"{key}_std"].sort_index(), atol=1e-5)
        assert ((votes[key] - 1) / scale.step % 1 == 0).all()
        assert votes[key].between(1, 5).all()


def test_para_counts_every_vote_once(sample: Path) -> None:
    images = giaa(sample, "Train")
    raters = pd.read_csv(sample / "para" / "annotation" / "PARA-Images.csv").userId.nunique()
    for key in COUNTED:
        counts = images.filter(regex=rf"^{key}_\d")
        assert counts.shape[1] == (9 if key == "aestheticScore" else 5)
        assert (counts.sum(axis=1) == raters).all()


def test_para_training_and_test_rows_share_no_image_and_name_all_files(sample: Path) -> None:
    train, test = giaa(sample, "Train"), giaa(sample, "Test")
    assert not set(train.imageName) & set(test.imageName)
    assert len(test) == COUNT // 4
    both = pd.concat([train, test])
    named = {f"{row.sessionId}/{row.imageName}" for row in both.itertuples()}
    folder = sample / "para" / "imgs"
    assert named == {path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg")}
    assert list(train.columns[:4]) == ["imageName", "sessionId", "semantic", "aestheticScore_1.0"]


def test_every_image_is_rgb_and_has_the_size_that_was_asked_for(sample: Path) -> None:
    for path in [*sample.rglob("*.png"), *sample.rglob("*.jpg")]:
        with Image.open(path) as image:
            assert (image.size, image.mode) == ((56, 56), "RGB"), path.name


def test_label_files_have_the_columns_and_ranges_of_the_real_ones(sample: Path, real_data: Path) -> None:
    real = real_data / "annotations"
    for ours, theirs in (("kadid10k/dmos.csv", "kadid10k/dmos.csv"), ("agiqa3k/data.csv", "agiqa3k/data.csv")):
        first, second = (folder.open(newline="", encoding="utf-8") for folder in (sample / ours, real / theirs))
        with first, second:
            assert next(csv.reader(first)) == next(csv.reader(second))
    official = pd.read_excel(real / "spaq" / SPAQ_LABELS)
    assert list(spaq(sample).columns) == list(official.columns)
    assert spaq(sample).dtypes.tolist() == official.dtypes.tolist()
    names = pd.read_csv(real / "agiqa3k" / "data.csv").name.str.extract(r"(.+)_\d+\.jpg")[0]
    assert set(agiqa3k(sample).name.str.extract(r"(.+)_\d+\.jpg")[0]) <= set(names)
