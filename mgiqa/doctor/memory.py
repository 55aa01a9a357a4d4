"""How much memory a training needs on each GPU, estimated from sizes alone.

Bytes per GPU, for P weights of w bytes, of which T of t bytes learn, on n processes:

    weights     P · w                      reference   P · w if train.kl > 0 and there is no adapter
    gradients   T · t                      average     T · t if train.averaging > 0
    optimizer   2 T · t (AdamW: two moments; Muon keeps one, for matrices)
    casts       2 P for weights in float32 that autocast turns into bfloat16 (not with sharding: there, of a layer)

If the engine shards (``fsdp``; ``zero3``, which keeps no average), all but the casts are divided by n. To these come,
never at the same time:

    rollout     2 · layers · (key and value heads × their size) · 2 bytes · B · L     the cache of B answers
    update      b · L · (layers · kept + working) + b · tokens · vocabulary · 10      of b answers at a time

with L tokens of question, image and answer; kept = 2 · hidden bytes per layer and token with recomputation, all that
the backward pass needs without (``working``: norms, queries, keys, values, and four of the inner size, in bfloat16);
10 bytes per logit are the bfloat16 one, its float32 copy and the gradient. What the vision tower keeps, if it learns,
is counted alike. CONTEXT is for CUDA itself, kernels and fragmentation.

This follows the accounting of Rajbhandari et al. (ZeRO, arXiv 1910.02054) for states and of Korthikanti et al.
(arXiv 2205.05198) for activations, without the attention matrix, which SDPA does not keep. It has not been held
against peaks on a GPU yet.
"""

from dataclasses import dataclass

from mgiqa.settings import Settings
from mgiqa.settings.training import Train, Warmup

GIB = 2**30
CONTEXT = 1.5 * GIB
SHARDING = frozenset({"fsdp", "zero3"})
BYTES = {"float32": 4, "bfloat16": 2}
ADAPTER_BYTES = 4
"""peft keeps adapters of half-precision models in float32."""
LOGIT_BYTES = 10


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

    @property
    def total(self) -> float:
        """The peak: states, the larger of rollout and update, and the context."""
        states = self.weights + self.gradients + self.optimizer + self.average + self.reference + self.casts
        return states + max(self.rollout, self.update) + CONTEXT


def train_need(settings: Settings, sizes: Sizes, adapter: int) -> Need:
    """What ``train`` needs; ``adapter`` is the number of weights of its adapter, 0 without one."""
    train = settings.train
    rows = train.images * train.answers / settings.launch.processes
    cache = 2 * sizes.layers * sizes.key * 2 * rows * sizes.length(train.max_tokens)
    return _need(
        settings,
        sizes,
        train,
        adapter,
        rows=rows,
        predicted=train.max_tokens,
        averaged=train.averaging > 0,
        referred=train.kl > 0 and not adapter,
        rollout=cache if train.vllm != "server" else 0.0,
    )


def warmup_need(settings: Settings, sizes: Sizes, adapter: int) -> Need:
    """What ``warmup`` needs; its loss is over the whole sequence."""
    return _need(
        settings,
        sizes,
        settings.warmup,
        adapter,
        rows=settings.warmup.batch / settings.launch.processes,
        predicted=sizes.length(settings.train.max_tokens),
        averaged=False,
        referred=False,
        rollout=0.0,
    )


def _need(
    settings: Settings,
    sizes: Sizes,
    stage: Train | Warmup,
    adapter: int,
    *,
    rows: float,
    predicted: int,
    averaged: bool,
    referred: bool,
    rollout: float,
) -> Need:
    """Of a stage that learns from ``rows`` sequences at a step, and predicts ``predicted`` tokens of each."""
    learning = adapter or sizes.parameters - (sizes.vision if stage.freeze_vision else 0)
    moments = 1.0 if stage.optimizer == "muon" else 2.0
    length, part = sizes.length(settings.train.max_tokens), rows / stage.accumulate
    kept = _activations(sizes, part, length, stage.gradient_checkpointing, stage.freeze_vision or adapter > 0)
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
        update=kept + part * predicted * sizes.vocabulary * LOGIT_BYTES,
    )


def _activations(sizes: Sizes, rows: float, length: int, recomputed: bool, frozen_vision: bool) -> float:
    """Bytes that ``rows`` sequences keep for the backward pass."""
    working = 2 * (6 * sizes.hidden + 3 * sizes.query + 3 * sizes.key + 4 * sizes.inner)
    kept = 2 * sizes.hidden if recomputed else working
    language = rows * length * (sizes.layers * kept + (working if recomputed else 0))
    seen = 2 * (10 * sizes.vision_hidden + 4 * sizes.vision_inner)
    kept = 2 * sizes.vision_hidden if recomputed else seen
    layers = 0 if frozen_vision else sizes.vision_layers
    return language + rows * sizes.patches * (layers * kept + seen)
