"""What a GRPO step of a preset costs: time per phase, tokens per second and peak memory, beside TRL's own way.

    python benchmarks/training.py                                          # the small model on this machine
    python benchmarks/training.py --model data/models/warmup               # the same with answers that can be read
    python benchmarks/training.py --preset qwen2.5-vl-3b-lora              # 3 billion random weights on a GPU
    python benchmarks/training.py --model FOLDER --images 8 --answers 6 --tokens 110 --parts 4 --checkpointing

A preset's model is built from its real configuration class at its published sizes, with random weights and the
tokenizer of the small model, so nothing is fetched. Random weights end an answer by chance only, so nearly every answer
has the longest length that the preset allows: the worst case. Images are generated in the size of KADID-10k.

The rival is the same trainer as TRL runs it: prompt and image anew for each of their answers. Beside it stands what the
head would need with whole logits, for one part of a batch.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from PIL import Image
from transformers import AutoConfig, AutoModelForImageTextToText, PrinterCallback, TrainerCallback
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.utils import logging
from trl.kernels import ChunkedLogProbFunction

from mgiqa.attributes import KEYS
from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.build import MERGE, PATCH, build_tiny, tiny_config, tiny_processor
from mgiqa.models.load import LoadedModel, load_model, save_model
from mgiqa.models.processor import ImageTextProcessor, limit_pixels
from mgiqa.models.published import published_models
from mgiqa.models.tokenizer import IM_END, IMAGE, PAD, VIDEO, VISION_END, VISION_START, build_tokenizer
from mgiqa.quiet import silence_tools
from mgiqa.settings import Settings, check_settings
from mgiqa.settings.presets import find_preset, with_preset
from mgiqa.training.answers import vocabulary
from mgiqa.training.data import TrainingData
from mgiqa.training.distributed import join
from mgiqa.training.grpo import shared_prompts
from mgiqa.training.grpo.policy import build_trainer
from mgiqa.training.grpo.trainer import RankingTrainer

ROOT = Path(__file__).parents[1]
SIZE = (512, 384)
OF_THE_PRESET = {
    "images": ("images", "images of a batch"),
    "answers": ("answers", "answers to each"),
    "tokens": ("max_tokens", "longest answer"),
    "parts": ("accumulate", "parts that a batch is processed in"),
}
"""Option → setting of ``train``, and what it is."""
PICTURES = 64
GIB = 2**30


class Stopwatch(TrainerCallback):
    """Seconds and tokens of a trainer's steps, by the trainer's hooks and by standing around two of its methods."""

    def __init__(self, trainer: RankingTrainer) -> None:
        self.seconds = {"rollout": 0.0, "reward": 0.0}
        self.tokens = 0
        self.ends: list[float] = []
        trainer._generate_single_turn = self._around("rollout", trainer._generate_single_turn, self._count)  # type: ignore[method-assign]
        trainer._calculate_rewards = self._around("reward", trainer._calculate_rewards)  # type: ignore[method-assign]
        trainer.add_callback(self)

    def _around(self, phase: str, method: Callable[..., Any], told: Callable[[Any], None] = lambda _: None) -> Any:
        @wraps(method)
        def timed(*arguments: Any, **options: Any) -> Any:
            _wait()
            start = time.perf_counter()
            result = method(*arguments, **options)
            _wait()
            self.seconds[phase] += time.perf_counter() - start
            told(result)
            return result

        return timed

    def _count(self, result: Any) -> None:
        self.tokens += sum(len(ids) for ids in result[0])

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """The trainer's hook."""
        self._note()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """The trainer's hook; the optimizer has made its step."""
        self._note()

    def _note(self) -> None:
        _wait()
        self.ends.append(time.perf_counter())

    @property
    def steps(self) -> np.ndarray:
        """Seconds of every step."""
        return np.diff(self.ends)

    @property
    def update(self) -> float:
        """Seconds that are neither rollout nor reward: images, log-probabilities, loss, gradients, optimizer."""
        return float(self.steps.sum()) - sum(self.seconds.values())


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def random_model(settings: Settings) -> LoadedModel:
    """The preset's architecture at its published sizes, with random weights."""
    base, tokenizer = settings.base, build_tokenizer(vocabulary(), PROMPT.text)
    if base.model == "tiny":
        side = base.tiny.image_size
        patches = np.random.default_rng(0).normal(size=(512, 3, PATCH, PATCH)).astype(np.float32)
        model: Any = build_tiny(tiny_config(tokenizer, side), patches, 0)
        return LoadedModel(model, tiny_processor(tokenizer, side), {})
    config = published_models()[base.model].configuration()
    if config.model_type != "qwen2_5_vl":
        raise SystemExit(f"{base.model} is of type {config.model_type}; this benchmark builds qwen2_5_vl only.")
    token = tokenizer.convert_tokens_to_ids
    config.image_token_id, config.video_token_id = token(IMAGE), token(VIDEO)
    config.vision_start_token_id, config.vision_end_token_id = token(VISION_START), token(VISION_END)
    config.text_config.eos_token_id, config.text_config.pad_token_id = token(IM_END), token(PAD)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with torch.device(device):
        model = AutoModelForImageTextToText.from_config(config, dtype=getattr(torch, base.dtype))
    model.generation_config.eos_token_id, model.generation_config.pad_token_id = token(IM_END), token(PAD)
    images = Qwen2VLImageProcessorPil(patch_size=PATCH, merge_size=MERGE, temporal_patch_size=2)
    limit_pixels(images, base.max_pixels)
    return LoadedModel(model, ImageTextProcessor(images, tokenizer, chat_template=tokenizer.chat_template), {})


def data(folder: Path) -> TrainingData:
    """Generated images of one domain with labels of every attribute."""
    rng = np.random.default_rng(0)
    paths = []
    for number in range(PICTURES):
        paths.append(folder / f"{number}.png")
        small = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(small).resize(SIZE, Image.Resampling.BICUBIC).save(paths[-1])
    names = np.array([path.name for path in paths])
    labels = rng.uniform(1, 5, (PICTURES, len(KEYS)))
    one = np.full(PICTURES, "kadid10k")
    hard = np.zeros(labels.shape, np.bool_)
    return TrainingData(
        paths, names, one, np.full(PICTURES, "synthetic"), names, labels, np.full_like(labels, 0.5), hard
    )


def measure(settings: Settings, model: Path | None, steps: int, shared: bool) -> Stopwatch:
    """Runs the trainer of the preset for some steps."""
    with tempfile.TemporaryDirectory() as name:
        folder, loaded = Path(name), load_model(model) if model else random_model(settings)
        loaded.model.to(getattr(torch, settings.base.dtype))
        if settings.train.kl and not settings.train.lora_rank:  # the reference policy is loaded from a folder
            save_model(folder / "source", loaded.model, loaded.processor, {"overall": "direct"})
            loaded.model.config.name_or_path = str(folder / "source")
        own = settings.train.model_copy(update={"steps": steps, "validate_every": steps + 1})
        trainer = build_trainer(loaded, data(folder), own, 0, folder / "work", join())
        trainer.share_prompts = shared
        trainer.remove_callback(PrinterCallback)
        watch = Stopwatch(trainer)
        trainer.train()
    return watch


def head_memory(settings: Settings, tokens: int, width: int, vocabulary: int) -> tuple[float, float]:
    """Bytes that log-probabilities and gradients of one part take at most: by whole logits, and in chunks."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    numbers = torch.Generator(device).manual_seed(0)
    weight = torch.randn(vocabulary, width, device=device, generator=numbers, requires_grad=True)
    hidden = torch.randn(tokens, width, device=device, generator=numbers, requires_grad=True)
    targets = torch.randint(vocabulary, (tokens,), device=device, generator=numbers)

    def whole() -> torch.Tensor:
        shares = (hidden @ weight.T / settings.train.temperature).log_softmax(-1)
        (shares.detach().exp() * shares.detach()).sum(-1)
        return shares.gather(-1, targets[:, None])

    def in_chunks() -> torch.Tensor:
        made: torch.Tensor = ChunkedLogProbFunction.apply(
            hidden,
            weight,
            None,
            targets,
            settings.train.temperature,
            shared_prompts._CHUNK,
            None,
            1.0,
            ("log_probs", "entropy"),
        )[0]
        return made

    return _bytes_of(lambda: whole().sum().backward()), _bytes_of(lambda: in_chunks().sum().backward())


def _bytes_of(work: Callable[[], object]) -> float:
    """Most memory that some work holds at a time, beyond what is there before it."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        work()
        return torch.cuda.max_memory_allocated() - before
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak of this process begins anew
    before = _status("VmRSS")
    work()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * 1024


def peak() -> float:
    """Most memory used so far, GiB: of the GPU if there is one, else of the process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / GIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIB


def show(name: str, watch: Stopwatch) -> float:
    """Prints one line per phase, mean over steps; returns the median seconds of a step after the first."""
    steps, whole = watch.steps, float(watch.steps.sum())
    typical = float(np.median(steps[1:] if len(steps) > 1 else steps))
    print(f"{name}: {len(steps)} steps, {whole / len(steps):.2f} s each; {typical:.2f} s in the median after the first")
    for phase, seconds in {**watch.seconds, "update": watch.update}.items():
        print(f"  {phase:8} {seconds / len(steps):8.3f} s a step  {seconds / whole:6.1%}")
    print(f"  {watch.tokens / watch.seconds['rollout']:,.0f} tokens/s in the rollout, "
          f"{watch.tokens / whole:,.0f} over all; {watch.tokens} tokens")  # fmt: skip
    return typical


def main() -> None:
    """Measures the preset, then its rival."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="tiny-cpu")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rival-steps", type=int, default=4, help="of the rival; 0 leaves it out")
    parser.add_argument("--model", type=Path, help="folder of a model, instead of random weights")
    for name, (key, what) in OF_THE_PRESET.items():
        parser.add_argument(f"--{name}", type=int, dest=key, help=f"{what}, instead of the preset's")
    parser.add_argument("--checkpointing", action="store_true", help="keeps inputs of layers alone")
    options = parser.parse_args()
    silence_tools()
    logging.disable_progress_bar()
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content = with_preset(params, find_preset(ROOT, options.preset))
    content["launch"] = {"engine": "local", "processes": 1, "machines": 1}
    content["train"] |= {key: value for key, _ in OF_THE_PRESET.values() if (value := getattr(options, key))}
    content["train"] |= {"gradient_checkpointing": True} if options.checkpointing else {}
    content["train"]["least"] = min(content["train"]["least"], content["train"]["images"])
    settings = check_settings(content)
    train = settings.train
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
    print(f"{options.model or f'{settings.base.model} with random weights'} on {device}")
    print(
        f"{train.images} images × {train.answers} answers of up to {train.max_tokens} tokens, {train.accumulate} parts"
    )
    ours = show("ours", measure(settings, options.model, options.steps, shared=True))
    print(f"  peak memory {peak():.1f} GiB")
    show_head(settings, options.model)
    if options.rival_steps:
        theirs = show("TRL's own path", measure(settings, options.model, options.rival_steps, shared=False))
        print(f"a step without sharing over one with it: {theirs / ours:.2f}")


def show_head(settings: Settings, model: Path | None) -> None:
    """Prints what the head takes for one part of a batch of the longest answers."""
    train = settings.train
    config = (AutoConfig.from_pretrained(model) if model else random_model(settings).model.config).get_text_config()
    tokens = train.images * train.answers * train.max_tokens // train.accumulate
    whole, chunks = head_memory(settings, tokens, config.hidden_size, config.vocab_size)
    print(
        f"  head, {tokens:,} tokens of {config.vocab_size:,}: {whole / GIB:.2f} GiB with whole logits, "
        f"{chunks / GIB:.2f} GiB in chunks: {1 - chunks / whole:.0%} less"
    )


if __name__ == "__main__":
    main()
