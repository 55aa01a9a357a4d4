"""A prompt that is run once for all its answers gives what TRL's own path gives, at whatever precision it runs."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from peft import get_peft_model
from trl import GRPOConfig

from mgiqa.dialogue.prompt import PROMPT
from mgiqa.models.anatomy import vision_tower
from mgiqa.models.load import LoadedModel, load_model
from mgiqa.models.positions import token_positions
from mgiqa.reward.advantage import RECOMMENDED
from mgiqa.training.adapters import lora
from mgiqa.training.grpo.image_inputs import ImageInputs
from mgiqa.training.grpo.policy import _dataset
from mgiqa.training.grpo.reward_function import RewardFunction
from mgiqa.training.grpo.shared_prompts import PackedRows, answer_log_probs, let_share
from mgiqa.training.grpo.trainer import RankingTrainer
from tests.training.families import FAMILIES

K, TOKENS = 3, 6
LENGTHS = torch.tensor([6, 3, 5, 6, 1, 4])
TEMPERATURE = 0.7


@pytest.fixture(scope="module", params=["qwen2_5_vl", *FAMILIES])
def family(request, build, processor):
    torch.manual_seed(0)
    if request.param == "qwen2_5_vl":
        return LoadedModel(build(), processor, {})
    return LoadedModel(*FAMILIES[request.param](), {})


@pytest.fixture(params=["equal", "mixed"])
def rows(request, family, training):
    """Two images with three answers each, as TRL has them: of one size, or of two, so that prompts are padded."""
    images = [training.image(0), training.image(1)]
    if request.param == "mixed" and "idefics" not in family.model.config.model_type:
        images[1] = images[1].resize((112, 56))
    processor = family.processor
    question = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    processor.tokenizer.padding_side = "left"
    inputs = dict(processor(text=[question] * 2, images=[[one] for one in images], padding=True, return_tensors="pt"))
    answers = torch.from_numpy(np.random.default_rng(0).integers(10, 200, (2 * K, TOKENS)))
    said = (torch.arange(TOKENS)[None] < LENGTHS[:, None]).long()
    prompts = inputs["input_ids"].repeat_interleave(K, 0), inputs["attention_mask"].repeat_interleave(K, 0)
    fields = {name: value for name, value in inputs.items() if name not in ("input_ids", "attention_mask")}
    types = fields.pop("mm_token_type_ids", None)
    seen = ImageInputs(family.model.model, lambda: False)
    seen.see([7, 8], {name: value.numpy() for name, value in fields.items()})
    return SimpleNamespace(
        ids=torch.cat([prompts[0], answers], dim=1),
        attention=torch.cat([prompts[1], said], dim=1),
        said=said.bool(),
        length=inputs["input_ids"].shape[1],
        types=None if types is None else torch.nn.functional.pad(types.repeat_interleave(K, 0), (0, TOKENS)),
        seen=seen,
    )


def packed(model, rows, images):
    prompts = (part[::K, : rows.length] for part in (rows.ids, rows.attention))
    positions = token_positions(model.model, *prompts, images)
    return PackedRows.of(rows.ids, rows.attention, positions, rows.length, K)


def plain_hidden(model, rows):
    """(n · k, tokens, hidden) what predicts the tokens of the answers, each answer with its own prompt and image."""
    images = rows.seen.pixels([7] * K + [8] * K)
    types = {} if rows.types is None else {"mm_token_type_ids": rows.types}
    images = {name: value.double() if value.is_floating_point() else value for name, value in images.items()}
    core = model.get_base_model().model if hasattr(model, "get_base_model") else model.model
    made = core(input_ids=rows.ids, attention_mask=rows.attention, use_cache=False, **types, **images)
    return made.last_hidden_state[:, rows.length - 1 : -1]


def packed_hidden(model, rows):
    images = rows.seen.pixels([7, 8])
    images = {name: value.double() if value.is_floating_point() else value for name, value in images.items()}
    bare = model.get_base_model() if hasattr(model, "get_base_model") else model
    made = packed(bare, rows, images)
    core = bare.model(
        input_ids=made.ids,
        attention_mask=torch.ones(1, 1, 1, 1, dtype=torch.bool),
        position_ids=made.positions,
        layout=made.layout,
        use_cache=False,
        **images,
    )
    hidden = core.last_hidden_state[:, made.layout.prompt :]
    spread = made.layout.spread[..., None].expand(-1, -1, hidden.shape[-1])
    return hidden.gather(1, spread).view(len(rows.ids), TOKENS, -1)


def in_double(model):
    """The model in double precision throughout: the norms of transformers work in single precision whatever comes."""
    model = copy.deepcopy(model).double().train()
    for module in list(model.modules()):
        for name, part in list(module.named_children()):
            if type(part).__name__.endswith("RMSNorm"):
                norm = torch.nn.RMSNorm(part.weight.shape, eps=part.variance_epsilon)
                norm.weight = part.weight
                setattr(module, name, norm)
    let_share(model, TEMPERATURE)
    return model


def precision(name):
    """Relative; the towers of Qwen turn their queries in single precision, so what lies before that has no more."""
    return 1e-6 if ".visual." in name and "merger" not in name else 1e-10


def gradients(model, hidden, weight):
    """Of what the answers' real tokens say, by a fixed weight of each number."""
    model.zero_grad()
    (hidden * weight).sum().backward()
    return {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}


@pytest.mark.parametrize("adapted", [False, True])
def test_gradients_are_those_of_each_answer_alone(family, rows, adapted):
    model = in_double(family.model)
    if adapted:
        model = get_peft_model(model, lora(2)).double()
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, generator=torch.Generator().manual_seed(0))
    hidden = plain_hidden(model, rows)
    weight = torch.randn(hidden.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    weight = weight * rows.said[..., None]
    expected = gradients(model, hidden, weight)
    assert any("lora" in name for name in expected) == adapted
    assert any("visual" in name or "vision" in name for name in expected) != adapted
    for checkpointing in (False, True):
        if checkpointing:
            model.gradient_checkpointing_enable({"use_reentrant": False})
        shared = packed_hidden(model, rows)
        torch.testing.assert_close(shared[rows.said], hidden[rows.said], atol=1e-10, rtol=0)
        observed = gradients(model, shared, weight)
        assert observed.keys() == expected.keys()
        for name, gradient in expected.items():
            assert (observed[name] - gradient).abs().max() <= precision(name) * max(1, float(gradient.abs().max())), (
                name
            )


PRECISIONS = {"bfloat16": torch.bfloat16, "float32": torch.float32}
TOLERANCE = {"bfloat16": 0.02, "float32": 1e-4}
"""Largest difference of a log-probability, absolute in nats and relative: the two add up in different orders."""
ENTRIES = (0, 1, 13 + 24)
"""Two images, and the mirror image of another."""


def make_trainer(loaded, training, folder, bf16=False, **options):
    args = GRPOConfig(
        output_dir=str(folder),
        bf16=bf16,
        use_cpu=True,
        max_steps=1,
        num_generations=K,
        per_device_train_batch_size=K * len(ENTRIES),
        gradient_checkpointing=False,
        temperature=TEMPERATURE,
        max_completion_length=TOKENS,
        beta=0.0,
        report_to="none",
        **options,
    )
    return RankingTrainer(
        model=loaded.model,
        args=args,
        train_dataset=_dataset(training),
        processing_class=loaded.processor,
        reward_function=RewardFunction(training, RECOMMENDED, answers=K),
        batches=[np.array(ENTRIES)],
        optimizer_name="adamw",
    )


def see(trainer):
    """Shows a trainer its first generation batch; the inputs of both paths, whose answers have different lengths."""
    rows = [trainer.train_dataset[entry] for entry in ENTRIES for _ in range(K)]
    trainer._entries = [row["entry"] for row in rows[::K]]
    ids, _, _ = trainer._tokenize_prompts([row["prompt"] for row in rows])
    prompts = torch.tensor([list(one) for one in ids])
    answers = torch.from_numpy(np.random.default_rng(0).integers(10, 200, (len(ids), TOKENS)))
    said = (torch.arange(TOKENS)[None] < torch.cat([LENGTHS, LENGTHS[:3]])[:, None]).long()
    attention = torch.cat([torch.ones_like(prompts), said], dim=1)
    return (torch.cat([prompts, answers], dim=1), attention, TOKENS, trainer._entries), said.bool()


def computed(trainer, run, inputs, said):
    """Log-probabilities, entropies, the gradient with respect to one matrix, and the dtypes of its output."""
    layer = trainer.model.model.language_model.layers[0].mlp.down_proj
    seen = []
    hook = layer.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    log_probs, entropies = run(trainer.model, *inputs)
    hook.remove()
    (gradient,) = torch.autograd.grad(log_probs[said].sum(), layer.weight)
    return log_probs[said].detach(), entropies[said].detach(), gradient, set(seen)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_precision_and_the_values_are_those_of_the_trainers_own_path(precision, speaker, training, tmp_path):
    trainer = make_trainer(load_model(speaker, "cpu"), training, tmp_path, precision == "bfloat16")
    inputs, said = see(trainer)
    packed, plain = (computed(trainer, run, inputs, said) for run in (trainer._packed, trainer._plain))
    assert packed[3] == plain[3] == {PRECISIONS[precision]}
    assert packed[0].dtype == plain[0].dtype == torch.float32
    for one, other in zip(packed[:2], plain[:2], strict=True):
        torch.testing.assert_close(one, other, atol=TOLERANCE[precision], rtol=TOLERANCE[precision])
    assert torch.nn.functional.cosine_similarity(packed[2].flatten(), plain[2].flatten(), dim=0) > 0.99


def test_log_probabilities_and_entropies_are_of_the_choice_at_the_temperature(speaker, training, tmp_path):
    """Against whole logits, which the trainer never has."""
    trainer = make_trainer(load_model(speaker, "cpu"), training, tmp_path)
    (ids, attention, tokens, entries), said = see(trainer)
    log_probs, entropies = trainer._packed(trainer.model, ids, attention, tokens, entries)
    images = trainer._images.pixels([entry for entry in entries for _ in range(K)])
    images |= trainer._token_types(ids, images)
    logits = trainer.model(input_ids=ids, attention_mask=attention, **images).logits[:, -tokens - 1 : -1]
    shares = (logits / TEMPERATURE).log_softmax(-1)
    expected = shares.gather(-1, ids[:, -tokens:, None]).squeeze(-1)
    torch.testing.assert_close(log_probs[said], expected[said], atol=1e-4, rtol=0)
    torch.testing.assert_close(entropies[said], -(shares.exp() * shares).sum(-1)[said], atol=1e-4, rtol=0)


def test_answers_are_drawn_at_the_precision_of_the_update(speaker, training, tmp_path):
    trainer = make_trainer(load_model(speaker, "cpu"), training, tmp_path, bf16=True)
    (ids, *_), _ = see(trainer)
    seen = []
    layer = trainer.model.model.language_model.layers[0].mlp.down_proj
    hook = layer.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    trainer._generate_single_turn(ids[:, :-TOKENS].tolist(), None, {}, K)
    hook.remove()
    assert set(seen) == {torch.bfloat16}


def test_what_a_frozen_tower_made_once_serves_as_its_pixels_do(family, training):
    """And no bit of it depends on the images beside it."""
    core, processor = family.model.model, family.processor
    question = processor.apply_chat_template(PROMPT.conversation(), add_generation_prompt=True, tokenize=False)
    images = [training.image(row) for row in range(3)]
    inputs = dict(processor(text=[question] * 3, images=[[one] for one in images], return_tensors="pt"))
    types = {"mm_token_type_ids": inputs.pop("mm_token_type_ids")} if "mm_token_type_ids" in inputs else {}
    text = {name: inputs.pop(name) for name in ("input_ids", "attention_mask")} | types
    kept, alone = ImageInputs(core, lambda: True), ImageInputs(core, lambda: True, room=0)
    kept.see([4, 5, 6], inputs)
    if "mm_encoder_outputs" not in kept.of([4]):
        pytest.skip("a model that takes pixels alone")
    with torch.no_grad():
        expected = core(**text, **inputs).last_hidden_state
        torch.testing.assert_close(core(**text, **kept.of([4, 5, 6])).last_hidden_state, expected, atol=1e-5, rtol=0)
        alone.see([6], {name: value[-len(value) // 3 :] for name, value in inputs.items()})
        one, other = (seen.of([6])["mm_encoder_outputs"]["image"] for seen in (kept, alone))
    assert torch.equal(one.pooler_output[0], other.pooler_output[0])
    assert [len(layer) for layer in one.deepstack_features] == [1] * len(other.deepstack_features)


class Counted:
    """Tokens that the language part runs, and patches that the tower sees."""

    def __init__(self, model):
        self.tokens, self.patches = [], []
        language = model.model.language_model
        language.layers[0].register_forward_hook(lambda module, given, made: self.tokens.append(made.shape[:2].numel()))
        vision_tower(model).register_forward_pre_hook(lambda module, given: self.patches.append(len(given[0])))

    def take(self):
        counts = sum(self.tokens), sum(self.patches)
        self.tokens.clear()
        self.patches.clear()
        return counts


@pytest.mark.parametrize("frozen", [True, False])
def test_tokens_and_tower_passes_are_those_of_one_prompt_and_one_image_a_group(frozen, speaker, training, tmp_path):
    loaded = load_model(speaker, "cpu")
    vision_tower(loaded.model).requires_grad_(not frozen)
    trainer = make_trainer(loaded, training, tmp_path)
    counted = Counted(loaded.model)
    (ids, attention, tokens, entries), _ = see(trainer)
    n, p = len(entries), ids.shape[1] - tokens
    most = 14  # tokens that the three answers of a group have: 6 + 3 + 5, 6 + 1 + 4 and 6 + 3 + 5
    patches = int(trainer._images.pixels(entries)["pixel_values"].shape[0])
    trainer._packed(trainer.model, ids, attention, tokens, entries)
    assert counted.take() == (n * (p - 1 + most), patches)
    trainer._packed(trainer.model, ids, attention, tokens, entries)
    assert counted.take() == (n * (p - 1 + most), 0 if frozen else patches)
    trainer._plain(trainer.model, ids, attention, tokens, entries)
    assert counted.take() == (n * K * (p + tokens), K * patches)
    with torch.no_grad():
        trainer._generate_single_turn(ids[:, :p].tolist(), None, {}, K)
    drawn, looked = counted.take()
    assert n * p < drawn <= n * (p + K * TOKENS) + 3 * TOKENS  # and rows are filled up to a multiple of four
    assert looked == (0 if frozen else patches)


def test_a_model_that_packs_rows_otherwise_runs_as_in_trl_and_says_so(speaker, training, tmp_path, caplog):
    trainer = make_trainer(load_model(speaker, "cpu"), training, tmp_path)
    inputs, said = see(trainer)
    expected, _ = trainer._plain(trainer.model, *inputs)
    trainer._packs = None  # as for a type that nobody has tried
    found, _ = trainer._log_probs(trainer.model, *inputs)
    assert trainer._packs is True
    torch.testing.assert_close(found[said], expected[said], atol=1e-4, rtol=0)
    assert not caplog.messages
    for module in trainer.model.model.language_model.layers:
        module.self_attn.config._attn_implementation = "sdpa"  # which knows no groups
    trainer._packs = None
    found, _ = trainer._log_probs(trainer.model, *inputs)
    assert trainer._packs is False
    assert torch.equal(found[said], expected[said])
    assert "cannot run a prompt once for all its answers" in caplog.text


def test_gradients_repeat_to_the_last_bit_whatever_threads_do(build, family, rows):
    model = copy.deepcopy(family.model)
    let_share(model, TEMPERATURE)
    images = rows.seen.pixels([7, 8])
    made = packed(model, rows, images)

    def observed():
        model.zero_grad()
        answer_log_probs(model, made, images)[0].square().mean().backward()
        return torch.cat([weight.grad.flatten() for weight in model.parameters() if weight.grad is not None])

    threads = torch.get_num_threads()
    torch.set_num_threads(max(2, threads))
    try:
        first = observed()
        assert all(torch.equal(first, observed()) for _ in range(6))
    finally:
        torch.set_num_threads(threads)
