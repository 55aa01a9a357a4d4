"""Images in memory: as many as their bytes allow."""

import weakref

import pytest
from PIL import Image

from mgiqa.errors import ImageError
from mgiqa.scoring import portions
from mgiqa.scoring.portions import portions as in_portions


def test_what_is_held_at_once_is_bounded_by_bytes_and_not_by_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "HELD", 10_000)
    seen: list[weakref.ref[Image.Image]] = []
    most = []

    def look(side: int) -> Image.Image:
        image = Image.new("RGB", (side, side))
        seen.append(weakref.ref(image))
        most.append(sum(3 * one.width * one.height for ref in seen if (one := ref())))
        return image

    sides = [10] * 100 + [50] * 30 + [100] * 5
    sizes = [[image.width for image in portion] for portion in in_portions(sides, look, openers=1)]
    assert [side for portion in sizes for side in portion] == sides
    assert max(most) < 10_000 + 4 * 3 * 100 * 100, "four are opened ahead"
    assert [len(portion) for portion in sizes] == [34, 34, 33] + [2] * 15 + [1] * 4


def test_small_images_are_bounded_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "_TOGETHER", 4)
    assert [len(portion) for portion in in_portions(range(10), lambda _: Image.new("RGB", (1, 1)))] == [4, 4, 2]


def test_an_image_that_cannot_be_opened_stands_in_its_place() -> None:
    def look(number: int) -> Image.Image:
        if number == 1:
            raise ImageError("one")
        return Image.new("RGB", (number + 1, 1))

    (portion,) = (list(found) for found in in_portions(range(3), look))
    assert [str(found) if isinstance(found, ImageError) else found.width for found in portion] == [1, "one.", 3]
    assert list(in_portions([], look)) == []
