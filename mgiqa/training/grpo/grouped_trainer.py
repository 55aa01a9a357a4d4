"""TRL's GRPOTrainer with each prompt and image run once for its k answers: in rollout, reference and update."""

import logging
from collections import defaultdict
from typing import Any

import numpy as np
import torch
from trl import GRPOTrainer
from trl.models.utils import disable_gradient_checkpointing

from mgiqa.models.anatomy import vision_tower
from mgiqa.models.positions import token_positions
from mgiqa.scoring.generation import Decoding, sample_completions
from mgiqa.training.distributed import any_process, as_first, is_shared_out
from mgiqa.training.grpo.image_inputs import ImageInputs
from mgiqa.training.grpo.shared_prompts import SHAREABLE, PackedRows, answer_log_probs, let_share

AS_LONG = frozenset({"input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids"})
"""What a processor says of tokens; the rest is of images."""
CLOSE = {"no": 1e-3, "fp16": 0.05, "bf16": 0.05}
"""Mixed precision → largest relative difference of a log-probability that is due to rounding."""

LogProbs = tuple[torch.Tensor, torch.Tensor | None]
"""Log-probabilities of tokens, and entropies where they are asked for, each of shape (answers, tokens)."""

_log = logging.getLogger(__name__)


class GroupedTrainer(GRPOTrainer):
    """Runs whole groups.

    A generation batch has n images with k answers each in every process. What TRL has a row of for each answer is
    handed from step to step as (n, k, ...), so that each part of a batch holds whole groups. Rows of the dataset say by
    ``entry`` which image their prompt shows.

    Args:
        share_prompts: otherwise everything is done as TRL does it.
        options: of ``GRPOTrainer``.
    """

    def __init__(self, *, share_prompts: bool = True, **options: Any) -> None:
        self.share_prompts = share_prompts
        super().__init__(**options)
        bare = self.bare(self.model)
        self._packs: bool | None = True if bare.config.model_type in SHAREABLE else None
        for model in (bare, self.ref_model):
            if model is not None:
                let_share(self.bare(model), self.temperature)
        self._entries: list[int] = []
        self._images = ImageInputs(bare.model, self._tower_is_kept)

    def bare(self, model: Any) -> Any:
        """The model itself, without the wrappers of accelerate and peft; adapters inside it stay active."""
        bare = self.accelerator.unwrap_model(model)
        return bare.get_base_model() if hasattr(bare, "get_base_model") else bare

    def grouped(self, values: torch.Tensor) -> torch.Tensor:
        """(answers, ...) → (n, k, ...)."""
        return values.view(-1, self.num_generations, *values.shape[1:]) if self.share_prompts else values

    def ungrouped(self, values: torch.Tensor) -> torch.Tensor:
        """(n, k, ...) → (answers, ...)."""
        return values.flatten(0, 1) if self.share_prompts else values

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        self._entries = [one["entry"] for one in inputs[:: self.num_generations]]
        output = super()._generate_and_score_completions(inputs)
        grouped = {
            name: self.grouped(value)
            if isinstance(value, torch.Tensor) and value.ndim and len(value) == len(inputs)
            else value
            for name, value in output.items()
        }
        return grouped | {"entry": torch.tensor(self._entries)} if self.share_prompts else output

    def _generate(self, prompts: list) -> tuple:
        generated = super()._generate(prompts)
        if not self.share_prompts:
            return generated
        *others, _, tool_images = generated
        return *others, None, tool_images  # they are known already, and TRL would encode them again for each answer

    def _tokenize_prompts(self, prompts: list) -> tuple[list, Any, dict]:
        if not self.share_prompts:
            return super()._tokenize_prompts(prompts)
        k = self.num_generations
        ids, images, fields = super()._tokenize_prompts(prompts[::k])
        self._images.see(self._entries, {name: value for name, value in fields.items() if name not in AS_LONG})
        return [one for one in ids for _ in range(k)], [one for one in images for _ in range(k)], {}

    def _tower_is_kept(self) -> bool:
        tower = vision_tower(self.bare(self.model))
        return not is_shared_out(self.model) and not any(weight.requires_grad for weight in tower.parameters())

    def _generate_single_turn(
        self,
        prompt_ids: list,
        images: Any,
        multimodal_fields: dict,
        num_generations: int,
        has_tool_images: bool = False,
    ) -> tuple[list, None]:
        if not self.share_prompts or self.use_vllm:
            return super()._generate_single_turn(prompt_ids, images, multimodal_fields, num_generations)
        k, here = self.num_generations, self.accelerator.process_index
        decoding = Decoding(k, self.temperature, 0, self.max_completion_length)
        # Numbers that belong to the step, so that a resumed run draws what an uninterrupted one draws, and to the place
        # in the batch of all processes, so that two processes draw what one draws.
        rng = np.random.default_rng([self.args.seed, self.state.global_step])
        world, rows = self.accelerator.num_processes, len(prompt_ids)
        numbers = rng.random((world * rows, self.max_completion_length))[here * rows : (here + 1) * rows]
        completions: list[list[int]] = [[] for _ in prompt_ids]
        # Where processes share out the weights, none can run a model that the others do not run along.
        goes_on = any_process if is_shared_out(self.model) else bool
        waiting, batch = self._alike(prompt_ids[::k]), list[int]()
        while goes_on(bool(waiting)):
            written, batch = bool(waiting), waiting.pop(0) if waiting else batch
            places = [number * k + one for number in batch for one in range(k)]
            with (
                self.accelerator.autocast(),
                disable_gradient_checkpointing(self.model, self.args.gradient_checkpointing_kwargs),
            ):
                sampled = sample_completions(
                    self.bare(self.model),
                    self._tokenizer,
                    self._prompt_inputs([prompt_ids[number * k] for number in batch], batch),
                    decoding,
                    numbers[places],
                    forward=self.model,
                    goes_on=goes_on,
                )
            for place, ids in zip(places, sampled, strict=True):
                completions[place] = ids if written else completions[place]
        return completions, None

    def _alike(self, prompt_ids: list) -> list[list[int]]:
        """Numbers of prompts of equal length, with images of equal shape: they need no padding."""
        alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for number, (ids, entry) in enumerate(zip(prompt_ids, self._entries, strict=True)):
            alike[(len(ids), *self._images.shape(entry))].append(number)
        return list(alike.values())

    def _prompt_inputs(self, prompt_ids: list, numbers: list[int]) -> dict[str, Any]:
        ids = torch.tensor([list(one) for one in prompt_ids], device=self.accelerator.device)
        images = self._images.of([self._entries[number] for number in numbers])
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)} | self._token_types(ids, images) | images

    def _token_types(self, ids: torch.Tensor, images: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Which tokens stand for the image, where a model has to be told."""
        shown = ids.eq(self.bare(self.model).config.image_token_id)
        return {"mm_token_type_ids": shown.int()} if "image_grid_thw" in images else {}

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        if self.share_prompts:
            self._entries = inputs["entry"].tolist()
            count, k = len(self._entries), self.num_generations
            inputs = {
                name: value.flatten(0, 1)
                if isinstance(value, torch.Tensor) and value.shape[:2] == (count, k)
                else value
                for name, value in inputs.items()
            }
        return super()._compute_loss(model, inputs)

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        batch_size: int | None = None,
        compute_entropy: bool = False,
        compute_aux_loss: bool = False,
        **fields: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
        if not self.share_prompts:
            return super()._get_per_token_logps_and_entropies(
                model,
                input_ids,
                attention_mask,
                logits_to_keep,
                batch_size,
                compute_entropy,
                compute_aux_loss,
                **fields,
            )
        k, parts = self.num_generations, []
        together = (batch_size or len(input_ids)) // k
        for start in range(0, len(self._entries), together):
            entries = self._entries[start : start + together]
            rows = slice(start * k, (start + len(entries)) * k)
            parts.append(self._log_probs(model, input_ids[rows], attention_mask[rows], logits_to_keep, entries))
        log_probs, entropies = (list(one) for one in zip(*parts, strict=True))
        return torch.cat(log_probs), torch.cat(entropies) if compute_entropy else None, None

    def _log_probs(
        self, model: Any, ids: torch.Tensor, attention: torch.Tensor, tokens: int, entries: list[int]
    ) -> LogProbs:
        """Of whole groups, each with one image."""
        if self._packs is None:
            self._packs = self._packed_is_plain(model, ids, attention, tokens, entries)
        run = self._packed if self._packs else self._plain
        return run(model, ids, attention, tokens, entries)

    def _packed(
        self, model: Any, ids: torch.Tensor, attention: torch.Tensor, tokens: int, entries: list[int]
    ) -> LogProbs:
        k, length = self.num_generations, ids.shape[1] - tokens
        with self.accelerator.autocast():
            images = self._images.of(entries)
            positions = token_positions(self.bare(self.model).model, ids[::k, :length], attention[::k, :length], images)
            packed = PackedRows.of(ids, attention, positions, length, k)
            return answer_log_probs(model, packed, images)

    def _plain(
        self, model: Any, ids: torch.Tensor, attention: torch.Tensor, tokens: int, entries: list[int]
    ) -> LogProbs:
        """As TRL does it, prompt and image anew for each answer."""
        k = self.num_generations
        images = self._images.pixels([entry for entry in entries for _ in range(k)])
        types = self._token_types(ids, images)
        log_probs, entropies, _ = super()._get_per_token_logps_and_entropies(
            model, ids, attention, tokens, compute_entropy=True, num_images=[1] * len(ids), **images, **types
        )
        return log_probs, entropies

    def _packed_is_plain(
        self, model: Any, ids: torch.Tensor, attention: torch.Tensor, tokens: int, entries: list[int]
    ) -> bool:
        """Whether packed rows of a model that nobody has tried give what TRL's own path gives."""
        try:
            with torch.no_grad():
                packed, plain = (run(model, ids, attention, tokens, entries)[0] for run in (self._packed, self._plain))
            apart = (packed - plain).abs() / plain.abs().clamp(min=1)
            farthest = float(apart[attention[:, -tokens:].bool()].max())
        except (TypeError, ValueError, RuntimeError, KeyError, IndexError, AttributeError):
            farthest = float("inf")
        same = as_first(farthest <= CLOSE[self.accelerator.mixed_precision])
        if not same:
            _log.warning(
                "A model of type %s cannot run a prompt once for all its answers; each answer runs its own, as in TRL.",
                self.bare(model).config.model_type,
            )
        return same
