"""TRL's GRPOTrainer with our sampler, reward, advantages and shared prompts, through its hooks only."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Sampler
from trl import GRPOTrainer

from mgiqa.attributes import KEYS
from mgiqa.dialogue.offsets import token_offsets
from mgiqa.records import Answer
from mgiqa.reward.span_credit import membership, token_advantage
from mgiqa.scoring.generation import Decoding, sample_completions
from mgiqa.training.distributed import learning, scatter
from mgiqa.training.grpo.reward_function import RewardFunction, ScoredBatch
from mgiqa.training.grpo.sampler import GroupedSampler, Rows
from mgiqa.training.grpo.shared_prompts import SHAREABLE, answer_log_probs
from mgiqa.training.optimizers import ChoosesOptimizer, OptimizerName
from mgiqa.training.weights import read_weights, write_weights

LEARNING_WEIGHTS = "learning.safetensors"
"""The file of a checkpoint with the weights that learn."""


class RankingTrainer(ChoosesOptimizer, GRPOTrainer):
    """Learns to rank.

    Args:
        reward_function: the reward function; TRL gets it as its only one.
        batches: rows of every generation batch of the run.
        optimizer_name: see ``mgiqa.training.optimizers``.
        span_credit: gives each attribute's advantage to the tokens that speak of it, instead of mixing all.
        share_prompts: runs each prompt and image once for its k answers, where the model and the launch allow it.
        options: of ``GRPOTrainer``.
    """

    def __init__(
        self,
        *,
        reward_function: RewardFunction,
        batches: list[Rows],
        optimizer_name: OptimizerName,
        span_credit: bool = False,
        share_prompts: bool = True,
        **options: Any,
    ) -> None:
        self.reward_function, self.batches, self.span_credit = reward_function, batches, span_credit
        self.optimizer_name = optimizer_name
        super().__init__(reward_funcs=[reward_function], **options)
        config: Any = self.model.config
        self.shares = (
            share_prompts
            and config.model_type in SHAREABLE
            and self.accelerator.num_processes == 1
            and not self.args.gradient_checkpointing
            and not self.use_vllm
        )
        self._group = torch.empty(0, dtype=torch.long)
        self._unique_fields: dict[str, Any] = {}
        self._scored: ScoredBatch

    def _get_train_sampler(self, dataset: Any = None) -> Sampler:
        repeats = self.num_iterations * self.args.steps_per_generation
        return GroupedSampler(self.batches, self.num_generations, repeats)

    def _tokenize_prompts(self, prompts: list) -> tuple[list, Any, dict]:
        if not self.shares:
            return super()._tokenize_prompts(prompts)
        k = self.num_generations
        ids, images, self._unique_fields = super()._tokenize_prompts(prompts[::k])
        return [one for one in ids for _ in range(k)], [one for one in images for _ in range(k)], {}

    def _generate_single_turn(
        self,
        prompt_ids: list,
        images: Any,
        multimodal_fields: dict,
        num_generations: int,
        has_tool_images: bool = False,
    ) -> tuple[list, None]:
        if not self.shares:
            return super()._generate_single_turn(prompt_ids, images, multimodal_fields, num_generations)
        model = self.bare(self.model)
        decoding = Decoding(self.num_generations, self.temperature, 0, self.max_completion_length)
        # numbers that belong to the step, so that a resumed run draws what an uninterrupted one draws
        rng = np.random.default_rng([self.args.seed, self.state.global_step])
        numbers = rng.random((len(prompt_ids), self.max_completion_length))
        completions: list[list[int]] = [[] for _ in prompt_ids]
        for rows, inputs in self._alike(prompt_ids[:: self.num_generations]):
            places = [row * self.num_generations + k for row in rows for k in range(self.num_generations)]
            with self.accelerator.autocast():
                sampled = sample_completions(model, self._tokenizer, inputs, decoding, numbers[places])
            for place, ids in zip(places, sampled, strict=True):
                completions[place] = ids
        return completions, None

    def _alike(self, prompt_ids: list) -> list[tuple[list[int], dict[str, torch.Tensor]]]:
        """Prompts of equal length and grid, as batches without padding: (their numbers, their inputs)."""
        fields = self._unique_fields
        grids = torch.as_tensor(np.asarray(fields["image_grid_thw"]))
        pixels = torch.split(torch.as_tensor(np.asarray(fields["pixel_values"])), grids.prod(-1).tolist())
        alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for row, (ids, grid) in enumerate(zip(prompt_ids, grids.tolist(), strict=True)):
            alike[(len(ids), *grid)].append(row)
        return [
            (
                rows,
                {
                    "input_ids": torch.tensor([list(prompt_ids[row]) for row in rows]),
                    "attention_mask": torch.ones(len(rows), len(prompt_ids[rows[0]]), dtype=torch.long),
                    "mm_token_type_ids": torch.tensor([list(fields["mm_token_type_ids"][row]) for row in rows]),
                    "pixel_values": torch.cat([pixels[row] for row in rows]),
                    "image_grid_thw": grids[rows],
                },
            )
            for rows in alike.values()
        ]

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        self._group = torch.arange(len(inputs), device=self.accelerator.device) // self.num_generations
        output = super()._generate_and_score_completions(inputs)
        output["group"] = self._group
        # TRL normalizes rewards inside their group and has no hook for other advantages, so that they replace its own
        output["advantages"] = torch.from_numpy(self._advantages(output)).to(output["advantages"])
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

    def _advantages(self, output: dict[str, Any]) -> np.ndarray:
        """Of the answers of this process: (answers,), or (answers, tokens) with span credit."""
        scored, result = self._scored, self._scored.result
        if not self.span_credit:
            return scored.local(result.combined)
        weight = np.repeat(result.weight[:, None], self.num_generations, axis=1)
        ids = output["completion_ids"].tolist()
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

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        self._group = inputs["group"]
        return super()._compute_loss(model, inputs)

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        batch_size: int | None = None,
        compute_entropy: bool = False,
        **fields: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
        if not self.shares:
            return super()._get_per_token_logps_and_entropies(
                model, input_ids, attention_mask, logits_to_keep, batch_size, compute_entropy, **fields
            )
        kept, group = torch.unique(self._group, return_inverse=True)
        first = torch.stack([(group == number).nonzero()[0, 0] for number in range(len(kept))])
        length = input_ids.shape[1] - logits_to_keep
        grids = fields["image_grid_thw"]
        pixels = torch.split(fields["pixel_values"], grids.prod(-1).tolist())
        prompts = {
            "input_ids": input_ids[first, :length],
            "attention_mask": attention_mask[first, :length],
            "mm_token_type_ids": fields["mm_token_type_ids"][first, :length],
            "pixel_values": torch.cat([pixels[row] for row in first.tolist()]),
            "image_grid_thw": grids[first],
        }
        with self.accelerator.autocast():
            log_probs, entropy = answer_log_probs(
                self.bare(model), prompts, input_ids[:, length:], attention_mask, group, self.temperature
            )
        return log_probs, entropy if compute_entropy else None, None

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

    def bare(self, model: Any) -> Any:
        """The model itself, without the wrappers of accelerate and peft; adapters inside it stay active."""
        bare = self.accelerator.unwrap_model(model)
        return bare.get_base_model() if hasattr(bare, "get_base_model") else bare
