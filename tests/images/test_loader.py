"""Images on the way to a model: kept in memory and on disk, within bounds, and never wrong."""

import copy
import shutil
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mgiqa.errors import ImageError
from mgiqa.images import disk_cache
from mgiqa.images.disk_cache import DiskCache
from mgiqa.images.loader import ImageLoader
from mgiqa.images.resizing import Resizing, Size

SEEN = (80, 60)


def small(size: Size) -> Size:
    return min(size, SEEN)


RESIZING = Resizing(small, Image.Resampling.BICUBIC, "small")


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    return [write(tmp_path / f"{number}.png", number, (320, 240)) for number in range(5)]


def write(path: Path, seed: int, size: Size) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def pixels(image: Image.Image) -> bytes:
    return image.tobytes()


def kept(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_an_image_is_the_same_from_its_file_from_memory_and_from_disk(photos: list[Path], tmp_path: Path) -> None:
    plain = ImageLoader(RESIZING)
    loader = ImageLoader(RESIZING, tmp_path / "kept")
    first, again = loader(photos[0]), loader(photos[0])
    assert first is again
    assert first.size == SEEN
    later = ImageLoader(RESIZING, tmp_path / "kept")(photos[0])
    assert pixels(plain(photos[0])) == pixels(first) == pixels(later)


def test_a_shrunk_image_is_read_and_not_made_again(photos: list[Path], tmp_path: Path) -> None:
    ImageLoader(RESIZING, tmp_path / "kept")(photos[0])
    (path,) = kept(tmp_path / "kept")
    other = Image.new("RGB", SEEN, "red")
    DiskCache(tmp_path / "kept").write(path.stem, other)
    assert pixels(ImageLoader(RESIZING, tmp_path / "kept")(photos[0])) == pixels(other)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign", "behind"])
def test_a_damaged_file_is_made_anew(photos: list[Path], tmp_path: Path, damage: str) -> None:
    right = ImageLoader(RESIZING, tmp_path / "kept")(photos[0])
    (path,) = kept(tmp_path / "kept")
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    damages = {
        "cut": whole[:-40],
        "flipped": bytes(flipped),
        "empty": b"",
        "foreign": photos[1].read_bytes(),
        "behind": whole[:-1] + bytes([whole[-1] ^ 1]),
    }
    path.write_bytes(damages[damage])
    assert pixels(ImageLoader(RESIZING, tmp_path / "kept")(photos[0])) == pixels(right)
    assert path.read_bytes() == whole


def test_another_content_or_another_size_is_another_image(photos: list[Path], tmp_path: Path) -> None:
    before = ImageLoader(RESIZING, tmp_path / "kept")(photos[0])
    shutil.copy(photos[1], photos[0])
    assert pixels(ImageLoader(RESIZING, tmp_path / "kept")(photos[0])) != pixels(before)
    smaller = Resizing(lambda size: min(size, (40, 30)), Image.Resampling.BICUBIC, "smaller")
    assert ImageLoader(smaller, tmp_path / "kept")(photos[0]).size == (40, 30)
    assert len(kept(tmp_path / "kept")) == 3


def test_what_is_not_shrunk_is_not_copied(tmp_path: Path) -> None:
    path = write(tmp_path / "small.png", 0, SEEN)
    assert ImageLoader(RESIZING, tmp_path / "kept")(path).size == SEEN
    again = Resizing(lambda size: (size[0] // 4, size[1] // 4), Image.Resampling.BICUBIC, "always smaller")
    assert ImageLoader(again, tmp_path / "kept")(path).size == SEEN
    assert kept(tmp_path / "kept") == []


def test_the_folder_may_go_at_any_time_and_need_not_take_anything(photos: list[Path], tmp_path: Path) -> None:
    loader = ImageLoader(RESIZING, tmp_path / "kept", memory=0)
    right = [pixels(loader(path)) for path in photos]
    shutil.rmtree(tmp_path / "kept")
    assert [pixels(loader(path)) for path in photos] == right
    (tmp_path / "file").write_text("no folder")
    loader = ImageLoader(RESIZING, tmp_path / "file", memory=0)
    assert [pixels(loader(path)) for path in photos] == right


def test_several_share_a_folder(photos: list[Path], tmp_path: Path) -> None:
    right = [pixels(ImageLoader(RESIZING)(path)) for path in photos]
    loaders = [ImageLoader(RESIZING, tmp_path / "kept", memory=0) for _ in range(3)]
    jobs = [(loader, path) for _ in range(4) for path in photos for loader in loaders]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda job: pixels(job[0](job[1])), jobs))
    assert made == [right[photos.index(path)] for _, path in jobs]
    assert len(kept(tmp_path / "kept")) == len(photos), "and no draft is left"


def test_memory_is_bounded_by_bytes_and_keeps_what_was_used_last(photos: list[Path]) -> None:
    loader = ImageLoader(RESIZING, memory=2 * 3 * SEEN[0] * SEEN[1])
    refs = [weakref.ref(loader(path)) for path in photos]
    assert [ref() is not None for ref in refs] == [False] * 3 + [True] * 2
    assert loader(photos[3]) is refs[3]()
    loader(photos[0])
    assert refs[3]() is not None
    assert refs[4]() is None


def test_the_disk_is_bounded_and_the_longest_unused_go_first(
    photos: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_cache, "_BETWEEN", 1)
    cache, image = DiskCache(tmp_path / "kept"), Image.open(photos[0]).resize(SEEN)
    cache.write("aa-0", image)
    size = kept(tmp_path / "kept")[0].stat().st_size
    cache.most = 4 * size
    for number in range(1, 10):
        assert cache.read("aa-0") is not None, "it is used again and again"
        cache.write(f"aa-{number}", image)
        assert sum(path.stat().st_size for path in kept(tmp_path / "kept")) <= 4 * size
    assert cache.read("aa-9") is not None
    assert cache.read("aa-1") is None


def test_a_copy_in_another_process_begins_with_an_empty_memory(photos: list[Path], tmp_path: Path) -> None:
    loader = ImageLoader(RESIZING, tmp_path / "kept")
    image = loader(photos[0])
    other = copy.copy(loader)
    assert other(photos[0]) is not image
    assert pixels(other(photos[0])) == pixels(image)


def test_what_cannot_be_opened_is_one_sentence_each_time(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no image")
    loader = ImageLoader(RESIZING, tmp_path / "kept")
    for path, said in [("broken.png", "broken.png is no image"), ("none.png", "none.png is not there")] * 2:
        with pytest.raises(ImageError, match=said):
            loader(tmp_path / path)


def test_what_is_expected_is_opened_before_it_is_asked_for(photos: list[Path], tmp_path: Path) -> None:
    plain = ImageLoader(RESIZING)
    loader = ImageLoader(RESIZING, tmp_path / "kept")
    (tmp_path / "broken.png").write_bytes(b"no image")
    loader.expect([*photos[:3], tmp_path / "broken.png"])
    late = time.monotonic() + 30
    while len(kept(tmp_path / "kept")) < 3:
        assert time.monotonic() < late, "nobody opens them"
        time.sleep(0.001)
    assert [pixels(loader(path)) for path in photos] == [pixels(plain(path)) for path in photos]
    with pytest.raises(ImageError, match=r"broken\.png is no image"):
        loader(tmp_path / "broken.png")


def test_what_is_no_longer_expected_is_forgotten(photos: list[Path]) -> None:
    loader = ImageLoader(RESIZING, memory=0)
    for path in photos:
        loader.expect([path])
    assert list(loader._coming) == photos[-1:]
    loader(photos[-1])
    assert not loader._coming
