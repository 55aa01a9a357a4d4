"""Host memory and images: what each photo more takes in validation and in training, and how long a model waits for it.

    python benchmarks/memory.py                          # 25 and 150 photos of 12 megapixels
    python benchmarks/memory.py --few 10 --many 30

Photos are generated, as JPEG. A small model looks at them at the size that the presets of published models allow. Each
line is two processes of their own, one with few photos and one with many: the difference of their peaks, by photo. The
rival keeps every photo as it was decoded, which is how it was done before; it stands in the same run. Then the share of
a validation's time that the model waits for images, made ahead and one after the other.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image, ImageDraw

SIZE = (4000, 3000)
MOST = 196_608
"""Pixels that are looked at: ``base.max_pixels`` of the presets."""
TOKENS = 16
BATCH, ANSWERS = 5, 2
"""Of the training."""
MIB = 2**20


def write_photos(folder: Path, count: int) -> None:
    """Soft fields with fine noise over them, each with something of its own."""
    rng = np.random.default_rng(0)
    soft = Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    grain = rng.integers(-6, 7, (SIZE[1], SIZE[0], 1))
    photo = Image.fromarray(np.clip(np.asarray(soft).astype(np.int16) + grain, 0, 255).astype(np.uint8))
    for number in range(count):
        left, upper = (int(value) for value in rng.integers(0, 2000, 2))
        ImageDraw.Draw(photo).ellipse((left, upper, left + 900, upper + 600), fill=tuple(rng.integers(0, 256, 3)))
        photo.save(folder / f"{number:03}.jpg", quality=90)


def small_model(folder: Path) -> Any:
    """Random weights of the small model, with the bounds of a published one."""
    from mgiqa.dialogue.prompt import PROMPT
    from mgiqa.models.build import PATCH, build_tiny, tiny_config, tiny_processor
    from mgiqa.models.load import load_model, save_model
    from mgiqa.models.processor import limit_pixels
    from mgiqa.models.tokenizer import build_tokenizer
    from mgiqa.training.answers import vocabulary

    processor = tiny_processor(build_tokenizer(vocabulary(), PROMPT.text), 112)
    limit_pixels(processor.image_processor, MOST)
    patches = np.random.default_rng(0).random((64, 3, PATCH, PATCH))
    save_model(folder, build_tiny(tiny_config(processor.tokenizer, 112), patches, 0), processor, {"overall": "direct"})
    return load_model(folder, "cpu")


def labelled(photos: Path, count: int) -> Any:
    """The photos as the images of one dataset."""
    from mgiqa.attributes import KEYS
    from mgiqa.training.data import TrainingData

    paths = sorted(photos.glob("*.jpg"))[:count]
    names = np.array([path.name for path in paths])
    labels = np.random.default_rng(0).uniform(1, 5, (count, len(KEYS)))
    one = np.full(count, "spaq")
    return TrainingData(
        paths, names, one, np.full(count, "authentic"), names, labels, np.full_like(labels, 0.5), labels > 9
    )


def validate(loaded: Any, data: Any, folder: Path, kept: bool) -> None:
    """One answer to each image; ``kept``: all are held in memory, as they were decoded."""
    from mgiqa.scoring.generation import Decoding, generate
    from mgiqa.training.validation import validation_answers

    decoding = Decoding(max_tokens=TOKENS)
    if kept:
        generate(loaded, [data.image(row) for row in range(len(data))], decoding)
    else:
        validation_answers(loaded, data, decoding)


def train(loaded: Any, data: Any, folder: Path, kept: bool) -> None:
    """As many steps as show each image once."""
    from transformers import PrinterCallback

    from mgiqa.settings.training import Train
    from mgiqa.training.distributed import join
    from mgiqa.training.grpo.policy import build_trainer
    from mgiqa.training.prefetch import Prefetch

    steps = len(data) // BATCH
    settings = Train(
        steps=steps, images=BATCH, answers=ANSWERS, least=BATCH, max_tokens=TOKENS, kl=0, validate_every=steps + 1
    )
    trainer = build_trainer(loaded, data, settings, 0, folder / "work", join())
    trainer.remove_callback(PrinterCallback)
    if not kept:
        trainer.add_callback(Prefetch(data, [rows % len(data) for rows in trainer.batches]))
    trainer.train()


STAGES: dict[str, Callable[[Any, Any, Path, bool], None]] = {"validation": validate, "training": train}


def peak(stage: str, photos: Path, count: int, kept: bool) -> None:
    """Runs one case in this process and prints its peak in bytes."""
    from mgiqa.images.loader import ImageLoader
    from mgiqa.models.resizing import resizing_of
    from mgiqa.quiet import silence_tools

    silence_tools()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        loaded = small_model(folder / "model")
        resizing = resizing_of(loaded.processor.image_processor)
        if kept:
            loader = ImageLoader(memory=2**50)
        elif stage == "validation":
            loader = ImageLoader(resizing, folder / "shrunk", memory=0)
        else:
            loader = ImageLoader(resizing, folder / "shrunk")
        STAGES[stage](loaded, labelled(photos, count).through(loader), folder, kept)
    # Not getrusage, which counts what the process that started this one held.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    print(1024 * int(status["VmHWM"].split()[0]))


def slope(stage: str, photos: Path, few: int, many: int, kept: bool) -> float:
    """MiB for each photo more, of two processes."""
    peaks = []
    for count in (few, many):
        case = ["--case", stage, "--photos", str(photos), "--many", str(count), *(["--kept"] if kept else [])]
        done = subprocess.run([sys.executable, __file__, *case], stdout=subprocess.PIPE, text=True, check=True)
        peaks.append(int(done.stdout.split()[-1]) / MIB)
    rise = (peaks[1] - peaks[0]) / (many - few)
    way = "decoded photos kept" if kept else "as it is"
    print(f"{stage}, {way}: {peaks[0]:,.0f} MiB with {few} photos, {peaks[1]:,.0f} with {many}: "
          f"{rise:.2f} MiB for each photo more", flush=True)  # fmt: skip
    return rise


def waiting(photos: Path, count: int, *, in_advance: bool) -> float:
    """Share of a validation's time that the model waits for images."""
    from mgiqa.images.loader import ImageLoader
    from mgiqa.models.resizing import resizing_of
    from mgiqa.parallel import ahead
    from mgiqa.scoring import generation
    from mgiqa.training import validation

    waited = 0.0

    def watched(items: Iterator[Any]) -> Iterator[Any]:
        nonlocal waited
        source = ahead(items) if in_advance else items
        end = object()
        while True:
            start = time.perf_counter()
            item = next(source, end)
            waited += time.perf_counter() - start
            if item is end:
                return
            yield item

    one_by_one = mock.patch.object(validation, "in_parallel", lambda work, items, workers: map(work, items))
    with tempfile.TemporaryDirectory() as name, mock.patch.object(generation, "ahead", watched):
        loaded = small_model(Path(name))
        loader = ImageLoader(resizing_of(loaded.processor.image_processor))
        data = labelled(photos, count).through(loader)
        start = time.perf_counter()
        if in_advance:
            validate(loaded, data, Path(name), False)
        else:
            with one_by_one:
                validate(loaded, data, Path(name), False)
        return waited / (time.perf_counter() - start)


def main() -> None:
    """Prints the slopes, then the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=25)
    parser.add_argument("--many", type=int, default=150)
    parser.add_argument("--case", choices=STAGES, help="runs this one alone, with --many photos, and prints its peak")
    parser.add_argument("--kept", action="store_true", help="with --case: the rival")
    parser.add_argument("--photos", type=Path, help="folder of photos; they are generated by default")
    options = parser.parse_args()
    if options.case:
        peak(options.case, options.photos, options.many, options.kept)
        return
    with tempfile.TemporaryDirectory() as name:
        photos = options.photos or Path(name)
        if not options.photos:
            write_photos(photos, options.many)
        for stage in STAGES:
            ours, theirs = (slope(stage, photos, options.few, options.many, kept) for kept in (False, True))
            print(f"{stage}: {theirs:.1f} MiB a photo before, {ours:.2f} now")
        ours, theirs = (waiting(photos, options.few, in_advance=in_advance) for in_advance in (True, False))
        print(f"of a validation's time the model waits for images: {ours:.0%}; one after the other {theirs:.0%}")


if __name__ == "__main__":
    main()
