"""The verbs, in order: what each is for, where its result lies, and which checks it answers.

This table is light, so that the command line and Dagster can read it; the work is in the module of each name, whose
``run(settings, workspace, draft[, dataset]) -> Summary`` writes its result into the folder ``draft``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Stage:
    """One verb of the pipeline.

    Attributes:
        name: the verb; also the DVC stage, the settings section and the module.
        help: one sentence for the command line.
        output: its result, below ``data/``; ``{dataset}`` where it runs once per dataset.
        checks: name → what it holds, for every check in its summary. All of these block what comes next.
        shared: whether several processes can do it together, as ``launch`` in ``params.yaml`` says; its module then has
            ``run_worker(settings, workspace)`` for all but the first.
    """

    name: str
    help: str
    output: str
    checks: Mapping[str, str] = field(default_factory=dict)
    shared: bool = False

    @property
    def per_dataset(self) -> bool:
        """Whether it runs once per dataset."""
        return "{dataset}" in self.output


STAGES = {
    stage.name: stage
    for stage in (
        Stage(
            "ingest",
            "Bring one dataset in: its files and its labels, in one schema.",
            "raw/{dataset}",
            {"files_complete": "The share of files that are missing, of those the labels name, is within its limit."},
        ),
        Stage(
            "validate",
            "Hold one dataset to its expectation suite; set bad rows aside with a reason.",
            "validated/{dataset}",
            {
                "expectations": "No critical expectation of the suite fails.",
                "quarantine": "The share of rows in quarantine is within its limit.",
            },
        ),
        Stage(
            "normalize",
            "Bring the scores of all datasets to one scale, and split by content.",
            "normalized",
            {
                "splits_disjoint": "No content and no image is in two splits.",
                "scale_invertible": "Every score maps back to the label it came from.",
            },
        ),
        Stage(
            "base",
            "Build the small model and pre-train its vision tower, or fetch a pinned one.",
            "models/base",
            {"answers": "The model loads and generates text for an image."},
        ),
        Stage(
            "warmup",
            "Teach the form of the answer by supervised fine-tuning.",
            "models/warmup",
            {"parse_rate": "At least 95 % of the answers on validation images can be read."},
            shared=True,
        ),
        Stage(
            "train",
            "Learn to rank by GRPO with the multi-dimensional Thurstone reward.",
            "models/policy",
            {
                "reward_finite": "Every reward of the run is a finite number.",
                "scores_spread": "No attribute collapses onto a few values.",
            },
            shared=True,
        ),
        Stage(
            "evaluate",
            "Score base, warm-up and policy on unseen contents.",
            "evaluation",
            {"failure_rate": "The share of unreadable answers is under its limit."},
        ),
        Stage("report", "Draw the results as one page that needs no network.", "report"),
        Stage(
            "register",
            "Enter the policy in the model registry as challenger.",
            "registry",
            {
                "signature": "The registered model states its inputs and outputs.",
                "size": "The registered model holds its weights, and little else.",
                "smoke_score": "Loaded back from the registry, it scores images of the benchmark as before.",
            },
        ),
    )
}
