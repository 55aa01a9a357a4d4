"""Labels of datasets whose real files are not at hand, written in their documented form."""

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import scipy.io

from mgiqa.datasets.catalogue import CATALOGUE
from mgiqa.datasets.read.labels import Labels, read_labels
from mgiqa.errors import LabelError


def read(name: str, folder: Path, **options: bool) -> Labels:
    return read_labels(CATALOGUE[name], folder, **options)


def write_live(folder: Path) -> None:
    names = np.array([["bikes.bmp"] if row % 2 else ["caps.bmp"] for row in range(982)], dtype=object).reshape(1, -1)
    originals = np.zeros((1, 982))
    originals[0, 779:] = 1
    scores = {"dmos_new": np.linspace(-2.6, 111.8, 982)[None], "dmos_std": np.ones((1, 982)), "orgs": originals}
    scipy.io.savemat(folder / "refnames_all.mat", {"refnames_all": names})
    scipy.io.savemat(folder / "dmos_realigned.mat", scores)


def test_images_of_live_are_named_by_type_and_number_and_reference_copies_are_left_out(tmp_path: Path) -> None:
    write_live(tmp_path)
    labels = read("live", tmp_path)
    assert (len(labels.table), labels.left_out, labels.layout.name) == (779, 203, "realigned")
    assert labels.table["image_id"][0] == "live/jp2k/img1.bmp"
    assert labels.table["image_id"][227] == "live/jpeg/img1.bmp"
    assert labels.table["image_id"][460] == "live/wn/img1.bmp"
    assert labels.table["content"][:2].tolist() == ["live/caps", "live/bikes"]
    assert labels.layout.overall.direction == "lower is better"
    assert len(read("live", tmp_path, everything=True).table) == 982


def test_without_realigned_scores_the_first_release_of_live_is_read(tmp_path: Path) -> None:
    write_live(tmp_path)
    (tmp_path / "dmos_realigned.mat").unlink()
    scipy.io.savemat(tmp_path / "dmos.mat", {"dmos": np.full((1, 982), 50.0), "orgs": np.zeros((1, 982))})
    labels = read("live", tmp_path)
    assert labels.layout.name == "not realigned"
    assert labels.table["std_overall"].isna().all()


def test_pipal_stacks_one_file_per_reference(tmp_path: Path) -> None:
    (tmp_path / "Train_Label").mkdir()
    for content in ("A0001", "A0002"):
        (tmp_path / "Train_Label" / f"{content}.txt").write_text(
            f"{content}_00_00.bmp,1520.0648\n{content}_00_01.bmp,1400\n"
        )
    table = read("pipal", tmp_path).table
    assert table["mos_overall"].tolist() == [1520.0648, 1400, 1520.0648, 1400]
    assert table["content"].tolist() == ["pipal/A0001"] * 2 + ["pipal/A0002"] * 2
    assert table["images"][0][0] == "Distortion_1/A0001_00_00.bmp"


def test_para_takes_its_split_from_the_name_of_the_file(tmp_path: Path) -> None:
    names = ("quality", "aesthetic", "color", "composition", "dof", "light", "content")
    scores = {f"{name}Score_{what}": [value] for name in names for what, value in (("mean", 3.5), ("std", 0.5))}
    (tmp_path / "PARA" / "annotation").mkdir(parents=True)
    for part in ("Train", "Test"):
        row = {"imageName": [f"iaa_pub_{part}.jpg"], "sessionId": ["session1"], **scores}
        pd.DataFrame(row).to_csv(tmp_path / "PARA" / "annotation" / f"PARA-Giaa{part}.csv", index=False)
    table = read("para", tmp_path).table.set_index("split")
    assert table["image_id"].to_dict() == {
        "test": "para/session1/iaa_pub_Test.jpg", "train": "para/session1/iaa_pub_Train.jpg",
    }  # fmt: skip
    assert table.loc["train", "images"] == ("imgs/session1/iaa_pub_Train.jpg",)
    assert table.loc["train", ["mos_overall", "mos_color", "mos_composition", "extra_aesthetic"]].tolist() == [3.5] * 4


def test_aigciqa_groups_the_images_of_one_prompt_over_all_models(tmp_path: Path) -> None:
    (tmp_path / "DATA" / "MOS").mkdir(parents=True)
    for number in (1, 2, 3):
        scores = np.arange(2400.0)[:, None] / 24 / number
        scipy.io.savemat(tmp_path / "DATA" / "MOS" / f"mosz{number}.mat", {"MOSz": scores})
    table = read("aigciqa2023", tmp_path).table
    assert table.groupby("content").size().tolist() == [24] * 100
    assert table["content"][[0, 3, 4, 400, 2399]].tolist() == [f"aigciqa2023/p{n:03d}" for n in (0, 0, 1, 0, 99)]
    assert table["images"][2399][0] == "Image/allimg/2399.png"
    assert table["extra_authenticity"][24] == 0.5


def test_both_score_files_of_agiqa1k_are_read_and_the_z_scores_preferred(tmp_path: Path) -> None:
    (tmp_path / "AIGC_all.csv").write_text("Image,Score\ndreamStudio_6_2_0_1.jpg,1.8\ndeepai_6_2_0_1.jpg,2.5\n")
    raw = read("agiqa1k", tmp_path)
    assert raw.layout.name == "raw"
    assert set(raw.table["content"]) == {"agiqa1k/6_2_0_1"}
    book = openpyxl.Workbook()
    for row in (["Image", "Prompt", "MOS"], ["deepai_6_2_0_1.jpg", "kid driving car, city", 3.25]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "AIGC_MOS_Zscore.xlsx")
    official = read("agiqa1k", tmp_path).table
    assert official["mos_overall"].tolist() == [3.25]
    assert official["prompt"].tolist() == ["kid driving car, city"]


def test_uhd_iqa_lies_in_the_folder_of_its_split(tmp_path: Path) -> None:
    (tmp_path / "uhd-iqa-metadata.csv").write_text("image_name,quality_mos,set\n1.jpg,0.5,validation\n2.jpg,0.6,test\n")
    table = read("uhd_iqa", tmp_path).table
    assert table["split"].tolist() == ["val", "test"]
    assert table["images"][0][0] == "validation/1.jpg"


def test_koniq_is_read_without_its_official_split_and_then_has_none(tmp_path: Path) -> None:
    (tmp_path / "koniq10k_scores_and_distributions.csv").write_text(
        '"image_name","c1","MOS","SD","MOS_zscore"\n"1.jpg",0,3.5,0.5,70\n'
    )
    table = read("koniq10k", tmp_path).table
    assert table["split"].tolist() == [""]
    assert table["std_overall"].tolist() == [0.5]


def test_flags_of_a_row_do_not_leak_into_another(tmp_path: Path) -> None:
    (tmp_path / "koniq10k_scores_and_distributions.csv").write_text("image_name,MOS,SD\n1.jpg,3.5,0.5\n2.jpg,2.5,0.5\n")
    (tmp_path / "koniq10k_distributions_sets.csv").write_text("image_name,MOS,SD,set\n2.jpg,50,0.5,test\n")
    assert read("koniq10k", tmp_path).table["split"].tolist() == ["", "test"]


def test_a_second_file_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "koniq10k_scores_and_distributions.csv").write_text("image_name,MOS,SD\n1.jpg,3.5,0.5\n")
    sets = tmp_path / "koniq10k_distributions_sets.csv"
    sets.write_text("image_name,set\n1.jpg,test\n1.jpg,test\n")
    assert read("koniq10k", tmp_path).table["split"].tolist() == ["test"]
    sets.write_text("image_name,set\n1.jpg,test\n1.jpg,training\n")
    with pytest.raises(LabelError, match=r"distributions_sets.csv says different things of 1.jpg"):
        read("koniq10k", tmp_path)


def test_empty_scores_are_missing_and_not_zero(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(
        "name,prompt,adj1,adj2,style,mos_quality,std_quality,mos_align,std_align\na_000.jpg,,,,,,,1,0.5\n"
    )
    table = read("agiqa3k", tmp_path).table
    assert table["mos_overall"].isna().all()
    assert table["prompt"].isna().all()
    assert table["extra_alignment"].tolist() == [1.0]


@pytest.mark.parametrize("name", ["liu13", "shrq"])
def test_public_lists_are_separated_by_white_space(name: str, tmp_path: Path) -> None:
    file = CATALOGUE[name].layouts[0].tables[0].paths[0]
    (tmp_path / file).write_text("0_0.png 0_1.png 4.5\n0_0.png\t0_2.png   3.5\n")
    assert read(name, tmp_path).table["mos_overall"].tolist() == [4.5, 3.5]
