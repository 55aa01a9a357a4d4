"""What is counted before a run is what a model runs, seen by hooks on its parts."""

from dataclasses import replace

import numpy as np
import pytest

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.doctor.counts import count_training
from mgiqa.doctor.model import subject_of
from mgiqa.models.anatomy import language_part, vision_tower
from mgiqa.models.load import load_model
from mgiqa.scoring.sampling import Decoding, sample_completions
from mgiqa.settings import check_settings
from tests.toy_model import save_toy_model, toy_images

IMAGES, ANSWERS, TOKENS = 4, 2, 16


class Counter:
    """Tokens and images that pass through a model."""

    def __init__(self, model) -> None:
        self.tokens = self.images = self.steps = 0
        language_part(model).register_forward_pre_hook(self._words, with_kwargs=True)
        vision_tower(model).register_forward_pre_hook(self._pixels, with_kwargs=True)

    def _words(self, module, args, options) -> None:
        length = options["inputs_embeds"].shape[:2]
        self.tokens += length.numel()
        self.steps += length[1] == 1

    def _pixels(self, module, args, options) -> None:
        self.images += len(options["grid_thw"] if "grid_thw" in options else args[1])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory):
    loaded = load_model(save_toy_model(tmp_path_factory.mktemp("toy")), "cpu")
    loaded.model.generation_config.eos_token_id = []  # every answer is as long as it may be
    return loaded


def test_a_rollout_runs_the_tokens_images_and_steps_that_were_counted(loaded) -> None:
    image = toy_images(2)[1]
    question = loaded.processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    inputs = dict(loaded.processor(text=[question] * IMAGES, images=[image] * IMAGES, return_tensors="pt"))
    counter = Counter(loaded.model)
    numbers = np.random.default_rng(0).random((IMAGES * ANSWERS, TOKENS))
    written = sample_completions(
        loaded.model, loaded.processor.tokenizer, inputs, Decoding(ANSWERS, 1.0, 0, TOKENS), numbers
    )
    assert {len(ids) for ids in written} == {TOKENS}
    plan = check_settings(
        {"train": {"steps": 1, "images": IMAGES, "answers": ANSWERS, "least": 2, "max_tokens": TOKENS}}
    )
    sizes = subject_of(plan.base, loaded.model.config).sizes
    prompt = inputs["input_ids"].shape[1]  # the question's tokens are estimated, which is not in question here
    rollout = count_training(plan, replace(sizes, question=prompt - sizes.image_tokens), 100, 0).rollout
    assert (counter.tokens, counter.images, counter.steps) == (rollout.forward, rollout.towers, rollout.steps)
