"""What scoring an image costs, beside a plain loop over ``model.generate`` of transformers for the same answers.

    python benchmarks/scoring.py                                  # the policy of this checkout
    python benchmarks/scoring.py --model data/models/warmup --threads 1

Both run in turn, pair by pair; printed are the median milliseconds per image and the median of the pairs' ratios. The
answers are compared too: those of the plain loop may differ in a last bit, and so, rarely, in a word.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from mgiqa.cores import share_cores, usable_cores
from mgiqa.dialogue.answer import STOP
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.quiet import silence_tools

silence_tools()
share_cores()

import torch  # noqa: E402 - how its threads wait is settled above

from mgiqa.models.load import LoadedModel, load_model  # noqa: E402
from mgiqa.scoring.generation import Decoding, generate  # noqa: E402

ROOT = Path(__file__).parents[1]
SIZE = (512, 384)


def pictures(count: int, seed: int) -> list[Image.Image]:
    """Soft random fields in the size of KADID-10k."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (count, 12, 16, 3), dtype=np.uint8)
    return [Image.fromarray(one).resize(SIZE, Image.Resampling.BICUBIC) for one in small]


def plain(loaded: LoadedModel, images: list[Image.Image], tokens: int) -> list[str]:
    """One image after the other through transformers alone; an answer ends with the model's own end token."""
    tokenizer, texts = loaded.processor.tokenizer, []
    question = loaded.processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    for image in images:
        inputs = loaded.processor(text=[question], images=[image], return_tensors="pt")
        ids = loaded.model.generate(**inputs, max_new_tokens=tokens, do_sample=False)
        text = tokenizer.decode(ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        texts.append(text[: text.find(STOP) + len(STOP)] if STOP in text else text)
    return texts


def ours(loaded: LoadedModel, images: list[Image.Image], tokens: int) -> list[str]:
    """The way of ``Scorer``."""
    return [text for (text,) in generate(loaded, images, Decoding(max_tokens=tokens))]


def timed(way: Callable[..., list[str]], *arguments: object) -> tuple[float, list[str]]:
    """Seconds, and what was said."""
    start = time.perf_counter()
    said = way(*arguments)
    return time.perf_counter() - start, said


def main() -> None:
    """Prints a line for each number of threads and images."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "data" / "models" / "policy")
    parser.add_argument("--images", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--threads", type=int, nargs="+", default=sorted({1, usable_cores()}))
    parser.add_argument("--tokens", type=int, default=256, help="of the longest answer")
    parser.add_argument("--pairs", type=int, default=8, help="for one image; fewer for more")
    options = parser.parse_args()
    loaded = load_model(options.model, "cpu")
    for threads in options.threads:
        torch.set_num_threads(threads)
        for count in options.images:
            images = pictures(count, seed=count)
            plain(loaded, images[:1], options.tokens), ours(loaded, images[:1], options.tokens)
            pairs, same = [], 0
            for _ in range(max(2, options.pairs // count)):
                (mine, said), (theirs, told) = (timed(way, loaded, images, options.tokens) for way in (ours, plain))
                pairs.append((mine, theirs))
                same = sum(one == other for one, other in zip(said, told, strict=True))
            mine, theirs = np.median(pairs, axis=0) * 1000 / count
            ratio = np.median([theirs / mine for mine, theirs in pairs])
            print(
                f"{threads} threads, {count:3} images: {mine:7.1f} ms each, plain loop {theirs:7.1f} ms; "
                f"{ratio:.2f} times as fast; {same} of {count} answers the same",
                flush=True,
            )


if __name__ == "__main__":
    main()
