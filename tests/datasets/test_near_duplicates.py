"""Images that look alike."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from mgiqa.datasets.split.near_duplicates import difference_hash, near_duplicates
from mgiqa.images.opening import open_image
from tests.datasets.layouts import write_image


def rows(paths: list[str], splits: list[str], contents: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"image_id": paths, "path": paths, "split": splits, "content": contents})


def test_another_size_and_quality_look_alike_and_other_pictures_do_not(tmp_path: Path) -> None:
    original = open_image(write_image(tmp_path / "a.png", 1, (200, 160)))
    original.resize((100, 80)).save(tmp_path / "b.jpg", quality=60)
    other = open_image(write_image(tmp_path / "c.png", 2, (200, 160)))
    assert (difference_hash(original) != difference_hash(open_image(tmp_path / "b.jpg"))).sum() <= 4
    assert (difference_hash(original) != difference_hash(other)).sum() > 10


def test_a_bit_says_whether_the_next_of_nine_by_eight_blocks_is_brighter_on_average() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 72), dtype=np.uint8)
    means = pixels.reshape(8, 8, 9, 8).mean(axis=(1, 3))
    rise = np.diff(means, axis=1).ravel()
    clear = np.abs(rise) > 1  # a thumbnail holds whole numbers
    assert clear.sum() > 50
    np.testing.assert_array_equal(difference_hash(Image.fromarray(pixels))[clear], rise[clear] > 0)


def test_a_picture_of_one_gray_gets_nowhere_brighter() -> None:
    assert not difference_hash(Image.new("RGB", (30, 20), (90, 90, 90))).any()


def test_the_colors_of_a_picture_count_by_their_brightness() -> None:
    picture = Image.new("RGB", (90, 80))
    for column in range(9):
        color = (0, 255, 0) if column % 2 else (0, 0, 255)  # green looks brighter than blue
        picture.paste(color, (10 * column, 0, 10 * column + 10, 80))
    assert difference_hash(picture).reshape(8, 8)[0].tolist() == [True, False] * 4


def test_only_pairs_of_different_splits_and_contents_are_reported(tmp_path: Path) -> None:
    original = open_image(write_image(tmp_path / "a.png", 1, (200, 160)))
    for name in ("b.png", "c.png", "d.png"):
        original.resize((190, 150)).save(tmp_path / name)
    write_image(tmp_path / "e.png", 5)
    table = rows(
        ["a.png", "b.png", "c.png", "d.png", "e.png"],
        ["train", "test", "train", "test", "test"],
        ["x", "y", "z", "x", "w"],
    )
    assert near_duplicates(table, tmp_path) == [("a.png", "b.png"), ("b.png", "c.png"), ("c.png", "d.png")]


def draw(bits: np.ndarray, path: Path) -> None:
    """A picture with the given hash: in every row it gets brighter where a bit is set."""
    steps = np.where(bits.reshape(8, 8), 10, -10)
    gray = 128 + np.concatenate([np.zeros((8, 1)), np.cumsum(steps, axis=1)], axis=1)
    Image.fromarray(gray.astype(np.uint8)).resize((72, 64), Image.Resampling.NEAREST).save(path)


def test_no_pair_within_the_distance_is_missed_and_none_beyond_is_found(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    base = rng.random(64) < 0.5
    for flips in range(9):
        bits = base.copy()
        bits[rng.permutation(64)[:flips]] ^= True
        draw(bits, tmp_path / f"{flips}.png")
    names = [f"{flips}.png" for flips in range(9)]
    table = rows(names, ["test", *["train"] * 8], names)
    assert near_duplicates(table, tmp_path) == [("0.png", f"{flips}.png") for flips in range(1, 5)]
