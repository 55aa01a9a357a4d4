"""Which file a label means."""

from pathlib import Path

import pytest

from mgiqa.datasets.read.locate import Locator
from mgiqa.errors import LabelError
from tests.datasets.layouts import write_image


def test_the_exact_name_wins_and_the_first_candidate_that_exists_is_taken(tmp_path: Path) -> None:
    write_image(tmp_path / "b" / "x.png")
    write_image(tmp_path / "b" / "X.png")
    locator = Locator(tmp_path)
    assert locator.find(("a/x.png", "b/x.png", "b/X.png")) == "b/x.png"
    assert locator.respelled == 0


def test_another_case_is_found_spelled_as_on_disk_and_counted(tmp_path: Path) -> None:
    write_image(tmp_path / "Distorted_Images" / "I01_01_1.BMP")
    locator = Locator(tmp_path)
    assert locator.find(("distorted_images/i01_01_1.bmp",)) == "Distorted_Images/I01_01_1.BMP"
    assert locator.respelled == 1


def test_two_files_that_differ_in_case_only_are_not_guessed_between(tmp_path: Path) -> None:
    write_image(tmp_path / "x.PNG")
    write_image(tmp_path / "X.png")
    assert Locator(tmp_path).find(("x.png",)) is None


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "a/../../secret.png", "..\\secret.png"])
def test_a_label_never_leads_outside_the_dataset(tmp_path: Path, name: str) -> None:
    write_image(tmp_path / "secret.png")
    (tmp_path / "dataset").mkdir()
    with pytest.raises(LabelError, match="leads outside the dataset"):
        Locator(tmp_path / "dataset").find((name,))


def test_an_absent_file_is_none(tmp_path: Path) -> None:
    assert Locator(tmp_path).find(("images/x.png",)) is None


@pytest.mark.parametrize("wanted", ["images/x.png", "images/X.PNG"])
def test_a_link_never_leads_outside_the_dataset(tmp_path: Path, wanted: str) -> None:
    secret = write_image(tmp_path / "secret.png")
    inside = write_image(tmp_path / "dataset" / "store" / "y.png")
    (tmp_path / "dataset" / "images").mkdir()
    (tmp_path / "dataset" / "images" / "x.png").symlink_to(secret)
    with pytest.raises(
        LabelError, match=r"^images/x.png in .* link to .*secret.png, which is outside the dataset\. Put"
    ):
        Locator(tmp_path / "dataset").find((wanted,))
    (tmp_path / "dataset" / "images" / "x.png").unlink()
    (tmp_path / "dataset" / "images" / "x.png").symlink_to(inside)
    assert Locator(tmp_path / "dataset").find((wanted,)) == "images/x.png"


def test_a_folder_that_is_a_link_leads_outside_too_but_the_dataset_itself_may_be_one(tmp_path: Path) -> None:
    write_image(tmp_path / "elsewhere" / "images" / "x.png")
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "images").symlink_to(tmp_path / "elsewhere" / "images")
    with pytest.raises(LabelError, match="outside the dataset"):
        Locator(tmp_path / "dataset").find(("images/x.png",))
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert Locator(tmp_path / "link").find(("images/x.png",)) == "images/x.png"
