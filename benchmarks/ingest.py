"""What ingest and validation cost over the least one could do: hashing and decoding every image once with Pillow.

    nice python benchmarks/ingest.py                  # 1,000 and 10,000 images of 1024 × 768: minutes, 4 GB of disk
    nice python benchmarks/ingest.py --images 2000    # 200 and 2,000

Images are generated in the layout of KonIQ-10k. Each stage runs as a command of its own, as `dvc repro` runs it, so its
figures include starting Python and loading Great Expectations. Memory is the peak resident set of a command.
"""

import argparse
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

PROCESSES = len(os.sched_getaffinity(0))
SIZE = (1024, 768)
CHUNK = 100
PICTURES = 100
STAGES = ("ingest", "validate")


@dataclass(frozen=True)
class Cost:
    """Wall-clock seconds, processor seconds, and peak memory in MiB."""

    wall: float
    processor: float
    peak: float


def picture(number: int) -> bytes:
    """A photograph-like image: smooth shapes with grain."""
    rng = np.random.default_rng(number)
    shapes = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    grain = rng.integers(-12, 13, (SIZE[1] // 4, SIZE[0] // 4, 1), dtype=np.int16).repeat(4, 0).repeat(4, 1)
    pixels = np.clip(np.asarray(shapes, np.int16) + grain, 0, 255).astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def write_koniq(folder: Path, count: int) -> None:
    """A dataset in the layout of KonIQ-10k, of a few pictures that a comment makes into as many files as needed."""
    images = folder / "1024x768"
    images.mkdir(parents=True)
    pictures = [picture(number) for number in range(PICTURES)]
    for number in range(count):
        start, rest = pictures[number % PICTURES][:2], pictures[number % PICTURES][2:]
        comment = f"{number:06d}".encode()
        marker = b"\xff\xfe" + (2 + len(comment)).to_bytes(2, "big")
        (images / f"{number}.jpg").write_bytes(start + marker + comment + rest)
    rng = np.random.default_rng(0)
    rows = [f"{number}.jpg,{rng.uniform(1, 5):.4f},{rng.uniform(0.3, 0.9):.4f}" for number in range(count)]
    table = "\n".join(["image_name,MOS,SD", *rows])
    (folder / "koniq10k_scores_and_distributions.csv").write_text(table + "\n")
    (folder / "params.yaml").write_text("ingest: {datasets: {koniq10k: {source: .}}}\n")


def hash_and_decode(files: list[Path]) -> int:
    """The least one could do."""
    total = 0
    for file in files:
        content = file.read_bytes()
        hashlib.sha256(content).digest()
        with Image.open(BytesIO(content)) as image:
            image.load()
            total += image.size[0] * image.size[1]
    return total


def least(folder: Path) -> float:
    """Seconds to hash and decode every image in as many processes as there are cores."""
    files = sorted((folder / "1024x768").iterdir())
    start = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES) as pool:
        list(pool.map(hash_and_decode, [files[at : at + CHUNK] for at in range(0, len(files), CHUNK)]))
    return time.perf_counter() - start


def stage(name: str, folder: Path) -> Cost:
    """Runs one stage as a command and measures it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "mgiqa", name, "koniq10k"], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"{name} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, processor, used.ru_maxrss / 1024)


def measure(count: int, base: Path) -> dict[str, Cost]:
    """Costs by stage, and those of the least one could do under ``least``."""
    folder = base / str(count)
    write_koniq(folder, count)
    least(folder)  # so that the files are in memory for all alike
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = least(folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    costs = {"least": Cost(wall, processor, 0)} | {name: stage(name, folder) for name in STAGES}
    shutil.rmtree(folder)
    return costs


def main() -> None:
    """Measures a tenth of the images, then all, and prints what is promised of both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where to write the images; a temporary folder by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as base:
        results = {count: measure(count, Path(base)) for count in (options.images // 10, options.images)}
    print(f"{PROCESSES} processes, images of {SIZE[0]} × {SIZE[1]}")
    for count, costs in results.items():
        for name, cost in costs.items():
            speed = f"{count / cost.wall:7.1f} images/s"
            print(f"{count:6} {name:9} {cost.wall:7.1f} s {cost.processor:7.1f} s cpu {speed} {cost.peak:6.0f} MiB")
    few, many = results.values()
    for kind in ("wall", "processor"):
        ratio = sum(getattr(many[name], kind) for name in STAGES) / getattr(many["least"], kind)
        print(f"ingest + validate over hashing and decoding, {kind}: {ratio:.2f} (promised: at most 1.5)")
    growth = max(many[name].peak for name in STAGES) / max(few[name].peak for name in STAGES)
    print(f"peak memory, all over a tenth: {growth:.2f} (promised: at most 1.2)")


if __name__ == "__main__":
    main()
