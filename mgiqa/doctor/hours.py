"""How long a training takes on a kind of GPU, by phase, from what is counted (``counts``) and from assumptions.

    seconds of a pass     floating-point operations / (compute · COMPUTE_SHARE)
    seconds of a step     the longest of: bytes of the weights and of the past / (bandwidth · BANDWIDTH_SHARE);
    of decoding           its operations as above; layers · LAUNCH

with two operations for each weight of the language part and each token, 4 · layers · width of the queries · context for
its attention, and 2 · hidden · vocabulary for a prediction; backward costs as much again for activations, and as much
again for weights where they learn. The assumptions are guesses of the right size, not measurements; the shares of the
phases hang on them less than the hours do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mgiqa.doctor.accelerators import Accelerator
from mgiqa.doctor.counts import Counts, Passes
from mgiqa.doctor.memory import Sizes
from mgiqa.settings import Settings

COMPUTE_SHARE = 0.4
"""Of the peak that long rows of matrices reach, with what stands between them."""
BANDWIDTH_SHARE = 0.6
"""Of the peak that reading weights and the past reaches."""
LAUNCH = 0.0006
"""Seconds that Python takes to start the operations of a layer, in a step of decoding; vLLM does not."""
READING = 0.001
"""Seconds to read an answer and to compare it, on one core."""
OPENING = 0.12
"""Seconds to open a photo of 12 megapixels on one core; what was resized before opens sooner."""
OPENING_CORES = 4
"""Cores of a process that open images."""


@dataclass(frozen=True)
class Hours:
    """Hours of a training by phase.

    Attributes:
        rollout: writing answers.
        reward: reading and comparing them.
        reference: log-probabilities of the reference policy.
        update: forward and backward.
        validation: judging the validation images.
        images: opening images; most of it goes on beside the rest, and is not in the total.
    """

    rollout: float
    reward: float
    reference: float
    update: float
    validation: float
    images: float

    @property
    def total(self) -> float:
        """All that follows one after the other."""
        return self.rollout + self.reward + self.reference + self.update + self.validation

    @property
    def validation_share(self) -> float:
        """Share of the total that validation takes."""
        return self.validation / self.total

    def as_dict(self) -> Mapping[str, float]:
        """Phase → hours."""
        return {**vars(self), "total": self.total}


def estimate_hours(settings: Settings, sizes: Sizes, counts: Counts, gpu: Accelerator) -> Hours:
    """Hours of ``counts`` on as many of ``gpu`` as there are processes."""
    adapter = settings.train.lora_rank > 0
    seconds = {
        name: _seconds(getattr(counts, name), sizes, gpu, adapter, settings.train.vllm != "none" and name == "rollout")
        for name in ("rollout", "reference", "update", "validation")
    }
    seconds["reward"] = counts.answers * READING
    seconds["images"] = counts.opened * OPENING / (OPENING_CORES * settings.launch.processes)
    return Hours(**{name: value / 3600 for name, value in seconds.items()})


def _seconds(passes: Passes, sizes: Sizes, gpu: Accelerator, adapter: bool, engine: bool) -> float:
    """Of one process; ``engine``: vLLM decodes."""
    speed, reading = gpu.compute * 1e12 * COMPUTE_SHARE, gpu.bandwidth * 1e9 * BANDWIDTH_SHARE
    token = 2 * sizes.language_weights + 4 * sizes.layers * sizes.query * passes.context
    head = 2 * sizes.hidden * sizes.vocabulary
    seen = 2 * sizes.vision * sizes.patches + 4 * sizes.vision_layers * sizes.vision_hidden * sizes.patches**2
    again = 1 if adapter else 2  # gradients of activations, and of weights where they learn
    operations = token * (passes.forward + again * passes.backward)
    operations += head * passes.predicted * (1 + (again if passes.backward else 0))
    operations += seen * (passes.towers + 2 * passes.towers_backward)
    weights = 2 * (sizes.language_weights + sizes.hidden * sizes.vocabulary) * passes.steps
    read = (weights + 2 * sizes.layers * sizes.key * 2 * passes.past) / reading
    return max(operations / speed, read, 0.0 if engine else passes.steps * sizes.layers * LAUNCH)
