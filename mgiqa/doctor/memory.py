"""How much memory a training needs on each GPU, estimated from sizes alone.

Bytes per GPU, for P weights of w bytes, of which T of t bytes learn, on n processes:

    weights     P · w                      reference   P · w if train.kl > 0 and there is no adapter
    gradients   T · t                      average     T · t if train.averaging > 0
    optimizer   2 T · t (AdamW: two moments; Muon keeps one, for matrices)
    casts       2 P for weights in float32 that autocast turns into bfloat16 (not with sharding: there, of a layer)

If the engine shards (``fsdp``; ``zero3``, which keeps no average), all but the casts are divided by n. To these come,
never at the same time, for images with a prompt of p tokens and k answers of t tokens to each:

    rollout     the cache of k answers to n images, and that of their prompts while it is made;
                beside it the larger of a layer's values for n prompts, and three rows of scores for each answer
    update      of g images at a time, in rows of p - 1 + k · t tokens: what each layer keeps, and the values of one;
                keys and values of each answer, for every query head; a tile of the head; what the tower keeps
    validation  as a rollout, of JUDGED images

A layer keeps 2 · hidden bytes for a token where it is run again for its gradients, and else all that the backward pass
needs (``_working``: norms, queries, keys, values, and four of the inner size, in bfloat16). Log-probabilities are
computed tile by tile (TILE), never for all tokens and the whole vocabulary at once. CONTEXT is for CUDA itself, kernels
and fragmentation.

This follows the accounting of Rajbhandari et al. (ZeRO, arXiv 1910.02054) for states and of Korthikanti et al.
(arXiv 2205.05198) for activations, without the attention matrix, which SDPA does not keep. It has not been held
against peaks on a GPU yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mgiqa.settings import Settings
from mgiqa.settings.training import Train, Warmup

GIB = 2**30
CONTEXT = 1.5 * GIB
SHARDING = frozenset({"fsdp", "zero3"})
BYTES = {"float32": 4, "bfloat16": 2}
ADAPTER_BYTES = 4
"""peft keeps adapters of half-precision models in float32."""
TILE = (4096, 4096)
"""Tokens and words of the vocabulary whose scores are in memory at once, in single precision."""
JUDGED = 64
"""Images of a validation that are answered together."""


@dataclass(frozen=True)
class Sizes:
    """What the estimate needs to know of a model.

    Attributes:
        parameters: weights, shared ones once.
        vision: those of the vision tower.
        layers, hidden, inner, vocabulary: of the language part.
        query, key: width of all query heads and of all key heads.
        vision_layers, vision_hidden, vision_inner: of the tower.
        patches: of one image, at most.
        image_tokens: that these become.
        question: tokens of the question, about.
        positions: the longest sequence that the model was made for.
    """

    parameters: int
    vision: int
    layers: int
    hidden: int
    inner: int
    vocabulary: int
    query: int
    key: int
    vision_layers: int
    vision_hidden: int
    vision_inner: int
    patches: int
    image_tokens: int
    question: int
    positions: int

    @property
    def language_weights(self) -> int:
        """Weights that a token is multiplied with in the layers of the language part, without the head."""
        return self.layers * (self.hidden * (2 * self.query + 2 * self.key) + 3 * self.hidden * self.inner)

    def length(self, answer: int) -> int:
        """Tokens of question, image and an answer of ``answer`` tokens."""
        return self.question + self.image_tokens + answer


@dataclass(frozen=True)
class Need:
    """Bytes per GPU, by what they are for."""

    weights: float
    gradients: float
    optimizer: float
    average: float
    reference: float
    casts: float
    rollout: float
    update: float
    validation: float

    @property
    def phases(self) -> Mapping[str, float]:
        """What comes to the states, one after the other."""
        return {"rollout": self.rollout, "update": self.update, "validation": self.validation}

    @property
    def total(self) -> float:
        """The peak: states, the largest of the phases, and the context."""
        states = self.weights + self.gradients + self.optimizer + self.average + self.reference + self.casts
        return states + max(self.phases.values()) + CONTEXT


def train_need(settings: Settings, sizes: Sizes, adapter: int) -> Need:
    """What ``train`` needs; ``adapter`` is the number of weights of its adapter, 0 without one."""
    train = settings.train
    images = train.images / settings.launch.processes
    return _need(
        settings,
        sizes,
        train,
        adapter,
        update=_update(sizes, train, images / train.accumulate, train.answers, train.max_tokens, adapter),
        averaged=train.averaging > 0,
        referred=train.kl > 0 and not adapter,
        rollout=_rollout(sizes, images, train.answers, train.max_tokens, adapter) if train.vllm != "server" else 0.0,
        validation=_rollout(sizes, JUDGED, train.validate_answers, train.max_tokens, adapter),
    )


def warmup_need(settings: Settings, sizes: Sizes, adapter: int) -> Need:
    """What ``warmup`` needs: an answer to each image."""
    warmup, tokens = settings.warmup, settings.train.max_tokens
    part = warmup.batch / settings.launch.processes / warmup.accumulate
    return _need(
        settings,
        sizes,
        warmup,
        adapter,
        update=_update(sizes, warmup, part, 1, tokens, adapter),
        averaged=False,
        referred=False,
        rollout=0.0,
        validation=_rollout(sizes, JUDGED, 1, tokens, 0),
    )


def _need(
    settings: Settings,
    sizes: Sizes,
    stage: Train | Warmup,
    adapter: int,
    *,
    averaged: bool,
    referred: bool,
    rollout: float,
    update: float,
    validation: float,
) -> Need:
    """Of a stage whose phases need so much, with the states that go with it."""
    learning = adapter or sizes.parameters - (sizes.vision if stage.freeze_vision else 0)
    moments = 1.0 if stage.optimizer == "muon" else 2.0
    width = BYTES[settings.base.dtype]
    learned = ADAPTER_BYTES if adapter else width
    sharded = settings.launch.engine in SHARDING
    share = settings.launch.processes if sharded else 1
    frozen = sizes.parameters if adapter else sizes.parameters - learning
    return Need(
        weights=(frozen * width + learning * learned) / share,
        gradients=learning * learned / share,
        optimizer=moments * learning * learned / share,
        average=learning * learned / share if averaged else 0.0,
        reference=sizes.parameters * width / share if referred else 0.0,
        casts=2.0 * sizes.parameters / (sizes.layers if sharded else 1) if width == BYTES["float32"] else 0.0,
        rollout=rollout,
        update=update,
        validation=validation,
    )


def _rollout(sizes: Sizes, images: float, answers: int, tokens: int, adapter: int) -> float:
    """Bytes for writing ``answers`` of ``tokens`` to each of ``images``."""
    rows, prompt = images * answers, sizes.length(0)
    cache = 2 * sizes.layers * sizes.key * 2 * (images * prompt + rows * (prompt + tokens))
    asked = images * (prompt * _working(sizes, adapter) + sizes.patches * _seen(sizes))
    return cache + max(asked, rows * sizes.vocabulary * 4 * 3)


def _update(sizes: Sizes, stage: Train | Warmup, images: float, answers: int, tokens: int, adapter: int) -> float:
    """Bytes for the backward pass over ``images`` with their answers."""
    again, prompt, rows = stage.gradient_checkpointing, sizes.length(0), images * answers * tokens
    working = _working(sizes, adapter)
    length = images * (prompt - 1 + answers * tokens)
    attended = 2 * 2 * sizes.query * images * answers * (prompt + tokens)
    language = length * (sizes.layers * (2 * sizes.hidden if again else working) + (working if again else 0))
    learned = 0 if stage.freeze_vision or adapter else sizes.vision_layers
    tower = images * sizes.patches * (learned * (2 * sizes.vision_hidden if again else _seen(sizes)) + _seen(sizes))
    head = min(rows, TILE[0]) * min(sizes.vocabulary, TILE[1]) * 4 * 2 + rows * sizes.hidden * (2 + 4)
    return language + attended * (1 if again else sizes.layers) + tower + head


def _working(sizes: Sizes, adapter: int) -> float:
    """Bytes of a layer's values for a token; an adapter computes beside the widest of them, in single precision."""
    beside = 4 * sizes.hidden + 8 * sizes.inner if adapter else 0
    return 2 * (6 * sizes.hidden + 3 * sizes.query + 3 * sizes.key + 4 * sizes.inner) + beside


def _seen(sizes: Sizes) -> float:
    """Bytes of the values of a layer of the tower for a patch."""
    return 2 * (10 * sizes.vision_hidden + 4 * sizes.vision_inner)
