"""The tokenizer of the small model: byte-level BPE trained on the project's own texts, so that an answer is short.

Every digit is a token, alone or with the decimal point behind it, so that a score is written in three tokens. A line
that occurs in the texts becomes few tokens, most often one. A question that never changes is one token: it would teach
the model nothing to read it word by word. Any other text falls back to bytes, so nothing is unknown.
"""

from collections.abc import Iterable

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

IM_START, IM_END = "<|im_start|>", "<|im_end|>"
PAD = "<|endoftext|>"
VISION_START, VISION_END, IMAGE, VIDEO = "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"
SPECIAL = (PAD, IM_START, IM_END, VISION_START, VISION_END, IMAGE, VIDEO)
"""The special tokens of Qwen2.5-VL, by their own names."""

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<|vision_start|><|image_pad|><|vision_end|>' }}"
    "{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}"
    "{{ '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""Qwen's dialogue form, without its default system message."""

ROLES = ("user\n", "assistant\n")

LIMIT = 2048
"""Upper bound of the vocabulary; a few hundred are used."""


def build_tokenizer(texts: Iterable[str], question: str = "") -> PreTrainedTokenizerFast:
    """Trains the tokenizer; the same texts give the same tokenizer.

    Args:
        texts: what the model will write. A line becomes one token if it occurs at least twice.
        question: what it will be asked, always in the same words.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"[0-9]\.?"), "isolated"),
            pre_tokenizers.Split("\n", "merged_with_previous"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=LIMIT,
        min_frequency=2,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=list(SPECIAL),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*texts, *ROLES, *ROLES], trainer)
    if question:
        tokenizer.add_tokens([AddedToken(question, normalized=False)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=IM_END,
        additional_special_tokens=[token for token in SPECIAL if token not in (PAD, IM_END)],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        padding_side="left",
    )
