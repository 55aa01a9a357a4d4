"""TRL's GRPOTrainer with our sampler, reward and advantages, through its hooks only."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Sampler

from mgiqa.attributes import KEYS
from mgiqa.dialogue.offsets import token_offsets
from mgiqa.records import Answer
from mgiqa.reward.span_credit import membership, token_advantage
from mgiqa.training.distributed import learning, scatter
from mgiqa.training.grpo.grouped_trainer import GroupedTrainer
from mgiqa.training.grpo.reward_function import RewardFunction, ScoredBatch
from mgiqa.training.grpo.sampler import GroupedSampler, Rows
from mgiqa.training.optimizers import ChoosesOptimizer, OptimizerName
from mgiqa.training.weights import read_weights, write_weights

LEARNING_WEIGHTS = "learning.safetensors"
"""The file of a checkpoint with the weights that learn."""


class RankingTrainer(ChoosesOptimizer, GroupedTrainer):
    """Learns to rank.

    Args:
        reward_function: the reward function; TRL gets it as its only one.
        batches: rows of every generation batch of the run.
        optimizer_name: see ``mgiqa.training.optimizers``.
        span_credit: gives each attribute's advantage to the tokens that speak of it, instead of mixing all.
        options: of ``GroupedTrainer``.
    """

    def __init__(
        self,
        *,
        reward_function: RewardFunction,
        batches: list[Rows],
        optimizer_name: OptimizerName,
        span_credit: bool = False,
        **options: Any,
    ) -> None:
        self.reward_function, self.batches, self.span_credit = reward_function, batches, span_credit
        self.optimizer_name = optimizer_name
        super().__init__(reward_funcs=[reward_function], **options)
        self._scored: ScoredBatch

    def _get_train_sampler(self, dataset: Any = None) -> Sampler:
        repeats = self.num_iterations * self.args.steps_per_generation
        return GroupedSampler(self.batches, self.num_generations, repeats)

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        output = super()._generate_and_score_completions(inputs)
        # TRL normalizes rewards inside their group and has no hook for other advantages, so that they replace its own
        advantages = torch.from_numpy(self._advantages(self.ungrouped(output["completion_ids"]).tolist()))
        output["advantages"] = self.grouped(advantages).to(output["advantages"])
        for name, value in {**self._scored.result.monitors, "truncated": self._scored.truncated}.items():
            self._metrics["train"][name].append(value)
        return output

    def _calculate_rewards(
        self, inputs: list[dict[str, Any]], prompts: list, completions: list, completion_ids_list: list
    ) -> torch.Tensor:
        """(answers of all processes, 1) rewards for TRL to log; what the batch teaches waits for ``_advantages``."""
        self._scored = self.reward_function.score(completions, [one["row"] for one in inputs])
        rewards = torch.from_numpy(self._scored.result.reward.reshape(-1, 1))
        return rewards.to(self.accelerator.device, torch.float32)

    def _advantages(self, ids: list[list[int]]) -> np.ndarray:
        """Of the answers of this process, whose tokens are given: (answers,), or (answers, tokens) with span credit."""
        scored, result = self._scored, self._scored.result
        if not self.span_credit:
            return scored.local(result.combined)
        weight = np.repeat(result.weight[:, None], self.num_generations, axis=1)
        return token_advantage(
            scored.local(result.component),
            scored.local(weight),
            scored.local(result.format),
            np.stack([self._members(*one) for one in zip(scored.answers, ids, strict=True)]),
            self.reward_function.settings.overall_weight,
        )

    def _members(self, answer: Answer, ids: list[int]) -> np.ndarray:
        """(tokens, a) which tokens of an answer speak of which attribute."""
        return membership([answer.spans[key] for key in KEYS], token_offsets(self._tokenizer, ids, answer.text))

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """The trainer's hook for the weights of a checkpoint: those that learn, by their own names.

        DeepSpeed writes and reads its parts itself.
        """
        if not self.is_deepspeed_enabled:
            write_weights(Path(output_dir or self.args.output_dir) / LEARNING_WEIGHTS, learning(self.model))

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        weights = learning(self.model)
        for name, value in read_weights(Path(resume_from_checkpoint) / LEARNING_WEIGHTS, weights).items():
            scatter(weights[name], value)
