"""Asks a model about every image of a benchmark: in shards, over processes or GPUs, and never twice.

A finished shard is a file of texts, kept in a folder whose name stands for all that the texts depend on: model,
question, decoding, and the code that writes them. Whoever is killed goes on where it was; whoever evaluates again with
other statistics does not infer again.
"""

import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from importlib.metadata import version
from multiprocessing import get_context, parent_process
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import pandas as pd
import torch

import mgiqa
from mgiqa.cores import usable_cores
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.errors import ImageError
from mgiqa.images.loader import ImageLoader
from mgiqa.models.load import LoadedModel, load_model
from mgiqa.models.resizing import resizing_of
from mgiqa.progress import progress_bar
from mgiqa.scoring.generation import Decoding, generate
from mgiqa.scoring.portions import portions
from mgiqa.settings.evaluation import Evaluate
from mgiqa.workspace import Workspace

SHARD = 64
"""Images per file: what a kill may cost."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shard:
    """Some images, and the file that their answers go to.

    Attributes:
        images: paths.
        file: JSON, a list of k texts for each image.
    """

    images: tuple[Path, ...]
    file: Path

    def read(self) -> list[list[str]]:
        """The texts, n × k."""
        texts: list[list[str]] = json.loads(self.file.read_text(encoding="utf-8"))
        return texts

    def write(self, texts: Sequence[Sequence[str]]) -> None:
        """Writes the texts, whole or not at all."""
        draft = self.file.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
        draft.replace(self.file)


def answers_key(model_digest: str, decoding: Decoding) -> str:
    """Stands for everything but the image that an answer depends on, as 16 hexadecimal digits."""
    package = Path(mgiqa.__file__).parent
    sources = sorted(path for part in ("scoring", "models", "images") for path in (package / part).glob("*.py"))
    code = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sources]
    facts = [model_digest, PROMPT.digest, asdict(decoding), code, version("torch"), version("transformers")]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def ask_as_set(
    model: Path, digest: str, images: pd.DataFrame, workspace: Workspace, decoding: Decoding, options: Evaluate
) -> list[list[str]]:
    """``ask``, as the section ``evaluate`` of the settings says; answers wait in a work folder of that model's own.

    Args:
        model: where it lies.
        digest: of its files.
        images: n images of the manifest.
        workspace: that holds them.
        decoding: how answers are drawn.
        options: batch and processes.

    Returns:
        n lists of k texts.
    """
    finished = workspace.answers(answers_key(digest, decoding))
    return ask(
        model,
        images,
        workspace.root,
        decoding,
        finished,
        batch=options.batch,
        processes=options.processes,
        shrunk=workspace.shrunk_images,
    )


def ask(
    model: Path,
    images: pd.DataFrame,
    root: Path,
    decoding: Decoding,
    finished: Path,
    *,
    batch: int = 32,
    processes: int = 1,
    shrunk: Path | None = None,
) -> list[list[str]]:
    """Asks the model about every image, except where the answers are there already.

    Args:
        model: its folder.
        images: n rows of the manifest.
        root: folder that their paths are relative to.
        decoding: how answers are drawn.
        finished: folder of finished shards; see ``answers_key``.
        batch: answers written together.
        processes: each loads the model, on a GPU of its own if there are any.
        shrunk: folder of images at the size that models look at; see ``mgiqa.images.loader``.

    Returns:
        n lists of k texts, in the order of ``images``.

    Raises:
        MGIQAError: the model cannot be read, or some images; the shards of the others are finished first, and stay.
    """
    finished.mkdir(parents=True, exist_ok=True)
    shards = _shards(images, root, finished)
    missing = [shard for shard in shards if not shard.file.is_file()]
    if len(missing) < len(shards):
        log.info("%s: %d of %d shards are there already", model.name, len(shards) - len(missing), len(shards))
    job = partial(_fill, model, shrunk, decoding=decoding, batch=batch)
    faults: list[str] = []
    try:
        done = map(job, missing) if processes == 1 else _together(job, missing, processes)
        with progress_bar(f"evaluate: {model.name} answers", sum(len(shard.images) for shard in missing)) as shown:
            for shard, unreadable in done:
                faults += unreadable
                shown.by(len(shard.images))
    finally:
        _load.cache_clear()
    if faults:
        raise ImageError(
            f"{len(faults)} of {len(images)} images cannot be read any more, first: {faults[0].rstrip('.')}",
            remedy="Bring them back (`dvc checkout data/raw`) and evaluate again; the answers to the others are kept.",
        )
    return [texts for shard in shards for texts in shard.read()]


def _shards(images: pd.DataFrame, root: Path, folder: Path) -> list[Shard]:
    parts = [images.iloc[start : start + SHARD] for start in range(0, len(images), SHARD)]
    names = [hashlib.sha256("".join(part["sha256"]).encode()).hexdigest()[:16] for part in parts]
    return [
        Shard(tuple(root / path for path in part["path"]), folder / f"{name}.json")
        for part, name in zip(parts, names, strict=True)
    ]


@lru_cache(maxsize=1)
def _load(model: Path, shrunk: Path | None) -> tuple[LoadedModel, ImageLoader]:
    loaded = load_model(model)
    # Nothing is kept in memory, since each image is asked for once.
    return loaded, ImageLoader(resizing_of(loaded.processor.image_processor), shrunk, memory=0)


def _fill(model: Path, shrunk: Path | None, shard: Shard, decoding: Decoding, batch: int) -> tuple[Shard, list[str]]:
    """The shard, finished unless an image cannot be read, and what is wrong with those."""
    texts: list[list[str]] = []
    faults: list[str] = []
    loaded, loader = _load(model, shrunk)
    for portion in portions(shard.images, loader):
        faults += [str(image) for image in portion if isinstance(image, ImageError)]
        readable = [image for image in portion if not isinstance(image, ImageError)]
        if not faults:
            texts += generate(loaded, readable, decoding, batch=batch)
        readable.clear()
    if not faults:
        shard.write(texts)
    return shard, faults


Filling = Callable[[Shard], tuple[Shard, list[str]]]


def _together(job: Filling, shards: Sequence[Shard], processes: int) -> Iterator[tuple[Shard, list[str]]]:
    """Yields ``job(shard)`` as each is finished, from several processes."""
    context = get_context("spawn")
    ranks = context.SimpleQueue()
    for rank in range(processes):
        ranks.put(rank)
    with ProcessPoolExecutor(processes, context, initializer=_settle, initargs=(ranks, processes)) as pool:
        try:
            for done in as_completed([pool.submit(job, shard) for shard in shards]):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _settle(ranks: "SimpleQueue[int]", processes: int) -> None:
    """Gives a worker its GPU, or its share of the cores, and lets it end when its parent does."""
    rank, devices = ranks.get(), torch.cuda.device_count()
    if devices:
        torch.cuda.set_device(rank % devices)
    else:
        torch.set_num_threads(max(1, usable_cores() // processes))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)
