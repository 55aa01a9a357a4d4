"""What a training runs, counted before it runs: tokens, images and steps of decoding, of one process.

A generation batch of n images has k answers to each, of t tokens at most, to a prompt of p tokens with its image:

    rollout      n · p tokens once, then t steps of n · k tokens, each with a score over the vocabulary
    reference    n · (p - 1 + k · t) tokens: prompt and image once for all answers; so it is for every pass over them
    update       the same forward and backward, for each of the steps that a batch lasts for, and forward once more
                 where activations are computed again
    validation   v · p tokens once, then t steps of v · answers tokens, in parts, at the start and at every validation

A frozen tower runs once for an image and its mirror image each, where a process has it whole, and otherwise once for
every pass over the groups. Answers are taken to be as long as they may be, so these are upper bounds of answers and
exact for the rest.
"""

import math
from dataclasses import dataclass

from mgiqa.doctor.memory import JUDGED, SHARDING, Sizes
from mgiqa.settings import Settings


@dataclass(frozen=True)
class Passes:
    """What one process runs in a phase of a training, in all.

    Attributes:
        forward: tokens of the language part, forward.
        backward: of these, those that are also run backward.
        predicted: tokens whose scores over the vocabulary are computed.
        towers: passes of one image through the vision tower, forward.
        towers_backward: of these, those that are also run backward.
        steps: steps of decoding, each of which reads all weights of the language part.
        past: tokens whose keys and values are read, summed over all steps of decoding.
        context: tokens that one token attends to, on average.
    """

    forward: float = 0.0
    backward: float = 0.0
    predicted: float = 0.0
    towers: float = 0.0
    towers_backward: float = 0.0
    steps: float = 0.0
    past: float = 0.0
    context: float = 0.0


@dataclass(frozen=True)
class Counts:
    """What a training runs.

    Attributes:
        batches: generation batches.
        validations: how often the validation images are judged.
        rollout, reference, update, validation: passes of one process.
        answers: that are read and rewarded, over all processes.
        opened: images that are opened, over all processes.
    """

    batches: int
    validations: int
    rollout: Passes
    reference: Passes
    update: Passes
    validation: Passes
    answers: float
    opened: float


def count_training(settings: Settings, sizes: Sizes, training: int, validation: int) -> Counts:
    """Counts a training.

    Args:
        settings: of the pipeline.
        sizes: of the model.
        training: images to learn from.
        validation: images that are judged at each validation, over all processes.
    """
    train, processes = settings.train, settings.launch.processes
    batches = math.ceil(train.steps / train.iterations)
    validations = 1 + math.ceil(train.steps / train.validate_every)
    n, k, t, p = train.images / processes, train.answers, train.max_tokens, sizes.length(0)
    packed = n * (p - 1 + k * t)
    kept = train.freeze_vision and settings.launch.engine not in SHARDING
    seen = min(batches * n, 2 * training) if kept else batches * n
    again = 0.0 if kept else 1.0
    passes = (1 if train.kl else 0) + (1 if train.iterations > 1 else 0)
    repeats = 2.0 if train.gradient_checkpointing else 1.0
    learning_tower = 0.0 if train.freeze_vision else train.steps * n
    parts = max(1, math.ceil(validation / processes / JUDGED))
    return Counts(
        batches,
        validations,
        _decoded(batches, n, k, p, t, seen),
        Passes(
            forward=batches * passes * packed,
            predicted=batches * passes * n * k * t,
            towers=again * batches * passes * n,
            context=(p + t) / 2,
        ),
        Passes(
            forward=train.steps * repeats * packed,
            backward=train.steps * packed,
            predicted=train.steps * n * k * t,
            towers=again * train.steps * repeats * n,
            towers_backward=learning_tower,
            context=(p + t) / 2,
        ),
        _decoded(validations * parts, validation / processes / parts, train.validate_answers, p, t, None),
        batches * train.images * k + validations * validation * train.validate_answers,
        batches * train.images + validations * validation,
    )


def _decoded(batches: int, images: float, answers: int, prompt: int, tokens: int, towers: float | None) -> Passes:
    """Of ``answers`` of ``tokens`` each to prompts of ``prompt``, for every image of every batch."""
    written = batches * images * answers * tokens
    return Passes(
        forward=batches * images * prompt + written,
        predicted=written,
        towers=batches * images if towers is None else towers,
        steps=batches * tokens,
        past=written * (prompt + tokens / 2),
        context=prompt / 2,
    )
