"""How a model learns: the form of the answer, then to rank; in one process or in several."""

from typing import Literal, Self

from pydantic import Field, model_validator

from mgiqa.attributes import Chosen
from mgiqa.names import Name
from mgiqa.settings.section import Section


class Warmup(Section):
    """TRL's SFT on answers written from the labels of the training split."""

    steps: int = Field(150, ge=0)
    batch: int = Field(32, ge=1)
    """Images per step."""
    accumulate: int = Field(1, ge=1)
    """Parts that a step's images are processed in, one after the other, to fit into memory."""
    gradient_checkpointing: bool = False
    """Keeps only the input of each layer and runs it again for its gradients: less memory, a third more time."""
    answers: Literal["written", "own"] = "written"
    """What is learned from: answers written from the labels in a few set phrases, or the model's own that order images
    as people do. A model that was trained on language has words of its own, which phrases would take from it."""
    own_images: int = Field(1000, ge=10)
    """Training images that a model is asked about for answers of its own."""
    own_draws: int = Field(4, ge=2)
    """Its answers to each, of which the best one counts."""
    attributes: Chosen = "all"
    """What is taught; with ``overall`` the other scores of an answer repeat it, since nobody says what they are."""
    optimizer: Literal["muon", "adamw"] = "muon"
    """Muon learns faster from scratch; AdamW is the rule for pretrained models and adapters."""
    learning_rate: float = Field(4e-3, gt=0)
    freeze_vision: bool = True
    """Leaves the vision tower as it is."""
    lora_rank: int = Field(0, ge=0)
    """Rank of the adapter; 0 trains all weights."""
    min_parsed: float = Field(0.95, ge=0, le=1)
    """Share of answers to validation images that must be readable; reinforcement learning needs scores to compare."""


class Train(Section):
    """TRL's GRPO with the multi-dimensional Thurstone reward."""

    steps: int = Field(300, ge=1)
    """Optimizer steps."""
    images: int = Field(32, ge=2)
    """Images per generation batch, over all processes; partners of a comparison come from these."""
    answers: int = Field(8, ge=2)
    """Answers per image (the group)."""
    least: int = Field(8, ge=2)
    """Fewest images of a domain that takes part in a batch."""
    sampling: Literal["global", "per_rank"] = "global"
    """``per_rank`` gives each process one domain of its own, as VisualQuality-R1 does."""
    datasets: list[Name] = Field([])
    """Datasets to learn from; empty for all. Validation and test keep all, so that runs can be compared."""
    reward: str = "mg_thurstone"
    """Name of a reward, and of its settings after a colon: see docs/guides/add-a-reward.md."""
    reward_options: dict[str, bool | float | str] = Field({})
    """Where its settings shall differ, such as ``{variance: fixed, gamma: 0.01}``: see mgiqa/reward/settings.py."""
    attributes: Chosen = "all"
    """What is rewarded, and what chooses the step that is kept."""
    span_credit: bool = True
    """Gives each attribute's advantage to the tokens that speak of it."""
    optimizer: Literal["muon", "adamw"] = "adamw"
    learning_rate: float = Field(3e-4, gt=0)
    schedule: Literal["constant_with_warmup", "linear", "cosine"] = "linear"
    kl: float = Field(0.02, ge=0)
    """Weight of the divergence from the reference policy (beta)."""
    iterations: int = Field(1, ge=1)
    """Optimizer steps per generation batch."""
    accumulate: int = Field(1, ge=1)
    """Parts that a batch is processed in, one after the other, to fit into memory; each has whole groups."""
    gradient_checkpointing: bool = False
    """Keeps only the input of each layer and runs it again for its gradients: less memory, a third more time."""
    averaging: float = Field(0.95, ge=0, lt=1)
    """Decay of the running average of the weights, which is what is validated and kept; 0 keeps plain weights."""
    validate_every: int = Field(20, ge=1)
    """Steps between two validations; each is followed by a checkpoint."""
    checkpoint_minutes: float = Field(15.0, gt=0)
    """Minutes after which a checkpoint is written in any case, when the step at hand has ended. What is learned does
    not depend on it."""
    validate_images: int = Field(500, ge=20)
    """Images of the validation split that are judged, at most: equally many of each dataset, over its whole range."""
    validate_answers: int = Field(4, ge=1)
    """Answers per validation image; their mean is judged."""
    validate_temperature: float = Field(0.8, ge=0)
    """That these are drawn with: cooler than training, which has to try what it would not say; at 0 the one likeliest
    answer is taken, which moves in jumps."""
    temperature: float = Field(1.0, gt=0)
    """That answers are drawn with."""
    max_tokens: int = Field(64, ge=16)
    """Longest answer in tokens."""
    vllm: Literal["none", "colocate", "server"] = "none"
    """Whether vLLM writes the answers: on the GPUs of the training, or as a server of its own (``trl vllm-serve``)."""
    vllm_server: str = "http://127.0.0.1:8000"
    """Address of that server."""
    freeze_vision: bool = True
    """Leaves the vision tower as it is."""
    lora_rank: int = Field(0, ge=0)
    """Rank of the adapter; 0 trains all weights."""

    @model_validator(mode="after")
    def _answers_differ(self) -> Self:
        if self.validate_answers > 1 and self.validate_temperature == 0:
            raise ValueError(
                f"validate_answers is {self.validate_answers}, and at validate_temperature 0 all of them are the same; "
                "draw them at a temperature above 0, or take one"
            )
        return self

    @model_validator(mode="after")
    def _checkpoints_between_batches(self) -> Self:
        if self.validate_every % self.iterations:
            raise ValueError(
                f"validate_every is {self.validate_every}, and a generation batch lasts for {self.iterations} steps; "
                "a checkpoint falls between two batches, so make it a multiple"
            )
        return self


class Launch(Section):
    """One process per GPU. ``images`` and ``batch`` of the stages count over all processes, whatever their number."""

    engine: Literal["local", "ddp", "fsdp", "zero3"] = "local"
    """``local`` is one process. ``ddp`` gives every process a whole copy of the model; ``fsdp`` (FSDP 2) and ``zero3``
    (DeepSpeed) give each a part of weights, gradients and optimizer. Each is a file in ``launch/``."""
    processes: int = Field(1, ge=1)
    """Over all machines."""
    machines: int = Field(1, ge=1)
    """More than one needs an allocation of Slurm: see ``mgiqa slurm``."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.engine == "local") != (self.processes == 1):
            raise ValueError(f"engine {self.engine} does not go with {self.processes} processes; local is for one")
        if self.processes % self.machines:
            raise ValueError(f"{self.processes} processes cannot be shared evenly by {self.machines} machines")
        return self
