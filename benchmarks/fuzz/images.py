"""Image files of every format that is read, changed at random: an image or one sentence, in bounded time and memory.

Each case runs in a worker that is watched from outside, so that a hang or a crash of a decoder is told and counted.
"""

import multiprocessing
import os
import re
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mgiqa.cores import usable_cores
from mgiqa.errors import ImageError
from mgiqa.images.bounds import MAX_ASPECT, MAX_PIXELS
from mgiqa.images.opening import open_image

COUNT = 50_000
SLOWEST = 5.0
"""Seconds of a core that a file may take."""
LARGEST = 16 * MAX_PIXELS
"""Bytes that it may take."""
HANG = 60.0
"""Seconds without a word after which a worker is ended."""
EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 8, 28, 4096, 20_000)


@dataclass(frozen=True)
class Case:
    """What came of one file: ``said`` is a kind of refusal, ``image``, or what must not be."""

    number: int
    form: str
    said: str
    seconds: float
    memory: int

    @property
    def is_wrong(self) -> bool:
        return self.said.startswith("!") or self.seconds > SLOWEST or self.memory > LARGEST


def seeds(rng: np.random.Generator) -> list[tuple[str, bytes]]:
    """Small files in every format, with what cameras and editors put into them."""
    noise = Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8))
    soft = noise.resize((120, 90), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    besides = {"exif": exif, "icc_profile": bytes(range(256)) * 4}
    frames = {"save_all": True, "append_images": [noise, noise.rotate(90)]}
    deep = Image.fromarray(rng.integers(0, 65536, (40, 40)).astype(np.uint16))
    files = [
        *(("JPEG", soft, options) for options in (besides, {"progressive": True}, {"subsampling": 0, "quality": 95})),
        ("JPEG", soft.convert("L"), {}),
        ("JPEG", soft.convert("CMYK"), {}),
        ("PNG", soft, besides),
        *(("PNG", soft.convert(mode), {}) for mode in ("L", "1", "P", "LA", "RGBA")),
        ("PNG", deep, {}),
        ("PNG", noise, frames),
        *(("WEBP", soft, options) for options in (besides, {"lossless": True})),
        ("WEBP", noise, frames),
        ("WEBP", soft.convert("RGBA"), {}),
        *(("TIFF", soft, {"compression": way}) for way in (None, "tiff_lzw", "tiff_deflate", "packbits", "jpeg")),
        ("TIFF", soft.convert("1"), {"compression": "group4"}),
        ("TIFF", deep, {}),
        ("TIFF", noise, frames),
        ("TIFF", soft, {"big_tiff": True, **besides}),
        *(("BMP", soft.convert(mode), {}) for mode in ("RGB", "L", "P", "1", "RGBA")),
        ("GIF", soft.convert("P"), {"comment": b"words" * 100}),
        ("GIF", noise, frames),
    ]
    found = []
    for form, image, options in files:
        content = BytesIO()
        image.save(content, form, **options)
        found.append((form, content.getvalue()))
    return found


def changed(content: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """The file after one to six changes, every second one near its beginning, where its structure is."""
    made = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        span = min(len(made), 200) if rng.random() < 0.5 else len(made)
        place = int(rng.integers(0, max(1, span)))
        length = int(rng.integers(1, 64))
        match rng.integers(0, 9):
            case 0 | 1:
                made[place : place + 1] = bytes([rng.integers(256)])
            case 2 | 3:
                width, order = (2, 4)[rng.integers(2)], ("little", "big")[rng.integers(2)]
                value = EDGES[rng.integers(len(EDGES))] % 256**width
                made[place : place + width] = value.to_bytes(width, order)
            case 4:
                del made[place : place + length]
            case 5:
                made[place:place] = rng.bytes(length)
            case 6:
                made[place:place] = made[place : place + length] * int(rng.integers(1, 200))
            case 7:
                del made[int(rng.integers(0, len(made) + 1)) :]
            case _:
                made[place : place + length] = other[place : place + length]
    return bytes(made)


def summed(content: bytes) -> bytes:
    """A PNG whose sums are right again, so that more than its sums are looked at."""
    made, place = bytearray(content), 8
    while place + 12 <= len(made):
        end = place + 8 + int.from_bytes(made[place : place + 4])
        if end + 4 > len(made):
            break
        made[end : end + 4] = zlib.crc32(made[place + 4 : end]).to_bytes(4)
        place = end + 4
    return bytes(made)


def case(number: int, seed: int, files: list[tuple[str, bytes]]) -> Case:
    """Opens the file of that number."""
    rng = np.random.default_rng([seed, number])
    form, content = files[rng.integers(len(files))]
    content = changed(content, files[rng.integers(len(files))][1], rng)
    if form == "PNG" and rng.random() < 0.8:
        content = summed(content)
    before, start = _memory(reset=True), time.process_time()
    try:
        image = open_image(content, name="NAME")
        fits = image.mode == "RGB" and image.width * image.height <= MAX_PIXELS
        said = "image" if fits and max(image.size) <= MAX_ASPECT * min(image.size) else "! let in"
        del image
    except ImageError as error:
        said = re.sub(r"\d[\d,]*|mode [\w;]+", "N", str(error).removeprefix("NAME is ").removeprefix("NAME has "))
    except BaseException as error:  # noqa: BLE001 - that there is none is what is shown
        said = f"! {type(error).__name__}"
    return Case(number, form, said, time.process_time() - start, max(0, _memory() - before))


def _memory(*, reset: bool = False) -> int:
    """Bytes of this process at their peak; ``reset`` lets the peak begin anew."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def _work(numbers: range, seed: int, files: list[tuple[str, bytes]], told: Any, printed: Path) -> None:
    os.dup2(os.open(printed, os.O_WRONLY | os.O_APPEND | os.O_CREAT), 2)
    for number in numbers:
        told.send(case(number, seed, files))


def _watched(numbers: range, seed: int, printed: Path) -> Iterator[Case]:
    """The cases of some workers; who hangs or dies is told of, and another one goes on behind the case."""
    files = seeds(np.random.default_rng(seed))
    context, count = multiprocessing.get_context("spawn"), usable_cores()
    left = {index: numbers[index::count] for index in range(count)}
    workers: dict[Any, tuple[int, Any]] = {}

    def start(index: int) -> None:
        if left[index]:
            told, tells = context.Pipe(duplex=False)
            worker = context.Process(target=_work, args=(left[index], seed, files, tells, printed), daemon=True)
            worker.start()
            tells.close()
            workers[told] = index, worker

    for index in left:
        start(index)
    while workers:
        ready = wait(list(workers), HANG)
        for told in ready or list(workers):
            index, worker = workers[told]
            found = _said(told, left[index]) if ready else Case(left[index][0], "", "! hangs", HANG, 0)
            if found:
                left[index] = left[index][1:]
                yield found
            if not found or found.said in ("! hangs", "! dies"):
                worker.kill()
                worker.join()
                del workers[told]
                start(index)


def _said(told: Any, left: range) -> Case | None:
    """The next case that a worker tells of; that it died at it; or that it is done."""
    try:
        found: Case = told.recv()
        return found
    except EOFError:
        return Case(left[0], "", "! dies", 0, 0) if left else None


def run(count: int, seed: int) -> bool:
    """Opens so many files; prints counts, and the slowest and largest."""
    printed = Path(f"/tmp/fuzz-{os.getpid()}.printed")
    cases = list(_watched(range(count), seed, printed))
    noise = printed.stat().st_size if printed.exists() else 0
    printed.unlink(missing_ok=True)
    print(f"images: {len(cases):,} files, seed {seed}")
    for said, times in Counter(case.said for case in cases).most_common():
        print(f"  {times:7,} {said}")
    for form, times in sorted(Counter(case.form for case in cases).items()):
        opened = sum(case.said == "image" for case in cases if case.form == form)
        print(f"  {form:5} {times:7,}, of which open {opened:,}")
    slowest, largest = (max(cases, key=lambda case: getattr(case, name)) for name in ("seconds", "memory"))
    print(f"  slowest: case {slowest.number} ({slowest.form}), {slowest.seconds:.2f} s of a core, at most {SLOWEST:g}")
    print(
        f"  largest: case {largest.number} ({largest.form}), {largest.memory / 1e6:.0f} MB, at most {LARGEST / 1e6:.0f}"
    )
    print(f"  printed by decoders: {noise} bytes")
    wrong = [case for case in cases if case.is_wrong]
    print(f"  wrong: {len(wrong)}", *(f"{case.number} {case.said}" for case in wrong[:10]), sep="; ")
    return not wrong and len(cases) == count and not noise
